"""Whether a value is an instance of a named type (DMN 1.5, section 10.3.2.9.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.feel import nodes as n
from service.feel.nodes import TypeName
from service.feel.temporal import Date, DateTime
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
        case Function() if wanted.result is not None:
            return _is_function(value, wanted)
    return True


def _is_function(value: Function, wanted: TypeName) -> bool:
    """Whether it takes what the type is given, and answers what the type answers; what is not known fits."""
    if len(value.parameters) != len(wanted.arguments):
        return False
    types = value.types or (None,) * len(value.parameters)
    takes = all(own is None or conforms(given, own) for given, own in zip(wanted.arguments, types, strict=True))
    return takes and (value.result is None or wanted.result is None or conforms(value.result, wanted.result))


def conforms(one: TypeName, other: TypeName) -> bool:
    """Whether every value of one type is a value of the other (DMN 1.5, table 48)."""
    name, wanted = (OLD_NAMES.get(type_.name, type_.name) for type_ in (one, other))
    if wanted == "Any" or name == "null":
        return True
    if name != wanted:
        return False
    match name:
        case "context":
            members = dict(zip(one.members, one.arguments, strict=True))
            pairs = zip(other.members, other.arguments, strict=True)
            return all(key in members and conforms(members[key], type_) for key, type_ in pairs)
        case "function":
            if other.result is None:
                return True
            takes = len(one.arguments) == len(other.arguments) and all(map(conforms, other.arguments, one.arguments))
            return takes and one.result is not None and conforms(one.result, other.result)
        case "list" | "range" if other.arguments:
            return bool(one.arguments) and conforms(one.arguments[0], other.arguments[0])
    return True


def standing_in(value: Any, *, is_list: bool) -> Any:
    """What a value stands for where another type is asked for, a list or not; None for nothing (10.3.2.9.4).

    A list of one stands for its item, a value for a list of one, a date for its midnight in UTC.
    """
    if is_list:
        return None if isinstance(value, list) else [value]
    if isinstance(value, list):
        return value[0] if len(value) == 1 else None
    return DateTime(value.days, 0, 0) if isinstance(value, Date) else None


def coerced(value: Any, wanted: TypeName) -> Any:
    """The value, or what it stands for, as one of the type; None if it is none."""
    if value is None or is_instance(value, wanted):
        return value
    other = standing_in(value, is_list=wanted.name == "list")
    return other if other is not None and is_instance(other, wanted) else None


_SIGNS = {n.Comparison, n.Between, n.In, n.And, n.Or, n.InstanceOf, n.Quantified}


def type_of(node: n.Node) -> TypeName | None:
    """The type of what an expression answers, where its form tells; None where it does not."""
    if type(node) in _SIGNS:
        return TypeName("boolean")
    match node:
        case n.Literal(value):
            return TypeName(kind(value))
        case n.Arithmetic(_, left, right):
            first, second = type_of(left), type_of(right)
            return first if first == second and first in (TypeName("number"), TypeName("string")) else None
        case n.If(_, then, otherwise):
            first, second = type_of(then), type_of(otherwise)
            return first if first == second else None
        case n.ListOf(items):
            types = {type_of(item) for item in items}
            return TypeName("list", (types.pop() or TypeName("Any"),)) if len(types) == 1 else TypeName("list")
        case n.FunctionOf(parameters, body):
            return TypeName("function", tuple(type_ or TypeName("Any") for _, type_ in parameters), (), type_of(body))
    return None
