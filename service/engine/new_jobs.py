"""The rows of new jobs: of an element, of a listener, beside a user task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from service.store.keys import new_key
from service.store.tables import job

if TYPE_CHECKING:
    from service.engine.step import Row, Step

_OWNER = ("instance_key", "root_key", "definition_key", "wait_id", "element_instance_key", "element_id")


def add(step: Step, instance: Row, owner: Row, attributes: Mapping[str, Any], *, task_key: int | None = None) -> int:
    """A job of an element that `owner` names; answers its key.

    `attributes` tell its type, retries, headers and priority; the kind and the event of a listener, if it is none of
    the element's own.
    """
    key = new_key()
    step.add(
        job,
        key=key,
        **{name: owner[name] for name in _OWNER},
        type=attributes["type"],
        state="READY" if instance["state"] == "ACTIVE" else "PARKED",
        retries=attributes["retries"],
        due_at=step.at,
        headers=dict(attributes["headers"]),
        priority=attributes["priority"],
        kind=attributes.get("kind", "BPMN_ELEMENT"),
        listener_event=attributes.get("event", "UNSPECIFIED"),
        task_key=task_key,
        created_at=step.at,
    )
    return key
