"""`check-coverage`: at which times of a week nobody would sit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from service.clock import CITY_ZONE
from service.errors import BpmnError
from service.handlers import Job, JobHandler

UNREADABLE = "roster-unreadable"
# Who fills a gap sits at the first seat unless somebody says another.
_FIRST_SEAT = 1


@dataclass(frozen=True, slots=True)
class Shift:
    """Somebody sits from one instant until another."""

    from_at: datetime
    to_at: datetime
    person_id: str
    seat: int
    stands_in: bool


def handler() -> JobHandler:
    """Throws `roster-unreadable` for a shift without times or somebody, or one that ends before it begins."""

    def check_coverage(job: Job) -> Mapping[str, Any]:
        begins = week(job.variables)
        gaps = uncovered(shifts(job.variables), begins, begins + timedelta(days=7))
        return {"gaps": [{"from": one.isoformat(), "to": other.isoformat()} for one, other in gaps]}

    return check_coverage


def week(told: Mapping[str, Any]) -> datetime:
    """When the week of a roster begins, by the city's clock."""
    monday = date.fromisoformat(str(told["week_from"])[:10])
    return datetime(monday.year, monday.month, monday.day, tzinfo=CITY_ZONE)


def shifts(told: Mapping[str, Any]) -> list[Shift]:
    """The shifts that were drawn up, and those of who stands in. Raises BpmnError."""
    drawn = _each(told.get("roster_shifts") or (), stands_in=False)
    return [*drawn, *_each(told.get("stand_ins") or (), stands_in=True)]


def uncovered(sitting: Iterable[Shift], begins: datetime, ends: datetime) -> Iterator[tuple[datetime, datetime]]:
    """What lies between two instants and in no shift."""
    reached = begins
    for one in sorted(sitting, key=lambda it: it.from_at):
        if one.from_at >= ends:
            break
        if one.from_at > reached:
            yield reached, one.from_at
        reached = max(reached, one.to_at)
    if reached < ends:
        yield reached, ends


def _each(told: Any, *, stands_in: bool) -> Iterator[Shift]:
    for number, one in enumerate(told, 1):
        try:
            from_at, to_at = _moment(one["from"]), _moment(one["to"])
            seat = int(one.get("seat") or _FIRST_SEAT)
            who = str(one["who"]).strip()
        except (KeyError, TypeError, ValueError):
            raise BpmnError(UNREADABLE, f"Shift {number} lacks its times or who sits.") from None
        if not who or to_at <= from_at:
            raise BpmnError(UNREADABLE, f"Shift {number} has nobody, or ends before it begins.")
        yield Shift(from_at, to_at, who, seat, stands_in)


def _moment(told: Any) -> datetime:
    at = datetime.fromisoformat(str(told))
    return at if at.tzinfo else at.replace(tzinfo=CITY_ZONE)
