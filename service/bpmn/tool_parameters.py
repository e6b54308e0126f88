"""What an agent must know to activate an element: the parameters that its input mappings ask for by `fromAi(…)`."""

from __future__ import annotations

from typing import Any

from service import feel
from service.bpmn.model import Element

# The parameters of the function; the value is a way like `toolCall.city`, and the parameter has its last name.
_NAMES = ("value", "description", "type", "schema", "options")


def of(element: Element) -> list[dict[str, Any]]:
    """Each with its `name`, and what is said of it: `description`, `type`, `schema`, `options`."""
    found = []
    for _, source in element.inputs:
        for way, told in feel.calls(source.expression, "fromAi", _NAMES) if source.expression else ():
            if way:
                said = {name: feel.to_json(value) for name, value in told.items() if value is not None}
                found.append({"name": way[-1], **said})
    return found
