"""The id by which those outside know a process instance, given to it once: at its start or by a worker."""

from __future__ import annotations

from service.engine.step import Step
from service.errors import Conflict, Invalid, Problem
from service.store import rows
from service.store.tables import process_instance


def give(step: Step, instance_key: int, business_id: str) -> None:
    """Raises Invalid for an empty one, Conflict for an instance that was called or has another."""
    if not business_id:
        raise Invalid("businessId: it is empty.", [Problem("businessId", "it is empty", "Leave it out.")])
    row = step.instance(instance_key)
    if row["parent_key"]:
        raise Conflict(f"Process instance {instance_key} was called by another, and has no business id of its own.")
    if row["business_id"] == business_id:
        return
    if row["business_id"]:
        raise Conflict(f"Process instance {instance_key} has another business id, which stays.")
    step.change(rows.change(process_instance), row_key=instance_key, business_id=business_id)
