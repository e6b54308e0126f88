"""What a conditional event waits for, as its file says: a part of the reader of diagrams."""

from __future__ import annotations

from service.bpmn.model import Condition
from service.bpmn.read.loop import Compiled, Told
from service.bpmn.vocabulary import BPMN, ZEEBE, Xml

CHANGES = frozenset({"create", "update"})


def condition(xml: Xml, definition: Xml, problem: Told, compiled: Compiled) -> Condition | None:
    """The condition of an event, with the filter that Camunda 8 knows for it; None with a problem told."""
    text = (definition.findtext(f"{{{BPMN}}}condition") or "").strip()
    if not text:
        problem(xml, "It has no condition.", "Write one in FEEL, like =amount > 100.")
        return None
    drawn = definition.find(f"{{{BPMN}}}extensionElements/{{{ZEEBE}}}conditionalFilter")
    names = _listed(drawn, "variableNames")
    changes = _listed(drawn, "variableEvents")
    for name in sorted(changes - CHANGES):
        text_ = f"Its filter names the change “{name}”, which there is not."
        problem(xml, text_, "Choose create, update or both.")
    for name in sorted(names):
        if name.startswith("="):
            problem(xml, "The variables of its filter are computed.", "Name them directly, or leave them out.")
    expression = compiled(text, xml, "condition")
    if expression is None:
        return None
    return Condition(expression, names or expression.names, changes or CHANGES)


def _listed(drawn: Xml | None, attribute: str) -> frozenset[str]:
    parts = drawn.get(attribute, "").split(",") if drawn is not None else []
    return frozenset(part.strip() for part in parts if part.strip())
