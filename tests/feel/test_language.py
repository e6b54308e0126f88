"""Values of FEEL where the standard's own cases look closest: ranges, types, literals that are none."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from service import feel
from tests.feel.speaking import cases, environment, evaluate

TABLE = """
    (< 10) = (< 10) => true
    (< 10) = range("(..10)") => true
    (<= 10) = range("(..10]") => true
    (>= 10) = range("[10..)") => true
    (= 10) = (= 10) => true
    (= 10) = [10..10] => false
    (= 10).start included => true
    (>= 10).end => null
    [null..10] => null
    5 in [1..null] => null
    null in [1..10] => null
    null in (null) => true
    [3..1] => null
    range("[1.5..2.5]").end => 2.5
    range("[-3..-1]").start => -3
    range("[..1]") => null
    range("(..)") => null
    range("[1..2") => null
    range("[a..b]") => null
    range("[\\"a..b\\"..\\"c\\"]").start => "a..b"
    range("[date and time(\\"2026-01-01T00:00:00\\")..@\\"2026-01-02T00:00:00\\"]").end.day => 2
    is(value1: 1) => false
    decimal(1/3, 2.5) => 0.33
    list replace([1, 2, 3], 2.5, 4) => [1, 4, 3]
    list replace([1, 2, 3], -1.5, 4) => [1, 2, 4]
    list replace([1, 2, 3], 1000000000000, 4) => null
    {a: 1, a: 2} => null
    @"no date" => null
    [][1] => null
    [][item > 1] => []
    [[{a: 1}], {a: 2}].a => [[1], 2]
    (function(a: number) a)([5]) => 5
    (function(a: list<number>) a)(5) => [5]
    (function(a: list<number>) a)("5") => null
    (function(a: date and time) a)(@"2026-01-01") => "2026-01-01T00:00:00Z"
    (function(a: number) a)("x") => null
    (function(my name) my name)(my name: 4) => 4
    (function(a, b) a)(b: 1) => null
    (function(a, b) a)(1, 2, 3) => null
    (function(a: string) "x") instance of function<string>->string => true
    (function(a: string) "x") instance of function<number>->string => false
    (function(a: string) "x") instance of function<string, string>->string => false
    (function(a: string) 1) instance of function<string>->string => false
    (function(a) a > 1) instance of function<Any>->boolean => true
    (function(a: context<b: string>) [1]) instance of function<context<b: string, c: string>>->list<number> => true
    (function(a) if a then 1 else 2) instance of function<string>->string => false
    [(function(a) "1" + "2")] instance of list<function<Any>->string> => true
    ["a".."b"] instance of range<string> => true
    ["a".."b"] instance of range<number> => false
    {a: {b: null}} instance of context<a: context<b: string>> => true
    {} instance of context<a: string> => false
    {f: function(n) if n < 2 then 1 else n * f(n - 1), r: f(5)}.r => 120
    {x: 3, g: function(a) a + x, h: {x: 5, r: g(1)}}.h.r => 4
"""


@pytest.mark.parametrize(("expression", "expected"), cases(TABLE))
def test_a_value_is_what_the_standard_says(expression: str, expected: Any) -> None:
    assert evaluate(expression) == expected


@pytest.mark.parametrize(
    ("expression", "reason"), [("{a: 1, a: 2}", "“a” comes twice"), ('@"no date"', "no date, time or duration")]
)
def test_a_literal_that_is_none_is_null_and_says_so(expression: str, reason: str) -> None:
    env = environment()
    evaluate(expression, env=env)
    assert reason in env.warnings[0]


SAID = [
    ("{matter: {unit: 1}, r: matter.area}.r", "null because “matter.area” is not defined: context has no “area”"),
    ("{matter: {unit: 1}, r: matter.area}.r", "it has “unit”"),
    ("1 + missing", "null because there is no variable “missing”"),
    ("{unit: 1, r: units}.r", "there are “unit”"),
    ("nonsense(1)", "null because there is no function “nonsense”"),
    ("{a: {}, r: a.f(1)}.r", "null because there is no function “a.f”"),
    ("(function(a: number) a)(true)", "null because the argument “a” is no number"),
]


@pytest.mark.parametrize(("expression", "reason"), SAID)
def test_what_is_not_there_is_named_with_what_there_is(expression: str, reason: str) -> None:
    env = environment()
    assert evaluate(expression, env=env) is None
    assert reason in env.warnings[0]


TYPES = {
    "tNumber": feel.TypeName("number"),
    "t-Line": feel.TypeName("context", (feel.TypeName("number"),), ("a",)),
    "t List": feel.TypeName("list", (feel.TypeName("number"),)),
}
INSTANCES = """
    1 instance of tNumber => true
    [1] instance of t List => true
    ["1"] instance of t List => false
    [null] instance of t List => true
    [{a: 1, b: 2}] instance of list<t-Line> => true
    {b: 2} instance of t-Line => false
"""


@pytest.mark.parametrize(("expression", "expected"), cases(INSTANCES))
def test_a_type_of_the_model_can_be_named(expression: str, expected: Any) -> None:
    assert feel.compile_expression(expression, (), TYPES).evaluate({}, environment()) is expected


def test_chance_is_given_like_the_clock() -> None:
    drawn = [evaluate("[uuid(), random number()]", env=environment(random=Random(7))) for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert evaluate("uuid()", env=environment(random=Random(8))) != drawn[0][0]


def test_asking_whether_something_is_there_warns_of_nothing() -> None:
    env = environment()
    assert evaluate("[is defined(missing), get or else({}.x, 1)]", env=env) == [False, 1]
    assert env.warnings == []


def test_an_assertion_that_does_not_hold_ends_the_evaluation_with_its_reason() -> None:
    env = environment()
    assert evaluate('[assert(1, 1 = 2, "no matter without a number")]', env=env) is None
    assert env.warnings == ["no matter without a number"]
