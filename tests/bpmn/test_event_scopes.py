"""Several events in one scope, scopes in scopes, and what an event brings: each run restored before every command."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from service import bpmn
from service.bpmn import scenarios
from service.bpmn.scenario_files import read_scenario
from service.errors import StuckError
from tests.bpmn.test_elements import TERMINATE, line
from tests.bpmn.test_events import ROOT
from tests.bpmn.test_run import NOW, Player
from tests.diagrams import (
    Node,
    body,
    conditional,
    diagram,
    each,
    end,
    event,
    event_sub_process,
    job,
    mapping,
    message,
    message_root,
    start,
    timer,
    user,
)

COMPUTED = message_root('="answer-" + kind', '=matter + "/" + kind', "N")


def stage() -> scenarios.Stage:
    return scenarios.Stage(lambda *_: pytest.fail("no decision"), lambda *_: pytest.fail("no form"))


# Names and codes -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["catch", "task", "boundary", "sub-process", "gateway"])
def test_the_name_of_a_message_may_be_feel_wherever_it_is_waited_for(place: str) -> None:
    root, more, flows = ROOT + COMPUTED, [user("then"), end("e")], ["heard -> then", "then -> e"]
    if place == "catch":
        xml = line(message("intermediateCatchEvent", "heard", "N"), user("then"), root=root)
    elif place == "task":
        xml = line(Node("receiveTask", "heard", messageRef="N"), user("then"), root=root)
    elif place == "boundary":
        xml = line(user("work"), root=root, more=[message("boundaryEvent", "heard", "N", attachedToRef="work"), *more],
                   flows=flows)  # fmt: skip
    elif place == "sub-process":
        handler = event_sub_process("handle", message("startEvent", "heard", "N"), user("then"))
        xml = line(user("work"), root=root, more=[handler])
    else:
        nodes = [start(), Node("eventBasedGateway", "first"), message("intermediateCatchEvent", "heard", "N"), *more]
        nodes += [timer("intermediateCatchEvent", "late", "PT1H")]
        xml = diagram("p", nodes, ["begin -> first", "first -> heard", "first -> late", *flows, "late -> e"], root=root)
    player = Player(xml, kind="a", matter="M")
    told = player.attributes[player.wait("heard").id]
    assert told == {"message_name": "answer-a", "correlation_key": "M/a"}
    player.do("receive", "heard", {})
    assert player.open == ["then"]


def test_what_an_event_on_a_border_waits_for_may_read_what_its_activity_alone_sees() -> None:
    local = mapping({"patience": '"PT2H"', "kind": '"b"', "matter": '"N"'})
    nodes = [
        timer("boundaryEvent", "late", "=patience", attachedToRef="work"),
        message("boundaryEvent", "heard", "N", attachedToRef="work"),
        end("e"),
    ]
    xml = line(user("work", more=local), root=ROOT + COMPUTED, more=nodes, flows=["late -> e", "heard -> e"])
    player = Player(xml, kind="a", matter="M")
    assert player.attributes[player.wait("late").id]["due"] == NOW + timedelta(hours=2)
    assert player.attributes[player.wait("heard").id] == {"message_name": "answer-b", "correlation_key": "N/b"}
    player.do("receive", "heard", {"said": 1})
    assert player.run.variables == {"kind": "a", "matter": "M", "said": 1}


@pytest.mark.parametrize("place", ["boundary", "sub-process"])
def test_the_name_of_a_signal_may_be_feel_on_a_border_and_in_an_event_sub_process(place: str) -> None:
    if place == "boundary":
        heard = event("boundaryEvent", "heard", "signal", "C", attachedToRef="work")
        xml = line(user("work"), root=ROOT, more=[heard, end("e")], flows=["heard -> e"])
    else:
        handler = event_sub_process("handle", event("startEvent", "heard", "signal", "C"))
        xml = line(user("work"), root=ROOT, more=[handler])
    player = Player(xml, district="north")
    assert player.attributes[player.wait("heard").id] == {"signal_name": "alarm-north"}


@pytest.mark.parametrize("outputs", [{}, {"reason": "why"}])
def test_what_an_error_brings_is_the_catching_events_own_but_for_what_that_maps(outputs: dict[str, str]) -> None:
    lost = event("boundaryEvent", "lost", "error", more=mapping({}, outputs) if outputs else "", attachedToRef="work")
    player = Player(
        line(job("work"), root=ROOT, more=[lost, user("mend"), end("e")], flows=["lost -> mend", "mend -> e"])
    )
    player.run.throw_error(player.wait("work").id, "ANY", "it fell", {"why": "x"})
    player._settle()
    assert player.open == ["mend"]
    assert player.waits.variables == ({"reason": "x"} if outputs else {})


# Several in one scope ------------------------------------------------------------------------------------------

STARTS = [
    start(),
    message("startEvent", "told"),
    timer("startEvent", "daily", "0 0 8 * * *", "timeCycle"),
    event("startEvent", "alarmed", "signal", "S"),
    conditional("startEvent", "high", "x > 10"),
]


@pytest.mark.parametrize("begin", [one.id for one in STARTS])
def test_a_process_begins_at_any_of_its_start_events(begin: str) -> None:
    tasks = [user(f"after-{one.id}") for one in STARTS]
    flows = [f"{one.id} -> after-{one.id}" for one in STARTS] + [f"{one.id} -> done" for one in tasks]
    model = bpmn.read_model(diagram("p", [*STARTS, *tasks, end()], flows, root=ROOT), "p.bpmn")
    assert [one.kind for one in model.start_events] == ["none", "message", "timer", "signal", "conditional"]
    run = bpmn.Run.start(model, {}, bpmn.RunContext(lambda: NOW, Player._no_decision), start_element=begin)
    assert [one.element_id for one in run.advance().items] == [f"after-{begin}"]


def test_event_sub_processes_of_every_kind_wait_side_by_side() -> None:
    begins = [
        message("startEvent", "told", isInterrupting="false"),
        timer("startEvent", "late", "PT1H", isInterrupting="false"),
        event("startEvent", "alarmed", "signal", "S", isInterrupting="false"),
        event("startEvent", "raised", "escalation", "L", isInterrupting="false"),
        conditional("startEvent", "high", "x > 10", isInterrupting="false"),
        event("startEvent", "lost", "error", "E"),
    ]
    handlers = [event_sub_process(f"on-{one.id}", one, user(f"after-{one.id}")) for one in begins]
    raises = event("intermediateThrowEvent", "raise", "escalation", "L")
    player = Player(line(job("work"), raises, job("more"), root=ROOT, more=handlers), matter="M")
    player.do("receive", "told", {})
    player.do("fire_timer", "late")
    player.do("receive", "alarmed", {"x": 11})
    player.do("complete", "work", {})
    after = ["after-alarmed", "after-high", "after-late", "after-raised", "after-told"]
    assert player.open == [*after, "alarmed", "more", "told"]
    player.run.throw_error(player.wait("more").id, "LOST", "", {})
    player._settle()
    assert player.open == ["after-lost"]
    player.do("complete", "after-lost", {})
    assert player.waits.ended


def test_an_event_sub_process_in_an_event_sub_process_answers_for_that_alone() -> None:
    inner = event_sub_process("inner", event("startEvent", "again", "signal", "S"), user("calm"))
    begin = message("startEvent", "told", isInterrupting="false")
    nodes = [begin, user("look"), end("outer-end"), inner]
    outer = Node(
        "subProcess", "outer", "", body(nodes, ["told -> look", "look -> outer-end"], "o"), triggeredByEvent="true"
    )
    player = Player(line(user("work"), root=ROOT, more=[outer]), matter="M")
    assert player.open == ["told", "work"]
    for _ in range(2):
        player.do("receive", "told", {})
    assert player.open == ["again", "again", "look", "look", "told", "work"]
    player.do("receive", "again", {})
    assert player.open == ["again", "calm", "look", "told", "work"]
    for task in ("calm", "look", "work"):
        player.do("complete", task, {})
    assert player.waits.ended


@pytest.mark.parametrize("inside", ["sub-process", "event sub-process"])
def test_a_terminate_end_ends_its_own_scope_with_the_event_sub_processes_in_it(inside: str) -> None:
    noted = event_sub_process("notes", message("startEvent", "told", isInterrupting="false"), user("look"))
    nodes = [
        user("a"),
        user("b"),
        Node("parallelGateway", "fork"),
        Node("endEvent", "stop", "", TERMINATE),
        end("fine"),
    ]
    flows = ["fork -> a", "fork -> b", "a -> stop", "b -> fine"]
    if inside == "sub-process":
        xml_inside = body([start("in"), *nodes, noted], ["in -> fork", *flows], "s")
        xml = line(Node("subProcess", "s", "", xml_inside), user("after"), root=ROOT)
        left = ["after"]
    else:
        begin = event("startEvent", "in", "signal", "S", isInterrupting="false")
        xml_inside = body([begin, *nodes, noted], ["in -> fork", *flows], "s")
        xml = line(user("after"), root=ROOT, more=[Node("subProcess", "s", "", xml_inside, triggeredByEvent="true")])
        left = ["after", "in"]
    player = Player(xml, matter="M")
    if inside != "sub-process":
        player.do("receive", "in", {})
    player.do("receive", "told", {})
    player.do("complete", "a", {})
    assert player.open == left
    assert player.happened("b") == player.happened("look") == ["activated", "terminated"]


def test_a_boundary_timer_comes_by_cron_as_long_as_its_activity_runs() -> None:
    remind = timer(
        "boundaryEvent", "remind", "0 0 9 * * MON-FRI", "timeCycle", attachedToRef="work", cancelActivity="false"
    )
    player = Player(line(user("work"), more=[remind, job("warn"), end("e")], flows=["remind -> warn", "warn -> e"]))
    due = player.wait("remind").attributes["due"]
    assert due == datetime(2026, 2, 11, 1, 0, tzinfo=UTC)  # nine o'clock is over already where it was asked
    for count in (1, 2):
        player.now = due = player.wait("remind").attributes["due"]
        player.do("fire_timer", "remind")
        assert player.open.count("warn") == count
    assert player.wait("remind").attributes["due"] == due + timedelta(days=1)
    player.do("complete", "work", {})
    assert player.open == ["warn", "warn"]


# What leads nowhere --------------------------------------------------------------------------------------------


def test_an_event_without_a_way_out_ends_its_way() -> None:
    late = timer("boundaryEvent", "late", "PT1H", attachedToRef="work", cancelActivity="false")
    nodes = [
        start(),
        user("work"),
        late,
        Node("intermediateCatchEvent", "heard", "", '<bpmn:signalEventDefinition signalRef="S" />'),
    ]
    player = Player(diagram("p", nodes, ["begin -> work", "work -> heard"], root=ROOT))
    player.do("fire_timer", "late")
    assert player.open == ["work"]
    player.do("complete", "work", {})
    player.do("receive", "heard", {})
    assert player.waits.ended
    assert player.happened("late") == player.happened("heard") == ["activated", "completed"]


def test_an_event_that_cannot_happen_is_no_hindrance() -> None:
    late = timer("boundaryEvent", "late", "PT1H", attachedToRef="done-at-once")
    lost = event("boundaryEvent", "lost", "error", "E", attachedToRef="work")
    more, flows = [late, lost, end("e1"), end("e2")], ["late -> e1", "lost -> e2"]
    player = Player(line(Node("manualTask", "done-at-once"), user("work"), root=ROOT, more=more, flows=flows))
    assert player.open == ["work"]
    player.do("complete", "work", {})
    assert player.waits.ended
    assert player.happened("late") == player.happened("lost") == []


@pytest.mark.parametrize("kind", ["intermediateThrowEvent", "endEvent"])
def test_a_job_type_on_what_throws_no_message_makes_no_job(kind: str) -> None:
    told = event(kind, "told", "signal", "S", '<zeebe:taskDefinition type="work" />')
    flows = ["begin -> told"] + (["told -> done"] if kind != "endEvent" else [])
    model_xml = diagram("p", [start(), told, *([end()] if kind != "endEvent" else [])], flows, root=ROOT)
    player = Player(model_xml)
    assert player.waits.ended
    assert [one.kind for one in player.events if one.element_id == "told"][1] == "signal-thrown"
    assert player.model.job_types == ()


# Scenarios -----------------------------------------------------------------------------------------------------


def test_a_scenario_sets_variables_and_names_the_conditions_that_wait() -> None:
    alarm = conditional("boundaryEvent", "alarm", "x > 20", attachedToRef="work", cancelActivity="false")
    nodes = [start(), conditional("intermediateCatchEvent", "ready", "x > 10"), user("work"), alarm, end(), end("e")]
    xml = diagram("p", nodes, ["begin -> ready", "ready -> work", "work -> done", "alarm -> e"])
    told = """
    title: It is ready, then alarming
    steps:
      - waits: [ready]
      - sets: {x: 11}
      - waits: [work]
      - sets: {x: 21}
        at: work
      - completes: work
    ends: done
    """
    model = bpmn.read_model(xml, "p.bpmn")
    played = scenarios.play(model, read_scenario(told, "told.yaml", {}), stage())
    assert played.failure is None
    assert "alarm" in played.elements
    wrong = read_scenario(told.replace("sets: {x: 11}", "completes: ready"), "told.yaml", {})
    failure = scenarios.play(model, wrong, stage()).failure
    assert failure is not None
    assert "ready waits as conditional; write `sets`" in failure.message


def test_nothing_inside_catches_what_is_thrown_before_it_has_begun() -> None:
    lost = event_sub_process("lost", event("startEvent", "missed", "error", "E"), user("look"))
    inside = body([start("in"), user("ask"), end("out"), lost], ["in -> ask", "ask -> out"], "g")
    first = '<zeebe:executionListener eventType="beforeAll" type="prepare" />'
    part = each(
        Node("subProcess", "part", f"<zeebe:executionListeners>{first}</zeebe:executionListeners>", inside), "[1, 2]"
    )
    player = Player(line(part, root=ROOT))
    with pytest.raises(StuckError, match="listener"):
        player.run.throw_error(player.wait("part").id, "LOST", "", {})
    player.do("complete", "part", {})
    assert player.open == ["ask", "ask"]
