"""Forms of pages, checked by the schemas of the interface: what is wrong stands beside its field, in plain words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from marshmallow import Schema, ValidationError

from service.web.console.words import named

_NEEDED = named("This is needed.")
_TOO_LONG = named("This is too long.")
_ODD_SIGNS = named("It holds signs that cannot be kept.")
_UNFIT = named("This does not fit.")
# How the messages of schemas begin → what people are told.
_WORDS: Mapping[str, str] = {
    "Missing data": _NEEDED,
    "Longer than": _TOO_LONG,
    "It holds control": _ODD_SIGNS,
}


@dataclass(slots=True)
class Checked:
    """`said` is what was typed, `given` what it means, `wrong` what is told at which field; at none by ""."""

    said: Mapping[str, str] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)


def checked(
    schema: type[Schema], form: Mapping[str, str], names: Collection[str], more: Mapping[str, Any] | None = None
) -> Checked:
    """What a form says of these fields; one that is left empty is not said."""
    said = {name: value.replace("\r\n", "\n") for name, value in form.items()}
    typed = {name: said[name].strip() for name in names if said.get(name, "").strip()}
    try:
        return Checked(said, schema().load({**typed, **(more or {})}))
    except ValidationError as error:
        return Checked(said, {}, {name: _word(messages) for name, messages in error.messages_dict.items()})


def _word(messages: Any) -> str:
    first = str(messages[0]) if isinstance(messages, list) else ""
    return next((word for begin, word in _WORDS.items() if first.startswith(begin)), _UNFIT)
