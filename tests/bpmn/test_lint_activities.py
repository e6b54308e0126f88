"""Activities that repeat or are undone are refused where they could not be run as drawn."""

from __future__ import annotations

import pytest

from tests.bpmn.test_compensation import drawn, throw, undone
from tests.bpmn.test_lint import line, told, told_of
from tests.diagrams import Node, each, end, event_sub_process, job, mapping, message, timer, user


def looped(inside: str, node: Node | None = None) -> Node:
    node = node or user("work")
    loop = f"<bpmn:multiInstanceLoopCharacteristics>{inside}</bpmn:multiInstanceLoopCharacteristics>"
    return Node(node.type, node.id, node.extensions, loop)


def over(attributes: str) -> str:
    return f"<bpmn:extensionElements><zeebe:loopCharacteristics {attributes} /></bpmn:extensionElements>"


NOT_BY = '<zeebe:properties><zeebe:property name="notBy" value="{}" /></zeebe:properties>'
GATEWAY = Node("exclusiveGateway", "work", "", looped("").inside)


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (looped(""), "over no collection"),
        (looped(over('inputElement="x"')), "over no collection"),
        (looped("<bpmn:loopCardinality>3</bpmn:loopCardinality>" + over('inputCollection="=l"')), "loopCardinality"),
        (looped(over('inputCollection="l"')), "input collection is no FEEL"),
        (looped(over('inputCollection="=l" outputCollection="o"')), "there is only one"),
        (looped(over('inputCollection="=l" outputElement="=o"')), "there is only one"),
        (looped(over('inputCollection="=l" outputCollection="o" outputElement="=1 +"')), "output element is no FEEL"),
        (looped(over('inputCollection="=l" inputElement="a b"')), "no name of a variable"),
        (looped(over('inputCollection="=l" inputElement="a.b"')), "a way into a variable"),
        (looped(over('inputCollection="=l" inputElement="loopCounter"')), "as its counter is"),
        (each(user("work"), "l", member="x", output="x", result="y"), "both named x"),
        (each(user("work"), "l", until="= 3"), "completion condition is no FEEL"),
        (GATEWAY, "A multiInstanceLoopCharacteristics is not run on an exclusiveGateway"),
    ],
)
def test_what_is_wrong_with_a_repetition_is_told_at_its_activity(node: Node, message: str) -> None:
    problems = told(*line(node))
    assert [id_ for id_, text in problems if message in text] == ["work"], problems


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (user("work", "north", NOT_BY.format("other")), "“other”, which is no user task"),
        (user("work", "north", NOT_BY.format("begin")), "“begin”, which is no user task"),
        (job("work", "letter", NOT_BY.format("work")), "Its notBy is not read"),
    ],
)
def test_another_person_is_asked_only_where_people_do_both(node: Node, message: str) -> None:
    problems = told(*line(node))
    assert [id_ for id_, text in problems if message in text] == ["work"], problems


ROW = ["begin -> a", "a -> undo", "undo -> done"]
NOTHING = Node("boundaryEvent", "a-undone", "", "<bpmn:compensateEventDefinition />", attachedToRef="a")
STILL = Node("intermediateThrowEvent", "undo", "", '<bpmn:compensateEventDefinition waitForCompletion="false" />')
STRAY = Node("boundaryEvent", "other-undone", "", "<bpmn:compensateEventDefinition />", attachedToRef="a")


@pytest.mark.parametrize(
    ("parts", "flows", "element", "message"),
    [
        ((job("a"), NOTHING, throw("undo"), end()), ROW, "a-undone", "No activity that compensates"),
        ((job("a"), throw("undo", "a"), end()), ROW, "undo", "which nothing undoes"),
        ((undone(job("a")), throw("undo", "b"), end()), ROW, "undo", "which is no activity beside it"),
        ((undone(job("a")), STILL, end()), ROW, "undo", "without waiting"),
        ((undone(job("a")), STRAY, throw("undo"), end()), ROW, "other-undone", "catches the same"),
        ((undone(job("a")), throw("undo"), end()), [*ROW, "a-undone -> undo"], "a-undone", "A flow leaves it"),
        ((undone(job("a")), throw("undo"), end()), [*ROW, "undo-a -> done"], "undo-a", "Flows join it"),
    ],
)
def test_what_is_wrong_with_a_compensation_is_told(parts: object, flows: list[str], element: str, message: str) -> None:
    problems = told_of(drawn(flows, *parts))  # type: ignore[misc]
    assert (element, True) in [(id_, message in text) for id_, text in problems], problems


def test_what_compensates_belongs_to_an_event_and_has_none_on_its_own_border() -> None:
    handler = job("lonely")
    handler.attributes["isForCompensation"] = "true"
    late = timer("boundaryEvent", "late", "PT1H", attachedToRef="undo-a")
    parts = (undone(job("a")), handler, late, throw("undo"), end(), end("over"))
    assert told_of(drawn([*ROW, "late -> over"], *parts)) == [
        ("late", "An event on the border of what compensates leads nowhere."),
        ("lonely", "It undoes nothing."),
        ("lonely", "“lonely” is never reached."),
    ]


def test_outputs_of_a_compensation_event_are_refused() -> None:
    nodes, association = undone(job("a"))
    nodes[1].extensions = mapping({}, {"x": "1"})
    assert told_of(drawn(ROW, (nodes, association), throw("undo"), end())) == [
        ("a-undone", "Its output mappings are not read: it brings nothing.")
    ]


def test_an_event_sub_process_is_not_done_for_a_collection() -> None:
    told_to = event_sub_process("handle", message("startEvent", "happens"))
    looped = each(told_to, "units")
    nodes, flows = line(user("work"))
    assert told([*nodes, looped], flows)[0] == (
        "handle",
        "It begins by its event, not for a collection or while a condition holds.",
    )


@pytest.mark.parametrize("kind", ["cancel", "compensate"])
def test_events_of_transactions_say_what_to_draw_instead(kind: str) -> None:
    caught = Node("intermediateCatchEvent", "caught", "", f"<bpmn:{kind}EventDefinition />")
    assert (f"An intermediateCatchEvent of the kind “{kind}” is not run here.") in dict(told(*line(caught)))["caught"]


def test_what_is_not_run_says_what_to_draw_instead() -> None:
    problems = told(*line(Node("complexGateway", "part")))
    assert ("part", "A complexGateway is not run here.") in problems
