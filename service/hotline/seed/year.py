"""A made-up year: how many matters each day brings, which ways they go, and what each is about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

import yaml
from sqlalchemy import Table

from service import exact_json
from service.clock import CITY_ZONE
from service.hotline import sealed_fields
from service.hotline.seed import people
from service.hotline.seed.play import COUNTY, DEPARTMENT
from service.hotline.seed.templates import Template
from service.hotline.seed.timelines import Days, Misfit
from service.store.keys import NUMBERS, key_at
from service.store.secrets import KeyRing

_FILE = Path(__file__).with_name("subjects.yaml")
# Of a thousand, as in the half-year of a city.
CHANNELS: Mapping[str, int] = {
    "PHONE": 907, "WECHAT": 55, "WEB": 14, "APP": 9, "SMS": 6, "LINK_110": 5, "MAILBOX": 2, "PROVINCIAL": 1, "WEIBO": 1,
}  # fmt: skip
# How many of a thousand calls come in each hour of the day.
_HOURS = (6, 4, 3, 3, 4, 8, 18, 42, 88, 108, 104, 82, 46, 52, 84, 86, 76, 56, 38, 30, 24, 18, 12, 8)
_STORM, _AS_MANY = 0.01, 1.86  # one day in a hundred brings so many times as many calls
_AGAIN = 0.18  # how often somebody calls who has called before
_TRIES = 8


@dataclass(frozen=True, slots=True)
class Subject:
    """What a matter is about, at a place: what the directory says of it, and the unit on duty."""

    category: str
    second: str
    title: str
    text: str
    area: str
    government: str
    unit: str
    # The decision's output, and all that history tells of it but for its number.
    duty: str
    record: Mapping[str, Any]
    weight: int


# The rows of a matter, by their tables.
Rows = list[tuple[Table, list[tuple[Any, ...]]]]


class Year:
    """Everything comes from one `chance`: the same seed makes the same year."""

    def __init__(
        self,
        templates: Sequence[Template],
        subjects: Sequence[Subject],
        days: Days,
        secrets: KeyRing,
        chance: Random,
        *,
        until: datetime,
        is_sqlite: bool,
    ) -> None:
        self._subjects = subjects
        self._of: dict[str, tuple[list[int], list[int]]] = {}
        for by in (COUNTY, DEPARTMENT, ""):
            fitting = [place for place, one in enumerate(subjects) if by in ("", handled_by(one.unit))]
            self._of[by] = fitting, list(accumulate(subjects[place].weight for place in fitting))
        # A way that was played at several is gone at each as often as its subjects come up.
        self._templates, self._shares = templates, list(accumulate(map(self._share, templates)))
        direct = [one for one in templates if one.played.archetype.is_direct]
        self._direct, self._direct_shares = direct, list(accumulate(one.played.archetype.share for one in direct))
        self._channels, self._channel_shares = list(CHANNELS), list(accumulate(CHANNELS.values()))
        self._days, self._secrets, self._chance = days, secrets, chance
        self._until, self._is_sqlite = until, is_sqlite
        self._written, self._records = 0, dict[tuple[int, int], str]()
        self._marks: dict[int, str] = {}
        self._callers: list[tuple[str, str]] = []

    def matters(self, begin: date, length: int, number: int) -> Iterator[Rows]:
        """The rows of so many matters, one after the other as they come in."""
        weights = [self._weight(begin + timedelta(days=offset)) for offset in range(length)]
        ends = [round(number * part / sum(weights)) for part in accumulate(weights)]
        before = 0
        for offset, end in enumerate(ends):
            day = begin + timedelta(days=offset)
            for place, received_at in enumerate(sorted(self._moment(day) for _ in range(end - before)), 1):
                yield self._matter(f"WF{day:%Y%m%d}-{place:06d}", received_at)
            before = end

    def _share(self, template: Template) -> float:
        archetype = template.played.archetype
        if len(archetype.by) == 1:
            return archetype.share
        return archetype.share * self._of[template.played.by][1][-1] / self._of[""][1][-1]

    def _weight(self, day: date) -> float:
        usual = 1.05 if self._days.is_working(day) else 0.85
        storm = _AS_MANY if self._chance.random() < _STORM else 1
        return usual * storm * self._chance.uniform(0.9, 1.1)

    def _moment(self, day: date) -> datetime:
        (hour,) = self._chance.choices(range(24), _HOURS)
        return datetime.combine(day, time(hour), CITY_ZONE) + timedelta(seconds=self._chance.randrange(3600))

    def _matter(self, number: str, received_at: datetime) -> Rows:
        (template,) = self._chance.choices(self._templates, cum_weights=self._shares)
        for _ in range(_TRIES):
            try:
                instants = template.timeline.copy(received_at, self._chance, self._days)
            except Misfit:
                pass
            else:
                if instants[template.timeline.moments[-1]] < self._until:
                    return self._rows(template, number, instants)
            # Who called lately and is not answered yet waits still; here there is only what has come to its end.
            (template,) = self._chance.choices(self._direct, cum_weights=self._direct_shares)
        raise Misfit(f"Nothing comes to its end that begins at {received_at}.")

    def _rows(self, template: Template, number: str, instants: Mapping[datetime, datetime]) -> Rows:
        places, weights = self._of["" if template.played.archetype.is_direct else template.played.by]
        (subject,) = self._chance.choices(places, cum_weights=weights)
        named = self._named(template, number, subject)
        values: list[Any] = [None] * template.values
        for place, name in template.named:
            values[place] = named[name]
        for place, at in template.stored:
            values[place] = self._stored(instants[at])
        for place, (at, between, offset) in template.told:
            values[place] = _told(instants[at], between, offset)
        begun: dict[datetime, int] = {}
        for place, at in template.keys:
            if at not in begun:
                begun[at] = key_at(instants[at], 0)
            self._written += 1
            values[place] = begun[at] | self._written & NUMBERS
        for place, of in template.data_keys:
            values[place] = self._secrets.new_data_key("process_instance", str(values[of]), "data_key")[0]
        texts = [text % given(values) for text, given in template.texts]
        everything = [*values, *texts, *template.constants]
        return [(table, [row(everything) for row in rows]) for table, rows in template.rows]

    def _named(self, template: Template, number: str, place: int) -> dict[str, str]:
        chance, subject = self._chance, self._subjects[place]
        if self._callers and chance.random() < _AGAIN:
            name, phone = chance.choice(self._callers)
        else:
            name, phone = people.somebody(chance)
            if len(self._callers) < 5_000:
                self._callers.append((name, phone))
        (channel,) = chance.choices(self._channels, cum_weights=self._channel_shares)
        record = self._records.get((place, template.duty_number))
        if record is None:
            told = {**subject.record, "number": template.duty_number}
            record = self._records[place, template.duty_number] = exact_json.dumps(told)
        address = people.address(chance, subject.government)
        said = {"title": subject.title, "text": subject.text, "address": address}
        sealed = {name: self._secrets.seal(value, "matter", number, name) for name, value in said.items()}
        marks = self._marks.get(place)
        if marks is None:
            marks = self._marks[place] = sealed_fields.word_marks(self._secrets, subject.title, subject.text)
        return {
            "number": number,
            **said,
            **{f"sealed_{name}": value for name, value in sealed.items()},
            "word_marks": marks,
            "area": subject.area,
            "unit": subject.unit,
            "other_unit": "dept-housing" if subject.unit != "dept-housing" else "dept-transport",
            "channel": channel,
            "category": subject.category,
            "second": subject.second,
            "duty": subject.duty,
            "record": record,
            "name": self._secrets.seal(name, "matter", number, "person_name"),
            "phone": self._secrets.seal(phone, "matter", number, "person_phone"),
            "mark": self._secrets.marks(phone, "person_phone")[0],
            "code": people.NO_CODE,
        }

    def _stored(self, instant: datetime) -> str:
        moment = instant.astimezone(UTC).replace(tzinfo=None)
        return f"{moment.isoformat(' ')}.000000" if self._is_sqlite else f"{moment.isoformat(' ')}+00"


def listed() -> list[dict[str, Any]]:
    """The subjects of the file beside this module."""
    found: list[dict[str, Any]] = yaml.safe_load(_FILE.read_text("utf-8"))["subjects"]
    return found


def handled_by(unit: str) -> str:
    """Whether a unit is a county, which gives a matter on, or handles it itself."""
    return COUNTY if unit.startswith("county-") else DEPARTMENT


def _told(instant: datetime, between: str, offset: str) -> str:
    """An instant in JSON, written as the other one was."""
    if offset.endswith("Z"):
        return instant.astimezone(UTC).strftime(f"%Y-%m-%d{between}%H:%M:%SZ")
    return instant.replace(tzinfo=None).isoformat(between) + ("+08:00" if offset else "")
