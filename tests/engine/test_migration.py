"""Running instances go on by another version, with what they wait for; or it is said why they cannot."""

from __future__ import annotations

from datetime import timedelta

import pytest

from service import bpmn
from service.engine import messages, migration, suspension
from service.errors import Conflict, Invalid, NotFound
from tests.diagrams import Node, body, diagram, end, job, message, message_root, start, timer, user
from tests.world import World

Plan = bpmn.MigrationPlan

FIRST = diagram(
    "case",
    [start(), user("look"), timer("boundaryEvent", "late", "P2D", attachedToRef="look"), end()],
    ["begin -> look", "look -> done", "late -> done"],
)
SECOND = diagram(
    "case",
    [
        start(),
        user("inspect", groups="chief"),
        timer("boundaryEvent", "late", "P9D", attachedToRef="inspect"),
        message("boundaryEvent", "withdrawn", attachedToRef="inspect"),
        user("sign"),
        end(),
    ],
    ["begin -> inspect", "inspect -> sign", "sign -> done", "late -> done", "withdrawn -> done"],
    root=message_root(),
)


def deploy(world: World, *diagrams: bytes) -> list[int]:
    return [world.deploy(one).process_definitions[0]["key"] for one in diagrams]


def migrate(world: World, key: int, target: int, plan: Plan = Plan()) -> None:  # noqa: B008 - it is frozen
    with world.database.write() as connection:
        migration.migrate(connection, world.engine, key, target, plan, by="policy")


def refusal(world: World, first: bytes, second: bytes, plan: Plan) -> list[str]:
    [before] = deploy(world, first)
    model = world.engine.process_model
    with world.database.read() as connection:
        key = world.start(model(connection, before).id)
    [after] = deploy(world, second)
    blob = world.instance(key)["state_blob"]
    with pytest.raises(Invalid) as refused:
        migrate(world, key, after, plan)
    assert world.instance(key)["state_blob"] == blob
    with world.database.read() as connection:
        assert migration.check(connection, world.engine, [key], after, plan)[key] == refused.value.problems
    return [f"{one.element_id}: {one.message}" for one in refused.value.problems]


def test_a_user_task_keeps_its_key_its_assignee_and_its_deadline(world: World) -> None:
    before, after = deploy(world, FIRST, SECOND)
    with world.database.read() as connection:
        first = world.engine.process_model(connection, before)
    assert first.id == "case"
    old = world.deploy(FIRST.replace(b"P2D", b"PT48H")).process_definitions[0]["key"]
    key = world.start("case", matter="M")
    [task] = world.tasks(key)
    migrate(world, key, after, Plan({"look": "inspect"}))
    [moved] = world.tasks(key)
    same = ("key", "state", "candidate_groups", "created_at", "element_instance_key")
    assert [moved[name] for name in same] == [task[name] for name in same]
    assert (moved["element_id"], moved["name"], moved["definition_key"]) == ("inspect", "inspect", after)
    assert world.instance(key)["definition_key"] == after != old
    told = next(one for one in world.path(key).events if one["kind"] == "migrated")
    assert (told["by"], told["data"]["source"]["version"], told["data"]["target"]["version"]) == ("policy", 3, 2)
    world.pass_(days=1, hours=23)
    assert [one["element_id"] for one in world.tasks(key)] == ["inspect"]
    world.pass_(hours=1)
    assert world.instance(key)["state"] == "COMPLETED"


def test_after_the_migration_it_goes_the_new_way(world: World) -> None:
    deploy(world, FIRST)
    key = world.start("case", matter="M")
    [after] = deploy(world, SECOND)
    migrate(world, key, after, Plan({"look": "inspect"}))
    world.restart()
    world.complete(world.tasks(key)[0]["key"])
    assert [one["element_id"] for one in world.tasks(key)] == ["sign"]
    assert [(one["element_id"], one["state"]) for one in world.path(key).elements][1:] == [
        ("inspect", "COMPLETED"),
        ("sign", "ACTIVE"),
    ]


def test_an_event_that_is_new_on_the_border_is_heard_from_now_on(world: World) -> None:
    deploy(world, FIRST)
    key = world.start("case", matter="M")
    [after] = deploy(world, SECOND)
    migrate(world, key, after, Plan({"look": "inspect"}))
    with world.database.write() as connection:
        messages.correlate(connection, world.engine, name="reply", correlation_key="M", by="web")
    assert world.instance(key)["state"] == "COMPLETED"


def test_an_event_on_the_border_without_a_target_begins_anew_or_is_heard_no_longer(world: World) -> None:
    deploy(world, FIRST)
    key, other = world.start("case", matter="M"), world.start("case", matter="N")
    [after, bare] = deploy(
        world, SECOND, diagram("case", [start(), user("look"), end()], ["begin -> look", "look -> done"])
    )
    world.now += timedelta(days=1)
    migrate(world, key, after, Plan({"look": "inspect"}, equal_ids=False))
    migrate(world, other, bare)
    world.pass_(days=8, hours=23)
    assert [world.instance(one)["state"] for one in (key, other)] == ["ACTIVE", "ACTIVE"]
    world.pass_(hours=1)
    assert [world.instance(one)["state"] for one in (key, other)] == ["COMPLETED", "ACTIVE"]


def test_a_suspended_instance_stays_suspended_and_its_new_timers_wait(world: World) -> None:
    deploy(world, diagram("case", [start(), user("look"), end()], ["begin -> look", "look -> done"]))
    key = world.start("case")
    [after] = deploy(world, FIRST)
    with world.database.write() as connection:
        suspension.suspend(connection, world.engine, key, by="operator")
    migrate(world, key, after)
    world.pass_(days=3)
    assert world.instance(key)["state"] == "SUSPENDED"
    with world.database.write() as connection:
        suspension.resume(connection, world.engine, key, by="operator")
    world.pass_()
    assert world.instance(key)["state"] == "COMPLETED"


def test_an_active_element_needs_a_target_of_the_same_kind(world: World) -> None:
    serves = diagram("case", [start(), job("look"), end()], ["begin -> look", "look -> done"])
    assert refusal(world, FIRST, serves, Plan()) == [
        "look: It is a userTask (UserTask) and cannot become “look”, a serviceTask (JobTask)."
    ]


def test_a_plan_that_leaves_an_active_element_out_says_so(world: World) -> None:
    assert refusal(world, FIRST, SECOND, Plan()) == [
        "look: This element is active, and the plan has no target for it.",
        "late: “late” is not on the border of what look becomes.",
    ]


def test_the_scope_of_an_element_stays_the_same(world: World) -> None:
    inside = body([start("open"), user("look"), end("close")], ["open -> look", "look -> close"], "i")
    nested = diagram(
        "case", [start(), Node("subProcess", "part", "", inside), end()], ["begin -> part", "part -> done"]
    )
    plain = diagram("case", [start(), user("look"), end()], ["begin -> look", "look -> done"])
    [told] = refusal(world, plain, nested, Plan())
    assert told.startswith("look: “look” is not in the sub-process")


def test_an_event_that_is_waited_for_needs_a_target(world: World) -> None:
    waits = diagram(
        "case", [start(), timer("intermediateCatchEvent", "rest", "P1D"), end()], ["begin -> rest", "rest -> done"]
    )
    plain = diagram("case", [start(), user("look"), end()], ["begin -> look", "look -> done"])
    assert refusal(world, waits, plain, Plan()) == [
        "rest: The instance waits for this event, and the plan has no target for it."
    ]


def test_a_token_at_a_join_keeps_the_flow_by_which_it_came(world: World) -> None:
    nodes = [start(), Node("parallelGateway", "fork"), user("a"), user("b"), Node("parallelGateway", "join"), end()]
    flows = ["begin -> fork", "fork -> a", "fork -> b", "a -> join", "b -> join", "join -> done"]
    deploy(world, diagram("case", nodes, flows))
    key = world.start("case")
    world.complete(world.tasks(key)[0]["key"])
    three = [*flows[:3], "b -> join", "a -> join", "join -> after", "after -> done"]
    [after] = deploy(world, diagram("case", [*nodes, user("after")], three))
    swapped = Plan({"f4": "f5", "f5": "f4"})
    with pytest.raises(Invalid, match="has no place at “join”"):
        migrate(world, key, after, Plan({"f4": "f1"}))
    migrate(world, key, after, swapped)
    world.complete(world.tasks(key)[0]["key"])
    assert [one["element_id"] for one in world.tasks(key)] == ["after"]


def test_a_plan_names_elements_that_are_there_and_each_event_once(world: World) -> None:
    told = refusal(world, FIRST, SECOND, Plan({"nowhere": "inspect", "look": "gone"}))
    assert told == [
        "nowhere: The process case has no such element.",
        "gone: The target has no such element for look.",
    ]


def test_what_has_ended_or_is_not_there_cannot_be_migrated(world: World) -> None:
    [target] = deploy(world, FIRST)
    key = world.start("case")
    with pytest.raises(NotFound, match="no process definition"):
        migrate(world, key, 17)
    world.complete(world.tasks(key)[0]["key"])
    with pytest.raises(Conflict, match="has ended"):
        migrate(world, key, target)


def with_event_sub_process(duration: str) -> bytes:
    inside = body(
        [timer("startEvent", "soon", duration, isInterrupting="true"), user("hurry"), end("hurried")],
        ["soon -> hurry", "hurry -> hurried"],
        "i",
    )
    nodes = [start(), user("look"), Node("subProcess", "aside", "", inside, triggeredByEvent="true"), end()]
    return diagram("case", nodes, ["begin -> look", "look -> done"])


def test_an_event_sub_process_is_waited_for_as_before_or_from_now_on(world: World) -> None:
    deploy(world, with_event_sub_process("P2D"))
    old = world.start("case")
    deploy(world, diagram("case", [start(), user("look"), end()], ["begin -> look", "look -> done"]))
    plain = world.start("case")
    [after] = deploy(world, with_event_sub_process("P9D"))
    world.now += timedelta(days=1)
    for key in (old, plain):
        migrate(world, key, after, Plan({"look": "look", "soon": "soon"} if key == old else {}, equal_ids=key != old))
    world.pass_(days=1)
    assert [[one["element_id"] for one in world.tasks(key)] for key in (old, plain)] == [["hurry"], ["look"]]
    world.pass_(days=8)
    assert [one["element_id"] for one in world.tasks(plain)] == ["hurry"]


def test_an_event_on_the_border_of_the_new_element_is_waited_for_by_who_had_none(world: World) -> None:
    nodes = [
        start(),
        user("first"),
        user("second"),
        timer("boundaryEvent", "late", "P1D", attachedToRef="second"),
        end(),
    ]
    flows = ["begin -> first", "first -> second", "second -> done", "late -> done"]
    deploy(world, diagram("case", nodes, flows))
    key = world.start("case")
    [after] = deploy(world, diagram("case", [*nodes[:1], *nodes[2:]], ["begin -> second", *flows[2:]]))
    migrate(world, key, after, Plan({"first": "second"}))
    world.pass_(days=1)
    assert world.instance(key)["state"] == "COMPLETED"
