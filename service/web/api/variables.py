"""Variables as clients list and ask for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from flask import Blueprint
from marshmallow import fields
from sqlalchemy import ColumnElement, FromClause, RowMapping, Subquery, and_, case, false, func, null, select, true

from service import exact_json
from service.errors import Invalid, NotFound, Problem
from service.hotline import protections
from service.hotline.fields import VEIL
from service.hotline.protections import NOTHING
from service.store import variables as store
from service.store.queries import Custom, Field, condition, holds
from service.store.tables import element_instance, process_instance, user_task
from service.web import here
from service.web.access import seen_instances, seen_locals
from service.web.api.filters import TEXT, search_body
from service.web.api.operations import described
from service.web.api.schemas import page_of
from service.web.api.schemas.variables import Variable
from service.web.api.wire import TENANT, Body, body, found, json_text, key_of, query, read_boolean, read_key, read_text
from service.web.eyes import eyes, marks, tell_secret

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


def _fields(rows: FromClause, value: ColumnElement[str]) -> dict[str, Field]:
    return {
        "name": Field(rows.c.name, read_text),
        "value": Field(value, read_text),
        "variableKey": Field(rows.c.variable_key, read_key),
        "scopeKey": Field(rows.c.scope_key, read_key),
        "processInstanceKey": Field(rows.c.instance_key, read_key),
        "isTruncated": Field(func.length(value) > _LONGEST, read_boolean),
    }


_ANY = store.rows(true(), true(), is_sqlite=True)
VariableSearch = search_body("Variable", _fields(_ANY, _ANY.c.value), {})
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

    Of more than 10,000 the answer tells the first 10,000 by number, and that there are more. Over what you may not see
    there is a veil: `"***"`.
    """
    asked = body()["filter"] or {}
    if "value" in asked and isinstance(asked.get("name"), str):
        _refuse_protected(asked["name"])
    rows = _seen()
    return _found(rows, *_shown(rows))


@blueprint.get("/variables/<key>")
@described("getVariable", gives=Variable)
def get(key: str) -> dict[str, Any]:
    """One variable, with its whole value."""
    rows, asked = _seen(), key_of(key)
    near = rows.c.scope_key.between(asked - store.FARTHEST_KEY, asked)
    value, sealed = _shown(rows)
    query = select(*_told(rows), value.label("value"), sealed.label("sealed"), false().label("is_cut"))
    query = query.where(near, rows.c.variable_key == asked)
    with here().database.read() as connection:
        row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFound(f"There is no variable {key}.")
    one = _show(row)
    _tell([one])
    return one


def of_instance(key: int) -> list[dict[str, Any]]:
    """Those of a process instance, whole and by their names."""
    is_it = and_(seen_instances(process_instance.c.key), process_instance.c.key == key)
    rows = store.rows(is_it, false(), is_sqlite=here().database.is_sqlite)
    value, sealed = _shown(rows)
    query = select(*_told(rows), value.label("value"), sealed.label("sealed"), false().label("is_cut"))
    with here().database.read() as connection:
        items = [_show(row) for row in connection.execute(query.order_by(rows.c.name)).mappings()]
    _tell(items)
    return items


def listed(scopes: Iterable[tuple[store.Scope, Mapping[str, Any]]]) -> dict[str, Any]:
    """The page of these variables that the request asks for."""
    rows = store.rows_of(_veiled(scopes), is_sqlite=here().database.is_sqlite)
    return _found(rows, rows.c.value, rows.c.sealed)


def _veiled(scopes: Iterable[tuple[store.Scope, Mapping[str, Any]]]) -> list[tuple[store.Scope, Mapping[str, Any]]]:
    """Of one process instance."""
    all_ = list(scopes)
    secret = marks(all_[0][0].root_key) if all_ else NOTHING
    return [(scope, eyes().told(own, secret)) for scope, own in all_]


def _seen() -> Subquery:
    return store.rows(seen_instances(process_instance.c.key), seen_locals(), is_sqlite=here().database.is_sqlite)


def _shown(rows: Subquery) -> tuple[ColumnElement[str], ColumnElement[bytes]]:
    """The value of each as it is shown, and what is sealed of it if that is shown too."""
    veiled = eyes().is_veiled(rows.c.name, rows.c.root_key)
    return case((veiled, json_text(VEIL)), else_=rows.c.value), case((veiled, null()), else_=rows.c.sealed)


def _told(rows: Subquery) -> list[ColumnElement[Any]]:
    return [column for column in rows.c if column.name not in ("value", "sealed")]


def _found(rows: Subquery, whole: ColumnElement[str], sealed: ColumnElement[bytes]) -> dict[str, Any]:
    """`whole` is the value of each as it is shown: by it they are found and sorted too."""
    columns, value = rows.c, whole
    is_cut: ColumnElement[bool] = false()
    if query()["truncateValues"]:
        value, is_cut = func.substr(whole, 1, _LONGEST), func.length(whole) > _LONGEST
    chosen = select(*_told(rows), value.label("value"), sealed.label("sealed"), is_cut.label("is_cut"))
    custom = {"value": partial(_compared, value=whole)}
    fields_, show = _fields(rows, whole), partial(_show, longest=_LONGEST if query()["truncateValues"] else None)
    answer = found(chosen, (columns.scope_key, columns.name), fields_, show, custom=custom, is_made=True)
    _tell(answer["items"])
    return answer


def _tell(items: Iterable[Mapping[str, Any]]) -> None:
    """Tell auditors of what is personal and was shown out of matters in which something is secret."""
    shown = {
        int(one["rootProcessInstanceKey"])
        for one in items
        if eyes().kind(one["name"]) != "OTHER" and one["value"] != json_text(VEIL)
    }
    if not shown:
        return
    with here().database.read() as connection:
        secret = protections.of(connection, shown)
    for key, found_ in secret.items():
        tell_secret(f"process-instance {key}", found_)


def _as_told(operand: Any) -> Any:
    """JSON text in the form that values are told in; other text as it is, which no value is."""
    text = read_text(operand)
    try:
        compact = json_text(exact_json.loads(text))
    except (ValueError, RecursionError):
        return text
    return store.as_told(compact, is_sqlite=here().database.is_sqlite)


def matching(held: ColumnElement[Any], root_key: ColumnElement[int]) -> Custom:
    """The filter `[{"name": …, "value": JSON text, or operators with it}]`: all these variables are like that, and
    shown to whoever asks."""

    def match(asked: Any) -> ColumnElement[bool]:
        if not isinstance(asked, list) or len(asked) > 20:
            raise ValueError(asked)
        named = [(read_text(one["name"]), one["value"]) for one in asked]
        may = (eyes().may_compare(name, root_key) for name, _ in named)
        return and_(true(), *may, *(_is_like(held, name, value) for name, value in named))

    return match


def _is_like(held: ColumnElement[Any], name: str, asked: Any) -> ColumnElement[bool]:
    is_sqlite = here().database.is_sqlite
    operators = dict(asked) if isinstance(asked, Mapping) else {"$eq": asked}
    if operators.keys() != {"$exists"}:
        _refuse_protected(name)
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


def _refuse_protected(name: str) -> None:
    if name in here().engine.protection.names:
        text = f"The variable {name} is sealed, so nothing is found by what it holds."
        raise Invalid(text, [Problem("filter", text, "Ask whether it is there, or for another variable.")])


def _compared(operators: Mapping[str, Any], value: ColumnElement[str]) -> ColumnElement[bool]:
    return condition("value", Field(value, _as_told), operators)


instance_match = matching(process_instance.c.variables, process_instance.c.root_key)
_local_match = matching(element_instance.c.variables, user_task.c.root_key)


def local_match(asked: Any) -> ColumnElement[bool]:
    """The same of the variables that a user task has for itself."""
    own = select(element_instance.c.key).where(element_instance.c.key == user_task.c.element_instance_key)
    return own.where(_local_match(asked)).exists()


def _show(row: RowMapping, longest: int | None = None) -> dict[str, Any]:
    value = store.opened(here().engine.protection, row)
    return {
        "name": row["name"],
        "value": value[:longest],
        "isTruncated": bool(row["is_cut"]) or (longest is not None and len(value) > longest),
        "tenantId": TENANT,
        "variableKey": str(row["variable_key"]),
        "scopeKey": str(row["scope_key"]),
        "processInstanceKey": str(row["instance_key"]),
        "rootProcessInstanceKey": str(row["root_key"]),
    }
