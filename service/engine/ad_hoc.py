"""Ad-hoc sub-processes: somebody chooses what is done in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from service import bpmn
from service.engine import Engine
from service.engine.step import Step
from service.errors import NotFound
from service.store.tables import element_instance


def activate(
    connection: Connection,
    engine: Engine,
    key: int,
    wanted: Sequence[tuple[str, Mapping[str, Any]]],
    *,
    cancel: bool,
    by: str,
) -> None:
    """Begin elements of an active ad-hoc sub-process, by the key of its element instance, each with its own variables.

    `cancel` ends what is active in it first. Raises NotFound, Conflict for a suspended instance, Invalid for elements
    that cannot be activated, StuckError.
    """
    found = connection.execute(select(element_instance).where(element_instance.c.key == key)).mappings().first()
    if found is None or found["state"] != "ACTIVE" or found["element_type"] != "adHocSubProcess":
        raise NotFound(f"There is no active ad-hoc sub-process {key}.", key=str(key))
    told = [{"element": id_, "variables": sorted(variables)} for id_, variables in wanted]
    with Step(connection, engine, by=by) as step:
        step.lock(element_instance, key)
        row = step.instance(found["instance_key"])
        step.note(row["key"], "activated", found["element_id"], activated=told, cancelled=cancel)
        step.act(row, lambda run: bpmn.activate(run, str(found["number"]), wanted, cancel=cancel))
