"""JSON that keeps every digit of a number: it is a float where that says the same, a Decimal where it cannot."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from decimal import Context, Decimal
from typing import Any, NoReturn

# From here on a double is written with an exponent.
_WITH_EXPONENT = 1e16
# What a number of FEEL holds, and a double does not: 34 digits.
_DIGITS = Context(prec=34, Emin=-6143, Emax=6144)


def dumps(value: Any) -> str:
    """Compact JSON text; raises TypeError for what JSON does not know."""
    try:
        return _ENCODER.encode(value)
    except TypeError:
        return _written(value)


def loads(text: str | bytes) -> Any:
    """The value of JSON text, of a number the 34 digits that FEEL counts with; an infinite float for one too large.

    Raises ValueError for what is not JSON, NaN and Infinity among it, RecursionError for what is nested too deep.
    """
    if isinstance(text, bytes):
        text = text.decode(json.detect_encoding(text), "surrogatepass")
    return _DECODER.decode(text)


def nearest(value: Decimal) -> float | Decimal:
    """The float that is written with the same digits, or the value itself if there is none."""
    near = float(value)
    return near if Decimal(repr(near)) == value else value


def _written(value: Any) -> str:
    match value:
        case Decimal():
            return str(value)
        case Mapping():
            members = (f"{_ENCODER.encode(key)}:{_written(member)}" for key, member in value.items())
            return "{" + ",".join(members) + "}"
        case list() | tuple():
            return "[" + ",".join(map(_written, value)) + "]"
    return _ENCODER.encode(value)


def _read(text: str) -> float | Decimal | int:
    near = float(text) or 0.0  # there is one zero: stores differ in whether they keep its sign
    # Of so few digits a double loses none.
    if (len(text) < 16 and "e" not in text.lower()) or math.isinf(near):
        return near
    exact = _DIGITS.create_decimal(text)
    # PostgreSQL writes out what SQLite keeps with its exponent: all digits are told in both.
    return int(exact) if abs(near) >= _WITH_EXPONENT and exact == exact.to_integral_value() else nearest(exact)


def _refuse(_word: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_DECODER = json.JSONDecoder(parse_float=_read, parse_constant=_refuse)
