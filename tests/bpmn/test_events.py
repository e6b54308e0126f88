"""Signals, links, gateways that wait for events, escalations and errors, each run restored before every command."""

from __future__ import annotations

import pytest

from service import bpmn
from service.bpmn import scenarios
from service.bpmn.scenario_files import read_scenario
from service.errors import StuckError
from tests.bpmn.test_elements import line
from tests.bpmn.test_run import Player
from tests.diagrams import (
    Node,
    body,
    diagram,
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

ROOT = (
    message_root() + '<bpmn:signal id="S" name="alarm" /><bpmn:signal id="C" name="=&quot;alarm-&quot; + district" />'
)
ROOT += (
    '<bpmn:escalation id="L" escalationCode="late" /><bpmn:escalation id="X" escalationCode="=&quot;la&quot; + t" />'
)
ROOT += '<bpmn:error id="E" errorCode="LOST" /><bpmn:error id="F" errorCode="=&quot;LO&quot; + t" />'


def sub(id_: str, *nodes: Node, more: str = "", beside: tuple[Node, ...] = ()) -> Node:
    """A sub-process that goes through these nodes one after the other."""
    chain = [f"{id_}-in", *(node.id for node in nodes), f"{id_}-out"]
    flows = [f"{chain[index]} -> {chain[index + 1]}" for index in range(len(chain) - 1)]
    return Node("subProcess", id_, more, body([start(chain[0]), *nodes, end(chain[-1]), *beside], flows, f"{id_}-f"))


# Signals -------------------------------------------------------------------------------------------------------


def test_a_signal_is_caught_with_its_variables_and_its_name_may_be_feel() -> None:
    player = Player(line(event("intermediateCatchEvent", "heard", "signal", "C"), root=ROOT), district="north")
    assert player.attributes[player.wait("heard").id] == {"signal_name": "alarm-north"}
    player.do("receive", "heard", {"level": 3})
    assert player.waits.variables == {"district": "north", "level": 3}
    with pytest.raises(StuckError) as stuck:
        Player(line(event("intermediateCatchEvent", "heard", "signal", "C"), root=ROOT))
    assert stuck.value.element_id == "heard"


@pytest.mark.parametrize("kind", ["intermediateThrowEvent", "endEvent"])
def test_a_thrown_signal_takes_along_what_its_input_mappings_say(kind: str) -> None:
    thrown = event(kind, "told", "signal", "C", mapping({"level": "x + 1"}))
    nodes = [start(), thrown, *([end()] if kind != "endEvent" else [])]
    player = Player(
        diagram("p", nodes, ["begin -> told", "told -> done"][: len(nodes) - 1], root=ROOT), district="n", x=1
    )
    assert [one.data for one in player.events if one.kind == "signal-thrown"] == [
        {"name": "alarm-n", "variables": {"level": 2}}
    ]
    assert player.waits.ended


def test_a_boundary_signal_interrupts_or_comes_again_and_again() -> None:
    for interrupting, left in (("true", ["warn"]), ("false", ["alarmed", "warn", "work"])):
        alarmed = event("boundaryEvent", "alarmed", "signal", "S", attachedToRef="work", cancelActivity=interrupting)
        more = [alarmed, job("warn"), end("warned")]
        player = Player(line(user("work"), root=ROOT, more=more, flows=["alarmed -> warn", "warn -> warned"]))
        player.do("receive", "alarmed", {})
        assert player.open == left


def test_a_signal_to_several_waits_reaches_those_that_it_has_not_ended() -> None:
    nodes = [start(), Node("parallelGateway", "fork"), sub("s", event("intermediateCatchEvent", "deep", "signal", "S"))]
    nodes += [event("boundaryEvent", "over", "signal", "S", attachedToRef="s"), user("after"), end(), end("gone")]
    nodes += [event("intermediateCatchEvent", "beside", "signal", "S"), end("third")]
    flows = [
        "begin -> fork",
        "fork -> s",
        "fork -> beside",
        "s -> done",
        "over -> after",
        "after -> gone",
        "beside -> third",
    ]
    player = Player(diagram("p", nodes, flows, root=ROOT))
    waits = [player.wait(one).id for one in ("over", "deep", "beside")]
    player.run.receive_signal(waits, {"n": 1})
    player._settle()
    assert player.open == ["after"]
    assert player.happened("deep") == ["activated", "terminated"]
    assert player.happened("beside") == ["activated", "completed"]


# Links ---------------------------------------------------------------------------------------------------------


def test_a_link_goes_on_at_the_event_of_the_same_name() -> None:
    nodes = [start(), event("intermediateThrowEvent", "away", "link", "Page 2")]
    nodes += [event("intermediateCatchEvent", "here", "link", "Page 2"), user("work"), end()]
    player = Player(diagram("p", nodes, ["begin -> away", "here -> work", "work -> done"]))
    assert player.open == ["work"]
    assert player.happened("away") == player.happened("here") == ["activated", "completed"]


def test_an_inclusive_gateway_waits_for_what_can_come_through_a_link() -> None:
    nodes = [
        start(),
        Node("inclusiveGateway", "fork"),
        user("a"),
        user("b"),
        Node("inclusiveGateway", "meet"),
        user("c"),
    ]
    nodes += [
        event("intermediateThrowEvent", "away", "link", "x"),
        event("intermediateCatchEvent", "here", "link", "x"),
    ]
    flows = ["begin -> fork", "fork -> a if true", "fork -> b default", "a -> away", "here -> meet", "b -> meet"]
    flows[2] = "fork -> b if true"
    player = Player(diagram("p", [*nodes, end()], [*flows, "meet -> c", "c -> done"]))
    player.do("complete", "b", {})
    assert player.open == ["a"]
    player.do("complete", "a", {})
    assert player.open == ["c"]


# Gateways that wait for events ---------------------------------------------------------------------------------

WAITING = [
    start(),
    Node("eventBasedGateway", "first"),
    message("intermediateCatchEvent", "answered"),
    event("intermediateCatchEvent", "alarmed", "signal", "S", mapping({}, {"how": "level"})),
    timer("intermediateCatchEvent", "late", "PT1H"),
    Node("receiveTask", "paid", messageRef="N"),
    user("a"),
    user("b"),
    user("c"),
    user("d"),
    *(end(f"end-{one}") for one in "abcd"),
]
WAYS = ["begin -> first", "first -> answered", "first -> alarmed", "first -> late", "first -> paid"]
WAYS += ["answered -> a", "alarmed -> b", "late -> c", "paid -> d", *(f"{one} -> end-{one}" for one in "abcd")]


@pytest.mark.parametrize(
    ("command", "first", "given", "then", "sets"),
    [
        ("receive", "answered", ({"said": "yes"},), "a", {"said": "yes"}),
        ("receive", "alarmed", ({"level": 3},), "b", {"how": 3}),
        ("fire_timer", "late", (), "c", {}),
        ("receive", "paid", ({"sum": 5},), "d", {"sum": 5}),
    ],
)
def test_of_the_events_behind_a_gateway_the_first_takes_its_way(
    command: str, first: str, given: tuple[dict[str, object], ...], then: str, sets: dict[str, object]
) -> None:
    root = ROOT + message_root("payment", id_="N")
    player = Player(diagram("p", WAITING, WAYS, root=root), matter="M")
    assert player.open == ["alarmed", "answered", "late", "paid"]
    player.do(command, first, *given)
    assert player.open == [then]
    assert player.waits.variables == {"matter": "M", **sets}
    assert player.happened("first") == player.happened(first) == ["activated", "completed"]
    assert len(player.flows) == 3


# Escalations and errors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("reference", ["L", "X"])
@pytest.mark.parametrize("caught", ["L", ""])
@pytest.mark.parametrize("interrupting", ["true", "false"])
def test_an_escalation_is_caught_on_the_border_with_its_variables(
    reference: str, caught: str, interrupting: str
) -> None:
    raised = event("intermediateThrowEvent", "raise", "escalation", reference, mapping({"why": "1"}))
    told = event("boundaryEvent", "told", "escalation", caught, attachedToRef="s", cancelActivity=interrupting)
    more, flows = [told, user("chief"), end("seen")], ["told -> chief", "chief -> seen"]
    player = Player(line(sub("s", raised, user("work")), root=ROOT, more=more, flows=flows), t="te")
    assert player.open == (["chief"] if interrupting == "true" else ["chief", "work"])
    assert player.waits.variables["why"] == 1
    assert player.happened("raise") == ["activated", "terminated" if interrupting == "true" else "completed"]


def test_an_escalation_at_an_end_that_nobody_catches_is_no_fault() -> None:
    inside = body([start("in"), event("endEvent", "raise", "escalation", "L")], ["in -> raise"], "s")
    other = event("boundaryEvent", "told", "escalation", "O", attachedToRef="s")
    root = ROOT + '<bpmn:escalation id="O" escalationCode="other" />'
    more, flows = [other, end("seen")], ["told -> seen"]
    player = Player(line(Node("subProcess", "s", "", inside), user("after"), root=root, more=more, flows=flows))
    assert player.open == ["after"]


def test_an_error_at_an_end_goes_to_the_event_that_names_its_code_before_one_that_catches_each() -> None:
    for reference, expected in (("E", "named"), ("F", "named"), ("G", "each")):
        inside = body([start("in"), Node("parallelGateway", "fork"), user("beside"), end("fine"),
                       event("endEvent", "fail", "error", reference, mapping({"why": "2"}))],
                      ["in -> fork", "fork -> beside", "beside -> fine", "fork -> fail"], "s")  # fmt: skip
        told = mapping({}, {"why": "why"})
        more = [event("boundaryEvent", "all", "error", "", told, attachedToRef="s"), user("each"), end("e1")]
        more += [event("boundaryEvent", "lost", "error", "E", told, attachedToRef="s"), user("named"), end("e2")]
        flows = ["all -> each", "each -> e1", "lost -> named", "named -> e2"]
        root = ROOT + '<bpmn:error id="G" errorCode="OTHER" />'
        player = Player(line(Node("subProcess", "s", "", inside), root=root, more=more, flows=flows), t="ST")
        assert (player.open, player.waits.variables["why"]) == ([expected], 2)
        assert player.happened("fail") == player.happened("beside") == ["activated", "terminated"]


def test_an_error_that_nobody_catches_names_its_event() -> None:
    with pytest.raises(StuckError, match="LOST") as stuck:
        Player(diagram("p", [start(), event("endEvent", "fail", "error", "E")], ["begin -> fail"], root=ROOT))
    assert (stuck.value.element_id, stuck.value.error_type) == ("fail", "UNHANDLED_ERROR_EVENT")


# Event sub-processes -------------------------------------------------------------------------------------------


def begins(definition: str, reference: str = "", *, interrupting: bool = True) -> Node:
    told = "true" if interrupting else "false"
    if definition == "message":
        return message("startEvent", "happens", isInterrupting=told)
    if definition == "timer":
        return timer("startEvent", "happens", "PT1H", isInterrupting=told)
    return event("startEvent", "happens", definition, reference, isInterrupting=told)


@pytest.mark.parametrize(("definition", "reference"), [("message", ""), ("timer", ""), ("signal", "S")])
@pytest.mark.parametrize("inside", [True, False])
def test_an_event_sub_process_that_interrupts_ends_all_else_around_it(
    definition: str, reference: str, inside: bool
) -> None:
    handler = event_sub_process("handle", begins(definition, reference), user("mend"))
    if inside:
        xml = line(sub("s", user("work"), beside=(handler,)), user("after"), root=ROOT)
    else:
        xml = line(user("work"), root=ROOT, more=[handler])
    player = Player(xml, matter="M")
    assert player.open == ["happens", "work"]
    given = ({"why": "x"},) if definition != "timer" else ()
    player.do("fire_timer" if definition == "timer" else "receive", "happens", *given)
    assert player.open == ["mend"]
    assert player.happened("work") == ["activated", "terminated"]
    assert player.waits.variables.get("why") == ("x" if given else None)
    player.do("complete", "mend", {})
    assert player.open == (["after"] if inside else [])
    assert player.happened("handle") == player.happened("happens") == ["activated", "completed"]


def test_one_that_does_not_interrupt_comes_as_often_as_it_is_sent_and_keeps_its_scope_open() -> None:
    handler = event_sub_process("handle", begins("message", interrupting=False), user("look"))
    player = Player(line(user("work"), root=ROOT, more=[handler]), matter="M")
    for _ in range(2):
        player.do("receive", "happens", {})
    assert player.open == ["happens", "look", "look", "work"]
    player.do("complete", "work", {})
    player.do("complete", "look", {})
    assert player.open == ["happens", "look"]
    player.do("complete", "look", {})
    assert player.waits.ended
    assert player.open == []


def test_what_waits_to_begin_an_event_sub_process_does_not_keep_its_scope_open() -> None:
    handler = event_sub_process("handle", begins("timer", interrupting=False), user("look"))
    player = Player(line(sub("s", user("work"), beside=(handler,)), root=ROOT))
    player.do("complete", "work", {})
    assert player.waits.ended


def test_a_cycle_begins_an_event_sub_process_again_and_again() -> None:
    again = timer("startEvent", "happens", "R2/PT1H", "timeCycle", isInterrupting="false")
    player = Player(line(user("work"), more=[event_sub_process("handle", again, user("look"))]))
    for expected in (["happens", "look", "work"], ["look", "look", "work"]):
        player.do("fire_timer", "happens")
        assert player.open == expected


def test_an_event_sub_process_has_a_scope_of_its_own_and_writes_into_that_around_it() -> None:
    handler = event_sub_process(
        "handle", begins("signal", "S"), script("set", "own + 1", "local"), more=mapping({"own": "1"}, {"up": "own"})
    )
    outer = sub("s", user("work"), more=mapping({"local": "0"}, {"result": "local"}), beside=(handler,))
    player = Player(line(outer, root=ROOT))
    player.do("receive", "happens", {})
    assert player.waits.variables == {"result": 2, "up": 1}


@pytest.mark.parametrize("thrower", ["job", "end"])
def test_an_error_begins_an_event_sub_process_before_it_goes_to_the_border(thrower: str) -> None:
    handler = event_sub_process("handle", begins("error", "E"), user("mend"))
    fails = job("fail") if thrower == "job" else event("endEvent", "fail", "error", "E")
    nodes = [start("in"), fails, *([end("out")] if thrower == "job" else []), handler]
    inside = body(nodes, ["in -> fail", "fail -> out"][: 2 if thrower == "job" else 1], "s")
    more = [event("boundaryEvent", "lost", "error", "E", attachedToRef="s"), user("outside"), end("e")]
    flows = ["lost -> outside", "outside -> e"]
    player = Player(line(Node("subProcess", "s", "", inside), root=ROOT, more=more, flows=flows))
    if thrower == "job":
        player.run.throw_error(player.wait("fail").id, "LOST", "", {"why": 1})
        player._settle()
        assert player.waits.variables == {"why": 1}
    assert player.open == ["mend"]


def test_an_error_inside_an_event_sub_process_goes_further_out() -> None:
    handler = event_sub_process("handle", begins("error", "E"), job("again"))
    inside = body([start("in"), job("fail"), end("out"), handler], ["in -> fail", "fail -> out"], "s")
    more = [event("boundaryEvent", "lost", "error", "E", attachedToRef="s"), user("outside"), end("e")]
    player = Player(
        line(Node("subProcess", "s", "", inside), root=ROOT, more=more, flows=["lost -> outside", "outside -> e"])
    )
    for failing, expected in (("fail", ["again"]), ("again", ["outside"])):
        player.run.throw_error(player.wait(failing).id, "LOST", "", {})
        player._settle()
        assert player.open == expected


@pytest.mark.parametrize("interrupting", [True, False])
def test_an_escalation_begins_an_event_sub_process(interrupting: bool) -> None:
    handler = event_sub_process("handle", begins("escalation", "L", interrupting=interrupting), user("chief"))
    raised = event("intermediateThrowEvent", "raise", "escalation", "L")
    player = Player(line(raised, user("work"), root=ROOT, more=[handler]))
    assert player.open == (["chief"] if interrupting else ["chief", "work"])


def test_of_several_event_sub_processes_one_that_interrupts_ends_the_others() -> None:
    first = event_sub_process("notes", begins("message", interrupting=False), user("look"))
    second = Node(
        "subProcess",
        "stop",
        "",
        first.inside.replace("happens", "stopped").replace("notes", "stop").replace("look", "halt"),
        triggeredByEvent="true",
    )
    second.inside = second.inside.replace(' isInterrupting="false"', "").replace(
        'messageEventDefinition messageRef="M"', 'signalEventDefinition signalRef="S"'
    )
    player = Player(line(sub("s", user("work"), beside=(first, second)), user("after"), root=ROOT), matter="M")
    player.do("receive", "happens", {})
    assert player.open == ["happens", "look", "stopped", "work"]
    player.do("receive", "stopped", {})
    assert player.open == ["halt"]
    player.do("complete", "halt", {})
    assert player.open == ["after"]


def test_an_event_on_the_border_still_happens_when_an_event_sub_process_has_interrupted() -> None:
    handler = event_sub_process("handle", begins("signal", "S"), user("mend"))
    more = [timer("boundaryEvent", "late", "PT2H", attachedToRef="s"), end("gone")]
    player = Player(line(sub("s", user("work"), beside=(handler,)), root=ROOT, more=more, flows=["late -> gone"]))
    player.do("receive", "happens", {})
    assert player.open == ["late", "mend"]
    player.do("fire_timer", "late")
    assert player.waits.ended


def test_a_scenario_tells_of_signals_and_of_errors_of_what_is_called() -> None:
    called = '<zeebe:calledElement processId="other" />'
    lost = event("boundaryEvent", "lost", "error", "E", attachedToRef="call")
    handler = event_sub_process("handle", begins("signal", "S", interrupting=False))
    nodes = [start(), event("intermediateCatchEvent", "heard", "signal", "S"), Node("callActivity", "call", called)]
    flows = ["begin -> heard", "heard -> call", "call -> done", "lost -> gone"]
    model = bpmn.read_model(diagram("p", [*nodes, lost, end(), end("gone"), handler], flows, root=ROOT), "p.bpmn")
    told = """
    title: What is called fails
    steps:
      - waits: [heard]
      - hears: happens
      - hears: heard
        answers: {level: 3}
      - throws: call
        error: LOST
    ends: gone
    expect: {level: 3}
    """
    stage = scenarios.Stage(lambda *_: pytest.fail("no decision"), lambda *_: pytest.fail("no form"))
    played = scenarios.play(model, read_scenario(told, "told.yaml", {}), stage)
    assert played.failure is None
    assert {"handle", "lost"} <= played.elements
