"""An activity with a loop marker is done again while its condition holds, at a cost that does not grow."""

from __future__ import annotations

import pytest

from service.bpmn import run, state
from service.errors import StuckError
from tests.bpmn.test_compensation import drawn, throw, undone
from tests.bpmn.test_lint import line, told
from tests.bpmn.test_run import Player
from tests.diagrams import Node, again, body, diagram, each, end, job, mapping, message_root, script, start, timer, user


def play(node: Node, *more: Node, flows: tuple[str, ...] = (), root: str = "", **variables: object) -> Player:
    xml = diagram("p", [start(), node, end(), *more], [f"begin -> {node.id}", f"{node.id} -> done", *flows], root=root)
    return Player(xml, **variables)


def counter(player: Player) -> object:
    return player.run.visible(player.waits.items[0].id)["loopCounter"]


def test_it_is_done_again_while_the_condition_holds_which_is_asked_after_each_round() -> None:
    player = play(again(user("ask"), "open"))
    assert (player.open, counter(player)) == (["ask"], 1)
    player.do("complete", "ask", {"open": True})
    assert (player.open, counter(player)) == (["ask"], 2)
    player.do("complete", "ask", {"open": False})
    assert player.waits.ended
    assert player.waits.variables == {"open": False}
    assert player.happened("ask") == ["activated", "activated", "completed", "activated", "completed", "completed"]


def test_tested_before_it_may_be_done_never() -> None:
    node = again(user("ask"), "open", testBefore=True)
    assert play(node, open=False).waits.ended
    player = play(node, open=True)
    player.do("complete", "ask", {"open": True})
    assert player.open == ["ask"]
    player.do("complete", "ask", {"open": False})
    assert player.waits.ended


@pytest.mark.parametrize("before", [True, False])
def test_the_condition_counts_the_rounds_that_are_done(before: bool) -> None:
    node = again(script("add", "n + loopCounter", "n"), "loopCounter < 3", testBefore=before)
    assert play(node, n=0).waits.variables == {"n": 6}


def test_a_maximum_ends_it_alone_or_beside_a_condition() -> None:
    assert play(again(script("add", "n + 1", "n"), loopMaximum=4), n=0).waits.variables == {"n": 4}
    assert play(again(script("add", "n + 1", "n"), "true", loopMaximum=2), n=0).waits.variables == {"n": 2}
    assert play(again(script("add", "n + 1", "n"), "n < 1", loopMaximum=2), n=0).waits.variables == {"n": 1}


CALLED = Node("callActivity", "ask", '<zeebe:calledElement processId="c" />')


@pytest.mark.parametrize(
    "node",
    [user("ask"), job("ask"), job("ask", kind="sendTask"), CALLED],
    ids=lambda node: node.type,
)
def test_whatever_waits_can_be_a_loop(node: Node) -> None:
    player = play(again(node, "more"))
    player.do("complete", "ask", {"more": True})
    player.do("complete", "ask", {"more": False})
    assert player.waits.ended


def test_messages_are_waited_for_again_in_each_round() -> None:
    player = play(again(Node("receiveTask", "ask", messageRef="M"), "more"), root=message_root(), matter="M")
    player.do("receive", "ask", {"more": True})
    player.do("receive", "ask", {"more": False})
    assert player.waits.ended


def test_a_sub_process_is_a_scope_of_its_own_for_each_round_and_may_hold_another_loop() -> None:
    inner = again(script("add", "n + 1", "n"), loopMaximum=3)
    inside = body([start("in"), inner, end("out")], ["in -> add", "add -> out"], "g")
    part = again(Node("subProcess", "part", mapping({"own": "loopCounter"}), inside), "own < 2")
    player = play(part, n=0)
    assert player.waits.ended
    assert player.waits.variables == {"n": 6}


def test_mappings_are_those_of_each_round_and_bring_out_what_came_of_it() -> None:
    node = again(user("ask", more=mapping({"before": "total"}, {"total": "before + said"})), "total < 5")
    player = play(node, total=0)
    for said, total in ((2, 2), (1, 3), (4, 7)):
        player.do("complete", "ask", {"said": said})
        assert player.run.variables == {"total": total}
    assert player.waits.ended


def test_an_event_on_its_border_is_that_of_all_rounds() -> None:
    limit = timer("boundaryEvent", "limit", "PT1H", attachedToRef="ask")
    player = play(again(user("ask"), "true"), limit, end("late"), flows=("limit -> late",))
    player.do("complete", "ask", {})
    assert player.open == ["ask", "limit"]
    player.do("fire_timer", "limit")
    assert player.waits.ended


def test_what_was_done_in_rounds_is_undone_once() -> None:
    looped = again(job("a"), loopMaximum=2)
    player = Player(drawn(["begin -> a", "a -> undo", "undo -> done"], undone(looped), throw("undo"), end()))
    player.do("complete", "a", {})
    player.do("complete", "a", {})
    assert player.open == ["undo-a"]


def test_a_condition_that_is_neither_true_nor_false_is_an_incident() -> None:
    player = play(again(user("ask"), "more"))
    with pytest.raises(StuckError, match="neither true nor false") as stuck:
        player.do("complete", "ask", {"more": 3})
    assert (stuck.value.element_id, stuck.value.error_type) == ("ask", "CONDITION_ERROR")


def test_ten_thousand_rounds_are_done_and_hold_what_one_holds() -> None:
    assert play(again(script("add", "n + 1", "n"), "n < 10000"), n=0).waits.variables == {"n": 10_000}
    player = play(again(user("ask"), "true"))
    sizes = []
    for _ in range(300):
        player.do("complete", "ask", {})
        sizes.append((len(state.load(player.state)[2]), len(player.state)))
    assert {tokens for tokens, _ in sizes} == {2}
    assert sizes[-1][1] - sizes[0][1] < 30


def test_a_loop_without_an_end_is_told_from_a_long_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "MAX_ELEMENTS_OF_MANY", 300)
    with pytest.raises(StuckError, match="round and round"):
        play(again(script("add", "1", "n"), "true"))


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (again(user("work")), "a loop that nothing ends"),
        (again(user("work"), loopMaximum=0), "loop maximum “0” is wrong"),
        (again(user("work"), loopMaximum="=n"), "loop maximum “=n” is wrong"),
        (again(user("work"), "= 3"), "loop condition is no FEEL"),
        (each(again(user("work"), "x"), "l"), "both a loop and multi-instance"),
        (again(Node("exclusiveGateway", "work"), "x"), "is not run on an exclusiveGateway"),
    ],
)
def test_what_is_wrong_with_a_loop_is_told(node: Node, message: str) -> None:
    problems = told(*line(node))
    assert [id_ for id_, text in problems if message in text] == ["work"], problems
