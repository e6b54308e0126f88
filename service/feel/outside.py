"""Values from outside: what a variable may hold so that every store can keep it and every reader can read it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from service.errors import Invalid

MAX_DEPTH = 60
_LARGEST = 10**300
# PostgreSQL cannot keep the sign 0, and no text in UTF-8 can hold half a sign.
_UNKEPT = re.compile("[\0\ud800-\udfff]")


def checked(variables: Mapping[str, Any]) -> dict[str, Any]:
    """The variables, if they are JSON that both stores keep; raises Invalid that names the place, never the value."""
    for name, value in variables.items():
        if not isinstance(name, str) or not name:
            raise Invalid("A variable has no name.")
        _check(value, name, 0)
    return dict(variables)


def _check(value: Any, place: str, depth: int) -> None:
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        if _UNKEPT.search(value):
            raise _refuse(place, "holds a sign that cannot be kept")
    elif isinstance(value, int | float | Decimal):
        if not -_LARGEST < value < _LARGEST:  # neither infinity nor “not a number”
            raise _refuse(place, "is no number that JSON knows, or too large")
    elif isinstance(value, list | tuple | Mapping):
        if depth >= MAX_DEPTH:
            raise _refuse(place, f"is nested more than {MAX_DEPTH} deep")
        if isinstance(value, Mapping):
            for key, item in value.items():
                _check(key, place, depth)
                if not isinstance(key, str):
                    raise _refuse(place, "has a key that is no text")
                _check(item, f"{place}.{key}" if depth < 3 else place, depth + 1)
        else:
            for item in value:
                _check(item, place, depth + 1)
    else:
        raise _refuse(place, "is no JSON")


def _refuse(place: str, why: str) -> Invalid:
    shown = place[:80].encode("utf-8", "replace").decode()
    return Invalid(f"The variable “{shown}” {why}.", variable=shown)
