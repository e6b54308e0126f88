"""The law that every random process keeps, and the search for the smallest one that breaks it."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from random import Random

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from service import bpmn
from tests.random_processes import blocks, counting
from tests.random_processes.drawing import Drawing
from tests.random_processes.playing import Models, Play
from tests.random_processes.two_runs import EndlessSignals

PATHS = 3
# Processes in a row that belong to one seed; the next ones belong to the seed after it.
TOGETHER = 25


def search(first_seed: int, steps: int, *, shrink: bool = False) -> tuple[int, int]:
    """Play until so many steps are done; answers how many they are, and the seed that has not been used yet.

    Raises what a process that breaks it raises, with its seed and the file of its diagram; what the smallest one
    raises if it is to `shrink`, which can take minutes.
    """
    done = 0
    while done < steps:
        done += _search(first_seed, shrink=shrink)
        first_seed += 1
    return done, first_seed


def _search(seed_: int, *, shrink: bool) -> int:
    done: list[int] = []

    @seed(seed_)
    @settings(
        max_examples=TOGETHER,
        database=None,
        deadline=None,
        phases=[Phase.generate, *([Phase.shrink] if shrink else [])],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(st.randoms(use_true_random=False))
    def every(chance: Random) -> None:
        done.append(keeps(chance))

    try:
        every()
    except BaseException as error:
        error.add_note(f"Again: python -m tests.random_processes --steps 1 --seed {seed_}")
        raise
    return sum(done)


def keeps(chance: Random) -> int:
    """Draw a process and play it to the end, on a calm path and on random ones; answers how many steps that took."""
    drawing = blocks.draw(chance)
    try:
        file_name = f"{drawing.id}.bpmn"
        models = bpmn.read_model(drawing.xml, file_name), bpmn.read_deployed(drawing.xml, file_name, drawing.id)
        return _calm(drawing, models) + sum(_at_random(drawing, models, chance) for _ in range(PATHS))
    except Exception as error:
        error.add_note(f"The diagram: {kept(drawing)}; started with {drawing.given}")
        raise


def kept(drawing: Drawing) -> Path:
    """Write what failed into files that a modeler can open."""
    folder = Path(tempfile.gettempdir()) / f"random-processes-{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for one in drawing.all:
        (folder / f"{one.id}.bpmn").write_bytes(one.xml)
    return folder / f"{drawing.id}.bpmn"


def _calm(drawing: Drawing, models: Models) -> int:
    """What a calm run completes can be told from the blocks alone."""
    if drawing.passed is None:
        return 0
    played = Play(drawing, models, Random(0), calm=True).to_the_end()
    missing, extra = drawing.passed - played.completed, played.completed - drawing.passed
    assert not missing, f"not completed: {dict(missing)}"
    assert not extra, f"completed, but not on the way: {dict(extra)}"
    counting.check(models[0], played.events)
    return played.steps


def _at_random(drawing: Drawing, models: Models, chance: Random) -> int:
    play = Play(drawing, models, chance, calm=False)
    try:
        played = play.to_the_end()
    except EndlessSignals:
        return play.runs.played.steps
    counting.check(models[0], played.events, is_moved=play.is_moved)
    return played.steps
