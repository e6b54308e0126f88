"""A folder is checked as a deployment would, and as its scenarios tell it; every problem is told at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from service.engine import rehearsal
from tests.diagrams import Node, diagram, end, job, start, user

_GRADE = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="grade-model" name="g" namespace="n">
<decision id="grade" name="Grade"><variable name="Grade"/><literalExpression><text>if urgent then "A" else "B"</text>
</literalExpression></decision></definitions>"""
_OPINION = {
    "id": "opinion",
    "type": "default",
    "components": [{"type": "textfield", "key": "opinion", "label": "意见"}],
}
_STORY = """title: {title}
start: {{urgent: true}}
steps:
  - does: tell
  - completes: handle
    answers: {{{answer}: yes}}
ends: done
expect: {{grade: {grade}}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project without a problem."""
    decision = '<zeebe:calledDecision decisionId="grade" resultVariable="grade" />'
    form = '<zeebe:formDefinition formId="opinion" bindingType="deployment" />'
    nodes = [start(), Node("businessRuleTask", "judge", decision), job("tell", "send-notice")]
    nodes += [user("handle", more=form), end()]
    flows = ["begin -> judge", "judge -> tell", "tell -> handle", "handle -> done"]
    write(tmp_path / "processes/matter.bpmn", diagram("matter", nodes, flows).decode())
    write(tmp_path / "dmn/grade.dmn", _GRADE)
    write(tmp_path / "forms/opinion.form", json.dumps(_OPINION))
    tell(tmp_path)
    return tmp_path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def tell(folder: Path, name: str = "all", *, title: str = "T", answer: str = "opinion", grade: str = "A") -> None:
    write(folder / f"tests/scenarios/matter/{name}.yaml", _STORY.format(title=title, answer=answer, grade=grade))


def change(folder: Path, name: str, was: str, becomes: str) -> None:
    path = folder / name
    assert was in path.read_text("utf-8")
    write(path, path.read_text("utf-8").replace(was, becomes))


def problems(folder: Path) -> list[tuple[str, str, str]]:
    found = rehearsal.check(folder, {"send-notice"}).problems
    assert all(one.mend for one in found)
    return [(one.file, one.element_id, one.message) for one in found]


def test_a_folder_in_order_has_no_problem_and_is_counted(folder: Path) -> None:
    report = rehearsal.check(folder, {"send-notice"})
    assert (report.problems, report.files, report.scenarios) == ((), 3, 1)


def test_what_a_diagram_refers_to_must_be_in_the_folder(folder: Path) -> None:
    (folder / "dmn/grade.dmn").unlink()
    (folder / "forms/opinion.form").unlink()
    told = problems(folder)
    assert ("processes/matter.bpmn", "handle", "It refers to the form “opinion”, which is not deployed.") in told
    assert ("processes/matter.bpmn", "judge", "It refers to the decision “grade”, which is not deployed.") in told


def test_a_table_that_cannot_be_read_is_not_told_as_missing_too(folder: Path) -> None:
    change(folder, "dmn/grade.dmn", "if urgent", "if if")
    told = problems(folder)
    assert [file for file, _, _ in told] == ["dmn/grade.dmn", "processes/matter.bpmn"]
    assert told[1][2] == "Its 1 scenarios were not played: its decision grade is in no file that can be read."


def test_scenarios_of_a_diagram_that_cannot_be_read_are_told_once(folder: Path) -> None:
    tell(folder, "again", title="Again")
    change(folder, "processes/matter.bpmn", "handle", "handle &")
    told = problems(folder)
    assert {file for file, _, _ in told} == {"processes/matter.bpmn"}
    assert told[-1][2] == "Its 2 scenarios were not played: the diagram cannot be read."


def test_an_id_that_two_files_hold_is_told(folder: Path) -> None:
    write(folder / "dmn/marks.dmn", _GRADE.replace("grade-model", "mark-model"))
    assert problems(folder) == [("dmn/marks.dmn", "grade", "The same decision id is in dmn/grade.dmn too.")]


def test_a_job_type_without_handler_is_told_unless_a_worker_outside_does_it(folder: Path) -> None:
    change(folder, "processes/matter.bpmn", 'type="send-notice"', 'type="send-notise"')
    assert problems(folder) == [("processes/matter.bpmn", "tell", "No handler does jobs of the type “send-notise”.")]
    outside = '<zeebe:properties><zeebe:property name="external" value="true" /></zeebe:properties>'
    change(
        folder, "processes/matter.bpmn", '<zeebe:taskDefinition type="send-notise" />', outside + _type("send-notise")
    )
    assert problems(folder) == []


def _type(name: str) -> str:
    return f'<zeebe:taskDefinition type="{name}" />'


def test_elements_and_flows_that_no_scenario_plays_are_told(folder: Path) -> None:
    write(folder / "tests/scenarios/matter/all.yaml", "title: T\nstart: {urgent: true}\nsteps: [{waits: [tell]}]")
    told = {element for _, element, message in problems(folder) if message.endswith("is played by no scenario.")}
    assert told == {"handle", "done", "f3", "f4"}


def test_a_scenario_that_fails_is_told_with_its_file_step_and_element(folder: Path) -> None:
    tell(folder, "wrong-form", title="Wrong form", answer="opinon")
    tell(folder, "wrong-grade", grade="B")
    assert problems(folder) == [
        (
            "tests/scenarios/matter/wrong-form.yaml",
            "handle",
            "“Wrong form”, step 2 (completes handle): The answers do not fit the form opinion."
            " opinon: the form does not ask for it.",
        ),
        ("tests/scenarios/matter/wrong-grade.yaml", "", '“T”: grade is "A", not "B".'),
    ]


def test_a_scenario_of_no_process_is_told(folder: Path) -> None:
    write(folder / "tests/scenarios/mater/all.yaml", "title: T\nends: done")
    ((file, _, message),) = problems(folder)
    assert file == "tests/scenarios/mater"
    assert message == "Its 1 scenarios were not played: there is no readable process mater, like the folder."


def test_the_defaults_of_a_folder_come_from_its_start_file(folder: Path) -> None:
    change(folder, "tests/scenarios/matter/all.yaml", "start: {urgent: true}", "")
    write(folder / "tests/scenarios/matter/start.yaml", "start: {urgent: true}")
    assert problems(folder) == []


def test_whoever_has_done_what_is_in_no_process_is_told(folder: Path) -> None:
    names = '<zeebe:properties><zeebe:property name="notBy" value="{}" /></zeebe:properties>'
    for named, problems in (("matter/handle", []), ("matter/judge", ["then"]), ("nothing/handle", ["then"])):
        nodes = [start(), user("then", more=names.format(named)), end()]
        write(folder / "processes/other.bpmn", diagram("other", nodes, ["begin -> then", "then -> done"]).decode())
        found = rehearsal.check(folder, {"send-notice"}).problems
        assert [one.element_id for one in found if "notBy" in one.message] == problems
