"""`hotline check` tells every problem of a folder, and ends with 1 if there is one."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.cli import main
from tests.diagrams import diagram, end, start, user
from tests.dmn import drawing


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    nodes = [start(), user("look-at-the-street-and-write-down-what-is-there"), end()]
    flows = [f"begin -> {nodes[1].id}", f"{nodes[1].id} -> done"]
    processes = tmp_path / "processes"
    processes.mkdir()
    (processes / "report.bpmn").write_bytes(diagram("report", nodes, flows))
    return tmp_path


def check(folder: Path) -> Result:
    return CliRunner().invoke(main, ["check", str(folder)], catch_exceptions=False)


def test_a_folder_in_order_ends_with_a_count(folder: Path) -> None:
    result = check(folder)
    assert (result.exit_code, result.output) == (0, "1 files, 0 scenarios, 0 problems\n")


def test_problems_are_told_whole_by_file_with_a_way_to_mend_them(folder: Path) -> None:
    (folder / "tests/scenarios/report").mkdir(parents=True)
    (folder / "tests/scenarios/report/unfinished.yaml").write_text("title: Nobody looks\nends: done\n", "utf-8")
    result = check(folder)
    assert result.exit_code == 1
    assert "processes/report.bpmn\n" in result.output
    assert "tests/scenarios/report/unfinished.yaml\n" in result.output
    words = result.output.split()
    assert "".join(words).count("look-at-the-street-and-write-down-what-is-there") >= 1
    assert result.output.endswith("1 files, 1 scenarios, 3 problems\n")


def test_what_is_probably_not_meant_in_a_table_is_told_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "250")
    rows = ['< 5 -> "a"', '< 3 -> "b"', '- -> "c"']
    drawn = drawing.table(
        [drawing.column("amount", "amount", "number")], [drawing.output("fee")], rows, 'hitPolicy="FIRST"'
    )
    (folder / "dmn").mkdir()
    (folder / "dmn/fee.dmn").write_bytes(drawing.model(drawing.decision("fee", drawn)))
    result = check(folder)
    assert result.exit_code == 1
    assert "dmn/fee.dmn\n" in result.output
    assert "Row 2 of the decision “fee” never decides: wherever it fires, row 1 fires and comes first." in result.output
    assert result.output.endswith("2 files, 0 scenarios, 1 problems, 1 of them warnings\n")
