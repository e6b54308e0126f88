"""Whatever is drawn of all elements runs to its end on every path, is restored after every step, and adds up."""

from __future__ import annotations

from random import Random

from service.store.unit_of_work import Database
from tests.random_processes import blocks, law
from tests.random_processes.both_stores import BothStores
from tests.stores import STORES, Stores

SEED, STEPS, IN_STORES = 20261128, 4_900, 100


def test_random_processes_are_restored_after_every_step_and_reach_their_end() -> None:
    steps, _ = law.search(SEED, STEPS)
    assert steps >= STEPS


def test_the_same_path_leaves_the_same_rows_in_both_stores_and_nothing_that_waits(stores: Stores) -> None:
    steps, seed = 0, SEED
    while steps < IN_STORES:
        steps, seed = steps + _in_both(stores, seed), seed + 1
    assert steps >= IN_STORES


def _in_both(stores: Stores, seed: int) -> int:
    chance = Random(seed)
    drawing = blocks.draw(chance)
    urls = [stores.new(kind) for kind in STORES]
    first, second = (Database(url) for url in urls)
    try:
        return BothStores((first, second), drawing, chance).to_the_end()
    except Exception as error:
        error.add_note(f"The seed: {seed}; the diagram: {law.kept(drawing)}")
        raise
    finally:
        for database, url in ((first, urls[0]), (second, urls[1])):
            database.close()
            stores.give_back(url)
