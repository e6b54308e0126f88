"""What is drawn for each member of a collection is done for each of them, one after the other or at once."""

from __future__ import annotations

import pytest

from service import bpmn, exact_json
from service.bpmn import state
from service.errors import StuckError
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

ASK = each(user("ask"), "units", member="unit", output="answers", result="answer")
IN_TURN = each(user("ask"), "units", sequential=True, member="unit", output="answers", result="answer")
AND_AFTER = ["begin -> ask", "ask -> done"]


def asked(node: Node = ASK, *more: Node, flows: tuple[str, ...] = (), root: str = "") -> bytes:
    return diagram("p", [start(), node, end(), *more], [*AND_AFTER, *flows], root=root)


def seen(player: Player) -> list[dict[str, object]]:
    return [dict(player.run.visible(one.id)) for one in sorted(player.waits.items, key=lambda wait: wait.number)]


def answer(player: Player, index: int, **variables: object) -> None:
    ordered = sorted((one for one in player.waits.items if one.element_id == "ask"), key=lambda wait: wait.number)
    player.run.complete(ordered[index].id, variables)
    player._settle()


def test_all_members_wait_at_once_each_with_variables_of_its_own() -> None:
    player = Player(asked(), units=["a", "b", "c"])
    assert player.open == ["ask", "ask", "ask"]
    locals_ = [player.waits.local[one.number] for one in player.waits.items]
    assert locals_ == [{"unit": unit, "loopCounter": n, "answer": None} for n, unit in enumerate("abc", 1)]


def test_outputs_stand_in_the_order_of_the_collection_and_nothing_else_goes_out() -> None:
    player = Player(asked(), units=["a", "b", "c"])
    answer(player, 2, answer="third")
    answer(player, 0, answer="first")
    assert "answers" not in player.run.variables
    answer(player, 0, answer="second")
    assert player.waits.ended
    assert player.waits.variables == {"units": ["a", "b", "c"], "answers": ["first", "second", "third"]}


def test_what_is_shown_is_a_body_with_an_instance_for_each_member() -> None:
    player = Player(asked(), units=["a", "b"])
    answer(player, 0, answer=1)
    answer(player, 0, answer=2)
    began = [one.data["type"] for one in player.events if one.kind == "element-activated" and one.element_id == "ask"]
    assert began == ["multiInstanceBody", "userTask", "userTask"]
    assert player.happened("ask") == ["activated"] * 3 + ["completed"] * 3


def test_members_in_turn_wait_one_at_a_time() -> None:
    player = Player(asked(IN_TURN), units=["a", "b"])
    assert [one["unit"] for one in seen(player)] == ["a"]
    answer(player, 0, answer="x")
    assert [(one["unit"], one["loopCounter"], one["answers"]) for one in seen(player)] == [("b", 2, ["x", None])]
    answer(player, 0)
    assert player.waits.ended
    assert player.waits.variables["answers"] == ["x", None]


def test_the_only_member_in_turn_is_waited_for_as_well() -> None:
    player = Player(asked(IN_TURN), units=["a"])
    assert player.open == ["ask"]
    answer(player, 0, answer="first")
    assert player.waits.ended
    assert player.run.variables["answers"] == ["first"]


@pytest.mark.parametrize("node", [ASK, IN_TURN])
def test_over_nothing_it_is_done_at_once_with_no_outputs(node: Node) -> None:
    player = Player(asked(node), units=[])
    assert player.waits.ended
    assert player.waits.variables == {"units": [], "answers": []}


@pytest.mark.parametrize("units", [None, "a", 3, {"a": 1}])
def test_what_is_no_list_is_an_incident_that_names_the_activity(units: object) -> None:
    with pytest.raises(StuckError, match="no list") as stuck:
        Player(asked(), units=units)
    assert (stuck.value.element_id, stuck.value.error_type) == ("ask", "EXTRACT_VALUE_ERROR")
    assert f"(it is {exact_json.dumps(units)})" in stuck.value.message


def test_a_completion_condition_ends_the_others_and_keeps_what_there_is() -> None:
    enough = each(user("ask"), "units", until="numberOfCompletedInstances >= 2", output="answers", result="answer")
    player = Player(asked(enough), units=[1, 2, 3, 4])
    answer(player, 3, answer="d")
    answer(player, 0, answer="a")
    assert player.waits.ended
    assert player.waits.variables["answers"] == ["a", None, None, "d"]
    assert player.happened("ask").count("terminated") == 2


COUNTERS = (
    "[numberOfInstances, numberOfActiveInstances, numberOfCompletedInstances, numberOfTerminatedInstances, loopCounter]"
)


@pytest.mark.parametrize(("sequential", "when"), [(False, "[3, 1, 2, 0, 2]"), (True, "[2, 0, 2, 0, 2]")])
def test_the_counters_are_those_of_camunda(sequential: bool, when: str) -> None:
    node = each(user("ask"), "units", sequential=sequential, until=f"{COUNTERS} = {when}")
    player = Player(asked(node), units=[1, 2, 3])
    answer(player, 0)
    assert not player.waits.ended
    answer(player, 0)
    assert player.waits.ended


def test_a_completion_condition_that_is_neither_true_nor_false_is_an_incident() -> None:
    player = Player(asked(each(user("ask"), "units", until="nothing")), units=[1])
    with pytest.raises(StuckError, match="neither true nor false"):
        answer(player, 0)


def test_mappings_are_those_of_each_instance() -> None:
    mapped = user("ask", more=mapping({"own": "unit.name", "n": "loopCounter"}, {"answer": "said + own"}))
    node = each(mapped, "units", member="unit", output="answers", result="answer")
    player = Player(asked(node), units=[{"name": "x"}, {"name": "y"}])
    assert [(one["own"], one["n"]) for one in seen(player)] == [("x", 1), ("y", 2)]
    answer(player, 1, said="2")
    answer(player, 0, said="1")
    assert player.waits.variables["answers"] == ["1x", "2y"]
    assert "answer" not in player.waits.variables


def test_an_interrupting_event_on_its_border_ends_them_all_and_gives_nothing_out() -> None:
    limit = timer("boundaryEvent", "limit", "PT1H", attachedToRef="ask")
    player = Player(asked(ASK, limit, end("late"), flows=("limit -> late",)), units=[1, 2, 3])
    assert player.open == ["ask", "ask", "ask", "limit"]
    answer(player, 0, answer=1)
    player.do("fire_timer", "limit")
    assert player.waits.ended
    assert player.waits.variables == {"units": [1, 2, 3]}
    assert player.happened("ask").count("terminated") == 3


def test_an_event_on_its_border_that_does_not_interrupt_leaves_them_alone() -> None:
    remind = timer("boundaryEvent", "remind", "PT1H", attachedToRef="ask", cancelActivity="false")
    player = Player(asked(ASK, remind, end("reminded"), flows=("remind -> reminded",)), units=[1, 2])
    player.do("fire_timer", "remind")
    assert player.open == ["ask", "ask"]


def test_an_error_of_one_instance_ends_them_all() -> None:
    failed = Node("boundaryEvent", "failed", "", '<bpmn:errorEventDefinition errorRef="E" />', attachedToRef="ask")
    node = each(job("ask"), "units")
    root = '<bpmn:error id="E" errorCode="LOST" />'
    player = Player(asked(node, failed, end("lost"), flows=("failed -> lost",), root=root), units=[1, 2, 3])
    player.do("throw_error", "ask", "LOST", "", {"unit": 2})
    assert player.waits.ended
    assert player.happened("failed") == ["activated", "completed"]
    assert player.happened("ask").count("terminated") == 4


def test_a_sub_process_is_a_scope_for_each_member_even_within_another() -> None:
    inner = each(user("deep"), "unit.people", member="person", output="said", result="word")
    inside = body([start("in"), inner, end("out")], ["in -> deep", "deep -> out"], "g")
    outer = each(Node("subProcess", "ask", "", inside), "units", member="unit", output="all", result="said")
    player = Player(asked(outer), units=[{"people": [1, 2]}, {"people": [3]}])
    people = [one["person"] for one in seen(player)]
    assert people == [1, 2, 3]
    for wait in sorted(player.waits.items, key=lambda one: one.number):
        player.run.complete(wait.id, {"word": f"w{player.run.visible(wait.id)['person']}"})
        player._settle()
    assert player.waits.ended
    assert player.waits.variables["all"] == [["w1", "w2"], ["w3"]]
    assert set(player.waits.variables) == {"units", "all"}


def test_messages_are_waited_for_by_each_with_a_key_of_its_own() -> None:
    receive = each(Node("receiveTask", "ask", messageRef="M"), "units", member="unit", output="got", result="said")
    player = Player(asked(receive, root=message_root(key="=unit")), units=["a", "b"])
    keys = {wait.attributes["correlation_key"]: wait.id for wait in player.waits.items}
    assert set(keys) == {"a", "b"}
    for key in ("b", "a"):
        player.run.receive(keys[key], {"said": key * 2})
        player._settle()
    assert player.waits.variables["got"] == ["aa", "bb"]


CALLED = Node("callActivity", "ask", '<zeebe:calledElement processId="child" propagateAllParentVariables="false" />')


@pytest.mark.parametrize(
    "node", [job("ask"), job("ask", kind="sendTask"), user("ask"), CALLED], ids=lambda node: node.type
)
def test_whatever_waits_can_be_done_for_each(node: Node) -> None:
    player = Player(asked(each(node, "units", member="unit", output="got", result="r")), units=[1, 2])
    answer(player, 1, r=20)
    answer(player, 0, r=10)
    assert player.waits.variables == {"units": [1, 2], "got": [10, 20]}


def test_what_is_done_at_once_is_done_for_each() -> None:
    decided = '<zeebe:calledDecision decisionId="d" resultVariable="r" />'

    def decide(reference: bpmn.Reference, variables: object) -> bpmn.DecisionOutcome:
        return bpmn.DecisionOutcome(dict(variables)["unit"] * 2, {"rule": 1})  # type: ignore[call-overload]

    for node in (script("ask", "unit * 2", "r"), Node("businessRuleTask", "ask", decided)):
        for sequential in (True, False):
            looped = each(node, "[1, 2, 3]", sequential=sequential, member="unit", output="got", result="r")
            player = Player(asked(looped), decide)
            assert player.waits.variables == {"got": [2, 4, 6]}
    for kind in ("task", "manualTask"):
        player = Player(asked(each(Node(kind, "ask"), "[1, 2, 3]", member="unit", output="got", result="unit + 1")))
        assert player.waits.variables == {"got": [2, 3, 4]}


def test_a_thousand_at_once_leave_a_state_of_what_is_alive() -> None:
    player = Player(asked(), units=list(range(1_000)))
    assert len(state.load(player.state)[2]) == 1_001
    for wait in list(player.waits.items)[:990]:
        player.run.complete(wait.id, {"answer": 1})
    player._settle()
    _, scopes, tokens = state.load(player.state)
    assert (len(tokens), len(scopes)) == (11, 12)
    changed = [one for one in player.events if one.kind == "variable"]
    assert len(changed) < 5_000


def test_a_thousand_in_turn_that_never_wait_reach_their_end() -> None:
    node = each(
        script("ask", "unit + 1", "r"),
        "for i in 1..1000 return i",
        sequential=True,
        member="unit",
        output="got",
        result="r",
    )
    player = Player(asked(node))
    assert player.waits.variables["got"] == list(range(2, 1_002))


def test_a_collection_without_end_is_refused() -> None:
    with pytest.raises(StuckError, match="more than 10000"):
        Player(asked(), units=[0] * 10_001)


def test_an_output_collection_that_is_overwritten_is_an_incident() -> None:
    player = Player(asked(), units=[1, 2])
    with pytest.raises(StuckError, match="overwritten"):
        answer(player, 0, answers="mine")


def test_one_message_of_the_border_is_heard_by_the_body_alone() -> None:
    heard = message("boundaryEvent", "heard", attachedToRef="ask")
    xml = asked(ASK, heard, end("told"), flows=("heard -> told",), root=message_root())
    player = Player(xml, units=[1, 2], matter="M-1")
    assert player.open == ["ask", "ask", "heard"]
    player.do("receive", "heard", {"why": "withdrawn"})
    assert player.waits.ended


def test_an_event_sub_process_inside_answers_for_its_instance_alone() -> None:
    mend = event_sub_process("handle", event("startEvent", "failed", "error", "E"), user("mend"))
    inside = body([start("in"), job("try"), end("out"), mend], ["in -> try", "try -> out"], "g")
    part = each(Node("subProcess", "ask", "", inside), "units", member="unit", output="got", result="r")
    player = Player(asked(part, root='<bpmn:error id="E" errorCode="LOST" />'), units=["a", "b"])
    player.do("throw_error", "try", "LOST", "", {})
    assert player.open == ["mend", "try"]
    player.do("complete", "mend", {"r": "mended"})
    player.do("complete", "try", {"r": "done"})
    assert player.waits.ended
    assert player.waits.variables["got"] == ["mended", "done"]


def test_an_escalation_of_one_instance_is_caught_on_the_border_of_all() -> None:
    inside = body(
        [start("in"), user("try"), event("endEvent", "up", "escalation", "L")], ["in -> try", "try -> up"], "g"
    )
    part = each(Node("subProcess", "ask", "", inside), "units")
    late = event("boundaryEvent", "late", "escalation", "L", attachedToRef="ask", cancelActivity="false")
    root = '<bpmn:escalation id="L" escalationCode="late" />'
    player = Player(
        asked(part, late, user("look"), end("seen"), flows=("late -> look", "look -> seen"), root=root), units=[1, 2]
    )
    player.do("complete", "try", {})
    assert player.open == ["look", "try"]
