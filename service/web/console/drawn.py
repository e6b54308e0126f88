"""What the diagram says of an element, in the version that runs: its name in both languages, its legal basis."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from service.web import here
from service.web.console.languages import language


def properties(connection: Connection, definition_key: int, element_id: str) -> Mapping[str, str]:
    """The properties of an element; none of one that the version has no more."""
    element = here().engine.process_model(connection, definition_key).elements.get(element_id)
    return element.properties if element else {}


def name(connection: Connection, definition_key: int, element_id: str, drawn: str) -> str:
    """What an element is called in the language of this request; `drawn` is its name in the diagram."""
    in_english = properties(connection, definition_key, element_id).get("name:en") if language() == "en" else ""
    return in_english or drawn or element_id
