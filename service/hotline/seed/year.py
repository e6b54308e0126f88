"""A made-up year: how many matters each day brings, which ways they go, and what each is about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from random import Random
from typing import Any

from service import exact_json
from service.clock import CITY_ZONE
from service.engine import decision_records
from service.hotline import sealed_fields
from service.hotline.seed import people
from service.hotline.seed.calls import Calls
from service.hotline.seed.play import COUNTY, DEPARTMENT, SHARED
from service.hotline.seed.templates import Rows, Template
from service.hotline.seed.timelines import Days, Misfit
from service.hotline.seed.wording import Wording
from service.store.secrets import KeyRing
from service.store.tables import phone_call

# Of a thousand, as in the half-year of a city.
CHANNELS: Mapping[str, int] = {
    "PHONE": 907, "WECHAT": 55, "WEB": 14, "APP": 9, "SMS": 6, "LINK_110": 5, "MAILBOX": 2, "PROVINCIAL": 1, "WEIBO": 1,
}  # fmt: skip
# How many of a thousand calls come in each hour of the day.
_HOURS = (6, 4, 3, 3, 4, 8, 18, 42, 88, 108, 104, 82, 46, 52, 84, 86, 76, 56, 38, 30, 24, 18, 12, 8)
_STORM, _AS_MANY = 0.01, 1.86  # one day in a hundred brings so many times as many calls
_AGAIN, _AGAIN_AMONG = 0.18, 2_000  # how often one of these calls, who call again and again
_TRIES = 8
# So many matters, or less than twice as many, are made and written at once.
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Subject:
    """What a matter is about, at a place: what the directory says of it, and the unit on duty."""

    category: str
    second: str
    title: str
    text: str
    area: str
    government: str
    # The unit that is on duty alone; none where several are.
    unit: str
    # The decision's output, and all that history tells of it but for its number.
    duty: str
    record: Mapping[str, Any]
    weight: int

    @property
    def by(self) -> str:
        """Whether a county is on duty, which gives a matter on, or somebody who handles it alone, or several are."""
        if not self.unit:
            return SHARED
        return COUNTY if self.unit.startswith("county-") else DEPARTMENT


@dataclass(frozen=True, slots=True)
class Batch:
    """The matters of a day from one to before another; `index`: that of the first among all of the year."""

    day: date
    of_day: int
    begin: int
    end: int
    index: int


class Year:
    """Everything comes from the seed alone, whoever makes which batch: the same seed makes the same year."""

    def __init__(
        self,
        templates: Sequence[Template],
        subjects: Sequence[Subject],
        wording: Wording,
        days: Days,
        secrets: KeyRing,
        calls: Calls,
        seed: int,
        *,
        until: datetime,
        is_sqlite: bool,
    ) -> None:
        self._subjects, self._wording = subjects, wording
        self._of: dict[str, tuple[list[int], list[int]]] = {}
        for by in (COUNTY, DEPARTMENT, SHARED, ""):
            fitting = [place for place, one in enumerate(subjects) if by in ("", one.by)]
            self._of[by] = fitting, list(accumulate(subjects[place].weight for place in fitting))
        # A way that was played at several is gone at each as often as its subjects come up.
        self._templates, self._shares = templates, list(accumulate(map(self._share, templates)))
        direct = [one for one in templates if one.archetype.is_direct]
        self._direct, self._direct_shares = direct, list(accumulate(one.archetype.share for one in direct))
        self._channels, self._channel_shares = list(CHANNELS), list(accumulate(CHANNELS.values()))
        self._days, self._secrets, self._calls, self._seed = days, secrets, calls, seed
        self._until, self._is_sqlite = until, is_sqlite
        self._records: dict[tuple[int, int], tuple[str, str]] = {}
        self._marks: dict[str, str] = {}

    def works(self, begin: date, length: int, number: int) -> list[list[Batch]]:
        """So many matters of so many days, as they come in, in parts of one size."""
        found: list[list[Batch]] = [[]]
        for batch in self._batches(begin, length, number):
            if sum(one.end - one.begin for one in found[-1]) >= _AT_ONCE:
                found.append([])
            found[-1].append(batch)
        return found

    def _batches(self, begin: date, length: int, number: int) -> Iterator[Batch]:
        chance = self._chance("days")
        weights = [self._weight(begin + timedelta(days=offset), chance) for offset in range(length)]
        ends = [round(number * part / sum(weights)) for part in accumulate(weights)]
        before = 0
        for offset, end in enumerate(ends):
            for first in range(0, end - before, _AT_ONCE):
                last = min(first + _AT_ONCE, end - before)
                yield Batch(begin + timedelta(days=offset), end - before, first, last, before + first)
            before = end

    def matters(self, batch: Batch) -> Iterator[Rows]:
        """The rows of each matter of a batch."""
        chance = self._chance(batch.day)
        moments = sorted(self._moment(batch.day, chance) for _ in range(batch.of_day))[batch.begin : batch.end]
        chance = self._chance(batch.index)
        for place, received_at in enumerate(moments):
            number = f"WF{batch.day:%Y%m%d}-{batch.begin + place + 1:06d}"
            yield self._matter(batch.index + place, number, received_at, chance)

    def _chance(self, of: object) -> Random:
        return Random(f"{self._seed} {of}")  # noqa: S311 nothing is kept secret by it

    def _share(self, template: Template) -> float:
        archetype = template.archetype
        if len(archetype.by) == 1:
            return archetype.share
        among = sum(self._of[by][1][-1] for by in archetype.by)
        return archetype.share * self._of[template.by][1][-1] / among

    def _weight(self, day: date, chance: Random) -> float:
        usual = 1.05 if self._days.is_working(day) else 0.85
        storm = _AS_MANY if chance.random() < _STORM else 1
        return usual * storm * chance.uniform(0.9, 1.1)

    def _moment(self, day: date, chance: Random) -> datetime:
        (hour,) = chance.choices(range(24), _HOURS)
        return datetime.combine(day, time(hour), CITY_ZONE) + timedelta(seconds=chance.randrange(3600))

    def _matter(self, index: int, number: str, received_at: datetime, chance: Random) -> Rows:
        (template,) = chance.choices(self._templates, cum_weights=self._shares)
        instants = self._instants(template, received_at, chance)
        if instants is None:
            # Who called lately and is not answered yet waits still; here there is only what has come to its end.
            (template,) = chance.choices(self._direct, cum_weights=self._direct_shares)
            instants = self._instants(template, received_at, chance)
        if instants is None:
            raise Misfit(f"Nothing comes to its end that begins at {received_at}.")
        places, weights = self._of["" if template.archetype.is_direct else template.by]
        (place,) = chance.choices(places, cum_weights=weights)
        named = self._named(template, number, place, chance)
        days = template.timeline.copied_days(instants, self._days)
        rows = template.copy(index, named, instants, days, self._secrets, is_sqlite=self._is_sqlite)
        if named["channel"] not in self._calls.channels:
            return rows
        return [*rows, (phone_call.name, self._calls.of(number, received_at, chance))]

    def _instants(
        self, template: Template, received_at: datetime, chance: Random
    ) -> Mapping[datetime, datetime] | None:
        """When it goes that way; None if it has not come to its end by now, or cannot in these days."""
        timeline = template.timeline
        for _ in range(_TRIES):
            try:
                instants = timeline.copy(received_at, chance, self._days)
            except Misfit:
                continue
            return instants if instants[timeline.moments[-1]] < self._until else None
        return None

    def _named(self, template: Template, number: str, place: int, chance: Random) -> dict[str, str]:
        subject, secrets = self._subjects[place], self._secrets
        # Whoever calls again is known by a number among those who do.
        again = self._chance(f"caller {chance.randrange(_AGAIN_AMONG)}") if chance.random() < _AGAIN else chance
        name, phone = people.somebody(again)
        (channel,) = chance.choices(self._channels, cum_weights=self._channel_shares)
        street = people.street(chance)
        house = f"{chance.randrange(1, 400)}号"
        told = {"street": street, "house": house, "title": subject.title, "text": subject.text}
        title = self._wording.of("title", chance, **told)
        text = self._wording.of("text", chance, **told)
        said = {"title": title, "text": text, "address": people.address(chance, subject.government, street)}
        written = {kind: self._wording.of(kind, chance, **told) for kind in ("reply", "account", "remark")}
        kept = {**said, "person_name": name, "person_phone": phone}
        if template.archetype.is_supplemented:
            kept["text"] = f"{text}\n补充：{written['remark']}"
        record, record_open = self._record(place, template.duty_number)
        return {
            "number": number,
            **said,
            "length": str(len(text)),
            **written,
            **{f"sealed_{name}": secrets.seal(value, "matter", number, name) for name, value in kept.items()},
            "word_marks": self._word_marks(title, kept["text"]),
            "area": subject.area,
            "unit": subject.unit,
            "other_unit": "dept-housing" if subject.unit != "dept-housing" else "dept-transport",
            "channel": channel,
            "category": subject.category,
            "second": subject.second,
            "duty": subject.duty,
            "record": record,
            "record_open": record_open,
            "mark": secrets.marks(phone, "person_phone")[0],
            "code": people.NO_CODE,
        }

    def _record(self, place: int, number: int) -> tuple[str, str]:
        """The decision about who is on duty, and what all may read of it."""
        found = self._records.get((place, number))
        if found is None:
            told = {**self._subjects[place].record, "number": number}
            whole, open_ = exact_json.dumps(told), exact_json.dumps(decision_records.without_values(told))
            found = self._records[place, number] = whole, open_
        return found

    def _word_marks(self, *texts: str) -> str:
        """As sealed_fields.word_marks makes them, each only once: people use the same words again and again."""
        known, found = self._marks, set[str]()
        for pair in {pair for text in texts for pair in sealed_fields.neighbours(text)}:
            if pair not in known:
                known[pair] = sealed_fields.word_marks(self._secrets, pair).strip()
            found.add(known[pair])
        return f" {' '.join(sorted(found))} "
