"""The activities: each kind alone, and with everything that can be drawn at it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.diagrams import Node, body, diagram, end, event, job, mapping, start, timer
from tests.vocabulary.events import ROOT, undone
from tests.vocabulary.play import HERE, Case, Check, Played, listens
from tests.vocabulary.tables import Cell, Table

_WORK = '<zeebe:taskDefinition type="work" />'
_DECISION = '<zeebe:calledDecision decisionId="units" resultVariable="found" />'
_INNER = body([start("in"), job("inner"), end("out")], ["in -> inner", "inner -> out"], "g")
_ASIDE = body(
    [Node("startEvent", "in", inside='<bpmn:messageEventDefinition messageRef="M" />'), job("inner"), end("out")],
    ["in -> inner", "inner -> out"],
    "g",
)


@dataclass(frozen=True)
class Kind:
    """A kind of activity; `begins` is the event that begins one that no flow does."""

    type: str
    extensions: str = ""
    inside: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    begins: str = ""

    def node(self, extensions: str = "", inside: str = "", **attributes: str) -> Node:
        given = {**self.attributes, **attributes}
        return Node(self.type, HERE, self.extensions + extensions, inside + self.inside, **given)


KINDS = {
    "undefined task": Kind("task"),
    "manual task": Kind("manualTask"),
    "user task": Kind("userTask", "<zeebe:userTask />"),
    "user task without zeebe:userTask": Kind("userTask"),
    "service task": Kind("serviceTask", _WORK),
    "send task": Kind("sendTask", _WORK),
    "receive task": Kind("receiveTask", attributes={"messageRef": "M"}),
    "script task, FEEL": Kind("scriptTask", '<zeebe:script expression="=1 + 1" resultVariable="found" />'),
    "script task, a job": Kind("scriptTask", _WORK),
    "business rule task, a decision": Kind("businessRuleTask", _DECISION),
    "business rule task, a job": Kind("businessRuleTask", _WORK),
    "call activity": Kind("callActivity", '<zeebe:calledElement processId="child" />'),
    "sub-process": Kind("subProcess", "", _INNER),
    "event sub-process": Kind("subProcess", "", _ASIDE, {"triggeredByEvent": "true"}, begins="in"),
    "transaction": Kind("transaction", "", _INNER),
    "ad-hoc sub-process, FEEL": Kind(
        "adHocSubProcess", '<zeebe:adHoc activeElementsCollection="=[&quot;inner&quot;]" />', body([job("inner")], [])
    ),
    "ad-hoc sub-process, a job": Kind("adHocSubProcess", _WORK, body([job("inner")], [])),
}


def in_line(kind: Kind, here: Node, *more: Node, flows: tuple[str, ...] = (), inside: str = "") -> bytes:
    """A process in which the flow leads through it, or which it stands beside."""
    if kind.begins:
        nodes, own = [start(), job("main"), end(), here, *more], ["begin -> main", "main -> done"]
    else:
        nodes, own = [start(), here, end(), *more], ["begin -> here", "here -> done"]
    return diagram("p", nodes, [*own, *flows], root=ROOT, inside=inside)


def _simple(extensions: str = "", inside: str = "", check: Check = lambda _: True) -> Callable[[Kind], Case]:
    def drawn(kind: Kind) -> Case:
        return Case(in_line(kind, kind.node(extensions, inside)), event=kind.begins or HERE, check=check)

    return drawn


def _begun(times: int) -> Check:
    return lambda played: played.count("element-activated") == times


def _many(sequential: str) -> Callable[[Kind], Case]:
    told = '<zeebe:loopCharacteristics inputCollection="=[1,2,3]" inputElement="one" />'
    loop = f'<bpmn:multiInstanceLoopCharacteristics isSequential="{sequential}"><bpmn:extensionElements>{told}'
    # The body counts as one of its own.
    return _simple(inside=f"{loop}</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>", check=_begun(4))


def _border(here: Node, definition: str) -> Callable[[Kind], Case]:
    def drawn(kind: Kind) -> Case:
        here.attributes["attachedToRef"] = HERE
        xml = in_line(kind, kind.node(), here, end("after"), flows=(f"{here.id} -> after",))
        done = (here.id, "after")
        return Case(xml, done, (HERE,), event=here.id, at=(HERE, here.id))

    return drawn


def _undone(kind: Kind) -> Case:
    nodes, inside = undone(kind.node(), job("undo"))
    back = event("intermediateThrowEvent", "back", "compensate")
    if kind.begins:
        nodes = [start(), back, end(), *nodes]
        xml = diagram("p", nodes, ["begin -> back", "back -> done"], root=ROOT, inside=inside)
    else:
        nodes = [start(), *nodes, back, end()]
        xml = diagram("p", nodes, ["begin -> here", "here -> back", "back -> done"], root=ROOT, inside=inside)
    return Case(xml, (HERE, "undo", "done"), event=kind.begins, at=(HERE, "undo-here"))


def _undoes(kind: Kind) -> Case:
    nodes, inside = undone(job("work"), kind.node())
    nodes = [start(), *nodes, event("intermediateThrowEvent", "back", "compensate"), end()]
    xml = diagram("p", nodes, ["begin -> work", "work -> back", "back -> done"], root=ROOT, inside=inside)
    return Case(xml, (HERE, "done"), event=kind.begins or HERE, at=(HERE, "undo-work"))


def _listeners() -> Callable[[Kind], Case]:
    drawn = "".join(f'<zeebe:executionListener eventType="{one}" type="{one}-job" />' for one in ("start", "end"))
    return _simple(f"<zeebe:executionListeners>{drawn}</zeebe:executionListeners>", check=_listened)


def _listened(played: Played) -> bool:
    found = [one for one in played.waits.values() if one.element_id == HERE and listens(one)]
    return [one.attributes["type"] for one in found] == ["start-job", "end-job"]


def _two_flows(kind: Kind) -> Case:
    xml = in_line(kind, kind.node(), end("aside"), flows=("here -> aside",))
    return Case(xml, (HERE, "done", "aside"))


def _choice(kind: Kind) -> Case:
    flows = ["begin -> here", "here -> done if 1 > 0", "here -> aside default"]
    nodes = [start(), kind.node(), end(), end("aside")]
    if kind.begins:
        nodes, flows = [*nodes, job("main")], [*flows, "begin -> main", "main -> done"]
    return Case(diagram("p", nodes, flows, root=ROOT), (HERE, "done"), at=(HERE, "f2"))


_LATE = timer("boundaryEvent", "late", "PT1H")
_LOST = event("boundaryEvent", "lost", "error", "E")

COLUMNS: Mapping[str, Callable[[Kind], Case]] = {
    "alone": _simple(),
    "input mapping": _simple(mapping({"given": "3 + 4"}), check=lambda played: played.local("given") == [7]),
    "output mapping": _simple(
        mapping(outputs={"brought": "3 + 4"}), check=lambda played: played.variables.get("brought") == 7
    ),
    "many at once": _many("false"),
    "many in turn": _many("true"),
    "loop": _simple(inside='<bpmn:standardLoopCharacteristics loopMaximum="2" />', check=_begun(3)),
    "timer on its border": _border(_LATE, ""),
    "error on its border": _border(_LOST, ""),
    "is undone": _undone,
    "undoes": _undoes,
    "execution listeners": _listeners(),
    "job priority": _simple(
        '<zeebe:jobPriorityDefinition priority="7" />', check=lambda played: 7 in played.told("priority")
    ),
    "two flows out": _two_flows,
    "conditions on its flows": _choice,
}
# What BPMN has for activities only that a flow begins.
_BY_FLOW = frozenset(COLUMNS) - {"alone", "input mapping", "output mapping", "execution listeners", "job priority"}


def table() -> Table:
    rows = {
        name: {column: Cell(draw(kind), not (kind.begins and column in _BY_FLOW)) for column, draw in COLUMNS.items()}
        for name, kind in KINDS.items()
    }
    return Table("Activities", "An activity, and what is drawn at it besides.", "Activity", rows)
