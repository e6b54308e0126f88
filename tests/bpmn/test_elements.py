"""Every kind of element that is run, each run restored from its state before every command."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from service import bpmn
from service.errors import Conflict, ModelRejected, StuckError
from tests.bpmn.test_run import NOW, Player
from tests.diagrams import Node, body, diagram, end, job, mapping, message, message_root, script, start, timer, user


def line(*nodes: Node, root: str = "", more: list[Node] | None = None, flows: list[str] | None = None) -> bytes:
    """A process that goes through these nodes one after the other."""
    chain = [start(), *nodes, end()]
    ways = [f"{first.id} -> {second.id}" for first, second in pairwise(chain)]
    return diagram("p", [*chain, *(more or [])], [*ways, *(flows or [])], root=root)


TERMINATE = "<bpmn:terminateEventDefinition />"
THROWN = '<bpmn:messageEventDefinition messageRef="M" />'


@pytest.mark.parametrize("kind", ["task", "manualTask", "intermediateThrowEvent"])
def test_what_has_nothing_to_do_is_passed_through(kind: str) -> None:
    player = Player(line(Node(kind, "passed")))
    assert player.waits.ended
    assert player.happened("passed") == ["activated", "completed"]


def test_a_user_task_tells_who_may_do_it_until_when_and_how() -> None:
    drawn = '<zeebe:taskSchedule dueDate="=received_at + duration(&quot;P5D&quot;)" followUpDate="2026-02-11" />'
    drawn += '<zeebe:priorityDefinition priority="=if urgent then 90 else 50" />'
    drawn += '<zeebe:taskHeaders><zeebe:header key="checklist" value="现场核查" /></zeebe:taskHeaders>'
    assigned = '<zeebe:assignmentDefinition assignee="=sponsor" candidateGroups="=[unit, &quot;chief&quot;]" '
    assigned += 'candidateUsers="li, wu" />'
    node = Node("userTask", "work", f"<zeebe:userTask />{assigned}{drawn}", name="办理")
    player = Player(
        line(node), unit="dept-housing", urgent=True, sponsor="wang", received_at="2026-02-10T09:00:00+08:00"
    )
    told = player.attributes[player.wait("work").id]
    assert (told["assignee"], told["candidate_groups"], told["candidate_users"]) == (
        "wang",
        ["dept-housing", "chief"],
        ["li", "wu"],
    )
    assert (told["priority"], told["headers"]) == (90, {"checklist": "现场核查"})
    assert told["follow_up_date"].isoformat() == "2026-02-11T00:00:00+08:00"


@pytest.mark.parametrize("kind", ["serviceTask", "sendTask", "businessRuleTask", "scriptTask"])
def test_a_task_with_a_job_type_is_a_job(kind: str) -> None:
    player = Player(line(job("work", '="send-" + what', kind=kind)), what="notice")
    assert player.attributes[player.wait("work").id]["type"] == "send-notice"
    player.do("complete", "work", {"sent": True})
    assert player.waits.ended
    assert player.waits.variables["sent"] is True


@pytest.mark.parametrize("kind", ["intermediateThrowEvent", "endEvent"])
def test_a_thrown_message_is_a_job(kind: str) -> None:
    definition = '<zeebe:taskDefinition type="publish-message" />'
    thrown = Node(kind, "told", definition, THROWN)
    if kind == "endEvent":
        xml = diagram("p", [start(), thrown], ["begin -> told"], root=message_root())
    else:
        xml = line(thrown, root=message_root())
    player = Player(xml, matter="M")
    assert player.open == ["told"]
    player.do("complete", "told", {})
    assert player.waits.ended


def test_a_script_in_feel_sets_its_variable() -> None:
    player = Player(line(script("sum", "a + b", "c"), script("twice", "c * 2", "d")), a=1, b=2)
    assert player.waits.variables == {"a": 1, "b": 2, "c": 3, "d": 6}


@pytest.mark.parametrize(
    ("tag", "value", "hours"),
    [
        ("timeDuration", "PT2H", 2),
        ("timeDuration", '=duration("PT" + string(n) + "H")', 3),
        ("timeDate", "2026-02-10T11:00:00+08:00", 2),
        ("timeDate", '=@"2026-02-10T01:00:00Z" + @"PT1H"', 1),
    ],
)
def test_a_catch_timer_is_due_when_it_says(tag: str, value: str, hours: int) -> None:
    player = Player(line(timer("intermediateCatchEvent", "wait", value, tag)), n=3)
    assert player.wait("wait").attributes["due"] == NOW + timedelta(hours=hours)
    player.do("fire_timer", "wait")
    assert player.waits.ended


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        ("timeDate", '@"9999-12-31T23:00:00Z"'),
        ("timeDate", '@"12026-02-10T11:00:00Z"'),
        ("timeDuration", '@"P9000Y"'),
        ("timeDuration", '@"P9999999999D"'),
    ],
)
def test_a_timer_beyond_the_calendar_is_refused_or_stuck_and_says_so(tag: str, value: str) -> None:
    beyond = "beyond the calendar|out of range"
    with pytest.raises(StuckError, match=beyond) as stuck:
        Player(line(timer("intermediateCatchEvent", "wait", f"={value}", tag)))
    assert stuck.value.element_id == "wait"
    with pytest.raises(ModelRejected, match=beyond):
        Player(line(timer("intermediateCatchEvent", "wait", value.strip('@"'), tag)))


def test_a_timer_without_a_value_names_its_element() -> None:
    with pytest.raises(StuckError) as stuck:
        Player(line(timer("intermediateCatchEvent", "wait", "=missing")))
    assert stuck.value.element_id == "wait"


@pytest.mark.parametrize("kind", ["intermediateCatchEvent", "receiveTask"])
def test_a_message_is_caught_with_its_variables(kind: str) -> None:
    heard = message(kind, "heard") if kind != "receiveTask" else Node("receiveTask", "heard", messageRef="M")
    player = Player(line(heard, root=message_root()), matter="M1")
    assert player.attributes[player.wait("heard").id] == {"message_name": "reply", "correlation_key": "M1"}
    player.do("receive", "heard", {"said": "yes"})
    assert player.waits.variables == {"matter": "M1", "said": "yes"}


@pytest.mark.parametrize("value", [None, [], {"a": 1}, True])
def test_a_correlation_key_that_is_no_text_names_its_element(value: Any) -> None:
    with pytest.raises(StuckError) as stuck:
        Player(line(message("intermediateCatchEvent", "heard"), root=message_root()), matter=value)
    assert stuck.value.element_id == "heard"


def test_a_process_begins_at_the_start_event_that_is_named() -> None:
    nodes = [start(), message("startEvent", "heard"), timer("startEvent", "morning", "0 0 8 * * *", "timeCycle")]
    flows = ["begin -> a", "heard -> b", "morning -> c", "a -> done", "b -> done", "c -> done"]
    xml = diagram("p", [*nodes, user("a"), user("b"), user("c"), end()], flows, root=message_root())
    model = bpmn.read_model(xml, "p.bpmn")
    assert {(one.element_id, one.kind) for one in model.start_events} == {
        ("begin", "none"),
        ("heard", "message"),
        ("morning", "timer"),
    }
    context = bpmn.RunContext(now=lambda: NOW, decide=Player._no_decision)
    for begin, task in (("begin", "a"), ("heard", "b"), ("morning", "c"), (None, "a")):
        run = bpmn.Run.start(model, {}, context, start_element=begin)
        assert [one.element_id for one in run.advance().items] == [task]
    with pytest.raises(Conflict):
        bpmn.Run.start(model, {}, context, start_element="a")


def test_a_terminate_end_in_a_sub_process_ends_that_alone() -> None:
    inside = body(
        [start("in"), Node("parallelGateway", "split"), user("a"), user("b"), end("stop", TERMINATE), end("fine")],
        ["in -> split", "split -> a", "split -> b", "a -> stop", "b -> fine"],
        "s",
    )
    player = Player(line(Node("subProcess", "sub", "", inside), user("after")))
    assert player.open == ["a", "b"]
    player.do("complete", "a", {})
    assert player.open == ["after"]
    assert player.happened("b") == ["activated", "terminated"]
    assert player.happened("sub") == ["activated", "completed"]


def test_a_boundary_message_that_does_not_interrupt_comes_as_often_as_it_is_sent() -> None:
    urged = message("boundaryEvent", "urged", attachedToRef="work", cancelActivity="false")
    player = Player(
        line(
            user("work"),
            root=message_root(),
            more=[urged, job("warn"), end("warned")],
            flows=["urged -> warn", "warn -> warned"],
        ),
        matter="M",
    )
    for _ in range(2):
        player.do("receive", "urged", {})
    assert player.open == ["urged", "warn", "warn", "work"]
    player.do("complete", "work", {})
    assert player.open == ["warn", "warn"]


def test_a_boundary_message_that_interrupts_ends_what_it_stands_on_with_all_in_it() -> None:
    inside = body([start("in"), user("deep"), end("out")], ["in -> deep", "deep -> out"], "s")
    withdrawn = message("boundaryEvent", "withdrawn", attachedToRef="sub")
    player = Player(
        line(
            Node("subProcess", "sub", "", inside),
            root=message_root(),
            more=[withdrawn, end("gone")],
            flows=["withdrawn -> gone"],
        ),
        matter="M",
    )
    player.do("receive", "withdrawn", {"why": "solved"})
    assert player.waits.ended
    assert player.happened("deep") == ["activated", "terminated"]
    assert player.waits.variables["why"] == "solved"


def test_an_inclusive_gateway_joins_what_came_through_a_loop() -> None:
    nodes = [start(), Node("inclusiveGateway", "fork"), user("a"), user("b"), Node("exclusiveGateway", "again")]
    nodes += [Node("exclusiveGateway", "back"), Node("inclusiveGateway", "meet"), user("after"), end()]
    flows = [
        "begin -> fork",
        "fork -> back if true",
        "fork -> b if both",
        "fork -> meet default",
        "back -> a",
        "a -> again",
    ]
    flows += ["again -> back if more", "again -> meet default", "b -> meet", "meet -> after", "after -> done"]
    player = Player(diagram("p", nodes, flows), both=True, more=True)
    player.do("complete", "b", {})
    for _ in range(3):
        player.do("complete", "a", {"more": True})
        assert player.open == ["a"]
    player.do("complete", "a", {"more": False})
    assert player.open == ["after"]


def test_input_and_output_mappings_keep_what_is_local_local() -> None:
    mapped = mapping({"x": "outer + 1", "box.deep": "outer"}, {"result": "answer * 10", "kept.part": "x"})
    player = Player(line(user("work", more=mapped)), outer=1, kept={"other": True})
    assert bpmn.VisibleVariables(player.state).of(player.wait("work").id) == {
        "outer": 1,
        "kept": {"other": True},
        "x": 2,
        "box": {"deep": 1},
    }
    player.do("complete", "work", {"answer": 4, "noise": 1})
    assert player.waits.variables == {"outer": 1, "kept": {"other": True, "part": 2}, "result": 40}


def test_an_input_that_was_left_empty_hides_what_is_around_it() -> None:
    left = '<zeebe:ioMapping><zeebe:input target="x" /><zeebe:input source="" target="box.y" /></zeebe:ioMapping>'
    player = Player(line(user("work", more=left)), x=1)
    assert bpmn.VisibleVariables(player.state).of(player.wait("work").id) == {"x": None, "box": {"y": None}}


def test_an_element_may_have_any_id() -> None:
    drawn = [start("Start"), user("Root"), end("End")]
    player = Player(diagram("p", drawn, ["Start -> Root", "Root -> End"]))
    player.do("complete", "Root", {})
    assert player.waits.ended


def test_headers_without_a_value_are_none() -> None:
    said = '<zeebe:header key="a" value="1" /><zeebe:header key="b" /><zeebe:header value="c" />'
    player = Player(line(job("work", more=f"<zeebe:taskHeaders>{said}</zeebe:taskHeaders>")))
    assert player.wait("work").attributes["headers"] == {"a": "1"}


def test_a_sub_process_is_a_scope_for_what_its_inputs_name() -> None:
    inside = body([start("in"), user("deep"), end("out")], ["in -> deep", "deep -> out"], "s")
    sub = Node("subProcess", "sub", mapping({"local": "1"}, {"up": "local"}), inside)
    player = Player(line(sub, user("after")), x=0)
    player.do("complete", "deep", {"local": 5, "x": 7})
    assert player.waits.variables == {"x": 7, "up": 5}


def test_variables_set_at_a_wait_are_seen_there_alone() -> None:
    player = Player(line(user("work")), x=1)
    player.run.set_variables(player.wait("work").id, {"x": 2, "y": 3}, local=True)
    player._settle()
    assert bpmn.VisibleVariables(player.state).of(player.wait("work").id) == {"x": 2, "y": 3}
    assert player.waits.variables == {"x": 1}
    player.run.set_variables(player.wait("work").id, {"x": 4, "z": 5}, local=False)
    player._settle()
    assert bpmn.VisibleVariables(player.state).of(player.wait("work").id) == {"x": 4, "y": 3, "z": 5}
    assert player.waits.variables == {"x": 1, "z": 5}


def test_a_fork_and_join_ten_times_in_a_row_costs_no_more_than_its_tokens() -> None:
    nodes, flows, last = [start()], [], "begin"
    for index in range(10):
        names = [f"fork{index}", f"a{index}", f"b{index}", f"meet{index}"]
        nodes += [Node("parallelGateway", names[0]), user(names[1]), user(names[2]), Node("parallelGateway", names[3])]
        flows += [f"{last} -> {names[0]}", f"{names[0]} -> {names[1]}", f"{names[0]} -> {names[2]}"]
        flows += [f"{names[1]} -> {names[3]}", f"{names[2]} -> {names[3]}"]
        last = names[3]
    player = Player(diagram("p", [*nodes, end()], [*flows, f"{last} -> done"]))
    for index in range(10):
        assert len(player.state) < 300
        player.do("complete", f"b{index}", {})
        player.do("complete", f"a{index}", {})
    assert player.waits.ended
