"""Jobs are given by their priority, those of the same priority by their age."""

from __future__ import annotations

import pytest

from service.engine import jobs
from service.errors import ModelRejected
from tests.diagrams import diagram, end, job, start
from tests.world import World


def priority(value: str) -> str:
    return f'<zeebe:jobPriorityDefinition priority="{value}" />'


def drawn(process_id: str, more: str = "", of_process: str = "") -> bytes:
    told = f"<bpmn:extensionElements>{of_process}</bpmn:extensionElements>" if of_process else ""
    nodes = [start(), job("work", more=more), end()]
    return diagram(process_id, nodes, ["begin -> work", "work -> done"], inside=told)


def test_the_highest_priority_comes_first_and_that_of_the_task_counts_before_that_of_the_process(world: World) -> None:
    world.deploy(drawn("plain"), drawn("process", of_process=priority("7")))
    world.deploy(drawn("task", priority("=urgency * 10"), of_process=priority("7")))
    keys = [world.start("plain"), world.start("process"), world.start("task", urgency=-1), world.start("plain")]
    keys.append(world.start("task", urgency=2))
    given = [(one["instance_key"], one["priority"]) for one in world.take("work")]
    assert given == [(keys[4], 20), (keys[1], 7), (keys[0], 0), (keys[3], 0), (keys[2], -10)]


def test_a_priority_is_changed_while_the_job_waits(world: World) -> None:
    world.deploy(drawn("plain"))
    first, second = world.start("plain"), world.start("plain")
    with world.database.write() as connection:
        jobs.change(connection, world.engine, world.jobs(second)[0]["key"], priority=1, by="operator")
    assert [one["instance_key"] for one in world.take("work")] == [second, first]


@pytest.mark.parametrize("value", ["high", "1.5", "99999999999"])
def test_a_priority_that_is_no_whole_number_is_refused(world: World, value: str) -> None:
    with pytest.raises(ModelRejected, match="job priority"):
        world.deploy(drawn("p", priority(value)))
