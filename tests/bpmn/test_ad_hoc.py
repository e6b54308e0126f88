"""What is done in an ad-hoc sub-process is chosen while it runs: by its collection, or by somebody."""

from __future__ import annotations

from typing import Any

import pytest

from service import bpmn
from service.errors import Invalid, ModelRejected, NotFound, StuckError
from tests.bpmn.test_run import Player
from tests.diagrams import Node, body, diagram, each, end, event, event_sub_process, job, script, start, timer, user

INSIDE = [user("a"), user("b"), user("c"), user("after-a")]


def ad_hoc(*nodes: Node, until: str = "", **told: str) -> Node:
    """`told` are attributes of the zeebe:adHoc, cancelRemainingInstances and ordering."""
    attributes = {key: told.pop(key) for key in ("cancelRemainingInstances", "ordering") if key in told}
    given = " ".join(f'{key}="{value}"' for key, value in told.items())
    inside = body([*INSIDE, *nodes], ["a -> after-a"], "h")
    inside += f"<bpmn:completionCondition>={until}</bpmn:completionCondition>" if until else ""
    return Node("adHocSubProcess", "some", f"<zeebe:adHoc {given} />", inside, **attributes)


def around(node: Node, *nodes: Node, flows: tuple[str, ...] = (), root: str = "") -> bytes:
    ways = ["begin -> some", "some -> last", "last -> done", *flows]
    return diagram("p", [start(), node, user("last"), end(), *nodes], ways, root=root)


def play(node: Node, *nodes: Node, flows: tuple[str, ...] = (), root: str = "", **variables: Any) -> Player:
    return Player(around(node, *nodes, flows=flows, root=root), **variables)


def activate(player: Player, *ids: str, cancel: bool = False, **variables: Any) -> None:
    number = next(one.number for one in player.events if one.element_id == "some" and one.kind == "element-activated")
    bpmn.activate(player.run, str(number), [(id_, variables) for id_ in ids], cancel=cancel)
    player._settle()


def done(player: Player, *elements: str, **answers: Any) -> list[str]:
    for one in elements:
        player.do("complete", one, answers)
    return player.open


def test_it_does_what_its_collection_names_and_ends_when_all_chains_are_done() -> None:
    player = play(ad_hoc(activeElementsCollection="=wanted"), wanted=["a", "c"])
    assert player.open == ["a", "c"]
    assert done(player, "a") == ["after-a", "c"]
    assert done(player, "c") == ["after-a"]
    assert done(player, "after-a") == ["last"]
    assert player.happened("some#innerInstance") == ["activated"] * 2 + ["completed"] * 2


@pytest.mark.parametrize("told", [{}, {"activeElementsCollection": "=[]"}])
def test_with_nothing_to_do_it_stays_until_somebody_activates_something(told: dict[str, str]) -> None:
    player = play(ad_hoc(**told))
    assert (player.open, player.waits.ended) == ([], False)
    activate(player, "a", "b", note="n")
    assert player.open == ["a", "b"]
    assert player.run.visible(player.wait("b").id)["note"] == "n"
    activate(player, "b")
    assert player.open == ["a", "b", "b"]
    activate(player, "c", cancel=True)
    assert done(player, "c") == ["last"]
    assert "note" not in player.waits.variables


@pytest.mark.parametrize("ids", [["after-a"], ["last"], ["nobody"], ["a", "a"]])
def test_only_what_begins_a_chain_can_be_activated_and_only_once_at_a_time(ids: list[str]) -> None:
    player = play(ad_hoc())
    with pytest.raises(Invalid):
        activate(player, *ids)


def test_what_is_no_ad_hoc_sub_process_activates_nothing() -> None:
    player = play(ad_hoc(activeElementsCollection="=[&quot;a&quot;]"))
    with pytest.raises(NotFound):
        bpmn.activate(player.run, player.wait("a").id, [("b", {})], cancel=False)
    with pytest.raises(NotFound):
        bpmn.activate(player.run, "999", [("b", {})], cancel=False)


@pytest.mark.parametrize("wanted", ["a", ["after-a"], ["a", "nobody"], [1], {"a": 1}, None])
def test_a_collection_that_names_no_elements_of_it_is_an_incident(wanted: Any) -> None:
    with pytest.raises(StuckError) as stuck:
        play(ad_hoc(activeElementsCollection="=wanted"), wanted=wanted)
    assert (stuck.value.element_id, stuck.value.error_type) == ("some", "EXTRACT_VALUE_ERROR")


ALL = "=[&quot;a&quot;, &quot;b&quot;, &quot;c&quot;]"


def test_its_condition_is_asked_after_each_chain_and_ends_what_remains() -> None:
    player = play(ad_hoc(activeElementsCollection=ALL, until="enough"), enough=False)
    assert done(player, "b", enough=False) == ["a", "c"]
    assert done(player, "a", enough=True) == ["after-a", "c"]
    assert done(player, "after-a") == ["last"]
    assert player.happened("c")[-1] == "terminated"


def test_unless_what_remains_is_to_be_waited_for() -> None:
    player = play(ad_hoc(activeElementsCollection=ALL, until="enough", cancelRemainingInstances="false"))
    assert done(player, "b", enough=True) == ["a", "c"]
    with pytest.raises(Invalid, match="coming to its end"):
        activate(player, "b")
    assert done(player, "c", enough=False) == ["a"]
    assert done(player, "a", "after-a") == ["last"]


def test_while_its_condition_does_not_hold_it_stays_though_nothing_is_left() -> None:
    player = play(ad_hoc(activeElementsCollection="=[&quot;b&quot;]", until="enough"), enough=False)
    assert done(player, "b") == []
    activate(player, "c")
    assert done(player, "c", enough=True) == ["last"]
    with pytest.raises(StuckError, match="neither true nor false"):
        done(play(ad_hoc(activeElementsCollection=ALL, until="nothing")), "b")


def test_it_collects_what_its_chains_bring_in_the_order_of_their_ends() -> None:
    told = {"outputCollection": "results", "outputElement": "={by: note, is: answer}"}
    player = play(ad_hoc(until="count(results) = 2", **told))
    activate(player, "a", note="1", answer=None)
    activate(player, "b", note="2", answer=None)
    done(player, "b", answer="B")
    assert done(player, "a", answer="A") == ["after-a"]
    assert done(player, "after-a") == ["last"]
    assert player.waits.variables == {"results": [{"by": "2", "is": "B"}, {"by": "1", "is": "A"}]}


def test_it_tells_what_can_be_activated() -> None:
    player = play(ad_hoc(activeElementsCollection="=[adHocSubProcessElements[2].elementId]"))
    assert player.open == ["b"]
    [told] = [one.data["value"] for one in player.events if one.data.get("name") == "adHocSubProcessElements"]
    assert [one["elementId"] for one in told] == ["a", "b", "c"]


def test_it_is_done_for_many_and_is_left_by_events_on_its_border() -> None:
    late = timer("boundaryEvent", "late", "PT1H", attachedToRef="some")
    player = play(ad_hoc(activeElementsCollection=ALL), late, end("gone"), flows=("late -> gone",))
    player.do("fire_timer", "late")
    assert player.waits.ended
    many = each(ad_hoc(activeElementsCollection="=[one]"), '["b", "c"]', member="one", output="all", result="one")
    player = play(many)
    assert player.open == ["b", "c"]
    assert done(player, "b", "c") == ["last"]
    assert player.waits.variables["all"] == ["b", "c"]


def test_an_event_sub_process_that_interrupts_it_ends_it_too() -> None:
    alarm = event_sub_process("alarm", event("startEvent", "rings", "signal", "S"), user("look"))
    player = play(ad_hoc(alarm, activeElementsCollection=ALL, until="false"), root='<bpmn:signal id="S" name="s" />')
    player.do("receive", "rings", {})
    assert player.open == ["look"]
    assert done(player, "look") == ["last"]


def test_what_was_done_in_it_is_undone_inside_and_after_it() -> None:
    def undone(id_: str) -> tuple[Node, Node, str]:
        border = Node("boundaryEvent", f"{id_}-c", "", "<bpmn:compensateEventDefinition />", attachedToRef=id_)
        joined = f'<bpmn:association id="{id_}-x" sourceRef="{id_}-c" targetRef="undo-{id_}" />'
        return border, user(f"undo-{id_}", isForCompensation="true"), joined

    borders = [undone("a"), undone("b")]
    throw = event("intermediateThrowEvent", "back", "compensate")
    inside = ad_hoc(*(one for two in borders for one in two[:2]), throw, activeElementsCollection=ALL)
    inside.inside += "".join(joined for _, _, joined in borders)
    player = play(inside)
    assert done(player, "b", "a") == ["after-a", "c"]
    activate(player, "back")
    assert player.open == ["after-a", "c", "undo-a", "undo-b"]
    outside = event("intermediateThrowEvent", "back", "compensate", activityRef="some")
    inside = ad_hoc(*(one for two in borders for one in two[:2]), activeElementsCollection=ALL)
    inside.inside += "".join(joined for _, _, joined in borders)
    nodes = [start(), inside, outside, end()]
    player = Player(diagram("p", nodes, ["begin -> some", "some -> back", "back -> done"]))
    assert done(player, "b", "c", "a", "after-a") == ["undo-a", "undo-b"]


def test_a_chain_need_not_wait() -> None:
    player = play(ad_hoc(script("sum", "1 + 1", "n"), activeElementsCollection="=[&quot;sum&quot;]"))
    assert player.open == ["last"]
    assert player.waits.variables == {"n": 2}


@pytest.mark.parametrize(
    ("node", "element", "message"),
    [
        (ad_hoc(start("inner")), "inner", "A startEvent stands in the ad-hoc"),
        (ad_hoc(end("inner")), "inner", "A endEvent stands in the ad-hoc"),
        (ad_hoc(ordering="Sequential"), "some", "one at a time"),
        (ad_hoc(outputCollection="all"), "some", "there is only one"),
        (ad_hoc(cancelRemainingInstances="maybe"), "some", "cancelRemainingInstances"),
        (ad_hoc(activeElementsCollection="a"), "some", "is no FEEL"),
        (ad_hoc(until="1 +"), "some", "is no FEEL"),
        (Node("adHocSubProcess", "some", "", body([Node("exclusiveGateway", "g")], [])), "some", "no activity"),
        (Node("adHocSubProcess", "some", "", ""), "some", "no activity"),
        (job("some", kind="adHocSubProcess"), "some", "task definition"),
    ],
)
def test_what_an_ad_hoc_sub_process_cannot_be_is_refused(node: Node, element: str, message: str) -> None:
    with pytest.raises(ModelRejected) as refused:
        bpmn.read_model(around(node), "p.bpmn")
    assert [one for one in refused.value.problems if one.element_id == element and message in one.message]
    assert all(one.mend for one in refused.value.problems)
