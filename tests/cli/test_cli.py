"""The same steps from a terminal: what is done there is there, and what goes wrong says the way out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import Result

from tests.cli.conftest import Hotline
from tests.diagrams import Node, diagram, end, start, user
from tests.dmn import drawing
from tests.server import Server

pytestmark = pytest.mark.of_one_store

REPORT = diagram("report", [start(), user("look"), end()], ["begin -> look", "look -> done"])


@pytest.fixture
def report(tmp_path: Path) -> Path:
    file = tmp_path / "report.bpmn"
    file.write_bytes(REPORT)
    return file


def key_in(result: Result) -> str:
    found = re.search(r"\d{6,}", result.output)
    assert found, result.output
    return found[0]


def test_a_diagram_is_deployed_started_claimed_and_completed(hotline: Hotline, report: Path) -> None:
    assert "report" in hotline("deploy", str(report)).output
    assert hotline("start", "report", "place=north").exit_code == 0
    key = key_in(hotline("tasks"))
    assert "is li's" in hotline("claim", key, "li").output
    assert "li" in hotline("tasks", "--assignee", "li").output
    assert hotline("complete", key, "seen=true").exit_code == 0
    assert "No task is open" in hotline("tasks", "--assignee", "li").output


def test_a_table_that_is_probably_not_meant_is_deployed_with_a_warning(hotline: Hotline, tmp_path: Path) -> None:
    file = tmp_path / "fee.dmn"
    rows = ['"north" -> "5"', '"north" -> "5"']
    drawn = drawing.table([drawing.column("place", "place", "string")], [drawing.output("fee")], rows)
    file.write_bytes(drawing.model(drawing.decision("fee", drawn)))
    answer = hotline("deploy", str(file))
    assert answer.exit_code == 0
    assert "Row 2 of the decision “fee” says the same as row 1." in answer.output


def test_a_task_that_is_taken_stays_with_who_has_it(hotline: Hotline, report: Path) -> None:
    hotline("deploy", str(report))
    hotline("start", "report")
    key = key_in(hotline("tasks"))
    hotline("claim", key, "li")
    second = hotline("claim", key, "wang")
    assert second.exit_code == 1
    assert "li" in second.output
    assert hotline("claim", key, "wang", "--take-over").exit_code == 0


def test_the_path_of_an_instance_names_its_elements_and_people(hotline: Hotline, report: Path) -> None:
    hotline("deploy", str(report))
    instance = key_in(hotline("start", "report"))
    hotline("complete", key_in(hotline("tasks")))
    drawn = hotline("path", instance).output
    assert [word for word in ("begin", "look", "done") if word in drawn] == ["begin", "look", "done"]


def test_a_number_keeps_the_digits_that_were_typed(hotline: Hotline, tmp_path: Path) -> None:
    file = tmp_path / "share.bpmn"
    nodes = [start(), Node("exclusiveGateway", "is-third"), end("whole"), end("cut")]
    flows = ["begin -> is-third", "is-third -> whole if share = 1 / 3", "is-third -> cut default"]
    file.write_bytes(diagram("share", nodes, flows))
    hotline("deploy", str(file))
    drawn = hotline("path", key_in(hotline("start", "share", "share=0." + "3" * 34))).output
    assert ("whole" in drawn, "cut" in drawn) == (True, False)


def test_a_diagram_that_does_not_fit_tells_each_problem_with_its_element(hotline: Hotline, tmp_path: Path) -> None:
    file = tmp_path / "broken.bpmn"
    form = '<zeebe:formDefinition formId="no-such-form" />'
    file.write_bytes(diagram("broken", [start(), user("look", more=form), end()], ["begin -> look", "look -> done"]))
    refused = hotline("deploy", str(file))
    assert refused.exit_code == 1
    assert "broken.bpmn: look" in refused.output


def test_nothing_to_do_tells_what_to_do(hotline: Hotline) -> None:
    assert "Tasks appear when" in hotline("tasks").output
    assert "No incident" in hotline("incidents").output


def test_an_answer_that_is_no_pair_names_it(hotline: Hotline) -> None:
    refused = hotline("complete", "1", "seen")
    assert "“seen” is no NAME=VALUE" in refused.output


def test_a_service_that_does_not_answer_tells_how_to_start_it(hotline: Hotline) -> None:
    refused = hotline("--url", "http://127.0.0.1:1", "tasks")
    assert refused.exit_code == 1
    assert "make run" in refused.output


def test_commands_speak_to_a_service_that_runs(hotline: Hotline, tmp_path: Path, report: Path) -> None:
    with Server(f"sqlite:///{tmp_path / 'served.db'}") as server:
        assert hotline("--url", server.url, "deploy", str(report)).exit_code == 0
        assert hotline("--url", server.url, "start", "report").exit_code == 0
        assert key_in(hotline("--url", server.url, "tasks"))


def test_a_system_is_given_a_token_for_a_scope_and_it_is_taken_back(hotline: Hotline) -> None:
    given = hotline("tokens", "give", "interface", "--scope", "jobs", "--label", "letters")
    assert given.exit_code == 0, given.output
    listed = hotline("tokens", "list", "interface").output
    (id_,) = [line.split()[0] for line in listed.splitlines() if "letters" in line]
    assert given.stdout.strip() not in listed
    assert "jobs" in listed
    assert hotline("tokens", "take-back", id_).exit_code == 0
    assert "letters" not in hotline("tokens", "list", "interface").output
