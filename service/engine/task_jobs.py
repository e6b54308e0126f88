"""User tasks that are drawn as jobs: a worker may do them, as in Camunda 8, or a person, whoever comes first."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import RowMapping

from service.bpmn import embedded
from service.engine import new_jobs
from service.engine.task_transitions import COMPLETING, Asked, carry_out
from service.store import rows
from service.store.tables import user_task

if TYPE_CHECKING:
    from service.engine.step import Row, Step

TYPE, TRIES = "io.camunda.zeebe:userTask", 1
_HEADER = "io.camunda.zeebe:"


def offer(step: Step, instance: Row, task: Row, attributes: Mapping[str, Any]) -> list[Any]:
    """The wait for the job of a new task."""
    told = {
        "type": TYPE,
        "retries": TRIES,
        "headers": {**attributes["headers"], **_headers(instance, task, attributes)},
        "priority": attributes["job_priority"],
    }
    return ["job", new_jobs.add(step, instance, task, told, task_key=task["key"])]


def _headers(instance: Row, task: Row, attributes: Mapping[str, Any]) -> dict[str, str]:
    """What a worker is told of the task, under the names that Camunda 8 gives it; what there is none of is left out."""
    drawn = embedded.drawn_key(instance["process_id"], attributes["form_id"] or "")
    told = {
        "assignee": attributes["assignee"],
        "candidateGroups": attributes["candidate_groups"],
        "candidateUsers": attributes["candidate_users"],
        "dueDate": attributes["due_date"] and attributes["due_date"].isoformat(),
        "followUpDate": attributes["follow_up_date"] and attributes["follow_up_date"].isoformat(),
        "formKey": attributes["outside_form"] or drawn or (task["form_key"] and str(task["form_key"])),
    }
    return {
        _HEADER + name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in told.items()
        if value
    }


def done(step: Step, given: RowMapping, variables: Mapping[str, Any]) -> None:
    """Complete the task of a job that a worker has done. Raises Invalid, StuckError."""
    task = step.connection.execute(rows.by_key(user_task), {"row_key": given["task_key"]}).mappings().one()
    carry_out(step, task, Asked(COMPLETING, step.by, variables=variables))
