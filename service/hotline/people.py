"""Who may see which matters, and what of a person in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import ColumnElement, exists, false, select, true

from service.store.tables import matter, process_instance, unit

AGENCY = "weifang-12345"

# The regulation's lanes in the hotline agency; their people see the matters of all units.
AGENCY_ROLES = frozenset(
    (
        "CALL_TAKER",
        "DISPATCHER",
        "VISITOR",
        "SUPERVISOR",
        "QA",
        "ANALYST",
        "KB_ADMIN",
        "AGENCY_LEAD",
        "ADMIN",
        "AUDITOR",
        "INTEGRATOR",
    )
)
UNIT_ROLES = frozenset(("UNIT_HANDLER", "UNIT_LIAISON", "UNIT_PRINCIPAL", "COUNTY_DISPATCHER", "TOWN_HANDLER"))
# Whose work is with the caller; the others of the agency do theirs without a name.
_CONTACTING = frozenset(("CALL_TAKER", "DISPATCHER", "VISITOR", "SUPERVISOR", "AGENCY_LEAD", "ADMIN"))


class Viewer(Protocol):
    """Whoever looks: a person that has signed in."""

    @property
    def id(self) -> str: ...
    @property
    def unit_id(self) -> str | None: ...
    @property
    def roles(self) -> Sequence[str]: ...


def is_of_agency(viewer: Viewer) -> bool:
    """Whether roles of the agency count for somebody: a unit's person has none, whatever the row says."""
    return viewer.unit_id in (None, AGENCY)


def is_agency(viewer: Viewer) -> bool:
    """Whether somebody works in the agency, in one of its roles."""
    return is_of_agency(viewer) and bool(AGENCY_ROLES.intersection(viewer.roles))


def visible_to(viewer: Viewer) -> ColumnElement[bool]:
    """The matters that somebody may see: the agency all, a unit its own and its subordinates'.

    Never those that complain about the viewer's own unit.
    """
    if is_agency(viewer):
        return true()
    if viewer.unit_id is None or not UNIT_ROLES.intersection(viewer.roles):
        return false()
    below = select(unit.c.id).where(unit.c.parent_id == viewer.unit_id)
    owner = process_instance.c.key == matter.c.instance_key
    accused = process_instance.c.variables["accused_unit"].as_string() == viewer.unit_id
    return ((matter.c.unit_id == viewer.unit_id) | matter.c.unit_id.in_(below)) & ~exists().where(owner, accused)


def may_read_contact(viewer: Viewer, row: Any) -> bool:
    """Whether a name and a phone number may be shown to somebody who may see the matter."""
    if is_agency(viewer):
        return bool(_CONTACTING.intersection(viewer.roles))
    return not row["confidential"]


def mask_phone(phone: str) -> str:
    """Enough of a number to know it again, too little to call it."""
    return phone[:3] + "*" * (len(phone) - 5) + phone[-2:] if len(phone) >= 8 else "*" * len(phone)


def mask_name(name: str) -> str:
    return name[:1] + "*" * (len(name) - 1)
