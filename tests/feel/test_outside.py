"""Variables from outside are JSON that both stores keep."""

from __future__ import annotations

from typing import Any

import pytest

from service import feel
from service.errors import Invalid
from tests.diagrams import diagram, end, start, user
from tests.world import World

NESTED: list[Any] = []
for _ in range(100):
    NESTED = [NESTED]
HOSTILE = {
    "not a number": (float("nan"), "no number"),
    "infinity": (float("-inf"), "no number"),
    "a number of a thousand digits": (10**1000, "too large"),
    "the sign 0": ("a\0b", "sign"),
    "half a sign": ("\ud800", "sign"),
    "the sign 0 in a key": ({"a\0": 1}, "sign"),
    "a key that is no text": ({1: 2}, "key"),
    "depth": (NESTED, "deep"),
    "a Python object": (object(), "no JSON"),
    "bytes": (b"x", "no JSON"),
}


@pytest.mark.parametrize(("value", "reason"), HOSTILE.values(), ids=HOSTILE.keys())
def test_what_no_store_can_keep_is_refused_with_its_place(value: Any, reason: str) -> None:
    with pytest.raises(Invalid, match=reason) as refused:
        feel.checked({"fine": 1, "given": {"inner": value}})
    assert "given" in refused.value.message


def test_what_json_carries_passes() -> None:
    value = {"a": [1, -2.5, None, True, {"办理": "🐎"}], "b": {}}
    assert feel.checked(value) == value


def test_a_step_with_such_a_value_changes_nothing(world: World) -> None:
    world.deploy(diagram("p", [start(), user("work"), end()], ["begin -> work", "work -> done"]))
    with pytest.raises(Invalid):
        world.start("p", text="\0")
    [task] = world.tasks(world.start("p"))
    for value in ("\0", "\ud800", float("nan")):
        with pytest.raises(Invalid):
            world.complete(task["key"], given=value)
    world.complete(task["key"], given="fine")
    assert world.count("COMPLETED") == 1
