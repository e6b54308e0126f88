"""When things happen in a copy of a matter: as its way demands, on the working days of another week.

An instant of a played matter is a moment at which something was done, or one that was computed from such a moment: so
many working days on, or so many hours. In the copy the first are drawn by chance, between the others, so that all
come in the same order; the second are computed anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from service.clock import CITY_ZONE
from service.feel import WorkingDays

_DAY_LONG = timedelta(hours=49)
# Computed times of a day: an end, a beginning, an hour at which visitors begin. Another one tells a number of hours.
_TIMES = (time(23, 59, 59), time(0, 0), time(9, 0))
_LEAST = timedelta(seconds=20)
_BEGINS, _ENDS = time(8, 30), time(17, 30)


class Days:
    """Working days, each counted once: a year of matters asks for the same ones again and again."""

    def __init__(self, calendar: WorkingDays) -> None:
        self._calendar = calendar
        self._after: dict[tuple[date, int], date] = {}
        self._working: dict[date, bool] = {}

    def after(self, day: date, count: int) -> date:
        """So many working days after a day, or before it; the day itself for none."""
        found = self._after.get((day, count))
        if found is None:
            found = self._after[day, count] = self._calendar.add(day, count) if count else day
        return found

    def between(self, start: date, end: date) -> int:
        """The working days after a day up to and with another."""
        return self._calendar.between(start, end)

    def is_working(self, day: date) -> bool:
        if day not in self._working:
            self._working[day] = self._calendar.is_working_day(day)
        return self._working[day]


class Misfit(Exception):
    """The way cannot be gone in these days: what was in order there would not be here."""


@dataclass(frozen=True, slots=True)
class Computed:
    """`days` working days after a moment, at `at`; or `hours` after it."""

    base: int
    days: int = 0
    at: time | None = None
    hours: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Gap:
    """How long it takes somebody to do it: the median in hours, how far that scatters, and whether in working hours."""

    hours: float
    scatter: float
    works: bool


# Element → how long people take; half are answered within the median. What is not named takes minutes at the desk.
GAPS: Mapping[str, Gap] = {
    "sign-in": Gap(3, 0.9, True),
    "handle": Gap(12, 0.9, True),
    "choose-body": Gap(2, 0.8, True),
    "handle-in-body": Gap(26, 0.7, True),
    "review-body": Gap(3, 0.8, True),
    "review-reply": Gap(2.5, 0.9, True),
    "rectify": Gap(30, 0.6, True),
    "verify": Gap(8, 0.6, True),
    "call-object": Gap(3, 0.7, True),
    "check-at-desk": Gap(5, 0.6, True),
    "review-return": Gap(4, 0.7, True),
    "examine-request": Gap(5, 0.7, True),
    "issue-slip": Gap(3, 0.7, True),
    "decide-way-out": Gap(6, 0.7, True),
    "await-answer": Gap(5, 0.8, False),
    "await-supplement": Gap(8, 0.9, False),
    "apply-extension": Gap(2, 0.7, True),
    "review-extension": Gap(6, 0.6, True),
    "draw-up-plan": Gap(8, 0.7, True),
    "review-plan": Gap(6, 0.6, True),
    "carry-out-plan": Gap(330, 0.4, True),
    "apply-termination": Gap(6, 0.7, True),
    "review-termination": Gap(8, 0.6, True),
    "explain-termination": Gap(3, 0.7, True),
    "apply-hard-case": Gap(10, 0.7, True),
    "invite-departments": Gap(20, 0.6, True),
    "give-hard-case-opinion": Gap(16, 0.6, True),
    "record-office-decision": Gap(30, 0.6, True),
    "submit-to-meeting": Gap(20, 0.6, True),
    "record-meeting-decision": Gap(60, 0.6, True),
    "contribute": Gap(14, 0.8, True),
    "merge-contributions": Gap(4, 0.7, True),
    "choose-way": Gap(4, 0.7, True),
    "give-opinion": Gap(8, 0.6, True),
    "record-decision": Gap(16, 0.6, True),
}
_AT_DESK = Gap(0.06, 0.8, False)


@dataclass
class Timeline:
    """`moments` at which something was done, with the element that took its time; `computed`: instant → how."""

    moments: list[datetime]
    done: list[str]
    computed: dict[datetime, Computed] = field(default_factory=dict)
    # The days that are told without a time.
    days: dict[date, Computed] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._place = {moment: number for number, moment in enumerate(self.moments)}
        # Once prepared: each computed instant, those that follow from a moment, and those waited for after it.
        self._computed: list[tuple[datetime, Computed]] = []
        self._of_base: list[list[int]] = []
        self._bounds: list[list[int]] = []

    def learn(self, instant: datetime, seen_at: datetime, days: Days) -> None:
        """An instant that stands in what was written at a moment."""
        base = self._place[seen_at]
        if instant in self.computed or self._place.get(instant, base + 1) <= base:
            return
        begin = self.moments[base]
        if instant < begin:
            # Told again later, or counted from the day of the first moment.
            base, begin = 0, self.moments[0]
        if instant.time() not in _TIMES and abs(instant - begin) < _DAY_LONG:
            self.computed[instant] = Computed(base, hours=instant - begin)
        else:
            self.computed[instant] = Computed(base, days.between(begin.date(), instant.date()), instant.time())

    def learn_day(self, day: date, seen_at: datetime, days: Days) -> None:
        """A day that stands in what was written at a moment."""
        if day not in self.days:
            self.days[day] = Computed(self._place[seen_at], days.between(seen_at.date(), day))

    def prepare(self, waits: Mapping[datetime, Sequence[datetime]]) -> None:
        """Once all is learnt, with what is waited for from each moment on: what is done next comes before it."""
        self._computed = list(self.computed.items())
        places = {at: place for place, (at, _) in enumerate(self._computed)}
        for number, moment in enumerate(self.moments):
            self._of_base.append([place for place, (_, how) in enumerate(self._computed) if how.base == number])
            self._bounds.append([places[due] for due in waits[moment] if due in places])

    def copy(self, begin: datetime, chance: Random, days: Days) -> dict[datetime, datetime]:
        """For every instant of the played matter that of a copy that begins then. Raises Misfit."""
        moments: list[datetime] = []
        found: dict[datetime, datetime] = {}
        computed: list[datetime] = [begin] * len(self._computed)
        for number, played in enumerate(self.moments):
            if not number:
                moment = begin
            elif played in found:
                moment = found[played]
            else:
                high = min((computed[place] for place in self._bounds[number - 1]), default=None)
                moment = _between(moments[-1], high, GAPS.get(self.done[number], _AT_DESK), chance, days)
            if moments and moment < moments[-1]:
                raise Misfit
            moments.append(moment)
            found[played] = moment
            for place in self._of_base[number]:
                at, how = self._computed[place]
                found[at] = computed[place] = compute(how, moment, days)
        return found

    def copied_days(self, instants: Mapping[datetime, datetime], days: Days) -> dict[date, date]:
        """The same of every day, once the instants are there."""
        return {day: days.after(instants[self.moments[how.base]].date(), how.days) for day, how in self.days.items()}


def compute(how: Computed, begin: datetime, days: Days) -> datetime:
    """What follows from a moment."""
    if how.at is None:
        return begin + how.hours
    return datetime.combine(days.after(begin.date(), how.days), how.at, CITY_ZONE)


def _between(low: datetime, high: datetime | None, gap: Gap, chance: Random, days: Days) -> datetime:
    if high is not None and high - low <= 2 * _LEAST:
        raise Misfit
    length = timedelta(hours=gap.hours * chance.lognormvariate(0, gap.scatter))
    moment = low + max(length, _LEAST)
    if gap.works:
        moment = _at_work(moment, chance, days)
    if high is not None and moment >= high:
        moment = low + (high - low) * chance.uniform(0.2, 0.95)
    return moment.replace(microsecond=0)


def _at_work(moment: datetime, chance: Random, days: Days) -> datetime:
    """The same moment if people work then, else one of the next hours in which they do."""
    day = moment.date()
    if moment.time() < _ENDS and days.is_working(day):
        if moment.time() >= _BEGINS:
            return moment
    else:
        day = days.after(day, 1)
    return datetime.combine(day, _BEGINS, CITY_ZONE) + timedelta(minutes=chance.uniform(0, 240))
