"""What a browser sends of a form, read as answers; and answers as inputs send them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from service import feel
from service.clock import CITY_ZONE

LISTS = frozenset({"checklist", "taglist"})
CHOICES = frozenset({"radio", "select", *LISTS})
TYPED = frozenset({"textfield", "textarea", "number", "checkbox", "datetime", "filepicker", *CHOICES})
MOST_ROWS = 60


class Given(Protocol):
    """What a browser sends of a form."""

    def get(self, name: str, /) -> str | None: ...
    def getlist(self, name: str, /) -> list[str]: ...
    def __contains__(self, name: object, /) -> bool: ...


def read(component: Mapping[str, Any], name: str, given: Given, codes: set[str]) -> Any:
    """What is answered to one field, of choices with these codes; None if nothing is."""
    kind = component["type"]
    if kind == "filepicker":
        return given.getlist(name) or None
    if kind in LISTS:
        return [_decoded(one, codes) for one in given.getlist(name)] or None
    if kind == "checkbox":
        return name in given
    told = (given.get(name) or "").replace("\r\n", "\n")
    if not told.strip():
        return None
    if kind in CHOICES:
        return _decoded(told, codes)
    if kind == "number":
        return told if component.get("serializeToString") else _number(told.strip())
    if kind == "datetime":
        return _moment(told, component)
    return told


def inputs(component: Mapping[str, Any], name: str, told: Any) -> Iterator[tuple[str, str]]:
    """The inputs that `read` reads as this answer."""
    kind = component["type"]
    if told is None or told is False:
        return
    if kind == "filepicker":
        yield from ((name, str(one)) for one in told)
    elif kind in LISTS:
        yield from ((name, coded(one)) for one in (told if isinstance(told, list) else [told]))
    elif kind == "checkbox":
        yield name, "1"
    elif kind in CHOICES:
        yield name, coded(told)
    else:
        yield name, written(component, told)


def written(component: Mapping[str, Any], told: Any) -> str:
    """An answer as it stands in the input of a field that is written in."""
    if told is None or isinstance(told, bool | list):
        return ""
    if component["type"] == "datetime" and isinstance(told, str):
        return _for_input(told, component.get("subtype", "date"))
    return feel.show(feel.from_python(told))


def rows(name: str, given: Given) -> int:
    """How many rows of a list were sent."""
    told = given.get(f"{name}#rows") or "0"
    return min(int(told), MOST_ROWS) if told.isdecimal() and len(told) < 4 else 0


def coded(told: Any) -> str:
    """A value of a choice as a browser sends it back; JSON tells true from "true"."""
    return json.dumps(feel.to_json(told), ensure_ascii=False, sort_keys=True)


def at(path: str, told: Mapping[str, Any]) -> Any:
    """What stands at a path with dots; None if nothing does."""
    first, _, rest = path.partition(".")
    inner = told.get(first)
    if not rest:
        return inner
    return at(rest, inner) if isinstance(inner, Mapping) else None


def nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Answers by paths with dots as answers in answers."""
    told: dict[str, Any] = {}
    for name, one in flat.items():
        *path, last = name.split(".")
        holder = told
        for step in path:
            holder = holder.setdefault(step, {})
        holder[last] = one
    return told


def without_empty(found: Mapping[str, Any]) -> dict[str, Any]:
    """A row of a list; empty if nothing was written in it."""
    told = {key: one for key, one in found.items() if one is not None}
    return {} if all(one is False for one in told.values()) else told


def choices(listed: Sequence[tuple[str, str]]) -> set[str]:
    return {code for code, _ in listed}


def _number(told: str) -> Any:
    """As it stands where it is none: the form says so."""
    try:
        found = Decimal(told)
    except InvalidOperation:
        return told
    if not found.is_finite() or found.adjusted() > 30:
        return told
    return int(found) if found == found.to_integral_value() else float(found)


def _moment(told: str, component: Mapping[str, Any]) -> str:
    """A date and time of the city, in the way that the form writes it."""
    if component.get("subtype", "date") != "datetime":
        return told
    try:
        found = datetime.fromisoformat(told).replace(tzinfo=CITY_ZONE)
    except ValueError:
        return told
    match component.get("timeSerializingFormat"):
        case "no_timezone":
            return told[:16]
        case "utc_normalized":
            return found.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
    return found.isoformat(timespec="minutes")


def _for_input(told: str, subtype: str) -> str:
    """As the browser's own input takes it."""
    if subtype != "datetime":
        return told[:10] if subtype == "date" else told[:5]
    try:
        found = datetime.fromisoformat(told)
    except ValueError:
        return ""
    return (found.astimezone(CITY_ZONE) if found.tzinfo else found).strftime("%Y-%m-%dT%H:%M")


def _decoded(told: str, codes: set[str]) -> Any:
    return json.loads(told) if told in codes else told
