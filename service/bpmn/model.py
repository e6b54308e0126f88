"""A process model: what a diagram says, read once, with everything that can be compiled compiled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from service import feel
from service.errors import Problem


@dataclass(frozen=True, slots=True)
class Text:
    """The value of an attribute: FEEL if it begins with `=`, otherwise itself."""

    text: str
    expression: feel.Expression | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """Something deployed that an element means; empty `target_id` if FEEL computes it, as `computed` says."""

    element_id: str
    target_id: str
    binding: str = "latest"  # latest | deployment | versionTag
    version_tag: str | None = None
    is_start: bool = False
    computed: Text | None = None


@dataclass(frozen=True, slots=True)
class DecisionOutcome:
    """A decision's output as JSON, with its record for the history."""

    output: Any
    record: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow."""

    id: str
    source: str
    target: str
    name: str = ""
    condition: feel.Expression | None = None


@dataclass(frozen=True, slots=True)
class Timer:
    """`kind` is date, duration or cycle."""

    kind: str
    value: Text


@dataclass(frozen=True, slots=True)
class Message:
    """A message by name; `correlation_key` is None where a start event needs none."""

    name: Text
    correlation_key: feel.Expression | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """What a conditional event waits for; it is looked at when one of `names` (none: any) is changed so, `create` or
    `update`."""

    expression: feel.Expression
    names: frozenset[str]
    changes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Job:
    type: Text
    retries: Text
    priority: Text | None = None


@dataclass(frozen=True, slots=True)
class Listener:
    """A job that is done when something happens to an element, or to a user task: `event` as Camunda 8 names it."""

    event: str
    type: Text
    retries: Text
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class UserTask:
    assignee: Text | None = None
    candidate_groups: Text | None = None
    candidate_users: Text | None = None
    due_date: Text | None = None
    follow_up_date: Text | None = None
    priority: Text | None = None
    form: Reference | None = None
    outside_form: Text | None = None  # how another application knows its form, or the key of one in the process
    listeners: tuple[Listener, ...] = ()
    is_job: bool = False  # a worker may do it too


@dataclass(frozen=True, slots=True)
class Call:
    """A call activity: which process, and which of its variables come back."""

    process: Reference
    propagate_all_parent: bool = True
    propagate_all_child: bool = True


@dataclass(frozen=True, slots=True)
class MultiInstance:
    """For which collection an activity is done, member by member or at once.

    `member` and `output` are names of variables; `output_variable` that which the output element reads, if it is no
    more than a variable or a way into one: each instance has one of its own.
    """

    is_sequential: bool
    collection: feel.Expression
    member: str = ""
    output: str = ""
    output_element: feel.Expression | None = None
    condition: feel.Expression | None = None

    @property
    def output_variable(self) -> str:
        read = self.output_element.reads if self.output_element else ()
        is_plain = len(read) == 1 and self.output_element is not None and ".".join(read[0]) == self.output_element.text
        return read[0][0] if is_plain else ""


@dataclass(frozen=True, slots=True)
class StandardLoop:
    """How long an activity is done again: while the condition holds, `maximum` times at the most."""

    condition: feel.Expression | None
    maximum: int | None = None
    test_before: bool = False


@dataclass(frozen=True, slots=True)
class AdHoc:
    """Which elements of an ad-hoc sub-process are activated when it begins, and when it is over.

    `output` is the name of a variable; `cancels_remaining`: what is active still ends when the condition holds.
    """

    active: feel.Expression | None = None
    output: str = ""
    output_element: feel.Expression | None = None
    condition: feel.Expression | None = None
    cancels_remaining: bool = True


@dataclass(frozen=True)
class Element:
    """A flow node. `type` is the BPMN local name; `event` that of its event definition, if it has one."""

    id: str
    name: str
    type: str
    parent_id: str
    event: str = ""
    incoming: tuple[str, ...] = ()
    outgoing: tuple[str, ...] = ()
    default: str | None = None
    lane: str = ""
    documentation: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    inputs: tuple[tuple[str, Text], ...] = ()
    outputs: tuple[tuple[str, Text], ...] = ()
    attached_to: str | None = None
    interrupting: bool = True
    timer: Timer | None = None
    message: Message | None = None
    signal: Text | None = None
    condition: Condition | None = None
    code: Text | None = None  # of an error or escalation; none catches each
    link: str = ""
    job: Job | None = None
    listeners: tuple[Listener, ...] = ()
    user_task: UserTask | None = None
    start_form: Reference | None = None
    decision: Reference | None = None
    script: feel.Expression | None = None
    result_variable: str = ""
    call: Call | None = None
    loop: MultiInstance | StandardLoop | None = None
    ad_hoc: AdHoc | None = None
    is_transaction: bool = False
    is_handler: bool = False  # it compensates another activity
    handler: str = ""  # of a compensation event on a border: the activity that it begins
    compensated: str = ""  # of a compensation that is thrown: the activity that it names

    @property
    def is_job(self) -> bool:
        """Whether a worker does it: of the events, only those that throw a message."""
        throws = self.type in ("intermediateThrowEvent", "endEvent")
        return self.job is not None and (self.event == "message" or not throws)


@dataclass(frozen=True, slots=True)
class StartEvent:
    """How a process begins."""

    element_id: str
    kind: str  # none, message, signal, conditional or timer
    message_name: str = ""
    signal_name: str = ""
    timer_kind: str = ""
    timer_expression: Text | None = None
    condition: Condition | None = None


@dataclass(frozen=True)
class ProcessModel:
    """One executable process of a file. The compiled specification is cached on it."""

    id: str
    name: str
    version_tag: str | None
    xml: bytes
    elements: Mapping[str, Element]
    flows: Mapping[str, Flow]
    warnings: tuple[Problem, ...] = ()  # what can run, though it is probably not meant
    listeners: tuple[Listener, ...] = ()
    job_priority: Text | None = None
    forms: Mapping[str, bytes] = field(default_factory=dict)  # those that stand in it, by the ids to keep them under
    properties: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def start_events(self) -> tuple[StartEvent, ...]:
        found = []
        for one in self.starts_of(self.id):
            if one.message:
                found.append(StartEvent(one.id, "message", message_name=one.message.name.text))
            elif one.signal:
                found.append(StartEvent(one.id, "signal", signal_name=one.signal.text))
            elif one.condition:
                found.append(StartEvent(one.id, "conditional", condition=one.condition))
            elif one.timer:
                found.append(StartEvent(one.id, "timer", timer_kind=one.timer.kind, timer_expression=one.timer.value))
            else:
                found.append(StartEvent(one.id, "none"))
        return tuple(found)

    @cached_property
    def form_refs(self) -> tuple[Reference, ...]:
        """Those of user tasks, and that of the start event; of these and the others those that are not computed."""
        return _named(one.user_task.form if one.user_task else one.start_form for one in self.elements.values())

    @cached_property
    def decision_refs(self) -> tuple[Reference, ...]:
        return _named(one.decision for one in self.elements.values())

    @cached_property
    def call_refs(self) -> tuple[Reference, ...]:
        return _named(one.call.process if one.call else None for one in self.elements.values())

    @cached_property
    def job_types(self) -> tuple[tuple[str, str], ...]:
        """Element id, job type; those of listeners too."""
        own = [(one.id, one.job.type.text) for one in self.elements.values() if one.job and one.is_job]
        listening = [(self.id, self.listeners), *((one.id, one.listeners) for one in self.elements.values())]
        listening += [(one.id, one.user_task.listeners) for one in self.elements.values() if one.user_task]
        return (*own, *((id_, one.type.text) for id_, listeners in listening for one in listeners))

    @cached_property
    def boundaries(self) -> Mapping[str, tuple[Element, ...]]:
        """Activity id → the events on its border, in the order of the file."""
        found: dict[str, list[Element]] = {}
        for one in self.elements.values():
            if one.attached_to:
                found.setdefault(one.attached_to, []).append(one)
        return {key: tuple(value) for key, value in found.items()}

    @cached_property
    def has_many(self) -> bool:
        """Whether one of its activities is done several times."""
        return any(one.loop for one in self.elements.values())

    @cached_property
    def has_conditions(self) -> bool:
        """Whether one of its events waits for a condition."""
        return any(one.condition for one in self.elements.values())

    @cached_property
    def event_sub_processes(self) -> Mapping[str, tuple[Element, ...]]:
        """Process or sub-process id → the start events of the event sub-processes in it, in the order of the file."""
        found: dict[str, list[Element]] = {}
        for one in self.elements.values():
            holder = self.elements.get(one.parent_id)
            if one.type == "startEvent" and holder and holder.type == "eventSubProcess":
                found.setdefault(holder.parent_id, []).append(one)
        return {key: tuple(value) for key, value in found.items()}

    @cached_property
    def links(self) -> Mapping[str, str]:
        """Throwing link event → the catching one of the same name beside it."""
        catching = {
            (one.parent_id, one.link): one.id
            for one in self.elements.values()
            if one.event == "link" and one.type == "intermediateCatchEvent"
        }
        throwing = [one for one in self.elements.values() if one.event == "link" and one.type.endswith("ThrowEvent")]
        return {one.id: catcher for one in throwing if (catcher := catching.get((one.parent_id, one.link)))}

    def starts_of(self, scope_id: str) -> tuple[Element, ...]:
        """The start events directly inside the process or a sub-process."""
        return tuple(one for one in self.elements.values() if one.type == "startEvent" and one.parent_id == scope_id)

    @cached_property
    def _reaching(self) -> dict[tuple[str, str], frozenset[str]]:
        return {}

    def reaching(self, gateway_id: str, flow_id: str) -> frozenset[str]:
        """The elements from which a token can come over a flow into a gateway without having passed the gateway."""
        cached = self._reaching.get((gateway_id, flow_id))
        if cached is None:
            found, ahead = set[str](), [self.flows[flow_id].source]
            while ahead:
                one = ahead.pop()
                if one == gateway_id or one in found:
                    continue
                found.add(one)
                element = self.elements[one]
                ahead.extend(self.flows[flow].source for flow in element.incoming)
                ahead.extend([element.attached_to] if element.attached_to else ())
                ahead.extend(thrower for thrower, catcher in self.links.items() if catcher == one)
            cached = self._reaching[gateway_id, flow_id] = frozenset(found)
        return cached


def _named(references: Iterable[Reference | None]) -> tuple[Reference, ...]:
    return tuple(one for one in references if one and not one.computed)


@dataclass(frozen=True, slots=True)
class Wait:
    """Something that a run waits for: user-task, job, timer, message, signal, call or incident.

    `number` is that of its element instance. The attributes are those of the moment when it began; of an older wait a
    restored run knows only a timer's.
    """

    id: str
    kind: str
    element_id: str
    name: str
    number: int
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StepEvent:
    """Something that happened, in order: element-activated, element-completed, element-terminated, flow-taken,
    decision, variable, condition-true, signal-thrown, thrown-out (at the caller).

    `element_id` of a flow-taken is the flow's; `number` counts element instances of a run.
    """

    kind: str
    element_id: str
    number: int = 0
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Waits:
    """Where a run stands: all that it waits for, its variables, and what happened since it was last asked.

    `local` has the variables of element instances by their number, of those that have got some since it was restored.
    """

    items: tuple[Wait, ...]
    ended: bool
    variables: Mapping[str, Any]
    events: tuple[StepEvent, ...]
    local: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a timer is due; `interval` and `repeats_left` (None: for ever) if it comes again."""

    due: datetime
    interval: str | None = None
    repeats_left: int | None = 0
    provisional: bool = False
