"""What is done for each member of a collection has a row for each, and leaves a history of what happened."""

from __future__ import annotations

from sqlalchemy import func, select

from service.engine import jobs
from service.store.tables import history
from tests.diagrams import Node, diagram, each, end, job, start, timer, user
from tests.world import World


def asked(node: Node, *more: Node, flows: tuple[str, ...] = ()) -> bytes:
    looped = each(node, "units", member="unit", output="answers", result="answer")
    return diagram("p", [start(), looped, end(), *more], ["begin -> ask", "ask -> done", *flows])


def shown(world: World, key: int) -> list[tuple[str, str]]:
    return [(one["element_type"], one["state"]) for one in world.path(key).elements if one["element_id"] == "ask"]


def test_each_member_is_a_task_with_variables_and_an_element_instance_of_its_own(world: World) -> None:
    world.deploy(asked(user("ask")))
    key = world.start("p", units=["a", "b"])
    tasks = world.tasks(key)
    assert [world.seen(one)["unit"] for one in tasks] == ["a", "b"]
    assert len({one["element_instance_key"] for one in tasks}) == 2
    world.complete(tasks[1]["key"], answer="second")
    assert shown(world, key) == [("multiInstanceBody", "ACTIVE"), ("userTask", "ACTIVE"), ("userTask", "COMPLETED")]
    world.complete(tasks[0]["key"], answer="first")
    assert world.variables(key) == {"units": ["a", "b"], "answers": ["first", "second"]}
    assert shown(world, key) == [("multiInstanceBody", "COMPLETED")] + [("userTask", "COMPLETED")] * 2


def test_jobs_of_each_member_are_leased_together_with_what_each_sees(world: World) -> None:
    world.deploy(asked(job("ask")))
    key = world.start("p", units=[10, 20, 30])
    leased = world.take("work")
    assert [one["variables"]["unit"] for one in leased] == [10, 20, 30]
    for one in leased:
        with world.database.write() as connection:
            jobs.complete(connection, world.engine, one["key"], {"answer": one["variables"]["unit"] + 1}, by="worker")
    assert world.variables(key)["answers"] == [11, 21, 31]


def test_a_process_is_called_for_each_member_and_ended_with_the_others(world: World) -> None:
    child = diagram("child", [start(), user("deep"), end()], ["begin -> deep", "deep -> done"])
    limit = timer("boundaryEvent", "limit", "PT1H", attachedToRef="ask")
    called = Node("callActivity", "ask", '<zeebe:calledElement processId="child" />')
    world.deploy(child, asked(called, limit, end("late"), flows=("limit -> late",)))
    key = world.start("p", units=["a", "b", "c"])
    assert sorted(world.instance(one["instance_key"])["variables"]["unit"] for one in world.tasks()) == ["a", "b", "c"]
    world.complete(world.tasks()[0]["key"], answer=1)
    world.pass_(hours=1)
    assert world.tasks() == []
    assert (world.count("COMPLETED"), world.count("TERMINATED")) == (2, 2)
    assert "answers" not in world.variables(key)


def test_what_is_collected_is_not_overwritten_by_what_a_called_process_gives_back(world: World) -> None:
    child = diagram("child", [start(), user("deep"), end()], ["begin -> deep", "deep -> done"])
    called = Node("callActivity", "ask", '<zeebe:calledElement processId="child" />')
    world.deploy(child, asked(called))
    key = world.start("p", units=["a", "b"], answers=["of a round before"])
    for number, task in enumerate(world.tasks()):
        world.complete(task["key"], answer=number)
    assert world.variables(key)["answers"] == [0, 1]


def test_what_is_no_list_starts_nothing_and_can_be_mended_on_the_way(world: World) -> None:
    nodes = [start(), user("before"), each(user("ask"), "units"), end()]
    world.deploy(diagram("p", nodes, ["begin -> before", "before -> ask", "ask -> done"]))
    key = world.start("p")
    [task] = world.tasks(key)
    world.complete(task["key"], units="a")
    [found] = world.incidents()
    assert (found["element_id"], found["error_type"]) == ("ask", "EXTRACT_VALUE_ERROR")
    assert "no list" in found["message"]
    world.mend(key, units=["a"])
    assert [one["element_id"] for one in world.tasks(key)] == ["ask"]


def test_state_and_history_of_many_grow_with_what_is_alive(world: World) -> None:
    sizes = {}
    world.deploy(asked(user("ask")))
    for count in (50, 200):
        key = world.start("p", units=list(range(count)))
        state, waits = len(world.instance(key)["state_blob"]), len(world.tasks(key))
        assert waits == count
        with world.database.read() as connection:
            noted = select(func.count()).where(history.c.instance_key == key)
            sizes[count] = (state / count, connection.execute(noted).scalar_one() / count)
    (small, few), (large, many) = sizes[50], sizes[200]
    assert large < small * 1.2
    assert many < few * 1.2
