"""`hotline audit` tells what was done to the chain, and ends with 1 if anything was."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.cli import main
from service.store.unit_of_work import Database
from tests.conftest import NewUrl

Run = Callable[..., Result]


@pytest.fixture
def audit(furnished_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `hotline audit` on a database in which something has happened."""
    monkeypatch.setenv("DATABASE_URL", furnished_url)
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *words: CliRunner().invoke(main, ["audit", *words], catch_exceptions=False)


def test_what_is_anchored_is_verified(audit: Run, tmp_path: Path) -> None:
    file = tmp_path / "anchors.jsonl"
    assert "wait to be sealed" in audit("verify").output
    told = audit("anchor", "--out", str(file))
    assert told.exit_code == 0, told.output
    anchor = json.loads(file.read_text("utf-8"))
    found = audit("verify", "--anchor", str(file))
    assert found.exit_code == 0, found.output
    assert f"{anchor['sequence']} records were checked" in found.output
    assert "The chain is as it was sealed." in found.output
    assert json.loads(audit("anchor").output)["hash"] == anchor["hash"]


def test_what_was_changed_is_told_in_plain_words(audit: Run) -> None:
    audit("anchor")
    _run(os.environ["DATABASE_URL"], "UPDATE audit_record SET who = 'another' WHERE sequence = 1")
    found = audit("verify")
    assert found.exit_code == 1
    assert "BROKEN: Record 1 was changed after it was sealed" in found.output


def test_a_cut_tail_is_told_by_an_anchor_from_elsewhere(audit: Run, tmp_path: Path) -> None:
    file = tmp_path / "anchors.jsonl"
    audit("anchor", "--out", str(file))
    _run(os.environ["DATABASE_URL"], "DELETE FROM audit_record")
    assert audit("verify").exit_code == 0
    found = audit("verify", "--anchor", str(file))
    assert found.exit_code == 1
    assert "The chain ends at record 0" in found.output
    assert "its tail was cut off" in found.output


def test_days_without_records_are_whole_and_words_that_do_not_fit_are_told(audit: Run, tmp_path: Path) -> None:
    audit("anchor")
    empty = audit("verify", "--from", "2031-01-01", "--to", "2031-01-02")
    assert (empty.exit_code, empty.output.splitlines()[-1]) == (0, "The chain is as it was sealed.")
    assert "0 records were checked" in empty.output
    assert audit("verify", "--from", "yesterday").exit_code == 2
    assert "There is no anchor of 2031-01-01" in audit("anchor", "--day", "2031-01-01").output
    wrong = tmp_path / "wrong"
    wrong.write_text("nothing", "utf-8")
    told = audit("verify", "--anchor", str(wrong))
    assert (told.exit_code, "Line 1 of wrong is no anchor" in told.output) == (1, True)


def test_it_is_asked_beside_a_service_that_has_the_sqlite_file(audit: Run, new_url: NewUrl) -> None:
    audit("anchor")
    running = Database(os.environ["DATABASE_URL"])
    assert audit("verify").exit_code == 0
    assert json.loads(audit("anchor").output)["sequence"] > 0
    running.close()


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "none.db"
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{file}")
    told = CliRunner().invoke(main, ["audit", "verify"])
    assert (told.exit_code, "none.db" in told.output, file.exists()) == (1, True, False)


def test_a_guest_cannot_write(new_url: NewUrl) -> None:
    url = new_url("sqlite")
    guest = Database(url, guest=True)
    with pytest.raises(Exception, match="readonly"), guest.write() as connection:
        connection.exec_driver_sql("DELETE FROM audit_record")
    guest.close()
    with sqlite3.connect(url.removeprefix("sqlite:///")) as direct:
        assert direct.execute("SELECT count(*) FROM audit_record").fetchone() == (0,)


def _run(url: str, statement: str) -> None:
    database = Database(url)
    with database.write() as connection:
        connection.exec_driver_sql(statement)
    database.close()
