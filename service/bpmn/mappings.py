"""Input and output mappings: which variables an element begins with, and which it leaves behind.

As Camunda 8 has it: in the order of the file, so that each sees what those before it have made; all of them or none. A
target like `a.b` that comes in makes a new context; one that goes out is put into the context that the element sees.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.task import Task

from service.bpmn.model import Element, Text
from service.errors import StuckError

if TYPE_CHECKING:
    from service.bpmn.standing import Standing

ERROR = "IO_MAPPING_ERROR"
# The end events whose output mappings are not read.
UNMAPPED = frozenset({"error", "terminate"})


def keep_result(element: Element) -> bool:
    """Whether what an element is told stays with it, but for what its mappings bring out; what an error brings does."""
    return bool(element.outputs or (element.attached_to and element.event == "error"))


def coming_in(run: Standing, task: Task) -> dict[str, Any]:
    """The local variables that an element begins with. Raises StuckError."""
    return _made(run, task, "input", run.element(task).inputs, {})


def going_out(run: Standing, task: Task) -> dict[str, Any]:
    """The variables that an element leaves behind. Raises StuckError."""
    element = run.element(task)
    outputs = () if element.type == "endEvent" and element.event in UNMAPPED else element.outputs
    return _made(run, task, "output", outputs, run.scopes.seen_from(run.scope_of(task)))


def nested(seen: Mapping[str, Any], target: str, value: Any) -> dict[str, Any]:
    """`a.b` as target puts the value into the context `a`, beside what that holds."""
    name, _, rest = target.partition(".")
    if not rest:
        return {name: value}
    inside = seen.get(name)
    inside = inside if isinstance(inside, Mapping) else {}
    return {name: {**inside, **nested(inside, rest, value)}}


def _made(
    run: Standing, task: Task, kind: str, mappings: Sequence[tuple[str, Text]], beside: Mapping[str, Any]
) -> dict[str, Any]:
    """What mappings make, put into contexts that are there `beside` already."""
    seen = run.scopes.seen_from(run.scope_of(task))
    made, shown = dict[str, Any](), dict[str, Any]()
    for target, source in mappings:
        value = _value(run, task, kind, target, source, shown)
        shown |= nested(ChainMap(shown, seen), target, value)
        made |= nested(ChainMap(made, beside), target, value)  # type: ignore[arg-type]
    return made


def _value(run: Standing, task: Task, kind: str, target: str, source: Text, shown: Mapping[str, Any]) -> Any:
    if source.expression is None:
        return source.text
    element = run.element(task)
    try:
        return run.evaluate(source.expression, task, element.id, shown)
    except StuckError as error:
        text = f"The {kind} mapping to “{target}” at “{element.name or element.id}” fails: {error.message}"
        raise StuckError(element.id, text, ERROR) from None
