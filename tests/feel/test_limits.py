"""An expression that asks for too much is refused or cut, with the reason, instead of hanging or filling the memory."""

from __future__ import annotations

import tracemalloc

import pytest

from service import feel
from tests.feel.speaking import environment, evaluate


def chain(first: str, step: str, count: int, then: str) -> str:
    """A context whose entries each hold the one before several times."""
    entries = [f"a0: {first}"]
    entries += [f"a{i}: " + step.format(",".join([f"a{i - 1}"] * 10)) for i in range(1, count + 1)]
    return "{" + ", ".join(entries) + f", r: {then}}}.r"


TOO_DEEP = {
    "parentheses": "(" * 100 + "1" + ")" * 100,
    "lists": "[" * 100 + "]" * 100,
    "ranges, each with two readings": "[1.." * 40 + "1",
    "ranges turned around": "]" * 10_000,
    "comparisons in parentheses": "(<" * 5_000 + "1",
    "types": "1 instance of " + "list<" * 5_000 + "number",
    "tests in tests": "1 in (" * 50 + "!",
    "ifs": "if a then " * 200,
    "a sum of 20000": "+".join(["1"] * 20_000),
    "a path of 10000": "a" + ".a" * 10_000,
    "functions": "function(x) " * 100 + "x",
    "a long text": '"' + "x" * 60_000 + '"',
    "contexts": "{a:" * 10_000,
    "negations": "not(" * 10_000 + "true" + ")" * 10_000,
    "filters": "a" + "[1]" * 10_000,
    "filters in filters": "a[" * 10_000,
    "calls": "f" + "()" * 10_000,
    "calls in calls": "f(" * 10_000,
    "powers": "**".join(["1"] * 10_000),
    "and": " and ".join(["a"] * 8_000),
    "loops": "for a in b return " * 2_700 + "1",
    "instances": "1" + " instance of number" * 2_500,
    "types of functions": "1 instance of " + "function<" * 4_000,
}

NO_FEEL = {
    "quotes": '"' * 49_999,
    "escapes": '"' + "\\" * 20_001,
    "minus": "-" * 49_999,
    "signs": "<" * 49_999,
    "commas": "," * 49_999,
    "points": "." * 49_999,
    "at": "@" * 49_999,
    "comments": "/*" * 20_000,
    "slashes": "1" + " /" * 20_000,
    "half a sign": "\ud800",
    "a zone that is a path": '@"10:00:00@../../etc/passwd" +',
    "names without end": "{" + "a " * 24_000,
    "loops without in": "for " + "a " * 24_000,
    "a name of a parameter": "f(" + "a " * 24_000,
}


@pytest.mark.parametrize("text", NO_FEEL.values(), ids=NO_FEEL.keys())
def test_long_nonsense_is_refused_with_a_position_in_the_text(text: str) -> None:
    with pytest.raises(feel.FeelSyntaxError) as refused:
        feel.compile_expression(text)
    assert 0 <= refused.value.position <= len(text)


@pytest.mark.parametrize("text", TOO_DEEP.values(), ids=TOO_DEEP.keys())
def test_what_is_too_deep_or_too_long_is_refused_when_it_is_read(text: str) -> None:
    with pytest.raises(feel.FeelSyntaxError, match=r"nested too deeply|longer than"):
        feel.compile_expression(text)


CUT = {
    "endless recursion": "{f: function(x) f(x + 1), r: f(1)}.r",
    "recursion that doubles": "{f: function(n) if n < 2 then 1 else f(n - 1) + f(n - 2), r: f(40)}.r",
    "a huge range": "count(for i in 1..900000000000 return i)",
    "three loops": "count(for a in 1..1000, b in 1..1000, c in 1..1000 return 1)",
    "some over a huge range": "some i in 1..900000000000 satisfies i < 0",
    "lists that hold lists": chain("[1,1,1,1,1,1,1,1,1,1]", "[{}]", 12, "a12"),
    "contexts that hold contexts": chain("[1,1,1,1,1,1,1,1,1,1]", "{{x: [{}]}}", 12, "a12"),
    "equality of lists that hold lists": chain("[1,1]", "[{}]", 7, "a7 = [a6, a6]"),
    "lists that grow": chain("[1,1,1,1,1,1,1,1,1,1]", "concatenate({})", 9, "a9"),
    "the same list in a loop": chain("[1,1]", "concatenate({})", 3, "for i in 1..100000 return reverse(a3)"),
    "lists in lists in lists": "{f: function(l, n) if n = 0 then l else f([l, l], n - 1), r: f([1], 45)}.r",
    "a list that holds what it was": "for i in 1..5000 return partial",
    "depth by looking back": "for i in 1..5000 return if i = 1 then [] else [partial[-1]]",
    "text joined": '{t: string join(for i in 1..99999 return "xxxxxxxxxx"), r: for i in 1..999 return trim(t)}.r',
    "text replaced by itself": '{t: string join(for i in 1..10000 return "x"), r: replace(t, "x", t)}.r',
    "sorting": "sort(for i in 1..90000 return modulo(i * 7919, 90001))",
    "looking for what is not there": "for i in 1..100000 return list contains(for j in 1..5000 return j, -1)",
    "a range without end as a value": "for i in [1..1000000000] return i",
    "ranges in ranges": "for i in 1..1000000000, j in 1..1000000000 return i * j",
    "every over a huge range": "every i in 1..1000000000 satisfies i > 0",
    "days of a million years": 'for d in @"0001-01-01"..@"999999999-12-31" return d',
    "a filter in a filter": "(for i in 1..3000 return i)[count((for j in 1..3000 return j)[item > 5]) < 0]",
    "a list of lists": "for i in 1..5000 return for j in 1..5000 return [i, j]",
    "sixty loops": "for " + ", ".join(f"a{i} in [1, 2]" for i in range(60)) + " return 1",
    "a long body in a loop": "for i in 1..400000 return [" + ", ".join(["1 = 1 and 2 = 2"] * 300) + "]",
    "a long condition of a filter": "(for i in 1..90000 return i)["
    + " or ".join(["(item < 0 or item < 1)"] * 50)
    + "]",
    "a long function in a loop": "{f: function(x) ["
    + ", ".join(["x = 2"] * 300)
    + "], r: for i in 1..9999 return f(i)}.r",
    "a list in a test": "{l: for i in 1..50000 return i, r: for i in 1..50000 return -1 in l}.r",
    "a path over a list": "{l: for i in 1..9000 return {a: i}, r: for i in 1..9000 return l.a}.r",
    "the least of a list": "{l: for i in 1..50000 return i, r: for i in 1..50000 return min(l)}.r",
    "values that differ": "distinct values(for i in 1..90000 return i)",
    "sorting against all order": "sort(for i in 1..50000 return i, function(a, b) modulo(a * b, 7) < 3)",
    "functions that call each other": "{f: function(x, g) g(x, f), r: f(1, f)}.r",
    "a function called by itself": "(function(f) f(f))(function(f) f(f))",
    "Ackermann": "{a: function(m, n) if m = 0 then n + 1 else if n = 0 then a(m - 1, 1) "
    "else a(m - 1, a(m, n - 1)), r: a(4, 4)}.r",
    "text that doubles": 'for i in 1..100000 return if i = 1 then "x" else partial[-1] + partial[-1]',
    "much text": '{t: string join(for i in 1..90000 return "xxxxxxxxxx"), r: for i in 1..999 return t + string(i)}.r',
    "wide text": '{t: string join(for i in 1..9000 return "😀中"), r: for i in 1..9999 return upper case(t)}.r',
    "powers": "for i in 1..100000 return 1.00000001 ** 99999.5",
    "exponentials": "for i in 1..100000 return exp(13000.123)",
    "contexts that grow": "{c: context(for i in 1..9000 return {key: string(i), value: i}), "
    "r: for i in 1..9000 return context put(c, string(-i), i)}.r",
    "a context put very deep": "context put({}, for i in 1..20000 return string(i), 1)",
    "a type asked of a list": "{c: for j in 1..5000 return j, r: for i in 1..9999 return c instance of list<number>}.r",
    "ranges of much text": '{t: string join(for i in 1..9000 return "xxxxxxxxxx"), r: for i in 1..999 return [t..t]}.r',
    "many tests in a loop": "for i in 1..9999 return i in (" + ", ".join(["-1"] * 1_000) + ")",
    "digits without end": "10 ** 6200",
}


@pytest.mark.parametrize("text", CUT.values(), ids=CUT.keys())
def test_what_grows_without_end_is_cut_and_says_so(text: str) -> None:
    env = environment()
    env.max_steps //= 10  # what grows without end does so soon
    assert evaluate(text, env=env) is None
    reason = "steps|parts|deep|too long|whole numbers|no result|out of range"
    assert any(word in " ".join(env.warnings) for word in reason.split("|")), env.warnings


QUICK = {
    "a huge power": ("10 ** 1000000", None),
    "a huge power of a fraction": ("1.0000001 ** 99999999", None),
    "a huge exponential": ("exp(10 ** 9)", None),
    "a pattern that backtracks": ('matches("' + "a" * 5_000 + 'b", "^(a+)+$")', False),
    "a pattern that explodes": ('matches("a", "((a{100}){100}){100}")', None),
    "a date after the last one": ('date("999999999-12-31") + duration("P1D")', None),
    "the first moment in another zone": ('@"-999999999-01-01T00:00:00+14:00" - duration("PT1S")', None),
    "a duration without end": ('duration("P999999999999999999999999999999D")', None),
}


@pytest.mark.parametrize(("text", "expected"), QUICK.values(), ids=QUICK.keys())
def test_what_has_no_value_is_null_at_once(text: str, expected: object) -> None:
    env = environment()
    assert evaluate(text, env=env) is expected
    assert expected is not None or env.warnings


def test_a_warning_says_no_more_than_one_can_read() -> None:
    env = environment()
    evaluate("a" * 40_000, env=env)
    assert "no variable “aaa" in env.warnings[0]
    assert len(env.warnings[0]) == 300


def test_a_body_that_is_repeated_counts_by_its_length() -> None:
    short, long = environment(), environment()
    evaluate("for i in 1..100 return i", env=short)
    evaluate("for i in 1..100 return if " + " or ".join(["i = 0"] * 100) + " then 1 else i", env=long)
    assert long.steps > 10 * short.steps


def test_wide_text_counts_by_the_memory_that_it_takes() -> None:
    narrow, wide = environment(), environment()
    evaluate('"' + "x" * 5_000 + '" + ""', env=narrow)
    evaluate('"' + "😀" * 5_000 + '" + ""', env=wide)
    assert wide.steps > 3 * narrow.steps


@pytest.mark.parametrize("name", ["much text", "wide text"])
def test_what_is_cut_has_taken_little_memory(name: str) -> None:
    tracemalloc.start()
    try:
        evaluate(CUT[name])
        assert tracemalloc.get_traced_memory()[1] < 64_000_000
    finally:
        tracemalloc.stop()


def test_a_number_that_json_cannot_carry_is_an_error_and_not_another_number() -> None:
    with pytest.raises(feel.FeelLimit, match="too large"):
        evaluate("10 ** 400")


def test_the_steps_of_a_small_expression_are_few() -> None:
    env = environment()
    evaluate("for i in 1..100 return i * 2", env=env)
    assert env.steps < 1_000
