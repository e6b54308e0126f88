"""Scenarios of activities that are done for each member of a collection, or undone."""

from __future__ import annotations

from service import bpmn
from service.bpmn.scenario_files import read_scenario
from service.bpmn.scenarios import Played, Stage, play
from tests.bpmn.test_compensation import drawn, throw, undone
from tests.diagrams import diagram, each, end, job, start, user

ASK = each(user("ask", "=[unit]"), "units", member="unit", output="answers", result="answer")
MODEL = bpmn.read_model(diagram("p", [start(), ASK, end()], ["begin -> ask", "ask -> done"]), "p.bpmn")


def no_decision(*_: object) -> bpmn.DecisionOutcome:
    raise AssertionError("nothing is decided here")


def played(model: bpmn.ProcessModel, text: str) -> Played:
    return play(
        model, read_scenario(f"title: t\n{text}", "t.yaml", {}), Stage(no_decision, lambda _, given, *__: given)
    )


def test_a_step_means_the_member_that_it_names_or_the_oldest() -> None:
    steps = """
start: {units: [a, b, c]}
steps:
  - waits: [ask, ask, ask]
  - candidates: ask
    groups: [b]
    member: 2
  - completes: ask
    member: 3
    answers: {answer: third}
  - expect: {unit: b, loopCounter: 2}
    at: ask
    member: 2
  - completes: ask
    answers: {answer: first}
  - completes: ask
    answers: {answer: second}
ends: done
expect: {answers: [first, second, third]}
"""
    told = played(MODEL, steps)
    assert told.failure is None
    assert told.elements == {"begin", "ask", "done"}


def test_a_member_that_does_not_wait_is_told() -> None:
    told = played(MODEL, "start: {units: [a]}\nsteps:\n  - completes: ask\n    member: 2\nends: done\n")
    assert "does not wait for member 2" in str(told.failure)


def test_what_undoes_is_played_like_all_else() -> None:
    flows = ["begin -> a", "a -> undo", "undo -> done"]
    model = bpmn.read_model(drawn(flows, undone(job("a")), throw("undo"), end()), "p.bpmn")
    told = played(model, "steps:\n  - does: a\n  - waits: [undo-a]\n  - does: undo-a\nends: done\n")
    assert told.failure is None
    assert told.elements == set(model.elements)
