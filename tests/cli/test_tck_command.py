"""`hotline tck` counts the cases that come true, by folder and by level, and tells why others do not."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest
from click.testing import Result

from tests.cli.conftest import Hotline

OWN = Path(__file__).parents[1] / "dmn/kit"
LIMIT = "compliance-level-3/time-limit"


@pytest.fixture
def kit(tmp_path: Path) -> Path:
    return Path(copytree(OWN, tmp_path / "kit"))


def rows(result: Result) -> list[list[str]]:
    """What was printed, line by line, in words."""
    return [line.split() for line in result.output.splitlines()]


def test_a_kit_that_comes_true_ends_with_0_and_a_count_by_folder_and_level(hotline: Hotline) -> None:
    result = hotline("tck", str(OWN))
    assert result.exit_code == 0
    assert rows(result) == [
        ["level", "folder", "passed", "cases", "%"],
        ["compliance-level-2", "hit-policies", "5", "5", "100.0"],
        ["compliance-level-3", "time-limit", "3", "3", "100.0"],
        [],
        ["level", "passed", "cases", "%", "results", "passed", "results"],
        ["compliance-level-2", "5", "5", "100.0", "48", "48"],
        ["compliance-level-3", "3", "3", "100.0", "7", "7"],
        ["all", "8", "8", "100.0", "55", "55"],
    ]


@pytest.mark.parametrize(("part", "cases"), [("compliance-level-2", "5"), (LIMIT, "3"), (f"{LIMIT}/.", "3")])
def test_one_level_or_one_folder_can_be_played(hotline: Hotline, part: str, cases: str) -> None:
    result = hotline("tck", str(OWN / part))
    assert result.exit_code == 0
    assert rows(result)[-1][:3] == ["all", cases, cases]


def test_what_fails_is_listed_with_what_was_expected_and_why_it_is_not_so(hotline: Hotline, kit: Path) -> None:
    file = kit / LIMIT / "time-limit.dmn"
    file.write_text(file.read_text().replace("later(received,", "later(recieved,"))
    result = hotline("tck", str(kit / LIMIT))
    assert result.exit_code == 1
    assert rows(result)[1] == ["compliance-level-3", "time-limit", "1", "3", "33.3"]
    [told] = [line for line in result.output.splitlines() if "help deadline" in line]
    assert told.split()[:5] == ["time-limit", "help", "deadline", "2026-02-15", "null"]
    assert "no variable “recieved”" in told


def test_a_folder_bound_to_java_is_told_and_not_counted(hotline: Hotline, kit: Path) -> None:
    (kit / LIMIT).rename(kit / "compliance-level-3/0076-feel-external-java")
    (kit / "compliance-level-3/0076-feel-external-java/time-limit.dmn").unlink()
    result = hotline("tck", str(kit))
    assert result.exit_code == 0
    assert rows(result)[2] == [
        "compliance-level-3",
        "0076-feel-external-java",
        "3",
        *["left", "out:", "bound", "to", "Java"],
    ]
    assert rows(result)[-1][:3] == ["all", "5", "5"]


def test_what_cannot_be_read_fails_and_the_others_are_played(hotline: Hotline, kit: Path) -> None:
    (kit / LIMIT / "broken.xml").write_text("<testCases>")
    (kit / LIMIT / "other.xml").write_text("<other/>")
    (kit / "compliance-level-2/hit-policies/hit-policies.dmn").write_text("no model")
    result = hotline("tck", str(kit))
    assert result.exit_code == 1
    assert "the file is not well-formed XML" in result.output
    assert "the file holds no test cases" in result.output
    assert rows(result)[1:3] == [
        ["compliance-level-2", "hit-policies", "0", "5", "0.0"],
        ["compliance-level-3", "time-limit", "3", "5", "60.0"],
    ]


def test_a_model_that_is_not_there_is_named(hotline: Hotline, kit: Path) -> None:
    (kit / LIMIT / "time-limit.dmn").unlink()
    assert "time-limit.dmn: the test file names a model that is not there" in hotline("tck", str(kit)).output


def test_a_folder_without_test_cases_is_refused_with_a_way_out(hotline: Hotline, tmp_path: Path) -> None:
    result = hotline("tck", str(tmp_path))
    assert result.exit_code == 1
    assert result.output.startswith(f"Error: There are no test cases in {tmp_path}. Name the kit's folder")


def test_a_folder_that_is_not_there_is_refused(hotline: Hotline, tmp_path: Path) -> None:
    result = hotline("tck", str(tmp_path / "nowhere"))
    assert result.exit_code == 2
    assert "does not exist" in result.output
