"""Move tokens by hand: end active elements, begin others, in the scopes where they belong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from service import feel
from service.bpmn import ad_hoc, events, multi_instance
from service.bpmn.elements import ROOT_TOKEN
from service.bpmn.model import Element, ProcessModel
from service.bpmn.run import Run
from service.bpmn.scopes import ROOT, Scopes
from service.bpmn.standing import RunContext
from service.errors import Invalid, Problem


@dataclass(frozen=True)
class Activation:
    """An element to begin; `ancestor` is the number of the active sub-process to begin it in, if there are several.

    `variables` are set first, each in the scope of the element with the id, or of the process for an empty one.
    """

    element_id: str
    ancestor: int | None = None
    variables: tuple[tuple[str, Mapping[str, Any]], ...] = ()


@dataclass(frozen=True)
class Move:
    """Each active instance of an element, or the one with a number, ends and begins anew at another element."""

    source: str | int
    activation: Activation


class NothingLeft(Invalid):
    """All that is active would have ended, and nothing begun."""


def begin_at(model: ProcessModel, variables: Mapping[str, Any], context: RunContext, at: Sequence[Activation]) -> Run:
    """A run that begins before these elements instead of at a start event; what listens when the process begins, is not
    told of it, as in Camunda 8. Raises Invalid for elements that are not there or cannot be begun."""
    run = Run(model, context, Scopes({}), 0)
    run.scopes.put(ROOT, feel.checked(variables), run.changed)
    root = run._tokens.task_tree
    events.listen_inside(run, root, model.id)
    if run.stays(root):
        for one in at:
            _activate(run, one, None)
    return run


def modify(
    run: Run, *, activate: Sequence[Activation] = (), move: Sequence[Move] = (), terminate: Sequence[str | int] = ()
) -> None:
    """Begin what is to begin, then end what is to end; a sub-process that nothing is left in ends too.

    Raises Invalid for elements that are not there, not active, or cannot be begun, NothingLeft if the run had to end.
    """
    leaving = [task for source in terminate for task in _active(run, source)]
    for one in activate:
        _activate(run, one, None)
    for each in move:
        for task in _active(run, each.source):
            _activate(run, each.activation, task)
            leaving.append(task)
    for task in leaving:
        if task.id in run._tokens.tasks:
            _end(run, task)
    if not _left(run, run._tokens.task_tree):
        text = "Nothing would be left of the process instance."
        raise NothingLeft(text, [Problem("", text, "Modify or cancel the one that called it.")])


def _active(run: Run, source: str | int) -> list[Task]:
    """The live tokens of an element, or the one with a number."""
    if isinstance(source, int):
        task = run._tokens.tasks.get(source)
        if task is None or task.id == ROOT_TOKEN:
            raise _refused("", "The element instance is not active any more.", "Look again which are.")
        return [task]
    if source not in run.model.elements:
        raise _refused(source, f"The process {run.model.id} has no such element.", "Name one of its elements.")
    tasks = run._tokens.tasks.values()
    found = [task for task in tasks if task.id != ROOT_TOKEN and run.element(task).id == source and _is_live(run, task)]
    bodies = [task for task in found if multi_instance.is_body(task)]
    if not found:
        raise _refused(source, "It is not active.", "Look again which elements are.")
    return bodies or found


def _activate(run: Run, asked: Activation, moved: Task | None) -> None:
    element = run.model.elements.get(asked.element_id)
    if element is None:
        text = f"The process {run.model.id} has no such element."
        raise _refused(asked.element_id, text, "Name one of its elements.")
    if element.attached_to or element.type == "startEvent" or element.is_handler:
        text = "A token cannot be put on a start event, an event on a border or what undoes an activity."
        raise _refused(element.id, text, "Put it on what comes next.")
    scope = _scope(run, element, asked, moved)
    if scope.id != ROOT_TOKEN and run.element(scope).ad_hoc:
        scope = ad_hoc.open_chain(run, scope)
    task = run.arrive(element.id, scope, None)
    for scope_id, variables in asked.variables:
        run.scopes.put(_scope_number(run, task, scope_id), feel.checked(variables), run.changed)
    if task.has_state(TaskState.WAITING):  # a gateway that joins is passed at once
        task._ready()
        run._ready.append(task)


def _scope(run: Run, element: Element, asked: Activation, moved: Task | None) -> Task:
    """The token of the process or sub-process to begin an element in; begins sub-processes where none is active."""
    if element.parent_id == run.model.id:
        root: Task = run._tokens.task_tree
        return root
    if moved is not None and run.element(moved).parent_id == element.parent_id and (beside := _around(run, moved)):
        return beside
    tasks = list(run._tokens.tasks.values())
    found = [
        task
        for task in tasks
        if task.id != ROOT_TOKEN and run.element(task).id == element.parent_id and task.has_state(TaskState.STARTED)
        if not multi_instance.is_body(task)
        if asked.ancestor is None or asked.ancestor in _chain(task)
    ]
    around = run.model.elements[element.parent_id]
    if len(found) > 1:
        text = f"The sub-process {around.id} is active several times."
        raise _refused(element.id, text, "Say in which of them, by the key of its element instance.")
    if found:
        return found[0]
    if around.loop:
        text = f"The sub-process {around.id} is done several times and is not active."
        raise _refused(element.id, text, "Put the token on the sub-process itself.")
    outer = _scope(run, around, asked, moved)
    inside = outer.internal_data.get("own", outer.internal_data.get("scope", ROOT))
    task = run.place(around.id, outer, TaskState.STARTED, {"scope": inside, "flow": None})
    run.activated(task)
    events.listen(run, task)
    events.listen_inside(run, task, around.id)
    if around.ad_hoc:
        ad_hoc.prepare(run, task)
    return task


def _around(run: Run, task: Task) -> Task | None:
    """The token of the sub-process that an element is drawn in, not of its body; None for one that undoes what was
    done in a sub-process that has ended."""
    holder: Task = task.parent
    while holder.id != ROOT_TOKEN:
        if run.element(holder).id == run.element(task).parent_id and not multi_instance.is_body(holder):
            return holder
        holder = holder.parent
    return None


def _scope_number(run: Run, task: Task, scope_id: str) -> int:
    if scope_id in ("", run.model.id):
        return ROOT
    holder = task
    while holder.id != ROOT_TOKEN:
        if run.element(holder).id == scope_id:
            run.open_scope(holder)
            return run.scope_of(holder)
        holder = holder.parent
    text = f"{scope_id} is neither the element that begins nor around it."
    raise _refused(scope_id, text, "Name that element, a sub-process around it, or nothing for the process.")


def _end(run: Run, task: Task) -> None:
    """End a token, and the sub-processes around it that nothing is left in."""
    around = task.parent
    run.terminate(task)
    if around.id != ROOT_TOKEN and around.id in run._tokens.tasks and not _left(run, around):
        _end(run, around)


def _left(run: Run, scope: Task) -> bool:
    return any(_is_live(run, child) or ad_hoc.is_choice(child) for child in scope.children)


def _is_live(run: Run, task: Task) -> bool:
    """Whether a token goes on by itself: not one that listens for an event or stands for what was done."""
    return not task.has_state(TaskState.WAITING) or bool(
        run.element(task).type.endswith("Gateway") and "kind" not in task.internal_data
    )


def _chain(task: Task) -> set[int]:
    found = set()
    while task.id != ROOT_TOKEN:
        found.add(task.id)
        task = task.parent
    return found


def _refused(element_id: str, text: str, mend: str) -> Invalid:
    return Invalid(f"{element_id}: {text}" if element_id else text, [Problem(element_id, text, mend)])
