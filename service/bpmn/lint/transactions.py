"""What is wrong with transactions and the events that cancel them: a part of the lint of a diagram."""

from __future__ import annotations

from collections.abc import Iterator

from service.bpmn.model import Element, ProcessModel

Found = Iterator[tuple[str, str, str]]  # element id, message, mend


def cancelled(model: ProcessModel) -> Found:
    for one in model.elements.values():
        if one.is_transaction and one.type == "eventSubProcess":
            yield one.id, "A transaction is not begun by an event.", "Draw the transaction inside of the sub-process."
        if one.event == "cancel" and one.type == "endEvent":
            yield from _end(model, one)
        elif one.event == "cancel" and one.type == "boundaryEvent":
            yield from _border(model, one)


def _end(model: ProcessModel, one: Element) -> Found:
    around = model.elements.get(one.parent_id)
    while around is not None and not around.is_transaction:
        around = model.elements.get(around.parent_id)
    if around is None:
        text = f"“{one.name or one.id}” cancels, but is inside of no transaction."
        yield one.id, text, "Draw the sub-process around it as a transaction, or end with an error."
    elif not any(border.event == "cancel" for border in model.boundaries.get(around.id, ())):
        text = f"It cancels “{around.name or around.id}”, and nothing says how to go on then."
        yield one.id, text, "Attach a cancel event to the border of the transaction."


def _border(model: ProcessModel, one: Element) -> Found:
    host = model.elements.get(one.attached_to or "")
    if host is not None and not host.is_transaction:
        text = f"“{host.name or host.id}” is no transaction, so it is never cancelled."
        yield one.id, text, "Draw the sub-process as a transaction, or catch an error instead."
    if not one.interrupting:
        yield one.id, "A cancellation always interrupts.", "Make the event interrupting."
