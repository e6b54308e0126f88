"""What is sealed opens with its key and at its place alone; equal values are found without opening any."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.config import BadSetting
from service.errors import StuckError
from service.store.secrets import KeyRing, new_key

OLD, NEW = "old:" + "A" * 43, "new:" + "Q" * 43
PLACE = ("matter", "WF1", "person_name")


@given(st.text())
def test_what_was_sealed_opens_as_it_was(plain: str) -> None:
    ring = KeyRing.read(NEW)
    sealed = ring.seal(plain, *PLACE)
    assert ring.open(sealed, *PLACE) == plain
    assert not plain or plain not in sealed or len(plain) < 4


def test_the_same_value_is_sealed_differently_each_time() -> None:
    ring = KeyRing.read(NEW)
    assert ring.seal("13800000000", *PLACE) != ring.seal("13800000000", *PLACE)


@pytest.mark.parametrize("place", [("matter", "WF2", "person_name"), ("matter", "WF1", "person_phone"), ("matter",)])
def test_moved_to_another_row_or_field_it_opens_no_more(place: tuple[str, ...]) -> None:
    ring = KeyRing.read(NEW)
    with pytest.raises(StuckError, match="changed or moved"):
        ring.open(ring.seal("王小明", *PLACE), *place)


def test_one_changed_sign_is_noticed() -> None:
    ring = KeyRing.read(NEW)
    sealed = ring.seal("王小明", *PLACE)
    changed = sealed[:-8] + ("A" if sealed[-8] != "A" else "B") + sealed[-7:]
    with pytest.raises(StuckError):
        ring.open(changed, *PLACE)


def test_the_first_key_seals_and_the_others_still_open() -> None:
    before = KeyRing.read(OLD).seal("王小明", *PLACE)
    both = KeyRing.read(f"{NEW} {OLD}")
    assert both.open(before, *PLACE) == "王小明"
    assert both.seal("x", *PLACE).startswith("v1:new:")
    with pytest.raises(StuckError, match="DATA_KEYS does not have"):
        KeyRing.read(NEW).open(before, *PLACE)


def test_marks_are_equal_for_equal_values_of_a_field_under_the_same_key_only() -> None:
    both = KeyRing.read(f"{NEW} {OLD}")
    assert both.marks("138", "phone")[1:] == KeyRing.read(OLD).marks("138", "phone")
    assert len({*both.marks("138", "phone"), *both.marks("138", "name"), *both.marks("139", "phone")}) == 6


@pytest.mark.parametrize("text", ["", "a", "a:short", f"{NEW} {NEW}", "a:" + "!" * 43])
def test_what_is_no_key_is_refused_with_the_way_out(text: str) -> None:
    with pytest.raises(BadSetting, match="hotline keys new"):
        KeyRing.read(text)


def test_keys_are_never_shown() -> None:
    assert repr(KeyRing.read(f"{NEW} {OLD}")) == "KeyRing(new, old)"


def test_new_keys_are_all_different_and_fit() -> None:
    assert KeyRing.read(f"{new_key('a')} {new_key('b')}").newest == "a"
    assert new_key("a") != new_key("a")
