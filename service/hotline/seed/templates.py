"""Templates: the rows of a played matter, cut where something differs from matter to matter."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy import text as sql

from service import exact_json
from service.clock import CITY_ZONE
from service.hotline.seed import play
from service.hotline.seed.play import DECISION, Played
from service.hotline.seed.timelines import Days, Timeline
from service.store.tables import (
    Instant,
    element_instance,
    history,
    matter,
    matter_fact,
    notice,
    process_instance,
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
}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?")
KEY = re.compile(r"(?<!\d)\d{17,19}(?!\d)")
# What is filled in, by its name.
NAMED = (
    "number",
    "title",
    "text",
    "address",
    "area",
    "unit",
    "other_unit",
    "channel",
    "category",
    "second",
    "duty",
    "record",
)
OTHER_UNIT = "dept-sports"

Getter = Callable[[Sequence[Any]], Any]


@dataclass(frozen=True, slots=True)
class Cut:
    """A row: of each column a constant, or a text with `%s` where values come, and which."""

    table: Table
    columns: tuple[Constant | tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class Constant:
    value: Any


@dataclass(frozen=True)
class Template:
    """A matter to be copied: a row of each of `rows` is what its getter takes of the values, the texts made of them,
    and the constants, one behind the other."""

    played: Played
    timeline: Timeline
    values: int  # how many there are
    named: tuple[tuple[int, str], ...]
    stored: tuple[tuple[int, datetime], ...]
    told: tuple[tuple[int, tuple[datetime, str, str]], ...]
    # Of the key that seals an instance its place, and that of the instance's own.
    data_keys: tuple[tuple[int, int], ...]
    # Of each key its place among the values, and the moment at which its row was written; in the order of the keys.
    keys: tuple[tuple[int, datetime], ...]
    texts: tuple[tuple[str, Getter], ...]
    constants: tuple[Any, ...]
    rows: tuple[tuple[Table, tuple[Getter, ...]], ...]
    # By which variables of which process the duty was decided, and the number of that decision there.
    variables: Mapping[str, Any]
    duty_process: str
    duty_number: int


class Cutter:
    """Cuts one played matter. `stable`: keys that mean the same in the other store → theirs."""

    def __init__(
        self, connection: Connection, played: Played, days: Days, stable: Mapping[str, str], dialect: str
    ) -> None:
        self._connection, self._played, self._days = connection, played, days
        self._stable, self._is_sqlite = stable, dialect == "sqlite"
        self._values: dict[tuple[str, Any], int] = {}
        self._duty: dict[str, Any] = {}
        self._fragments: dict[str, str] = {}

    def cut(self) -> Template:
        raw = {table: list(self._raw(table)) for table in TABLES}
        lines = sorted(raw[history], key=lambda row: row["key"])
        moments = sorted({_utc(row["at"]) for row in lines})
        done = {_utc(row["at"]): row["element_id"] for row in lines if row["kind"] in _DOING and row["element_id"]}
        self._timeline = Timeline(moments, [done.get(moment, "") for moment in moments])
        for row in lines:
            self._learn(history, row)
        for moment in moments:
            for due in self._played.waits[moment]:
                self._timeline.learn(due, moment, self._days)
        for table in TABLES:
            for row in raw[table]:
                self._learn(table, row, is_told_later=True)
        self._timeline.prepare(self._played.waits)
        decided = next((row for row in lines if _is_duty(row)), None)
        duty_process, variables, number = "", dict[str, Any](), 0
        if decided is not None:
            self._duty = exact_json.loads(decided["data"])
            number = self._duty["number"]
            of = next(row for row in raw[process_instance] if row["key"] == decided["instance_key"])
            duty_process, variables = of["process_id"], exact_json.loads(of["variables"])
        self._fragments = self._known()
        cuts = [self._cut_row(table, row) for table in TABLES for row in raw[table]]
        of_kind: dict[str, list[tuple[int, Any]]] = defaultdict(list)
        for (kind, name), place in self._values.items():
            of_kind[kind].append((place, name))
        written = self._written(lines)
        texts, constants, rows = self._packed(cuts)
        return Template(
            played=self._played,
            timeline=self._timeline,
            values=len(self._values),
            named=tuple(of_kind["named"]),
            stored=tuple(of_kind["stored"]),
            told=tuple(of_kind["told"]),
            data_keys=tuple((place, self._values["key", key]) for place, key in of_kind["data_key"]),
            keys=tuple((place, written(key)) for place, key in sorted(of_kind["key"], key=itemgetter(1))),
            texts=texts,
            constants=constants,
            rows=rows,
            variables=variables,
            duty_process=duty_process,
            duty_number=number,
        )

    def _packed(
        self, cuts: Sequence[Cut]
    ) -> tuple[tuple[tuple[str, Getter], ...], tuple[Any, ...], tuple[tuple[Table, tuple[Getter, ...]], ...]]:
        """Each text and each constant once; and for each table how a row is taken of all."""
        texts: dict[tuple[str, tuple[int, ...]], int] = {}
        constants: dict[tuple[type, Any], int] = {}
        for cut in cuts:
            for column in cut.columns:
                if isinstance(column, Constant):
                    constants.setdefault((type(column.value), column.value), len(constants))
                elif column[0] != "%s":
                    texts.setdefault(column, len(texts))
        after_texts = len(self._values) + len(texts)

        def place(column: Constant | tuple[str, tuple[int, ...]]) -> int:
            if isinstance(column, Constant):
                return after_texts + constants[type(column.value), column.value]
            return column[1][0] if column[0] == "%s" else len(self._values) + texts[column]

        rows = {table: [] for table in TABLES}  # type: dict[Table, list[Getter]]
        for cut in cuts:
            rows[cut.table].append(itemgetter(*map(place, cut.columns)))
        return (
            tuple((text, itemgetter(*places)) for text, places in texts),
            tuple(value for _, value in constants),
            tuple((table, tuple(getters)) for table, getters in rows.items() if getters),
        )

    def _written(self, lines: list[dict[str, Any]]) -> Callable[[int], datetime]:
        """When the row of a key was written: of those that are gone, when the first one after it was."""
        known = sorted((row["key"], _utc(row["at"])) for row in lines)
        keys = [key for key, _ in known]

        def at(key: int) -> datetime:
            return known[min(bisect_left(keys, key), len(known) - 1)][1]

        return at

    def _raw(self, table: Table) -> Iterator[dict[str, Any]]:
        """Rows as they are stored, JSON as text."""
        keys = ",".join(map(str, self._played.instances))
        column = TABLES[table]
        names = ", ".join(f'"{one.name}"' for one in table.columns)
        order = "number" if table in (matter, matter_fact) else '"key"'
        query = f"SELECT {names} FROM {table.name} WHERE {column} IN ({keys}) ORDER BY {order}"  # noqa: S608 our own
        for row in self._connection.execute(sql(query)).mappings():
            yield dict(row)

    def _learn(self, table: Table, row: Mapping[str, Any], *, is_told_later: bool = False) -> None:
        """What a row tells of instants; rows but those of history are written again when their time has come."""
        moments, seen = self._timeline.moments, _seen_at(table, row)
        for column in table.columns:
            for told in _MOMENT.findall(str(row[column.name] or "")) if column.name != "state_blob" else ():
                at = _utc(told, in_city=not isinstance(column.type, Instant))
                if not (is_told_later and at in moments):
                    self._timeline.learn(at, seen if seen in moments else moments[0], self._days)

    def _known(self) -> dict[str, str]:
        """Text → the name of what comes in its place, the longest first."""
        played = self._played
        category, second = play.CATEGORIES[played.by]
        found = {
            played.number: "number",
            play.TITLE: "title",
            play.TEXT: "text",
            play.ADDRESS: "address",
            f'"{play.CHANNEL}"': '"channel"',
            f'\\"{play.CHANNEL}\\"': '\\"channel\\"',
            f'"{category}"': '"category"',
            f'\\"{category}\\"': '\\"category\\"',
            f'"{second}"': '"second"',
            f'\\"{second}\\"': '\\"second\\"',
        }
        if self._duty:
            found[exact_json.dumps(self._duty["output"])] = "duty"
            found[str(self._duty["output"]["unit_id"])] = "unit"
            found[OTHER_UNIT] = "other_unit"
        return {**found, play.AREA: "area"}

    def _cut_row(self, table: Table, row: Mapping[str, Any]) -> Cut:
        return Cut(table, tuple(self._cut_value(table, one, row[one.name], row) for one in table.columns))

    def _cut_value(
        self, table: Table, column: Any, value: Any, row: Mapping[str, Any]
    ) -> Constant | tuple[str, tuple[int, ...]]:
        if column.name == "sealed":  # it opens at no other place
            return Constant(None)
        if value is None or isinstance(value, bytes | float):
            return Constant(value)
        if table is process_instance and column.name == "data_key":
            return self._value("data_key", row["key"])
        if isinstance(column.type, Instant):
            return self._value("stored", _utc(value))
        if isinstance(value, int):
            if str(value) in self._stable:
                return Constant(int(self._stable[str(value)]))
            return self._value("key", value) if value >= 10**16 else Constant(self._as_boolean(column, value))
        if table is history and column.name == "data" and _is_duty(row):
            return self._value("named", "record")
        if table is matter and column.name in _PLAIN:
            return self._value("named", _PLAIN[column.name])
        if table is matter_fact and column.name in _FACTS:
            return self._value("named", _FACTS[column.name])
        return self._cut_text(value)

    def _value(self, kind: str, name: Any) -> tuple[str, tuple[int, ...]]:
        return "%s", (self._values.setdefault((kind, name), len(self._values)),)

    def _as_boolean(self, column: Any, value: int) -> Any:
        return bool(value) if column.type.python_type is bool else value

    def _cut_text(self, text: str) -> Constant | tuple[str, tuple[int, ...]]:
        parts: list[tuple[str, Any]] = []
        pattern = "|".join([_MOMENT.pattern, KEY.pattern, *map(re.escape, self._fragments)])

        def replaced(found: re.Match[str]) -> str:
            told = found[0]
            if told in self._fragments:
                name = self._fragments[told]
                parts.append(("named", name.strip('\\"')))
                return name.replace(name.strip('\\"'), "%s")
            if _MOMENT.fullmatch(told):
                parts.append(("told", (_utc(told, in_city=True), told[10], told[19:])))
                return "%s"
            if told in self._stable:
                return self._stable[told]
            parts.append(("key", int(told)))
            return "%s"

        written = re.sub(pattern, replaced, text.replace("%", "%%"))
        if not parts:
            return Constant(text)
        return written, tuple(self._values.setdefault(part, len(self._values)) for part in parts)


_DOING = ("message-received", "timer-fired", "task-completed")
_PLAIN = {"channel": "channel", "category_l1": "category", "category_l2": "second", "person_name": "name",
          "person_phone": "phone", "phone_mark": "mark", "query_code_hash": "code", "title": "sealed_title",
          "text": "sealed_text", "address": "sealed_address", "word_marks": "word_marks"}  # fmt: skip
_FACTS = {"channel": "channel", "category": "category"}


def _is_duty(row: Mapping[str, Any]) -> bool:
    return row["kind"] == "decision" and f'"decision_id":"{DECISION}"' in row["data"].replace(" ", "")[:200]


def _seen_at(table: Table, row: Mapping[str, Any]) -> datetime:
    name = {"element_instance": "started_at", "process_instance": "started_at", "history": "at"}.get(table.name)
    name = name or ("created_at" if "created_at" in row else "received_at")
    return _utc(row[name])


def _utc(told: Any, *, in_city: bool = False) -> datetime:
    """A stored instant is in UTC, one in JSON tells its offset or is the city's."""
    moment = told if isinstance(told, datetime) else datetime.fromisoformat(str(told))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=CITY_ZONE if in_city else UTC)
    return moment.astimezone(CITY_ZONE)
