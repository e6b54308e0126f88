"""Lists: filter, sort and page through rows, as a surface's search asks for them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, false, func, or_, select, true

from service.errors import Invalid, Problem

DEFAULT_LIMIT, MAX_LIMIT = 100, 10_000

Custom = Callable[[Any], ColumnElement[bool]]


@dataclass(frozen=True)
class Field:
    """A name that a search may filter and sort by. `read` turns its JSON value into that of the column."""

    column: ColumnElement[Any]
    read: Callable[[Any], Any] = str


@dataclass(frozen=True)
class Search:
    """What is asked for: `filter` name → value or {operator: value}; `sort` (name, descending)."""

    filter: Mapping[str, Any]
    sort: Sequence[tuple[str, bool]] = ()
    limit: int = DEFAULT_LIMIT
    offset: int = 0
    after: str | None = None
    before: str | None = None


@dataclass(frozen=True)
class Page:
    rows: Sequence[RowMapping]
    total: int
    start_cursor: str | None
    end_cursor: str | None


def search(
    connection: Connection,
    query: Select[Any],
    key: ColumnElement[int],
    fields: Mapping[str, Field],
    asked: Search,
    custom: Mapping[str, Custom] | None = None,
) -> Page:
    """One page of a query, with the number of all rows. Raises Invalid for names, operators or values that do not fit."""
    query = query.where(_filter(asked.filter, fields, custom or {}))
    total = connection.execute(select(func.count()).select_from(query.order_by(None).subquery())).scalar_one()
    order: list[tuple[ColumnElement[Any], bool]] = []
    for name, descending in asked.sort:
        if name not in fields:
            raise _invalid("sort", f"there is no field “{name}” to sort by")
        order.append((fields[name].column, descending))
    order.append((key, order[-1][1] if order else False))
    backwards = asked.before is not None
    cursor = asked.before if backwards else asked.after
    if cursor:
        query = query.where(_beyond(order, _values(cursor, order), backwards=backwards))
    for column, descending in order:
        reverse = descending != backwards
        nulls = column.is_(None).desc() if backwards else column.is_(None)
        query = query.order_by(nulls, column.desc() if reverse else column)
    query = query.add_columns(*(column.label(f"cursor_{i}") for i, (column, _) in enumerate(order)))
    rows = list(connection.execute(query.limit(asked.limit).offset(asked.offset)).mappings())
    if backwards:
        rows.reverse()
    ends = [_cursor(row, len(order)) for row in (rows[0], rows[-1])] if rows else [None, None]
    return Page(rows, total, ends[0], ends[1])


def _filter(asked: Mapping[str, Any], fields: Mapping[str, Field], custom: Mapping[str, Custom]) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [true()]
    for name, value in asked.items():
        if name == "$or" and isinstance(value, list):
            conditions.append(or_(false(), *(_filter(one, fields, custom) for one in value)))
        elif name in custom:
            conditions.append(custom[name](value))
        elif name in fields:
            conditions.append(_condition(name, fields[name], value))
        else:
            raise _invalid(f"filter.{name}", f"there is no field “{name}” to filter by")
    return and_(*conditions)


def _condition(name: str, field: Field, value: Any) -> ColumnElement[bool]:
    if not isinstance(value, Mapping):
        value = {"$eq": value}
    column = field.column

    def read(one: Any) -> Any:
        try:
            return field.read(one)
        except (TypeError, ValueError):
            raise _invalid(f"filter.{name}", f"“{one}” does not fit") from None

    conditions: list[ColumnElement[bool]] = []
    for sign, operand in value.items():
        match sign:
            case "$eq":
                conditions.append(column.is_(None) if operand is None else column == read(operand))
            case "$neq":
                conditions.append(or_(column.is_(None), column != read(operand)))
            case "$exists":
                conditions.append(column.is_not(None) if operand else column.is_(None))
            case "$in":
                conditions.append(column.in_([read(one) for one in operand]))
            case "$notIn":
                conditions.append(column.not_in([read(one) for one in operand]))
            case "$like":
                conditions.append(column.like(_pattern(str(operand)), escape="\\"))
            case "$gt":
                conditions.append(column > read(operand))
            case "$gte":
                conditions.append(column >= read(operand))
            case "$lt":
                conditions.append(column < read(operand))
            case "$lte":
                conditions.append(column <= read(operand))
            case _:
                raise _invalid(f"filter.{name}", f"there is no operator “{sign}”")
    return and_(*conditions)


def _pattern(text: str) -> str:
    """`*` and `?` as LIKE's `%` and `_`; what LIKE would take for its own is escaped."""
    for sign in ("\\", "%", "_"):
        text = text.replace(sign, "\\" + sign)
    return text.replace("*", "%").replace("?", "_")


def _beyond(order: list[tuple[ColumnElement[Any], bool]], values: list[Any], *, backwards: bool) -> ColumnElement[bool]:
    """Rows past a cursor: later in the first sort that differs. Null stands last, whichever the direction."""
    alternatives: list[ColumnElement[bool]] = []
    same: list[ColumnElement[bool]] = []
    for (column, descending), value in zip(order, values, strict=True):
        if backwards:
            beyond = column.is_not(None) if value is None else (column > value if descending else column < value)
        elif value is None:
            beyond = false()
        else:
            beyond = or_(column.is_(None), column < value if descending else column > value)
        alternatives.append(and_(*same, beyond))
        same.append(column.is_(None) if value is None else column == value)
    return or_(*alternatives)


def _cursor(row: RowMapping, length: int) -> str:
    values = [row[f"cursor_{index}"] for index in range(length)]
    told = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(told).encode()).decode()


def _values(cursor: str, order: list[tuple[ColumnElement[Any], bool]]) -> list[Any]:
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor))
        if len(values) != len(order):
            raise ValueError
        instants = [hasattr(column.type, "impl") or "date" in str(column.type).lower() for column, _ in order]
        return [
            datetime.fromisoformat(value) if instant and isinstance(value, str) else value
            for value, instant in zip(values, instants, strict=True)
        ]
    except (ValueError, TypeError):
        raise _invalid("page", "the cursor does not belong to this search") from None


def _invalid(field: str, message: str) -> Invalid:
    return Invalid(f"{field}: {message}.", [Problem(field, message, "See the description of this search.")])
