"""The standard's own test cases: what passed once passes for ever, and what passes anew is written down.

The kit is in the folder that DMN_TCK names, or beside the project; a small kit of ours in its layout is always played.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from service.dmn import tck

HERE = Path(__file__).parent
OWN = HERE / "kit"
STANDARD = Path(os.environ.get("DMN_TCK") or HERE.parents[2] / "shared" / "dmn-tck")
RECORD = HERE / "tck_passed.csv"
KITS = [kit for kit in (OWN, STANDARD) if kit.is_dir()]


def recorded() -> set[tuple[str, str]]:
    with RECORD.open(newline="") as file:
        return {(row["folder"], row["case"]) for row in csv.DictReader(file)}


@pytest.fixture(scope="module", params=KITS, ids=lambda kit: kit.name)
def played(request: pytest.FixtureRequest) -> tuple[Path, list[tck.Outcome]]:
    return request.param, [one for folder in tck.folders(request.param) for one in tck.play(folder)]


def key(outcome: tck.Outcome) -> tuple[str, str]:
    return outcome.folder, f"{outcome.folder}/{outcome.case}/{outcome.result}"


def test_what_passed_once_passes_and_what_passes_is_recorded(played: tuple[Path, list[tck.Outcome]]) -> None:
    kit, outcomes = played
    keys = {key(one) for one in outcomes}
    failed = {key(one): f"expected {one.expected}, got {one.got} {one.told}" for one in outcomes if not one.passed}
    print(f"\n{kit.name}: {len(outcomes) - len(failed)} of {len(outcomes)} results pass")
    expected = keys if kit == OWN else recorded() & keys
    lost = {key: told for key, told in failed.items() if key in expected}
    assert not lost, f"They passed before: {lost}"
    new = sorted(keys - set(failed) - expected)
    assert not new, f"They pass now; write them into {RECORD.name}: {new}"


def test_the_record_is_in_order_and_without_doubles() -> None:
    with RECORD.open(newline="") as file:
        rows = [(row["folder"], row["case"]) for row in csv.DictReader(file)]
    assert rows == sorted(set(rows))
    assert len(rows) > 2500
