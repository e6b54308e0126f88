"""Execution listeners on the elements of random processes, and listeners of their user tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.diagrams import Node

if TYPE_CHECKING:
    from tests.random_processes.drawing import Drawing


def listeners(drawing: Drawing, *events: str) -> str:
    """Up to two of each event, with job types of their own."""
    told = ""
    for event in events:
        for number in range(drawing.chance.choice((0, 1, 1, 2))):
            told += f'<zeebe:executionListener eventType="{event}" type="listen-{number}" />'
    return f"<zeebe:executionListeners>{told}</zeebe:executionListeners>" if told else ""


def listen(drawing: Drawing, node: Node) -> None:
    """Give a node listeners now and then, of the events that its kind has."""
    if node.type == "userTask" and "<zeebe:userTask" in node.extensions and drawing.likely(8):
        told = "".join(
            f'<zeebe:taskListener eventType="{event}" type="listen-{event}" />'
            for event in ("creating", "assigning", "updating", "completing")
            if drawing.likely(50)
        )
        node.extensions += f"<zeebe:taskListeners>{told}</zeebe:taskListeners>"
    if drawing.likely(6):
        node.extensions += listeners(drawing, *_events(node))


def _events(node: Node) -> list[str]:
    if "compensateEventDefinition" in node.inside and node.type == "boundaryEvent":
        return []
    events = []
    if "multiInstanceLoopCharacteristics" in node.inside.rsplit("</", 1)[-1]:
        events.append("beforeAll")
    if node.type not in ("startEvent", "boundaryEvent"):
        events.append("start")
    throws_error = node.type == "endEvent" and "errorEventDefinition" in node.inside
    if not node.type.endswith("Gateway") and not throws_error:
        events.append("end")
    return events
