"""Built-ins that Camunda adds to FEEL and its editor offers, as far as they belong to no one kind of value."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from service.feel.builtins.define import NoResult, define
from service.feel.environment import Scope
from service.feel.texts import show, show_number
from service.feel.values import NUMBERS, FeelLimit, Function


@define("is defined(value: any)")
def _is_defined(scope: Scope, value: Any) -> bool:
    return value is not None


@define("get or else(value: any, default: any)")
def _get_or_else(scope: Scope, value: Any, default: Any) -> Any:
    return default if value is None else value


@define("assert(value: any, condition: any, cause?: string?)")
def _assert(scope: Scope, value: Any, condition: Any, cause: str | None) -> Any:
    if condition is not True:
        raise FeelLimit(cause or "an assertion does not hold")
    return value


@define("uuid()")
def _uuid(scope: Scope) -> str:
    return str(UUID(int=scope.env.random.getrandbits(128), version=4))


@define("random number()")
def _random_number(scope: Scope) -> Decimal:
    return NUMBERS.create_decimal(repr(scope.env.random.random()))


@define("cycle(interval: days and time duration|years and months duration)")
def _endless_cycle(scope: Scope, interval: Any) -> str:
    return f"R/{show(interval)}"


@define("cycle(repetitions: number?, interval: days and time duration|years and months duration)")
def _cycle(scope: Scope, repetitions: Decimal | None, interval: Any) -> str:
    return f"R{'' if repetitions is None else int(repetitions)}/{show(interval)}"


@define("fromAi(value: any, description?: string?, type?: string?, schema?: context?, options?: context?)")
def _from_ai(scope: Scope, value: Any, *_: Any) -> Any:
    return value


@define("to json(value: any)")
def _to_json(scope: Scope, value: Any) -> str:
    return _json(value)


def _json(value: Any) -> str:
    """JSON with every digit of its numbers; what JSON has no word for is text."""
    match value:
        case None | bool() | str():
            return json.dumps(value, ensure_ascii=False)
        case Decimal():
            return show_number(value)
        case list():
            return "[" + ",".join(map(_json, value)) + "]"
        case Mapping():
            return "{" + ",".join(f"{_json(key)}:{_json(one)}" for key, one in value.items()) + "}"
        case Function():
            raise NoResult("a function is no JSON")
    return json.dumps(show(value), ensure_ascii=False)


@define("from json(value: string)")
def _from_json(scope: Scope, text: str) -> Any:
    scope.env.step(len(text))
    try:
        return json.loads(text, parse_float=_exactly, parse_int=_exactly, parse_constant=_no)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise NoResult(f"“{text[:40]}” is no JSON") from error


_exactly = NUMBERS.create_decimal


def _no(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")
