"""Forms of user tasks that are no file of their own: of other applications, or standing in the diagram."""

from __future__ import annotations

import json
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pytest

from service.errors import Invalid, ModelRejected
from tests.diagrams import Node, diagram, end, start
from tests.world import World

pytestmark = pytest.mark.of_one_store

TEXT = {"type": "textfield", "key": "reason", "id": "f1", "validate": {"required": True}}


def asking(definition: str, *, old: bool = False) -> Node:
    """A user task with this form definition; `old`: as a worker's job, which is how its form came to stand there."""
    marker = "" if old else "<zeebe:userTask />"
    return Node("userTask", "ask", f"{marker}<zeebe:formDefinition {definition} />")


def holding(node: Node, *, begins: Node | None = None, **forms: Any) -> bytes:
    """A process in which these forms stand, by their ids; anything but text is written as JSON."""
    told = {id_: one if isinstance(one, str) else json.dumps(one) for id_, one in forms.items()}
    inside = "".join(
        f"<zeebe:userTaskForm id={quoteattr(id_)}>{escape(one)}</zeebe:userTaskForm>" for id_, one in told.items()
    )
    begins = begins or start()
    return diagram(
        "p",
        [begins, node, end()],
        [f"{begins.id} -> ask", "ask -> done"],
        inside=f"<bpmn:extensionElements>{inside}</bpmn:extensionElements>" if inside else "",
    )


@pytest.mark.parametrize(
    "drawn",
    [
        'externalReference="https://desk.example/ask?id=7"',
        'externalReference="=base + &quot;/ask?id=7&quot;"',
        'formKey="https://desk.example/ask?id=7"',
        'formKey="=base + &quot;/ask?id=7&quot;"',
    ],
)
def test_a_form_of_another_application_is_told_with_the_task(world: World, drawn: str) -> None:
    world.deploy(holding(asking(drawn)))
    [task] = world.tasks(world.start("p", base="https://desk.example"))
    assert (task["outside_form"], task["form_id"], task["form_key"]) == ("https://desk.example/ask?id=7", None, None)
    world.complete(task["key"], whatever=1)
    assert world.variables(task["instance_key"])["whatever"] == 1


@pytest.mark.parametrize("missing", [None, "", [1], True])
def test_a_reference_that_is_no_text_is_an_incident_and_goes_on_when_it_is_one(world: World, missing: Any) -> None:
    world.deploy(holding(asking('externalReference="=place"')))
    key = world.start("p", place=missing)
    assert [(one["element_id"], one["error_type"]) for one in world.incidents()] == [("ask", "EXTRACT_VALUE_ERROR")]
    world.mend(key, place="desk/ask")
    assert [task["outside_form"] for task in world.tasks(key)] == ["desk/ask"]
    assert world.incidents() == []


@pytest.mark.parametrize(
    "drawn", ['formKey="camunda-forms:bpmn:F"', 'formKey="=&quot;camunda-forms:bpmn:&quot; + which"']
)
def test_a_form_that_stands_in_the_diagram_is_that_of_the_task_and_asks_for_its_answers(
    world: World, drawn: str
) -> None:
    world.deploy(holding(asking(drawn, old=True), F={"components": [TEXT]}, G={"components": []}))
    [task] = world.tasks(world.start("p", which="F"))
    assert (task["form_id"], task["outside_form"]) == ("p.F", None)
    world.restart()
    with pytest.raises(Invalid, match="do not fit"):
        world.complete(task["key"])
    world.complete(task["key"], reason="wet")
    assert world.instance(task["instance_key"])["state"] == "COMPLETED"


def test_a_task_keeps_the_form_of_the_diagram_that_it_was_made_with(world: World) -> None:
    drawn = asking('formKey="camunda-forms:bpmn:F"', old=True)
    world.deploy(holding(drawn, F={"components": [TEXT]}))
    [old] = world.tasks(world.start("p"))
    world.deploy(holding(drawn, F={"components": []}))
    [new] = world.tasks(world.start("p"))
    assert old["form_key"] != new["form_key"]
    world.complete(new["key"])
    with pytest.raises(Invalid):
        world.complete(old["key"])


def test_a_computed_form_that_does_not_stand_in_the_diagram_is_an_incident(world: World) -> None:
    world.deploy(holding(asking('formKey="=&quot;camunda-forms:bpmn:&quot; + which"', old=True), F={"components": []}))
    key = world.start("p", which="X")
    assert [one["error_type"] for one in world.incidents()] == ["FORM_NOT_FOUND"]
    world.mend(key, which="F")
    assert [task["form_id"] for task in world.tasks(key)] == ["p.F"]


def test_forms_in_diagrams_are_told_neither_as_files_nor_mixed_up_between_processes(world: World) -> None:
    told = world.deploy(holding(asking('formKey="camunda-forms:bpmn:F"', old=True), F={"components": []}))
    assert told.forms == ()
    other = holding(asking('formKey="camunda-forms:bpmn:F"', old=True), F={"components": [TEXT]})
    world.deploy(other.replace(b'id="p"', b'id="q"'))
    assert [world.tasks(world.start(one))[0]["form_id"] for one in ("p", "q")] == ["p.F", "q.F"]


TOO_DEEP: Any = {"type": "textfield", "key": "x"}
for _ in range(30):
    TOO_DEEP = {"type": "group", "components": [TOO_DEEP]}


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ("", "“F”: The form is no JSON"),
        ("[]", "“F”: The file is no form"),
        ("[" * 5000, "“F”: The form is no JSON"),
        ({"components": [{"type": "html", "id": "h"}]}, "“F”, at “h”: A component “html” may run"),
        ({"components": [TOO_DEEP]}, "“F”, at “”: The group holds no list"),
        ({"components": [{"type": "textfield", "id": "f"}]}, "“F”, at “f”: The field has no key"),
        ({"components": [], "x": "y" * 1024 * 1024}, "“F”: The form has 1048"),
    ],
)
def test_a_form_in_a_diagram_that_nobody_could_fill_in_is_refused_by_its_name(
    world: World, form: Any, told: str
) -> None:
    with pytest.raises(ModelRejected) as refused:
        world.deploy(holding(asking('formKey="camunda-forms:bpmn:F"', old=True), F=form, G={"components": []}))
    [problem] = refused.value.problems
    assert (problem.element_id, problem.file) == ("p", "d0.bpmn")
    assert told in problem.message
    assert problem.mend


@pytest.mark.parametrize(
    ("drawn", "told"),
    [
        ('formKey="camunda-forms:bpmn:X"', "“X” does not stand in the process"),
        ('formId="a" externalReference="b"', "several ways: formId, externalReference"),
        ('bindingType="latest"', "not named"),
        ('externalReference="=a +"', "no FEEL"),
    ],
)
def test_a_form_that_could_not_be_found_is_refused_with_its_task(world: World, drawn: str, told: str) -> None:
    with pytest.raises(ModelRejected, match=told) as refused:
        world.deploy(holding(asking(drawn), F={"components": []}))
    assert [one.element_id for one in refused.value.problems] == ["ask"]


def test_forms_in_a_diagram_need_ids_of_their_own(world: World) -> None:
    twice = holding(asking('formId="F"'), F="{}", G="{}").replace(b'id="G"', b'id="F"')
    with pytest.raises(ModelRejected, match="Several forms that stand in it have the id “F”"):
        world.deploy(twice)
    with pytest.raises(ModelRejected, match="has no id"):
        world.deploy(holding(asking('formId="F"'), F="{}").replace(b' id="F"', b""))


def test_the_form_of_a_start_may_stand_in_the_diagram(world: World) -> None:
    begins = Node("startEvent", "begin", '<zeebe:formDefinition formKey="camunda-forms:bpmn:F" />')
    told = world.deploy(holding(asking('externalReference="a"'), begins=begins, F={"components": []}))
    assert [row["start_form_id"] for row in told.process_definitions] == ["p.F"]


def test_a_worker_s_user_task_is_warned_of_and_is_one_for_people(world: World) -> None:
    told = world.deploy(holding(Node("userTask", "ask", '<zeebe:assignmentDefinition candidateGroups="a, b" />')))
    assert ["Camunda user task" in one.mend for one in told.warnings] == [True]
    assert [task["candidate_groups"] for task in world.tasks(world.start("p"))] == [["a", "b"]]
