"""What each kind of element does when a token reaches it: task specifications for SpiffWorkflow's task tree.

A finished task leaves the tree at once and its successors stand beside it, so the tree holds live tokens alone, below
their process or sub-process, however often a loop has been gone through; nothing is predicted ahead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from SpiffWorkflow.specs import WorkflowSpec
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from service.bpmn import ad_hoc, choices, compensation, events, listeners, multi_instance, standard_loop
from service.bpmn.model import Element, ProcessModel

if TYPE_CHECKING:
    from service.bpmn.run import Run

# The token of the process itself; SpiffWorkflow takes no 0 for an id.
ROOT_TOKEN = -1


class Node(TaskSpec):  # type: ignore[misc]
    """An element through which a token just passes: none events, undefined and manual tasks."""

    # The event whose listeners are done before the work.
    first = listeners.START

    def __init__(self, wf_spec: WorkflowSpec, model: ProcessModel, element: Element, name: str = "") -> None:
        super().__init__(wf_spec, name or element.id)
        self.model, self.element = model, element
        # Those of a multi-instance activity are on its body.
        self.boundaries = () if name else model.boundaries.get(element.id, ())

    def test(self) -> None:
        """The diagram was checked when it was read."""

    def _predict_hook(self, my_task: Task) -> None:
        """Nothing is looked ahead."""

    def _update_hook(self, my_task: Task) -> bool:
        return True

    def _run_hook(self, my_task: Task) -> bool | None:
        run: Run = my_task.workflow.run
        run.activated(my_task)
        if self.element.listeners and listeners.wait(run, my_task, self.first):
            return None
        return self.begin(run, my_task)

    def begin(self, run: Run, task: Task) -> bool | None:
        """Wait for the events on the border, then do the work: what there is to do after the listeners of the start."""
        events.listen(run, task)
        return self.behave(run, task) if run.stays(task) else None

    def _on_complete(self, my_task: Task) -> None:
        """What stands below an element that waits for its listeners is no successor of it."""
        self._on_complete_hook(my_task)

    def _on_complete_hook(self, my_task: Task) -> None:
        run: Run = my_task.workflow.run
        run.leave(my_task)

    def behave(self, run: Run, task: Task) -> bool | None:
        """True if the element is done at once, None if it waits."""
        return True

    def follow(self, run: Run, task: Task) -> tuple[str, ...]:
        """The flows that are taken when it is done."""
        return choices.out_of_activity(run, task, self.model, self.element)

    def is_done(self, run: Run, task: Task) -> bool:
        """Whether nothing goes on below it any more, after something there has ended."""
        return not run.inside(task)

    def interrupt(self, task: Task) -> None:
        """An event sub-process has ended all else below it."""

    def finish(self, run: Run, task: Task) -> None:
        """Bring out what was collected below it; it is done, and its mappings are."""

    def serialize(self, serializer: Any, **kwargs: Any) -> Any:
        raise TypeError("The specification stays with its definition; a state holds tokens only.")


class ExclusiveGateway(Node):
    """The first flow in the order of the file whose condition holds, otherwise the default."""

    def follow(self, run: Run, task: Task) -> tuple[str, ...]:
        flows = [self.model.flows[flow] for flow in self.element.outgoing]
        if len(flows) == 1 and flows[0].condition is None:
            return self.element.outgoing
        return choices.one_way(run, task, self.model, self.element)


class ParallelGateway(Node):
    """Waits for a token on each incoming flow, then takes each outgoing one."""

    def _update_hook(self, my_task: Task) -> bool:
        if len(self.element.incoming) < 2:
            return True
        my_task._set_state(TaskState.WAITING)
        return my_task.workflow.run.join(my_task, self.element.incoming) is not None


class InclusiveGateway(Node):
    """Waits until no other token can reach it, then takes each outgoing flow whose condition holds."""

    def _update_hook(self, my_task: Task) -> bool:
        if len(self.element.incoming) < 2:
            return True
        my_task._set_state(TaskState.WAITING)
        return False

    def follow(self, run: Run, task: Task) -> tuple[str, ...]:
        flows = [self.model.flows[flow] for flow in self.element.outgoing]
        if len(flows) == 1:
            return self.element.outgoing
        return choices.each_way(run, task, self.model, self.element)


class Waiting(Node):
    """Stands until it is completed from outside: user tasks, jobs, called processes, catch events."""

    kind = ""

    def behave(self, run: Run, task: Task) -> bool | None:
        run.wait(task, self.kind)
        return None


class ListenerJob(Waiting):
    """Where a token stands that waits for a listener of the element below whose token it is."""

    kind = listeners.KIND


class UserTask(Waiting):
    kind = "user-task"


class JobTask(Waiting):
    kind = "job"


class CallActivity(Waiting):
    kind = "call"


class TimerEvent(Waiting):
    kind = "timer"


class MessageEvent(Waiting):
    kind = "message"


class SignalEvent(Waiting):
    kind = "signal"


class ConditionalEvent(Waiting):
    kind = "conditional"


class ThrownSignal(Node):
    """Tells all that wait for it; it does not wait itself."""

    def behave(self, run: Run, task: Task) -> bool | None:
        run.throw_signal(task)
        return True


class ThrownEscalation(Node):
    """Tells what is around it; it goes on unless that interrupts."""

    def behave(self, run: Run, task: Task) -> bool | None:
        return run.escalate(task)


class ThrownError(Node):
    """Ends what is around it up to where the error is caught."""

    def behave(self, run: Run, task: Task) -> bool | None:
        run.throw(task)
        return None


class CancelEvent(Node):
    """Undoes the transaction around it."""

    def behave(self, run: Run, task: Task) -> bool | None:
        run.cancel(task)
        return None


class ThrownLink(Node):
    """Goes on at the catching event of the same name."""

    def _on_complete_hook(self, my_task: Task) -> None:
        run: Run = my_task.workflow.run
        run.leave(my_task, at=self.model.links[self.element.id])


class EventBasedGateway(Node):
    """Waits for the first of the events behind it."""

    def behave(self, run: Run, task: Task) -> bool | None:
        run.choose(task)
        return None


class BusinessRuleTask(Node):
    """Asks for a decision; its output goes into the result variable."""

    def behave(self, run: Run, task: Task) -> bool | None:
        run.decide(task)
        return True


class ScriptTask(Node):
    """Evaluates FEEL into the result variable."""

    def behave(self, run: Run, task: Task) -> bool | None:
        element = self.element
        if element.script is not None:
            value = run.evaluate(element.script, task, element.id)
            task.internal_data["result"] = {element.result_variable: value}
        return True


class SubProcess(Node):
    """A scope of its own, done when its last token is."""

    def behave(self, run: Run, task: Task) -> bool | None:
        run.begin_inside(task)
        return None


class AdHocSubProcess(Node):
    """A scope of its own in which elements are activated one by one."""

    def behave(self, run: Run, task: Task) -> bool | None:
        ad_hoc.begin(run, task, self.element)
        return None

    def is_done(self, run: Run, task: Task) -> bool:
        return ad_hoc.is_done(run, task)

    def interrupt(self, task: Task) -> None:
        ad_hoc.interrupt(task)

    def finish(self, run: Run, task: Task) -> None:
        ad_hoc.give_out(run, task)


class ChosenAdHocSubProcess(AdHocSubProcess):
    """One in which a worker chooses; it goes on as one of these if it is migrated."""


class AdHocChoice(Waiting):
    """Where a token stands that waits for what a worker chooses in the ad-hoc sub-process below whose token it is."""

    kind = ad_hoc.KIND


class EventSubProcess(SubProcess):
    """One that an event begins; who chooses in the ad-hoc sub-process around it is asked anew after it."""

    def finish(self, run: Run, task: Task) -> None:
        if ad_hoc.is_ad_hoc(task.parent):
            ad_hoc.ask(run, task.parent)


class AdHocChain(Node):
    """What one activated element of an ad-hoc sub-process has begun."""

    def finish(self, run: Run, task: Task) -> None:
        ad_hoc.collect(run, task)


class MultiInstanceBody(Node):
    """Holds the instances of an activity, one for each member of a collection."""

    first = listeners.BEFORE_ALL

    def behave(self, run: Run, task: Task) -> bool | None:
        return multi_instance.begin(run, task, self.element)

    def is_done(self, run: Run, task: Task) -> bool:
        return multi_instance.is_done(run, task, self.element)

    def collect(self, run: Run, instance: Task) -> None:
        """One of the instances is done."""
        multi_instance.collect(run, instance, self.element)

    def give_out(self, run: Run, task: Task) -> None:
        """All of them are."""
        multi_instance.give_out(run, task, self.element)


class LoopBody(Node):
    """Holds the round of an activity that is done again and again."""

    def behave(self, run: Run, task: Task) -> bool | None:
        return standard_loop.begin(run, task, self.element)

    def is_done(self, run: Run, task: Task) -> bool:
        return standard_loop.is_done(run, task, self.element)

    def collect(self, run: Run, instance: Task) -> None:
        """A round is done."""
        standard_loop.collect(run, instance, self.element)

    def give_out(self, run: Run, task: Task) -> None:
        """What comes of the rounds has gone out already."""


class CompensationEvent(Node):
    """Undoes what was done, and waits until that is done."""

    def behave(self, run: Run, task: Task) -> bool | None:
        return compensation.throw(run, task)


class TerminateEvent(Node):
    """Ends its process or sub-process with all that still runs in it."""

    def behave(self, run: Run, task: Task) -> bool | None:
        run.terminate_beside(task)
        return True


_BY_TYPE: dict[str, type[Node]] = {
    "exclusiveGateway": ExclusiveGateway,
    "parallelGateway": ParallelGateway,
    "inclusiveGateway": InclusiveGateway,
    "eventBasedGateway": EventBasedGateway,
    "userTask": UserTask,
    "businessRuleTask": BusinessRuleTask,
    "scriptTask": ScriptTask,
    "callActivity": CallActivity,
    "subProcess": SubProcess,
    "eventSubProcess": EventSubProcess,
}
_THROWN: dict[str, type[Node]] = {
    "signal": ThrownSignal,
    "escalation": ThrownEscalation,
    "error": ThrownError,
    "link": ThrownLink,
    "cancel": CancelEvent,
}


def behaviour(element: Element) -> type[Node]:
    """The class of an element's task specification."""
    if element.type in ("startEvent",):
        return Node
    if element.ad_hoc:
        return ChosenAdHocSubProcess if element.job else AdHocSubProcess
    if element.is_job:
        return JobTask
    if element.event == "terminate":
        return TerminateEvent
    if element.event == "compensate" and not element.attached_to:
        return CompensationEvent
    if element.type in ("intermediateThrowEvent", "endEvent"):
        return _THROWN.get(element.event, Node)
    if element.timer:
        return TimerEvent
    if element.message:
        return MessageEvent
    if element.signal:
        return SignalEvent
    if element.condition:
        return ConditionalEvent
    return _BY_TYPE.get(element.type, Node)
