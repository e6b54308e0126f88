"""`python -m tests.broken_diagrams --cases 5000`: breaks as many diagrams as there is time for."""

from __future__ import annotations

import argparse
import sys
import traceback
from collections import Counter

from tests.broken_diagrams import law


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.broken_diagrams", description=__doc__)
    parser.add_argument("--cases", type=int, default=5000)
    parser.add_argument("--first", type=int, default=0, help="the seed of the first case; the next have the next")
    chosen = parser.parse_args()
    became: Counter[str] = Counter()
    for seed in range(chosen.first, chosen.first + chosen.cases):
        try:
            became[law.keeps(law.case(seed))] += 1
        except Exception:
            became["broke the law"] += 1
            traceback.print_exc(limit=-2)
    print(dict(became))
    return 1 if became["broke the law"] else 0


if __name__ == "__main__":
    sys.exit(main())
