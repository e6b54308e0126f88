"""Ways are chosen, forked and joined as BPMN says, also where a drawing makes it hard; nothing is stuck in silence."""

from __future__ import annotations

import pytest

from service.errors import StuckError
from tests.bpmn.test_run import Player
from tests.diagrams import Node, body, diagram, end, event, job, script, start, timer, user


def gate(id_: str, kind: str = "exclusive") -> Node:
    return Node(f"{kind}Gateway", id_, name=id_)


OR_JOIN = gate("join", "inclusive")


def inclusive(*flows: str, nodes: tuple[Node, ...] = (), **variables: object) -> Player:
    """An inclusive fork to the tasks a, b, c; the join is followed by `last`."""
    ways = ["begin -> fork", "fork -> a if a", "fork -> b if b", "fork -> c if c", "join -> last", "last -> done"]
    drawn = [start(), gate("fork", "inclusive"), user("a"), user("b"), user("c"), OR_JOIN, user("last"), end(), *nodes]
    return Player(diagram("p", drawn, [*ways, *flows]), **variables)


def done(player: Player, *elements: str) -> list[str]:
    for one in elements:
        player.do("complete", one, {})
    return player.open


# Choosing -------------------------------------------------------------------------------------------------------------

TWO = [start(), gate("which"), user("yes"), user("no"), end("e1"), end("e2")]
ENDS = ["yes -> e1", "no -> e2"]


def test_the_first_condition_of_the_file_that_holds_is_taken_and_the_default_only_if_none_does() -> None:
    flows = ["begin -> which", "which -> no default", "which -> yes if n > 1", *ENDS]
    for n, taken in ((2, ["yes"]), (1, ["no"])):
        assert Player(diagram("p", TWO, flows), n=n).open == taken
    both = ["begin -> which", "which -> no if n > 0", "which -> yes if n > 1", *ENDS]
    assert Player(diagram("p", TWO, both), n=5).open == ["no"]


@pytest.mark.parametrize("kind", ["exclusive", "inclusive"])
def test_where_no_condition_holds_the_gateway_is_named_with_the_values_that_were_read(kind: str) -> None:
    flows = ["begin -> which", 'which -> yes if n > 1 and kind = "a"', "which -> no if not(is defined(m)) and n > 1"]
    nodes = [TWO[0], gate("which", kind), *TWO[2:]]
    with pytest.raises(StuckError) as stuck:
        Player(diagram("p", nodes, [*flows, *ENDS]), n=1, kind="b" * 200)
    assert (stuck.value.element_id, stuck.value.error_type) == ("which", "CONDITION_ERROR")
    assert "“which”" in stuck.value.message
    assert "n is 1" in stuck.value.message
    assert "m is not set" in stuck.value.message
    assert "b" * 100 not in stuck.value.message


@pytest.mark.parametrize(("n", "why"), [(2, "it is 2"), (None, "it is null")])
def test_a_condition_that_is_neither_true_nor_false_says_what_it_is(n: int | None, why: str) -> None:
    flows = ["begin -> which", "which -> yes if n", "which -> no default", *ENDS]
    with pytest.raises(StuckError, match=f"neither true nor false .*{why}.*: n$"):
        Player(diagram("p", TWO, flows), n=n)


def test_a_mended_variable_lets_it_go_on() -> None:
    nodes = [start(), user("ask"), *TWO[1:]]
    flows = ["begin -> ask", "ask -> which", "which -> yes if n > 1", "which -> no if n < 1", *ENDS]
    player = Player(diagram("p", nodes, flows), n=1)
    with pytest.raises(StuckError):
        player.do("complete", "ask", {})
    player.run = type(player.run).restore(player.model, player.state, player._context())
    player.run.set_variables("", {"n": 2}, local=False)
    assert done(player, "ask") == ["yes"]


def test_two_flows_may_lead_from_one_gateway_to_the_same_element() -> None:
    flows = ["begin -> which", "which -> yes if n = 1", "which -> yes if n = 2", "which -> no default", *ENDS]
    for n, taken in ((1, "f2"), (2, "f3")):
        player = Player(diagram("p", TWO, flows), n=n)
        assert (player.open, taken in player.flows) == (["yes"], True)
    pair = [start(), gate("fork", "parallel"), gate("join", "parallel"), user("last"), end()]
    drawn = ["begin -> fork", "fork -> join", "fork -> join", "join -> last", "last -> done"]
    assert Player(diagram("p", pair, drawn)).open == ["last"]


# Flows out of activities ----------------------------------------------------------------------------------------------


def test_several_flows_out_of_a_task_fork_and_several_into_one_do_not_join() -> None:
    nodes = [start(), user("ask"), user("a"), user("b"), user("last"), end()]
    player = Player(
        diagram("p", nodes, ["begin -> ask", "ask -> a", "ask -> b", "a -> last", "b -> last", "last -> done"])
    )
    assert done(player, "ask") == ["a", "b"]
    assert done(player, "a", "b") == ["last", "last"]
    done(player, "last", "last")
    assert player.waits.ended


@pytest.mark.parametrize(
    ("answers", "taken"),
    [
        ({"x": True, "y": True}, ["a", "always", "b"]),
        ({"x": False, "y": True}, ["always", "b"]),
        ({"x": False, "y": False}, ["always", "else"]),
    ],
)
def test_conditions_on_the_flows_out_of_a_task_choose_among_them(answers: dict[str, bool], taken: list[str]) -> None:
    targets = ["a", "b", "else", "always"]
    nodes = [start(), user("ask"), *(user(one) for one in targets), *(end(f"{one}-e") for one in targets)]
    flows = ["begin -> ask", "ask -> a if x", "ask -> b if y", "ask -> else default", "ask -> always"]
    player = Player(diagram("p", nodes, [*flows, *(f"{one} -> {one}-e" for one in targets)]))
    player.do("complete", "ask", answers)
    assert player.open == taken


def test_a_task_all_of_whose_conditions_fail_is_an_incident() -> None:
    nodes = [start(), job("ask"), end("e1"), end("e2")]
    player = Player(diagram("p", nodes, ["begin -> ask", "ask -> e1 if n > 1", "ask -> e2 if n > 2"]))
    with pytest.raises(StuckError, match=r"activity “ask” holds.*n is 0") as stuck:
        player.do("complete", "ask", {"n": 0})
    assert stuck.value.element_id == "ask"


# Joining --------------------------------------------------------------------------------------------------------------

PLAIN = ("a -> join", "b -> join", "c -> join")


@pytest.mark.parametrize("chosen", [("a",), ("a", "b"), ("b", "c"), ("a", "b", "c")])
def test_an_inclusive_join_waits_for_the_ways_that_were_taken(chosen: tuple[str, ...]) -> None:
    player = inclusive(*PLAIN, a="a" in chosen, b="b" in chosen, c="c" in chosen)
    for index, one in enumerate(chosen):
        assert player.open == sorted(chosen[index:])
        done(player, one)
    assert player.open == ["last"]


def test_it_waits_for_a_loop_before_it_and_is_passed_once() -> None:
    again = gate("again")
    flows = ("a -> again", "again -> a if more", "again -> join default", "b -> join", "c -> join")
    player = inclusive(*flows, nodes=(again,), a=True, b=True, c=False)
    done(player, "b")
    player.do("complete", "a", {"more": True})
    assert player.open == ["a"]
    player.do("complete", "a", {"more": False})
    assert player.open == ["last"]


def test_a_nested_split_is_waited_for_with_all_its_ways() -> None:
    fork, inner = gate("split", "parallel"), gate("merge", "parallel")
    flows = (
        "a -> split",
        "split -> x",
        "split -> y",
        "x -> merge",
        "y -> merge",
        "merge -> join",
        "b -> join",
        "c -> join",
    )
    player = inclusive(*flows, nodes=(fork, inner, user("x"), user("y")), a=True, b=True, c=False)
    assert done(player, "a", "b", "x") == ["y"]
    assert done(player, "y") == ["last"]


def test_a_token_that_goes_another_way_is_waited_for_no_longer() -> None:
    away = gate("away")
    flows = ("a -> away", "away -> join if stay", "away -> gone default", "b -> join", "c -> join")
    player = inclusive(*flows, nodes=(away, end("gone")), a=True, b=True, c=False)
    assert done(player, "b") == ["a"]
    player.do("complete", "a", {"stay": False})
    assert player.open == ["last"]


def test_a_token_on_whose_border_an_event_may_lead_to_the_join_is_waited_for() -> None:
    late = timer("boundaryEvent", "late", "PT1H", attachedToRef="a")
    flows = ("a -> gone", "late -> join", "b -> join", "c -> join")
    player = inclusive(*flows, nodes=(late, end("gone")), a=True, b=True, c=False)
    assert done(player, "b") == ["a", "late"]
    player.do("fire_timer", "late")
    assert player.open == ["last"]
    other = inclusive(*flows, nodes=(late, end("gone")), a=True, b=True, c=False)
    assert done(other, "b", "a") == ["last"]


def test_dead_ends_inside_a_sub_process_count_for_nothing_and_the_sub_process_for_one() -> None:
    inside = body([start("in"), gate("two", "parallel"), user("x"), user("y"), end("e1"), end("e2")],
                  ["in -> two", "two -> x", "two -> y", "x -> e1", "y -> e2"], "g")  # fmt: skip
    flows = ("a -> part", "part -> join", "b -> join", "c -> join")
    player = inclusive(*flows, nodes=(Node("subProcess", "part", "", inside),), a=True, b=True, c=False)
    assert done(player, "a", "b", "x") == ["y"]
    assert done(player, "y") == ["last"]


def test_what_an_event_sub_process_does_is_not_waited_for() -> None:
    inside = body([event("startEvent", "heard", "signal", "S", isInterrupting="false"), user("aside"), end("over")],
                  ["heard -> aside", "aside -> over"], "h")  # fmt: skip
    handling = Node("subProcess", "answer", "", inside, triggeredByEvent="true")
    ways = [
        "begin -> fork",
        "fork -> a if true",
        "fork -> b if true",
        "a -> join",
        "b -> join",
        "join -> last",
        "last -> done",
    ]
    nodes = [start(), gate("fork", "inclusive"), user("a"), user("b"), OR_JOIN, user("last"), end(), handling]
    player = Player(diagram("p", nodes, ways, root='<bpmn:signal id="S" name="s" />'))
    player.do("receive", "heard", {})
    assert done(player, "a", "b") == ["aside", "heard", "last"]


def test_it_is_opened_again_by_a_later_token() -> None:
    flows = [
        "begin -> fork",
        "fork -> a",
        "fork -> b",
        "a -> join",
        "b -> loop",
        "loop -> join",
        "join -> last",
        "last -> again",
    ]
    nodes = [
        start(),
        gate("fork", "parallel"),
        user("a"),
        user("b"),
        gate("loop"),
        OR_JOIN,
        user("last"),
        gate("again"),
        end(),
    ]
    player = Player(diagram("p", nodes, [*flows, "again -> loop if more", "again -> done default"]))
    assert done(player, "a", "b") == ["last"]
    player.do("complete", "last", {"more": True})
    assert player.open == ["last"]
    player.do("complete", "last", {"more": False})
    assert player.waits.ended


TAIL = [gate("join", "parallel"), user("last"), end()]


def test_a_parallel_join_takes_one_token_of_each_flow_and_keeps_the_others_for_later() -> None:
    nodes = [start(), gate("fork", "parallel"), user("a"), user("b"), user("c"), gate("merge"), *TAIL]
    flows = ["begin -> fork", "fork -> a", "fork -> b", "fork -> c", "a -> merge", "b -> merge", "merge -> join",
             "c -> join", "join -> last", "last -> done"]  # fmt: skip
    player = Player(diagram("p", nodes, flows))
    assert done(player, "a", "b") == ["c"]
    assert done(player, "c") == ["last"]
    done(player, "last")
    [stuck] = player.waits.items
    assert (stuck.kind, stuck.element_id) == ("incident", "join")
    assert "no further token comes to “join”" in stuck.attributes["message"]


def test_a_join_that_can_never_be_passed_is_an_incident_and_not_a_silence() -> None:
    nodes = [start(), gate("which"), script("a", "1", "n"), script("b", "2", "n"), gate("join", "parallel"), end()]
    flows = ["begin -> which", "which -> a if true", "which -> b default", "a -> join", "b -> join", "join -> done"]
    player = Player(diagram("p", nodes, flows))
    [stuck] = player.waits.items
    assert (stuck.element_id, stuck.attributes["error_type"]) == ("join", "DEADLOCK_ERROR")
    player.do("retry", "join")
    assert player.open == ["join"]
