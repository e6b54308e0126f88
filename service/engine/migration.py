"""Migration: instances that run go on by another version of their process, or another process."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, update

from service import bpmn
from service.engine import Engine, task_listeners, versions
from service.engine.step import RUNNING, Row, Step
from service.engine.together import with_others
from service.errors import Conflict, Invalid, NotFound, Problem, StuckError
from service.store import rows
from service.store.tables import (
    element_instance,
    incident,
    job,
    message_subscription,
    process_instance,
    signal_subscription,
    timer,
    user_task,
)

_ROWS = {
    "user-task": user_task,
    "job": job,
    "timer": timer,
    "message": message_subscription,
    "signal": signal_subscription,
}
_INSTANCE, _ELEMENT, _INCIDENT = process_instance.c, element_instance.c, incident.c
_DEFINITION_OF = (
    update(process_instance)
    .where(_INSTANCE.key == bindparam("row_key"))
    .values(definition_key=bindparam("of_target"), process_id=bindparam("of_process"))
)
_ELEMENT_OF = update(element_instance).where(
    _ELEMENT.instance_key == bindparam("of_instance"), _ELEMENT.number == bindparam("of_number")
)
_OPEN_INCIDENTS = update(incident).where(
    _INCIDENT.instance_key == bindparam("of_instance"), _INCIDENT.state == "ACTIVE"
)
_OPEN_INCIDENTS_AT = _OPEN_INCIDENTS.where(_INCIDENT.element_id == bindparam("of_element"))


def migrate(
    connection: Connection, engine: Engine, key: int, target_key: int, plan: bpmn.MigrationPlan, *, by: str
) -> None:
    """Let an instance go on by the definition with this key; what it waits for keeps its key.

    Raises NotFound, Conflict if it has ended, Invalid with all that keeps it from it, StuckError; nothing has changed
    then.
    """
    with Step(connection, engine, by=by) as step:
        step.lock(process_instance, key)
        row = step.instance(key)
        if row["state"] not in RUNNING:
            raise Conflict(f"Process instance {key} has ended already.", key=str(key))
        definition = target_of(connection, target_key)
        source = _definition(connection, row["definition_key"])
        assert source
        moved = {**row, "definition_key": target_key, "process_id": definition["process_id"]}
        run = _migrated(step, row, moved, plan)
        told = {"process": source["process_id"], "version": source["version"]}
        into = {"process": definition["process_id"], "version": definition["version"]}
        step.note(key, "migrated", None, source=told, target=into, mapping=dict(plan.mapping))
        step.change(_DEFINITION_OF, row_key=key, of_target=target_key, of_process=moved["process_id"])
        _move_rows(step, row, target_key, plan, run)
        step.settle(moved, run)


def check(
    connection: Connection, engine: Engine, keys: Iterable[int], target_key: int, plan: bpmn.MigrationPlan
) -> dict[int, tuple[Problem, ...]]:
    """What keeps each of these instances from being migrated, if anything does; nothing is changed. Raises NotFound."""
    definition = target_of(connection, target_key)
    step = Step(connection, engine, by="")
    found: dict[int, tuple[Problem, ...]] = {}
    for key in keys:
        row = step.instance(key)
        found[key] = ()
        if row["state"] not in RUNNING:
            found[key] = (Problem("", "It has ended already."),)
            continue
        try:
            _migrated(step, row, {**row, "definition_key": target_key, "process_id": definition["process_id"]}, plan)
        except Invalid as error:
            found[key] = error.problems
        except StuckError as error:
            found[key] = (Problem(error.element_id, error.message),)
    return found


def target_of(connection: Connection, key: int) -> RowMapping:
    """The definition to migrate to; raises NotFound."""
    definition = _definition(connection, key)
    if definition is None or definition["deleted_at"]:
        raise NotFound(f"There is no process definition {key}.", key=str(key))
    return definition


def _definition(connection: Connection, key: int) -> RowMapping | None:
    """Looked up once for all that are migrated together."""
    others = with_others(connection)
    known = others.definitions if others else dict[int, RowMapping | None]()
    if key not in known:
        known[key] = versions.newest(connection, "process", key=key)
    return known[key]


def _migrated(step: Step, row: RowMapping, moved: dict[str, Any], plan: bpmn.MigrationPlan) -> bpmn.Run:
    models = [step.engine.process_model(step.connection, one["definition_key"]) for one in (row, moved)]
    return bpmn.migrate(models[0], models[1], plan, step.state(row), step.context(moved))


def _move_rows(step: Step, row: Row, target_key: int, plan: bpmn.MigrationPlan, run: bpmn.Run) -> None:
    """The rows of what was waited for and is still: they keep their keys and all that people and workers know."""
    for wait_id, entry in row["waits"].items():
        table, wait = _ROWS.get(entry[0]), run.waits.get(wait_id.removesuffix(task_listeners.BESIDE))
        if table is None or wait is None:
            continue
        values = {"definition_key": target_key, "element_id": wait.element_id}
        if table is user_task:
            values["name"] = wait.name
            drawn = run.model.elements[wait.element_id].user_task
            values["listens"] = " ".join(dict.fromkeys(one.event for one in drawn.listeners) if drawn else ())
        step.change(rows.change(table), row_key=entry[1], **values)
    mine = {"of_instance": row["key"]}
    for number, element in bpmn.standing(run).items():
        step.change(_ELEMENT_OF, **mine, of_number=number, element_id=element.id, name=element.name)
    step.change(_OPEN_INCIDENTS, **mine, definition_key=target_key)
    for before, after in plan.mapping.items():
        step.change(_OPEN_INCIDENTS_AT, **mine, of_element=before, element_id=after)
