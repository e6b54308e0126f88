"""Built-ins for lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from functools import cmp_to_key
from typing import Any

from service.feel.builtins.define import NoResult, define, integer, place
from service.feel.environment import Scope
from service.feel.evaluator import call
from service.feel.temporal import DaysTime, YearsMonths
from service.feel.values import NUMBERS, Function, compare, equal, kind


def _spread(items: tuple[Any, ...]) -> list[Any]:
    """One list, or all arguments as one."""
    if len(items) == 1 and isinstance(items[0], list):
        return items[0]
    return list(items)


def _numbers(items: list[Any]) -> list[Decimal]:
    if not all(isinstance(item, Decimal) for item in items):
        raise NoResult("the list must hold numbers only")
    return items


@define("list contains(list: list, element: any)")
def _contains(scope: Scope, items: list[Any], element: Any) -> bool:
    return any(equal(item, element) is True for item in items)


@define("count(list: list)")
def _count(scope: Scope, items: list[Any]) -> Decimal:
    return Decimal(len(items))


def _extreme(sign: str) -> Callable[..., Any]:
    def find(scope: Scope, *given: Any) -> Any:
        items = _spread(given)
        if not items:
            return None
        scope.env.step(2 * len(items))
        best = items[0]
        for item in items:
            if compare("<=", item, item) is None or kind(item) != kind(best):
                raise NoResult("the items cannot be compared")
            if compare(sign, item, best):
                best = item
        return best

    return find


define("min(list: any...)")(_extreme("<"))
define("max(list: any...)")(_extreme(">"))


@define("sum(list: any...)")
def _sum(scope: Scope, *given: Any) -> Any:
    items = _spread(given)
    if not items:
        return None
    if all(isinstance(item, YearsMonths) for item in items):
        return YearsMonths(sum(item.months for item in items))
    if all(isinstance(item, DaysTime) for item in items):
        return DaysTime(sum(item.nanos for item in items))
    total = Decimal(0)
    for item in _numbers(items):
        total = NUMBERS.add(total, item)
    return total


@define("mean(list: any...)")
def _mean(scope: Scope, *given: Any) -> Decimal | None:
    items = _numbers(_spread(given))
    total = _sum(scope, items)
    return NUMBERS.divide(total, Decimal(len(items))) if items else None


@define("product(list: any...)")
def _product(scope: Scope, *given: Any) -> Decimal | None:
    items = _numbers(_spread(given))
    result = Decimal(1)
    for item in items:
        result = NUMBERS.multiply(result, item)
    return result if items else None


@define("median(list: any...)")
def _median(scope: Scope, *given: Any) -> Decimal | None:
    items = sorted(_numbers(_spread(given)))
    if not items:
        return None
    middle = len(items) // 2
    if len(items) % 2:
        return items[middle]
    return NUMBERS.divide(NUMBERS.add(items[middle - 1], items[middle]), Decimal(2))


@define("stddev(list: any...)")
def _stddev(scope: Scope, *given: Any) -> Decimal:
    items = _numbers(_spread(given))
    if len(items) < 2:
        raise NoResult("it takes two numbers at least")
    scope.env.step(2 * len(items))
    mean = _mean(scope, items)
    squares = [NUMBERS.power(NUMBERS.subtract(item, mean), 2) for item in items]
    return NUMBERS.sqrt(NUMBERS.divide(_sum(scope, squares), Decimal(len(items) - 1)))


@define("mode(list: any...)")
def _mode(scope: Scope, *given: Any) -> list[Decimal]:
    counts = Counter(_numbers(_spread(given)))
    most = max(counts.values(), default=0)
    return sorted(item for item, count in counts.items() if count == most)


def _three_valued(decisive: bool) -> Callable[..., bool | None]:
    def find(scope: Scope, *given: Any) -> bool | None:
        items = _spread(given)
        if any(item is decisive for item in items):
            return decisive
        return None if any(item is not (not decisive) for item in items) else not decisive

    return find


for _name, _decisive in (("all", False), ("and", False), ("any", True), ("or", True)):
    define(f"{_name}(list: any...)")(_three_valued(_decisive))


@define("sublist(list: list, start position: number, length?: number?)")
def _sublist(scope: Scope, items: list[Any], start: Decimal, length: Decimal | None) -> list[Any]:
    first = place(start, len(items))
    if first == 0:
        raise NoResult("the start position is outside of the list")
    begin = first - 1 if first > 0 else len(items) + first
    if length is None:
        return items[begin:]
    count = place(length, len(items) - begin)
    if count < 1:
        raise NoResult("the length reaches over the end of the list")
    return items[begin : begin + count]


@define("append(list: list, item: any...)")
def _append(scope: Scope, items: list[Any], *more: Any) -> list[Any]:
    return [*items, *more]


@define("concatenate(list: list...)")
def _concatenate(scope: Scope, *lists: list[Any]) -> list[Any]:
    scope.env.step(sum(len(items) for items in lists))
    return [item for items in lists for item in items]


@define("insert before(list: list, position: number, newItem: any)")
def _insert(scope: Scope, items: list[Any], position: Decimal, item: Any) -> list[Any]:
    index = _index(items, position)
    return [*items[:index], item, *items[index:]]


@define("remove(list: list, position: number)")
def _remove(scope: Scope, items: list[Any], position: Decimal) -> list[Any]:
    index = _index(items, position)
    return items[:index] + items[index + 1 :]


@define("list replace(list: list, position: number, newItem: any)")
def _replace_at(scope: Scope, items: list[Any], position: Decimal, item: Any) -> list[Any]:
    index = _index(items, position)
    return [*items[:index], item, *items[index + 1 :]]


@define("list replace(list: list, match: function, newItem: any)")
def _replace_where(scope: Scope, items: list[Any], match: Function, new: Any) -> list[Any]:
    result = []
    for item in items:
        answer = call(match, scope, [item, new], {})
        if not isinstance(answer, bool):
            raise NoResult("“match” must answer true or false")
        result.append(new if answer else item)
    return result


def _index(items: list[Any], position: Decimal) -> int:
    index = place(position, len(items))
    if index == 0:
        raise NoResult("the position is outside of the list")
    return index - 1 if index > 0 else len(items) + index


@define("reverse(list: list)")
def _reverse(scope: Scope, items: list[Any]) -> list[Any]:
    return items[::-1]


@define("index of(list: list, match: any)")
def _index_of(scope: Scope, items: list[Any], match: Any) -> list[Decimal]:
    return [Decimal(index) for index, item in enumerate(items, 1) if equal(item, match) is True]


@define("distinct values(list: list)")
def _distinct(scope: Scope, items: list[Any]) -> list[Any]:
    result: list[Any] = []
    for item in items:
        scope.env.step(len(result))
        if not any(equal(item, other) is True for other in result):
            result.append(item)
    return result


@define("union(list: list...)")
def _union(scope: Scope, *lists: list[Any]) -> list[Any]:
    result: list[Any] = _distinct(scope, _concatenate(scope, *lists))
    return result


@define("duplicate values(list: list)")
def _duplicates(scope: Scope, items: list[Any]) -> list[Any]:
    seen = _distinct(scope, items)
    return [item for item in seen if sum(equal(item, other) is True for other in items) > 1]


@define("flatten(list: list)")
def _flatten(scope: Scope, items: list[Any]) -> list[Any]:
    result: list[Any] = []
    for item in items:
        result.extend(_flatten(scope, item) if isinstance(item, list) else [item])
    return result


@define("sort(list: list, precedes?: function?)")
def _sort(scope: Scope, items: list[Any], precedes: Function | None) -> list[Any]:
    def comes_first(left: Any, right: Any) -> bool:
        answer = call(precedes, scope, [left, right], {})
        if not isinstance(answer, bool):
            raise NoResult("“precedes” must answer true or false")
        return answer

    def order(left: Any, right: Any) -> int:
        scope.env.step()
        if precedes is not None:
            return -1 if comes_first(left, right) else 1 if comes_first(right, left) else 0
        before = compare("<", left, right)
        if before is None:
            raise NoResult("the items cannot be compared")
        return -1 if before else 1 if compare(">", left, right) else 0

    return sorted(items, key=cmp_to_key(order))


@define("partition(list: list, size: number)")
def _partition(scope: Scope, items: list[Any], size: Decimal) -> list[list[Any]]:
    count = integer(size, "the size")
    if count < 1:
        raise NoResult("the size must be at least 1")
    return [items[start : start + count] for start in range(0, len(items), count)]


@define("is empty(list: list)")
def _is_empty(scope: Scope, items: list[Any]) -> bool:
    return not items
