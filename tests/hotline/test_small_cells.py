"""What everybody is told of figures: no few matters, and nothing that they could be worked out from."""

from __future__ import annotations

import pytest

from service.hotline import kpis
from service.hotline.small_cells import hidden, public

COUNT, RATE = kpis.shipped()["dispatched"], kpis.shipped()["on_time_rate"]


@pytest.mark.parametrize(
    ("sizes", "kept"),
    [
        ({"a": 9, "b": 0}, set()),
        ({"a": 2, "b": 9, "c": 6}, {"a", "c"}),
        ({"a": 2, "b": 0, "c": 6, "d": 9}, {"a", "c"}),
        ({"a": 1, "b": 1, "c": 6, "d": 9}, {"a", "b", "c"}),
        ({"a": 3, "b": 3, "c": 6}, {"a", "b"}),
    ],
)
def test_what_a_small_number_could_be_worked_out_from_is_kept_too(sizes: dict[str, int], kept: set[str]) -> None:
    assert hidden(COUNT, {key: {COUNT.id: (size, 0)} for key, size in sizes.items()}, 5) == kept


@pytest.mark.parametrize(
    ("counted", "told"),
    [
        ((3, 4), "< 5"),
        ((1, 50), "< 10.0 %"),
        ((49, 50), "> 90.0 %"),
        ((25, 50), "50.0 %"),
        ((50, 50), "100.0 %"),
        ((0, 0), "—"),
    ],
)
def test_a_rate_tells_neither_few_that_it_counts_nor_few_that_it_does_not(counted: tuple[int, int], told: str) -> None:
    of = {RATE.id: counted}
    assert public(RATE, of, 5, is_hidden=bool(hidden(RATE, {"all": of}, 5))) == told
