"""What is wrong with a diagram is refused before it is deployed, at its element, with a way to mend it."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from service import bpmn
from service.errors import ModelRejected
from tests.diagrams import (
    Node,
    conditional,
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

GATE = Node("exclusiveGateway", "which")
TWO_WAYS = [start(), GATE, end("yes"), end("no")]
CHOSEN = [start(), Node("exclusiveGateway", "which"), user("a"), user("b"), Node("parallelGateway", "join"), end()]
TO_CHOSEN = ["begin -> which", "which -> a if x", "which -> b default"]
ROOT = message_root() + '<bpmn:error id="E" errorCode="LOST" /><bpmn:error id="F1" errorCode="=&quot;LOST&quot;" />'
ROOT += '<bpmn:signal id="S" name="alarm" /><bpmn:signal id="N" /><bpmn:escalation id="L" escalationCode="late" />'


def told(nodes: list[Node], flows: list[str], **more: str) -> list[tuple[str, str]]:
    """The problems of a diagram: element and message; each has a way to mend it."""
    return told_of(diagram("p", nodes, flows, root=ROOT, **more))


def told_of(xml: bytes) -> list[tuple[str, str]]:
    try:
        bpmn.read_model(xml, "p.bpmn")
    except ModelRejected as refused:
        problems = refused.problems
    else:
        return []
    assert all(one.mend and one.file == "p.bpmn" for one in problems)
    return [(one.element_id, one.message) for one in problems]


def line(*nodes: Node) -> tuple[list[Node], list[str]]:
    """Nodes between a start and an end, one after the other; boundary events lead to an end of their own."""
    ahead = [node for node in nodes if node.type != "boundaryEvent"]
    ids = ["begin", *(node.id for node in ahead), "done"]
    flows = [f"{one} -> {two}" for one, two in pairwise(ids)]
    aside = [node for node in nodes if node.type == "boundaryEvent"]
    ends = [end(f"after-{node.id}") for node in aside]
    return [start(), *nodes, end(), *ends], [*flows, *(f"{node.id} -> after-{node.id}" for node in aside)]


def error(id_: str, host: str, reference: str = "E", **attributes: str) -> Node:
    inside = f'<bpmn:errorEventDefinition errorRef="{reference}" />'
    return Node("boundaryEvent", id_, "", inside, attachedToRef=host, **attributes)


def late(host: str, id_: str = "late", value: str = "PT1H", tag: str = "timeDuration", **attributes: str) -> Node:
    return timer("boundaryEvent", id_, value, tag, attachedToRef=host, **attributes)


def heard(id_: str) -> Node:
    return event("boundaryEvent", id_, "signal", "S", attachedToRef="ask")


def handling(begin: Node) -> tuple[list[Node], list[str]]:
    """A process with an event sub-process `on` that begins so."""
    nodes, flows = line(user("ask"))
    return [*nodes, event_sub_process("on", begin)], flows


WORK = '<zeebe:taskDefinition type="work" />'
SCHEDULE = '<zeebe:taskSchedule dueDate="tomorrow" followUpDate="2026-03-01" />'
PRIORITY = '<zeebe:priorityDefinition priority="101" />'
RETRIES = Node("serviceTask", "work", '<zeebe:taskDefinition type="work" retries="often" />')
DECISION = Node("businessRuleTask", "judge", '<zeebe:calledDecision decisionId="d" />')
BOTH = Node(
    "businessRuleTask",
    "judge",
    '<zeebe:calledDecision decisionId="d" resultVariable="d" /><zeebe:taskDefinition type="judge" />',
)
TAKES = message("boundaryEvent", "answer", more=mapping({"a": "1"}), attachedToRef="ask")
LISTENER = '<zeebe:executionListeners><zeebe:executionListener eventType="start" type="x" /></zeebe:executionListeners>'
CALL = Node("callActivity", "call", '<zeebe:calledElement processId="other" />')


@pytest.mark.parametrize(
    ("drawn", "element", "message"),
    [
        (line(script("add", "1 +", "sum")), "add", "no FEEL"),
        (line(script("add", "= 1", "sum")), "add", "no FEEL"),
        (line(script("add", "frobnicate(1)", "sum")), "add", "frobnicate"),
        (line(script("add", "1", "")), "add", "no result variable"),
        (line(script("add", "1", "my sum")), "add", "“my sum” is no name of a variable"),
        (line(user("ask", more=mapping({"a-b": "1"}))), "ask", "“a-b” is no name of a variable"),
        (line(Node("scriptTask", "run", "", "<bpmn:script>import os</bpmn:script>")), "run", "no FEEL script"),
        (line(Node("serviceTask", "work")), "work", "no job type"),
        (line(RETRIES), "work", "number of tries “often”"),
        (line(DECISION), "judge", "no result variable"),
        (line(BOTH), "judge", "a job and something else too"),
        (line(Node("businessRuleTask", "judge")), "judge", "calls no decision"),
        (line(Node("callActivity", "call")), "call", "calls no process"),
        (line(user("ask", more=SCHEDULE)), "ask", "due date “tomorrow”"),
        (line(user("ask", more=PRIORITY)), "ask", "priority “101”"),
        (line(timer("intermediateCatchEvent", "wait", "an hour")), "wait", "The timer “an hour” is wrong"),
        (line(timer("intermediateCatchEvent", "wait", "R3/PT1H", "timeCycle")), "wait", "happens once"),
        (line(user("ask"), late("ask", value="R/PT1H", tag="timeCycle")), "late", "happens once"),
        (line(user("ask"), late("ask", value="=1 +")), "late", "no FEEL"),
        (line(user("ask"), late("nobody")), "late", "stands on no activity"),
        (line(job("work"), error("lost", "work", cancelActivity="false")), "lost", "always interrupts"),
        (line(job("work"), error("lost", "work", "F")), "lost", "refers to the error F"),
        (line(job("work"), error("lost", "work"), error("gone", "work")), "gone", "catches the same"),
            (line(event("intermediateThrowEvent", "undo", "cancel")), "undo", "not run here"),
        (line(event("intermediateCatchEvent", "when", "conditional")), "when", "It has no condition"),
        (line(conditional("intermediateCatchEvent", "when", "x >")), "when", "condition is no FEEL"),
        (line(conditional("intermediateCatchEvent", "when", "x", variableEvents="delete")), "when", "“delete”"),
        (line(conditional("intermediateCatchEvent", "when", "x", variableNames="=x")), "when", "are computed"),
        (line(conditional("intermediateThrowEvent", "when", "x")), "when", "“conditional” is not run here"),
        (line(event("intermediateThrowEvent", "shout", "signal")), "shout", "refers to no signal"),
        (line(event("intermediateThrowEvent", "shout", "signal", "N")), "shout", "signal has no name"),
        (line(event("intermediateThrowEvent", "raise", "escalation")), "raise", "throws an escalation without a code"),
        (line(event("intermediateThrowEvent", "raise", "escalation", "E")), "raise", "the escalation E, which is not"),
        (line(user("ask"), event("boundaryEvent", "told", "escalation", "L", attachedToRef="ask")), "told",
         "No escalation comes out of “ask”"),
        (line(job("work"), event("boundaryEvent", "lost", "error", "F1", attachedToRef="work")), "lost", "is computed"),
        (line(user("ask"), heard("one"), heard("two")), "two", "Another event on “ask” catches the same"),
        (line(event("intermediateCatchEvent", "there", "link", "x")), "there", "A flow leads into it"),
        (line(event("intermediateThrowEvent", "away", "link", "x")), "away", "No event beside it catches the link “x”"),
        (line(event("intermediateThrowEvent", "away", "link")), "away", "The link has no name"),
        (line(Node("eventBasedGateway", "first"), user("ask")), "ask", "follows the event-based gateway “first”"),
        (line(Node("eventBasedGateway", "first"), user("ask")), "first", "Only one event is behind “first”"),
        (handling(start("happens")), "on", "begins with one event that happens"),
        (handling(event("startEvent", "happens", "error", "E", isInterrupting="false")), "happens", "always inter"),
        (handling(event("startEvent", "happens", "compensate")), "happens", "not run here"),
        (handling(timer("startEvent", "happens", "R/PT1H", "timeCycle")), "happens", "happens once"),
        (line(Node("subProcess", "on", triggeredByEvent="true")), "on", "A flow joins it"),
        (line(Node("complexGateway", "pay")), "pay", "A complexGateway is not run here"),
        (line(user("ask", more=LISTENER.replace('type="x"', ""))), "ask", "Its start listener has no job type"),
        (line(Node("userTask", "ask", "<zeebe:robot />")), "ask", "A robot is not run on a userTask"),
        (line(user("ask", **{"xmlns:camunda": "http://camunda.org/schema/1.0/bpmn", "camunda:assignee": "x"})), "ask",
         "The attribute assignee is not of Camunda 8"),
        (line(user("ask", more='<x:y xmlns:x="http://spiffworkflow.org/bpmn/schema/1.0/core" />')), "ask",
         "The extension y is not of Camunda 8"),
    ],
)  # fmt: skip
def test_an_element_that_cannot_be_run_is_refused(
    drawn: tuple[list[Node], list[str]], element: str, message: str
) -> None:
    found = told(*drawn)
    assert [one for one in found if one[0] == element and message in one[1]], found


@pytest.mark.parametrize(
    ("nodes", "flows", "element", "message"),
    [
        (TWO_WAYS, ["begin -> which", "which -> yes", "which -> no default"], "f2", "no condition"),
        (TWO_WAYS[:2], ["begin -> which"], "which", "No flow leaves the gateway"),
        ([start(), end()], ["begin -> done if a"], "f1", "leaves neither an activity nor"),
        ([start(), end()], ["begin -> done", "done -> done"], "done", "A flow leaves it"),
        ([start(), Node("task", "a"), end()], ["begin -> a", "a -> begin", "a -> done"], "begin", "flow leads into"),
        ([start(), Node("task", "a"), Node("task", "b")], ["begin -> a", "a -> b", "b -> a"], "a", "no way leads to"),
        ([end()], [], "p", "It has no start event"),
        ([start(), start("again"), end()], ["begin -> done", "again -> done"], "p", "several plain start events"),
        ([start(), end(), end()], ["begin -> done"], "done", "is there already"),
        ([start("p"), end()], ["p -> done"], "p", "is there already"),
        ([message("startEvent", "a"), message("startEvent", "b"), end()], ["a -> done", "b -> done"], "b", "the same"),
        ([event("startEvent", "a", "signal", "S"), event("startEvent", "b", "signal", "S"), end()],
         ["a -> done", "b -> done"], "b", "waits for the same signal"),
        ([event("intermediateCatchEvent", "a", "link", "x"), event("intermediateCatchEvent", "b", "link", "x"), start(),
          event("intermediateThrowEvent", "c", "link", "x"), end()], ["begin -> c", "a -> done", "b -> done"], "a",
         "Two events catch the link"),
        ([conditional("startEvent", "a", "x > 1"), conditional("startEvent", "b", "x>1"), end()],
         ["a -> done", "b -> done"], "b", "waits for the same conditional"),
        ([timer("startEvent", "daily", "=moment", "timeDate"), end()], ["daily -> done"], "daily", "reads moment"),
        ([start(), Node("subProcess", "sub"), end()], ["begin -> sub", "sub -> done"], "sub", "It has no start event"),
    ],
)  # fmt: skip
def test_a_way_that_cannot_be_gone_is_refused(nodes: list[Node], flows: list[str], element: str, message: str) -> None:
    found = told(nodes, flows)
    assert [one for one in found if one[0] == element and message in one[1]], found


@pytest.mark.parametrize(
    ("nodes", "flows", "element", "message"),
    [
        (*line(Node("task", "look"), late("look")), "late", "never happens"),
        (*line(user("ask"), error("lost", "ask")), "lost", "No error comes out of “ask”"),
        (*line(user("ask"), TAKES), "answer", "input mappings are not read"),
        (*handling(timer("startEvent", "happens", "PT1H", more=mapping({"a": "1"}))), "happens", "are not read"),
        ([start(), user("ask"), late("ask"), end()], ["begin -> ask", "ask -> done"], "late", "No flow leaves"),
        ([start()], [], "begin", "No flow leaves"),
        (*line(event("intermediateThrowEvent", "shout", "signal", "S", WORK)), "shout", "Only an event that throws"),
        (*line(event("intermediateThrowEvent", "undo", "compensate", "", WORK)), "undo", "Only an event that throws"),
        (TWO_WAYS, ["begin -> which", "which -> yes if a", "which -> no if b"], "which", "no default flow"),
        (TWO_WAYS[:3], ["begin -> which", "which -> yes if a"], "which", "no default flow"),
        ([start(), user("ask"), end()], ["begin -> ask", "ask -> done if a"], "ask", "no default flow"),
        (CHOSEN, [*TO_CHOSEN, "a -> join", "b -> join", "join -> done"], "join", "takes one only"),
    ],
)
def test_what_runs_though_it_is_probably_not_meant_is_warned_of(
    nodes: list[Node], flows: list[str], element: str, message: str
) -> None:
    (warning,) = bpmn.read_model(diagram("p", nodes, flows, root=ROOT), "p.bpmn").warnings
    assert warning.is_warning
    assert warning.mend
    assert (warning.element_id, warning.file) == (element, "p.bpmn")
    assert message in warning.message


def test_a_join_that_gets_its_tokens_in_some_way_is_not_warned_of() -> None:
    fork, loop = Node("parallelGateway", "fork"), Node("exclusiveGateway", "loop")
    joined = ["a -> join", "b -> join", "join -> done"]
    twice = ["begin -> fork", "fork -> which", "fork -> loop", "loop -> which", "which -> a if x", "which -> b default"]
    for nodes, flows in (
        ([*CHOSEN, fork, loop], [*twice, *joined]),
        ([*CHOSEN, fork], ["begin -> fork", "fork -> a", "fork -> b", "fork -> which", "which -> done", *joined]),
    ):
        assert bpmn.read_model(diagram("p", nodes, flows), "p.bpmn").warnings == ()


def test_a_default_with_a_condition_is_never_looked_at() -> None:
    xml = diagram("p", TWO_WAYS, ["begin -> which", "which -> yes if a", "which -> no default"]).decode()
    condition = '<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">=b</bpmn:conditionExpression>'
    xml = xml.replace('targetRef="no"></bpmn:sequenceFlow>', f'targetRef="no">{condition}</bpmn:sequenceFlow>')
    (warning,) = bpmn.read_model(xml.encode(), "p.bpmn").warnings
    assert (warning.element_id, "never looked at" in warning.message) == ("f3", True)


def test_an_element_may_leave_out_its_flows_but_not_tell_others() -> None:
    xml = diagram("p", [start(), Node("task", "a"), end()], ["begin -> a", "a -> done"]).decode()
    assert told_of(re.sub(r"<bpmn:(incoming|outgoing)>f.</bpmn:(incoming|outgoing)>", "", xml).encode()) == []
    unknown = xml.replace("<bpmn:incoming>f1</bpmn:incoming>", "<bpmn:incoming>f9</bpmn:incoming>")
    assert [element for element, text in told_of(unknown.encode()) if "f9" in text] == ["a"]
    twice = xml.replace("<bpmn:outgoing>f2</bpmn:outgoing>", "<bpmn:outgoing>f2</bpmn:outgoing>" * 2)
    assert [element for element, text in told_of(twice.encode()) if "in another way" in text] == ["a"]


def test_a_circle_in_which_something_waits_is_run_with_a_warning() -> None:
    gate = Node("exclusiveGateway", "again")
    nodes = [start(), gate, user("look"), timer("intermediateCatchEvent", "tomorrow", "P1D")]
    xml = diagram("p", nodes, ["begin -> again", "again -> look", "look -> tomorrow", "tomorrow -> again"])
    assert [(one.element_id, one.is_warning) for one in bpmn.read_model(xml, "p.bpmn").warnings] == [("again", True)]


def test_what_a_modeler_notes_for_itself_on_a_file_is_no_foreign_extension() -> None:
    xml = diagram("p", [start(), end()], ["begin -> done"]).decode()
    noted = 'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" camunda:diagramRelationId="c1ff" id="defs"'
    assert told_of(xml.replace('id="defs"', noted).encode()) == []


def test_conditions_that_cover_everything_need_no_default() -> None:
    assert told(TWO_WAYS, ["begin -> which", "which -> yes if a > 1", "which -> no if not(a > 1)"]) == []


def test_what_stands_on_the_process_is_refused_too() -> None:
    linked = "<bpmn:extensionElements><zeebe:linkedResources /></bpmn:extensionElements>"
    refused = [("p", "A linkedResources is not run on a process.")]
    assert told([start(), end()], ["begin -> done"], inside=linked) == refused


def test_what_no_way_leads_to_is_warned_of_and_lies_there() -> None:
    model = bpmn.read_model(diagram("p", [start(), end(), user("alone")], ["begin -> done"]), "p.bpmn")
    assert [(one.element_id, one.message) for one in model.warnings] == [("alone", "“alone” is never reached.")]


def test_a_diagram_in_order_has_no_problem() -> None:
    nodes, flows = line(
        user("ask", more='<zeebe:taskSchedule dueDate="2026-03-01T09:00:00+08:00" />'),
        late("ask", value="R/PT1H", tag="timeCycle", cancelActivity="false"),
        job("work"),
        error("lost", "work"),
        Node("callActivity", "call", '<zeebe:calledElement processId="other" />'),
        late("call", "stale"),
        message("boundaryEvent", "answer", attachedToRef="call"),
    )
    assert told(nodes, flows) == []


def test_the_form_of_a_start_event_is_known_with_those_of_tasks() -> None:
    form = '<zeebe:formDefinition formId="{}" />'
    begin = Node("startEvent", "begin", form.format("begin-form"))
    xml = diagram("p", [begin, user("ask", more=form.format("ask-form")), end()], ["begin -> ask", "ask -> done"])
    found = bpmn.read_model(xml, "p.bpmn").form_refs
    assert [(one.target_id, one.is_start) for one in found] == [("begin-form", True), ("ask-form", False)]


def test_names_with_nothing_but_spaces_between_them_are_one_name_which_is_told() -> None:
    nodes, flows = line(script("add", "a b c", "sum"), script("fine", "date and time(a)", "b"))
    (warning,) = bpmn.read_model(diagram("p", nodes, flows), "p.bpmn").warnings
    assert (warning.element_id, warning.is_warning) == ("add", True)
    assert "reads “a b c”, one name" in warning.message
