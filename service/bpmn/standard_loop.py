"""An activity that is done again and again while its condition holds: a body, and below it one round at a time.

As BPMN 2.0 has it (13.3.6): the condition is asked after each round, or with `testBefore` before each; the maximum ends
it as well. A round has a scope of its own with `loopCounter`, its number; the condition reads in `loopCounter` how many
rounds are done. What comes of a round goes out as it does of an activity that is done once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from SpiffWorkflow.task import Task

from service.bpmn.model import Element, StandardLoop
from service.bpmn.multi_instance import COUNTER, EACH, KEPT
from service.errors import StuckError

if TYPE_CHECKING:
    from service.bpmn.run import Run


def begin(run: Run, body: Task, element: Element) -> bool | None:
    """Make the first round; True if there is none. Raises StuckError for a condition that is no answer."""
    body.internal_data[KEPT] = {"done": 0, "terminated": 0, "enough": False}
    if _drawn(element).test_before and not _holds(run, body, element, 0):
        return True
    _next(run, body, element)
    return None


def collect(run: Run, instance: Task, element: Element) -> None:
    """A round is done: see whether that is enough. Raises StuckError."""
    loop, kept = _drawn(element), instance.parent.internal_data[KEPT]
    kept["done"] += 1
    if loop.maximum is not None and kept["done"] >= loop.maximum:
        kept["enough"] = True
    elif not loop.test_before:
        kept["enough"] = not _holds(run, instance, element, kept["done"])


def is_done(run: Run, body: Task, element: Element) -> bool:
    """Whether the loop is over, after a round has ended; makes the next one."""
    kept = body.internal_data[KEPT]
    enough = kept["enough"] or kept["terminated"]
    if enough or (_drawn(element).test_before and not _holds(run, body, element, kept["done"])):
        return True
    _next(run, body, element)
    return False


def _next(run: Run, body: Task, element: Element) -> None:
    number = body.internal_data[KEPT]["done"] + 1
    instance = run.arrive(element.id + EACH, body, None)
    instance.internal_data[COUNTER] = number
    run.open_scope(instance)
    run.scopes.put(instance.id, {"loopCounter": number}, run.changed)


def _holds(run: Run, task: Task, element: Element, rounds: int) -> bool:
    condition = _drawn(element).condition
    answer: Any = True if condition is None else run.evaluate(condition, task, element.id, {"loopCounter": rounds})
    if condition is not None and not isinstance(answer, bool):
        instead = run.instead(condition, task, {"loopCounter": rounds})
        text = f"The loop condition at “{element.name or element.id}” is neither true nor false{instead}"
        raise StuckError(element.id, f"{text}: {condition.text}", "CONDITION_ERROR")
    return bool(answer)


def _drawn(element: Element) -> StandardLoop:
    if not isinstance(element.loop, StandardLoop):
        raise StuckError(element.id, "It is drawn without a loop.", "STATE_ERROR")
    return element.loop
