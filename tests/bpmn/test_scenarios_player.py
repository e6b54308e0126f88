"""A scenario comes true only if the diagram goes exactly as it tells; what differs is named with step and element."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from service import bpmn
from service.bpmn.scenario_files import ScenarioFailed, read_defaults, read_scenario
from service.bpmn.scenarios import Played, Stage, play
from service.clock import Clock
from service.errors import Invalid, Problem
from tests.diagrams import Node, diagram, end, job, mapping, message, message_root, script, start, timer, user

_FORM = '<zeebe:formDefinition formId="opinion" />'
_DECISION = '<zeebe:calledDecision decisionId="grade" resultVariable="grade" />'
_ERROR = '<bpmn:error id="E" errorCode="NOWHERE" />'
_CALLED = '<zeebe:calledElement processId="visit" />'
NODES = [
    start(),
    Node("businessRuleTask", "judge", _DECISION),
    user("handle", '=["dept-water"]', _FORM),
    timer("boundaryEvent", "late", "P5D", attachedToRef="handle", cancelActivity="false"),
    message("boundaryEvent", "withdrawn", attachedToRef="handle"),
    job("tell"),
    Node("boundaryEvent", "unknown", "", '<bpmn:errorEventDefinition errorRef="E" />', attachedToRef="tell"),
    Node("callActivity", "visit", _CALLED),
    Node("exclusiveGateway", "is-glad"),
    end("closed"),
    end("angry"),
    end("reminded"),
    end("gone"),
    end("lost"),
]
FLOWS = [
    "begin -> judge",
    "judge -> handle",
    "handle -> tell",
    "tell -> visit",
    "visit -> is-glad",
    "is-glad -> closed if glad",
    "is-glad -> angry default",
    "late -> reminded",
    "withdrawn -> gone",
    "unknown -> lost",
]
MODEL = bpmn.read_model(diagram("matter", NODES, FLOWS, root=message_root() + _ERROR), "matter.bpmn")
GLAD = """
title: The citizen is glad
start: {urgent: true}
steps:
  - candidates: handle
    groups: [dept-water]
  - expect: {grade.level: A, received: 2026-03-02T01:00:00Z}
  - waits: [handle]
  - fires: late
    on: 2026-03-07T09:00:00+08:00
  - passes: PT3H
  - waits: [handle, withdrawn]
  - completes: handle
    answers: {opinion: repaired}
  - does: tell
    answers: {sent_at: 2026-03-07T12:00:00+08:00}
  - calls: visit
    answers: {glad: true}
ends: closed
expect: {opinion: repaired, nothing.here: null}
"""


def _decide(reference: bpmn.Reference, variables: Mapping[str, Any], now: Clock) -> bpmn.DecisionOutcome:
    return bpmn.DecisionOutcome({"level": "A" if variables["urgent"] else "B"}, {})


def _check(form: bpmn.Reference, answers: Mapping[str, Any], seen: Mapping[str, Any], now: Clock) -> Mapping[str, Any]:
    if set(answers) != {form.target_id}:
        raise Invalid("The answers do not fit the form.", [Problem("opinion", "must be filled in")])
    return answers


def played(text: str, model: bpmn.ProcessModel = MODEL) -> Played:
    defaults = {"matter": "1", "urgent": False, "received": "2026-03-02T09:00:00+08:00"}
    return play(model, read_scenario(text, "glad.yaml", defaults), Stage(_decide, _check))


def failure(text: str, model: bpmn.ProcessModel = MODEL) -> str:
    failed = played(text, model).failure
    assert failed is not None
    return failed.message


def told(*steps: str, ends: str = "closed") -> str:
    return f"title: T\nsteps: [{', '.join('{' + one + '}' for one in steps)}]\n" + (f"ends: {ends}" if ends else "")


HANDLED = "completes: handle, answers: {opinion: x}"


def test_a_story_that_is_as_the_diagram_says_comes_true_and_tells_what_it_played() -> None:
    result = played(GLAD)
    assert result.failure is None
    assert set(MODEL.elements) - result.elements == {"withdrawn", "unknown", "angry", "gone", "lost"}
    assert set(MODEL.flows) - result.flows == {"f7", "f9", "f10"}


@pytest.mark.parametrize(
    ("was", "becomes", "named"),
    [
        ("groups: [dept-water]", "groups: [dept-gas]", "step 1 (candidates handle): Its candidate groups are dept-wat"),
        ("grade.level: A", "grade.level: B", 'step 2 (expect): grade.level is "A", not "B"'),
        (
            "waits: [handle]",
            "waits: [handle, tell]",
            "step 3 (waits): tell does not wait. What waits: handle (user tas",
        ),
        ("on: 2026-03-07", "on: 2026-03-08", "step 4 (fires late): It is due at 2026-03-07T09:00:00+08:00, not at 20"),
        ("passes: PT3H", "passes: 2026-03-01T09:00:00", "time does not go back"),
        ("passes: PT3H", "passes: P1M", "no fixed length"),
        ("passes: PT3H", "passes: P9999999999D", "“P9999999999D” is beyond the calendar"),
        ("passes: PT3H", "passes: 12026-03-02T09:00:00", "the year 12026 is out of range"),
        ("opinion: repaired}", "opinon: x}", "step 7 (completes handle): The answers do not fit the form. opinion: "),
        ("does: tell", "completes: tell", "step 8 (completes tell): tell waits as job; write `does`"),
        ("does: tell", "does: visit", "step 8 (does visit): visit does not wait now. What waits: tell (job)"),
        ("does: tell", "does: nobody", "step 8 (does nobody): The diagram matter has no element nobody"),
        ("glad: true}", "glad: 1}", "step 9 (calls visit): It cannot go on at is-glad"),
        ("glad: true}", "glad: false}", "It ended at angry, not at closed"),
        ("ends: closed", "ends: [closed, gone]", "It ended at closed, not at closed, gone"),
        ("expect: {opinion: repaired", "expect: {opinion: null", 'opinion is "repaired", not null'),
    ],
)
def test_what_differs_is_named_with_file_title_step_and_element(was: str, becomes: str, named: str) -> None:
    assert was in GLAD
    message = failure(GLAD.replace(was, becomes))
    assert message.startswith("glad.yaml “The citizen is glad”")
    assert named in message


def test_the_clock_passes_over_no_timer_that_waits() -> None:
    assert "The timer late is due before, at 2026-03-07" in failure(told("passes: P6D", HANDLED))
    assert played(told("passes: P5D", "waits: [handle, late]", ends="")).failure is None


def test_a_timer_that_comes_again_fires_each_time_at_its_instant() -> None:
    often = timer("boundaryEvent", "remind", "R2/PT1H", "timeCycle", attachedToRef="ask", cancelActivity="false")
    nodes = [start(), user("ask", more=mapping({"own": "number(matter)"})), often, end("reminded"), end()]
    flows = ["begin -> ask", "remind -> reminded", "ask -> done"]
    model = bpmn.read_model(diagram("p", nodes, flows), "p.bpmn")
    steps = [f"fires: remind, on: 2026-03-02T{hour}:00:00+08:00" for hour in (10, 11)]
    steps.append("expect: {own: 1}, at: ask")
    assert played(told(*steps, "completes: ask", ends="done"), model).failure is None
    assert "remind does not wait now" in failure(told(*steps, "fires: remind", ends="done"), model)


def test_an_end_that_is_not_reached_yet_is_told_with_what_waits() -> None:
    assert "It should be over, at closed, but is not. What waits: tell (job)." in failure(told(HANDLED))


def test_after_the_end_nothing_can_be_done() -> None:
    assert "step 2 (completes handle): The run is over already, at gone." in failure(
        told("receives: withdrawn", HANDLED)
    )


def test_messages_and_errors_lead_where_their_boundary_events_go() -> None:
    assert played(told("receives: withdrawn, answers: {why: none}", ends="gone")).failure is None
    assert played(told(HANDLED, "throws: tell, error: NOWHERE", ends="lost")).failure is None
    assert "“OTHER” is caught by no boundary event" in failure(told(HANDLED, "throws: tell, error: OTHER", ends="lost"))


def test_an_unfinished_story_ends_with_what_waits() -> None:
    assert played(told("waits: [handle, late, withdrawn]", ends="")).failure is None
    with pytest.raises(ScenarioFailed, match="It has no `ends`"):
        played(told(HANDLED, ends=""))


def test_a_diagram_that_gets_stuck_at_once_is_named_by_its_element() -> None:
    model = bpmn.read_model(
        diagram("p", [start(), Node("exclusiveGateway", "which"), end("a"), end("b")],
                ["begin -> which", "which -> a if 1", "which -> b default"]), "p.bpmn"
    )  # fmt: skip
    assert "It cannot go on at which" in failure("title: T\nends: a", model)


def test_scripts_run_and_a_message_start_event_is_named_by_at() -> None:
    nodes = [message("startEvent", "asked"), script("double", "2 * count", "count"), end()]
    model = bpmn.read_model(diagram("p", nodes, ["asked -> double", "double -> done"], root=message_root()), "p.bpmn")
    text = "title: T\nat: asked\nstart: {count: 2}\nends: done\nexpect: {count: 4}"
    assert played(text, model).failure is None
    assert "no such start event" in failure("title: T\nat: elsewhere\nends: done", model)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("title: T\nend: done", "end: unknown in a scenario"),
        ("ends: done", "no title"),
        ("title: T\nsteps: [{does: a, calls: b}]\nends: x", "step 1: A step has exactly one of"),
        ("title: T\nsteps: [{does: a, answer: {}}]\nends: x", "answer: unknown in a step that does"),
        ("title: T\nsteps: [{throws: a}]\nends: x", "needs `error`"),
        ("title: T\nsteps: [{does: [a]}]\nends: x", "there must be text"),
        ("title: T\nsteps: {does: a}\nends: x", "Under `steps` there must be a list"),
        ("title: T\nnow: today\nends: x", "“today” is no date and time"),
        ("title: T\nends: {a: b}", "Under `ends`"),
        ("title: T\ntitle: U\nends: x", "twice"),
        ("title: &a T\nends: *a", "anchors"),
        ("title: !!python/name:os T", "tags"),
        ("title: [", "no YAML"),
        ("T", "no mapping"),
    ],
)
def test_a_file_that_cannot_be_played_is_refused_in_words(text: str, named: str) -> None:
    with pytest.raises(ScenarioFailed, match=r"a\.yaml") as refused:
        read_scenario(text, "a.yaml", {})
    assert named in refused.value.message


def test_the_example_that_is_shown_to_people_can_be_read(project: Path) -> None:
    shown = (project / "tests/scenarios/README.md").read_text("utf-8").split("```")[1].removeprefix("yaml")
    assert [one.action for one in read_scenario(shown, "README.md", {}).steps][:2] == ["candidates", "completes"]


def test_values_are_read_as_json_would_read_them() -> None:
    text = "start: {day: 2026-03-02, at: 09:30, on: yes, off: no, code: 0123, count: -3, part: 1.50, none: , is: true}"
    assert read_defaults(text, "start.yaml") == {
        "day": "2026-03-02",
        "at": "09:30",
        "on": "yes",
        "off": "no",
        "code": "0123",
        "count": -3,
        "part": 1.5,
        "none": None,
        "is": True,
    }
