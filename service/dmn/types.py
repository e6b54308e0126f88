"""Types of variables: what a value must be, and how it is made to fit (DMN 1.5, section 7.3.3 and 10.3.2.9.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from service import feel
from service.feel.nodes import TypeName
from service.feel.types import is_instance, standing_in

BASE = frozenset(
    {
        "Any",
        "boolean",
        "context",
        "date",
        "date and time",
        "days and time duration",
        "function",
        "list",
        "number",
        "range",
        "string",
        "time",
        "years and months duration",
    }
)
# Names of DMN 1.1 and 1.2, and those of XML Schema that editors write for them.
_SAME = {
    **dict.fromkeys(("decimal", "double", "float", "int", "integer", "long"), "number"),
    "any": "Any",
    "dateTime": "date and time",
    "dayTimeDuration": "days and time duration",
    "yearMonthDuration": "years and months duration",
}
# What can be told by the class of a value, and what JSON can only spell.
_PLAIN: dict[str, type] = {"boolean": bool, "number": Decimal, "string": str}
_SPELLED = frozenset({"date", "date and time", "days and time duration", "time", "years and months duration"})


@dataclass(eq=False, slots=True)
class Type:
    """A base type by name, or members of a context; `items` if it is a list of such; `allowed` tests each value.

    `narrowed` is a type with conditions of its own that this one adds to. A function has parameters and a result.
    Types may hold themselves; they are filled in while a file is read, and not changed afterwards.
    """

    name: str = "Any"
    members: tuple[tuple[str, Type], ...] = ()
    items: Type | None = None
    allowed: feel.UnaryTests | None = None
    function: bool = False
    parameters: tuple[tuple[str, Type], ...] = ()
    result: Type | None = None
    narrowed: Type | None = None

    def become(self, other: Type) -> None:
        """Take over what another type says."""
        self.name, self.members, self.items, self.allowed = other.name, other.members, other.items, other.allowed
        self.function, self.parameters, self.result = other.function, other.parameters, other.result
        self.narrowed = other.narrowed

    def limited(self, allowed: feel.UnaryTests) -> Type:
        """This type with one more condition."""
        narrowed = self if self.allowed else self.narrowed
        return Type(self.name, self.members, self.items, allowed, self.function, self.parameters, self.result, narrowed)

    @property
    def is_plain(self) -> bool:
        """Whether it asks for nothing but its name."""
        return self.items is None and self.allowed is None and self.narrowed is None and not self.members

    @property
    def answer(self) -> Type:
        """What a function of this type answers; editors also write that type itself."""
        return (self.result or ANY) if self.function else self

    def __str__(self) -> str:
        return f"list of {self.items}" if self.items else self.name


ANY = Type()


def base_type(name: str) -> Type | None:
    """One of FEEL's own types; None for a name that must be an item definition."""
    name = _SAME.get(name, name)
    if name == "Any":
        return ANY
    if name == "list":
        return Type(name, items=ANY)
    return Type(name, function=name == "function") if name in BASE else None


def fit(value: Any, wanted: Type, env: feel.Environment, what: str = "") -> Any:
    """The value, or what it stands for, as one of the type; null and a warning, that says of what, if it is none."""
    if value is None or wanted is ANY or conforms(value, wanted, env):
        return value
    other = standing_in(value, is_list=wanted.items is not None)
    if other is not None and conforms(other, wanted, env):
        return other
    env.warn(f"{what}{': ' if what else ''}{feel.show(value)[:60]} is no {wanted}{_allowed(wanted)}")
    return None


def _allowed(wanted: Type) -> str:
    return f" out of {wanted.allowed.text[:60]}" if wanted.allowed else ""


def taken(value: Any, wanted: Type, env: feel.Environment, what: str = "") -> Any:
    """As `fit`, for a value from outside: text becomes the date, time or duration that it spells, however deep."""
    return fit(_spelled(value, wanted), wanted, env, what)


def _spelled(value: Any, wanted: Type) -> Any:
    if wanted.items is not None:
        return [_spelled(item, wanted.items) for item in value] if isinstance(value, list) else value
    if wanted.members and isinstance(value, Mapping):
        types = dict(wanted.members)
        return {key: _spelled(item, types.get(key, ANY)) for key, item in value.items()}
    if isinstance(value, str) and wanted.name in _SPELLED:
        found = feel.parse_literal(value)
        return found if feel.kind(found) == wanted.name else value
    return value


def conforms(value: Any, wanted: Type, env: feel.Environment) -> bool:
    """Whether a value is of a type, its members and allowed values too; null is of every type."""
    if value is None or wanted is ANY or (wanted.is_plain and type(value) is _PLAIN.get(wanted.name)):
        return True
    if wanted.items is not None:
        items = wanted.items
        fitting = isinstance(value, list) and all(conforms(item, items, env) for item in value)
    elif wanted.members:
        fitting = isinstance(value, Mapping) and all(
            name in value and conforms(value[name], type_, env) for name, type_ in wanted.members
        )
    elif wanted.function:
        fitting = isinstance(value, feel.Function) and (
            wanted.result is None or len(value.parameters) == len(wanted.parameters)
        )
    else:
        fitting = wanted.name == "Any" or is_instance(value, TypeName(wanted.name))
    if wanted.narrowed is not None and not conforms(value, wanted.narrowed, env):
        return False
    return fitting and (wanted.allowed is None or wanted.allowed.test(value, {}, env) is True)
