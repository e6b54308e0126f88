"""What a step costs beside many that are alive: members of a collection, levels of calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from tests.bench import report, speed
from tests.diagrams import Node, diagram, each, end, start, user
from tests.world import World

# Ten times as much alive may cost ten times as much, and the noise of the machine.
NOISE = 1.25
_TASK = ["begin -> work", "work -> done"]
MEMBERS = diagram("members", [start(), each(user("work"), "units", member="unit"), end()], _TASK)


def measure(
    world: World, alive: Sequence[int], levels: Sequence[int], samples: int, core: float
) -> Iterator[report.Row]:
    """A task completed beside so many others, and at the end of so many calls; each beside the fewer ones before."""
    world.deploy(MEMBERS, *_calls(max(levels)))
    samples = min(samples, *alive)  # each completes another one
    tasks = {f"complete one of {number:,} members": _one_of(world, number) for number in alive}
    yield from _rows(speed.medians(tasks, samples), alive, core)
    deep = {f"{number} levels of calls": _level(world, max(levels) - number) for number in levels}
    yield from _rows(speed.medians(deep, samples), levels, core)


def _rows(seconds: dict[str, float], sizes: Sequence[int], core: float) -> Iterator[report.Row]:
    yield report.time(*next(iter(seconds.items())), core)
    for (fewer, more), (before, (name, taken)) in zip(pairwise(sizes), pairwise(seconds.items()), strict=True):
        times = more / fewer * NOISE
        yield report.time(name, taken, core, f"{times:g} × the row before", taken <= times * before[1])


def _one_of(world: World, number: int) -> speed.Prepare:
    key = world.start("members", units=list(range(number)))
    keys = iter([one["key"] for one in world.tasks(key)])

    def prepare() -> Callable[[], object]:
        task = next(keys)
        return lambda: world.complete(task)

    return prepare


def _level(world: World, first: int) -> speed.Prepare:
    def act() -> None:
        world.start(f"level-{first}")
        world.complete(world.tasks()[-1]["key"])

    return lambda: act


def _calls(levels: int) -> list[bytes]:
    found = [diagram(f"level-{levels}", [start(), user("work"), end()], _TASK)]
    for level in range(levels):
        call = Node("callActivity", "work", f'<zeebe:calledElement processId="level-{level + 1}" />')
        found.append(diagram(f"level-{level}", [start(), call, end()], _TASK))
    return found
