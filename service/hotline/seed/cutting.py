"""Cuts a played matter: what the engine has written of it, opened, with a place for each thing that will differ."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy import text as sql

from service import exact_json
from service.clock import CITY_ZONE
from service.errors import Invalid
from service.hotline import sealed_fields
from service.hotline.seed import play
from service.hotline.seed.play import DECISION, Played
from service.hotline.seed.templates import MOST_ROWS, TABLES, Constant, Cut, Sealed, Template, Written, packed
from service.hotline.seed.timelines import Days, Timeline
from service.store.protection import Protection
from service.store.tables import Instant, history, matter, matter_fact, notice, process_instance

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?")
_DAY = re.compile(r"(?<![\d-])\d{4}-\d\d-\d\d(?![\dT-])")
KEY = re.compile(r"(?<!\d)\d{17,19}(?!\d)")
OTHER_UNIT = "dept-sports"
_DOING = ("message-received", "timer-fired", "task-completed")
_PLAIN = {"channel": "channel", "category_l1": "category", "category_l2": "second", "phone_mark": "mark",
          "query_code_hash": "code", "word_marks": "word_marks",
          **{name: f"sealed_{name}" for name in sealed_fields.COLUMNS}}  # fmt: skip
_FACTS = {"channel": "channel", "category": "category"}
# What is filled in for what stands in the play.
_WORDS: Mapping[str, str] = {
    **dict.fromkeys(play.TITLES.values(), "title"),
    play.TEXT: "text",
    play.ADDRESS: "address",
    **play.WORDS,
    OTHER_UNIT: "other_unit",
    play.AREA: "area",
}

Column = Constant | Sealed | tuple[str, tuple[int, ...]]


class Cutter:
    """Cuts one matter that was played in a store. `stable`: keys that mean the same in the other store → theirs."""

    def __init__(
        self, connection: Connection, protection: Protection, played: Played, days: Days, stable: Mapping[str, str]
    ) -> None:
        self._connection, self._protection = connection, protection
        self._played, self._days, self._stable = played, days, stable
        self._values: dict[tuple[str, Any], int] = {}
        # The keys of instances by which something is sealed, in the order of their rows.
        self._owners: list[int] = []
        self._duty: dict[str, Any] = {}
        self._pattern = _MOMENT

    def cut(self) -> Template:
        raw = {table: list(self._raw(table)) for table in TABLES}
        self._open(raw)
        lines = sorted(raw[history], key=lambda row: row["key"])
        moments = sorted({_utc(row["at"]) for row in lines})
        done = {_utc(row["at"]): row["element_id"] for row in lines if row["kind"] in _DOING and row["element_id"]}
        self._timeline = Timeline(moments, [done.get(moment, "") for moment in moments])
        self._learn_all(raw, lines)
        decided = next((row for row in lines if _is_duty(row)), None)
        duty_process, variables, number = "", dict[str, Any](), 0
        if decided is not None:
            self._duty = exact_json.loads(decided["whole"] or decided["data"])
            number = self._duty["number"]
            of = next(row for row in raw[process_instance] if row["key"] == decided["instance_key"])
            duty_process = of["process_id"]
            variables = {**exact_json.loads(of["variables"]), **exact_json.loads(of["whole"] or "{}")}
        self._fragments = self._known()
        every = [_MOMENT.pattern, _DAY.pattern, KEY.pattern, *map(re.escape, self._fragments)]
        self._pattern = re.compile("|".join(every))
        cuts = [self._cut_row(table, row) for table in TABLES for row in raw[table]]
        of_kind: dict[str, list[tuple[int, Any]]] = defaultdict(list)
        for (kind, name), place in self._values.items():
            of_kind[kind].append((place, name))
        if len(of_kind["key"]) > MOST_ROWS:
            raise Invalid(f"{self._played.archetype.id} has more rows than the keys of one matter are kept apart by.")
        written = _written_at(lines)
        return Template(
            archetype=self._played.archetype,
            by=self._played.by,
            timeline=self._timeline,
            values=len(self._values),
            named=tuple(of_kind["named"]),
            stored=tuple(of_kind["stored"]),
            told=tuple(of_kind["told"]),
            days=tuple(of_kind["day"]),
            data_keys=tuple((self._values["data_key", key], self._values["key", key]) for key in self._owners),
            keys=tuple((place, written(key)) for place, key in sorted(of_kind["key"], key=itemgetter(1))),
            variables=variables,
            duty_process=duty_process,
            duty_number=number,
            **packed(cuts, len(self._values)),
        )

    def _raw(self, table: Table) -> Iterator[dict[str, Any]]:
        """Rows as they are stored, JSON as text."""
        keys = ",".join(map(str, self._played.instances))
        column = TABLES[table]
        names = ", ".join(f'"{one.name}"' for one in table.columns)
        order = '"key"' if "key" in table.columns else column
        query = f"SELECT {names} FROM {table.name} WHERE {column} IN ({keys}) ORDER BY {order}"  # noqa: S608 our own
        for row in self._connection.execute(sql(query)).mappings():
            yield {**row, "whole": ""}

    def _open(self, raw: Mapping[Table, list[dict[str, Any]]]) -> None:
        """What is sealed in each row, as the text that was sealed (`whole`)."""
        seals = {row["key"]: self._protection.of(row["key"], row["data_key"]) for row in raw[process_instance]}
        self._owners = list(seals)
        for table, rows in raw.items():
            for row in rows:
                if row.get("sealed") is not None:
                    seal, place = seals[row[TABLES[table]]], _place(table, row)
                    row["whole"] = exact_json.dumps(seal.opened(row["sealed"], *place))

    def _learn_all(self, raw: Mapping[Table, list[dict[str, Any]]], lines: list[dict[str, Any]]) -> None:
        for row in lines:
            self._learn(history, row)
        for moment in self._timeline.moments:
            for due in self._played.waits[moment]:
                self._timeline.learn(due, moment, self._days)
        for table in TABLES:
            for row in raw[table]:
                self._learn(table, row, is_told_later=True)
        self._timeline.prepare(self._played.waits)

    def _learn(self, table: Table, row: Mapping[str, Any], *, is_told_later: bool = False) -> None:
        """What a row tells of instants; rows but those of history are written again when their time has come."""
        moments = self._timeline.moments
        seen = _seen_at(row) or moments[0]
        seen = seen if seen in moments else moments[0]
        for name, in_city in [(one.name, not isinstance(one.type, Instant)) for one in table.columns]:
            if name in _SEALED_COLUMNS:
                continue
            for told in _MOMENT.findall(str(row[name] or "")):
                at = _utc(told, in_city=in_city)
                if not (is_told_later and at in moments):
                    self._timeline.learn(at, seen, self._days)
        for text in (row["whole"], row.get("data") or row.get("variables") or ""):
            for told in _MOMENT.findall(text):
                at = _utc(told, in_city=True)
                if not (is_told_later and at in moments):
                    self._timeline.learn(at, seen, self._days)
            for told in _DAY.findall(text):
                if (day := date.fromisoformat(told)) >= moments[0].date():
                    self._timeline.learn_day(day, seen, self._days)

    def _known(self) -> dict[str, str]:
        """Text → the name of what comes in its place, the longest first."""
        found = {self._played.number: "number", f",{len(play.TEXT)},": ",length,"}
        for value, name in zip((play.CHANNEL, *play.CATEGORIES[self._played.by]), _QUOTED, strict=True):
            found |= {f'"{value}"': f'"{name}"', f'\\"{value}\\"': f'\\"{name}\\"'}
        if self._duty:
            found[exact_json.dumps(self._duty["output"])] = "duty"
            if self._duty["output"]["mode"] == "SINGLE":
                found[str(self._duty["output"]["unit_id"])] = "unit"
        return {**found, **_WORDS}

    def _cut_row(self, table: Table, row: Mapping[str, Any]) -> Cut:
        return Cut(table, tuple(self._cut_value(table, one, row[one.name], row) for one in table.columns))

    def _cut_value(self, table: Table, column: Any, value: Any, row: Mapping[str, Any]) -> Column:
        if column.name == "sealed" and row["whole"]:
            return self._seal(table, row)
        if value is None or isinstance(value, bytes | float):
            return Constant(value)
        if column.name == "data_key":
            return self._value("data_key", row["key"])
        if isinstance(column.type, Instant):
            return self._value("stored", _utc(value))
        if isinstance(value, int):
            if str(value) in self._stable:
                return Constant(int(self._stable[str(value)]))
            return self._value("key", value) if value >= 10**16 else Constant(_as_boolean(column, value))
        if table is history and column.name == "data" and _is_duty(row):
            return self._value("named", "record_open" if row["whole"] else "record")
        # A way that only one channel leads to is gone by that one.
        if not (column.name == "channel" and "channel" in self._played.archetype.start):
            if table is matter and column.name in _PLAIN:
                return self._value("named", _PLAIN[column.name])
            if table is matter_fact and column.name in _FACTS:
                return self._value("named", _FACTS[column.name])
        return self._cut_text(value)

    def _seal(self, table: Table, row: Mapping[str, Any]) -> Sealed:
        _, key, *field = _place(table, row)
        cut = self._value("named", "record") if table is history and _is_duty(row) else self._cut_text(row["whole"])
        plain: Written
        if isinstance(cut, Constant):
            plain = cut.value, None
        else:
            plain = cut[0], itemgetter(*cut[1])
        by, (_, (place,)) = self._owners.index(row[TABLES[table]]), self._value("key", key)
        return Sealed(plain, by, table.name, place, tuple(map(str, field)))

    def _value(self, kind: str, name: Any) -> tuple[str, tuple[int, ...]]:
        return "%s", (self._values.setdefault((kind, name), len(self._values)),)

    def _cut_text(self, text: str) -> Constant | tuple[str, tuple[int, ...]]:
        parts: list[tuple[str, Any]] = []

        def replaced(found: re.Match[str]) -> str:
            told = found[0]
            if told in self._fragments:
                name = self._fragments[told]
                parts.append(("named", name.strip(_AROUND)))
                return name.replace(name.strip(_AROUND), "%s")
            if _MOMENT.fullmatch(told):
                parts.append(("told", (_utc(told, in_city=True), told[10], told[19:])))
                return "%s"
            if _DAY.fullmatch(told):
                day = date.fromisoformat(told)
                if day not in self._timeline.days:
                    return told
                parts.append(("day", day))
                return "%s"
            if told in self._stable:
                return self._stable[told]
            parts.append(("key", int(told)))
            return "%s"

        written = self._pattern.sub(replaced, text.replace("%", "%%"))
        if not parts:
            return Constant(written.replace("%%", "%"))
        return written, tuple(self._values.setdefault(part, len(self._values)) for part in parts)


_SEALED_COLUMNS = ("state_blob", "sealed", "data_key", "data", "variables")
# What stands around a name where it stands around the text, too.
_AROUND = '\\",'
_QUOTED = ("channel", "category", "second")


def _place(table: Table, row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Where what is sealed in a row is bound to."""
    if table is process_instance:
        return table.name, row["key"], "variables"
    if table is history:
        return table.name, row["key"], "data"
    if table is notice:
        return table.name, row["job_key"], "body"
    return table.name, row["instance_key"], row["number"], "variables"


def _written_at(lines: Sequence[Mapping[str, Any]]) -> Callable[[int], datetime]:
    """When the row of a key was written: of those that are gone, when the first one after it was."""
    known = sorted((row["key"], _utc(row["at"])) for row in lines)
    keys = [key for key, _ in known]

    def at(key: int) -> datetime:
        return known[min(bisect_left(keys, key), len(known) - 1)][1]

    return at


def _as_boolean(column: Any, value: int) -> Any:
    return bool(value) if column.type.python_type is bool else value


def _is_duty(row: Mapping[str, Any]) -> bool:
    return row["kind"] == "decision" and f'"decision_id":"{DECISION}"' in row["data"].replace(" ", "")[:200]


def _seen_at(row: Mapping[str, Any]) -> datetime | None:
    """When a row was written first."""
    return next((_utc(row[name]) for name in ("started_at", "at", "created_at", "received_at") if name in row), None)


def _utc(told: Any, *, in_city: bool = False) -> datetime:
    """A stored instant is in UTC, one in JSON tells its offset or is the city's."""
    moment = told if isinstance(told, datetime) else datetime.fromisoformat(str(told))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=CITY_ZONE if in_city else UTC)
    return moment.astimezone(CITY_ZONE)
