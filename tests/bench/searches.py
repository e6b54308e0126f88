"""Searches by what instances and tasks hold, among many open ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from statistics import median
from time import perf_counter
from typing import Any

from sqlalchemy import text

from tests.bench import report
from tests.bench.many import DISTRICTS
from tests.world import World

SLOWEST = 0.3
_OWN = {True: "json_object('receipt', 'T' || key)", False: "jsonb_build_object('receipt', 'T' || key)"}

Post = Callable[[str, Any], Any]


def give_tasks_their_own(world: World) -> None:
    """A variable of each user task that no other has."""
    with world.database.write() as connection:
        own = f"UPDATE element_instance SET variables = {_OWN[world.database.is_sqlite]}"
        connection.execute(text(f"{own} WHERE element_type = 'userTask'"))
        if not world.database.is_sqlite:
            connection.execute(text("ANALYZE element_instance"))


def measure(post: Post, open_: int, samples: int, core: float) -> Iterator[report.Row]:
    """By what one in all has, and by what one in a few hundreds has."""
    task = post("/user-tasks/search", {"filter": {"state": "CREATED"}, "page": {"limit": 1}})["items"][0]
    instance, some = "/process-instances/search", max(1, open_ // DISTRICTS)
    one_of_many: dict[str, tuple[str, Mapping[str, Any], int]] = {
        "instances by a variable that one has": (instance, {"variables": _has("receipt", '"R1"')}, 1),
        "and that are active": (instance, {"variables": _has("receipt", '"R1"'), "state": "ACTIVE"}, 1),
        "by one that some have": (instance, {"variables": _has("district", '"d1"')}, some),
        "by one that none has": (instance, {"variables": _has("receipt", '"none"')}, 0),
        "tasks by a variable of the instance": (
            "/user-tasks/search",
            {"state": "CREATED", "processInstanceVariables": _has("receipt", '"R1"')},
            1,
        ),
        "tasks by a variable of their own": (
            "/user-tasks/search",
            {"localVariables": _has("receipt", f'"T{task["elementInstanceKey"]}"')},
            1,
        ),
    }
    for name, (path, wanted, expected) in one_of_many.items():
        taken = []
        for _ in range(samples):
            begun = perf_counter()
            found = post(path, {"filter": wanted})["page"]["totalItems"]
            taken.append(perf_counter() - begun)
            assert abs(found - expected) <= 1, (name, found, expected)
        slow = sorted(taken)[len(taken) * 95 // 100]
        yield report.time(f"{name}: p50", median(taken), core)
        yield report.time(f"{name}: p95", slow, core, f"under {SLOWEST * 1000:g} ms", slow < SLOWEST)


def _has(name: str, value: str) -> list[Mapping[str, str]]:
    return [{"name": name, "value": value}]
