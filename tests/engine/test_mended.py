"""What an element computes when it begins and that does not fit is an incident; mended, it waits for what it is for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest

from service.engine import messages
from tests.diagrams import Node, diagram, end, message, message_root, script, start, timer
from tests.world import World

NOON = "2026-03-01T12:00:00+08:00"


def reading(attribute: str) -> Node:
    """A user task that computes `a` for one of its attributes: `assignmentDefinition assignee`."""
    extension, name = attribute.split()
    return Node("userTask", "here", f'<zeebe:userTask /><zeebe:{extension} {name}="=a" />')


def working(type_: str = "work", retries: str = "3") -> Node:
    drawn = f"<zeebe:taskDefinition type={quoteattr(type_)} retries={quoteattr(retries)} />"
    return Node("serviceTask", "here", drawn)


def line(node: Node, *more: Node, root: str = "") -> bytes:
    flows = ["begin -> here", "here -> done", *(f"{one.id} -> done" for one in more)]
    return diagram("p", [start(), node, *more, end()], flows, root=root)


def stuck(world: World, drawn: bytes, wrong: Any) -> int:
    """Start it with what does not fit: it has one incident, at the element, and waits for nothing else there."""
    world.deploy(drawn)
    key = world.start("p", a=wrong)
    [told] = world.incidents()
    assert (told["instance_key"], told["element_id"], told["error_type"]) == (key, "here", "EXTRACT_VALUE_ERROR")
    assert (world.tasks(key), world.jobs(key), world.instance(key)["incidents"]) == ([], [], 1)
    return key


def mended(world: World, key: int, right: Any) -> None:
    world.restart()
    world.mend(key, a=right)
    assert (world.incidents(), world.instance(key)["incidents"]) == ([], 0)
    assert [one["state"] for one in world.elements(key)] == ["COMPLETED", "ACTIVE"]


@pytest.mark.parametrize(
    ("attribute", "column", "wrong", "right", "meant"),
    [
        ("assignmentDefinition assignee", "assignee", ["li"], "li", "li"),
        ("assignmentDefinition assignee", "assignee", "", "li", "li"),
        ("assignmentDefinition assignee", "assignee", {"name": "li"}, None, None),
        ("assignmentDefinition candidateGroups", "candidate_groups", 7, ["a b", "c,d"], ["a b", "c,d"]),
        ("assignmentDefinition candidateGroups", "candidate_groups", ["a", None], None, []),
        ("assignmentDefinition candidateUsers", "candidate_users", [["li"]], [], []),
        ("assignmentDefinition candidateUsers", "candidate_users", True, "li", ["li"]),
        ("taskSchedule dueDate", "due_at", 12, NOON, datetime(2026, 3, 1, 4, tzinfo=UTC)),
        ("taskSchedule dueDate", "due_at", "noon", None, None),
        ("taskSchedule followUpDate", "follow_up_at", [NOON], NOON, datetime(2026, 3, 1, 4, tzinfo=UTC)),
        ("priorityDefinition priority", "priority", "high", 90, 90),
        ("priorityDefinition priority", "priority", 101, 100, 100),
        ("priorityDefinition priority", "priority", None, 0, 0),
    ],
)
def test_an_attribute_of_a_user_task_that_does_not_fit_is_mended(
    world: World, attribute: str, column: str, wrong: Any, right: Any, meant: Any
) -> None:
    key = stuck(world, line(reading(attribute)), wrong)
    mended(world, key, right)
    [task] = world.tasks(key)
    assert task[column] == meant
    world.complete(task["key"])
    assert world.instance(key)["state"] == "COMPLETED"


@pytest.mark.parametrize(
    ("drawn", "wrong", "right", "meant"),
    [
        (working("=a"), None, "letter", ("letter", 3)),
        (working("=a"), "", "letter", ("letter", 3)),
        (working("=a"), ["letter"], "letter", ("letter", 3)),
        (working(retries="=a"), "often", 5, ("work", 5)),
        (working(retries="=a"), None, 1, ("work", 1)),
        (working(retries="=a"), 1.5, 2, ("work", 2)),
        (working(retries="=a"), True, 2, ("work", 2)),
        (working(retries="=a"), -1, 2, ("work", 2)),
    ],
)
def test_a_job_that_cannot_be_made_is_mended(
    world: World, drawn: Node, wrong: Any, right: Any, meant: tuple[str, int]
) -> None:
    key = stuck(world, line(drawn), wrong)
    mended(world, key, right)
    [given] = world.take(meant[0])
    assert (given["type"], given["retries"], given["element_instance_key"]) == (*meant, world.elements(key)[1]["key"])


def test_a_timer_that_cannot_be_computed_is_mended_and_counts_from_then(world: World) -> None:
    key = stuck(world, line(timer("intermediateCatchEvent", "here", "=a")), "soon")
    world.now += timedelta(hours=5)
    mended(world, key, "PT1H")
    assert world.pass_(minutes=59) == 0
    assert world.pass_(minutes=1) == 1
    assert world.instance(key)["state"] == "COMPLETED"


def test_a_message_whose_key_does_not_fit_is_mended_and_hears_what_was_sent_before(world: World) -> None:
    drawn = line(message("intermediateCatchEvent", "here"), root=message_root(key="=a"))
    key = stuck(world, drawn, None)
    with world.database.write() as connection:
        day = timedelta(days=1)
        messages.publish(connection, world.engine, name="reply", correlation_key="M", time_to_live=day, by="web")
    world.mend(key, a="M")
    assert world.instance(key)["state"] == "COMPLETED"


def test_a_called_process_that_is_not_there_is_mended_and_begins(world: World) -> None:
    called = Node("callActivity", "here", '<zeebe:calledElement processId="=a" />')
    world.deploy(diagram("child", [start(), Node("userTask", "ask"), end()], ["begin -> ask", "ask -> done"]))
    world.deploy(line(called))
    key = world.start("p", a="nobody")
    assert [one["error_type"] for one in world.incidents()] == ["CALLED_ELEMENT_ERROR"]
    mended(world, key, "child")
    [task] = world.tasks()
    world.complete(task["key"], found=1)
    assert (world.instance(key)["state"], world.variables(key)["found"]) == ("COMPLETED", 1)


def test_mended_in_vain_it_has_an_incident_with_the_new_reason(world: World) -> None:
    key = stuck(world, line(working("=a")), None)
    [before] = world.incidents()
    world.mend(key, a=["x"])
    [after] = world.incidents()
    assert (before["key"] != after["key"], world.instance(key)["incidents"]) == (True, 1)
    mended(world, key, "letter")


def test_a_boundary_event_of_what_was_mended_still_ends_it(world: World) -> None:
    late = timer("boundaryEvent", "late", "PT1H", attachedToRef="here")
    key = stuck(world, line(working("=a"), late), None)
    world.mend(key, a="letter")
    world.pass_(hours=2)
    assert (world.instance(key)["state"], world.jobs(key)) == ("COMPLETED", [])


def test_what_is_mended_in_one_branch_leaves_the_other_as_it_is(world: World) -> None:
    nodes = [start(), Node("parallelGateway", "fork"), working("=a"), script("set", "1", "b")]
    flows = ["begin -> fork", "fork -> here", "fork -> set", "here -> one", "set -> two"]
    key = stuck(world, diagram("p", [*nodes, end("one"), end("two")], flows), None)
    assert world.variables(key)["b"] == 1
    world.mend(key, a="letter")
    assert [one["type"] for one in world.jobs(key)] == ["letter"]
