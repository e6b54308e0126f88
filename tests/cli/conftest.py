"""Commands as a person types them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from service.cli import main
from tests.conftest import NewUrl

Hotline = Callable[..., Result]


@pytest.fixture
def hotline(new_url: NewUrl, monkeypatch: pytest.MonkeyPatch) -> Hotline:
    """Runs a command on a database of its own; no service answers on its port."""
    monkeypatch.setenv("DATABASE_URL", new_url("sqlite", furnished=True))
    monkeypatch.setenv("PORT", "1")
    monkeypatch.setenv("LOG_LEVEL", "ERROR")
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *words: CliRunner().invoke(main, words, catch_exceptions=False)
