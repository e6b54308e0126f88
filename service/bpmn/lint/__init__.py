"""What is wrong with a diagram as a whole: found before it is deployed, all at once, each with a way to mend it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.bpmn import four_eyes, timers
from service.bpmn.ad_hoc import activatable
from service.bpmn.lint import activities, ad_hoc, circles, events, gateways, listeners, names, transactions
from service.bpmn.model import MultiInstance, ProcessModel
from service.errors import Problem

_WITH_JOB = frozenset({"serviceTask", "sendTask"})
# What FEEL can read: a name, or a way into a context.
_VARIABLE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")

Found = Iterator[tuple[str, str, str]]  # element id, message, mend


def problems(model: ProcessModel, filename: str) -> list[Problem]:
    """Every problem of a model, and what can run, though it is probably not meant, as a warning."""
    checks = (_ids, *events.CHECKS, _timers, _properties, _names, _literals, _flows, _reach)
    every = (
        *checks,
        circles.endless,
        *gateways.CHECKS,
        listeners.listened,
        listeners.prioritised,
        names.found_by,
        ad_hoc.activated,
        activities.repeated,
        activities.compensated,
        four_eyes.done_by_others,
        transactions.cancelled,
    )
    warnings = (*events.WARNINGS, *gateways.WARNINGS, circles.unending, _lost)
    found = [Problem(*one, filename) for check in every for one in check(model)]
    return found + [Problem(*one, filename, True) for check in warnings for one in check(model)]


def _ids(model: ProcessModel) -> Found:
    if not model.id:
        yield "process", "The process has no id.", "Give it one, named like its file."
    for one in model.elements.values():
        if not one.id:
            yield one.type, "An element has no id.", "Give it one."


def _timers(model: ProcessModel) -> Found:
    for one in model.elements.values():
        if one.timer is None:
            continue
        begins = one.type == "startEvent" and one.parent_id == model.id
        comes_again = begins or (one.type in ("startEvent", "boundaryEvent") and not one.interrupting)
        if one.timer.kind == "cycle" and not comes_again:
            yield one.id, "The timer is a cycle, but happens once.", "Write a duration or a date."
        value = one.timer.value
        if value.expression is None:
            wrong = timers.check_static(one.timer.kind, value.text)
            if wrong:
                yield one.id, f"The timer “{value.text}” is wrong: {wrong}.", "Write ISO 8601 or FEEL."
        elif begins and value.expression.names:
            names = ", ".join(sorted(value.expression.names))
            yield (
                one.id,
                f"The timer reads {names}, but nothing is set before the start.",
                "Write it without variables.",
            )


def _properties(model: ProcessModel) -> Found:
    for one in model.elements.values():
        throws = one.type in ("intermediateThrowEvent", "endEvent") and one.event == "message"
        if (one.type in _WITH_JOB or throws) and (one.job is None or not one.job.type.text):
            yield one.id, "It has no job type.", "Fill in the type of its task definition."
        if one.type == "businessRuleTask" and one.decision is None and one.job is None:
            yield one.id, "It calls no decision.", "Choose a decision by its id."
        if one.type == "businessRuleTask" and one.decision and not one.result_variable:
            yield one.id, "Its decision has no result variable.", "Name the variable."
        if one.type == "scriptTask" and one.script is None and one.job is None:
            yield one.id, "It has no FEEL script.", "Write the script as FEEL expression; nothing else is run."
        if one.type == "scriptTask" and one.script and not one.result_variable:
            yield one.id, "Its script has no result variable.", "Name the variable."
        if one.job and (one.decision or one.script):
            yield one.id, "It is a job and something else too, so one of them is never done.", "Keep one of them."
        if one.type == "callActivity" and one.call is None:
            yield one.id, "It calls no process.", "Choose a process by its id."


def _names(model: ProcessModel) -> Found:
    for one in model.elements.values():
        looped = (one.loop.member, one.loop.output) if isinstance(one.loop, MultiInstance) else ()
        collected = one.ad_hoc.output if one.ad_hoc else ""
        for name in (one.result_variable, collected, *looped, *(target for target, _ in (*one.inputs, *one.outputs))):
            if name and not _VARIABLE.fullmatch(name):
                yield one.id, f"“{name}” is no name of a variable.", "Use letters, digits and _; no digit first."


def _literals(model: ProcessModel) -> Found:
    """Values that are written out can be checked before anybody waits for them."""
    for one in model.elements.values():
        task, job = one.user_task, one.job
        for what, text, fits, mend in (
            ("number of tries", job and job.retries, str.isdigit, "Write a whole number, or FEEL."),
            ("priority", task and task.priority, _is_priority, "Write a number from 0 to 100, or FEEL."),
            ("due date", task and task.due_date, _is_instant, "Write 2026-03-01T09:00:00+08:00, or FEEL."),
            ("follow-up date", task and task.follow_up_date, _is_instant, "Write 2026-03-01T09:00:00+08:00, or FEEL."),
        ):
            if text and text.expression is None and not fits(text.text):
                yield one.id, f"Its {what} “{text.text}” is wrong.", mend


def _is_priority(text: str) -> bool:
    return text.isdigit() and int(text) <= 100


def _is_instant(text: str) -> bool:
    try:
        timers.moment(text)
    except timers.BadTimer:
        return False
    return True


def _flows(model: ProcessModel) -> Found:
    for flow in model.flows.values():
        source, target = model.elements.get(flow.source), model.elements.get(flow.target)
        if source is None or target is None:
            yield flow.id, "The flow does not join two elements.", "Draw it again."
            continue
        if source.parent_id != target.parent_id:
            yield flow.id, "The flow crosses the border of a sub-process.", "End it inside."


def _reach(model: ProcessModel) -> Found:
    starts = [one for one in model.elements.values() if one.type == "startEvent"]
    for scope in (model.id, *(one.id for one in model.elements.values() if one.type.endswith("ubProcess"))):
        inside, kind = [one for one in starts if one.parent_id == scope], _type(model, scope)
        if kind == "adHocSubProcess":
            continue
        if not inside:
            yield scope, "It has no start event.", "Draw one."
        elif kind == "eventSubProcess" and (len(inside) > 1 or not inside[0].event):
            yield scope, "An event sub-process begins with one event that happens.", "Draw it so."
        elif kind == "subProcess" and (len(inside) > 1 or inside[0].event):
            yield scope, "A sub-process begins with one plain start event.", "Draw it so."
    if sum(one.event == "" for one in starts if one.parent_id == model.id) > 1:
        yield model.id, "The process has several plain start events.", "Keep one."


def _lost(model: ProcessModel) -> Found:
    """What no way leads to: Camunda 8 lets it lie there."""
    starts = [one for one in model.elements.values() if one.type == "startEvent"]
    seen: set[str] = set()
    ahead = [*(one.id for one in starts), *(one.id for one in model.elements.values() if one.type == "eventSubProcess")]
    ahead += [each.id for one in model.elements.values() if one.ad_hoc for each in activatable(model, one.id)]
    while ahead:
        id_ = ahead.pop()
        element = model.elements.get(id_)
        if id_ in seen or element is None:
            continue
        seen.add(id_)
        ahead.extend(model.flows[flow].target for flow in element.outgoing if flow in model.flows)
        ahead.extend(boundary.id for boundary in model.boundaries.get(id_, ()))
        if element.handler:
            ahead.append(element.handler)
        ahead.extend({model.links.get(id_, id_)} - seen)
    begun = {one.parent_id for one in starts} | {one.id for one in model.elements.values() if one.ad_hoc}
    for one in model.elements.values():
        if one.id not in seen and one.parent_id in begun:
            yield one.id, f"“{one.name or one.id}” is never reached.", "Join it to the others, or remove it."


def _type(model: ProcessModel, id_: str) -> str:
    return "" if id_ == model.id else model.elements[id_].type
