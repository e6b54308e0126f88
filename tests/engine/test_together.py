"""Several at once: one wins, the others are told, and nothing is lost or done twice."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import update

from service.engine import jobs, messages, process_instances, timers, user_tasks
from service.engine import together as in_one
from service.errors import Conflict, NotFound
from service.store.tables import process_instance
from tests.diagrams import Node, diagram, end, event, job, mapping, message, message_root, start, timer, user
from tests.world import World

ONE_TASK = diagram("one", [start(), user("work"), end()], ["begin -> work", "work -> done"])


def together(*acts: Callable[[], Any]) -> list[Any]:
    """Begin all at the same moment; answers what each gave or raised."""
    gate = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def do(index: int) -> None:
        gate.wait(30)
        try:
            results[index] = acts[index]()
        except Exception as error:
            results[index] = error

    threads = [threading.Thread(target=do, args=(index,)) for index in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def kinds(results: Sequence[Any]) -> Counter[str]:
    return Counter(type(result).__name__ if isinstance(result, Exception) else "done" for result in results)


def test_of_two_who_complete_a_task_one_wins_and_one_is_told(world: World) -> None:
    world.deploy(ONE_TASK)
    for _ in range(5):
        key = world.start("one")
        [task] = world.tasks(key)
        results = together(
            partial(world.complete, task["key"], by_first=True),
            partial(world.complete, task["key"], by_second=True),
        )
        assert kinds(results) == {"done": 1, "Conflict": 1}
        assert len(world.variables(key)) == 1


def test_of_sixteen_who_claim_a_task_one_gets_it(world: World) -> None:
    world.deploy(ONE_TASK)
    [task] = world.tasks(world.start("one"))

    def claim(name: str) -> None:
        with world.database.write() as connection:
            user_tasks.assign(connection, world.engine, task["key"], name, by=name, allow_override=False)

    results = together(*(partial(claim, f"clerk{index}") for index in range(16)))
    assert kinds(results) == {"done": 1, "Conflict": 15}
    winner = next(index for index, result in enumerate(results) if result is None)
    assert world.tasks()[0]["assignee"] == f"clerk{winner}"


def test_two_timers_and_a_message_at_one_instance_all_happen_once(world: World) -> None:
    nodes = [start(), user("work"), end()]
    for name in ("warn", "remind"):
        nodes += [
            timer("boundaryEvent", name, "PT1H", attachedToRef="work", cancelActivity="false"),
            end(f"{name}-end"),
        ]
    nodes += [message("boundaryEvent", "urged", attachedToRef="work", cancelActivity="false"), end("urged-end")]
    flows = ["begin -> work", "work -> done", "warn -> warn-end", "remind -> remind-end", "urged -> urged-end"]
    world.deploy(diagram("p", nodes, flows, root=message_root()))
    instances = [world.start("p", matter=f"M{index}") for index in range(3)]
    world.now += timedelta(hours=2)

    def urge(index: int) -> None:
        with world.database.write() as connection:
            messages.correlate(connection, world.engine, name="reply", correlation_key=f"M{index}", by="web")

    def sweep() -> int:
        return timers.sweep(world.database, world.engine)

    results = together(sweep, sweep, lambda: urge(0), lambda: urge(1), lambda: urge(2))
    assert kinds(results)["done"] == 5, results
    fired = results[0] + results[1] + sweep()
    assert fired == 6
    for key in instances:
        ended = Counter(one["element_id"] for one in world.path(key).elements if one["element_id"].endswith("-end"))
        assert ended == {"warn-end": 1, "remind-end": 1, "urged-end": 1}


ALARM = '<bpmn:signal id="S" name="alarm" />'
LIMITED = diagram(
    "limited",
    [start(), user("work"), timer("boundaryEvent", "limit", "PT1H", attachedToRef="work"), end(), end("late")],
    ["begin -> work", "work -> done", "limit -> late"],
)


def test_of_many_timers_due_at_once_one_that_is_stuck_keeps_no_other_waiting(world: World) -> None:
    world.deploy(LIMITED)
    keys = [world.start("limited") for _ in range(7)]
    with world.database.write() as connection:
        spoilt = update(process_instance).where(process_instance.c.key == keys[3])
        connection.execute(spoilt.values(state_blob=b"nothing of this can be read"))
    assert world.pass_(hours=2) == 6
    assert [world.instance(key)["state"] for key in keys] == ["COMPLETED"] * 3 + ["ACTIVE"] + ["COMPLETED"] * 3
    assert [one["instance_key"] for one in world.incidents()] == [keys[3]]
    assert all(
        sum(one["kind"] == "timer-fired" for one in world.path(key).events) == 1 for key in keys if key != keys[3]
    )


def test_who_listens_hears_once_of_all_that_ended_in_one_transaction(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_one, "LONGEST", 60)  # on a slow machine too
    world.deploy(LIMITED)
    keys = {world.start("limited") for _ in range(3)}
    heard: list[Any] = []
    world.engine.end_listeners.append(heard.append)
    assert world.pass_(hours=2) == 3
    assert heard == [keys]


def test_a_signal_that_a_timer_throws_among_others_reaches_those_who_are_due_after_it(world: World) -> None:
    throws = event("endEvent", "late", "signal", "S")
    nodes = [start(), user("work"), timer("boundaryEvent", "limit", "PT1H", attachedToRef="work"), end(), throws]
    hears = event("boundaryEvent", "heard", "signal", "S", attachedToRef="work")
    waits = [start(), user("work"), timer("boundaryEvent", "limit", "PT2H", attachedToRef="work"), hears, end()]
    flows = ["begin -> work", "work -> done", "limit -> late"]
    world.deploy(
        LIMITED,
        diagram("throws", nodes, flows, root=ALARM),
        diagram("hears", [*waits, end("late"), end("told")], [*flows, "heard -> told"], root=ALARM),
    )
    world.start("limited")
    world.start("throws")
    hearing = world.start("hears")
    world.start("limited")
    assert world.pass_(hours=3) == 3
    assert world.count("COMPLETED") == 4
    assert [one["element_id"] for one in world.path(hearing).elements if one["state"] == "COMPLETED"][-1] == "told"


def test_a_join_reached_from_two_workers_goes_on_once(world: World) -> None:
    nodes = [start(), Node("parallelGateway", "fork"), job("a", "a"), job("b", "b")]
    nodes += [Node("parallelGateway", "meet"), user("after"), end()]
    flows = ["begin -> fork", "fork -> a", "fork -> b", "a -> meet", "b -> meet", "meet -> after", "after -> done"]
    world.deploy(diagram("p", nodes, flows))

    def finish(row: Any) -> None:
        with world.database.write() as connection:
            jobs.complete(connection, world.engine, row["key"], {row["type"]: True}, by="worker")

    for _ in range(5):
        key = world.start("p")
        first, second = world.jobs(key)
        results = together(partial(finish, first), partial(finish, second))
        for row, result in zip((first, second), results, strict=True):
            if isinstance(result, Conflict):  # a worker that is overtaken looks again
                finish(row)
        assert kinds(results).keys() <= {"done", "Conflict"}
        assert [task["element_id"] for task in world.tasks(key)] == ["after"]
        assert world.variables(key) == {"a": True, "b": True}


def test_cancelling_races_firing_and_either_is_whole(world: World) -> None:
    nodes = [start(), user("work"), timer("boundaryEvent", "limit", "PT1H", attachedToRef="work"), user("late")]
    world.deploy(
        diagram("p", [*nodes, end(), end("ended")], ["begin -> work", "work -> done", "limit -> late", "late -> ended"])
    )
    keys = [world.start("p") for _ in range(4)]
    world.now += timedelta(hours=2)

    def cancel(key: int) -> None:
        with world.database.write() as connection:
            process_instances.cancel(connection, world.engine, key, by="chief")

    results = together(
        lambda: timers.sweep(world.database, world.engine),
        *(partial(cancel, key) for key in keys),
    )
    for key, result in zip(keys, results[1:], strict=True):
        if isinstance(result, Conflict):
            cancel(key)
    assert {world.instance(key)["state"] for key in keys} == {"TERMINATED"}
    assert world.tasks() == []
    assert timers.sweep(world.database, world.engine) == 0


def test_a_called_process_that_ends_meets_the_cancelling_of_its_caller(world: World) -> None:
    called = '<zeebe:calledElement processId="one" />' + mapping({"x": "1"})
    world.deploy(
        ONE_TASK,
        diagram("parent", [start(), Node("callActivity", "call", called), end()], ["begin -> call", "call -> done"]),
    )
    for _ in range(3):
        key = world.start("parent")
        [task] = world.tasks()

        def cancel(key: int = key) -> None:
            with world.database.write() as connection:
                process_instances.cancel(connection, world.engine, key, by="chief")

        results = together(partial(world.complete, task["key"]), cancel)
        assert kinds(results)["done"] == 1, results
        assert all(isinstance(one, Conflict | NotFound) for one in results if one is not None)
        assert world.tasks() == []
        assert world.instance(key)["state"] in ("COMPLETED", "TERMINATED")


def test_each_of_forty_jobs_is_leased_to_one_of_four_workers(world: World) -> None:
    world.deploy(diagram("p", [start(), job("work"), end()], ["begin -> work", "work -> done"]))
    for _ in range(40):
        world.start("p")
    got = together(*(partial(world.take, "work", worker=f"w{index}", limit=40) for index in range(4)))
    keys = [row["key"] for rows in got for row in rows]
    keys += [row["key"] for row in world.take("work", limit=40)]  # what all had passed over
    assert len(keys) == len(set(keys)) == 40


def test_two_runners_do_each_job_once(world: World) -> None:
    done: list[int] = []
    world.handlers["work"] = lambda given: done.append(given.instance_key)
    world.deploy(diagram("p", [start(), job("work"), end()], ["begin -> work", "work -> done"]))
    keys = [world.start("p") for _ in range(20)]
    together(world.run_jobs, world.run_jobs)
    world.run_jobs()
    assert sorted(done) == sorted(keys)
    assert world.count("COMPLETED") == 20
