"""Whatever is drawn of all elements runs to its end on every path, is restored after every step, and adds up."""

from __future__ import annotations

from tests.random_processes import both_stores, law
from tests.stores import Stores

SEED, STEPS, IN_STORES = 20261128, 4_900, 100


def test_random_processes_are_restored_after_every_step_and_reach_their_end() -> None:
    steps, _ = law.search(SEED, STEPS)
    assert steps >= STEPS


def test_the_same_path_leaves_the_same_rows_in_both_stores_and_nothing_that_waits(stores: Stores) -> None:
    steps, _ = both_stores.search(stores, SEED, IN_STORES)
    assert steps >= IN_STORES
