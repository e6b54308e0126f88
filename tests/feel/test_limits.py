"""An expression that asks for too much is refused or cut, with the reason, instead of hanging or filling the memory."""

from __future__ import annotations

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
}


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
    "looking for what is not there": "for i in 1..100000 return list contains(for j in 1..50000 return j, -1)",
}


@pytest.mark.parametrize("text", CUT.values(), ids=CUT.keys())
def test_what_grows_without_end_is_cut_and_says_so(text: str) -> None:
    env = environment()
    assert evaluate(text, env=env) is None
    reason = "steps|parts|deep|too long|whole numbers|no result"
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


def test_a_number_that_json_cannot_carry_is_an_error_and_not_another_number() -> None:
    with pytest.raises(feel.FeelLimit, match="too large"):
        evaluate("10 ** 400")


def test_the_steps_of_a_small_expression_are_few() -> None:
    env = environment()
    evaluate("for i in 1..100 return i * 2", env=env)
    assert env.steps < 1_000
