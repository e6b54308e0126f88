"""Count a run's working days again, when the calendar has changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from service import feel
from service.bpmn import attributes, mappings
from service.bpmn.model import Element, StepEvent, Wait
from service.bpmn.run import Run
from service.bpmn.scopes import ROOT

# The property of a business rule task whose decision counts working days: `calendar` as its value.
DECIDE_AGAIN = "decideAgain"

# Variables by name, each with its value before and now.
Recounted = Mapping[str, tuple[Any, Any]]


def recount(run: Run, by_caller: Recounted) -> Recounted:
    """First the decisions of the process itself that are drawn with the property `decideAgain` = `calendar`, then the
    timers that are a date; answers which of its variables are others now.

    What a caller has counted again is set anew here too, where it still is what the caller gave.
    """
    before = dict(run.scopes.root)
    given = {name: now for name, (then, now) in by_caller.items() if name in before and before[name] == then}
    run.scopes.propagate(ROOT, given, run.changed)
    for element in run.model.elements.values():
        made = element.result_variable in run.scopes.seen_from(ROOT)
        named = element.decision and not element.decision.computed
        if named and made and element.properties.get(DECIDE_AGAIN) == "calendar":
            _decide_again(run, element)
    for wait_id, wait in list(run.waits.items()):
        task = run.waiting(wait_id)
        timer = run.element(task).timer
        if wait.kind == "timer" and timer and timer.kind == "date":
            told = attributes.of_timer(run, task, datetime.fromisoformat(task.internal_data["from"]))
            run.waits[wait_id] = Wait(wait.id, wait.kind, wait.element_id, wait.name, wait.number, told)
    return {name: (before.get(name), now) for name, now in run.scopes.root.items() if now != before.get(name)}


def _decide_again(run: Run, element: Element) -> None:
    """Put anew what comes of the decision; what its mappings set besides has gone its way since."""
    assert element.decision
    seen = run.scopes.seen_from(ROOT)
    outcome = run.context.decide(element.decision, seen)
    run.note(StepEvent("decision", element.id, 0, outcome.record))
    name = element.result_variable
    env = feel.Environment(now=run.context.now, working_days=run.context.working_days)
    fresh = {**seen, name: outcome.output}
    for target, source in element.outputs or ((name, None),):
        if source is None:
            run.scopes.propagate(ROOT, {target: outcome.output}, run.changed)
        elif source.expression and re.search(rf"\b{re.escape(name)}\b", source.text):
            value = feel.to_json(source.expression.evaluate(fresh, env))
            merged = mappings.nested(run.scopes.seen_from(ROOT), target, value)
            run.scopes.propagate(ROOT, merged, run.changed)
