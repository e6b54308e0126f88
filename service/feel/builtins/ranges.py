"""Built-ins for ranges: how points and intervals lie to each other (DMN 1.5, table 78)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from service.feel.builtins.define import NoResult, define
from service.feel.environment import Scope
from service.feel.evaluator import compile_node
from service.feel.parser import parse_expression
from service.feel.scanner import FeelSyntaxError
from service.feel.values import Range, compare, equal

Relation = Callable[[Range, Range], bool]


def _as_range(value: Any) -> Range:
    if value is None:
        raise NoResult("a point is null")
    return value if isinstance(value, Range) else Range(value, value)


def _less(left: Any, right: Any) -> bool:
    """Whether one end is before the other; an open end is infinite, and before nothing."""
    if left is None or right is None:
        return False
    result = compare("<", left, right)
    if result is None:
        raise NoResult("the ends cannot be compared")
    return result


def _same(left: Any, right: Any) -> bool:
    return left is not None and right is not None and equal(left, right) is True


def before(a: Range, b: Range) -> bool:
    touch = _same(a.end, b.start) and not (a.end_included and b.start_included)
    return _less(a.end, b.start) or touch


def meets(a: Range, b: Range) -> bool:
    return a.end_included and b.start_included and _same(a.end, b.start)


def overlaps(a: Range, b: Range) -> bool:
    return not before(a, b) and not before(b, a)


def overlaps_before(a: Range, b: Range) -> bool:
    starts_first = _less(a.start, b.start) or (_same(a.start, b.start) and a.start_included and not b.start_included)
    ends_first = _less(a.end, b.end) or (_same(a.end, b.end) and (not a.end_included or b.end_included))
    return overlaps(a, b) and starts_first and ends_first


def overlaps_after(a: Range, b: Range) -> bool:
    starts_last = _less(b.start, a.start) or (_same(a.start, b.start) and b.start_included and not a.start_included)
    ends_last = _less(b.end, a.end) or (_same(a.end, b.end) and (not b.end_included or a.end_included))
    return overlaps(a, b) and starts_last and ends_last


def starts(a: Range, b: Range) -> bool:
    same = _same(a.start, b.start) and a.start_included == b.start_included
    return same and (_less(a.end, b.end) or (_same(a.end, b.end) and (not a.end_included or b.end_included)))


def finishes(a: Range, b: Range) -> bool:
    same = _same(a.end, b.end) and a.end_included == b.end_included
    return same and (
        _less(b.start, a.start) or (_same(a.start, b.start) and (not a.start_included or b.start_included))
    )


def includes(a: Range, b: Range) -> bool:
    low = a.start is None or _less(a.start, b.start)
    low = low or (_same(a.start, b.start) and (a.start_included or not b.start_included))
    high = a.end is None or _less(b.end, a.end)
    return low and (high or (_same(a.end, b.end) and (a.end_included or not b.end_included)))


def coincides(a: Range, b: Range) -> bool:
    for one, other in ((a.start, b.start), (a.end, b.end)):
        if one is not None and other is not None and compare("<=", one, other) is None:
            raise NoResult("the ends cannot be compared")
    included = (a.start_included, a.end_included) == (b.start_included, b.end_included)
    return included and equal(a.start, b.start) is True and equal(a.end, b.end) is True


def _turned(relation: Relation) -> Relation:
    return lambda a, b: relation(b, a)


def _define(name: str, relation: Relation, *signatures: str) -> None:
    """The standard names the parameters after what they are: points, ranges, or one of each."""

    def call(scope: Scope, first: Any, second: Any) -> bool:
        return relation(_as_range(first), _as_range(second))

    for parameters in signatures:
        define(f"{name}({parameters})")(call)


_RANGES = "range1: range, range2: range"
_POINTS, _POINT_RANGE, _RANGE_POINT = "point1: any, point2: any", "point: any, range: range", "range: range, point: any"
_define("before", before, _RANGES, _POINT_RANGE, _RANGE_POINT, _POINTS)
_define("after", _turned(before), _RANGES, _POINT_RANGE, _RANGE_POINT, _POINTS)
_define("meets", meets, _RANGES)
_define("met by", _turned(meets), _RANGES)
_define("overlaps", overlaps, _RANGES)
_define("overlaps before", overlaps_before, _RANGES)
_define("overlaps after", overlaps_after, _RANGES)
_define("finishes", finishes, _RANGES, _POINT_RANGE)
_define("finished by", _turned(finishes), _RANGES, _RANGE_POINT)
_define("includes", includes, _RANGES, _RANGE_POINT)
_define("during", _turned(includes), _RANGES, _POINT_RANGE)
_define("starts", starts, _RANGES, _POINT_RANGE)
_define("started by", _turned(starts), _RANGES, _RANGE_POINT)
_define("coincides", coincides, _RANGES, _POINTS)


# What may stand at an end: a literal, or a function of conversion on a text; `-5` is a literal to the grammar.
_TEXT = r'"(?:[^"\\]|\\.)*"'
_NUMBER = r"-?\s*(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?"
_CALL = rf"(?:date|time|date\s+and\s+time|duration)\s*\(\s*{_TEXT}\s*\)"
_END = rf"{_NUMBER}|@?\s*{_TEXT}|{_CALL}"
_RANGE = re.compile(rf"\s*([\[(\]])\s*({_END})?\s*\.\.\s*({_END})?\s*([\])\[])\s*")


@define("range(from: string)")
def _range(scope: Scope, text: str) -> Range:
    scope.env.step(30 + len(text))
    found = _RANGE.fullmatch(text)
    if not found:
        raise NoResult(f"“{text}” is no range of literals")
    opening, start, end, closing = found.groups()
    if not (start or end) or (not start and opening == "[") or (not end and closing == "]"):
        raise NoResult(f"“{text}” has no end where it is closed")
    low, high = (_end(scope, one) for one in (start, end))
    if (start and low is None) or (end and high is None):
        raise NoResult(f"“{text}” has an end that is no value")
    if start and end and compare("<=", low, high) is not True:
        raise NoResult("the ends of the range do not fit each other")
    return Range(low, high, opening == "[", closing == "]")


def _end(scope: Scope, text: str | None) -> Any:
    if not text:
        return None
    try:
        return compile_node(parse_expression(text, ("date and time",)))(scope)
    except FeelSyntaxError as error:
        raise NoResult(f"“{text}” is no literal") from error
