"""What was done is undone by what is drawn for it: each time it was done, and only where it was."""

from __future__ import annotations

from tests.bpmn.test_run import Player
from tests.diagrams import (
    Node,
    body,
    diagram,
    each,
    end,
    event,
    event_sub_process,
    job,
    mapping,
    message,
    message_root,
    script,
    start,
    user,
)

PLACE = '<bpmn:association id="{0}-undoes" sourceRef="{0}-undone" targetRef="undo-{0}" />'


def undone(activity: Node, handler: Node | None = None) -> tuple[list[Node], str]:
    """An activity with a compensation event on its border, and what is begun by it."""
    event = Node(
        "boundaryEvent", f"{activity.id}-undone", "", "<bpmn:compensateEventDefinition />", attachedToRef=activity.id
    )
    handler = handler or job(f"undo-{activity.id}")
    handler.attributes["isForCompensation"] = "true"
    return [activity, event, handler], PLACE.format(activity.id)


def throw(id_: str, activity: str = "", kind: str = "intermediateThrowEvent") -> Node:
    reference = f' activityRef="{activity}"' if activity else ""
    return Node(kind, id_, "", f"<bpmn:compensateEventDefinition{reference} />")


def drawn(flows: list[str], *parts: tuple[list[Node], str] | Node) -> bytes:
    nodes, inside = [start()], ""
    for part in parts:
        nodes += [part] if isinstance(part, Node) else part[0]
        inside += "" if isinstance(part, Node) else part[1]
    return diagram("p", nodes, flows, inside=inside)


IN_A_ROW = ["begin -> a", "a -> b", "b -> undo", "undo -> last", "last -> done"]


def test_a_throw_begins_what_undoes_all_that_was_done_and_waits_for_it() -> None:
    player = Player(drawn(IN_A_ROW, undone(job("a")), undone(job("b")), throw("undo"), user("last"), end()))
    player.do("complete", "a", {})
    player.do("complete", "b", {})
    assert player.open == ["undo-a", "undo-b"]
    player.do("complete", "undo-b", {"b_was": "undone"})
    assert player.open == ["undo-a"]
    player.do("complete", "undo-a", {})
    assert player.open == ["last"]
    assert player.happened("a-undone") == ["activated", "completed"]
    assert player.happened("undo") == ["activated", "completed"]
    player.do("complete", "last", {})
    assert player.waits.ended
    assert player.waits.variables == {"b_was": "undone"}


def test_the_last_that_was_done_is_undone_first() -> None:
    player = Player(drawn(IN_A_ROW, undone(job("a")), undone(job("b")), throw("undo"), user("last"), end()))
    player.do("complete", "a", {})
    player.do("complete", "b", {})
    began = [one.element_id for one in player.events if one.kind == "element-activated"]
    assert began[-2:] == ["undo-b", "undo-a"]


def test_where_nothing_was_done_nothing_is_undone() -> None:
    flows = ["begin -> undo", "undo -> a", "a -> done"]
    player = Player(drawn(flows, undone(job("a")), throw("undo"), end()))
    assert player.open == ["a"]
    player.do("complete", "a", {})
    assert player.waits.ended


def test_a_throw_for_one_activity_leaves_the_others_and_is_not_done_twice() -> None:
    flows = ["begin -> a", "a -> b", "b -> first", "first -> second", "second -> stop"]
    parts = (undone(job("a")), undone(job("b")), throw("first", "a"), throw("second", "a"))
    player = Player(drawn(flows, *parts, throw("stop", kind="endEvent")))
    player.do("complete", "a", {})
    player.do("complete", "b", {})
    assert player.open == ["undo-a"]
    player.do("complete", "undo-a", {})
    assert player.open == ["undo-b"]
    assert not player.waits.ended
    player.do("complete", "undo-b", {})
    assert player.waits.ended


def test_what_was_done_three_times_is_undone_three_times() -> None:
    flows = ["begin -> a", "a -> again", "again -> a if n < 3", "again -> undo default", "undo -> done"]
    gate = Node("exclusiveGateway", "again")
    player = Player(drawn(flows, undone(job("a")), gate, throw("undo"), end()))
    for n in (1, 2, 3):
        player.do("complete", "a", {"n": n})
    assert player.open == ["undo-a"] * 3


def test_what_is_done_for_many_is_undone_once_when_all_are_done() -> None:
    flows = ["begin -> fork", "fork -> a", "fork -> now", "now -> undo", "undo -> last", "last -> done", "a -> over"]
    looped = each(job("a"), "[1, 2]")
    parts = (Node("parallelGateway", "fork"), undone(looped), user("now"), throw("undo"), user("last"), end())
    player = Player(drawn(flows, *parts, end("over")))
    player.do("complete", "a", {})
    half = Player(drawn(flows, *parts, end("over")))
    half.do("complete", "a", {})
    half.do("complete", "now", {})
    assert half.open == ["a", "last"]
    player.do("complete", "a", {})
    player.do("complete", "now", {})
    assert player.open == ["undo-a"]


def test_what_undoes_can_be_done_for_many() -> None:
    handler = each(script("undo-a", "unit * 2", "r"), "units", member="unit", output="back", result="r")
    flows = ["begin -> a", "a -> undo", "undo -> done"]
    player = Player(drawn(flows, undone(job("a"), handler), throw("undo"), end()), units=[1, 2])
    player.do("complete", "a", {})
    assert player.waits.ended
    assert player.waits.variables["back"] == [2, 4]


def within(id_: str, prefix: str, *, inputs: dict[str, str] | None = None, more: str = "x") -> Node:
    nodes, association = undone(job(more))
    inside = body(
        [start(f"{id_}-in"), *nodes, end(f"{id_}-out")], [f"{id_}-in -> {more}", f"{more} -> {id_}-out"], prefix
    )
    return Node("subProcess", id_, mapping(inputs) if inputs else "", inside + association)


def test_a_sub_process_that_is_done_is_undone_from_outside_with_the_variables_it_had() -> None:
    flows = ["begin -> part", "part -> undo", "undo -> done"]
    player = Player(drawn(flows, within("part", "g", inputs={"own": "1 + 1"}), throw("undo"), end()))
    player.do("complete", "x", {})
    assert player.open == ["undo-x"]
    assert player.run.visible(player.wait("undo-x").id) == {"own": 2}
    player.do("complete", "undo-x", {"own": 9, "outer": 1})
    assert player.waits.ended
    assert player.waits.variables == {"outer": 1}


def test_a_sub_process_that_still_runs_is_not_undone() -> None:
    nodes, association = undone(job("x"))
    inside = body([start("in"), *nodes, user("y"), end("out")], ["in -> x", "x -> y", "y -> out"], "g") + association
    flows = ["begin -> fork", "fork -> part", "part -> done", "fork -> now", "now -> undo", "undo -> over"]
    part = Node("subProcess", "part", "", inside)
    parts = (Node("parallelGateway", "fork"), part, user("now"), throw("undo"), end("over"), end())
    player = Player(drawn(flows, *parts))
    player.do("complete", "x", {})
    player.do("complete", "now", {})
    assert player.open == ["y"]
    player.do("complete", "y", {})
    assert player.waits.ended


def test_a_throw_inside_a_sub_process_undoes_nothing_outside() -> None:
    nodes, association = undone(job("x"))
    flows = ["in -> x", "x -> stop"]
    inside = body([start("in"), *nodes, throw("stop", kind="endEvent")], flows, "g") + association
    part = Node("subProcess", "part", "", inside)
    player = Player(drawn(["begin -> a", "a -> part", "part -> done"], undone(job("a")), part, end()))
    player.do("complete", "a", {})
    player.do("complete", "x", {})
    assert player.open == ["undo-x"]
    player.do("complete", "undo-x", {})
    assert player.waits.ended


def test_an_instance_of_many_is_undone_with_the_variables_it_had() -> None:
    part = each(within("part", "g"), "[7, 8]", member="unit")
    player = Player(drawn(["begin -> part", "part -> undo", "undo -> done"], part, throw("undo", "part"), end()))
    player.do("complete", "x", {})
    player.do("complete", "x", {})
    assert player.open == ["undo-x", "undo-x"]
    seen = [player.run.visible(one.id) for one in player.waits.items]
    assert sorted((one["unit"], one["loopCounter"]) for one in seen) == [(7, 1), (8, 2)]


def test_what_was_broken_off_is_not_undone_and_what_undoes_is_broken_off_with_its_process() -> None:
    flows = ["begin -> a", "a -> fork", "fork -> undo", "undo -> done", "fork -> last", "last -> stop"]
    stop = end("stop", "<bpmn:terminateEventDefinition />")
    parts = (undone(job("a")), Node("parallelGateway", "fork"), throw("undo"), user("last"), end(), stop)
    player = Player(drawn(flows, *parts))
    player.do("complete", "a", {})
    assert player.open == ["last", "undo-a"]
    player.do("complete", "last", {})
    assert player.waits.ended
    assert player.happened("undo-a") == ["activated", "terminated"]
    assert player.happened("undo") == ["activated", "terminated"]


ERROR = '<bpmn:error id="E" errorCode="LOST" />'


def test_an_event_sub_process_undoes_what_was_done_around_it() -> None:
    failed = event("startEvent", "failed", "error", "E")
    for wanted, undoing in (("", ["undo-a", "undo-b"]), ("a", ["undo-a"])):
        handling = event_sub_process("handle", failed, throw("undo", wanted), user("told"))
        nodes, inside = [start(), handling, job("c"), end()], ""
        for part, association in (undone(job("a")), undone(job("b"))):
            nodes, inside = nodes + part, inside + association
        flows = ["begin -> a", "a -> b", "b -> c", "c -> done"]
        player = Player(diagram("p", nodes, flows, inside=inside, root=ERROR))
        player.do("complete", "a", {})
        player.do("complete", "b", {})
        player.do("throw_error", "c", "LOST", "", {})
        assert player.open == undoing
        for one in undoing:
            player.do("complete", one, {})
        assert player.open == ["told"]
        player.do("complete", "told", {})
        assert player.waits.ended


def test_what_an_event_sub_process_did_is_not_undone_from_outside() -> None:
    activity, association = undone(job("x"))
    inside = body(
        [message("startEvent", "happens", isInterrupting="false"), *activity, end("over")],
        ["happens -> x", "x -> over"],
        "g",
    )
    handling = Node("subProcess", "handle", "", inside + association, triggeredByEvent="true")
    flows = ["begin -> a", "a -> undo", "undo -> done"]
    nodes, around = undone(job("a"))
    xml = diagram("p", [start(), handling, *nodes, throw("undo"), end()], flows, inside=around, root=message_root())
    player = Player(xml, matter="M")
    player.do("receive", "happens", {})
    player.do("complete", "x", {})
    player.do("complete", "a", {})
    assert player.open == ["happens", "undo-a"]
