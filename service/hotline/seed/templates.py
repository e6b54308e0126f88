"""Templates: the rows of a played matter, with places for what differs from matter to matter."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import Table

from service.hotline.seed.play import Archetype
from service.hotline.seed.timelines import Timeline
from service.store.keys import NUMBERS, key_at
from service.store.secrets import DataKey, KeyRing
from service.store.tables import (
    element_instance,
    history,
    matter,
    matter_fact,
    notice,
    process_instance,
    protection,
    user_task,
)

# By which column the rows of a table belong to process instances.
TABLES: Mapping[Table, str] = {
    process_instance: "key",
    element_instance: "instance_key",
    history: "instance_key",
    user_task: "instance_key",
    notice: "instance_key",
    matter: "instance_key",
    matter_fact: "root_key",
    protection: "root_key",
}
# So many numbers are kept for the keys of one matter, and so many matters have keys of one millisecond.
MOST_ROWS = 1 << 10
_BESIDE = (NUMBERS + 1) // MOST_ROWS

Getter = Callable[[Sequence[Any]], Any]
# A text with `%s` where values come, and which; none where it is the same for all.
Written = tuple[str, Getter | None]
# The rows of a matter, by the names of their tables.
Rows = list[tuple[str, list[tuple[Any, ...]]]]


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is sealed in a row: by which of the keys of instances, and the place it is bound to, whose second part is
    a key."""

    plain: Written
    by: int
    table: str
    key: int
    field: tuple[str, ...]


@dataclass(frozen=True)
class Template:
    """A matter to be copied. A row of each of `rows` is what its getter takes of the values, the texts made of them,
    what is sealed, and the constants, one behind the other."""

    archetype: Archetype
    # Who handles it: one of play.CATEGORIES.
    by: str
    timeline: Timeline
    values: int  # how many there are
    named: tuple[tuple[int, str], ...]
    stored: tuple[tuple[int, datetime], ...]
    told: tuple[tuple[int, tuple[datetime, str, str]], ...]
    days: tuple[tuple[int, date], ...]
    # Of the key that seals an instance its place, and that of the instance's own.
    data_keys: tuple[tuple[int, int], ...]
    # Of each key its place among the values, and the moment at which its row was written; in the order of the keys.
    keys: tuple[tuple[int, datetime], ...]
    texts: tuple[Written, ...]
    sealed: tuple[Sealed, ...]
    constants: tuple[Any, ...]
    rows: tuple[tuple[str, tuple[Getter, ...]], ...]
    # By which variables of which process the duty was decided, and the number of that decision there.
    variables: Mapping[str, Any]
    duty_process: str
    duty_number: int

    def copy(
        self,
        index: int,
        named: Mapping[str, str],
        instants: Mapping[datetime, datetime],
        days: Mapping[date, date],
        secrets: KeyRing,
        *,
        is_sqlite: bool,
    ) -> Rows:
        """The rows of a matter: that of this number of all, with these names, at these instants and days."""
        values: list[Any] = [None] * self.values
        for place, name in self.named:
            values[place] = named[name]
        for place, at in self.stored:
            values[place] = stored(instants[at], is_sqlite)
        for place, (at, between, offset) in self.told:
            values[place] = _told(instants[at], between, offset)
        for place, day in self.days:
            values[place] = days[day].isoformat()
        # Rows of one instant differ by their numbers; those of matters that are far from each other by a millisecond.
        begun, number, apart = dict[datetime, int](), index % _BESIDE * MOST_ROWS, index // _BESIDE
        for place, at in self.keys:
            if at not in begun:
                begun[at] = key_at(instants[at], 0, milliseconds=apart)
            values[place] = begun[at] | number
            number += 1
        ciphers: list[DataKey] = []
        for place, of in self.data_keys:
            values[place], cipher = secrets.new_data_key(process_instance.name, str(values[of]), "data_key")
            ciphers.append(cipher)
        texts = [text % given(values) if given else text for text, given in self.texts]
        sealed = []
        for one in self.sealed:
            text, given = one.plain
            plain = text % given(values) if given else text
            sealed.append(ciphers[one.by].seal(plain.encode(), one.table, str(values[one.key]), *one.field))
        everything = [*values, *texts, *sealed, *self.constants]
        return [(table, [row(everything) for row in rows]) for table, rows in self.rows]


@dataclass(frozen=True, slots=True)
class Constant:
    value: Any


@dataclass(frozen=True, slots=True)
class Cut:
    """A row: what its columns are made of."""

    table: Table
    columns: tuple[Constant | Sealed | tuple[str, tuple[int, ...]], ...]


def packed(cuts: Sequence[Cut], values: int) -> dict[str, Any]:
    """Each text and each constant once; and for each table how a row is taken of all."""
    texts: dict[tuple[str, tuple[int, ...]], int] = {}
    constants: dict[tuple[type, Any], int] = {}
    sealed: list[Sealed] = []
    for cut in cuts:
        for column in cut.columns:
            if isinstance(column, Constant):
                constants.setdefault((type(column.value), column.value), len(constants))
            elif isinstance(column, Sealed):
                sealed.append(column)
            elif column[0] != "%s":
                texts.setdefault(column, len(texts))
    numbers = iter(range(values + len(texts), values + len(texts) + len(sealed)))
    after = values + len(texts) + len(sealed)

    def place(column: Constant | Sealed | tuple[str, tuple[int, ...]]) -> int:
        if isinstance(column, Constant):
            return after + constants[type(column.value), column.value]
        if isinstance(column, Sealed):
            return next(numbers)
        return column[1][0] if column[0] == "%s" else values + texts[column]

    rows: dict[str, list[Getter]] = {table.name: [] for table in TABLES}
    for cut in cuts:
        rows[cut.table.name].append(itemgetter(*[place(column) for column in cut.columns]))
    return {
        "texts": tuple((text, itemgetter(*places)) for text, places in texts),
        "sealed": tuple(sealed),
        "constants": tuple(value for _, value in constants),
        "rows": tuple((table, tuple(getters)) for table, getters in rows.items() if getters),
    }


def stored(instant: datetime, is_sqlite: bool) -> str:
    moment = instant.astimezone(UTC).replace(tzinfo=None)
    return f"{moment.isoformat(' ')}.000000" if is_sqlite else f"{moment.isoformat(' ')}+00"


def _told(instant: datetime, between: str, offset: str) -> str:
    """An instant in JSON, written as the other one was."""
    if offset.endswith("Z"):
        return instant.astimezone(UTC).strftime(f"%Y-%m-%d{between}%H:%M:%SZ")
    return instant.replace(tzinfo=None).isoformat(between) + ("+08:00" if offset else "")
