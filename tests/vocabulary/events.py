"""The events: each kind in each place where an event may be drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.diagrams import Node, body, diagram, end, event, event_sub_process, job, message_root, start, timer
from tests.vocabulary.play import GATE, HERE, Case
from tests.vocabulary.tables import Cell, Table

ROOT = (
    message_root()
    + '<bpmn:signal id="S" name="alarm" /><bpmn:error id="E" errorCode="LOST" />'
    + '<bpmn:escalation id="L" escalationCode="late" />'
)
_WORK = '<zeebe:taskDefinition type="work" />'
_MESSAGE = '<bpmn:messageEventDefinition messageRef="M" />'
_SIGNAL = '<bpmn:signalEventDefinition signalRef="S" />'
_THROWN = ("intermediateThrowEvent", "endEvent")


def _timer(tag: str, value: str) -> str:
    return f"<bpmn:timerEventDefinition><bpmn:{tag}>{value}</bpmn:{tag}></bpmn:timerEventDefinition>"


@dataclass(frozen=True)
class Kind:
    """A kind of event: its definition, and the places where BPMN 2.0 (table 10.93) has it."""

    event: str
    definition: str
    known: str
    attributes: tuple[tuple[str, str], ...] = ()

    def node(self, type_: str, **attributes: str) -> Node:
        sent = _WORK if type_ in _THROWN and "messageEvent" in self.definition else ""
        return Node(type_, HERE, sent, self.definition, **dict(self.attributes), **attributes)


# The places by a letter each, as `known` lists them.
START, INTERRUPTING, BESIDE, EMBEDDED, CATCH, BEHIND, BORDER, BORDER_BESIDE, THROW, END = "sinecgbotx"
_WAITED = START + INTERRUPTING + BESIDE + CATCH + BEHIND + BORDER + BORDER_BESIDE
KINDS = {
    "none": Kind("", "", START + EMBEDDED + THROW + END),
    "message": Kind("message", _MESSAGE, _WAITED + THROW + END),
    "timer: a date": Kind("timer", _timer("timeDate", "2026-03-01T09:00:00+08:00"), _WAITED),
    "timer: a duration": Kind("timer", _timer("timeDuration", "PT1H"), _WAITED),
    "timer: a cycle, R3/PT1H": Kind("timer", _timer("timeCycle", "R3/PT1H"), _WAITED),
    "timer: cron, 0 0 8 * * *": Kind("timer", _timer("timeCycle", "0 0 8 * * *"), _WAITED),
    "signal": Kind("signal", _SIGNAL, _WAITED + THROW + END),
    "conditional": Kind(
        "conditional",
        f"<bpmn:conditionalEventDefinition><bpmn:condition>={GATE} = true</bpmn:condition>"
        "</bpmn:conditionalEventDefinition>",
        _WAITED,
    ),
    "error": Kind("error", '<bpmn:errorEventDefinition errorRef="E" />', INTERRUPTING + BORDER + END),
    "error, whichever": Kind("error", "<bpmn:errorEventDefinition />", INTERRUPTING + BORDER),
    "escalation": Kind(
        "escalation",
        '<bpmn:escalationEventDefinition escalationRef="L" />',
        INTERRUPTING + BESIDE + BORDER + BORDER_BESIDE + THROW + END,
    ),
    "escalation, whichever": Kind(
        "escalation", "<bpmn:escalationEventDefinition />", INTERRUPTING + BESIDE + BORDER + BORDER_BESIDE
    ),
    "link": Kind("link", '<bpmn:linkEventDefinition name="there" />', CATCH + THROW),
    "compensation": Kind(
        "compensate", "<bpmn:compensateEventDefinition />", INTERRUPTING + BORDER + BORDER_BESIDE + THROW + END
    ),
    "cancel": Kind("cancel", "<bpmn:cancelEventDefinition />", BORDER + END),
    "terminate": Kind("terminate", "<bpmn:terminateEventDefinition />", END),
    "multiple: a message or a signal": Kind("message", _MESSAGE + _SIGNAL, _WAITED + THROW + END),
    "parallel multiple: a message and a signal": Kind(
        "message", _MESSAGE + _SIGNAL, _WAITED, (("parallelMultiple", "true"),)
    ),
}


def undone(work: Node, by: Node) -> tuple[list[Node], str]:
    """An activity with what compensates it; the second is to be put into the process."""
    by.attributes["isForCompensation"] = "true"
    border = event("boundaryEvent", f"undo-{work.id}", "compensate", attachedToRef=work.id)
    joined = f'<bpmn:association id="join-{work.id}" sourceRef="{border.id}" targetRef="{by.id}" />'
    return [work, border, by], joined


def _start(kind: Kind) -> Case:
    xml = diagram("p", [kind.node("startEvent"), end("after")], ["here -> after"], root=ROOT)
    return Case(xml, (HERE, "after"), start=HERE)


def _event_sub_process(kind: Kind, interrupting: str) -> Case:
    aside = event_sub_process("aside", kind.node("startEvent", isInterrupting=interrupting))
    nodes, flows = [start(), job("work"), end(), aside], ["begin -> work", "work -> done"]
    if kind.event == "escalation":
        nodes.append(event("intermediateThrowEvent", "tell", "escalation", "L"))
        flows = ["begin -> tell", "tell -> work", "work -> done"]
    at = (HERE, "aside")
    return Case(diagram("p", nodes, flows, root=ROOT), (HERE, "aside-end"), at=at)


def _embedded(kind: Kind) -> Case:
    inner = Node("subProcess", "around", inside=body([kind.node("startEvent"), end("after")], ["here -> after"], "g"))
    xml = diagram("p", [start(), inner, end()], ["begin -> around", "around -> done"], root=ROOT)
    return Case(xml, (HERE, "after"), at=(HERE, "around"))


def _catch(kind: Kind) -> Case:
    here = kind.node("intermediateCatchEvent")
    if kind.event == "link":
        jump = event("intermediateThrowEvent", "jump", "link", "there")
        xml = diagram("p", [start(), jump, here, end("after")], ["begin -> jump", "here -> after"])
    else:
        xml = diagram("p", [start(), here, end("after")], ["begin -> here", "here -> after"], root=ROOT)
    return Case(xml, (HERE, "after"))


def _behind(kind: Kind) -> Case:
    nodes = [start(), Node("eventBasedGateway", "choice"), kind.node("intermediateCatchEvent"), end("after")]
    nodes += [timer("intermediateCatchEvent", "other", "P1D"), end()]
    flows = ["begin -> choice", "choice -> here", "choice -> other", "here -> after", "other -> done"]
    return Case(diagram("p", nodes, flows, root=ROOT), (HERE, "after"))


def _border(kind: Kind, interrupting: str) -> Case:
    here = kind.node("boundaryEvent", attachedToRef="work", cancelActivity=interrupting)
    nodes, flows, inside = [start(), here, end()], ["begin -> work", "work -> done"], ""
    done: tuple[str, ...] = (HERE, "after")
    if kind.event == "compensate":
        nodes += [job("work"), Node("task", "undo", isForCompensation="true")]
        nodes += [event("intermediateThrowEvent", "back", "compensate")]
        inside = '<bpmn:association id="join" sourceRef="here" targetRef="undo" />'
        flows, done = ["begin -> work", "work -> back", "back -> done"], ("undo",)
    else:
        nodes.append(end("after"))
        flows.append("here -> after")
        thrown = {"escalation": ("L", "subProcess"), "cancel": ("", "transaction")}.get(kind.event)
        if thrown:
            inner = [start("inner-begin"), event("endEvent", "tell", kind.event, thrown[0])]
            nodes.append(Node(thrown[1], "work", inside=body(inner, ["inner-begin -> tell"], "g")))
        else:
            nodes.append(job("work"))
    return Case(diagram("p", nodes, flows, root=ROOT, inside=inside), done)


def _thrown(kind: Kind, type_: str) -> Case:
    here, ahead, inside = kind.node(type_), [start()], ""
    flows, done = ["begin -> here"], [HERE]
    if kind.event == "compensate":
        pair, inside = undone(job("work"), job("undo"))
        ahead, flows, done = [start(), *pair], ["begin -> work", "work -> here"], [HERE, "undo"]
    after = [end("after")] if type_ == "intermediateThrowEvent" else []
    if kind.event == "link" and after:
        after.append(event("intermediateCatchEvent", "there", "link", "there"))
        flows.append("there -> after")
    elif after:
        flows.append("here -> after")
    if type_ == "endEvent" and kind.event in ("error", "cancel"):
        around = Node("transaction", "around", inside=body([*ahead, here], flows, "g"))
        caught = Node("boundaryEvent", "caught", "", kind.definition, attachedToRef="around")
        nodes = [start("outer"), around, caught, end(), end("after")]
        flows = ["outer -> around", "around -> done", "caught -> after"]
        return Case(diagram("p", nodes, flows, root=ROOT), ("after",), (HERE,), event="")
    done += ["after"] if after else []
    return Case(diagram("p", [*ahead, here, *after], flows, root=ROOT, inside=inside), tuple(done), event="")


PLACES: dict[str, tuple[str, Callable[[Kind], Case]]] = {
    "start of a process": (START, _start),
    "start of an event sub-process, interrupting": (INTERRUPTING, lambda kind: _event_sub_process(kind, "true")),
    "start of an event sub-process, not interrupting": (BESIDE, lambda kind: _event_sub_process(kind, "false")),
    "start inside a sub-process": (EMBEDDED, _embedded),
    "intermediate, catching": (CATCH, _catch),
    "behind an event-based gateway": (BEHIND, _behind),
    "border, interrupting": (BORDER, lambda kind: _border(kind, "true")),
    "border, not interrupting": (BORDER_BESIDE, lambda kind: _border(kind, "false")),
    "intermediate, throwing": (THROW, lambda kind: _thrown(kind, "intermediateThrowEvent")),
    "end": (END, lambda kind: _thrown(kind, "endEvent")),
}


def table() -> Table:
    rows = {
        name: {place: Cell(draw(kind), letter in kind.known) for place, (letter, draw) in PLACES.items()}
        for name, kind in KINDS.items()
    }
    words = "An event by what it is about, and where it stands."
    return Table("Events", words, "Event", rows)
