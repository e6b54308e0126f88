"""Ad-hoc sub-processes: somebody chooses what is done in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import Connection, RowMapping, select

from service import bpmn
from service.engine import Engine
from service.engine.step import Step
from service.errors import NotFound
from service.store.tables import element_instance

# The kind of the jobs in which workers choose.
KIND = "AD_HOC_SUB_PROCESS"


@dataclass(frozen=True)
class Choice:
    """What a worker has chosen: elements, each with its variables, or that it is `enough`; `cancel` ends the others."""

    wanted: Sequence[tuple[str, Mapping[str, Any]]] = ()
    enough: bool = False
    cancel: bool = False

    @classmethod
    def read(cls, result: Mapping[str, Any]) -> Self:
        """The choice as workers give it: `activateElements`, `isCompletionConditionFulfilled`,
        `isCancelRemainingInstances`."""
        wanted = [(one["elementId"], one.get("variables") or {}) for one in result.get("activateElements") or ()]
        enough, cancel = (
            result.get(f"is{name}") for name in ("CompletionConditionFulfilled", "CancelRemainingInstances")
        )
        return cls(wanted, bool(enough), bool(cancel))


def choose(step: Step, row: RowMapping, variables: Mapping[str, Any], choice: Choice) -> None:
    """Do what was chosen in the job with this row. Raises Invalid, StuckError."""
    instance = step.instance(row["instance_key"])
    told = [{"element": id_, "variables": sorted(given)} for id_, given in choice.wanted]
    step.note(row["instance_key"], "activated", row["element_id"], activated=told, cancelled=choice.cancel)
    chosen = {"enough": choice.enough, "cancel": choice.cancel}
    step.act(instance, lambda run: bpmn.choose(run, row["wait_id"], variables, choice.wanted, **chosen))


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
