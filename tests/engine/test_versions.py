"""Which version is meant: the newest, the one deployed together, the one with a tag; an instance keeps its own."""

from __future__ import annotations

from typing import Any

import pytest

from service.engine import messages
from tests.diagrams import Node, diagram, end, message, message_root, start, timer, user
from tests.world import World


def child(task: str, tag: str = "") -> bytes:
    inside = f'<bpmn:extensionElements><zeebe:versionTag value="{tag}" /></bpmn:extensionElements>' if tag else ""
    return diagram("child", [start(), user(task), end()], [f"begin -> {task}", f"{task} -> done"], inside=inside)


def parent(binding: str) -> bytes:
    called = f'<zeebe:calledElement processId="child" {binding} />'
    nodes = [start(), user("first"), Node("callActivity", "call", called), end()]
    return diagram("parent", nodes, ["begin -> first", "first -> call", "call -> done"])


def table(output: str, tag: str = "") -> bytes:
    tagged = f'<extensionElements><zeebe:versionTag value="{tag}" /></extensionElements>' if tag else ""
    decision = (
        f'<decision id="fee" name="fee">{tagged}<variable name="fee" /><literalExpression><text>"{output}"</text>'
    )
    spaces = 'xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"'
    head = f'<definitions {spaces} id="fees" name="fees" namespace="urn:test">'
    return f"{head}{decision}</literalExpression></decision></definitions>".encode()


def deciding(binding: str) -> bytes:
    called = f'<zeebe:calledDecision decisionId="fee" resultVariable="fee" {binding} />'
    nodes = [start(), user("first"), Node("businessRuleTask", "decide", called), end()]
    return diagram("deciding", nodes, ["begin -> first", "first -> decide", "decide -> done"])


def go_on(world: World, key: int) -> None:
    world.complete(world.tasks(key)[0]["key"])


BINDINGS = [
    ("", "newest"),
    ('bindingType="latest"', "newest"),
    ('bindingType="deployment"', "together"),
    ('bindingType="versionTag" versionTag="2026"', "tagged"),
]


@pytest.mark.parametrize(("binding", "expected"), BINDINGS)
def test_a_call_means_the_version_that_its_binding_says(world: World, binding: str, expected: str) -> None:
    world.deploy(child("tagged", "2026"))
    world.deploy(child("together"), parent(binding))
    key = world.start("parent")
    world.deploy(child("newest"))
    world.restart()
    go_on(world, key)
    assert [task["element_id"] for task in world.tasks()] == [expected]


@pytest.mark.parametrize(("binding", "expected"), BINDINGS)
def test_a_decision_means_the_version_that_its_binding_says(world: World, binding: str, expected: str) -> None:
    world.deploy(fees_dmn=table("tagged", "2026"))
    world.deploy(deciding(binding), fees_dmn=table("together"))
    key = world.start("deciding")
    world.deploy(fees_dmn=table("newest"))
    go_on(world, key)
    assert world.variables(key)["fee"] == expected


@pytest.mark.parametrize(("binding", "expected"), BINDINGS)
def test_a_form_means_the_version_that_its_binding_says(world: World, binding: str, expected: str) -> None:
    def form(label: str, tag: str = "") -> bytes:
        tagged = f'"versionTag": "{tag}",' if tag else ""
        component = f'{{"type": "textfield", "key": "x", "label": "{label}"}}'
        return f'{{"id": "judge", {tagged} "components": [{component}]}}'.encode()

    drawn = f'<zeebe:formDefinition formId="judge" {binding} />'
    xml = diagram("p", [start(), user("work", more=drawn), end()], ["begin -> work", "work -> done"])
    world.deploy(judge_form=form("tagged", "2026"))
    world.deploy(xml, judge_form=form("together"))
    world.deploy(judge_form=form("newest"))
    [task] = world.tasks(world.start("p"))
    with world.database.read() as connection:
        assert world.engine.form(connection, task["form_key"]).labels == {"x": expected}


def test_an_instance_lives_and_ends_with_the_version_that_it_began_with(world: World) -> None:
    def drawn(second: str) -> bytes:
        nodes = [start(), user("first"), user(second), end()]
        return diagram("p", nodes, ["begin -> first", f"first -> {second}", f"{second} -> done"])

    world.deploy(drawn("old"))
    key = world.start("p")
    world.deploy(drawn("new"))
    world.restart()
    go_on(world, key)
    assert [task["element_id"] for task in world.tasks(key)] == ["old"]


def test_a_tag_that_no_version_has_is_an_incident_at_the_element(world: World) -> None:
    world.deploy(child("inner"), parent('bindingType="versionTag" versionTag="2030"'))
    key = world.start("parent")
    go_on(world, key)
    assert [(told["element_id"], told["error_type"]) for told in world.incidents()] == [
        ("call", "CALLED_ELEMENT_ERROR")
    ]
    assert world.tasks(key) == []


def test_unchanged_parts_of_a_deployment_are_found_by_it(world: World) -> None:
    world.deploy(child("inner"))
    world.deploy(child("inner"), parent('bindingType="deployment"'))
    key = world.start("parent")
    go_on(world, key)
    assert [task["element_id"] for task in world.tasks()] == ["inner"]


def started(kind: str, value: str, task: str) -> bytes:
    begin = timer("startEvent", "begin", value, kind)
    return diagram("p", [begin, user(task), end()], [f"begin -> {task}", f"{task} -> done"])


@pytest.mark.parametrize(
    ("kind", "value", "hours", "times"),
    [
        ("timeDate", "2026-02-10T10:00:00+08:00", 1, 1),
        ("timeDate", '=@"2026-02-10T10:00:00+08:00"', 1, 1),
        ("timeCycle", "R2/PT1H", 5, 2),
        ("timeCycle", "0 0 8 * * *", 24, 1),
        ("timeDuration", "PT30M", 2, 1),
    ],
)
def test_a_process_begins_by_itself_when_its_time_has_come(
    world: World, kind: str, value: str, hours: int, times: int
) -> None:
    world.deploy(started(kind, value, "work"))
    assert sum(world.pass_(hours=1) for _ in range(hours)) == times
    assert len(world.tasks()) == times


def test_a_new_version_takes_over_the_timer_of_the_old_one(world: World) -> None:
    world.deploy(started("timeCycle", "R/PT1H", "old"))
    assert world.pass_(hours=1) == 1
    world.deploy(started("timeCycle", "R/PT2H", "new"))
    world.restart()
    assert [world.pass_(hours=1) for _ in range(4)] == [0, 1, 0, 1]
    assert [task["element_id"] for task in world.tasks()] == ["old", "new", "new"]
    world.deploy(started("timeCycle", "R/PT2H", "new"))  # the same again begins nothing anew
    assert [world.pass_(hours=1) for _ in range(2)] == [0, 1]
    world.deploy(diagram("p", [start(), user("quiet"), end()], ["begin -> quiet", "quiet -> done"]))
    assert world.pass_(days=1) == 0


def test_waiting_timers_and_messages_of_old_instances_outlive_a_new_version(world: World) -> None:
    def drawn(extra: str) -> bytes:
        nodes = [start(), message("intermediateCatchEvent", "heard"), user(extra), end()]
        return diagram("p", nodes, ["begin -> heard", f"heard -> {extra}", f"{extra} -> done"], root=message_root())

    world.deploy(drawn("old"))
    key = world.start("p", matter="M")
    world.deploy(drawn("new"))
    with world.database.write() as connection:
        given: Any = messages.correlate(connection, world.engine, name="reply", correlation_key="M", by="web")
    assert given[1] == key
    assert [task["element_id"] for task in world.tasks(key)] == ["old"]
