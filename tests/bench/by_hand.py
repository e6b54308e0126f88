"""The floor of FEEL and DMN: what a programmer would write by hand in plain Python, on the same values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

Case = Mapping[str, Any]

_LIMIT, _TEN_DAYS, _MARCH = Decimal(500), timedelta(days=10), date(2026, 3, 1)


def comparison(case: Case) -> Any:
    return case["amount"] > _LIMIT


def path(case: Case) -> Any:
    return case["matter"]["address"]["district"]


def large(case: Case) -> list[Any]:
    return [item for item in case["items"] if item["amount"] > _LIMIT]


def is_late(case: Case) -> Any:
    return case["received"] + _TEN_DAYS >= _MARCH


@dataclass(frozen=True, slots=True)
class Test:
    """Five cells of a row; None is one that is not looked at."""

    districts: frozenset[str]
    kind: str
    low: Decimal
    high: Decimal
    younger: Decimal | None
    urgent: bool | None

    def holds(self, number: int, case: Case) -> bool:
        return (
            case[f"district_{number}"] in self.districts
            and case[f"kind_{number}"] == self.kind
            and self.low <= case[f"amount_{number}"] < self.high
            and (self.younger is None or case[f"age_{number}"] < self.younger)
            and (self.urgent is None or case[f"urgent_{number}"] is self.urgent)
        )


@dataclass(frozen=True, slots=True)
class Row:
    """A rule: its cells by fives."""

    tests: tuple[Test, ...]
    days: Decimal


def table(rows: Sequence[Row], case: Case) -> Decimal | None:
    """The only row that fits; as with the hit policy Unique, two are an error."""
    hits = [row for row in rows if all(test.holds(number, case) for number, test in enumerate(row.tests))]
    if len(hits) > 1:
        raise ValueError("several rows fit")
    return hits[0].days if hits else None


def graph(decisions: int, case: Case) -> Decimal:
    """Decisions on each other, each from the two before it."""
    before, last = case["amount"], case["amount"]
    for number in range(decisions):
        before, last = last, (before + last if last > before else last - before + number)
    return Decimal(last)
