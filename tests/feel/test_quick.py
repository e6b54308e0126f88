"""The short way to an answer, past all scopes, gives what the whole way gives."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from service import feel
from tests.feel.speaking import environment, evaluate

VALUES: list[Any] = [None, True, False, 4, 5, 5.0, 5.5, Decimal("5.00"), 10**40, "", "5", "north", [5], {"x": 5}, {}]
CONDITIONS = [
    *(
        f"{name} {sign} {end}"
        for sign in ("=", "!=", "<", "<=", ">", ">=")
        for name in ("x", "m.x")
        for end in (5, '"5"')
    ),
    "x > 4 and x < 6",
    'x = "north" or x >= 5',
    'm.x.y = "north"',
    "x",
    "m.x",
]


def both_ways(condition: str, text: str, variables: dict[str, Any]) -> list[tuple[Any, list[str]]]:
    """The answer and its warnings; a condition inside of another expression has no short way."""
    told = []
    for written in (condition, f"if true then {condition} else null"):
        env = environment()
        told.append((evaluate(text.format(written), variables, env), env.warnings))
    return told


@pytest.mark.parametrize("condition", CONDITIONS)
def test_an_expression_is_the_same_by_both_ways(condition: str) -> None:
    for x, other in product(VALUES, [5, "north"]):
        short, whole = both_ways(condition, "{}", {"x": x, "m": {"x": x, "z": other}})
        assert short == whole, x
        assert type(short[0]) is type(whole[0]), x


@pytest.mark.parametrize("condition", [*CONDITIONS, "item > 4", 'item = "north"', "item.x = 5", "y > 4"])
def test_a_filter_keeps_the_same_by_both_ways(condition: str) -> None:
    rows = [{"x": x, "m": {"x": x}} for x in VALUES]
    for items in ([*VALUES, *rows], VALUES, rows, [{"item": 5}, {"item": 3}], [], 5, {"x": 5}):
        short, whole = both_ways(condition, "items[{}]", {"items": items, "x": "outer", "m": {"x": 5}, "y": 5})
        assert short == whole, items


def test_what_is_left_out_of_an_item_is_found_beside_the_list() -> None:
    variables = {"items": [{"x": 7}, {"y": 1}, {"x": None}], "x": 9}
    assert evaluate("items[x > 6]", variables) == [{"x": 7}, {"y": 1}]


def test_what_a_filter_keeps_are_values_of_feel() -> None:
    rows = {"items": [{"x": 7, "y": [1, 2.5], "z": "a"}]}
    [kept] = feel.compile_expression("items[x > 6]").evaluate(rows, environment())
    assert kept == {"x": 7, "y": [1, Decimal("2.5")], "z": "a"}
    assert {type(kept["x"]), *map(type, kept["y"])} == {Decimal}
