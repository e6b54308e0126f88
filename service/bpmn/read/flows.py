"""Which flows enter and leave each element: a part of reading a diagram."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace

from service.bpmn.model import Element, Flow

Tell = Callable[[str, str, str], None]  # element id, message, mend


def joined(elements: Mapping[str, Element], flows: Mapping[str, Flow], tell: Tell) -> dict[str, Element]:
    """The elements with the flows at them, in the order of the flows in the file.

    The ends that a flow names are what counts; that its ends name it is optional in BPMN 2.0 (section 8.3.13), but
    must not say something else.
    """
    incoming: dict[str, list[str]] = {id_: [] for id_ in elements}
    outgoing: dict[str, list[str]] = {id_: [] for id_ in elements}
    for flow in flows.values():
        outgoing.get(flow.source, []).append(flow.id)
        incoming.get(flow.target, []).append(flow.id)
    for one in elements.values():
        _check(one.id, one.incoming, incoming[one.id], flows, tell)
        _check(one.id, one.outgoing, outgoing[one.id], flows, tell)
    return {
        id_: replace(one, incoming=tuple(incoming[id_]), outgoing=tuple(outgoing[id_])) for id_, one in elements.items()
    }


def _check(id_: str, named: tuple[str, ...], there: list[str], flows: Mapping[str, Flow], tell: Tell) -> None:
    for flow_id, times in Counter(named).items():
        if flow_id not in flows:
            tell(id_, f"It refers to the flow {flow_id}, which is not there.", "Draw the flow again.")
        elif flow_id not in there or times > 1:
            tell(id_, f"It refers to the flow {flow_id} in another way than the flow to it.", "Draw it again.")
