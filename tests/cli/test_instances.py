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
