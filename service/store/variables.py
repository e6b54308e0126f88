"""All variables as if each had a row of its own: those of process instances, and of element instances.

They are kept in one JSON object for each scope, as a step reads and writes them together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from hashlib import md5
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    LargeBinary,
    Select,
    Subquery,
    TableValuedAlias,
    Text,
    case,
    cast,
    column,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import BIT, JSONB

from service import exact_json
from service.store.protection import Protection, Row, Seal
from service.store.tables import element_instance, process_instance
from service.store.tables.columns import Json

# The key of a variable lies as far beyond that of its scope as a hash of its name says, at most so far.
_SHIFT = 20
FARTHEST_KEY = (2**32 - 1) << _SHIFT
# What PostgreSQL writes between members, unless it is inside of a string.
_SPACED = r'("(?:[^"\\]|\\.)*")|([,:]) '


class Scope(NamedTuple):
    """Where variables live: a process instance, or an element instance inside of it."""

    key: Any
    instance_key: Any
    root_key: Any
    number: Any = 0  # of the element instance
    sealed: Any = None
    data_key: Any = None


def key_of(scope_key: int, name: str) -> int:
    """A key that is always the same for the same variable, though it has no row."""
    return scope_key + (int(_hash(name), 16) << _SHIFT)


def rows(instances: ColumnElement[bool], elements: ColumnElement[bool], *, is_sqlite: bool) -> Subquery:
    """A row for each variable of these process instances, and of these element instances in them.

    `name`, `value` (compact JSON text), `variable_key`, `scope_key`, `instance_key`, `root_key`; and what `opened`
    needs, as the value of one that is protected is null here.
    """
    owner, element = process_instance.c, element_instance.c
    of_instance = Scope(owner.key, owner.key, owner.root_key, literal(0), owner.sealed, owner.data_key)
    of_element = Scope(element.key, owner.key, owner.root_key, element.number, element.sealed, owner.data_key)
    local = _members(element.variables, of_element, is_sqlite=is_sqlite)
    return union_all(
        _members(owner.variables, of_instance, is_sqlite=is_sqlite).where(instances),
        local.where(element.variables.is_not(None), owner.key == element.instance_key, instances, elements),
    ).subquery("variable")


def place_of(instance_key: int, number: int) -> tuple[Any, ...]:
    """Where those of a scope are sealed."""
    if number:
        return "element_instance", instance_key, number, "variables"
    return "process_instance", instance_key, "variables"


def opened(protection: Protection, row: Row) -> str:
    """The value of one of the `rows`, as compact JSON text."""
    value: str = row["value"]
    if row["sealed"] is None:
        return value
    seal = protection.of(row["instance_key"], row["data_key"])
    kept = seal.opened(row["sealed"], *place_of(row["instance_key"], row["number"])) or {}
    return exact_json.dumps(kept[row["name"]]) if row["name"] in kept else value


def around(
    connection: Connection, protection: Protection, instance_key: int, number: int
) -> list[tuple[Scope, dict[str, Any]]]:
    """The variables that are seen from an element instance, by its number: its own, those of each around it, those of
    the process instance last."""
    owner, element = process_instance.c, element_instance.c
    columns = element.key, element.number, element.parent_number, element.variables, element.sealed
    of_instance = element.instance_key == instance_key
    first = select(*columns, literal(0).label("far")).where(of_instance, element.number == number)
    climbed = first.cte("climbed", recursive=True)
    next_one = select(*columns, climbed.c.far + 1).where(of_instance, element.number == climbed.c.parent_number)
    chain = climbed.union_all(next_one)
    wanted = select(owner.root_key, owner.variables, owner.sealed, owner.data_key).where(owner.key == instance_key)
    instance = connection.execute(wanted).one()
    seal = protection.of(instance_key, instance.data_key)
    elements = connection.execute(select(chain).order_by(chain.c.far))
    found = [
        (Scope(one.key, instance_key, instance.root_key), _whole(seal, one, instance_key, one.number))
        for one in elements
        if one.variables
    ]
    return [*found, (Scope(instance_key, instance_key, instance.root_key), _whole(seal, instance, instance_key, 0))]


def rows_of(scopes: Iterable[tuple[Scope, Mapping[str, Any]]], *, is_sqlite: bool) -> Subquery:
    """The same rows of variables that are given, scope by scope."""
    arms = [
        _members(literal(dict(given), Json), Scope(*map(literal, scope[:4])), is_sqlite=is_sqlite)
        for scope, given in scopes
    ]
    return union_all(*arms).subquery("variable")


def some(
    variables: ColumnElement[Any],
    name: str,
    fits: Callable[[ColumnElement[str]], ColumnElement[bool]],
    *,
    is_sqlite: bool,
) -> ColumnElement[bool]:
    """Whether there is a variable with this name whose value, as compact JSON text, fits."""
    each, value = _each(variables, is_sqlite=is_sqlite)
    return select(literal(1)).select_from(each).where(each.c.key == name, fits(value)).exists()


def as_told(value: str, *, is_sqlite: bool) -> ColumnElement[str] | str:
    """Compact JSON text, as it is in the column `value`."""
    return value if is_sqlite else _compact(cast(literal(value, Text), JSONB))


def _whole(seal: Seal, row: Any, instance_key: int, number: int) -> dict[str, Any]:
    return seal.whole(row.variables, row.sealed, *place_of(instance_key, number))


def _members(variables: ColumnElement[Any], scope: Scope, *, is_sqlite: bool) -> Select[Any]:
    each, value = _each(variables, is_sqlite=is_sqlite)
    query = select(
        each.c.key.label("name"),
        value.label("value"),
        _key(scope.key, each.c.key, is_sqlite=is_sqlite).label("variable_key"),
        scope.key.label("scope_key"),
        scope.instance_key.label("instance_key"),
        scope.root_key.label("root_key"),
        scope.number.label("number"),
        (cast(null(), LargeBinary) if scope.sealed is None else scope.sealed).label("sealed"),
        (cast(null(), Text) if scope.data_key is None else scope.data_key).label("data_key"),
    )
    table = getattr(variables, "table", None)
    return query.select_from(each) if table is None else query.join_from(table, each, literal(True))


def _each(variables: ColumnElement[Any], *, is_sqlite: bool) -> tuple[TableValuedAlias, ColumnElement[str]]:
    """The members of a JSON object, a row each with the column `key`; and the value of each."""
    if not is_sqlite:
        each = func.jsonb_each(variables).table_valued(column("key", Text), column("value", JSONB)).render_derived()
        return each, _compact(each.c.value)
    names = ("key", "value", "type", "fullkey")
    each = func.json_each(variables).table_valued(*(column(name, Text) for name in names))
    kind = each.c.type
    # Numbers are taken from the text: SQLite would read them as doubles.
    written = func.coalesce(variables.op("->", return_type=Text())(each.c.fullkey), cast(each.c.value, Text))
    value = case(
        (kind == "text", func.json_quote(each.c.value)),
        (kind.in_(("object", "array")), each.c.value),
        (kind.in_(("integer", "real")), written),
        else_=kind,  # null, true and false are called as they are written
    )
    return each, value


def _compact(value: ColumnElement[Any]) -> ColumnElement[str]:
    return func.regexp_replace(cast(value, Text), _SPACED, r"\1\2", "g", type_=Text)


def _key(scope: ColumnElement[int], name: ColumnElement[str], *, is_sqlite: bool) -> ColumnElement[int]:
    if is_sqlite:
        return func.variable_key(scope, name, type_=BigInteger)
    bits = cast(literal("x") + func.substr(func.md5(name), 1, 8), BIT(32))
    return scope + cast(bits, BigInteger) * (1 << _SHIFT)


def _hash(name: str) -> str:
    return md5(name.encode(), usedforsecurity=False).hexdigest()[:8]
