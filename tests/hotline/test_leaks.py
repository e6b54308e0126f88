"""A confidential reporter is known to nobody but the agency: not by the store, by any answer, or by the log (S13)."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.conftest import NewUrl
from tests.leaks import ELSEWHERE, UNIT

# On the other store those who see most, next and nothing: what is asked there is the same.
FEW = ("ADMIN", "AGENCY_LEAD", f"{UNIT} UNIT_HANDLER", f"{ELSEWHERE} UNIT_HANDLER")


@pytest.mark.parametrize(("store", "roles"), [("sqlite", ()), ("postgresql", FEW)], ids=["sqlite", "postgresql"])
def test_nothing_is_found_where_the_regulation_does_not_allow_it(
    store: str, roles: tuple[str, ...], new_url: NewUrl
) -> None:
    # A process of its own: all that it logs, from the first line on.
    command = [sys.executable, "-m", "tests.leaks", new_url(store, furnished=True), *roles]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(told.stdout) == []
