"""What a called process gives its caller: its result, and the errors and escalations that it does not catch itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from service import bpmn
from service.engine import versions
from service.errors import StuckError

if TYPE_CHECKING:
    from service.engine.step import Step


def begin(step: Step, row: dict[str, Any], wait: bpmn.Wait, caller: bpmn.Run) -> tuple[int, Mapping[str, Any] | None]:
    """Start the process that a call activity calls; its key, and its variables if it has ended. Raises StuckError."""
    reference = wait.attributes
    target, binding, tag = reference["process_id"], reference["binding"], reference["version_tag"]
    definition = versions.bound(step.connection, "process", target, binding, tag, row["definition_key"], step.at)
    if definition is None:
        raise StuckError(
            wait.element_id,
            f"The called process {reference['process_id']} is not deployed.",
            "CALLED_ELEMENT_ERROR",
            number=wait.number,
        )
    parent = (row["key"], wait.id, row["root_key"])
    return step.start(definition, reference["variables"], parent=parent, caller=caller)


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
    if caller is None:
        parent = step.instance(row["parent_key"])
        if parent["state"] != "ACTIVE":
            return ""
        caller = step.restored(parent)
    return caller.catches(row["parent_wait_id"], event, code)
