"""An activity that is done for each member of a collection: a body, and below it an instance for each member.

As Camunda 8 has it: the collection is read when the body begins; each instance has a scope of its own with
`loopCounter`, the member and the variable of its output; what comes of them stands in the order of the collection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from SpiffWorkflow.task import Task

from service.bpmn.model import Element, MultiInstance
from service.errors import StuckError

if TYPE_CHECKING:
    from service.bpmn.run import Run
    from service.bpmn.standing import Standing

# The task specification of an instance is named like its element with this behind: no id of a diagram holds a slash.
EACH = "/each"
# More members than anybody draws for: a collection from outside must not fill the memory.
MAX_INSTANCES = 10_000

# What a body keeps: how many members there are, what became of the instances so far, and (one after the other) the
# members that are still to come. An instance keeps its `counter`.
KEPT, COUNTER = "loop", "counter"


def begin(run: Run, body: Task, element: Element) -> bool | None:
    """Make the instances, or the first of them; True if there is nothing to do. Raises StuckError for no list."""
    loop = _drawn(element)
    members = run.evaluate(loop.collection, body, element.id)
    if not isinstance(members, list):
        raise _fail(element, f"The collection is no list{run.instead(loop.collection, body)}", loop.collection.text)
    if len(members) > MAX_INSTANCES:
        raise _fail(element, f"The collection has more than {MAX_INSTANCES} members", loop.collection.text)
    if loop.output:
        run.open_scope(body)
        # Told when it goes out: each change on the way would be as long as the whole.
        run.scopes.keep(body.id, loop.output, [None] * len(members))
    kept: dict[str, Any] = {"total": len(members), "created": 0, "done": 0, "terminated": 0, "enough": False}
    body.internal_data[KEPT] = kept
    if loop.is_sequential:
        kept["members"] = members
        _next(run, body, element)
    else:
        for member in members:
            _create(run, body, element, member)
    return None if kept["total"] else True  # of one member that is done alone, none is still to come


def is_body(task: Task) -> bool:
    """Whether a token is the body of an activity that repeats and has begun."""
    return KEPT in task.internal_data


def is_instance(task: Task) -> bool:
    """Whether a token is one of the instances below a body."""
    return COUNTER in task.internal_data


def is_inside(task: Task) -> bool:
    """Whether a token is one of the instances below a body, or in one."""
    while task is not None and not is_instance(task):
        task = task.parent
    return task is not None


def collect(run: Run, instance: Task, element: Element) -> None:
    """Put the output of an instance that is done into its place, and see whether that is enough. Raises StuckError."""
    loop, body = _drawn(element), instance.parent
    kept = body.internal_data[KEPT]
    if loop.output and loop.output_element:
        collected = run.scopes.own(body.id).get(loop.output)
        if not isinstance(collected, list) or len(collected) != kept["total"]:
            raise _fail(element, "The output collection was overwritten and is no such list any more", loop.output)
        value = run.evaluate(loop.output_element, instance, element.id)
        collected[instance.internal_data[COUNTER] - 1] = value
        run.scopes.keep(body.id, loop.output, collected)
    kept["done"] += 1
    if loop.condition:
        answer = run.evaluate(loop.condition, instance, element.id, _counters(kept))
        if not isinstance(answer, bool):
            instead = run.instead(loop.condition, instance, _counters(kept))
            raise _fail(element, f"The completion condition is neither true nor false{instead}", loop.condition.text)
        kept["enough"] = answer


def is_done(run: Run, body: Task, element: Element) -> bool:
    """Whether the body is over, after one of its instances has ended; makes the next one."""
    kept = body.internal_data[KEPT]
    if kept["enough"]:
        for child in list(body.children):
            if is_instance(child):
                run.terminate(child)
        return True
    if kept.get("members"):
        _next(run, body, element)
        return False
    return bool(kept["created"] == kept["done"] + kept["terminated"])


def give_out(run: Run, body: Task, element: Element) -> None:
    """Set the output collection around the body, which is done."""
    name = _drawn(element).output
    if name:
        collected = run.scopes.own(body.id)[name]
        run.scopes.propagate(body.internal_data["scope"], {name: collected}, run.changed)


def collected_around(run: Standing, task: Task) -> set[str]:
    """The names of the output collections around a token, of bodies and ad-hoc sub-processes."""
    found, holder = set[str](), task
    while holder.parent is not None:
        element = run.element(holder)
        if is_body(holder) and isinstance(element.loop, MultiInstance):
            found.add(element.loop.output)
        if element.ad_hoc:
            found.add(element.ad_hoc.output)
        holder = holder.parent
    return found


def note_terminated(instance: Task) -> None:
    """An instance ends before it is done."""
    instance.parent.internal_data[KEPT]["terminated"] += 1


def _drawn(element: Element) -> MultiInstance:
    if not isinstance(element.loop, MultiInstance):
        raise StuckError(element.id, "It is drawn for one instance only.", "STATE_ERROR")
    return element.loop


def _next(run: Run, body: Task, element: Element) -> None:
    members = body.internal_data[KEPT]["members"]
    if members:
        _create(run, body, element, members.pop(0))


def _create(run: Run, body: Task, element: Element, member: Any) -> None:
    loop, kept = _drawn(element), body.internal_data[KEPT]
    kept["created"] += 1
    instance = run.arrive(element.id + EACH, body, None)
    instance.internal_data[COUNTER] = kept["created"]
    run.open_scope(instance)
    own: dict[str, Any] = {loop.output_variable: None} if loop.output_variable else {}
    if loop.member:
        own[loop.member] = member
    run.scopes.put(instance.id, own | {"loopCounter": kept["created"]}, run.changed)


def _counters(kept: dict[str, Any]) -> dict[str, int]:
    return {
        "numberOfInstances": kept["created"],
        "numberOfActiveInstances": kept["created"] - kept["done"] - kept["terminated"],
        "numberOfCompletedInstances": kept["done"],
        "numberOfTerminatedInstances": kept["terminated"],
    }


def _fail(element: Element, what: str, text: str) -> StuckError:
    return StuckError(element.id, f"{what} at “{element.name or element.id}”: {text}", "EXTRACT_VALUE_ERROR")
