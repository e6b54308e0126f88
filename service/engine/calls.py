"""What a called process gives its caller: its result, and the errors and escalations that it does not catch itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, bindparam, func, select

from service import bpmn
from service.engine import versions
from service.errors import StuckError
from service.store.tables import process_instance

if TYPE_CHECKING:
    from service.engine.step import Step

# A process that calls itself without end is told from a deep one, and from one that calls many, by these.
MAX_LEVELS, MAX_CALLED = 200, 10_000

UNCALLABLE = "CALLED_ELEMENT_ERROR"


def begin(step: Step, row: dict[str, Any], wait: bpmn.Wait, caller: bpmn.Run) -> tuple[int, Mapping[str, Any] | None]:
    """Start the process that a call activity calls; its key, and its variables if it has ended.

    What is wrong in that process is an incident there. Raises StuckError if it cannot be called.
    """
    reference = wait.attributes
    target, binding, tag = reference["process_id"], reference["binding"], reference["version_tag"]
    if _level(step, row) >= MAX_LEVELS:
        text = f"Processes call each other more than {MAX_LEVELS} deep: {target} probably calls itself without end."
        raise StuckError(wait.element_id, text, UNCALLABLE, number=wait.number)
    if step.added(process_instance) > MAX_CALLED:
        text = f"More than {MAX_CALLED} processes would be called at once: {target} probably calls itself without end."
        raise StuckError(wait.element_id, text, UNCALLABLE)
    definition = versions.bound(step.connection, "process", target, binding, tag, row["definition_key"], step.at)
    if definition is None:
        raise StuckError(
            wait.element_id,
            f"The called process {reference['process_id']} is not deployed.",
            UNCALLABLE,
            number=wait.number,
        )
    if all(one.kind != "none" for one in step.engine.process_model(step.connection, definition["key"]).start_events):
        raise StuckError(
            wait.element_id,
            f"The called process {reference['process_id']} has no plain start event.",
            UNCALLABLE,
            number=wait.number,
        )
    parent = (row["key"], wait.id, row["root_key"])
    return step.start(definition, reference["variables"], parent=parent, caller=caller)


def _level(step: Step, row: Mapping[str, Any]) -> int:
    """How many processes are around an instance, one calling the other."""
    levels, key, parent = step.levels, row["key"], row["parent_key"]
    if key not in levels:
        if not parent:
            levels[key] = 0
        elif parent in levels:  # it was called in this step
            levels[key] = levels[parent] + 1
        else:
            levels[key] = step.connection.execute(_AROUND, {"of_key": key}).scalar_one()
    return levels[key]


def _around() -> Select[Any]:
    one = process_instance.c
    caller = select(one.parent_key.label("key")).where(one.key == bindparam("of_key")).cte("caller", recursive=True)
    callers = caller.union_all(select(one.parent_key).join(caller, one.key == caller.c.key))
    return select(func.count(callers.c.key))


_AROUND = _around()


def thrown_out(events: Sequence[bpmn.StepEvent]) -> list[bpmn.StepEvent]:
    """What a run has thrown at its caller."""
    return [event for event in events if event.kind == "thrown-out"]


def go_on(run: bpmn.Run, wait_id: str, out: Sequence[bpmn.StepEvent], result: Mapping[str, Any] | None) -> None:
    """Let a caller go on with what was thrown at it, and with the result if the called process is done."""
    for event in out:
        run.throw_in(wait_id, event)
    if result is not None:
        run.complete(wait_id, result)


def outside(step: Step, row: Mapping[str, Any], caller: bpmn.Run | None, event: str, code: str) -> str:
    """What the caller of an instance does with an error or escalation; nothing without one that goes on now.

    `caller` is its run, if that is in memory already.
    """
    if not row["parent_key"]:
        return ""
    if caller is not None:
        return caller.catches(row["parent_wait_id"], event, code)
    # Each level on the way up asks all above it: the same callers, which this step has not changed yet.
    asked = (row["key"], event, code)
    if asked not in step.caught_outside:
        parent = step.instance(row["parent_key"])
        is_active = parent["state"] == "ACTIVE"
        caught = step.restored(parent).catches(row["parent_wait_id"], event, code) if is_active else ""
        step.caught_outside[asked] = caught
    return step.caught_outside[asked]
