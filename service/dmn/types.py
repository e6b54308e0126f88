"""Types of variables: item definitions, and how a value is made to fit (DMN 1.5, section 7.3.3 and 10.3.2.9.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from service import feel
from service.feel.nodes import TypeName
from service.feel.types import is_instance

BASE = frozenset(
    {
        "Any",
        "boolean",
        "context",
        "date",
        "date and time",
        "dateTime",
        "dayTimeDuration",
        "days and time duration",
        "long",
        "integer",
        "double",
        "number",
        "string",
        "time",
        "yearMonthDuration",
        "years and months duration",
    }
)
_SAME = {"long": "number", "integer": "number", "double": "number"}


@dataclass(frozen=True, slots=True)
class Type:
    """A base type by name, or members of a context; `items` if it is a list of such; `allowed` tests each value."""

    name: str = "Any"
    members: tuple[tuple[str, Type], ...] = ()
    items: Type | None = None
    allowed: feel.UnaryTests | None = None
    function: bool = False


ANY = Type()


def base_type(reference: str) -> Type | None:
    """`feel:number`, `number`, … as a type; None for a name that must be an item definition."""
    name = reference.rpartition(":")[2]
    return Type(_SAME.get(name, name)) if name in BASE else None


def fit(value: Any, wanted: Type, env: feel.Environment) -> Any:
    """The value as one of the type; null and a warning if it is none. Text becomes the date that it spells."""
    if value is None or wanted is ANY:
        return value
    if wanted.items is None and isinstance(value, list) and len(value) == 1 and wanted.name != "Any":
        value = value[0]
    elif wanted.items is not None and not isinstance(value, list):
        value = [value]
    parse = _FROM_TEXT.get(wanted.name)
    if parse and isinstance(value, str) and wanted.items is None:
        value = parse(value) if parse(value) is not None else value
    if conforms(value, wanted, env):
        return value
    env.warn(f"{feel.show(value)[:60]} is no {wanted.name if wanted.items is None else 'list of the type'}")
    return None


def conforms(value: Any, wanted: Type, env: feel.Environment) -> bool:
    """Whether a value is of a type, its members and allowed values too."""
    if value is None:
        return True
    if wanted.items is not None:
        if not isinstance(value, list):
            return False
        fitting = all(conforms(item, wanted.items, env) for item in value)
    elif wanted.members:
        fitting = isinstance(value, Mapping) and all(
            name in value and conforms(value[name], type_, env) for name, type_ in wanted.members
        )
    elif wanted.function:
        fitting = isinstance(value, feel.Function)
    else:
        fitting = wanted.name == "Any" or is_instance(value, TypeName(wanted.name))
    return fitting and (wanted.allowed is None or wanted.allowed.test(value, {}, env) is True)


def _only(kind: str) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        value = feel.parse_literal(text)
        return value if feel.kind(value) == kind else None

    return parse


_FROM_TEXT: dict[str, Callable[[str], Any]] = {
    "date": _only("date"),
    "time": _only("time"),
    "date and time": _only("date and time"),
    "dateTime": _only("date and time"),
    "days and time duration": _only("days and time duration"),
    "dayTimeDuration": _only("days and time duration"),
    "years and months duration": _only("years and months duration"),
    "yearMonthDuration": _only("years and months duration"),
}
