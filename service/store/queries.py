"""Lists: filter, sort and page through rows, as a surface's search asks for them."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    DateTime,
    Integer,
    RowMapping,
    Select,
    String,
    Table,
    TableValuedAlias,
    Text,
    UnaryExpression,
    and_,
    false,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy import column as member
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.operators import custom_op

from service import exact_json
from service.errors import Invalid, Problem
from service.store.tables import Instant

DEFAULT_LIMIT, MAX_LIMIT = 100, 10_000
MAX_OPERANDS, _MAX_NESTING = 1_000, 5
# SQLite refuses expressions that are a thousand deep, and 32,766 values; each comparison is a little of both.
_MAX_COMPARISONS, _MAX_VALUES = 200, 5_000
_MAX_INTEGER = 2**63 - 1
_SIGNS = re.compile(r"\\[*?\\]|[*?%_\\]")
_AS_LIKE = {"*": "%", "?": "_", r"\*": "*", r"\?": "?", r"\\": r"\\"}

Custom = Callable[[Any], ColumnElement[bool]]


@dataclass(frozen=True)
class Together:
    """A condition of several names of a filter, by whatever of them is given."""

    condition: Callable[[Mapping[str, Any]], ColumnElement[bool]]


@dataclass(frozen=True)
class Field:
    """A name that a search may filter and sort by. `read` turns its JSON value into that of the column.

    `filled_where`: the filter's name and value where the column is never null, so that an index gives the order.
    """

    column: ColumnElement[Any]
    read: Callable[[Any], Any] = str
    filled_where: tuple[str, str] | None = None


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
    # Of all that fit, as far as they were counted.
    total: int
    start_cursor: str | None
    end_cursor: str | None
    # There are more than were counted.
    has_more: bool = False


NOTHING = Page((), 0, None, None)


def search(
    connection: Connection,
    query: Select[Any],
    key: ColumnElement[Any] | tuple[ColumnElement[Any], ...],
    fields: Mapping[str, Field],
    asked: Search,
    custom: Mapping[str, Custom | Together] | None = None,
    *,
    meant: ColumnElement[bool] | None = None,
    walked: ColumnElement[bool] | None = None,
    most: int = MAX_LIMIT,
    is_made: bool = False,
) -> Page:
    """One page of a query, with the number of all rows; `key`, of one column or several, tells them apart.

    To count very many takes as long as to read them: no more than `most` are counted.
    `meant` tells which rows, and is asked by those alone that count them and choose those of the page; `walked` says
    the same to those that choose, where it is faster to go through all in their order.
    `is_made`: its rows are in no table; they are made once, and not by who looks which they are and again.
    Raises Invalid for names, operators or values that do not fit.
    """
    keys = key if isinstance(key, tuple) else (key,)
    which = filtered(asked.filter, fields, custom or {})
    meant = true() if meant is None else meant
    counted = query.where(meant, which).with_only_columns(*keys).order_by(None).limit(most + 1).subquery()
    wanted = query.where(meant if walked is None else walked, which).with_only_columns(*keys)
    order: list[tuple[ColumnElement[Any], bool]] = []
    said: list[ColumnElement[Any]] = []
    for name, descending in asked.sort:
        if name not in fields:
            raise _invalid("sort", f"there is no field “{name}” to sort by")
        order.append((fields[name].column, descending))
        if (where := fields[name].filled_where) and asked.filter.get(where[0]) in (where[1], {"$eq": where[1]}):
            said.append(fields[name].column)
    last_descends = bool(order) and order[-1][1]
    order += [(column, last_descends) for column in keys]
    backwards = asked.before is not None
    cursor = asked.before if backwards else asked.after
    filled = _never_null(keys[0], said)
    if cursor:
        wanted = wanted.where(_beyond(order, _values(cursor, order), filled, backwards=backwards))
    terms: list[ColumnElement[Any]] = []
    for column, descending in order:
        if not filled(column):
            terms.append(column.is_(None).desc() if backwards else column.is_(None))
        terms.append(column.desc() if descending != backwards else column)
    page = wanted.order_by(*terms).limit(asked.limit).offset(asked.offset).correlate(None)
    if is_made:
        query = page.with_only_columns(*query.selected_columns)
    else:
        # Which rows is asked apart from what they say: what is sorted is narrow then, and what is joined is not sorted.
        query = query.where((tuple_(*keys) if len(keys) > 1 else keys[0]).in_(page)).order_by(*terms)
    query = query.add_columns(*(column.label(f"cursor_{i}") for i, (column, _) in enumerate(order)))
    rows = list(connection.execute(query).mappings())
    if backwards:
        rows.reverse()
    ends = [_cursor(row, len(order)) for row in (rows[0], rows[-1])] if rows else [None, None]
    # To count is to read all that fits once more, which a first page that has room left has shown already.
    is_whole = not cursor and not asked.offset and len(rows) < asked.limit
    total = len(rows) if is_whole else connection.execute(select(func.count()).select_from(counted)).scalar_one()
    has_more = total > most
    return Page(rows, min(total, most), ends[0], ends[1], has_more)


def unsought(column: ColumnElement[Any], *, is_sqlite: bool) -> ColumnElement[Any]:
    """A column whose index SQLite is not to take: it does not know how many rows are alike, and takes them for few."""
    return UnaryExpression(column, operator=custom_op("+"), type_=column.type) if is_sqlite else column


def _never_null(
    key: ColumnElement[Any], filled: Sequence[ColumnElement[Any]] = ()
) -> Callable[[ColumnElement[Any]], bool]:
    """Tells columns of the key's own table that are never null; those of a table that is joined may be."""

    def is_filled(column: ColumnElement[Any]) -> bool:
        if column is key or any(column is one for one in filled):
            return True
        return (
            isinstance(column, Column)
            and isinstance(key, Column)
            and column.table is key.table
            and isinstance(column.table, Table)
            and not column.nullable
        )

    return is_filled


def holds(column: ColumnElement[Any], name: str, value: Any, *, is_sqlite: bool) -> ColumnElement[bool]:
    """Whether the JSON object of a column has this value under a name; raises ValueError for a name it cannot ask."""
    if '"' in name or "\\" in name or "\x00" in name:
        raise ValueError(name)
    if not is_sqlite:
        return column.op("->", return_type=JSONB())(name) == literal(value if value is not None else JSON.NULL, JSONB())
    path = f'$."{name}"'
    found, kind = func.json_extract(column, path), func.json_type(column, path)
    match value:
        case None:
            return kind == "null"
        case bool():
            return kind == str(value).lower()
        case str():
            return (kind == "text") & (found == value)
        case int() | float() | Decimal():
            # SQLite reads numbers as 64 bits.
            asked = value if isinstance(value, int) and abs(value) <= _MAX_INTEGER else float(value)
            return kind.in_(("integer", "real")) & (found == asked)
    return found == exact_json.dumps(value)


def members(
    column: ColumnElement[Any], name: str, *, is_sqlite: bool
) -> tuple[TableValuedAlias, ColumnElement[Any], ColumnElement[int]]:
    """The members of the list under a name of a JSON object, a row each: to join, its value, its number from 1."""
    if is_sqlite:
        each = func.json_each(column, f"$.{name}").table_valued(member("key", Integer), member("value", JSON))
        return each, each.c.value, each.c.key + 1
    value = member("value", JSONB)
    each = func.jsonb_array_elements(column[name]).table_valued(value, with_ordinality="number").render_derived()
    return each, each.c.value, each.c.number


def texts(column: ColumnElement[Any], *, is_sqlite: bool) -> tuple[TableValuedAlias, ColumnElement[str]]:
    """The members of a JSON list of texts, a row each: to select from, and its text."""
    if is_sqlite:
        each = func.json_each(column).table_valued(member("value", Text))
        return each, each.c.value
    each = func.jsonb_array_elements_text(column).table_valued(member("value", Text)).render_derived()
    return each, each.c.value


def filtered(
    asked: Mapping[str, Any], fields: Mapping[str, Field], custom: Mapping[str, Custom | Together], depth: int = 0
) -> ColumnElement[bool]:
    """The rows that a filter means; raises Invalid for names, operators or values that do not fit."""
    if not isinstance(asked, Mapping) or depth > _MAX_NESTING:
        raise _invalid("filter", "it must be an object of names and values")
    if depth == 0:
        _check_size(asked)
    conditions: list[ColumnElement[bool]] = [true()]
    together: dict[Together, dict[str, Any]] = {}
    for name, value in asked.items():
        if name == "$or":
            alternatives = [filtered(one, fields, custom, depth + 1) for one in _operands("filter.$or", value)]
            conditions.append(or_(false(), *alternatives))
        elif isinstance(rule := custom.get(name), Together):
            together.setdefault(rule, {})[name] = value
        elif rule is not None:
            conditions.append(_read(name, rule, value))
        elif name in fields:
            conditions.append(condition(name, fields[name], value))
        else:
            raise _invalid(f"filter.{name}", f"there is no field “{name}” to filter by")
    conditions += [_read(", ".join(given), rule.condition, given) for rule, given in together.items()]
    return and_(*conditions)


def _check_size(asked: Any) -> None:
    """Raises Invalid for more than a store can compare."""
    comparisons = values = 0
    inside = [asked]
    while inside:
        match inside.pop():
            case Mapping() as one:
                comparisons += max(len(one), 1)
                inside += one.values()
            case list() as one:
                comparisons += sum(isinstance(each, Mapping) for each in one)
                values += len(one)
                inside += [each for each in one if isinstance(each, Mapping | list)]
    if comparisons > _MAX_COMPARISONS or values > _MAX_VALUES:
        told = f"at most {_MAX_COMPARISONS} comparisons with {_MAX_VALUES} values may be asked for at once"
        raise _invalid("filter", told)


def condition(name: str, field: Field, value: Any) -> ColumnElement[bool]:
    """A value, or operators with their operands, as a condition; raises Invalid naming the field."""
    if not isinstance(value, Mapping):
        value = {"$eq": value}
    column = field.column

    def read(one: Any) -> Any:
        return _read(name, field.read, one)

    conditions: list[ColumnElement[bool]] = []
    for sign, operand in value.items():
        match sign:
            case "$gt" | "$gte" | "$lt" | "$lte" if isinstance(column.type, Boolean):
                raise _invalid(f"filter.{name}", "true is not more than false")
            case "$eq":
                conditions.append(column.is_(None) if operand is None else column == read(operand))
            case "$neq" if operand is None:
                conditions.append(column.is_not(None))
            case "$neq":
                conditions.append(or_(column.is_(None), column != read(operand)))
            case "$exists" if isinstance(operand, bool):
                conditions.append(column.is_not(None) if operand else column.is_(None))
            case "$in":
                conditions.append(column.in_([read(one) for one in _operands(name, operand)]))
            case "$notIn":
                others = column.not_in([read(one) for one in _operands(name, operand)])
                conditions.append(or_(column.is_(None), others))
            case "$like" if isinstance(column.type, String | Text) and isinstance(operand, str):
                conditions.append(column.like(_pattern(operand), escape="\\"))
            case "$gt":
                conditions.append(column > read(operand))
            case "$gte":
                conditions.append(column >= read(operand))
            case "$lt":
                conditions.append(column < read(operand))
            case "$lte":
                conditions.append(column <= read(operand))
            case _:
                raise _invalid(f"filter.{name}", f"there is no operator “{sign}”, or not with this value")
    return and_(true(), *conditions)


def _read(name: str, read: Callable[[Any], Any], value: Any) -> Any:
    try:
        return read(value)
    except (TypeError, ValueError, AttributeError, LookupError, OverflowError, RecursionError):
        # The value stays unsaid: it may be somebody's name.
        raise _invalid(f"filter.{name}", "this value does not fit the field") from None


def _operands(name: str, value: Any) -> list[Any]:
    if not isinstance(value, list) or len(value) > MAX_OPERANDS:
        raise _invalid(f"filter.{name}", f"it must be a list of at most {MAX_OPERANDS}")
    return value


def _pattern(text: str) -> str:
    """`*` and `?` as LIKE's `%` and `_`, unless a backslash is before; what LIKE would take for its own is escaped."""
    return _SIGNS.sub(lambda found: _AS_LIKE.get(found[0], f"\\{found[0]}"), text)


def _beyond(
    order: list[tuple[ColumnElement[Any], bool]],
    values: list[Any],
    is_filled: Callable[[ColumnElement[Any]], bool],
    *,
    backwards: bool,
) -> ColumnElement[bool]:
    """Rows past a cursor: later in the first sort that differs. Null stands last, whichever the direction."""
    alternatives: list[ColumnElement[bool]] = []
    same: list[ColumnElement[bool]] = []
    for (column, descending), value in zip(order, values, strict=True):
        if backwards:
            beyond = column.is_not(None) if value is None else (column > value if descending else column < value)
        elif value is None:
            beyond = false()
        else:
            beyond = column < value if descending else column > value
            beyond = beyond if is_filled(column) else or_(column.is_(None), beyond)
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
        return [_value(value, column) for value, (column, _) in zip(values, order, strict=True)]
    except (ValueError, TypeError, RecursionError):
        raise _invalid("page", "the cursor does not belong to this search") from None


def _value(told: Any, column: ColumnElement[Any]) -> Any:
    """A value of a cursor as its column holds it; raises ValueError, TypeError for what it cannot hold."""
    if told is None:
        return None
    if isinstance(column.type, Instant | DateTime):
        return datetime.fromisoformat(told)
    expected = column.type.python_type
    if not isinstance(told, expected) or (expected is int and abs(told) > _MAX_INTEGER):
        raise ValueError(told)
    return told


def _invalid(field: str, message: str) -> Invalid:
    return Invalid(f"{field}: {message}.", [Problem(field, message, "See the description of this search.")])
