"""What is done in an ad-hoc sub-process is chosen while it runs: by its collection, or by somebody."""

from __future__ import annotations

from typing import Any

import pytest

from service import bpmn
from service.errors import Invalid, ModelRejected, NotFound, StuckError
from tests.bpmn.test_run import Player
from tests.diagrams import Node, body, diagram, each, end, event, event_sub_process, mapping, script, start, timer, user

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


def by_worker(*nodes: Node, until: str = "", **told: str) -> Node:
    node = ad_hoc(*nodes, until=until, **told)
    node.extensions += '<zeebe:taskDefinition type="agent" />'
    return node


def choose(player: Player, *ids: str, **more: Any) -> list[str]:
    """What is open after the worker has chosen; `more` are its variables, enough and cancel."""
    flags = {name: more.pop(name) for name in ("enough", "cancel") if name in more}
    bpmn.choose(player.run, player.wait("some").id, more, [(id_, {"by": id_}) for id_ in ids], **flags)
    player._settle()
    return player.open


def test_a_worker_chooses_until_it_says_that_it_is_enough() -> None:
    told = {"outputCollection": "all", "outputElement": "=by"}
    player = play(by_worker(**told), asked="all")
    wait = player.wait("some")
    assert (wait.attributes["type"], wait.attributes["kind"]) == ("agent", "AD_HOC_SUB_PROCESS")
    assert choose(player, "a", "b", turn=1) == ["a", "b"]
    assert "turn" not in player.waits.variables
    assert done(player, "b") == ["a", "some"]
    assert {"turn": 1, "all": ["b"]}.items() <= player.run.visible(player.wait("some").id).items()
    assert choose(player) == ["a"]
    assert done(player, "a") == ["after-a"]
    assert done(player, "after-a") == ["some"]
    assert choose(player, enough=True) == ["last"]
    assert player.waits.variables == {"all": ["b", "a"], "asked": "all"}


def test_who_was_asked_before_something_was_done_is_asked_anew() -> None:
    player = play(by_worker())
    choose(player, "b", "c")
    done(player, "b")
    before = player.wait("some").id
    assert done(player, "c") == ["some"]
    with pytest.raises(NotFound):
        bpmn.choose(player.run, before, {})
    assert choose(player, "a") == ["a"]


def test_enough_waits_for_what_goes_on_or_ends_it() -> None:
    player = play(by_worker())
    choose(player, "b", "c")
    done(player, "b")
    assert choose(player, enough=True) == ["c"]
    assert done(player, "c") == ["last"]
    player = play(by_worker())
    choose(player, "b", "c")
    done(player, "b")
    assert choose(player, "b", cancel=True) == ["b"]
    done(player, "b")
    assert choose(player, enough=True, cancel=True) == ["last"]


@pytest.mark.parametrize(("ids", "enough"), [(["a"], True), (["nobody"], False), (["a", "a"], False)])
def test_a_worker_cannot_choose_what_is_not_there(ids: list[str], enough: bool) -> None:
    player = play(by_worker())
    with pytest.raises(Invalid):
        choose(player, *ids, enough=enough)


def with_alarm(interrupting: str) -> Player:
    rings = event("startEvent", "rings", "signal", "S", isInterrupting=interrupting)
    node = by_worker(event_sub_process("alarm", rings, user("look")))
    return play(node, root='<bpmn:signal id="S" name="s" />')


def test_a_worker_is_asked_again_after_an_event_sub_process() -> None:
    player = with_alarm("false")
    choose(player)
    player.do("receive", "rings", {})
    assert player.open == ["look", "rings"]
    assert done(player, "look") == ["rings", "some"]


def test_but_not_after_one_that_interrupts() -> None:
    player = with_alarm("true")
    player.do("receive", "rings", {})
    assert player.open == ["look"]
    assert done(player, "look") == ["last"]


def test_a_worker_that_chooses_throws_errors_to_the_border() -> None:
    lost = event("boundaryEvent", "lost", "error", "E", attachedToRef="some")
    root = '<bpmn:error id="E" errorCode="lost" />'
    player = play(by_worker(), lost, user("mend"), flows=("lost -> mend",), root=root)
    choose(player, "a")
    activate(player, "b")
    done(player, "b")
    player.run.throw_error(player.wait("some").id, "lost", "", {})
    player._settle()
    assert player.open == ["mend"]


def test_while_a_worker_is_asked_it_is_migrated_to_one_that_is_a_worker_s_too() -> None:
    player = play(by_worker())
    targets = (bpmn.read_model(around(node), "p.bpmn") for node in (by_worker(user("d")), ad_hoc()))
    runs = (bpmn.migrate(player.model, one, bpmn.MigrationPlan(), player.state, player._context()) for one in targets)
    run = next(runs)
    [wait] = run.advance().items
    bpmn.choose(run, wait.id, {}, [("d", {})])
    assert [one.element_id for one in run.advance().items] == ["d"]
    with pytest.raises(Invalid, match="cannot become"):
        next(runs)


def test_ending_a_chain_by_hand_leaves_the_worker_asked() -> None:
    player = play(by_worker())
    choose(player, "b", "c")
    done(player, "b")
    bpmn.modify(player.run, terminate=["c"])
    player._settle()
    assert player.open == ["some"]


def test_each_element_tells_what_an_agent_must_give_it() -> None:
    asked = {"x": 'fromAi(toolCall.city, "Which?", "string", {enum: ["A"]})', "y": "[fromAi(value: toolCall.n), 1]"}
    player = play(by_worker(user("tool", more=mapping({**asked, "z": "fromAi(1)"}))))
    [told] = [one.data["value"] for one in player.events if one.data.get("name") == "adHocSubProcessElements"]
    city = {"name": "city", "description": "Which?", "type": "string", "schema": {"enum": ["A"]}}
    assert told[-1]["parameters"] == [city, {"name": "n"}]


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
        (by_worker(activeElementsCollection=ALL), "some", "task definition"),
        (by_worker(until="true"), "some", "task definition"),
    ],
)
def test_what_an_ad_hoc_sub_process_cannot_be_is_refused(node: Node, element: str, message: str) -> None:
    with pytest.raises(ModelRejected) as refused:
        bpmn.read_model(around(node), "p.bpmn")
    assert [one for one in refused.value.problems if one.element_id == element and message in one.message]
    assert all(one.mend for one in refused.value.problems)
