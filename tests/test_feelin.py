"""What we and the modelers' interpreter make of the same expressions; `python -m tests.feel.differential` runs all."""

from __future__ import annotations

from tests.feel.differential import differences, table

COUNT = 2_000


def test_every_difference_from_feelin_is_explained() -> None:
    found = differences(COUNT)
    told = table(found, COUNT)
    print(told)
    assert all(one.reason for one in found), told
    assert len(found) < COUNT / 4, told
