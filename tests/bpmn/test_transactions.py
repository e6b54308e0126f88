"""A transaction is done as a whole, or what was done of it is undone and it leaves by its cancel event."""

from __future__ import annotations

import pytest

from tests.bpmn.test_compensation import throw, undone
from tests.bpmn.test_lint import told_of
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
    timer,
    user,
)

ROOT = '<bpmn:error id="E" errorCode="LOST" />' + message_root()


def cancel(id_: str = "cancelled") -> Node:
    return event("endEvent", id_, "cancel")


def inside(flows: list[str], *parts: tuple[list[Node], str] | Node, prefix: str = "g") -> str:
    nodes: list[Node] = []
    associations = ""
    for part in parts:
        nodes += [part] if isinstance(part, Node) else part[0]
        associations += "" if isinstance(part, Node) else part[1]
    return body(nodes, flows, prefix) + associations


CHOOSE = ["in -> book", "book -> pay", "pay -> sure", "sure -> out if paid", "sure -> cancelled default"]
BOOKING = (start("in"), undone(job("book")), undone(user("pay")), Node("exclusiveGateway", "sure"), end("out"))


def booking(*more: tuple[list[Node], str] | Node, flows: tuple[str, ...] = (), extensions: str = "") -> Node:
    return Node("transaction", "trip", extensions, inside([*CHOOSE, *flows], *BOOKING, cancel(), *more))


def around(trip: Node, *more: Node, flows: tuple[str, ...] = ()) -> bytes:
    border = event("boundaryEvent", "given-up", "cancel", attachedToRef="trip")
    nodes = [start(), trip, border, user("after"), user("instead"), end(), end("over"), *more]
    drawn = ["begin -> trip", "trip -> after", "after -> done", "given-up -> instead", "instead -> over"]
    return diagram("p", nodes, [*drawn, *flows], root=ROOT)


def until_pay(trip: Node, *more: Node, flows: tuple[str, ...] = (), **variables: object) -> Player:
    player = Player(around(trip, *more, flows=flows), **variables)
    player.do("complete", "book", {})
    return player


def test_a_transaction_that_succeeds_goes_on_like_a_sub_process() -> None:
    player = until_pay(booking())
    player.do("complete", "pay", {"paid": True})
    assert player.open == ["after"]
    assert player.happened("given-up") == []


def test_cancelled_it_undoes_the_latest_first_and_leaves_by_its_cancel_event_when_all_is_undone() -> None:
    player = until_pay(booking())
    player.do("complete", "pay", {"paid": False})
    assert player.open == ["undo-book", "undo-pay"]
    began = [one.element_id for one in player.events if one.kind == "element-activated"]
    assert began[-2:] == ["undo-pay", "undo-book"]
    player.do("complete", "undo-pay", {"repaid": True})
    assert player.open == ["undo-book"]
    player.do("complete", "undo-book", {})
    assert player.open == ["instead"]
    assert player.happened("trip") == ["activated", "terminated"]
    assert player.happened("cancelled") == ["activated", "completed"]
    assert player.happened("given-up") == ["activated", "completed"]
    player.do("complete", "instead", {})
    assert player.waits.ended
    assert player.waits.variables == {"paid": False, "repaid": True}


def test_what_was_not_done_is_not_undone_and_nothing_to_undo_leaves_at_once() -> None:
    trip = Node("transaction", "trip", "", inside(["in -> cancelled"], start("in"), cancel()))
    player = Player(around(trip))
    assert player.open == ["instead"]
    assert player.happened("trip") == ["activated", "terminated"]


def test_what_still_runs_inside_ends_with_the_events_that_were_waited_for() -> None:
    flows = ["in -> fork", "fork -> a", "a -> b", "b -> out", "fork -> stop", "stop -> cancelled"]
    notice = event_sub_process("notice", message("startEvent", "heard", isInterrupting="false"))
    parts = (start("in"), Node("parallelGateway", "fork"), undone(job("a")), user("b"), user("stop"), end("out"))
    trip = Node("transaction", "trip", "", inside(flows, *parts, cancel(), notice))
    late = timer("boundaryEvent", "late", "PT1H", attachedToRef="trip")
    player = Player(around(trip, late, flows=("late -> over",)), matter="M")
    player.do("complete", "a", {})
    assert player.open == ["b", "heard", "late", "stop"]
    player.do("complete", "stop", {})
    assert player.open == ["undo-a"]
    assert player.happened("b") == ["activated", "terminated"]
    player.do("complete", "undo-a", {})
    assert player.open == ["instead"]


def test_the_part_that_a_sub_process_had_done_is_undone_with_the_variables_it_had() -> None:
    part = Node(
        "subProcess",
        "part",
        mapping({"own": "7"}),
        inside(["p-in -> a", "a -> b", "b -> p-out"], start("p-in"), undone(job("a")), user("b"), end("p-out")),
    )
    flows = ["in -> fork", "fork -> part", "part -> out", "fork -> stop", "stop -> cancelled"]
    parts = (start("in"), Node("parallelGateway", "fork"), part, user("stop"), end("out"), cancel())
    trip = Node("transaction", "trip", mapping({"whole": "1"}), inside(flows, *parts, prefix="h"))
    player = Player(around(trip))
    player.do("complete", "a", {})
    player.do("complete", "stop", {})
    assert player.open == ["undo-a"]
    assert player.run.visible(player.wait("undo-a").id) == {"own": 7, "whole": 1}
    assert player.happened("part") == ["activated", "terminated"]


def test_an_end_inside_of_a_sub_process_or_event_sub_process_cancels_the_transaction_around_it() -> None:
    part = Node("subProcess", "part", "", inside(["p-in -> cancelled"], start("p-in"), cancel(), prefix="h"))
    flows = ["in -> a", "a -> part", "part -> out"]
    trip = Node("transaction", "trip", "", inside(flows, start("in"), undone(job("a")), part, end("out")))
    player = Player(around(trip))
    player.do("complete", "a", {})
    assert player.open == ["undo-a"]

    begin = message("startEvent", "heard", isInterrupting="false")
    answer = Node(
        "subProcess",
        "answer",
        "",
        inside(["heard -> stopped"], begin, cancel("stopped"), prefix="h"),
        triggeredByEvent="true",
    )
    player = until_pay(booking(answer), matter="M")
    player.do("receive", "heard", {})
    assert player.open == ["undo-book"]
    player.do("complete", "undo-book", {})
    assert player.open == ["instead"]


def test_an_error_out_of_it_undoes_nothing_and_one_while_it_is_undone_leaves_too() -> None:
    failed = event("boundaryEvent", "failed", "error", "E", attachedToRef="trip")
    fix = event_sub_process("fix", event("startEvent", "lost", "error", "E"), user("mend"))
    more = (failed, user("look"), end("seen"))
    flows = ("failed -> look", "look -> seen")
    player = Player(around(booking(), *more, flows=flows))
    player.do("throw_error", "book", "LOST", "", {})
    assert player.open == ["look"]
    for trip in (booking(), booking(fix)):
        player = until_pay(trip, *more, flows=flows)
        player.do("complete", "pay", {"paid": False})
        player.do("throw_error", "undo-book", "LOST", "", {})
        assert player.open == ["look"]
        assert player.happened("undo-pay") == ["activated", "terminated"]


def test_of_two_in_one_another_only_the_inner_is_cancelled_and_the_outer_undoes_what_came_after() -> None:
    undoable = (start("i-in"), undone(job("i-a")), cancel("off"))
    inner = Node("transaction", "inner", "", inside(["i-in -> i-a", "i-a -> off"], *undoable, prefix="h"))
    border = event("boundaryEvent", "back", "cancel", attachedToRef="inner")
    flows = ["in -> a", "a -> inner", "inner -> out", "back -> ask", "ask -> cancelled"]
    trip = Node(
        "transaction",
        "trip",
        "",
        inside(flows, start("in"), undone(job("a")), inner, border, user("ask"), end("out"), cancel()),
    )
    player = Player(around(trip))
    player.do("complete", "a", {})
    player.do("complete", "i-a", {})
    assert player.open == ["undo-i-a"]
    player.do("complete", "undo-i-a", {})
    assert player.open == ["ask"]
    player.do("complete", "ask", {})
    assert player.open == ["undo-a"]


def test_of_many_one_that_is_cancelled_cancels_all() -> None:
    for sequential in (False, True):
        trip = each(booking(), "trips", member="trip_id", sequential=sequential)
        player = Player(around(trip), trips=["x", "y"])
        player.do("complete", "book", {})
        if not sequential:
            player.do("complete", "book", {})
        player.do("complete", "pay", {"paid": True})
        if sequential:
            player.do("complete", "book", {})
        player.do("complete", "pay", {"paid": False})
        assert player.open == ["undo-book", "undo-book", "undo-pay", "undo-pay"]
        seen = [player.run.visible(one.id) for one in player.waits.items]
        assert sorted(one["trip_id"] for one in seen) == ["x", "x", "y", "y"]
        for undoing in list(player.open):
            player.do("complete", undoing, {})
        assert player.open == ["instead"]


def test_what_undoes_at_once_does_not_wait() -> None:
    flows = ["in -> a", "a -> cancelled"]
    undo = script("undo-a", "n - 1", "n")
    trip = Node("transaction", "trip", "", inside(flows, start("in"), undone(job("a"), undo), cancel()))
    player = Player(around(trip), n=5)
    player.do("complete", "a", {})
    assert player.open == ["instead"]
    assert player.run.variables == {"n": 4}


def test_one_that_succeeded_can_be_compensated_from_outside() -> None:
    border, flows = (
        event("boundaryEvent", "given-up", "cancel", attachedToRef="trip"),
        ["begin -> trip", "trip -> undo"],
    )
    nodes = [start(), booking(), border, throw("undo"), end(), end("last")]
    player = Player(diagram("p", nodes, [*flows, "undo -> done", "given-up -> last"], root=ROOT))
    player.do("complete", "book", {})
    player.do("complete", "pay", {"paid": True})
    assert player.open == ["undo-book", "undo-pay"]


STAYING = event("boundaryEvent", "off", "cancel", attachedToRef="trip", cancelActivity="false")


@pytest.mark.parametrize(
    ("nodes", "flows", "element", "message"),
    [
        ([cancel("stop")], ["begin -> stop"], "stop", "inside of no transaction"),
        (
            [
                Node("transaction", "trip", "", inside(["in -> stop"], start("in"), cancel("stop"))),
                end(),
            ],
            ["begin -> trip", "trip -> done"],
            "stop",
            "nothing says how to go on",
        ),
        (
            [user("work"), event("boundaryEvent", "off", "cancel", attachedToRef="work"), end(), end("over")],
            ["begin -> work", "work -> done", "off -> over"],
            "off",
            "no transaction",
        ),
        (
            [booking(), STAYING, end(), end("over")],
            ["begin -> trip", "trip -> done", "off -> over"],
            "off",
            "always interrupts",
        ),
        (
            [Node("intermediateThrowEvent", "off", "", "<bpmn:cancelEventDefinition />"), end()],
            ["begin -> off", "off -> done"],
            "off",
            "is not run here",
        ),
        (
            [
                booking(),
                event("boundaryEvent", "off", "cancel", attachedToRef="trip"),
                event("boundaryEvent", "also", "cancel", attachedToRef="trip"),
                end(),
                end("over"),
            ],
            ["begin -> trip", "trip -> done", "off -> over", "also -> over"],
            "also",
            "catches the same",
        ),
    ],
)
def test_what_cannot_be_cancelled_is_refused(nodes: list[Node], flows: list[str], element: str, message: str) -> None:
    problems = told_of(diagram("p", [start(), *nodes], flows))
    assert (element, True) in [(id_, message in text) for id_, text in problems], problems
