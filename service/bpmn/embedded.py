"""Forms that stand in a diagram: how they are referred to, and under which id they are kept."""

from __future__ import annotations

# What the key of such a form begins with; the rest is its id in the process.
EMBEDDED = "camunda-forms:bpmn:"


def embedded_id(process_id: str, id_: str) -> str:
    """One of its own among all forms."""
    return f"{process_id}.{id_}"


def drawn_key(process_id: str, form_id: str) -> str | None:
    """The key by which a process refers to a form that is kept under this id; None if it does not stand in it."""
    before = embedded_id(process_id, "")
    return EMBEDDED + form_id.removeprefix(before) if form_id.startswith(before) else None
