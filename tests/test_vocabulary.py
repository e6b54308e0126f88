"""Whatever may be drawn runs as it should or is refused in words, and docs/vocabulary.md says which."""

from __future__ import annotations

import pytest

from tests.vocabulary import attributes, others, page
from tests.vocabulary.tables import Cell

ROWS = [
    pytest.param(tuple(cells.items()), id=f"{table.title}: {name}")
    for table in page.TABLES
    for name, cells in table.rows.items()
]


@pytest.mark.parametrize("cells", ROWS)
def test_it_runs_or_is_refused_where_it_stands_with_a_reason_and_a_mend(cells: tuple[tuple[str, Cell], ...]) -> None:
    wrong = []
    for name, cell in cells:
        try:
            seen = cell.look()
        except AssertionError as error:
            wrong.append(f"{name}: {error}")
        else:
            assert seen.became == "runs" or all(reason and mend for reason, mend in seen.words)
    assert not wrong, "\n".join(wrong)


def test_the_page_says_what_is_seen() -> None:
    told = page.PAGE.read_text(encoding="utf-8")
    assert told == page.written(), "write it anew by: python -m tests.vocabulary"


def test_every_attribute_that_modelers_write_for_camunda_is_in_the_tables() -> None:
    assert attributes.known() - attributes.listed() == set()


def test_every_element_of_bpmn_is_in_the_tables() -> None:
    assert others.known() - others.listed() == set()
