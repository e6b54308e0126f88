"""What is done in process when a diagram asks for it: one module per job type, named like it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Job:
    """What a handler is given. It may be given the same job twice: `key` tells that it is the same."""

    key: int
    type: str
    instance_key: int
    root_key: int
    element_id: str
    headers: Mapping[str, str]
    variables: Mapping[str, Any]
    retries: int


# Runs outside any transaction; answers the variables of its result. Raises BpmnError for what the diagram foresees.
# For a listener of a user task it answers `denied`, `deniedReason`, `corrections` instead (engine/task_listeners.py),
# for an ad-hoc sub-process `variables` and what it chooses (engine/ad_hoc.py).
JobHandler = Callable[[Job], Mapping[str, Any] | None]
