"""The heat of a diagram: for each element how many went through in a period and how long that took, what waits now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from time import monotonic
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, case, func, or_, select, true

from service.clock import CITY_ZONE
from service.engine.versions import is_in_effect
from service.errors import NotFound
from service.hotline.heat_counts import BOUNDS, DAY, MONTH, after, cells_of
from service.hotline.people import Viewer, against, not_against, with_below
from service.store.tables import (
    element_instance,
    element_span,
    matter,
    process_definition,
    process_instance,
    user_task,
)

_ELEMENT, _INSTANCE, _MATTER, _TASK, _SPAN = (
    element_instance.c,
    process_instance.c,
    matter.c,
    user_task.c,
    element_span.c,
)
_COLUMNS: Mapping[str, ColumnElement[Any]] = {
    "unit": _MATTER.unit_id,
    "area": _MATTER.area,
    "category": _MATTER.category_l1,
}
# So many process instances are looked through at a time for a list, for so many seconds.
_AT_ONCE, _LONGEST = 1_000, 0.5


@dataclass(frozen=True, slots=True)
class Asked:
    """The versions that are looked at, the first and the last day, and of one dimension a value; a unit means those
    below it too. Of a dimension whole months are counted: there the days are made to be those."""

    process_id: str
    keys: Sequence[int]
    begin: date
    end: date
    dimension: str = ""
    value: str = ""

    def whole(self) -> Asked:
        if not self.dimension:
            return self
        end = after(self.end.replace(day=1)) - timedelta(days=1)
        return replace(self, begin=self.begin.replace(day=1), end=end)


@dataclass(slots=True)
class Heat:
    """Of one element. `since` is when the longest of those that wait began; `late` of them are overdue."""

    lengths: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    waiting: int = 0
    late: int = 0
    since: datetime | None = None

    @property
    def through(self) -> int:
        return sum(self.lengths.values())

    def within(self, share: float) -> timedelta | None:
        """How long it took for that share of all: None of none. Between two bounds they are taken for even."""
        if not self.through:
            return None
        sought = share * self.through
        reached = 0
        for stretch, number in sorted(self.lengths.items()):
            reached += number
            if number and reached >= sought:
                return _inside(stretch, (sought - reached + number) / number)
        raise AssertionError


def _inside(stretch: int, share: float) -> timedelta:
    """So far into a stretch; nothing in the first, and the begin of the last, which has no end."""
    low = BOUNDS[stretch - 1] if stretch else 0
    high = low if stretch in (0, len(BOUNDS)) else BOUNDS[stretch]
    return timedelta(seconds=low + (high - low) * share)


def versions(connection: Connection, process_id: str) -> Sequence[RowMapping]:
    """All versions of a process, the newest first; raises NotFound."""
    columns = process_definition.c
    told = columns.key, columns.version, columns.version_tag, columns.name, columns.effective_at, columns.deleted_at
    query = select(*told).where(columns.process_id == process_id).order_by(columns.version.desc())
    if not (found := connection.execute(query).mappings().all()):
        raise NotFound(f"There is no process {process_id[:80]}.")
    return found


def processes(connection: Connection, viewer: Viewer, at: datetime) -> Sequence[RowMapping]:
    """Those whose versions count now, with how many instances run on any version, the most first."""
    running = (
        select(_INSTANCE.process_id, func.count().label("number"))
        .where(_INSTANCE.ended_at.is_(None), not_against(viewer, _INSTANCE.root_key))
        .group_by(_INSTANCE.process_id)
        .subquery()
    )
    columns = process_definition.c
    number = func.coalesce(running.c.number, 0).label("running")
    query = (
        select(columns.key, columns.process_id, columns.name, columns.version, number)
        .outerjoin(running, running.c.process_id == columns.process_id)
        .where(is_in_effect(process_definition, "process_id", at))
        .order_by(number.desc(), columns.process_id)
    )
    return connection.execute(query).mappings().all()


def look(connection: Connection, viewer: Viewer, asked: Asked, at: datetime) -> dict[str, Heat]:
    """By element ids; without those through which none went and at which none waits."""
    asked, found = asked.whole(), defaultdict[str, Heat](Heat)
    for element, stretch, number in _added(connection, asked):
        found[element].lengths[stretch] += number
    for element, stretch, number in _hidden(connection, viewer, asked):
        found[element].lengths[stretch] -= number
    for row in connection.execute(_now(viewer, asked, at)):
        one = found[row.element_id]
        one.waiting, one.late, one.since = row.waiting, row.late, row.since
    return {id_: one for id_, one in found.items() if one.through or one.waiting}


def waiting(
    connection: Connection,
    viewer: Viewer,
    asked: Asked,
    at: datetime,
    element_id: str,
    *,
    is_late: bool,
    limit: int,
) -> Sequence[RowMapping]:
    """What waits at an element now, or is overdue there, the longest first."""
    query = _open(viewer, asked).where(_ELEMENT.element_id == element_id)
    if is_late:
        query = query.where(at > _DUE)
    return connection.execute(_told(query).order_by(_ELEMENT.started_at, _ELEMENT.key).limit(limit)).mappings().all()


def gone_through(
    connection: Connection,
    viewer: Viewer,
    asked: Asked,
    element_id: str,
    *,
    limit: int,
    before: tuple[datetime, int] | None = None,
) -> tuple[Sequence[RowMapping], tuple[datetime, int] | None]:
    """What went through an element in the period, by process instances, the last that began first; and before which
    of these there may be more. They are gone through for a moment at a time: few may have been there."""
    asked, found, stop = asked.whole(), list[RowMapping](), monotonic() + _LONGEST
    begin, end = moments(asked)
    ended = and_(_ELEMENT.element_id == element_id, _ELEMENT.ended_at >= begin, _ELEMENT.ended_at < end)
    order = _INSTANCE.started_at.desc(), _INSTANCE.key.desc()
    while len(found) < limit and monotonic() < stop:
        some = select(_INSTANCE.key, _INSTANCE.started_at).where(
            _INSTANCE.process_id == asked.process_id, _INSTANCE.definition_key.in_(asked.keys)
        )
        if before is None:
            some = some.where(_INSTANCE.started_at < end)
        else:
            instant, last = before
            same = and_(_INSTANCE.started_at == instant, _INSTANCE.key < last)
            some = some.where(_INSTANCE.started_at <= instant, or_(_INSTANCE.started_at < instant, same))
        some = some.order_by(*order)
        last_of = connection.execute(some.limit(1).offset(_AT_ONCE - 1)).first()
        these = _INSTANCE.key.in_(some.with_only_columns(_INSTANCE.key).limit(_AT_ONCE).correlate(None))
        query = _told(_base(viewer, asked).where(these, ended)).order_by(*order, _ELEMENT.key.desc())
        found += connection.execute(query.limit(limit + 1 - len(found))).mappings().all()
        if len(found) > limit:
            # Of an instance all or nothing: what follows begins with the next one.
            cut = found[limit]["instance_key"]
            kept = [row for row in found[:limit] if row["instance_key"] != cut] or found[:limit]
            return kept, (kept[-1]["begun_at"], kept[-1]["instance_key"])
        if last_of is None:
            return found, None
        before = last_of.started_at, last_of.key
    return found, before


def moments(asked: Asked) -> tuple[datetime, datetime]:
    first, last = asked.begin, asked.end + timedelta(days=1)
    return datetime.combine(first, time(), CITY_ZONE), datetime.combine(last, time(), CITY_ZONE)


# When what waits at an element should be done: its task, or else its matter.
_DUE = func.coalesce(_TASK.due_at, _MATTER.deadline_at)


def _base(viewer: Viewer, asked: Asked) -> Select[Any]:
    """Element instances of the versions, with their matters, if they are of one, and their tasks."""
    task = and_(_TASK.instance_key == _ELEMENT.instance_key, _TASK.element_instance_key == _ELEMENT.key)
    return (
        select(_ELEMENT.element_id)
        .select_from(process_instance)
        .join(element_instance, _ELEMENT.instance_key == _INSTANCE.key)
        .outerjoin(matter, _MATTER.instance_key == _INSTANCE.root_key)
        .outerjoin(user_task, task)
        .where(_INSTANCE.process_id == asked.process_id, _INSTANCE.definition_key.in_(asked.keys))
        .where(not_against(viewer, _INSTANCE.root_key), _meant(asked))
    )


def _open(viewer: Viewer, asked: Asked) -> Select[Any]:
    return _base(viewer, asked).where(_INSTANCE.ended_at.is_(None), _ELEMENT.ended_at.is_(None))


def _told(query: Select[Any]) -> Select[Any]:
    return query.with_only_columns(
        _ELEMENT.key,
        _ELEMENT.instance_key,
        _INSTANCE.started_at.label("begun_at"),
        _ELEMENT.started_at,
        _ELEMENT.ended_at,
        _MATTER.number,
        _MATTER.unit_id,
        _MATTER.status,
        _TASK.key.label("task_key"),
        _TASK.state.label("task_state"),
        _DUE.label("due_at"),
    )


def _now(viewer: Viewer, asked: Asked, at: datetime) -> Select[Any]:
    late = func.sum(case((at > _DUE, 1), else_=0)).label("late")
    columns = func.count().label("waiting"), late, func.min(_ELEMENT.started_at).label("since")
    return _open(viewer, asked).add_columns(*columns).group_by(_ELEMENT.element_id)


def _meant(asked: Asked) -> ColumnElement[bool]:
    if not asked.dimension:
        return true()
    return _of_value(asked, _COLUMNS[asked.dimension])


def _of_value(asked: Asked, column: ColumnElement[Any]) -> ColumnElement[bool]:
    return column.in_(with_below(asked.value)) if asked.dimension == "unit" else column == asked.value


def _added(connection: Connection, asked: Asked) -> Iterator[tuple[str, int, int]]:
    """Element, stretch of lengths, number: of whole months where there are any, of days before and after."""
    whole = _whole_months(asked)
    parts = []
    if asked.dimension:
        value = _of_value(asked, _SPAN.value)
        parts = [and_(_SPAN.dimension == asked.dimension, value, _SPAN.begins_on.between(asked.begin, asked.end))]
    elif whole is None:
        parts = [_days(asked.begin, asked.end)]
    else:
        first, last = whole
        months = and_(_SPAN.dimension == MONTH, _SPAN.value == "", _SPAN.begins_on.between(first, last))
        parts = [_days(asked.begin, first - timedelta(days=1)), months, _days(last + timedelta(days=1), asked.end)]
    for part in parts:
        query = (
            select(_SPAN.element_id, _SPAN.stretch, func.sum(_SPAN.number))
            .where(_SPAN.definition_key.in_(asked.keys), part)
            .group_by(_SPAN.element_id, _SPAN.stretch)
        )
        for element, stretch, number in connection.execute(query):
            yield element, stretch, int(number)


def _days(begin: date, end: date) -> ColumnElement[bool]:
    return and_(_SPAN.dimension == DAY, _SPAN.value == "", _SPAN.begins_on.between(begin, end))


def _whole_months(asked: Asked) -> tuple[date, date] | None:
    """The first and the last day of the months that lie between two days."""
    first = asked.begin if asked.begin.day == 1 else after(asked.begin)
    following = asked.end + timedelta(days=1)
    last = (following if following.day == 1 else asked.end.replace(day=1)) - timedelta(days=1)
    return (first, last) if first < last else None


def _hidden(connection: Connection, viewer: Viewer, asked: Asked) -> Iterator[tuple[str, int, int]]:
    """The same of what is in the counts, and not for this viewer: matters against the viewer, which are few."""
    roots = connection.execute(against(viewer)).scalars().all()
    if not roots:
        return
    mine = _INSTANCE.root_key.in_(roots), _INSTANCE.definition_key.in_(asked.keys)
    cells = cells_of(connection, and_(_ELEMENT.is_counted, *mine))
    values = {""}
    if asked.dimension:
        values = {asked.value}
    if asked.dimension == "unit":
        values = set(connection.execute(with_below(asked.value)).scalars())
    for (dimension, _, of, day, element, stretch), number in cells.items():
        if dimension == (asked.dimension or DAY) and of in values and asked.begin <= day <= asked.end:
            yield element, stretch, number
