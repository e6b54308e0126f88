"""What a step tells those who follow it inside its transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class FollowedStep:
    """What happened to one instance, told in order; a step that calls a process or goes on in its caller tells several.

    `elements` are the ids of the elements activated, in order. `variables` are the process's own that were set, with
    their values now. `state` is ACTIVE, COMPLETED or TERMINATED.
    """

    instance_key: int
    root_key: int
    process_id: str
    definition_key: int
    business_id: str | None
    elements: tuple[str, ...]
    variables: Mapping[str, Any]
    state: str
    at: datetime
    by: str
