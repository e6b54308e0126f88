"""Who may do a task, as people call them: the roles of the agency, a unit, or those of a role in a unit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask import g

from service.hotline import units
from service.web import here
from service.web.console import words
from service.web.console.languages import language, translated

_ROLES: Mapping[str, str] = {**words.ROLES, **words.UNIT_ROLES}


def doers(groups: Iterable[str]) -> str:
    """Candidate groups in words; what is neither unit nor role stays as it is."""
    return ", ".join(_called(one) for one in groups)


def _called(group: str) -> str:
    if group in _ROLES:
        return translated(_ROLES[group])
    unit, _, role = group.partition(":")
    name = _units().get(unit, unit)
    return f"{name} · {translated(_ROLES[role])}" if role in _ROLES else name if not role else f"{name}:{role}"


def _units() -> Mapping[str, str]:
    """The names of all units, read once for a request."""
    if "unit_names" not in g:
        is_english = language() == "en"
        with here().database.read() as connection:
            rows = units.listed(connection)
        g.unit_names = {one["id"]: one["name_en"] if is_english and one["name_en"] else one["name"] for one in rows}
    names: Mapping[str, str] = g.unit_names
    return names
