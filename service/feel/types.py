"""Whether a value is an instance of a named type (DMN 1.5, section 10.3.2.9.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.feel.nodes import TypeName
from service.feel.values import Function, Range, kind

OLD_NAMES = {
    "day time duration": "days and time duration",
    "dayTimeDuration": "days and time duration",
    "year month duration": "years and months duration",
    "yearMonthDuration": "years and months duration",
    "dateTime": "date and time",
    "Null": "null",
}


def is_instance(value: Any, wanted: TypeName) -> bool:
    """Null is an instance of Null alone; a list of a type holds that type or null."""
    name = OLD_NAMES.get(wanted.name, wanted.name)
    if name == "Any":
        return value is not None
    if value is None:
        return name == "null"
    if kind(value) != name:
        return False
    match value:
        case list() if wanted.arguments:
            return all(item is None or is_instance(item, wanted.arguments[0]) for item in value)
        case Mapping() if wanted.arguments:
            return all(
                key in value and (value[key] is None or is_instance(value[key], type_))
                for key, type_ in zip(wanted.members, wanted.arguments, strict=True)
            )
        case Range() if wanted.arguments:
            ends = [end for end in (value.start, value.end) if end is not None]
            return all(is_instance(end, wanted.arguments[0]) for end in ends)
        case Function() if wanted.arguments:
            return len(value.parameters) == len(wanted.arguments)
    return True
