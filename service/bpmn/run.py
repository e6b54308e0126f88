"""A run of a process: advanced in memory until everything in it stands still. No database, no wall clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from service import feel
from service.bpmn import attributes, state, timers
from service.bpmn.elements import ROOT_TOKEN, InclusiveGateway, Node, Tokens
from service.bpmn.model import DecisionOutcome, Element, Flow, ProcessModel, Reference, StepEvent, Wait, Waits
from service.bpmn.scopes import ROOT, Scopes
from service.errors import Invalid, NotFound, StuckError

# A loop that nothing ever stops is told from a long one by this.
MAX_ELEMENTS = 10_000


@dataclass(frozen=True, slots=True)
class RunContext:
    """What a run needs of the world: the time, decisions, working days."""

    now: Callable[[], datetime]
    decide: Callable[[Reference, Mapping[str, Any]], DecisionOutcome]
    working_days: feel.WorkingDays | None = None
    instance_key: str = ""


class Run:
    """The tokens and scopes of one process instance; made by `start` or `restore`."""

    def __init__(self, model: ProcessModel, context: RunContext, scopes: Scopes, counter: int) -> None:
        self.model, self.context, self.scopes = model, context, scopes
        self._counter = counter
        self._tokens = Tokens(model, self)
        self._events: list[StepEvent] = []
        self._waits: dict[str, Wait] = {}
        self._ready: list[Task] = []

    @classmethod
    def start(
        cls,
        model: ProcessModel,
        variables: Mapping[str, Any],
        context: RunContext,
        *,
        start_element: str | None = None,
    ) -> Self:
        """Begin at the none start event, or at the start event with this id. Raises Invalid if there is none."""
        run = cls(model, context, Scopes({}), 0)
        starts = [one.element_id for one in model.start_events if one.kind == "none" or start_element]
        if start_element is not None:
            starts = [one for one in starts if one == start_element]
        if not starts:
            raise Invalid(f"The process {model.id} has no such start event; it begins by a message or a timer.")
        run.scopes.put(ROOT, feel.checked(variables), run._changed)
        run.arrive(starts[0], run._tokens.task_tree, None)
        return run

    @classmethod
    def restore(cls, model: ProcessModel, dumped: bytes, context: RunContext) -> Self:
        """The run as `dump` wrote it. Raises StuckError for a state that cannot be read."""
        counter, scopes, tokens = state.load(dumped)
        with state.readable():
            run = cls(model, context, Scopes.load(scopes), counter)
            for token in tokens:
                run._put_token(*token)
        return run

    def dump(self) -> bytes:
        tokens = [
            [task.id, task.task_spec.name, task.state, task.parent.id, task.internal_data]
            for task in self._tokens.tasks.values()
            if task.parent is not None
        ]
        return state.dump(self._counter, self.scopes.dump(), tokens)

    @property
    def variables(self) -> Mapping[str, Any]:
        return self.scopes.root

    # Commands --------------------------------------------------------------------------------------------------

    def advance(self) -> Waits:
        """Go on until everything stands still. Raises StuckError; the run is of no use then."""
        for _ in range(MAX_ELEMENTS):
            if not self._ready and not self._open_inclusive_gateway():
                break
            task = self._ready.pop(0)
            if task.id in self._tokens.tasks and task.has_state(TaskState.READY):
                task.run()
        else:
            element = self.element(self._ready[0]) if self._ready else None
            raise StuckError(element.id if element else "", "The diagram goes round and round without waiting.")
        events, self._events = tuple(self._events), []
        ended = not self._tokens.task_tree.children
        return Waits(tuple(self._waits.values()), ended, self.scopes.root, events)

    def complete(self, wait_id: str, variables: Mapping[str, Any]) -> None:
        """Go on from a user task, job or call with its result. Raises NotFound, Invalid."""
        task = self._waiting(wait_id)
        task.internal_data["result"] = feel.checked(variables)
        task.complete()

    def fire_timer(self, wait_id: str) -> None:
        """A timer is due. Raises NotFound."""
        task = self._waiting(wait_id)
        data = task.internal_data
        coming = timers.following(
            data["interval"], data["left"], datetime.fromisoformat(data["due"]), self.context.now()
        )
        if coming is not None and self.element(task).attached_to and not self.element(task).interrupting:
            data |= {"due": coming.due.isoformat(), "left": coming.repeats_left}
            wait = self._waits[wait_id]
            told = attributes.timer_attributes(data)
            self._waits[wait_id] = Wait(wait.id, wait.kind, wait.element_id, wait.name, wait.number, told)
            self._trigger(task, {}, stays=True)
        elif self.element(task).attached_to:
            self._trigger(task, {}, stays=False)
        else:
            task.complete()

    def receive(self, wait_id: str, variables: Mapping[str, Any]) -> None:
        """A message has come. Raises NotFound, Invalid."""
        task = self._waiting(wait_id)
        variables = feel.checked(variables)
        if self.element(task).attached_to:
            self._trigger(task, variables, stays=not self.element(task).interrupting)
        else:
            task.internal_data["result"] = variables
            task.complete()

    def throw_error(self, wait_id: str, code: str, message: str, variables: Mapping[str, Any]) -> None:
        """Go on at the nearest boundary event that catches the code. Raises NotFound, StuckError if none does."""
        task, variables = self._waiting(wait_id), feel.checked(variables)
        origin = self.element(task)
        holder: Task | None = task
        while holder is not None and holder.parent is not None:
            for boundary in self.model.boundaries.get(self.element(holder).id, ()):
                if boundary.event == "error" and boundary.error_code in (None, code):
                    scope_task, scope = holder.parent, holder.internal_data["scope"]
                    self._terminate(holder)
                    self._enter_boundary(boundary, scope_task, scope, variables)
                    return
            holder = holder.parent
        text = f"The error “{code}” is caught by no boundary event" + (f": {message}" if message else ".")
        raise StuckError(origin.id, text, "UNHANDLED_ERROR_EVENT")

    def set_variables(self, wait_id: str, variables: Mapping[str, Any], *, local: bool) -> None:
        """Set variables as seen from a wait, or from the process for an empty id; local ones are seen there alone."""
        if wait_id and local:
            self._open_scope(self._waiting(wait_id))
        scope = self.scope_of(self._waiting(wait_id)) if wait_id else ROOT
        write = self.scopes.put if local else self.scopes.propagate
        write(scope, feel.checked(variables), self._changed)

    def visible(self, wait_id: str) -> dict[str, Any]:
        """All variables that a wait sees."""
        return dict(self.scopes.seen_from(self.scope_of(self._waiting(wait_id))))

    # What elements ask -----------------------------------------------------------------------------------------

    def element(self, task: Task) -> Element:
        spec: Node = task.task_spec
        return spec.element

    def arrive(self, element_id: str, scope_task: Task, flow_id: str | None) -> Task:
        """Put a token at an element, in the process or sub-process of `scope_task`."""
        self._counter += 1
        task = Task(self._tokens, self._spec(element_id), scope_task, TaskState.FUTURE, self._counter)
        inside = scope_task.internal_data.get("own", scope_task.internal_data.get("scope", ROOT))
        task.internal_data = {"scope": inside, "flow": flow_id}
        task.task_spec._update(task)
        if task.has_state(TaskState.READY):
            self._ready.append(task)
        return task

    def activated(self, task: Task) -> None:
        """The element begins: its local scope with the input mappings, its boundary events."""
        element = self.element(task)
        told = {"type": element.type, "name": element.name}
        self._events.append(StepEvent("element-activated", element.id, task.id, told))
        if element.inputs or element.outputs or element.type == "subProcess":
            self._open_scope(task)
            for target, source in element.inputs:
                value = attributes.value_of(self, source, task, element.id)
                mapped = attributes.nested(self.scopes.own(task.id), target, value)
                self.scopes.put(task.id, mapped, self._changed)
        for boundary in self.model.boundaries.get(element.id, ()):
            if boundary.event != "error":
                self._counter += 1
                waiting = Task(self._tokens, self._spec(boundary.id), task, TaskState.WAITING, self._counter)
                waiting.internal_data = {"scope": task.internal_data["scope"], "flow": None}
                self.wait(waiting, "timer" if boundary.timer else "message")

    def wait(self, task: Task, kind: str) -> None:
        """Say that the run waits here."""
        element = self.element(task)
        task.internal_data["kind"] = kind
        told = attributes.attributes_of(self, task, kind)
        self._waits[str(task.id)] = Wait(str(task.id), kind, element.id, element.name, task.id, told)

    def leave(self, task: Task) -> None:
        """The element is done: its result and output mappings, its outgoing flows, the end of its scope."""
        element = self.element(task)
        self._put_result(task, element)
        flows = task.task_spec.follow(self, task)
        self._events.append(StepEvent("element-completed", element.id, task.id))
        scope_task = task.parent
        self._remove(task)
        for flow_id in flows:
            self._take(flow_id, scope_task)
        self._end_scope_if_done(scope_task)

    def holds(self, flow: Flow, task: Task) -> bool:
        """Whether the condition of a flow is true. Raises StuckError if it is neither true nor false."""
        if flow.condition is None:
            return True
        answer = self.evaluate(flow.condition, task, flow.source)
        if not isinstance(answer, bool):
            text = f"The condition of the flow “{flow.name or flow.id}” is neither true nor false"
            raise StuckError(flow.source, f"{text}: {flow.condition.text}", "CONDITION_ERROR")
        return answer

    def evaluate(self, expression: feel.Expression, task: Task, element_id: str) -> Any:
        """The JSON value of an expression, as seen from a task."""
        try:
            return feel.to_json(self.evaluate_feel(expression, task)[0])
        except feel.FeelLimit as error:
            raise StuckError(element_id, f"{error}: {expression.text}", "EXTRACT_VALUE_ERROR") from None

    def evaluate_feel(
        self, expression: feel.Expression, task: Task, at: datetime | None = None
    ) -> tuple[Any, list[str]]:
        """The FEEL value of an expression, now or as of an instant, with the warnings that tell why it is null."""
        now = (lambda: at) if at else self.context.now
        env = feel.Environment(now=now, working_days=self.context.working_days)
        return expression.evaluate(self.scopes.seen_from(self.scope_of(task)), env), env.warnings

    def decide(self, task: Task) -> None:
        element = self.element(task)
        if element.decision is None:
            raise StuckError(element.id, "The business rule task names no decision.")
        outcome = self.context.decide(element.decision, self.scopes.seen_from(self.scope_of(task)))
        self._events.append(StepEvent("decision", element.id, task.id, outcome.record))
        task.internal_data["result"] = {element.result_variable: outcome.output}

    def join(self, task: Task, needed: tuple[str, ...]) -> Task | None:
        """Make one of the tokens that wait at a gateway, one from each flow; None if one is missing still."""
        by_flow: dict[str, Task] = {}
        for other in task.parent.children:
            if other.task_spec is task.task_spec and other.has_state(TaskState.WAITING):
                by_flow.setdefault(other.internal_data["flow"], other)
        if not set(needed) <= set(by_flow):
            return None
        by_flow[task.internal_data["flow"]] = task
        for other in by_flow.values():
            if other is not task:
                self._tokens._remove_task(other.id)
        return task

    def terminate_beside(self, task: Task) -> None:
        """End every other token of the same process or sub-process."""
        for other in list(task.parent.children):
            if other is not task and not self.element(other).attached_to:
                self._terminate(other)

    # Inside ----------------------------------------------------------------------------------------------------

    def _spec(self, element_id: str) -> Node:
        spec = self._tokens.spec.task_specs.get(element_id)
        if spec is None:
            raise StuckError(element_id, f"The diagram has no element {element_id}.", "STATE_ERROR")
        return spec  # type: ignore[no-any-return]

    def _put_token(self, number: int, element_id: str, task_state: int, parent: int, data: dict[str, Any]) -> None:
        task = Task(self._tokens, self._spec(element_id), self._tokens.tasks[parent], task_state, number)
        task.internal_data = data
        self.scopes.seen_from(self.scope_of(task))
        if task_state == TaskState.READY:
            self._ready.append(task)
        kind = data.get("kind")
        if kind:
            told = attributes.timer_attributes(data) if kind == "timer" else {}
            name = self.element(task).name
            self._waits[str(number)] = Wait(str(number), kind, element_id, name, number, told)

    def _waiting(self, wait_id: str) -> Task:
        if wait_id not in self._waits:
            raise NotFound(f"The process does not wait at {wait_id} any more.", wait_id=wait_id)
        return self._tokens.tasks[int(wait_id)]

    def scope_of(self, task: Task) -> int:
        scope: int = task.internal_data.get("own", task.internal_data["scope"])
        return scope

    def _open_scope(self, task: Task) -> None:
        if "own" not in task.internal_data:
            self.scopes.open(task.id, task.internal_data["scope"])
            task.internal_data["own"] = task.id

    def _changed(self, scope: int, name: str, value: Any) -> None:
        self._events.append(StepEvent("variable", "", scope, {"name": name, "value": value, "scope": scope}))

    def _put_result(self, task: Task, element: Element) -> None:
        result = task.internal_data.pop("result", None)
        if element.call and not element.call.propagate_all_child and not element.outputs:
            result = None
        scope = self.scope_of(task)
        if not element.outputs:
            if result:
                self.scopes.propagate(scope, result, self._changed)
            return
        if result:
            self.scopes.put(scope, result, self._changed)
        outer = task.internal_data["scope"]
        for target, source in element.outputs:
            value = attributes.value_of(self, source, task, element.id)
            merged = attributes.nested(self.scopes.seen_from(outer), target, value)
            self.scopes.propagate(outer, merged, self._changed)

    def _take(self, flow_id: str, scope_task: Task) -> None:
        self._events.append(StepEvent("flow-taken", flow_id))
        self.arrive(self.model.flows[flow_id].target, scope_task, flow_id)

    def _end_scope_if_done(self, scope_task: Task) -> None:
        inside = [child for child in scope_task.children if not self.element(child).attached_to]
        if scope_task.id != ROOT_TOKEN and not inside and scope_task.id in self._tokens.tasks:
            scope_task.complete()

    def _trigger(self, task: Task, variables: Mapping[str, Any], *, stays: bool) -> None:
        """A boundary event happens; unless it `stays`, it does so once."""
        boundary, host = self.element(task), task.parent
        scope_task, scope = host.parent, host.internal_data["scope"]
        if boundary.interrupting:
            self._terminate(host)
        elif not stays:
            self._remove(task)
        self._enter_boundary(boundary, scope_task, scope, variables)

    def _enter_boundary(self, boundary: Element, scope_task: Task, scope: int, variables: Mapping[str, Any]) -> None:
        self._counter += 1
        task = Task(self._tokens, self._spec(boundary.id), scope_task, TaskState.STARTED, self._counter)
        task.internal_data = {"scope": scope, "flow": None, "result": dict(variables)}
        told = {"type": boundary.type, "name": boundary.name}
        self._events.append(StepEvent("element-activated", boundary.id, task.id, told))
        if boundary.outputs:
            self._open_scope(task)
        task.complete()

    def _terminate(self, task: Task) -> None:
        for child in list(task.children):
            self._terminate(child)
        element = self.element(task)
        if task.has_state(TaskState.STARTED):
            self._events.append(StepEvent("element-terminated", element.id, task.id))
        self._remove(task)

    def _remove(self, task: Task) -> None:
        for child in list(task.children):  # boundary events that did not happen
            self._remove(child)
        self._waits.pop(str(task.id), None)
        if "own" in task.internal_data:
            self.scopes.close(task.internal_data["own"])
        self._tokens._remove_task(task.id)

    def _open_inclusive_gateway(self) -> bool:
        """Open one inclusive gateway that no other token can reach any more (BPMN 2.0, table 13.3)."""
        for task in list(self._tokens.tasks.values()):
            if not (isinstance(task.task_spec, InclusiveGateway) and task.has_state(TaskState.WAITING)):
                continue
            gateway, beside = self.element(task), task.parent.children
            here = {one.internal_data["flow"] for one in beside if one.task_spec is task.task_spec}
            others = {self.element(one).id for one in beside if one.task_spec is not task.task_spec}
            covered = {one for flow in here for one in self.model.reaching(gateway.id, flow)}
            missing = [flow for flow in gateway.incoming if flow not in here]
            if any(others & self.model.reaching(gateway.id, flow) - covered for flow in missing):
                continue
            if self.join(task, tuple(here)):
                task._ready()
                self._ready.append(task)
                return True
        return False


def visible_variables(dumped: bytes, wait_id: str) -> dict[str, Any]:
    """All variables that a wait of a stored run sees, without restoring it. Raises NotFound for a wait that is gone."""
    _, scopes, tokens = state.load(dumped)
    with state.readable():
        for number, _, _, _, data in tokens:
            if str(number) == wait_id:
                return dict(Scopes.load(scopes).seen_from(data.get("own", data["scope"])))
    raise NotFound(f"The process does not wait at {wait_id} any more.", wait_id=wait_id)
