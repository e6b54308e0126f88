"""What a called process is given of the scopes around it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bpmn.test_run import Player
from tests.diagrams import Node, body, diagram, end, mapping, start


@pytest.mark.parametrize(
    ("all_of_parent", "given"),
    [("true", {"x": 1, "part": 2, "mapped": 3}), ("false", {"mapped": 3})],
)
def test_a_called_process_gets_all_that_is_seen_or_only_what_its_own_mappings_made(
    all_of_parent: str, given: dict[str, Any]
) -> None:
    called = f'<zeebe:calledElement processId="child" propagateAllParentVariables="{all_of_parent}" />'
    call = Node("callActivity", "call", called + mapping({"mapped": "part + x"}))
    inside = body([start("in"), call, end("out")], ["in -> call", "call -> out"], "g")
    part = Node("subProcess", "inner", mapping({"part": "2"}), inside)
    player = Player(diagram("p", [start(), part, end()], ["begin -> inner", "inner -> done"]), x=1)
    assert player.attributes[player.wait("call").id]["variables"] == given
