"""Which flows a token takes where conditions choose: gateways, and activities that conditional flows leave.

Conditions are asked in the order of the file, the default flow is last (BPMN 2.0, 13.4.2, 13.4.3 and 13.3.2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from SpiffWorkflow.task import Task

from service.bpmn.incident_words import shown
from service.bpmn.model import Element, Flow, ProcessModel
from service.errors import StuckError

if TYPE_CHECKING:
    from service.bpmn.standing import Standing


def one_way(run: Standing, task: Task, model: ProcessModel, element: Element) -> tuple[str, ...]:
    """The first flow whose condition holds, else the default. Raises StuckError if there is neither."""
    flows = [model.flows[flow] for flow in element.outgoing]
    for flow in flows:
        if flow.id != element.default and run.holds(flow, task):
            return (flow.id,)
    return _otherwise(run, task, element, flows)


def each_way(run: Standing, task: Task, model: ProcessModel, element: Element) -> tuple[str, ...]:
    """Every flow whose condition holds or that has none, else the default. Raises StuckError if there is neither."""
    flows = [model.flows[flow] for flow in element.outgoing]
    taken = tuple(flow.id for flow in flows if flow.id != element.default and run.holds(flow, task))
    return taken or _otherwise(run, task, element, flows)


def out_of_activity(run: Standing, task: Task, model: ProcessModel, element: Element) -> tuple[str, ...]:
    """Every flow, but one with a condition only if that holds; the default only if none of these does."""
    flows = [model.flows[flow] for flow in element.outgoing]
    if not any(flow.condition for flow in flows):
        return element.outgoing
    taken = {flow.id for flow in flows if flow.condition and flow.id != element.default and run.holds(flow, task)}
    taken |= {element.default} if element.default and not taken else set()
    taken |= {flow.id for flow in flows if flow.condition is None and flow.id != element.default}
    return tuple(flow.id for flow in flows if flow.id in taken) or _otherwise(run, task, element, flows)


def _otherwise(run: Standing, task: Task, element: Element, flows: list[Flow]) -> tuple[str, ...]:
    if element.default:
        return (element.default,)
    seen = run.scopes.seen_from(run.scope_of(task))
    names = sorted({name for flow in flows if flow.condition for name in flow.condition.names})
    values = [f"{name} is {shown(seen[name]) if name in seen else 'not set'}" for name in names]
    what = "gateway" if element.type.endswith("Gateway") else "activity"
    text = f"No condition of the {what} “{element.name or element.id}” holds, and it has no default flow"
    raise StuckError(element.id, text + (f": {', '.join(values)}." if values else "."), "CONDITION_ERROR")
