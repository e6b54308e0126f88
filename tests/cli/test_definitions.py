"""What is deployed, and deleting it, from a terminal."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Hotline
from tests.cli.test_cli import REPORT, key_in


def test_a_version_is_found_and_deleted(hotline: Hotline, tmp_path: Path) -> None:
    file = tmp_path / "report.bpmn"
    file.write_bytes(REPORT)
    hotline("deploy", str(file))
    key = key_in(hotline("definitions", "list", "report"))
    instance = key_in(hotline("start", "report"))
    refused = hotline("definitions", "delete", key, "--yes")
    assert (refused.exit_code, "1 process instance runs by it" in refused.output) == (1, True)
    hotline("complete", key_in(hotline("tasks")))
    assert "is deleted" in hotline("definitions", "delete", key, "--yes").output
    assert key not in hotline("definitions", "list").output
    assert key in hotline("definitions", "list", "--deleted").output
    assert "COMPLETED" in hotline("path", instance).output
