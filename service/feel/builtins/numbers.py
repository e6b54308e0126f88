"""Built-ins for numbers and booleans."""

from __future__ import annotations

import decimal
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from service.feel.builtins.define import NoResult, define, integer
from service.feel.environment import Scope
from service.feel.values import NUMBERS

# Powers are as much work as this many steps.
_COST = 20


def _round(value: Decimal, scale: Decimal | None, rounding: str) -> Decimal:
    if scale is not None and not -6111 <= scale <= 6176:
        raise NoResult("the scale is out of range")
    digits = int(scale or 0)
    if value.as_tuple().exponent >= -digits and digits >= 0:  # type: ignore[operator]
        return value
    context = decimal.Context(prec=6200, rounding=rounding, Emax=999_999, Emin=-999_999)
    return NUMBERS.plus(value.quantize(Decimal(1).scaleb(-digits), context=context))


_ROUNDINGS = (
    ("round up", decimal.ROUND_UP),
    ("round down", decimal.ROUND_DOWN),
    ("round half up", decimal.ROUND_HALF_UP),
    ("round half down", decimal.ROUND_HALF_DOWN),
)


def _rounder(rounding: str) -> Callable[[Scope, Decimal, Decimal], Decimal]:
    return lambda scope, value, scale: _round(value, scale, rounding)


for _name, _rounding in _ROUNDINGS:
    define(f"{_name}(n: number, scale: number)")(_rounder(_rounding))


@define("decimal(n: number, scale: number)")
def _decimal(scope: Scope, value: Decimal, scale: Decimal) -> Decimal:
    return _round(value, scale, decimal.ROUND_HALF_EVEN)


@define("floor(n: number, scale?: number)")
def _floor(scope: Scope, value: Decimal, scale: Decimal | None) -> Decimal:
    return _round(value, scale, decimal.ROUND_FLOOR)


@define("ceiling(n: number, scale?: number)")
def _ceiling(scope: Scope, value: Decimal, scale: Decimal | None) -> Decimal:
    return _round(value, scale, decimal.ROUND_CEILING)


@define("modulo(dividend: number, divisor: number)")
def _modulo(scope: Scope, dividend: Decimal, divisor: Decimal) -> Decimal:
    if not divisor:
        raise NoResult("the divisor is 0")
    quotient = (NUMBERS.divide(dividend, divisor)).to_integral_value(decimal.ROUND_FLOOR)
    return NUMBERS.subtract(dividend, NUMBERS.multiply(divisor, quotient))


@define("sqrt(number: number)")
def _sqrt(scope: Scope, value: Decimal) -> Decimal:
    return NUMBERS.sqrt(value)


@define("log(number: number)")
def _log(scope: Scope, value: Decimal) -> Decimal:
    if value <= 0:
        raise NoResult("the number must be greater than 0")
    return NUMBERS.ln(value)


@define("exp(number: number)")
def _exp(scope: Scope, value: Decimal) -> Decimal:
    scope.env.step(_COST)
    return NUMBERS.exp(value)


@define("odd(number: number)")
def _odd(scope: Scope, value: Decimal) -> bool:
    return integer(value, "the number") % 2 == 1


@define("even(number: number)")
def _even(scope: Scope, value: Decimal) -> bool:
    return integer(value, "the number") % 2 == 0


@define("not(negand: any)")
def _not(scope: Scope, value: Any) -> bool | None:
    return not value if isinstance(value, bool) else None
