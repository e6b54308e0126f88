"""Whatever may be drawn runs as it should or is refused in words, and docs/vocabulary.md says which."""

from __future__ import annotations

import pytest

from tests.vocabulary import page
from tests.vocabulary.tables import Cell

CELLS = [found for table in page.TABLES for found in table.cells()]


@pytest.mark.parametrize("cell", [cell for _, cell in CELLS], ids=[name for name, _ in CELLS])
def test_it_runs_or_is_refused_where_it_stands_with_a_reason_and_a_mend(cell: Cell) -> None:
    seen = cell.look()
    assert seen.became == "runs" or all(reason and mend for reason, mend in seen.words)


def test_the_page_says_what_is_seen() -> None:
    told = page.PAGE.read_text(encoding="utf-8")
    assert told == page.written(), "write it anew by: python -m tests.vocabulary"
