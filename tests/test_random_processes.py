"""Whatever is drawn of all elements runs to its end on every path, is restored after every step, and adds up."""

from __future__ import annotations

from tests.random_processes import law

SEED, STEPS = 20261128, 4000


def test_random_processes_are_restored_after_every_step_and_reach_their_end() -> None:
    steps, _ = law.search(SEED, STEPS)
    assert steps >= STEPS
