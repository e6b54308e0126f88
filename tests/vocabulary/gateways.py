"""The gateways: each kind, and the flows that lead into it and out of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.diagrams import Node, diagram, end, job, start, timer
from tests.vocabulary.play import HERE, Case, Played, listens
from tests.vocabulary.tables import Cell, Table


@dataclass(frozen=True)
class Kind:
    """A kind of gateway; `all_ways` if a token goes on over each flow."""

    type: str
    attributes: tuple[tuple[str, str], ...] = ()
    is_event_based: bool = False
    all_ways: bool = False

    def node(self, extensions: str = "") -> Node:
        return Node(self.type, HERE, extensions, **dict(self.attributes))

    def way(self, id_: str) -> Node:
        """What stands behind it."""
        return timer("intermediateCatchEvent", id_, "PT1H") if self.is_event_based else job(id_)


KINDS = {
    "exclusive": Kind("exclusiveGateway"),
    "inclusive": Kind("inclusiveGateway"),
    "parallel": Kind("parallelGateway", all_ways=True),
    "event-based": Kind("eventBasedGateway", is_event_based=True),
    "event-based, for all events": Kind(
        "eventBasedGateway", (("eventGatewayType", "Parallel"), ("instantiate", "true")), is_event_based=True
    ),
    "event-based, begins the process": Kind("eventBasedGateway", (("instantiate", "true"),), is_event_based=True),
    "complex": Kind("complexGateway"),
}


def _splits(
    first: str, second: str, *, extensions: str = "", lead: tuple[str, ...] = ("begin -> here",)
) -> Callable[[Kind], Case]:
    """Two ways out, with what is written at their flows."""

    def drawn(kind: Kind) -> Case:
        begins = dict(kind.attributes).get("instantiate") == "true"
        nodes = [kind.node(extensions), kind.way("one"), kind.way("two"), end("after-one"), end("after-two")]
        flows = [f"here -> one{first}", f"here -> two{second}", "one -> after-one", "two -> after-two"]
        nodes, flows = (nodes, flows) if begins else ([start(), *nodes], [*lead, *flows])
        both = ("after-two",) if kind.all_ways else ()
        xml = diagram("p", nodes, flows)
        return Case(xml, (HERE, "after-one", *both), at=(HERE, *(["p"] if begins else []), *_flows_out(xml)), event="")

    return drawn


def _flows_out(xml: bytes) -> tuple[str, ...]:
    text = xml.decode()
    parts = text.split('<bpmn:sequenceFlow id="')[1:]
    return tuple(part.split('"')[0] for part in parts if f'sourceRef="{HERE}"' in part.split(">")[0])


def _joins(kind: Kind) -> Case:
    nodes = [start(), Node("parallelGateway", "fork"), job("a"), job("b"), kind.node(), kind.way("one"), end("after")]
    flows = ["begin -> fork", "fork -> a", "fork -> b", "a -> here", "b -> here", "here -> one", "one -> after"]
    return Case(diagram("p", nodes, flows), (HERE, "after"), event="")


def _both(kind: Kind) -> Case:
    nodes = [start(), Node("parallelGateway", "fork"), job("a"), job("b"), kind.node()]
    nodes += [kind.way("one"), kind.way("two"), end("after-one"), end("after-two")]
    flows = ["begin -> fork", "fork -> a", "fork -> b", "a -> here", "b -> here"]
    conditions = ("", "") if kind.all_ways or kind.is_event_based else (" if 1 > 0", " default")
    flows += [f"here -> one{conditions[0]}", f"here -> two{conditions[1]}", "one -> after-one", "two -> after-two"]
    xml = diagram("p", nodes, flows)
    return Case(xml, (HERE, "after-one"), at=(HERE, *_flows_out(xml)), event="")


def _out(*flows: str, done: tuple[str, ...] = (HERE, "after")) -> Callable[[Kind], Case]:
    """At most one way out."""

    def drawn(kind: Kind) -> Case:
        nodes = [start(), kind.node(), *([kind.way("one"), end("after")] if flows else [])]
        own = ["begin -> here", *flows, *(["one -> after"] if flows else [])]
        xml = diagram("p", nodes, own)
        return Case(xml, done, at=(HERE, *_flows_out(xml)), event="")

    return drawn


def _listener(event: str) -> Callable[[Kind], Case]:
    drawn = f'<zeebe:executionListener eventType="{event}" type="told" />'
    told = f"<zeebe:executionListeners>{drawn}</zeebe:executionListeners>"

    def built(kind: Kind) -> Case:
        conditions = ("", "") if kind.all_ways or kind.is_event_based else (" if 1 > 0", " default")
        case = _splits(*conditions, extensions=told)(kind)
        return Case(case.xml, case.done, at=case.at, event="", check=_listened)

    return built


def _listened(played: Played) -> bool:
    return [listens(one) for one in played.waits.values() if one.element_id == HERE] == [True]


COLUMNS: Mapping[str, Callable[[Kind], Case]] = {
    "splits by conditions, with a default flow": _splits(" if 1 > 0", " default"),
    "by conditions, without a default flow": _splits(" if matter != null", " if matter = null"),
    "by conditions, of which one is always true": _splits(" if 1 > 2 or 2 > 1", " if true"),
    "one flow has no condition": _splits(" if 1 > 0", ""),
    "no flow has a condition": _splits("", ""),
    "joins": _joins,
    "joins and splits": _both,
    "one flow out": _out("here -> one"),
    "one flow out, with a condition": _out("here -> one if 1 > 0"),
    "no flow out": _out(done=(HERE,)),
    "start listener": _listener("start"),
    "end listener": _listener("end"),
}


def table() -> Table:
    rows = {name: {column: Cell(draw(kind)) for column, draw in COLUMNS.items()} for name, kind in KINDS.items()}
    return Table("Gateways", "A gateway, and the flows at it.", "Gateway", rows)
