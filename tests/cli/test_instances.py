"""What an operator does to running instances, from a terminal."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Hotline
from tests.cli.test_cli import REPORT, key_in


def test_an_instance_is_suspended_and_goes_on(hotline: Hotline, tmp_path: Path) -> None:
    file = tmp_path / "report.bpmn"
    file.write_bytes(REPORT)
    hotline("deploy", str(file))
    key = key_in(hotline("start", "report"))
    assert "is suspended" in hotline("instances", "suspend", key).output
    task = key_in(hotline("tasks"))
    refused = hotline("complete", task)
    assert (refused.exit_code, "is suspended. Resume it first" in refused.output) == (1, True)
    assert "goes on" in hotline("instances", "resume", key).output
    assert hotline("complete", task).exit_code == 0


def test_an_instance_is_listed_shown_moved_and_cancelled(hotline: Hotline, tmp_path: Path) -> None:
    file = tmp_path / "report.bpmn"
    file.write_bytes(REPORT)
    hotline("deploy", str(file))
    key = key_in(hotline("start", "report", "street=Elm"))
    assert key in hotline("instances", "list", "report").output
    shown = hotline("instances", "show", key).output
    assert all(word in shown for word in ("look", "street", "Elm"))
    assert "is modified" in hotline("instances", "move", key, "--from", "look", "--to", "look").output
    assert "nowhere" in hotline("instances", "move", key, "--to", "nowhere").output
    assert hotline("instances", "move", key).exit_code == 1
    assert "is cancelled" in hotline("instances", "cancel", key, "--yes").output
    assert key not in hotline("instances", "list").output
    assert "TERMINATED" in hotline("instances", "list", "--all").output


def test_instances_are_migrated_after_a_look_at_what_cannot(hotline: Hotline, tmp_path: Path) -> None:
    file = tmp_path / "report.bpmn"
    file.write_bytes(REPORT)
    hotline("deploy", str(file))
    key = key_in(hotline("start", "report"))
    file.write_bytes(REPORT.replace(b"look", b"inspect"))
    hotline("deploy", str(file))
    looked = hotline("instances", "migrate", "report", "--check").output
    assert "0 of 1 instances can go on by version 2." in looked
    assert "has no target" in looked
    assert "is no mapping" in hotline("instances", "migrate", "report", "--map", "look").output
    assert "1 of 1" in hotline("instances", "migrate", "report", "--map", "look=inspect", "--check").output
    assert "Batch operation" in hotline("instances", "migrate", "report", "--map", "look=inspect").output
    assert "inspect" in hotline("tasks").output
    assert "MIGRATE_PROCESS_INSTANCE" in hotline("batches").output
    operation = key_in(hotline("instances", "cancel", "report", "--yes"))
    assert "It failed for none" in hotline("batches", operation).output
    assert "TERMINATED" in hotline("path", key).output
