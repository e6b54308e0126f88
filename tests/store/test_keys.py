"""Keys are unique across processes, however those came to be."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

from service.store.keys import new_key


def test_processes_that_are_forked_from_one_are_nodes_of_their_own() -> None:
    nodes = {new_key() >> 12 & 1023}
    for _ in range(4):
        with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as forked:
            nodes.add(forked.submit(new_key).result() >> 12 & 1023)
    # Two of a thousand may be the same by chance, five are not.
    assert len(nodes) > 1
