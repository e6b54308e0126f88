"""What nothing reads is told at its element: refused if it could mean something, warned of if nobody reads it."""

from __future__ import annotations

import pytest

from service import bpmn
from service.errors import ModelRejected
from tests.diagrams import Node, diagram, end, job, mapping, start, timer, user


def told(node: Node, *more: Node, inside: str = "") -> list[tuple[str, str]]:
    """Element and message of each problem and warning of a process with this node."""
    nodes = [start(), node, *more, end()]
    xml = diagram("p", nodes, ["begin -> here", *(f"here -> {one.id}" for one in nodes[2:])], inside=inside)
    try:
        found = bpmn.read_model(xml, "p.bpmn").warnings
    except ModelRejected as refused:
        found = tuple(one for one in refused.problems)
    assert all(one.mend for one in found)
    return [(one.element_id, one.message) for one in found]


WORK = '<zeebe:taskDefinition type="work" />'
USER = "<zeebe:userTask />"


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (
            Node("serviceTask", "here", '<zeebe:taskDefinition type="work" retires="5" />'),
            "The retires of a taskDefinition is not read.",
        ),
        (
            Node("userTask", "here", f'{USER}<zeebe:formDefinition formId="f" formUrl="x" />'),
            "The formUrl of a formDefinition is not read.",
        ),
        (
            Node("callActivity", "here", '<zeebe:calledElement processId="c" businessId="b" />'),
            "The businessId of a calledElement is not read.",
        ),
        (
            Node("callActivity", "here", '<zeebe:calledElement processId="c" processIdExpression="x" />'),
            "The processIdExpression of a calledElement is not read.",
        ),
        (
            Node(
                "serviceTask",
                "here",
                f'{WORK}<zeebe:taskHeaders><zeebe:input source="=1" target="a" /></zeebe:taskHeaders>',
            ),
            "An input in a taskHeaders is not read.",
        ),
        (Node("serviceTask", "here", WORK * 2), "It has 2 of the extension taskDefinition; one alone is read."),
        (
            Node(
                "serviceTask",
                "here",
                WORK,
                '<zeebe:properties><zeebe:property name="a" value="b" /></zeebe:properties>',
            ),
            "A properties stands outside of the extension elements.",
        ),
        (Node("serviceTask", "here", WORK, **{"zeebe:retries": "5"}), "Its attribute zeebe:retries is not read."),
        (job("here", more="<zeebe:linkedResources />"), "A linkedResources is not run on a serviceTask."),
        (
            Node("callActivity", "here", '<zeebe:calledElement processId="c" propagateAllChildVariables="=true" />'),
            "The propagateAllChildVariables of a calledElement is “=true”.",
        ),
        (
            Node(
                "callActivity",
                "here",
                '<zeebe:calledElement processId="c" bindingType="versionTag" versionTag="=v" />',
            ),
            "The versionTag of a calledElement is computed.",
        ),
        (Node("task", "here", inside="<bpmn:assignedTo />"), "An assignedTo is no part of a task."),
        (Node("task", "here", startQuantity="2"), "Its startQuantity “2” is not run here."),
        (Node("task", "here", completionQuantity="2"), "Its completionQuantity “2” is not run here."),
    ],
)
def test_what_could_mean_something_else_is_refused(node: Node, message: str) -> None:
    assert told(node) == [("here", message)]


def test_what_begins_a_process_without_a_start_event_is_refused_where_it_stands() -> None:
    gateway = Node("eventBasedGateway", "here", instantiate="true")
    nodes = [gateway, timer("intermediateCatchEvent", "one", "PT1H"), timer("intermediateCatchEvent", "two", "PT2H")]
    nodes += [end("a"), end("b")]
    with pytest.raises(ModelRejected) as refused:
        bpmn.read_model(diagram("p", nodes, ["here -> one", "here -> two", "one -> a", "two -> b"]), "p.bpmn")
    assert [one.element_id for one in refused.value.problems] == ["here", "p"]


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (Node("serviceTask", "here", WORK, **{"zeebe:retryCounter": "3"}), "Its retryCounter is not read."),
        (Node("userTask", "here", USER, "<bpmn:potentialOwner />"), "Its potentialOwner is not read."),
        (Node("scriptTask", "here", WORK, "<bpmn:script>print(1)</bpmn:script>"), "Its script is not read."),
        (
            Node(
                "scriptTask",
                "here",
                '<zeebe:script expression="=1" resultVariable="a" /><zeebe:jobPriorityDefinition priority="7" />',
            ),
            "It has a job priority, but is no job.",
        ),
        (user("here", more=WORK), "A taskDefinition is not read on a userTask."),
        (Node("exclusiveGateway", "here", mapping({"a": "1"})), "An ioMapping is not read on an exclusiveGateway."),
        (
            Node("task", "here", '<zeebe:calledElement processId="c" businessId="b" />'),
            "A calledElement is not read on a task.",
        ),
    ],
)
def test_what_nobody_reads_is_warned_of(node: Node, message: str) -> None:
    assert told(node) == [("here", message)]


def test_what_is_passed_over_does_nothing() -> None:
    left = Node("exclusiveGateway", "here", mapping({"a": "1"}, {"b": "2"}))
    model = bpmn.read_model(diagram("p", [start(), left, end()], ["begin -> here", "here -> done"]), "p.bpmn")
    assert (model.elements["here"].inputs, model.elements["here"].outputs) == ((), ())
    model = bpmn.read_model(
        diagram("p", [start(), user("here", more=WORK), end()], ["begin -> here", "here -> done"]), "p.bpmn"
    )
    assert model.elements["here"].job is None


def test_what_modelers_keep_for_themselves_says_nothing() -> None:
    template = {"zeebe:modelerTemplate": "sms", "zeebe:modelerTemplateVersion": "1", "zeebe:modelerTemplateIcon": "x"}
    assert told(Node("serviceTask", "here", WORK, **template)) == []
    assert told(user("here", more='<zeebe:properties><zeebe:property name="a" value="b" /></zeebe:properties>')) == []


def test_flows_at_what_is_not_run_are_not_wrong_as_well() -> None:
    assert told(Node("complexGateway", "here"), Node("task", "more")) == [("here", "A complexGateway is not run here.")]


def test_what_is_wrong_in_an_event_definition_is_told_at_the_event_that_shows_it() -> None:
    said = "<bpmn:extensionElements><zeebe:assignmentDefinition /></bpmn:extensionElements>"
    condition = f"{said}<bpmn:condition>=x</bpmn:condition>"
    inside = f'<bpmn:conditionalEventDefinition id="unseen">{condition}</bpmn:conditionalEventDefinition>'
    message = "An assignmentDefinition is not read on a conditionalEventDefinition."
    assert told(Node("intermediateCatchEvent", "here", inside=inside)) == [("here", message)]
