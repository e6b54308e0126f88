"""Take a run over to another version of its process: each live token to the element that a plan names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from service.bpmn import ad_hoc, compensation, events, listeners, multi_instance, state
from service.bpmn.elements import ROOT_TOKEN, behaviour
from service.bpmn.model import Element, MultiInstance, ProcessModel
from service.bpmn.run import Run
from service.bpmn.standing import RunContext
from service.errors import Invalid, Problem


@dataclass(frozen=True)
class MigrationPlan:
    """Which element or flow of the target each one becomes; with `equal_ids`, what is not named keeps its id."""

    mapping: Mapping[str, str] = field(default_factory=dict)
    equal_ids: bool = True

    def target_of(self, id_: str, target: ProcessModel) -> str | None:
        """None if it has no target."""
        if id_ in self.mapping:
            return self.mapping[id_]
        return id_ if self.equal_ids and (id_ in target.elements or id_ in target.flows) else None


def _plan_problems(plan: MigrationPlan, source: ProcessModel, target: ProcessModel) -> list[Problem]:
    """What is wrong with a plan for any instance of the source."""
    problems, taken = [], dict[str, str]()
    for before, after in plan.mapping.items():
        if before not in source.elements and before not in source.flows:
            problems.append(Problem(before, f"The process {source.id} has no such element.", "Leave it out."))
        if after not in target.elements and after not in target.flows:
            problems.append(Problem(after, f"The target has no such element for {before}.", "Name one of the target."))
        elif after in target.elements and target.elements[after].event and after in taken:
            text = f"Both {taken[after]} and {before} would become this event."
            problems.append(Problem(after, text, "Let one of them become another, or leave it out."))
        taken[after] = before
    return problems


def migrate(source: ProcessModel, target: ProcessModel, plan: MigrationPlan, dumped: bytes, context: RunContext) -> Run:
    """The run with its tokens at the elements of the target. Raises Invalid with all that keeps it from it, StuckError.

    What waits goes on waiting as it is; nothing is evaluated again. An event on a border that has no target is waited
    for no longer; one that is new in the target is waited for from now on (Camunda 8, process instance migration).
    """
    loaded = state.load(dumped)
    problems, left = _plan_problems(plan, source, target), []
    if problems:
        raise Invalid(_told(problems), problems)
    with state.readable():
        # What waits for its listeners waits for nothing else yet, or any more.
        listening = {token[3] for token in loaded[2] if token[1].endswith(listeners.LISTENER)}
        begun = [token for token in loaded[2] if token[2] == TaskState.STARTED and token[0] not in listening]
        hosts = [(token[0], _element_id(token[1])) for token in begun]
        for token in loaded[2]:
            if _move(plan, source, target, token, problems):
                left.append(token)
    if problems:
        raise Invalid(_told(problems), problems)
    loaded[2][:] = left
    run = Run.restore(target, state.dump(*loaded), context)
    if ROOT_TOKEN not in listening:
        hosts.append((ROOT_TOKEN, source.id))
    for number, element_id in hosts:
        _listen(plan, source, run, run._tokens.tasks[number], element_id)
    return run


def standing(run: Run) -> dict[int, Element]:
    """The elements that are active, by the numbers of their element instances."""
    tasks = run._tokens.tasks.values()
    return {
        task.id: run.element(task)
        for task in tasks
        if task.parent is not None and (task.has_state(TaskState.STARTED) or "begun" in task.internal_data)
    }


def _move(
    plan: MigrationPlan, source: ProcessModel, target: ProcessModel, token: list[Any], problems: list[Problem]
) -> bool:
    """Put a token at its target, or say why not; False for one that only listened for what the target has not."""
    _, name, task_state, _, data = token
    element_id = _element_id(name)
    if name.endswith(listeners.LISTENER):
        return _move_listener(plan, source, target, token, problems)
    before = source.elements[element_id]
    id_ = plan.target_of(element_id, target)
    # A token stands at an event that may happen, behind an activity that may be undone, or at a join.
    stands = task_state == TaskState.WAITING
    is_undone, listens = compensation.is_kept(data), stands and "kind" in data
    if is_undone:
        data[compensation.OF] = plan.target_of(data[compensation.OF], target)
        if data[compensation.OF] is None:
            return False
    if id_ is None and (listens or is_undone) and (before.attached_to or before.type == "startEvent"):
        return False
    after = target.elements.get(id_ or "")
    if after is None:
        what = "The instance waits for this event" if before.event else "This element is active"
        mend = "Name an element of the target for it."
        problems.append(Problem(element_id, f"{what}, and the plan has no target for it.", mend))
        return True
    if _kind(before) != _kind(after):
        text = f"It is a {_kind(before)} and cannot become “{after.id}”, a {_kind(after)}."
        problems.append(Problem(element_id, text, "Name a target of the same kind, or move the token first."))
    inside, parent_id = before, after.parent_id
    if listens and before.type == after.type == "startEvent":
        inside, parent_id = source.elements[before.parent_id], target.elements[after.parent_id].parent_id
    if _around(plan, source, target, inside) != parent_id:
        text = f"“{after.id}” is not in the sub-process that this element's becomes: the scope would be another."
        problems.append(Problem(element_id, text, "Name a target in the same scope, or move the token first."))
    if before.attached_to and plan.target_of(before.attached_to, target) != after.attached_to:
        text = f"“{after.id}” is not on the border of what {before.attached_to} becomes."
        problems.append(Problem(element_id, text, "Name an event on that border, or none."))
    if stands and not listens and not is_undone:
        flow = plan.target_of(data["flow"], target)
        if flow not in after.incoming or len(after.incoming) < len(before.incoming):
            text = f"A token has come over the flow {data['flow']}, which has no place at “{after.id}”."
            problems.append(Problem(element_id, text, "Name an incoming flow of the target for that flow."))
    if data.get("flow"):
        data["flow"] = plan.target_of(data["flow"], target)
    token[1] = after.id + name[len(element_id) :]
    return True


def _move_listener(
    plan: MigrationPlan, source: ProcessModel, target: ProcessModel, token: list[Any], problems: list[Problem]
) -> bool:
    """A listener is gone on with if its element's target has as many of its event; its job stays as it is."""
    element_id = _element_id(token[1])
    is_process = element_id == source.id
    before = source.listeners if is_process else source.elements[element_id].listeners
    id_ = target.id if is_process else plan.target_of(element_id, target)
    after = target.elements.get(id_ or "")
    there = target.listeners if is_process else after.listeners if after else ()
    told = token[4]["event"]
    if sum(one.event == told for one in there) < sum(one.event == told for one in before):
        text = f"It waits for a {told} listener, which its target has not."
        problems.append(Problem(element_id, text, "Draw the listeners there too, or let their jobs be done first."))
    token[1] = f"{id_}{listeners.LISTENER}"
    return True


def _element_id(name: str) -> str:
    """The element of a token, by the name of its task specification."""
    for behind in (listeners.LISTENER, ad_hoc.CHOICE, multi_instance.EACH, ad_hoc.INNER):
        name = name.removesuffix(behind)
    return name


def _around(plan: MigrationPlan, source: ProcessModel, target: ProcessModel, element: Element) -> str | None:
    if element.parent_id == source.id:
        return target.id
    return plan.target_of(element.parent_id, target)


def _listen(plan: MigrationPlan, source: ProcessModel, run: Run, host: Task, element_id: str) -> None:
    """Wait for the events at a host, which was another element, that come of none there: these are waited for still,
    or have happened already."""
    before = source.elements.get(element_id)
    known = [*source.boundaries.get(element_id, ()), *source.event_sub_processes.get(element_id, ())]
    if before and before.type == "eventBasedGateway":
        known += [source.elements[source.flows[flow].target] for flow in before.outgoing]
    kept = {plan.target_of(one.id, run.model) or "" for one in known}
    if host.id == ROOT_TOKEN:
        events.listen_inside(run, host, run.model.id, but=kept)
        return
    element = run.element(host)
    events.listen(run, host, but=kept)
    events.listen_inside(run, host, element.id, but=kept)
    if element.type == "eventBasedGateway":
        events.listen_behind(run, host, but=kept)


def _kind(element: Element) -> str:
    """What must stay the same, in words."""
    many = "looped" if element.loop else ""
    if isinstance(element.loop, MultiInstance):
        many = ("sequential" if element.loop.is_sequential else "parallel") + " multi-instance"
    undone = "cancellable" if element.is_transaction else ""
    return " ".join(
        part for part in (many, undone, element.event, element.type, f"({behaviour(element).__name__})") if part
    )


def _told(problems: list[Problem]) -> str:
    return "It cannot be migrated: " + "; ".join(f"{one.element_id}: {one.message}" for one in problems)
