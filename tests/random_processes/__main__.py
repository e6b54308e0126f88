"""`python -m tests.random_processes --steps 200000 --seed S`: as many steps as there is time for."""

from __future__ import annotations

import argparse
import sys
import time

from tests.random_processes import law

CHUNK = 2000


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.random_processes", description=__doc__)
    parser.add_argument("--steps", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=None, help="another one each time if it is not given")
    chosen = parser.parse_args()
    seed = int(time.time()) * 1000 if chosen.seed is None else chosen.seed
    done = 0
    while done < chosen.steps:
        print(f"{done} steps; from the seed {seed}", flush=True)
        more, seed = law.search(seed, min(CHUNK, chosen.steps - done), shrink=True)
        done += more
    print(f"{done} steps")
    return 0


if __name__ == "__main__":
    sys.exit(main())
