"""JSON keeps every digit that FEEL counts with."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import Any

import pytest

from service import exact_json

THIRD = "0.3333333333333333333333333333333333"


@pytest.mark.parametrize(
    "text",
    [
        THIRD,
        "-" + THIRD,
        "0.1",
        "12345678901234567890123456789012",
        "123456789012345678.9",
        "1E-400",
        "1" + "0" * 40,
        '{"a":[' + THIRD + ',null,true,{"b":"x \\" 张"}],"c":{}}',
    ],
)
def test_what_is_read_is_written_with_the_same_digits(text: str) -> None:
    assert exact_json.dumps(exact_json.loads(text)) == text


@pytest.mark.parametrize(("text", "value"), [("0.3", 0.3), ("1.50", 1.5), ("1e2", 100.0), ("7", 7), ("1e-7", 1e-7)])
def test_a_number_of_few_digits_is_one_of_python(text: str, value: float) -> None:
    told = exact_json.loads(text)
    assert (told, type(told)) == (value, type(value))


def test_more_digits_than_feel_counts_with_are_rounded() -> None:
    assert exact_json.loads("0." + "6" * 60) == Decimal("0." + "6" * 33 + "7")


def test_a_number_that_no_double_holds_is_infinite_not_long() -> None:
    assert math.isinf(exact_json.loads("1e999999999"))


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", "-Infinity", "{", "01", "[1,]"])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        exact_json.loads(text)


@pytest.mark.parametrize("value", [{1, 2}, [Decimal(1), object()], {"a": b"x"}])
def test_what_json_does_not_know_is_not_written(value: Any) -> None:
    with pytest.raises(TypeError):
        exact_json.dumps(value)


def test_a_reader_of_doubles_reads_the_nearest() -> None:
    assert json.loads(exact_json.dumps([Decimal(THIRD)])) == [1 / 3]
