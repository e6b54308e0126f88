"""Which clauses are carried: read from what is drawn and from the list, and what is said if a carrier is gone."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from service.app import served
from service.errors import Invalid
from service.hotline import clauses, coverage

ROUTES = frozenset({("GET", "track.track")})
CLAUSES = """
actors:
  unit: {zh: 承办单位, en: Unit}
clauses:
- {id: A1, article: 1, paragraph: ¶1, actor: unit, zh: 签收, en: A unit signs in}
- {id: A2.1, article: 2, paragraph: ¶1, actor: unit, zh: 办理, en: A unit handles}
- {id: A2.i1, article: 2, paragraph: (1), actor: unit, zh: 答复, en: A unit replies}
"""
PROCESS = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">
<process id="handling" name="办理"><laneSet id="lanes"><lane id="desk" name="受理台"/></laneSet>
<userTask id="sign-in" name="签收"><extensionElements><zeebe:properties>
<zeebe:property name="name:en" value="Sign in" /><zeebe:property name="clauses" value="A1 A2.1" />
</zeebe:properties></extensionElements></userTask></process></definitions>"""
TABLE = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"><decision id="limit"><decisionTable id="t">
<rule id="five-days"><description>第一条：五天 [A1 A2.1]</description></rule>
<rule id="no-clause"><description>[A1] 放在前面不算</description></rule></decisionTable></decision></definitions>"""
FORM = {
    "id": "handle",
    "components": [
        {"type": "group", "components": [{"key": "reply", "label": "答复", "properties": {"clauses": "A2.i1"}}]}
    ],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project of three clauses; a diagram carries two of them."""
    for name in ("processes", "dmn", "forms", "regulation", "tests"):
        (tmp_path / name).mkdir()
    (tmp_path / "regulation/clauses.yaml").write_text(CLAUSES, "utf-8")
    (tmp_path / "processes/handling.bpmn").write_text(PROCESS, "utf-8")
    (tmp_path / "tests/test_reply.py").write_text("def test_it_is_sent(): ...\n", "utf-8")
    (tmp_path / "tests/stories").mkdir()
    (tmp_path / "tests/stories/reply.yaml").write_text("path: {handling: sign-in}", "utf-8")
    (tmp_path / "tests/stories/other.yaml").write_text("path: {handling: reply}", "utf-8")
    return tmp_path


def carriers(folder: Path, clause: str) -> list[str]:
    return [str(one) for one in coverage.look(folder, ROUTES).by[clause]]


def problems(folder: Path) -> list[str]:
    return [str(one) for one in coverage.look(folder, ROUTES).problems]


def listed(folder: Path, text: str) -> None:
    (folder / "regulation/carriers.yaml").write_text(text, "utf-8")


def test_elements_rules_and_fields_say_what_they_carry(folder: Path) -> None:
    (folder / "dmn/limit.dmn").write_text(TABLE, "utf-8")
    (folder / "forms/handle.form").write_text(json.dumps(FORM), "utf-8")
    assert carriers(folder, "A1") == ["element processes/handling.bpmn#sign-in", "rule dmn/limit.dmn#five-days"]
    assert carriers(folder, "A2.i1") == ["field forms/handle.form#reply"]
    seen = coverage.look(folder, ROUTES)
    assert [dict(one.name) for one in seen.by["A2.1"]] == [
        {"zh": "签收", "en": "Sign in"},
        {"zh": "第一条：五天", "en": "第一条：五天"},
    ]
    assert (seen.carried, seen.not_carried, seen.problems) == (["A1", "A2.1", "A2.i1"], [], ())


@pytest.mark.parametrize("holder", ['<process id="handling" name="办理">', '<lane id="desk" name="受理台"/>'])
def test_a_whole_process_and_a_lane_can_carry_a_clause(folder: Path, holder: str) -> None:
    said = '<extensionElements><zeebe:properties><zeebe:property name="clauses" value="A2.i1" /></zeebe:properties>'
    said += "</extensionElements>"
    held = holder + said if holder.endswith('">') else f"{holder[:-2]}>{said}</lane>"
    (folder / "processes/handling.bpmn").write_text(PROCESS.replace(holder, held), "utf-8")
    kind, id_ = ("process", "handling") if "<process" in holder else ("lane", "desk")
    assert carriers(folder, "A2.i1") == [f"{kind} processes/handling.bpmn#{id_}"]


def test_a_carrier_that_is_gone_is_a_problem_even_if_another_is_left(folder: Path) -> None:
    (folder / "dmn/limit.dmn").write_text(TABLE, "utf-8")
    coverage.keep(folder, coverage.look(folder, ROUTES))
    assert problems(folder) == []
    (folder / "processes/handling.bpmn").write_text(PROCESS.replace("A1 A2.1", "A2.1"), "utf-8")
    told = "regulation/carried.yaml: A1: The element processes/handling.bpmn#sign-in carries it no more"
    assert [one.partition(": A unit")[0] for one in problems(folder)] == [told]
    (folder / "dmn/limit.dmn").write_text(TABLE.replace("[A1 A2.1]", "[A2.1]"), "utf-8")
    assert [one.partition(": A unit")[0].endswith("nothing else does") for one in problems(folder)] == [True, True]


def test_what_is_kept_grows_in_the_order_of_the_law_and_never_shrinks(folder: Path) -> None:
    assert coverage.keep(folder, coverage.look(folder, ROUTES)) == ["A1", "A2.1"]
    (folder / "processes/handling.bpmn").write_text(PROCESS.replace("A1 A2.1", "A2.i1 A2.1"), "utf-8")
    assert coverage.keep(folder, coverage.look(folder, ROUTES)) == ["A2.i1"]
    by = ["element processes/handling.bpmn#sign-in"]
    assert coverage.kept(folder) == {"A1": by, "A2.1": by, "A2.i1": by}
    assert len(problems(folder)) == 1


def test_a_clause_that_nobody_knows_is_a_problem_where_it_is_said(folder: Path) -> None:
    (folder / "processes/handling.bpmn").write_text(PROCESS.replace("A1 A2.1", "A1 A99"), "utf-8")
    listed(folder, "A98: [{route: GET track.track}]")
    assert [one.partition(", which")[0] for one in problems(folder)] == [
        "processes/handling.bpmn: sign-in: It says that it carries the clause “A99”",
        "regulation/carriers.yaml: track.track: It says that it carries the clause “A98”",
    ]


@pytest.mark.parametrize(
    ("there", "gone"),
    [
        ("route: GET track.track", "route: POST track.track"),
        ("page: GET track.track", "page: GET track.trace"),
        ("permission: tests/test_reply.py::test_it_is_sent", "permission: tests/test_reply.py::may"),
        ("test: tests/test_reply.py::test_it_is_sent", "test: tests/test_answer.py::test_it_is_sent"),
        ("test: tests/test_reply.py::test_it_is_sent", "story: tests/stories/answer.yaml"),
    ],
)
def test_what_is_listed_and_not_there_is_a_problem(folder: Path, there: str, gone: str) -> None:
    listed(folder, f"A2.i1: [{{{there}}}]")
    assert problems(folder) == []
    listed(folder, f"A2.i1: [{{{there}}}, {{{gone}}}]")
    assert ["which is not there" in one for one in problems(folder)] == [True]


def test_a_test_proves_a_clause_and_does_not_carry_it(folder: Path) -> None:
    listed(folder, "A2.i1: [{test: 'tests/test_reply.py::test_it_is_sent'}]")
    assert coverage.look(folder, ROUTES).not_carried == ["A2.i1"]


def test_a_story_proves_only_what_it_goes_by(folder: Path) -> None:
    listed(folder, "A1: [{story: tests/stories/reply.yaml}]\nA2.1: [{story: tests/stories/other.yaml}]")
    assert ["goes by no element that carries it" in one for one in problems(folder)] == [True]


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("carriers.yaml", "A1: [{poem: by heart}]", "poem"),
        ("carriers.yaml", "A1: [{route: track}]", "lacks a part"),
        ("carriers.yaml", "A1: track", "cannot be understood"),
        ("carried.yaml", "A1: yes", "does not list"),
        ("carried.yaml", "- A1", "does not list"),
        ("clauses.yaml", "clauses: [{id: A1}]", "does not tell the clauses"),
        ("clauses.yaml", CLAUSES.replace("A2.i1", "A2.1"), "twice"),
    ],
)
def test_files_that_cannot_be_understood_are_named(folder: Path, file: str, text: str, told: str) -> None:
    (folder / "regulation" / file).write_text(text, "utf-8")
    with pytest.raises(Invalid) as refused:
        coverage.look(folder, ROUTES)
    assert file in refused.value.message
    assert told in refused.value.message


def test_nothing_that_must_be_carried_has_lost_its_carrier(project: Path) -> None:
    """The check of this project: what is named is there, and what was carried once still is."""
    seen = coverage.look(project, served())
    assert [str(one) for one in seen.problems] == []
    assert len(coverage.kept(project)) == 120


def test_no_clause_stands_twice_among_the_carriers(project: Path) -> None:
    """What stands first would be lost without a word."""
    for name in ("carriers.yaml", "carried.yaml"):
        lines = (project / "regulation" / name).read_text("utf-8").splitlines()
        ids = [line for line in lines if line.startswith("A")]
        assert sorted(ids) == sorted(set(ids))


def test_the_regulation_has_120_clauses_of_41_articles(project: Path) -> None:
    known = clauses.read(project)
    ids = list(known)
    # Where the dossier of the regulation lies beside the project, the ids are those of its list.
    beside = project.parent / "shared/regulation/clauses.csv"
    if beside.is_file():
        with beside.open(encoding="utf-8", newline="") as opened:
            assert ids == [row["id"] for row in csv.DictReader(opened)]
    assert len(ids) == 120
    assert sorted({one.article for one in known.values()}) == list(range(1, 42))
    assert all(one.id.split(".")[0] == f"A{one.article}" for one in known.values())
