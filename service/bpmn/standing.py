"""Where a run stands: its live tokens, what each of them sees, and what it waits for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from service import feel
from service.bpmn import ad_hoc, attributes, conditions, events, incident_words, listeners, multi_instance, state
from service.bpmn.elements import InclusiveGateway, Node
from service.bpmn.model import DecisionOutcome, Element, Flow, ProcessModel, Reference, StepEvent, Wait
from service.bpmn.scopes import Scopes
from service.bpmn.tokens import Tokens
from service.errors import NotFound, StuckError

# What a token waits for that was held before an element which could not go on: an incident to be resolved.
HELD = "incident"
# What such a token keeps if the work of its element is done.
LEAVES = "leaves"

# The types of elements that others are inside of.
_HOLDS = frozenset(
    {"subProcess", "eventSubProcess", "adHocSubProcess", "adHocSubProcessInnerInstance", "multiInstanceBody"}
)


def _nobody(_event: str, _code: str) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class RunContext:
    """What a run needs of the world: the time, decisions, working days."""

    now: Callable[[], datetime]
    decide: Callable[[Reference, Mapping[str, Any]], DecisionOutcome]
    working_days: feel.WorkingDays | None = None
    instance_key: str = ""
    # What the caller does with an error or escalation of this code that nothing here catches: `interrupts`, `goes on`
    # or nothing.
    outside: Callable[[str, str], str] = _nobody
    # The elements after which the instance is to be ended, whatever comes next.
    ends_after: frozenset[str] = frozenset()


class Standing:
    """The tokens and scopes of a run, without what makes them move."""

    def __init__(self, model: ProcessModel, context: RunContext, scopes: Scopes, counter: int) -> None:
        self.model, self.context, self.scopes = model, context, scopes
        self._counter = counter
        self._tokens = Tokens(model, self)
        self._events: list[StepEvent] = []
        self.waits: dict[str, Wait] = {}
        self._ready: list[Task] = []
        self.is_over = False  # an element has ended after which nothing is to be done
        self.has_left = False  # the listeners of the process's end are done, or never will be
        # The tokens that are not to go on, each with what has kept it when it was tried.
        self.held: Mapping[int, StuckError] = {}
        self.retried: set[str] = set()  # the waits of this step that were incidents
        self.watch = conditions.Watch()
        if model.has_conditions:
            scopes.note_changes(self.watch.changes)

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

    @property
    def tokens(self) -> list[Task]:
        return list(self._tokens.tasks.values())

    # What can be asked ---------------------------------------------------------------------------------------------

    def element(self, task: Task) -> Element:
        spec: Node = task.task_spec
        return spec.element

    def waiting(self, wait_id: str) -> Task:
        """The token that waits; raises NotFound."""
        if wait_id not in self.waits:
            raise NotFound(f"The process does not wait at {wait_id} any more.", wait_id=wait_id)
        return self._tokens.tasks[int(wait_id)]

    def active(self, number: str) -> Task:
        """The token of an element that has begun and not ended; raises NotFound."""
        if int(number) not in self._tokens.tasks:
            raise NotFound(f"The element {number} of the process is not active any more.")
        return self._tokens.tasks[int(number)]

    def token(self, number: int) -> Task | None:
        """A live token, or None."""
        found: Task | None = self._tokens.tasks.get(number)
        return found

    def at_conditions(self) -> tuple[Wait, ...]:
        """The events at whose conditions the run stands: nobody outside completes them, so they are no waits of it."""
        drawn = ((task.id, self.element(task)) for task in self.watch.waiting.values())
        return tuple(Wait(str(number), conditions.KIND, one.id, one.name, number) for number, one in drawn)

    def task_listener(self, wait_id: str, event: str, at: int) -> dict[str, Any] | None:
        """The job of the listener at this place in the order of an event of a user task; None if there is none.

        Raises NotFound, StuckError.
        """
        return attributes.task_listener(self, self.waiting(wait_id), event, at)

    def inside(self, scope_task: Task) -> list[Task]:
        """The tokens that keep a process, sub-process or body going: not those that wait to begin something."""
        return [one for one in scope_task.children if self.goes_on(one)]

    def goes_on(self, task: Task) -> bool:
        """Whether a token is at work: one at an event on a border only while its listeners are."""
        if task.has_state(TaskState.STARTED):
            return True
        return not (events.listens(task) or self.element(task).attached_to)

    def scope_of(self, task: Task) -> int:
        """The scope in which a token sees variables."""
        scope: int = task.internal_data.get("own", task.internal_data["scope"])
        return scope

    def holds(self, flow: Flow, task: Task) -> bool:
        """Whether the condition of a flow is true. Raises StuckError if it is neither true nor false."""
        if flow.condition is None:
            return True
        answer = self.evaluate(flow.condition, task, flow.source)
        if not isinstance(answer, bool):
            instead = self.instead(flow.condition, task)
            text = f"The condition of the flow “{flow.name or flow.id}” is neither true nor false{instead}"
            raise StuckError(flow.source, f"{text}: {flow.condition.text}", "EXTRACT_VALUE_ERROR")
        return answer

    def evaluate(
        self, expression: feel.Expression, task: Task, element_id: str, besides: Mapping[str, Any] | None = None
    ) -> Any:
        """The JSON value of an expression, as seen from a task; what is given besides hides variables of its name."""
        try:
            return feel.to_json(self.evaluate_feel(expression, task, besides=besides)[0])
        except feel.FeelLimit as error:
            raise StuckError(element_id, f"{error}: {expression.text}", "EXTRACT_VALUE_ERROR") from None

    def instead(self, expression: feel.Expression, task: Task, besides: Mapping[str, Any] | None = None) -> str:
        """What an expression is that should be something else, in words to be set behind what it should be."""
        return incident_words.instead(*self.evaluate_feel(expression, task, besides=besides))

    def evaluate_feel(
        self,
        expression: feel.Expression,
        task: Task,
        at: datetime | None = None,
        besides: Mapping[str, Any] | None = None,
    ) -> tuple[Any, list[str]]:
        """The FEEL value of an expression, now or as of an instant, with the warnings that tell why it is null.

        Raises StuckError if it fails.
        """
        now = (lambda: at) if at else self.context.now
        env = feel.Environment(now=now, working_days=self.context.working_days)
        seen = self.scopes.seen_from(self.scope_of(task))
        if besides:
            seen = seen.new_child(dict(besides))
        value = expression.evaluate(seen, env)
        if env.failure:
            raise StuckError(self.element(task).id, f"{env.failure}: {expression.text}", "EXTRACT_VALUE_ERROR")
        return value, env.warnings

    # Tokens ----------------------------------------------------------------------------------------------------

    def place(self, element_id: str, parent: Task, task_state: int, data: dict[str, Any]) -> Task:
        """Put a new token at an element, below its process, sub-process or activity; it does nothing yet."""
        self._counter += 1
        task = Task(self._tokens, self.spec(element_id), parent, task_state, self._counter)
        task.internal_data = data
        return task

    def note(self, event: StepEvent) -> None:
        """Something has happened."""
        self._events.append(event)

    def wait(self, task: Task, kind: str) -> None:
        """Say that the run waits here."""
        task.internal_data["kind"] = kind
        if kind == conditions.KIND:  # nobody outside can bring it about
            self.watch.add(task)
            return
        self.waits[str(task.id)] = self._waited(task, kind, attributes.attributes_of(self, task, kind))

    def _waited(self, task: Task, kind: str, told: Mapping[str, Any]) -> Wait:
        element = self.element(task)
        if kind in (listeners.KIND, ad_hoc.KIND):  # a job at the element below whose token it stands
            return Wait(str(task.id), "job", element.id, element.name, task.parent.id, told)
        return Wait(str(task.id), kind, element.id, element.name, task.id, told)

    def begun(self, task: Task) -> None:
        """Tell that an element has begun; once, also if it was held."""
        element = self.element(task)
        if not task.internal_data.pop("begun", False):
            self.activates(element, task.id, task.parent.parent if element.attached_to else task.parent)

    def activates(self, element: Element, number: int, parent: Task) -> None:
        """Tell that an element has begun, below a token."""
        told = {"type": element.type, "name": element.name, "around": self._around(parent)}
        self.note(StepEvent("element-activated", element.id, number, told))

    def _around(self, token: Task) -> int:
        """The number of the element instance that a token or the next one above it is, and that holds others; 0 for
        the process."""
        while token.parent is not None and self.element(token).type not in _HOLDS:
            token = token.parent
        return token.id if token.parent is not None else 0

    def hold(self, task: Task, why: StuckError) -> None:
        """Let a token stand before its element until it is tried again, or at its end if it was to leave it."""
        if why.leaves:
            task._set_state(TaskState.STARTED)
            task.internal_data |= {"kind": HELD, LEAVES: True}
        else:
            self.begun(task)
            task.internal_data |= {"kind": HELD, "begun": True}
        told = {"element_id": why.element_id, "message": why.message, "error_type": why.error_type}
        element = self.element(task)
        self.waits[str(task.id)] = Wait(str(task.id), HELD, element.id, element.name, task.id, told)

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

    def spec(self, element_id: str) -> Node:
        """The task specification of an element; raises StuckError."""
        spec = self._tokens.spec.task_specs.get(element_id)
        if spec is None:
            raise StuckError(element_id, f"The diagram has no element {element_id}.", "STATE_ERROR")
        return spec  # type: ignore[no-any-return]

    def restore_token(self, number: int, element_id: str, task_state: int, parent: int, data: dict[str, Any]) -> None:
        task = Task(self._tokens, self.spec(element_id), self._tokens.tasks[parent], task_state, number)
        task.internal_data = data
        self.scopes.own(self.scope_of(task))  # it is there, or the state is damaged
        kind = data.get("kind")
        if task_state == TaskState.READY and kind != HELD:
            self._ready.append(task)
        if kind == conditions.KIND:
            self.watch.waiting[number] = task
        elif kind:
            told = attributes.timer_attributes(data) if kind == "timer" else {}
            self.waits[str(number)] = self._waited(task, kind, told)

    def open_scope(self, task: Task) -> None:
        """Give a token a scope of its own, unless it has one."""
        if "own" not in task.internal_data:
            self.scopes.open(task.id, task.internal_data["scope"])
            task.internal_data["own"] = task.id

    def changed(self, scope: int, name: str, value: Any) -> None:
        """A variable was set in a scope."""
        self.note(StepEvent("variable", "", scope, {"name": name, "value": value, "scope": scope}))

    def terminate(self, task: Task) -> None:
        """End a token with all below it."""
        for child in list(task.children):
            self.terminate(child)
        element = self.element(task)
        if task.has_state(TaskState.STARTED) or "begun" in task.internal_data:
            self.note(StepEvent("element-terminated", element.id, task.id))
        if multi_instance.is_instance(task):
            multi_instance.note_terminated(task)
        self.has_ended(task)
        self.remove(task)

    def has_ended(self, task: Task) -> None:
        """An element has ended, all that is done for many at once; the instance does if it was told to end then."""
        if self.element(task).id in self.context.ends_after and not multi_instance.is_instance(task):
            self.is_over = True

    def remove(self, task: Task) -> None:
        """Take a token away with its scope and what it waits for."""
        for child in list(task.children):  # boundary events that did not happen, compensations handed on
            self.remove(child)
        self.waits.pop(str(task.id), None)
        self.watch.forget(task)
        if "own" in task.internal_data:
            self.scopes.close(task.internal_data["own"])
        self._tokens._remove_task(task.id)

    def _open_inclusive_gateway(self) -> bool:
        """Open one inclusive gateway that no other token can reach any more (BPMN 2.0, table 13.3)."""
        for task in list(self._tokens.tasks.values()):
            if not (isinstance(task.task_spec, InclusiveGateway) and task.has_state(TaskState.WAITING)):
                continue
            gateway, beside = self.element(task), task.parent.children
            same = [one for one in beside if one.task_spec is task.task_spec]
            here = {one.internal_data["flow"] for one in same if one.has_state(TaskState.WAITING)}
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
