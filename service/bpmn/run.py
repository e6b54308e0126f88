"""A run of a process: advanced in memory until everything in it stands still. No database, no wall clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Self

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from service import feel
from service.bpmn import (
    ad_hoc,
    attributes,
    compensation,
    conditions,
    deadlock,
    events,
    leaving,
    listeners,
    mappings,
    multi_instance,
    state,
    timers,
    transactions,
)
from service.bpmn.elements import ROOT_TOKEN
from service.bpmn.model import ProcessModel, StepEvent, Wait, Waits
from service.bpmn.scopes import ROOT, Scopes
from service.bpmn.standing import LEAVES, RunContext, Standing
from service.errors import Conflict, StuckError

# A loop that nothing ever stops is told from a long one by this.
MAX_ELEMENTS = 10_000
# Many instances of an activity pass many elements and are no loop.
MAX_ELEMENTS_OF_MANY = 100_000

# What a token keeps at whose start event the whole process could not begin.
_SETS_OUT, _BROUGHT = "sets_out", "brought"

_SCOPES = frozenset({"subProcess", "eventSubProcess", "adHocSubProcess"})


class Run(Standing):
    """The run of one process instance; made by `start` or `restore`."""

    @classmethod
    def start(
        cls,
        model: ProcessModel,
        variables: Mapping[str, Any],
        context: RunContext,
        *,
        start_element: str | None = None,
        stuck: StuckError | None = None,
    ) -> Self:
        """Begin at the none start event, or at the start event with this id. Raises Conflict if there is none, Invalid.

        One that is `stuck` stands before it until that is tried again.
        """
        run = cls(model, context, Scopes({}), 0)
        starts = [one.element_id for one in model.start_events if one.kind == "none" or start_element]
        if start_element is not None:
            starts = [one for one in starts if one == start_element]
        if not starts:
            raise Conflict(f"The process {model.id} has no such start event; it begins by a message or a timer.")
        given, first = feel.checked(variables), model.elements[starts[0]]
        brought = given if start_element and first.event and mappings.keep_result(first) else {}
        run.scopes.put(ROOT, {} if brought else given, run.changed)
        if stuck is None:
            run._set_out(starts[0], brought)
        else:
            data = {"scope": ROOT, "flow": None, "begun": True, _SETS_OUT: True, _BROUGHT: brought}
            run.hold(run.place(starts[0], run._tokens.task_tree, TaskState.READY, data), stuck)
        return run

    @classmethod
    def restore(cls, model: ProcessModel, dumped: bytes, context: RunContext) -> Self:
        """The run as `dump` wrote it. Raises StuckError for a state that cannot be read."""
        counter, scopes, tokens = state.load(dumped)
        with state.readable():
            run = cls(model, context, Scopes.load(scopes), counter)
            for token in tokens:
                run.restore_token(*token)
        return run

    # Commands --------------------------------------------------------------------------------------------------

    def advance(self) -> Waits:
        """Go on until everything stands still. Raises StuckError; the run is of no use then."""
        left = {False: MAX_ELEMENTS, True: MAX_ELEMENTS_OF_MANY}
        while min(left.values()):
            if self.is_over:
                self.terminate_all()
            conditions.look(self)
            if not self._ready and not self._open_inclusive_gateway():
                break
            task = self._ready.pop(0)
            left[self.model.has_many and multi_instance.is_inside(task)] -= 1
            if task.id in self._tokens.tasks and task.has_state(TaskState.READY):
                self._run(task)
        else:
            element = self.element(self._ready[0]) if self._ready else None
            raise StuckError(element.id if element else "", "The diagram goes round and round without waiting.")
        ended = not self.inside(self._tokens.task_tree)
        if ended and self.model.listeners and not self.has_left:
            ended = not listeners.wait_to_leave(self, self._tokens.task_tree)
        self.has_left &= ended  # who was moved in meanwhile leaves again
        happened, self._events = tuple(self._events), []
        if ended:
            for listener in list(self._tokens.task_tree.children):
                self.remove(listener)
        items = tuple(self.waits.values())
        if not (ended or items or self.watch.waiting):
            items = deadlock.found(self)
        return Waits(items, ended, self.scopes.root, happened, self.scopes.written)

    def _run(self, task: Task) -> None:
        why = self.held.get(task.id)
        if why and not why.leaves:
            self.hold(task, why)
            return
        try:
            task.run()
        except StuckError as error:
            if error.number in (None, task.id):  # of what is done at once, the work is tried again too
                error.number, error.leaves = task.id, False
            raise

    def retry(self, wait_id: str) -> None:
        """Go on where the run was held, now that something has been mended. Raises NotFound."""
        task = self.active(wait_id)
        self.retried.add(wait_id)
        if self.waits.pop(wait_id, None):  # of a deadlock is nothing kept: whether it is one still shows itself
            del task.internal_data["kind"]
            if _SETS_OUT in task.internal_data:
                self.remove(task)
                self._set_out(self.element(task).id, task.internal_data.get(_BROUGHT))
            elif task.internal_data.pop(LEAVES, False):
                self.end_if_done(task)
            else:
                self._ready.append(task)

    def complete(self, wait_id: str, variables: Mapping[str, Any]) -> None:
        """Go on from a user task, job or call with its result. Raises NotFound, Invalid."""
        task = self.waiting(wait_id)
        if listeners.is_one(task):
            listeners.done(self, task, feel.checked(variables))
            return
        if ad_hoc.is_choice(task):
            ad_hoc.choose(self, wait_id, variables)
            return
        task.internal_data["result"] = feel.checked(variables)
        task.complete()

    def fire_timer(self, wait_id: str) -> None:
        """A timer is due. Raises NotFound."""
        task = self.waiting(wait_id)
        data = task.internal_data
        coming = timers.following(
            data["interval"], data["left"], datetime.fromisoformat(data["due"]), self.context.now()
        )
        if coming is not None and events.listens(task) and not self.element(task).interrupting:
            data |= {"due": coming.due.isoformat(), "left": coming.repeats_left}
            wait = self.waits[wait_id]
            told = attributes.timer_attributes(data)
            self.waits[wait_id] = Wait(wait.id, wait.kind, wait.element_id, wait.name, wait.number, told)
            events.happen(self, task, {}, stays=True)
        elif events.listens(task):
            events.happen(self, task, {}, stays=False)
        else:
            task.complete()

    def receive(self, wait_id: str, variables: Mapping[str, Any]) -> None:
        """A message or signal has come. Raises NotFound, Invalid."""
        task = self.waiting(wait_id)
        variables = feel.checked(variables)
        if events.listens(task):
            events.happen(self, task, variables, stays=not self.element(task).interrupting)
        else:
            task.internal_data["result"] = variables
            task.complete()

    def receive_signal(self, wait_ids: Iterable[str], variables: Mapping[str, Any]) -> None:
        """A signal has come to all these at once; what one of them ends does not get it. Raises Invalid."""
        for wait_id in wait_ids:
            if wait_id in self.waits:
                self.receive(wait_id, variables)

    def throw_error(self, wait_id: str, code: str, message: str, variables: Mapping[str, Any]) -> None:
        """Go on where the code is caught, nearest first. Raises NotFound, StuckError if it is nowhere."""
        events.throw_error(self, self.waiting(wait_id), code, message, feel.checked(variables))

    def catches(self, wait_id: str, event: str, code: str) -> str:
        """What an error or escalation out of a called process does here: `interrupts`, `goes on` or nothing.

        Raises NotFound.
        """
        return events.catches(self, self.waiting(wait_id), event, code)

    def throw_in(self, wait_id: str, thrown: StepEvent) -> None:
        """A called process has thrown something out. Raises NotFound, StuckError."""
        told, task = thrown.data, self.waiting(wait_id)
        if told["event"] == "error":
            events.throw_error(self, task, told["code"], "", told["variables"])
        else:
            events.escalate(self, task, told["code"], told["variables"])

    def set_variables(self, number: str, variables: Mapping[str, Any], *, local: bool) -> None:
        """Set variables as seen from an active element, or from the process for an empty number.

        Local ones are seen there alone. Raises NotFound for an element that is not active.
        """
        task = self.active(number) if number else None
        if task and (listeners.is_one(task) or ad_hoc.is_choice(task)):
            task = task.parent if task.parent.parent else None
        if task and local:
            self.open_scope(task)
        write = self.scopes.put if local else self.scopes.propagate
        write(self.scope_of(task) if task else ROOT, feel.checked(variables), self.changed)

    def visible(self, wait_id: str) -> dict[str, Any]:
        """All variables that a wait sees."""
        return dict(self.scopes.seen_from(self.scope_of(self.waiting(wait_id))))

    # What elements ask -----------------------------------------------------------------------------------------

    def arrive(self, element_id: str, scope_task: Task, flow_id: str | None) -> Task:
        """Put a token at an element, in the process or sub-process of `scope_task`."""
        inside = scope_task.internal_data.get("own", scope_task.internal_data.get("scope", ROOT))
        task = self.place(element_id, scope_task, TaskState.FUTURE, {"scope": inside, "flow": flow_id})
        task.task_spec._update(task)
        if task.has_state(TaskState.READY):
            self._ready.append(task)
        return task

    def open_below(self, holder: Task, element_id: str) -> Task:
        """An element that has begun below a token, with a scope of its own in that one's."""
        task = self.place(element_id, holder, TaskState.STARTED, {"scope": self.scope_of(holder), "flow": None})
        self.begun(task)
        self.open_scope(task)
        return task

    def activated(self, task: Task) -> None:
        """The element begins: its local scope with the input mappings."""
        element = self.element(task)
        self.begun(task)
        if element.inputs or element.outputs or element.type in _SCOPES:
            self.open_scope(task)
            self.scopes.put(task.id, mappings.coming_in(self, task), self.changed)

    def stays(self, task: Task) -> bool:
        """Whether an element goes on that has just begun: not if a condition is true at once that ends it."""
        if not self.model.has_conditions:
            return True
        task._set_state(TaskState.STARTED)  # it has begun, so what ends it says so
        conditions.look(self)
        return task.id in self._tokens.tasks and not events.is_interrupted(self, task)

    def leave(self, task: Task, *, at: str | None = None) -> None:
        """The element is done: its result and output mappings, its outgoing flows, the end of its scope.

        `at` is the element where it goes on without a flow. Raises StuckError if it cannot leave, and must stay.
        """
        flows = leaving.attempt(self, task, lambda: leaving.way_out(self, task))
        if flows is None:
            return
        element = self.element(task)
        self.note(StepEvent("element-completed", element.id, task.id))
        self.has_ended(task)
        compensation.remember(self, task)
        scope_task = task.parent
        self.remove(task)
        if self.is_over:
            return
        for flow_id in flows:
            self._take(flow_id, scope_task)
        if at is not None:
            self.arrive(at, scope_task, None)
        self.end_if_done(scope_task)

    def _set_out(self, start_id: str, brought: Mapping[str, Any] | None) -> None:
        root = self._tokens.task_tree
        has_listeners = bool(self.model.listeners)
        if not (has_listeners and listeners.wait(self, root, listeners.START, begins=start_id, brought=brought)):
            self.begin(start_id, brought)

    def begin(self, start_id: str, brought: Mapping[str, Any] | None) -> None:
        """The process begins, at this start event with what that brings, and what its event sub-processes wait for."""
        root = self._tokens.task_tree
        events.listen_inside(self, root, self.model.id)
        if self.stays(root):
            token = self.arrive(start_id, root, None)
            if brought:
                token.internal_data["result"] = dict(brought)

    def begin_inside(self, task: Task) -> None:
        """A sub-process begins: at its start event, and with what its event sub-processes wait for."""
        events.listen_inside(self, task, self.element(task).id)
        happened = task.internal_data.pop("happened", None)
        if not self.stays(task):
            return
        for start in self.model.starts_of(self.element(task).id):
            token = self.arrive(start.id, task, None)
            if happened:
                token.internal_data["result"] = happened

    def choose(self, task: Task) -> None:
        """An event-based gateway waits for what is behind it."""
        events.listen_behind(self, task)

    def throw_signal(self, task: Task) -> None:
        """Tell a signal, with the variables that the event's input mappings set."""
        name = attributes.signal_name(self, task)
        told = {"name": name, "variables": self._taken_along(task)}
        self.note(StepEvent("signal-thrown", self.element(task).id, task.id, told))

    def throw(self, task: Task) -> None:
        """An error event throws its error. Raises StuckError if it is caught nowhere."""
        events.throw_error(self, task, attributes.code(self, task), "", self._taken_along(task))

    def escalate(self, task: Task) -> bool | None:
        """An escalation event throws its escalation; None if that has ended the token."""
        events.escalate(self, task, attributes.code(self, task), self._taken_along(task))
        return True if task.id in self._tokens.tasks else None

    def cancel(self, task: Task) -> None:
        """A cancel end event cancels the transaction around it."""
        task._set_state(TaskState.STARTED)
        transactions.cancel(self, task)

    def decide(self, task: Task) -> None:
        element = self.element(task)
        if element.decision is None:
            raise StuckError(element.id, "The business rule task names no decision.")
        decision = attributes.meant(self, element.decision, task, "The decision")
        outcome = self.context.decide(decision, self.scopes.seen_from(self.scope_of(task)))
        self.note(StepEvent("decision", element.id, task.id, outcome.record))
        task.internal_data["result"] = {element.result_variable: outcome.output}

    def terminate_all(self) -> None:
        """End every token; nothing is done at the end any more."""
        self.has_left = True
        for token in list(self._tokens.task_tree.children):
            self.terminate(token)

    def terminate_beside(self, task: Task) -> None:
        """End every other token of the same process or sub-process."""
        for other in self.inside(task.parent):
            if other is not task:
                self.terminate(other)

    def _taken_along(self, task: Task) -> dict[str, Any]:
        """The variables of what an event throws; it has begun now, so what catches it may end it."""
        task._set_state(TaskState.STARTED)
        return dict(self.scopes.own(task.id)) if "own" in task.internal_data else {}

    def _take(self, flow_id: str, scope_task: Task) -> None:
        self.note(StepEvent("flow-taken", flow_id))
        self.arrive(self.model.flows[flow_id].target, scope_task, flow_id)

    def end_if_done(self, scope_task: Task) -> None:
        """A sub-process is done, if nothing goes on in it any more."""
        conditions.look(self)
        if scope_task.id == ROOT_TOKEN or scope_task.id not in self._tokens.tasks:
            return
        if compensation.is_cancelled(scope_task):
            transactions.go_on_if_undone(self, scope_task)
        elif leaving.attempt(self, scope_task, lambda: scope_task.task_spec.is_done(self, scope_task)):
            scope_task.complete()
