"""Variables as clients list and ask for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from flask import Blueprint
from marshmallow import fields
from sqlalchemy import ColumnElement, FromClause, RowMapping, Subquery, and_, false, func, select, true

from service import exact_json
from service.errors import NotFound
from service.store import variables as store
from service.store.queries import Custom, Field, condition, holds
from service.store.tables import element_instance, process_instance, user_task
from service.web import here
from service.web.access import seen_instances, seen_locals
from service.web.api.filters import TEXT, search_body
from service.web.api.operations import described
from service.web.api.schemas import page_of
from service.web.api.schemas.variables import Variable
from service.web.api.wire import TENANT, Body, found, json_text, key_of, query, read_boolean, read_key, read_text

blueprint = Blueprint("variables", __name__)

VARIABLES: Mapping[str, Any] = {
    "type": "array",
    "maxItems": 20,
    "items": {
        "type": "object",
        "properties": {"name": {"type": "string"}, "value": TEXT},
        "required": ["name", "value"],
    },
    "description": "All these variables have these values, each JSON as text.",
}

_LONGEST = 8_191  # characters of a value, unless `truncateValues=false`


def _fields(rows: FromClause) -> dict[str, Field]:
    return {
        "name": Field(rows.c.name, read_text),
        "value": Field(rows.c.value, read_text),
        "variableKey": Field(rows.c.variable_key, read_key),
        "scopeKey": Field(rows.c.scope_key, read_key),
        "processInstanceKey": Field(rows.c.instance_key, read_key),
        "isTruncated": Field(func.length(rows.c.value) > _LONGEST, read_boolean),
    }


VariableSearch = search_body("Variable", _fields(store.rows(true(), true(), is_sqlite=True)), {})
VariablePage = page_of(Variable)


class Truncation(Body):
    truncateValues = fields.Boolean(
        truthy={"true", "True"},
        falsy={"false", "False"},
        load_default=True,
        metadata={"description": "Whether long values are cut; `isTruncated` tells which are."},
    )


@blueprint.post("/variables/search")
@described("searchVariables", takes=VariableSearch, query=Truncation, gives=VariablePage)
def search() -> dict[str, Any]:
    """The variables of process instances, and those that element instances have for themselves.

    Of more than 10,000 the answer tells the first 10,000 by number, and that there are more.
    """
    return _found(_seen())


@blueprint.get("/variables/<key>")
@described("getVariable", gives=Variable)
def get(key: str) -> dict[str, Any]:
    """One variable, with its whole value."""
    rows, asked = _seen(), key_of(key)
    near = rows.c.scope_key.between(asked - store.FARTHEST_KEY, asked)
    query = select(*rows.c, false().label("is_cut")).where(near, rows.c.variable_key == asked)
    with here().database.read() as connection:
        row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFound(f"There is no variable {key}.")
    return _show(row)


def listed(scopes: Iterable[tuple[store.Scope, Mapping[str, Any]]]) -> dict[str, Any]:
    """The page of these variables that the request asks for."""
    return _found(store.rows_of(scopes, is_sqlite=here().database.is_sqlite))


def _seen() -> Subquery:
    return store.rows(seen_instances(process_instance.c.key), seen_locals(), is_sqlite=here().database.is_sqlite)


def _found(rows: Subquery) -> dict[str, Any]:
    columns = rows.c
    value: ColumnElement[str] = columns.value
    is_cut: ColumnElement[bool] = false()
    if query()["truncateValues"]:
        value, is_cut = func.substr(columns.value, 1, _LONGEST), func.length(columns.value) > _LONGEST
    told = [column for column in columns if column is not columns.value]
    chosen = select(*told, value.label("value"), is_cut.label("is_cut"))
    custom = {"value": partial(_compared, value=columns.value)}
    return found(chosen, (columns.scope_key, columns.name), _fields(rows), _show, custom=custom, is_made=True)


def _as_told(operand: Any) -> Any:
    """JSON text in the form that values are told in; other text as it is, which no value is."""
    text = read_text(operand)
    try:
        compact = json_text(exact_json.loads(text))
    except (ValueError, RecursionError):
        return text
    return store.as_told(compact, is_sqlite=here().database.is_sqlite)


def matching(held: ColumnElement[Any]) -> Custom:
    """The filter `[{"name": …, "value": JSON text, or operators with it}]`: all these variables are like that."""

    def match(asked: Any) -> ColumnElement[bool]:
        if not isinstance(asked, list) or len(asked) > 20:
            raise ValueError(asked)
        return and_(true(), *(_is_like(held, read_text(one["name"]), one["value"]) for one in asked))

    return match


def _is_like(held: ColumnElement[Any], name: str, asked: Any) -> ColumnElement[bool]:
    is_sqlite = here().database.is_sqlite
    operators = dict(asked) if isinstance(asked, Mapping) else {"$eq": asked}
    conditions: list[ColumnElement[bool]] = []
    if "$eq" in operators:  # an index may answer this one
        value = exact_json.loads(read_text(operators.pop("$eq")))
        conditions.append(holds(held, name, value, is_sqlite=is_sqlite))
    if operators.get("$exists") is False:
        del operators["$exists"]
        conditions.append(~store.some(held, name, lambda value: true(), is_sqlite=is_sqlite))
    if operators:
        fits = partial(_compared, operators)
        conditions.append(store.some(held, name, fits, is_sqlite=is_sqlite))
    return and_(true(), *conditions)


def _compared(operators: Mapping[str, Any], value: ColumnElement[str]) -> ColumnElement[bool]:
    return condition("value", Field(value, _as_told), operators)


instance_match = matching(process_instance.c.variables)
_local_match = matching(element_instance.c.variables)


def local_match(asked: Any) -> ColumnElement[bool]:
    """The same of the variables that a user task has for itself."""
    own = select(element_instance.c.key).where(element_instance.c.key == user_task.c.element_instance_key)
    return own.where(_local_match(asked)).exists()


def _show(row: RowMapping) -> dict[str, Any]:
    return {
        "name": row["name"],
        "value": row["value"],
        "isTruncated": bool(row["is_cut"]),
        "tenantId": TENANT,
        "variableKey": str(row["variable_key"]),
        "scopeKey": str(row["scope_key"]),
        "processInstanceKey": str(row["instance_key"]),
        "rootProcessInstanceKey": str(row["root_key"]),
    }
