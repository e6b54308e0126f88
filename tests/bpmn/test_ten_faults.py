"""A diagram with ten different faults: all ten are told, each with its element and how to mend it."""

from __future__ import annotations

import pytest

from service import bpmn
from service.errors import ModelRejected
from tests.diagrams import Node, diagram, end, job, mapping, message, script, start, timer, user

NODES = [
    start(),
    user("judge", "=[unit"),  # 1 no FEEL
    Node("scriptTask", "count", "", "<bpmn:script>print(1)</bpmn:script>"),  # 2 a script that is none of FEEL
    Node("exclusiveGateway", "which"),  # 3 no default
    timer("intermediateCatchEvent", "wait", "in five days"),  # 4 no time
    message("intermediateCatchEvent", "heard", "unknown"),  # 5 no message
    Node("serviceTask", "send"),  # 6 no job type
    script("sum", "total(x)", "y"),  # 7 no function of FEEL
    user("lost"),  # 8 never reached
    user("hurry", more='<zeebe:priorityDefinition priority="101" />'),  # 9 no priority
    job(
        "notify", more=mapping({"x": "1"}) + "<zeebe:taskListeners><zeebe:taskListener type='x'/></zeebe:taskListeners>"
    ),
    # 10 a listener
    end(),
]
FLOWS = ["begin -> judge", "judge -> count", "count -> which", "which -> wait if x > 1", "which -> heard if x < 1"]
FLOWS += [
    "lost -> done",
    "wait -> send",
    "heard -> sum",
    "send -> hurry",
    "sum -> notify",
    "hurry -> done",
    "notify -> done",
]
FAULTS = {"judge", "count", "which", "wait", "heard", "send", "sum", "lost", "hurry", "notify"}


def test_all_ten_are_told_each_with_its_element_and_mend() -> None:
    with pytest.raises(ModelRejected) as refused:
        bpmn.read_model(diagram("p", NODES, FLOWS), "faulty.bpmn")
    told = {problem.element_id: problem for problem in refused.value.problems}
    assert set(told) == FAULTS
    assert all(problem.mend and problem.message and problem.file == "faulty.bpmn" for problem in told.values())
    assert len({problem.message for problem in told.values()}) == 10
