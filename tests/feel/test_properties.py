"""Laws that hold for all values of FEEL, and what no text, however broken, can do."""

from __future__ import annotations

import datetime as python
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service import feel
from service.feel.temporal import DAY, Date, DateTime, DaysTime, Time, YearsMonths, days_of, standard_offset
from tests.feel.speaking import environment

# The same examples every time, and none kept on disk: a test must not depend on what was found before.
law = settings(derandomize=True, database=None, deadline=None, max_examples=40)
often = settings(law, max_examples=120)


def value_of(expression: str, **variables: Any) -> Any:
    return feel.compile_expression(expression).evaluate(variables, environment())


# Values --------------------------------------------------------------------------------------------------------


def numbers(digits: int = 34, exponent: int = 40) -> st.SearchStrategy[Decimal]:
    largest = 10**digits - 1
    return st.builds(
        lambda whole, by: Decimal(whole).scaleb(by), st.integers(-largest, largest), st.integers(-exponent, exponent)
    )


whole = st.integers(-50, 50).map(Decimal)
signs = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
texts = st.text(signs, max_size=12)
LAST = days_of(999_999_999, 12, 31)
FIRST = days_of(-999_999_999, 1, 1)
dates = st.one_of(st.integers(-800_000, 4_000_000), st.integers(FIRST, LAST)).map(Date)
offsets = st.one_of(st.none(), st.integers(-18 * 60, 18 * 60).map(lambda minutes: minutes * 60))
zones = st.sampled_from(["Asia/Shanghai", "Europe/Paris", "America/New_York", "Etc/UTC"])
nanos = st.one_of(st.integers(0, 86_399).map(lambda second: second * 10**9), st.integers(0, DAY - 1))
times = st.one_of(
    st.builds(Time, nanos, offsets), st.builds(lambda at, zone: Time(at, standard_offset(zone), zone), nanos, zones)
)
inner_dates = st.integers(FIRST + 2, LAST - 2).map(Date)
moments = st.builds(DateTime.at, st.one_of(st.integers(1, 3_000_000).map(Date), inner_dates), times)
days_times = st.one_of(st.integers(-(10**18), 10**18), st.integers(-10_000, 10_000).map(lambda day: day * DAY)).map(
    DaysTime
)
years_months = st.integers(-20_000, 20_000).map(YearsMonths)
plain = st.one_of(st.none(), st.booleans(), numbers(), texts)
# Keys that are no plain names, and words that mean something else where an expression is expected.
odd = st.sampled_from(
    ["a  b", " a", "a ", "", "null", "if", "function", "a.b", "1", "a:b", "-", "item", "x y", '"', "and b", "变 量"]
)
keys = st.one_of(texts, odd)
nested = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=8
)
anything = st.one_of(nested, dates, times, moments, days_times, years_months)

ORDERED: dict[str, st.SearchStrategy[Any]] = {
    "numbers": numbers(3, 2),
    "texts": texts,
    "dates": dates,
    "times": st.builds(Time, nanos),
    "times with offsets": st.builds(Time, nanos, st.integers(-3600, 3600)),
    "dates and times": st.builds(DateTime, st.integers(1, 20), nanos),
    "dates and times with offsets": st.builds(DateTime, st.integers(1, 20), nanos, st.integers(-3600, 3600)),
    "days and times": days_times,
    "years and months": years_months,
}
every_order = pytest.mark.parametrize("values", ORDERED.values(), ids=ORDERED.keys())


# Text and back -------------------------------------------------------------------------------------------------


@often
@given(nested)
def test_what_is_printed_is_read_as_the_same_value(value: Any) -> None:
    assert value_of(feel.show(value, inside=True)) == value


@law
@given(numbers(10, 5), numbers(10, 5), st.booleans(), st.booleans())
def test_a_range_that_is_printed_is_read_as_the_same_range(a: Decimal, b: Decimal, low: bool, high: bool) -> None:
    interval = feel.Range(min(a, b), max(a, b), low, high)
    assert value_of(feel.show(interval)) == interval


@pytest.mark.parametrize(
    ("builtin", "values"),
    [
        ("number", numbers()),
        ("date", dates),
        ("time", times),
        ("date and time", moments),
        ("duration", st.one_of(days_times, years_months)),
    ],
    ids=["number", "date", "time", "date and time", "duration"],
)
def test_what_string_makes_of_a_value_is_made_that_value_again(builtin: str, values: Any) -> None:
    @law
    @given(values)
    def holds(value: Any) -> None:
        assert value_of(f"{builtin}(string(v))", v=value) == value
        if builtin != "number":
            assert value_of(f'@"{feel.show(value)}"') == value

    holds()


# Order and equality --------------------------------------------------------------------------------------------


@every_order
def test_the_values_of_a_kind_are_in_one_order(values: Any) -> None:
    @law
    @given(values, values, values)
    def holds(a: Any, b: Any, c: Any) -> None:
        less, same, greater = (value_of(f"a {sign} b", a=a, b=b) for sign in ("<", "=", ">"))
        assert [less, same, greater].count(True) == 1
        assert [less, same, greater].count(False) == 2
        assert value_of("b > a", a=a, b=b) is less
        assert value_of("a <= b", a=a, b=b) is not greater
        assert value_of("a >= b", a=a, b=b) is not less
        assert value_of("a != b", a=a, b=b) is not same
        assert value_of("a between b and c", a=a, b=b, c=c) is value_of("b <= a and a <= c", a=a, b=b, c=c)
        assert value_of("if a < b and b < c then a < c else true", a=a, b=b, c=c) is True
        assert value_of("if a = b and b = c then a = c else true", a=a, b=b, c=c) is True

    holds()


@every_order
def test_sorting_puts_the_values_of_a_kind_in_that_order(values: Any) -> None:
    @law
    @given(st.lists(values, max_size=8))
    def holds(items: list[Any]) -> None:
        ordered = value_of("sort(l, function(x, y) x < y)", l=items)
        for place in range(1, len(items)):
            assert value_of("l[i] <= l[i + 1]", l=ordered, i=place) is True
        assert sorted(map(repr, ordered)) == sorted(map(repr, items))
        if items:
            assert value_of("min(l) = l[1]", l=ordered) is True
            assert value_of("max(l) = l[-1]", l=ordered) is True

    holds()


@often
@given(anything)
def test_every_value_equals_itself_and_is_in_a_list_of_it(value: Any) -> None:
    assert value_of("v = v", v=value) is True
    assert value_of("v != v", v=value) is False
    assert value_of("list contains([v], v)", v=value) is True
    assert value_of("count(distinct values([v, v])) = 1", v=value) is True


@often
@given(anything, anything)
def test_equality_goes_both_ways(a: Any, b: Any) -> None:
    assert value_of("a = b", a=a, b=b) is value_of("b = a", a=a, b=b)


three_valued = st.sampled_from([True, False, None])


@law
@given(three_valued, three_valued, three_valued)
def test_logic_has_three_values(a: bool | None, b: bool | None, c: bool | None) -> None:
    for left, right in (
        ("a and b", "b and a"),
        ("a or b", "b or a"),
        ("not(a and b)", "not(a) or not(b)"),
        ("not(a or b)", "not(a) and not(b)"),
        ("not(not(a))", "a"),
        ("a and (b or c)", "(a and b) or (a and c)"),
        ("(a and b) and c", "a and (b and c)"),
        ("all([a, b, c])", "a and b and c"),
        ("any([a, b, c])", "a or b or c"),
        ("every x in [a, b, c] satisfies x", "a and b and c"),
        ("some x in [a, b, c] satisfies x", "a or b or c"),
    ):
        assert value_of(left, a=a, b=b, c=c) is value_of(right, a=a, b=b, c=c), (left, right)


# Arithmetic ----------------------------------------------------------------------------------------------------


@law
@given(numbers(12, 3), numbers(12, 3))
def test_small_numbers_are_added_and_multiplied_exactly(a: Decimal, b: Decimal) -> None:
    assert value_of("a + b", a=a, b=b) == a + b
    assert value_of("a - b + b", a=a, b=b) == a
    assert value_of("a * b", a=a, b=b) == a * b
    assert value_of("a * b / b", a=a, b=b) == (a if b else None)
    assert value_of("-a + a", a=a) == 0


@law
@given(st.integers(-(10**6), 10**6), st.integers(-1000, 1000).filter(bool))
def test_what_modulo_leaves_has_the_sign_of_the_divisor(a: int, b: int) -> None:
    assert value_of("modulo(a, b)", a=a, b=b) == a % b
    assert value_of("floor(a / b)", a=a, b=b) == a // b


@law
@given(st.dates(), st.dates())
def test_the_days_between_dates_are_those_of_the_calendar(a: python.date, b: python.date) -> None:
    days = value_of('(date(string(b)) - date(string(a))) / duration("P1D")', a=str(a), b=str(b))
    assert days == b.toordinal() - a.toordinal()
    assert value_of("day of week(date(a))", a=str(a)) == a.strftime("%A")
    assert value_of("day of year(date(a))", a=str(a)) == a.timetuple().tm_yday
    assert value_of("week of year(date(a))", a=str(a)) == a.isocalendar().week


@law
@given(st.integers(FIRST // 2, LAST // 2).map(Date), st.integers(-(10**6), 10**6))
def test_days_added_to_a_date_can_be_taken_away(day: Date, count: int) -> None:
    assert value_of("d + n - n = d and (d + n) - d = n", d=day, n=DaysTime(count * DAY)) is True


@law
@given(st.builds(DateTime, st.integers(-(10**6), 10**6), nanos, offsets), days_times)
def test_a_duration_added_to_a_moment_can_be_taken_away(moment: DateTime, length: DaysTime) -> None:
    assert value_of("m + n - n", m=moment, n=length) == moment
    assert value_of("(m + n) - m", m=moment, n=length) == length


@law
@given(dates.filter(lambda day: abs(day.days) < LAST - 10**7), years_months)
def test_months_added_keep_the_day_or_end_with_the_month(day: Date, length: YearsMonths) -> None:
    found = value_of("d + n", d=day, n=length)
    (year, month, number), months = day.parts, length.months
    while months >= 12 or (months and month + months > 12):  # the standard's definition, a year at a time
        year, months = year + 1, months - 12
    while months <= -12 or (months and month + months < 1):
        year, months = year - 1, months + 12
    month += months
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    length_of_month = [31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    assert found.parts == (year, month, min(number, length_of_month))


@law
@given(days_times, days_times, st.integers(1, 1000))
def test_durations_add_up(a: DaysTime, b: DaysTime, count: int) -> None:
    assert value_of("a + b = b + a and a + b - b = a and abs(-a) = abs(a)", a=a, b=b) is True
    assert value_of("a * n / n = a", a=a, n=count) is True
    assert value_of("if b = z then true else (a + b) / b = a / b + 1", a=DaysTime(0), b=b, z=DaysTime(0)) is True


# Lists and texts against Python --------------------------------------------------------------------------------


@law
@given(st.lists(st.integers(-9, 9), max_size=8), st.integers(-9, 9))
def test_lists_are_what_python_makes_of_them(items: list[int], one: int) -> None:
    def of(expression: str) -> Any:
        return value_of(expression, l=items, x=one)

    assert of("count(l)") == len(items)
    assert of("reverse(l)") == items[::-1]
    assert of("append(l, x)") == [*items, one]
    assert of("concatenate(l, l)") == items + items
    assert of("list contains(l, x)") is (one in items)
    assert of("index of(l, x)") == [place for place, item in enumerate(items, 1) if item == one]
    assert of("distinct values(l)") == list(dict.fromkeys(items))
    assert of("union(l, [x])") == list(dict.fromkeys([*items, one]))
    assert of("flatten([l, [[x]]])") == [*items, one]
    assert of("sort(l)") == sorted(items)
    assert of("l[item > x]") == [item for item in items if item > one]
    assert of("for i in l return i * x") == [item * one for item in items]
    assert of("some i in l satisfies i = x") is (one in items)
    assert of("every i in l satisfies i < x") is all(item < one for item in items)
    if items:
        assert of("sum(l)") == sum(items)
        assert of("min(l)") == min(items)
        assert of("max(l)") == max(items)
        assert of("mean(l)") == Decimal(sum(items)) / len(items) or len(items) in (3, 6, 7)
        assert of("insert before(l, 1, x)") == [one, *items]
        assert of("remove(l, 1)") == items[1:]
        assert of("sublist(l, -1)") == items[-1:]


@law
@given(texts, texts, st.integers(1, 12), st.integers(1, 12))
def test_texts_are_counted_in_signs(text: str, other: str, start: int, length: int) -> None:
    def of(expression: str) -> Any:
        return value_of(expression, t=text, u=other, s=start, n=length)

    assert of("string length(t)") == len(text)
    assert of("t + u") == text + other
    assert of("contains(t + u, u) and starts with(t + u, t) and ends with(t + u, u)") is True
    assert of("string join([t, u], t)") == text + text + other
    if start <= len(text):
        assert of("substring(t, s)") == text[start - 1 :]
        assert of("substring(t, s, n)") == text[start - 1 : start - 1 + length]
        assert of("substring(t, -s)") == text[len(text) - start :]
    if other and other in text:
        assert of("substring before(t, u) + u + substring after(t, u)") == text


# Tests of tables -----------------------------------------------------------------------------------------------


@law
@given(whole, whole, whole)
def test_a_cell_says_what_the_expression_says(v: Decimal, a: Decimal, b: Decimal) -> None:
    low, high = min(a, b), max(a, b)
    for cell, expression in (
        ("< a", "v < a"),
        (">= a", "v >= a"),
        ("a", "v = a"),
        ("a, b", "v = a or v = b"),
        ("[low..high]", "v between low and high"),
        ("(low..high)", "v > low and v < high"),
        ("not(a, b)", "not(v = a or v = b)"),
        ("not(< a, > b)", "not(v < a or v > b)"),
        ("? * 2 > a", "v * 2 > a"),
        ("-", "true"),
    ):
        variables = {"a": a, "b": b, "low": low, "high": high, "v": v}
        told = feel.compile_unary_tests(cell).test(v, variables, environment())
        assert told is value_of(expression, **variables), cell
        if cell not in ("-", "not(a, b)", "not(< a, > b)"):
            assert value_of(f"v in ({cell})", **variables) is told, cell


# Broken text ---------------------------------------------------------------------------------------------------

PIECES = r"""
1 -2 0.5 1e400 "a" "\\" "\ @"2020-01-01" @"x" true false null a b ab.c item partial ? @ " ' \ // /* */ # é 变 + - * / **
= != < <= > >= ( ) [ ] { } , : . .. ; -> if then else for in return some every satisfies and or not( between instance of
function external count( sum( date( string( substring( sort( matches( for i in 1..3 return {a:1} [1,2,3] [1..5] ]1..5[
(<5) function(x) number< list<number> date and time( years and months duration( get value( context(
"""
TOKENS = [*PIECES.split(), "\n", "\ud83d"]
VALID = [
    'if a > 1 then "x" else [1, 2][item > 1]',
    "for i in 1..3, j in [i, 2] return partial[-1] + i * j ** 2",
    "some x in a satisfies x.b between 1 and 2 or x in (< 3, [4..5))",
    '{a: 1, "b c": function(x: number, y) x + y, r: b c(a, 2)}.r',
    'date and time("2020-01-01T10:00:00@Europe/Paris") - @"P1DT2H" instance of date and time',
    'replace("abc", "(b)", "$1$1") + substring(string: "x", start position: 1)',
    "sort(list: a, precedes: function(x, y) x < y)[1].b[c = 2].d",
]
tokens = st.lists(st.sampled_from(TOKENS), max_size=14).map(" ".join)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    text = draw(st.sampled_from(VALID))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 5)))
        text = text[:start] + draw(st.one_of(st.just(""), st.sampled_from(TOKENS), st.text(max_size=2))) + text[end:]
    return text


broken = settings(law, max_examples=400)


@broken
@given(st.one_of(mutated(), tokens, st.text(max_size=30)), st.lists(anything, min_size=2, max_size=2))
def test_no_text_does_more_than_give_a_value_or_an_error_with_its_place(text: str, values: list[Any]) -> None:
    variables = {"a": values[0], "b": values[1], "c": 1}
    env = environment()
    env.max_steps = 20_000
    for compiled in (feel.compile_expression, feel.compile_unary_tests):
        try:
            one: Any = compiled(text)
        except feel.FeelSyntaxError as error:
            place = error.position
        else:
            place = 0
            told = one.evaluate(variables, env) if compiled is feel.compile_expression else one.test(1, variables, env)
            feel.show(told)
            assert isinstance(one.names, frozenset)
            assert isinstance(one.problems, tuple)
            assert told is None or feel.kind(told) != "unknown"
        assert 0 <= place <= len(text)
