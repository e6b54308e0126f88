"""User tasks: find, claim, put back, change, complete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint
from marshmallow import fields, validate
from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, func, or_, select

from service.engine import user_tasks
from service.errors import Invalid, Problem
from service.hotline import task_drafts
from service.store.queries import Field, condition, texts, unsought
from service.store.tables import form, process_definition, process_instance, user_task, user_task_candidate
from service.store.variables import Scope
from service.web import here
from service.web.access import (
    has_many_tasks,
    require_candidates,
    require_claim,
    require_own,
    require_put_back,
    require_seen,
    seen_tasks,
)
from service.web.api.filters import TAGS, TEXT, searches
from service.web.api.listened import Answered, answered
from service.web.api.operations import described
from service.web.api.process_definitions import show_form
from service.web.api.process_instances import tags_match
from service.web.api.schemas.process_definitions import Form
from service.web.api.schemas.user_tasks import UserTask
from service.web.api.schemas.values import USER_TASK_STATES
from service.web.api.variables import (
    VARIABLES,
    Truncation,
    VariablePage,
    VariableSearch,
    instance_match,
    listed,
    local_match,
)
from service.web.api.wire import (
    TENANT,
    Body,
    OneOf,
    body,
    flag,
    found,
    instant,
    key_of,
    name,
    names,
    read_instant,
    read_integer,
    read_key,
    read_text,
    text,
    variables,
)
from service.web.auth import caller

blueprint = Blueprint("user_tasks", __name__)

_table, _definition, _instance = user_task, process_definition, process_instance

FIELDS = {
    "userTaskKey": Field(_table.c.key, read_key),
    "elementInstanceKey": Field(_table.c.element_instance_key, read_key),
    "processInstanceKey": Field(_table.c.instance_key, read_key),
    "rootProcessInstanceKey": Field(_table.c.root_key, read_key),
    "processDefinitionKey": Field(_table.c.definition_key, read_key),
    "processDefinitionId": Field(_definition.c.process_id, read_text),
    "businessId": Field(_instance.c.business_id, read_text),
    "elementId": Field(_table.c.element_id, read_text),
    "name": Field(_table.c.name, read_text),
    "state": Field(_table.c.state, OneOf(USER_TASK_STATES)),
    "assignee": Field(_table.c.assignee, read_text),
    "priority": Field(_table.c.priority, read_integer),
    "creationDate": Field(_table.c.created_at, read_instant),
    "completionDate": Field(_table.c.completed_at, read_instant, ("state", "COMPLETED")),
    "dueDate": Field(_table.c.due_at, read_instant),
    "followUpDate": Field(_table.c.follow_up_at, read_instant),
}


_MANY = 20_000
_CANDIDATES = frozenset({"candidate_groups", "candidate_users"})


class Assignment(Body):
    assignee = name(required=True)
    allowOverride = flag(default=True)
    action = name()


class Completion(Body):
    variables = variables()
    action = name()


class Changeset(Body):
    """Null leaves what is there; an empty text puts an instant aside, an empty list all candidates."""

    dueDate = fields.String(allow_none=True)
    followUpDate = fields.String(allow_none=True)
    candidateGroups = names()
    candidateUsers = names()
    priority = fields.Integer(strict=True, allow_none=True, validate=validate.Range(0, 100))


class Change(Body):
    changeset = fields.Nested(Changeset, load_default=dict, allow_none=True)
    action = name()


class BareChange(Change, Changeset):
    """Both ways to write it down, so that neither is passed over in silence."""


@blueprint.post("/user-tasks/search")
@searches(
    "searchUserTasks",
    UserTask,
    FIELDS,
    candidateGroup=TEXT,
    candidateUser=TEXT,
    processInstanceVariables=VARIABLES,
    localVariables=VARIABLES,
    tags=TAGS,
)
def search() -> dict[str, Any]:
    """User tasks."""
    asked = body()["filter"] or {}
    only_open = asked.get("state") in ("CREATED", {"$eq": "CREATED"})
    custom = {
        "candidateGroup": lambda value: _has_candidate("group", value, only_open=only_open),
        "candidateUser": lambda value: _has_candidate("user", value, only_open=only_open),
        "processInstanceVariables": instance_match,
        "localVariables": local_match,
        "tags": tags_match,
    }
    walked, sorts = None, [one["field"] for one in body()["sort"] or []]
    if _is_of_done(asked, sorts):
        with here().database.read() as connection:
            walked = seen_tasks(walked=True) if has_many_tasks(connection) else None
    if sorts == ["creationDate"] and _are_many(asked.get("processDefinitionId")):
        custom["processDefinitionId"] = _of_process
    return found(rows(), _table.c.key, FIELDS, _show, custom=custom, meant=seen_tasks(), walked=walked)


def _is_of_done(filter_: Mapping[str, Any], sorts: Sequence[str]) -> bool:
    """Whether those are asked for that were done last: the list that grows for ever, and is in order in an index."""
    return filter_.get("state") in ("COMPLETED", {"$eq": "COMPLETED"}) and sorts == ["completionDate"]


def _are_many(process_id: Any) -> bool:
    """Whether a process has so many user tasks that those of all are sooner gone through in order than its own
    sorted."""
    if not isinstance(process_id, str):
        return False
    tasks = select(_table.c.key).where(_table.c.definition_key.in_(_versions(process_id))).limit(_MANY).subquery()
    with here().database.read() as connection:
        return connection.execute(select(func.count()).select_from(tasks)).scalar_one() == _MANY


def _of_process(process_id: str) -> ColumnElement[bool]:
    key = unsought(_table.c.definition_key, is_sqlite=here().database.is_sqlite)
    return key.in_(_versions(process_id))


def _versions(process_id: str) -> Select[tuple[int]]:
    return select(_definition.c.key).where(_definition.c.process_id == process_id)


@blueprint.get("/user-tasks/<key>")
@described("getUserTask", gives=UserTask)
def get(key: str) -> dict[str, Any]:
    """One user task."""
    with here().database.read() as connection:
        require_seen(connection, key_of(key))
        return _show(connection.execute(rows().where(_table.c.key == key_of(key))).mappings().one())


@blueprint.post("/user-tasks/<key>/assignment")
@described("assignUserTask", takes=Assignment, fails=(409, 504))
def assign(key: str) -> Answered:
    """Give a user task to one of its candidates, or claim it.

    With `allowOverride` false, all but the first of many claimants are refused with 409.
    """
    asked = body()
    override = asked["allowOverride"] is not False
    return give(key_of(key), asked["assignee"], override=override, action=asked["action"])


def give(key: int, assignee: str, *, override: bool, action: str | None = None) -> Answered:
    """The same, as pages ask for it."""
    parts = here()

    def ask(connection: Connection) -> int | None:
        may_override = require_claim(connection, key, assignee)
        return user_tasks.assign(
            connection,
            parts.engine,
            key,
            assignee,
            by=caller().id,
            allow_override=override and may_override,
            action=action,
        )

    return answered(key, ask)


@blueprint.delete("/user-tasks/<key>/assignee")
@described("unassignUserTask", fails=(409, 504))
def unassign(key: str) -> Answered:
    """Put a user task back."""
    return put_back(key_of(key))


def put_back(key: int) -> Answered:
    """The same, as pages ask for it."""
    parts = here()

    def ask(connection: Connection) -> int | None:
        require_put_back(connection, key)
        return user_tasks.unassign(connection, parts.engine, key, by=caller().id)

    return answered(key, ask)


@blueprint.patch("/user-tasks/<key>")
@described("updateUserTask", takes=Change, fails=(409, 504))
def change(key: str) -> Answered:
    """Change the dates, the candidates or the priority of a user task."""
    return _change(key, body()["changeset"] or {}, body()["action"])


@blueprint.patch("/user-tasks/<key>/update")
@described("updateUserTaskBarely", takes=BareChange, fails=(409, 504))
def change_barely(key: str) -> Answered:
    """The same, as @camunda8/sdk 8.8 asks for it: under this path, the changeset with nothing around it."""
    given = body()
    return _change(key, given["changeset"] or given, given["action"])


def _change(key: str, asked: Mapping[str, Any], action: str | None) -> Answered:
    parts = here()
    columns = {
        "dueDate": "due_at",
        "followUpDate": "follow_up_at",
        "candidateGroups": "candidate_groups",
        "candidateUsers": "candidate_users",
        "priority": "priority",
    }
    changes: dict[str, Any] = {}
    for field, column in columns.items():
        if (value := asked.get(field)) is not None:
            changes[column] = _date(field, value) if field in ("dueDate", "followUpDate") else value

    def ask(connection: Connection) -> int | None:
        require_seen(connection, key_of(key))
        if not _CANDIDATES.isdisjoint(changes):
            require_candidates(connection, key_of(key))
        return user_tasks.change(connection, parts.engine, key_of(key), changes, by=caller().id, action=action)

    return answered(key_of(key), ask)


@blueprint.post("/user-tasks/<key>/completion")
@described("completeUserTask", takes=Completion, fails=(409, 504))
def complete(key: str) -> Answered:
    """Complete with the answers of the form; 400 names each that does not fit."""
    asked = body()
    return finish(key_of(key), asked["variables"] or {}, action=asked["action"])


def finish(key: int, given: Mapping[str, Any], *, action: str | None = None) -> Answered:
    """The same, as pages ask for it."""
    parts = here()

    def ask(connection: Connection) -> int | None:
        require_own(connection, key)
        asked = user_tasks.complete(connection, parts.engine, key, given, by=caller().id, action=action)
        if asked is None:
            task_drafts.forget(connection, key)
        return asked

    return answered(key, ask)


@blueprint.get("/user-tasks/<key>/form")
@described("getUserTaskForm", gives=Form, or_nothing=True)
def show_its_form(key: str) -> dict[str, Any] | tuple[str, int]:
    """The form in the version that the task was made with; 204 if it has none."""
    with here().database.read() as connection:
        require_seen(connection, key_of(key))
        form_key = user_tasks.get(connection, key_of(key))["form_key"]
        row = connection.execute(select(form).where(form.c.key == form_key)).mappings().first()
    return show_form(row) if row else ("", 204)


@blueprint.post("/user-tasks/<key>/variables/search")
@described("searchUserTaskVariables", takes=VariableSearch, query=Truncation, gives=VariablePage)
def search_variables(key: str) -> dict[str, Any]:
    """All that there are where the task is: its own variables, then those of each scope around it."""
    return listed(_scopes_of(key))


@blueprint.post("/user-tasks/<key>/effective-variables/search")
@described("searchUserTaskEffectiveVariables", takes=VariableSearch, query=Truncation, gives=VariablePage)
def search_effective_variables(key: str) -> dict[str, Any]:
    """All that the task sees: of several with one name the innermost."""
    seen: list[tuple[Scope, Mapping[str, Any]]] = []
    for scope, own in _scopes_of(key):
        hidden = {name for _, inner in seen for name in inner}
        seen.append((scope, {name: value for name, value in own.items() if name not in hidden}))
    return listed(seen)


def _scopes_of(key: str) -> list[tuple[Scope, dict[str, Any]]]:
    with here().database.read() as connection:
        require_seen(connection, key_of(key))
        return user_tasks.scopes(connection, here().engine, key_of(key))


def _date(field: str, value: str) -> datetime | None:
    try:
        return read_instant(value) if value else None
    except ValueError:
        raise Invalid(f"{field} is no date and time.", [Problem(field, "is no date and time")]) from None


def rows() -> Select[Any]:
    """User tasks, each with what its process and its instance are called."""
    definition, owner = _definition.c, _instance.c
    return (
        select(
            *_table.c,
            definition.process_id,
            definition.name.label("process_name"),
            definition.version.label("process_version"),
            owner.business_id,
            owner.tags,
        )
        # Both are there. Outer joins are left out by the database where nothing of them is asked for.
        .outerjoin_from(_table, _definition, definition.key == _table.c.definition_key)
        .outerjoin(_instance, owner.key == _table.c.instance_key)
    )


def _show(row: RowMapping) -> dict[str, Any]:
    return {
        "name": row["name"] or None,
        "state": row["state"],
        "assignee": row["assignee"],
        "elementId": row["element_id"],
        "candidateGroups": row["candidate_groups"],
        "candidateUsers": row["candidate_users"],
        "processDefinitionId": row["process_id"],
        "creationDate": instant(row["created_at"]),
        "completionDate": instant(row["completed_at"]),
        "followUpDate": instant(row["follow_up_at"]),
        "dueDate": instant(row["due_at"]),
        "tenantId": TENANT,
        "externalFormReference": row["outside_form"],
        "processDefinitionVersion": row["process_version"],
        "customHeaders": row["headers"],
        "priority": row["priority"],
        "userTaskKey": str(row["key"]),
        "elementInstanceKey": str(row["element_instance_key"] or row["key"]),
        "processName": row["process_name"] or None,
        "processDefinitionKey": str(row["definition_key"]),
        "processInstanceKey": str(row["instance_key"]),
        "rootProcessInstanceKey": str(row["root_key"]),
        "businessId": row["business_id"],
        "formKey": text(row["form_key"]),
        "tags": row["tags"],
    }


def _has_candidate(kind: str, value: Any, *, only_open: bool) -> ColumnElement[bool]:
    """Open tasks by the rows of their candidates, which have an index; closed ones by what they say themselves."""
    candidate = user_task_candidate.c
    named = condition("candidate", Field(candidate.name, read_text), value)
    is_candidate = _table.c.key.in_(select(candidate.task_key).where(candidate.kind == kind, named))
    if only_open:
        return is_candidate
    column = _table.c.candidate_groups if kind == "group" else _table.c.candidate_users
    each, one = texts(column, is_sqlite=here().database.is_sqlite)
    was = select(one).select_from(each).where(condition("candidate", Field(one, read_text), value)).exists()
    return or_(is_candidate, and_(_table.c.state != "CREATED", was))
