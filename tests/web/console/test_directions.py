"""What turns the direction of reading is ended where it was begun."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from service.web.console.directions import ended

OVERRIDE, ISOLATE, POP, POP_ISOLATE = "\u202e", "\u2066", "\u202c", "\u2069"

pytestmark = pytest.mark.of_one_store


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("路灯不亮", "路灯不亮"),
        (f"a{OVERRIDE}b", f"a{OVERRIDE}b{POP}"),
        (f"a{OVERRIDE}b{ISOLATE}c", f"a{OVERRIDE}b{ISOLATE}c{POP_ISOLATE}{POP}"),
        (f"{ISOLATE}{OVERRIDE}a{POP_ISOLATE}", f"{ISOLATE}{OVERRIDE}a{POP_ISOLATE}"),
        (f"{POP}a", f"{POP}a"),
        (3, 3),
    ],
)
def test_what_somebody_writes_ends_what_it_begins(written: object, told: object) -> None:
    assert ended(written) == told


def test_markup_stays_markup() -> None:
    assert isinstance(ended(Markup(f"<b>{OVERRIDE}</b>")), Markup)
