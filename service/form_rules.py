"""What a field of a form is held to by itself, and what is said of an answer that does not fit: in the same words by
whoever checks it, here or on the page that asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NEEDED, TICKED, NUMBER = "must be filled in", "must be ticked", "must be a number"
CHOICE, PATTERN = "must be one of the choices", "must have the form that is asked for"
EMAIL, PHONE = "must be an e-mail address", "must be a phone number with its country, such as +86 …"

_PHONE = r"^(\+|00)[1-9][0-9 -]{4,18}$"
# kind, what the schema calls it, how its limit is read, what is said.
_LIMITS: Sequence[tuple[str, str, Callable[[Any], Any], str]] = (
    ("shortest", "minLength", int, "must have {} characters or more"),
    ("longest", "maxLength", int, "may have {} characters at most"),
    ("least", "min", float, "must be {} or more"),
    ("most", "max", float, "must be {} or less"),
)


@dataclass(frozen=True, slots=True)
class Rule:
    """Of the kind needed, number, shortest, longest, least, most, pattern, email or phone."""

    kind: str
    limit: Any
    message: str


def rules(component: Mapping[str, Any]) -> list[Rule]:
    """Raises TypeError, ValueError for limits that are none."""
    told: Mapping[str, Any] = component.get("validate") or {}
    found = []
    if is_required(component):
        found.append(Rule("needed", True, TICKED if component["type"] == "checkbox" else NEEDED))
    if component["type"] == "number":
        found.append(Rule("number", True, NUMBER))
    for kind, name, read, words in _LIMITS:
        if told.get(name) is not None:
            limit = read(told[name])
            found.append(Rule(kind, limit, words.format(f"{limit:.15g}" if isinstance(limit, float) else limit)))
    match told.get("validationType", "custom"):
        case "custom" if told.get("pattern"):
            found.append(Rule("pattern", told["pattern"], PATTERN))
        case "email":
            found.append(Rule("email", True, EMAIL))
        case "phone":
            found.append(Rule("phone", _PHONE, PHONE))
    return found


def is_required(component: Mapping[str, Any]) -> bool:
    told: Mapping[str, Any] = component.get("validate") or {}
    return bool(told.get("required")) and not component.get("disabled")
