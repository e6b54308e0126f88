"""`python -m tests.random_processes --steps 200000 --seed S`: as many as there is time for; `--stores`: in both."""

from __future__ import annotations

import argparse
import sys
import time

from tests.random_processes import both_stores, law
from tests.stores import Stores

CHUNK, CHUNK_IN_STORES = 2000, 200


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.random_processes", description=__doc__)
    parser.add_argument("--steps", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=None, help="another one each time if it is not given")
    parser.add_argument("--stores", action="store_true", help="on SQLite and PostgreSQL at once instead of in memory")
    chosen = parser.parse_args()
    seed = int(time.time()) * 1000 if chosen.seed is None else chosen.seed
    done = 0
    with Stores() as stores:
        while done < chosen.steps:
            print(f"{done} steps; from the seed {seed}", flush=True)
            wanted = min(CHUNK_IN_STORES if chosen.stores else CHUNK, chosen.steps - done)
            if chosen.stores:
                more, seed = both_stores.search(stores, seed, wanted)
            else:
                more, seed = law.search(seed, wanted, shrink=True)
            done += more
    print(f"{done} steps")
    return 0


if __name__ == "__main__":
    sys.exit(main())
