"""Variables as clients list and ask for them; they live in their instances, not in rows of their own."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from flask import Blueprint
from marshmallow import fields
from sqlalchemy import BigInteger, Boolean, ColumnElement, Text, column, select, true

from service import exact_json
from service.engine import process_instances
from service.errors import Invalid, Problem
from service.store.queries import Custom, Field, holds
from service.store.tables import element_instance, process_instance, user_task
from service.web import here
from service.web.access import require_instance, seen_tasks
from service.web.api.filters import search_body
from service.web.api.operations import described
from service.web.api.schemas import page_of
from service.web.api.schemas.variables import Variable
from service.web.api.wire import MAX_KEY, TENANT, Body, body, json_text, query, read_boolean, read_key, read_text

blueprint = Blueprint("variables", __name__)

_EQUAL = {
    "anyOf": [
        {"type": "string"},
        {
            "type": "object",
            "properties": {"$eq": {"type": "string"}},
            "additionalProperties": False,
            "minProperties": 1,
        },
    ],
    "description": "JSON, as text.",
}
VARIABLES: Mapping[str, Any] = {
    "type": "array",
    "maxItems": 20,
    "items": {
        "type": "object",
        "properties": {"name": {"type": "string"}, "value": _EQUAL},
        "required": ["name", "value"],
    },
    "description": "All these variables have these values.",
}

# They are in no column of their own: these say what they are compared as.
FIELDS = {
    "name": Field(column("name", Text), read_text),
    "value": Field(column("value", Text), read_text),
    "variableKey": Field(column("variable_key", BigInteger), read_key),
    "scopeKey": Field(column("scope_key", BigInteger), read_key),
    "processInstanceKey": Field(column("instance_key", BigInteger), read_key),
    "isTruncated": Field(column("is_truncated", Boolean), read_boolean),
}
VariableSearch, VariablePage = search_body("Variable", FIELDS, {}), page_of(Variable)


class Truncation(Body):
    truncateValues = fields.Boolean(
        truthy={"true", "True"},
        falsy={"false", "False"},
        load_default=True,
        metadata={"description": "Whether long values are cut; `isTruncated` tells which are."},
    )


_LONGEST = 8_191  # characters of a value, unless `truncateValues=false`


@dataclass(frozen=True, slots=True)
class Scope:
    """Where variables live: a process instance, or an element instance inside of it."""

    instance_key: int
    root_key: int
    key: int


@blueprint.post("/variables/search")
@described("searchVariables", takes=VariableSearch, query=Truncation, gives=VariablePage, fails=(404,))
def search() -> dict[str, Any]:
    """The variables of one process instance and of its open user tasks; a scope tells the instance too."""
    asked = body()["filter"] or {}
    try:
        key = read_key(_literal(asked.get("processInstanceKey", asked.get("scopeKey"))))
    except ValueError:
        mend = "Give the key of the process instance, or of a scope in it."
        raise Invalid(
            "filter.processInstanceKey or filter.scopeKey is needed.",
            [Problem("processInstanceKey", "is needed", mend)],
        ) from None
    with here().database.read() as connection:
        if "processInstanceKey" not in asked:
            owner = select(element_instance.c.instance_key).where(element_instance.c.key == key)
            key = connection.execute(owner).scalar() or key
        instance = process_instances.get(connection, key)
        require_instance(connection, key)
        tasks_of = select(user_task.c.key, user_task.c.element_instance_key, user_task.c.variables)
        tasks = connection.execute(tasks_of.where(user_task.c.instance_key == key, seen_tasks())).all()
    scopes = [(Scope(key, instance["root_key"], key), instance["variables"])]
    scopes += [
        (Scope(key, instance["root_key"], task.element_instance_key or task.key), task.variables) for task in tasks
    ]
    return listed(scopes)


def listed(scopes: Iterable[tuple[Scope, Mapping[str, Any]]]) -> dict[str, Any]:
    """The page of these variables that the request asks for."""
    asked = body()
    page = asked["page"] or {"limit": 100, "from_": 0, "after": None, "before": None}
    if page["after"] or page["before"]:
        raise Invalid("page: these lists go by `from` and `limit`.", [Problem("page", "has a cursor", "Use from.")])
    descending = bool(asked["sort"]) and asked["sort"][0]["order"].upper() == "DESC"
    wanted = asked["filter"] or {}
    rows = [
        (name, scope, value)
        for scope, variables in scopes
        for name, value in sorted(variables.items(), reverse=descending)
        if _is_wanted(wanted, name, scope, value)
    ]
    chosen = rows[page["from_"] : page["from_"] + page["limit"]]
    is_whole = not query()["truncateValues"]
    return {
        "items": [_show(name, scope, value, is_whole=is_whole) for name, scope, value in chosen],
        "page": {"totalItems": len(rows), "hasMoreTotalItems": False, "startCursor": None, "endCursor": None},
    }


def matching(held: ColumnElement[Any]) -> Custom:
    """The filter `[{"name": …, "value": JSON text}]`: all these variables have these values."""

    def match(asked: Any) -> ColumnElement[bool]:
        if not isinstance(asked, list) or len(asked) > 20:
            raise ValueError(asked)
        condition: ColumnElement[bool] = true()
        for one in asked:
            value = exact_json.loads(read_text(_literal(one["value"])))
            condition &= holds(held, read_text(one["name"]), value, is_sqlite=here().database.is_sqlite)
        return condition

    return match


instance_match = matching(process_instance.c.variables)
local_match = matching(user_task.c.variables)


def _literal(value: Any) -> Any:
    """A value, or that of its only operator `$eq`; raises ValueError for another."""
    if isinstance(value, Mapping):
        if list(value) != ["$eq"]:
            raise ValueError(value)
        return value["$eq"]
    return value


def _is_wanted(asked: Mapping[str, Any], name: str, scope: Scope, value: Any) -> bool:
    for field, operand in asked.items():
        match field:
            case "name":
                fits = _fits(field, name, operand)
            case "value":
                fits = _fits(field, json_text(value), operand, _as_kept)
            case "scopeKey":
                fits = _fits(field, str(scope.key), operand, str)
            case "variableKey":
                fits = _fits(field, str(_key(scope, name)), operand, str)
            case "isTruncated":
                fits = _fits(field, len(json_text(value)) > _LONGEST, operand)
            case "processInstanceKey" | "tenantId":
                continue
            case _:
                raise Invalid(f"filter.{field}: there is no such field.", [Problem(field, "is not known here")])
        if not fits:
            return False
    return True


def _as_kept(operand: Any) -> Any:
    """JSON text in the form that values are told in; other text as it is, which no value is."""
    try:
        return json_text(exact_json.loads(read_text(operand)))
    except (ValueError, RecursionError):
        return operand


def _fits(field: str, told: Any, asked: Any, read: Callable[[Any], Any] = lambda operand: operand) -> bool:
    """Whether a value is the one asked for, or fits all operators; `read` makes operands comparable."""
    operators = asked if isinstance(asked, Mapping) else {"$eq": asked}
    for sign, operand in operators.items():
        match sign:
            case "$eq":
                fits = told == read(operand)
            case "$neq":
                fits = told != read(operand)
            case "$exists":
                fits = bool(operand)
            case "$in" if isinstance(operand, list):
                fits = told in [read(one) for one in operand]
            case "$notIn" if isinstance(operand, list):
                fits = told not in [read(one) for one in operand]
            case "$like" if isinstance(operand, str) and isinstance(told, str):
                fits = fnmatchcase(told, operand.replace("[", "[[]"))
            case _:
                raise Invalid(f"filter.{field}: “{sign}” does not fit.", [Problem(field, "does not fit")])
        if not fits:
            return False
    return True


def _show(name: str, scope: Scope, value: Any, *, is_whole: bool) -> dict[str, Any]:
    told = json_text(value)
    is_truncated = not is_whole and len(told) > _LONGEST
    return {
        "name": name,
        "value": told[:_LONGEST] if is_truncated else told,
        "isTruncated": is_truncated,
        "tenantId": TENANT,
        "variableKey": str(_key(scope, name)),
        "scopeKey": str(scope.key),
        "processInstanceKey": str(scope.instance_key),
        "rootProcessInstanceKey": str(scope.root_key),
    }


def _key(scope: Scope, name: str) -> int:
    """A key that is always the same for the same variable, though it has no row."""
    return (scope.key ^ (zlib.crc32(name.encode()) << 20)) & MAX_KEY
