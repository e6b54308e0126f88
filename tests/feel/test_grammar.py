"""FEEL reads as the standard says, and refuses what is none of it."""

from __future__ import annotations

from typing import Any

import pytest

from service import feel
from tests.feel.speaking import cases, environment, evaluate

TABLE = """
    1 => 1
    .5 => 0.5
    1.5e2 => 150
    -3 => -3
    --3 => 3
    "text" => "text"
    "a \\"b\\" \\u6f4d" => "a \\"b\\" 潍"
    "\\uD83D\\uDC0E" => "🐎"
    true => true
    null => null
    @"2026-02-10" => "2026-02-10"
    @"2026-02-10T09:00:00+08:00" => "2026-02-10T09:00:00+08:00"
    @"PT2H" => "PT2H"
    1 + 2 * 3 => 7
    (1 + 2) * 3 => 9
    2 ** 3 ** 2 => 64
    0 ** 0 => 1
    -2 ** 2 => 4
    7 / 2 => 3.5
    1 / 0 => null
    0.1 + 0.2 = 0.3 => true
    "a" + "b" => "ab"
    "a" + 1 => null
    @"2026-02-10" + @"P1D" => "2026-02-11"
    @"2026-01-31" + @"P1M" => "2026-02-28"
    @"2026-02-11" - @"2026-02-10" => "P1D"
    1 = 1 => true
    1 = "1" => null
    1 != 2 => true
    null = null => true
    1 < 2 and 2 < 3 => true
    true and null => null
    false and null => false
    true or null => true
    not(null) => null
    1 between 0 and 2 => true
    3 between 0 and 2 => false
    2 in (1, 2, 3) => true
    2 in [1..2) => false
    2 in ]1..2] => true
    5 in > 4 => true
    "b" in ("a", "b") => true
    @"2026-02-10" in [@"2026-02-01"..@"2026-02-28"] => true
    if 1 < 2 then "yes" else "no" => "yes"
    if null then "yes" else "no" => "no"
    for i in 1..3 return i * i => [1, 4, 9]
    for i in 3..1 return i => [3, 2, 1]
    for a in [1, 2], b in [10, 20] return a + b => [11, 21, 12, 22]
    for i in 1..4 return if i = 1 then 1 else partial[-1] * i => [1, 2, 6, 24]
    for i in 1..3 return count(partial) => [0, 1, 2]
    for d in @"2026-02-27"..@"2026-03-01" return d => ["2026-02-27", "2026-02-28", "2026-03-01"]
    some x in [1, 2] satisfies x > 1 => true
    every x in [1, 2] satisfies x > 1 => false
    every x in [] satisfies x > 1 => true
    [1, 2, 3][2] => 2
    [1, 2, 3][-1] => 3
    [1, 2, 3][9] => null
    [1, 2, 3][item > 1] => [2, 3]
    [{a: 1, b: "x"}, {a: 2, b: "y"}][a = 2].b => ["y"]
    [{a: 1}, {a: 2}].a => [1, 2]
    {a: 1, b: a + 1}.b => 2
    {"quoted key": 1}.quoted key => 1
    {a: {b: {c: 3}}}.a.b.c => 3
    {a: 1}.missing => null
    {f: function(x, y) x - y, r: f(y: 1, x: 3)}.r => 2
    (function(x) x + 1)(2) => 3
    1 instance of number => true
    "a" instance of number => false
    [1] instance of list<number> => true
    {a: 1} instance of context<a: number> => true
    @"2026-02-10".month => 2
    @"2026-02-10".weekday => 2
    @"PT25H".hours => 1
    1 /* aside */ + 2 // to the end => 3
    string length("政务热线") => 4
    undefined => null
    undefined.x => null
"""


@pytest.mark.parametrize(("expression", "expected"), cases(TABLE))
def test_an_expression_means_what_the_standard_says(expression: str, expected: Any) -> None:
    assert evaluate(expression) == expected


BROKEN = [
    "",
    "1 +",
    "= 1",
    "(1",
    "[1, 2",
    "{a: 1",
    '"open',
    "1 2",
    "if a then b",
    "for x return x",
    "a.",
    "@x",
]
BROKEN += ["x in", "1..2", "function(x", '"\\uD800"', '"\\u0000"', '"\\U110000"', "9" * 200, "1e99999"]


@pytest.mark.parametrize("text", BROKEN)
def test_what_is_no_expression_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(feel.FeelSyntaxError, match="at character"):
        feel.compile_expression(text)


def test_names_with_blanks_signs_and_chinese_words_are_read_as_they_are_known() -> None:
    variables = {"service object": 1, "day-count": 2, "办理 单位": 3, "x": 5}
    assert evaluate("service object + day-count + 办理 单位 + x", variables) == 11
    assert evaluate("x-1", {"x": 5}) == 4


NAMES = """
    {🐎: 1, r: 🐎 + 1}.r => 2
    {über: 1, ñ_1: 2, r: über + ñ_1}.r => 3
    {a-b: 1, a: 5, b: 3, r: [a-b, a - b]}.r => [1, 2]
    {foo+bar: 1, r: foo+bar}.r => 1
    {a/b: 4, a.c: 5, r: a/b + a.c}.r => 9
    {for sale: 3, r: for sale + 1}.r => 4
    {not valid: true, r: not valid}.r => true
    {date and time of birth: 4}.date and time of birth => 4
    {o'neil: 4, r: [o'neil]}.r => [4]
    {数量（年）: 7, r: 数量（年） + 1}.r => 8
    {a b: {c d: 1}}.a b.c d => 1
    {a: [{b c: 1}, {b c: 2}], r: a[b c > 1].b c}.r => [2]
    {"1 + 1": 2, r: 1 + 1}.r => 2
    (function(a-b, c d) a-b + c d)(a-b: 1, c d: 2) => 3
    for a-b in [1, 2], c d in [a-b] return a-b + c d => [2, 4]
    some long name in [1, 2] satisfies long name > 1 => true
    {`a b`: 1, c: `a b` + 1}.c => 2
    {"no-name": 1}.`no-name` => 1
    for `x y` in [1] return `x y` + 1 => [2]
"""


@pytest.mark.parametrize(("expression", "expected"), cases(NAMES))
def test_a_name_may_hold_what_the_grammar_allows(expression: str, expected: Any) -> None:
    assert evaluate(expression) == expected


@pytest.mark.parametrize("text", ["{1a: 2}", "{(: 2}", "{a = 1: 2}", "(function(1) 2)(3)", "for 1 in [1] return 2"])
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(feel.FeelSyntaxError, match="at character"):
        feel.compile_expression(text)


def test_what_became_null_says_why() -> None:
    env = environment()
    assert evaluate("missing + 1", env=env) is None
    assert env.warnings == ["null because there is no variable “missing”", "“+” with null is null"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("nonsense(1)", "there is no function nonsense"),
        ("count()", "does not take 0"),
        ("{a: 1, a: 2}", "the key “a” comes twice"),
        ('@"2026-02-30"', "no date"),
        ("for i in [1] return f(i)", "f"),
        ('contains(string: "a", matched: "b")', "does not take the parameters “matched”, “string”"),
    ],
)
def test_what_is_wrong_is_known_before_it_is_evaluated(text: str, problem: str) -> None:
    [told] = feel.compile_expression(text).problems
    assert problem in told


def test_the_variables_that_an_expression_reads_are_known() -> None:
    assert feel.compile_expression("a + {b: c, d: b}.d + (for e in f return e + g)").names == {"a", "c", "f", "g"}


UNARY = [
    ("-", 1, True),
    ("1", 1, True),
    ("< 5", 4, True),
    ("< 5", 5, False),
    ("< 5", None, None),
    ("[1..3], 7", 7, True),
    ("[1..3], 7", 4, False),
    ('"HELP", "REPORT"', "REPORT", True),
    ('not("HELP", "REPORT")', "PRAISE", True),
    ('not("HELP")', "HELP", False),
    ("? > 3 and ? < 5", 4, True),
    ("null", None, True),
    ("> limit", 4, True),
    ("true", True, True),
    ("count(?) > 1", [1, 2], True),
]


@pytest.mark.parametrize(("text", "value", "expected"), UNARY)
def test_a_cell_of_a_table_tests_its_input(text: str, value: Any, expected: bool | None) -> None:
    tests = feel.compile_unary_tests(text)
    assert tests.test(feel.from_python(value), {"limit": 3}, environment()) is expected


def test_what_comes_from_outside_and_goes_back_is_the_same() -> None:
    value = {"a": [1, 2.5, "x", None, True, {"b": []}], "办理": "否"}
    assert evaluate("given", {"given": value}) == value


def test_a_function_may_call_itself_deep_below_itself() -> None:
    assert evaluate("{f: function(n) if n = 0 then 0 else n + f(n - 1), r: f(200)}.r") == 20_100
    sorting = "{f: function(n) if n = 0 then 0 else count(sort([2, 1], function(x, y) f(n - 1) > 0)), r: f(7)}.r"
    assert evaluate(sorting) == 2
