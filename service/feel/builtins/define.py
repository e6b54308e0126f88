"""How a built-in is written: a signature in FEEL's own words, and a Python function that gets fitting arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, DecimalException
from typing import Any

from service.feel.environment import BUILTINS, Scope
from service.feel.types import standing_in
from service.feel.values import FeelLimit, Function, kind


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    type: str  # a kind of value, "any", or several with "|"
    optional: bool
    nullable: bool


@dataclass(frozen=True, slots=True)
class Signature:
    parameters: tuple[Parameter, ...]
    rest: bool  # the last parameter takes all that follow
    call: Callable[..., Any]


SIGNATURES: dict[str, list[Signature]] = {}


class NoResult(ValueError):
    """Raised by a built-in: null, with this reason as the warning."""


def define(signature: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`"substring(string: string, start position: number, length?: number)"`.

    `?` after a name: may be left out; after a type: may be null; `...` after the last: all that follow.
    The function gets the scope first. Several signatures of one name are tried in turn.
    """
    name, _, inside = signature.partition("(")
    inside = inside.rstrip(")")
    rest = inside.endswith("...")
    parameters = []
    for part in filter(None, (piece.strip() for piece in inside.removesuffix("...").split(","))):
        key, _, type_ = (piece.strip() for piece in part.partition(":"))
        parameters.append(Parameter(key.rstrip("?"), type_.rstrip("?"), key.endswith("?"), type_.endswith("?")))

    def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
        SIGNATURES.setdefault(name, []).append(Signature(tuple(parameters), rest, function))
        names = tuple(parameter.name for parameter in parameters)
        if name not in BUILTINS:
            BUILTINS[name] = Function(names, _caller(name), name)
        return function

    return wrap


def _caller(name: str) -> Callable[..., Any]:
    def call(scope: Scope, positional: list[Any], named: dict[str, Any]) -> Any:
        reason, written = "", list(named)
        # Where two have the same names (point and range, range and point), the order in the text decides.
        signatures = sorted(SIGNATURES[name], key=lambda one: [p.name for p in one.parameters] != written)
        for signature in signatures if named else SIGNATURES[name]:
            try:
                arguments = _fit(signature, positional, named)
            except NoResult as error:
                reason = reason or str(error)
                continue
            try:
                for argument in arguments:
                    if isinstance(argument, (str, list, dict)):
                        scope.env.made(argument)
                return scope.env.made(signature.call(scope, *arguments))
            except NoResult as error:
                scope.env.warn(f"{name}: {error}")
                return None
            except FeelLimit:
                raise
            except (DecimalException, ValueError, OverflowError, ZeroDivisionError):
                scope.env.warn(f"{name}: the arguments are out of range")
                return None
        scope.env.warn(f"{name}: {reason}")
        return None

    return call


def _fit(signature: Signature, positional: list[Any], named: dict[str, Any]) -> list[Any]:
    parameters = signature.parameters
    if named:
        unknown = set(named) - {parameter.name for parameter in parameters}
        if unknown:
            raise NoResult(f"there is no parameter “{min(unknown)}”")
        missing = [p.name for p in parameters if p.name not in named and not p.optional and p.type != "any"]
        if missing:
            raise NoResult(f"the parameter “{missing[0]}” is missing")
        return [_coerce(p, named[p.name]) if p.name in named else None for p in parameters]
    if signature.rest:
        fixed = [_coerce(p, value) for p, value in zip(parameters[:-1], positional, strict=False)]
        if len(positional) < len(parameters):
            raise NoResult("there are too few arguments")
        return fixed + [_coerce(parameters[-1], value) for value in positional[len(parameters) - 1 :]]
    least = sum(not parameter.optional for parameter in parameters)
    if not least <= len(positional) <= len(parameters):
        count = f"{least} to {len(parameters)}" if least < len(parameters) else str(least)
        raise NoResult(f"it takes {count} arguments, not {len(positional)}")
    given = [_coerce(p, value) for p, value in zip(parameters, positional, strict=False)]
    return given + [None] * (len(parameters) - len(given))


def _coerce(parameter: Parameter, value: Any) -> Any:
    """The value, or what it stands for, as the parameter takes it; raises NoResult."""
    if parameter.type == "any":
        return value
    if value is None:
        if parameter.nullable:
            return None
        raise NoResult(f"“{parameter.name}” is null")
    wanted = parameter.type.split("|")
    if kind(value) in wanted:
        return value
    other = standing_in(value, is_list="list" in wanted)
    if kind(other) in wanted:
        return other
    raise NoResult(f"“{parameter.name}” must be {parameter.type}, not {kind(value)}")


def place(position: Decimal, length: int) -> int:
    """A position from 1 to a length, or from -1 backwards, without its fraction; 0 for one outside."""
    return int(position) if abs(position) < length + 1 else 0


def integer(value: Decimal, what: str) -> int:
    """A whole number; raises NoResult for one with a fraction."""
    if value != value.to_integral_value() or abs(value) > 10**9:
        raise NoResult(f"{what} must be a whole number")
    return int(value)
