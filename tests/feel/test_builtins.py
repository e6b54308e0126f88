"""Every built-in function: what it gives, and that null or a wrong kind of value is null with a reason."""

from __future__ import annotations

from typing import Any

import pytest

from service.feel.builtins import SIGNATURES
from tests.feel.speaking import cases, environment, evaluate

TABLE = """
    get value({a: 1}, "a") => 1
    get value({a: {b: 2}}, ["a", "b"]) => 2
    get value({a: 1}, "z") => null
    get entries({a: 1}) => [{"key": "a", "value": 1}]
    context([{key: "a", value: 1}]) => {"a": 1}
    context([{key: "a", value: 1}, {key: "a", value: 2}]) => null
    context put({a: 1}, "b", 2) => {"a": 1, "b": 2}
    context put({a: {b: 1}}, ["a", "c"], 2) => {"a": {"b": 1, "c": 2}}
    context merge([{a: 1}, {a: 2, b: 3}]) => {"a": 2, "b": 3}
    number("1 000,5", " ", ",") => 1000.5
    number("12") => 12
    number("x") => null
    date("2026-02-28") => "2026-02-28"
    date("2026-02-30") => null
    date(2026, 2, 28) => "2026-02-28"
    date(2026, 13, 1) => null
    date(date and time("2026-02-10T23:00:00")) => "2026-02-10"
    time("09:30:00+08:00") => "09:30:00+08:00"
    time(9, 30, 0) => "09:30:00"
    time(25, 0, 0) => null
    date and time("2026-02-10T09:00:00") => "2026-02-10T09:00:00"
    date and time(date("2026-02-10"), time("09:00:00")) => "2026-02-10T09:00:00"
    date and time(@"2026-02-10T01:00:00Z", "Asia/Shanghai") => "2026-02-10T09:00:00+08:00"
    date and time(@"2026-02-10T01:00:00Z", "../etc/passwd") => null
    duration("P1DT2H") => "P1DT2H"
    duration("1 day") => null
    years and months duration(@"2025-01-31", @"2026-03-01") => "P1Y1M"
    list contains([1, null], null) => true
    count([1, 2]) => 2
    min(3, 1, 2) => 1
    max(["a", "b"]) => "b"
    max([]) => null
    max(1, "a") => null
    sum([1, 2.5]) => 3.5
    sum([]) => null
    sum([@"P1M", @"P2M"]) => "P3M"
    mean(1, 2, 6) => 3
    product(2, 3) => 6
    median(8, 2, 5, 3, 4) => 4
    median([]) => null
    stddev(2, 4, 7, 5) => 2.081665999466132735282297706979931
    stddev([1]) => null
    mode(6, 3, 9, 6, 6, 3) => [6]
    mode([1, 1.0, 2, 2]) => [1, 2]
    all([true, true]) => true
    all([true, null]) => null
    all([]) => true
    any([false, true]) => true
    any([false, null]) => null
    sublist([4, 5, 6], 1, 2) => [4, 5]
    sublist([4, 5, 6], -2) => [5, 6]
    sublist([4, 5, 6], 4) => null
    append([1], 2, 3) => [1, 2, 3]
    concatenate([1, 2], [3]) => [1, 2, 3]
    insert before([1, 3], 1, 2) => [2, 1, 3]
    remove([1, 2, 3], 2) => [1, 3]
    remove([1], 5) => null
    list replace([2, 4, 7], 3, 6) => [2, 4, 6]
    list replace([2, 4, 7], function(item, new) item < new, 5) => [5, 5, 7]
    reverse([1, 2]) => [2, 1]
    index of([1, 2, 1], 1) => [1, 3]
    distinct values([1, 2, 1]) => [1, 2]
    union([1, 2], [2, 3]) => [1, 2, 3]
    duplicate values([1, 2, 1]) => [1]
    flatten([[1], [[2]], 3]) => [1, 2, 3]
    sort([3, 1, 2], function(x, y) x < y) => [1, 2, 3]
    sort(["b", "a"]) => ["a", "b"]
    sort([1, "a"]) => null
    partition([1, 2, 3], 2) => [[1, 2], [3]]
    partition([1], 0) => null
    is empty([]) => true
    round up(5.5, 0) => 6
    round down(-5.5, 0) => -5
    round half up(5.5, 0) => 6
    round half down(5.5, 0) => 5
    decimal(2.5, 0) => 2
    decimal(1/3, 2) => 0.33
    decimal(1, 99999999) => null
    floor(-1.5) => -2
    ceiling(-1.5) => -1
    modulo(-12, 5) => 3
    modulo(1, 0) => null
    sqrt(16) => 4
    sqrt(-1) => null
    log(1) => 0
    log(0) => null
    exp(0) => 1
    exp(100000) => null
    odd(5) => true
    even(5.5) => null
    not(true) => false
    is defined(null) => false
    get or else(null, 1) => 1
    before(1, [2..3]) => true
    after([5..6], 4) => true
    meets([1..2], [2..3]) => true
    met by([2..3], [1..2]) => true
    overlaps([1..3], [2..4]) => true
    overlaps before([1..3], [2..4]) => true
    overlaps after([2..4], [1..3]) => true
    finishes(3, [1..3]) => true
    finished by([1..3], 3) => true
    includes([1..3], 2) => true
    during(2, [1..3]) => true
    starts(1, [1..3]) => true
    started by([1..3], 1) => true
    coincides([1..3], [1..3]) => true
    range("[1..3)") = [1..3) => true
    range("[x..3)") => null
    substring("foobar", 3) => "obar"
    substring("foobar", -2, 1) => "a"
    substring("foobar", 0) => null
    string length("热线") => 2
    upper case("ab") => "AB"
    lower case("AB") => "ab"
    trim("  a b ") => "a b"
    substring before("foobar", "bar") => "foo"
    substring after("foobar", "ob") => "ar"
    contains("foobar", "ob") => true
    starts with("foobar", "fo") => true
    ends with("foobar", "r") => true
    matches("潍坊12345", "\\\\d{5}") => true
    matches("a", "[") => null
    matches("AB", "ab", "i") => true
    replace("abcd", "(ab)|(a)", "[1=$1][2=$2]") => "[1=ab][2=]cd"
    replace("a.b", ".", "-", "q") => "a-b"
    split("a;b;c", ";") => ["a", "b", "c"]
    extract("call 12345 or 110", "[0-9]+") => ["12345", "110"]
    string join(["a", null, "b"], ", ") => "a, b"
    string join([1], ", ") => null
    string(1.10) => "1.1"
    string([1, "a", {b: null}]) => "[1, \\"a\\", {b: null}]"
    string(null) => null
    now() => "2026-02-10T09:00:00+08:00"
    today() => "2026-02-10"
    day of week(@"2026-02-10") => "Tuesday"
    day of year(@"2026-02-10") => 41
    week of year(@"2026-02-10") => 7
    month of year(@"2026-02-10") => "February"
    last day of month(@"2028-02-10") => "2028-02-29"
    abs(-1) => 1
    abs(@"-PT5H") => "PT5H"
    abs(@"-P1M") => "P1M"
    is(@"2026-02-10", @"2026-02-10") => true
    is(1, "1") => false
    get or else(missing, 4) => 4
    assert(1, 1 = 1) => 1
    assert(1, null, "no matter") => null
    fromAi(1, "how many", "number", {}, {}) => 1
    to json({a: [1.50, "x", null, true, @"2026-01-01"]}) => "{\\"a\\":[1.5,\\"x\\",null,true,\\"2026-01-01\\"]}"
    to json(function(x) x) => null
    from json("{\\"a\\": [0.1, null]}").a[1] = 0.1 => true
    from json("{a}") => null
    from json("NaN") => null
    is blank(" ") => true
    to base64("热") => "54Ot"
    string join(["a", "b"], ", ", "[", "]") => "[a, b]"
    substring("foobar", 3.8) => "obar"
    sublist([1, 2, 3], 1, 2.5) => [1, 2]
    sublist([1, 2, 3], 2, 3) => null
    substring(string: "🐎foo", start position: 2) => "foo"
    before(null, 1) => null
    before(1, "a") => null
    before(point1: 1, point2: 2) => true
    before(range: [1..2], point: 3) => true
    before(point: 3, range: [1..2]) => false
    after(range1: [3..4], range2: [1..2]) => true
    includes(range1: [1..5], range2: [2..3]) => true
    includes([1..5], null) => null
    during(range: [1..5], point: 3) => true
    coincides(5, "a") => null
    coincides([1..5], 5) => false
    finishes([3..5], [1..5]) => true
    finishes(5, [1..5)) => false
    starts(1, (1..5]) => false
    sort([2, 1], function(x) x) => null
    sort([2, 1], function(x, y) x) => null
    sort([3, 1, 2], function(x, y) x > y) => [3, 2, 1]
    get value(context: {a: 1}, key: "a") => 1
    get value(m: {a: 1}, key: "a") => 1
    get entries(context: {a: 1}).key => ["a"]
    string([(< 10), (>= 10), (= 10), (1..10]]) => "[(< 10), (>= 10), (= 10), (1..10]]"
    cycle(duration("PT1H")) => "R/PT1H"
    cycle(3, duration("P7D")) => "R3/P7D"
    cycle(null, duration("P1M")) => "R/P1M"
    cycle(interval: duration("PT1H"), repetitions: 2) => "R2/PT1H"
    cycle("PT1H") => null
    uuid() = uuid() => false
    random number() in [0..1) => true
"""
# In what tests/feel/test_working_days.py plays.
WORKING_DAYS = {
    "add working days",
    "working days between",
    "elapsed working days",
    "is working day",
    "is provisional",
    "end of working day",
}


@pytest.mark.parametrize(("expression", "expected"), cases(TABLE))
def test_a_built_in_gives(expression: str, expected: Any) -> None:
    assert evaluate(expression) == expected


def test_every_built_in_is_played() -> None:
    played = {expression.partition("(")[0] for expression, _ in cases(TABLE)}
    assert set(SIGNATURES) - played - WORKING_DAYS == {"and", "or"}  # words of the grammar, as `all` and `any`


def _call(name: str, value: str) -> str:
    needed = [one for one in SIGNATURES[name][0].parameters if not one.optional]
    return f"{name}({', '.join(value for _ in needed)})"


TYPED = sorted(
    name
    for name, all_ in SIGNATURES.items()
    if all_[0].parameters and "any" not in {p.type for p in all_[0].parameters}
)


@pytest.mark.parametrize("name", TYPED)
@pytest.mark.parametrize("value", ["null", "true"])
def test_null_and_a_wrong_kind_of_value_give_null_and_the_reason(name: str, value: str) -> None:
    lists = {one.type for one in SIGNATURES[name][0].parameters if not one.optional} == {"list"}
    env = environment()
    result = evaluate(_call(name, value), env=env)
    if lists and value == "true":  # one value stands for a list of one
        assert result is not None or env.warnings
    else:
        assert result is None
        assert env.warnings[0].startswith(f"{name}: ")


@pytest.mark.parametrize("name", ["min", "max", "sum", "mean", "product", "median", "stddev", "mode"])
@pytest.mark.parametrize("given", ["null", '[1, "a"]', "[1, null]"])
def test_numbers_are_counted_with_numbers_only(name: str, given: str) -> None:
    assert evaluate(f"{name}({given})") is None


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ('substring(string: "a")', "the parameter “start position” is missing"),
        ('substring(string: "a", start: 1)', "there is no parameter “start”"),
        ("round up(1.5)", "it takes 2 arguments, not 1"),
        ('odd("1")', "“number” must be number, not string"),
    ],
)
def test_a_call_that_does_not_fit_says_how_it_should(call: str, reason: str) -> None:
    env = environment()
    assert evaluate(call, env=env) is None
    assert reason in " ".join(env.warnings)
