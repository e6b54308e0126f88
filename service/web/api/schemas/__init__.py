"""What /v2 answers, noun by noun: the fields that clients read, each always there, some of them null.

Written by hand after the models of the Apache-2.0 clients; tests compare the two, and the answers with what is here.
"""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, Schema, fields

KEY_PATTERN = r"^-?[0-9]{1,19}$"
CURSOR_ABOUT = "For `after` or `before` of the next request; null on an empty page."


class Answer(Schema):
    """Later versions may add fields."""

    class Meta:
        unknown = EXCLUDE


def _field(kind: type[fields.Field[Any]], null: bool, about: str, **more: Any) -> Any:
    metadata = ({"description": about} if about else {}) | more.pop("metadata", {})
    return kind(required=True, allow_none=null, metadata=metadata, **more)


def key(*, null: bool = False, about: str = "") -> Any:
    return _field(fields.String, null, about, metadata={"pattern": KEY_PATTERN})


def text(*, null: bool = False, about: str = "") -> Any:
    return _field(fields.String, null, about)


def json_text(about: str = "JSON, as text.") -> Any:
    return _field(fields.String, False, about, metadata={"contentMediaType": "application/json"})


def one_of(values: tuple[str, ...], *, null: bool = False, about: str = "") -> Any:
    return _field(fields.String, null, about, metadata={"enum": [*values, None] if null else list(values)})


def integer(*, null: bool = False, about: str = "") -> Any:
    return _field(fields.Integer, null, about)


def yes_or_no(*, null: bool = False, about: str = "") -> Any:
    return _field(fields.Boolean, null, about)


def moment(*, null: bool = False, about: str = "") -> Any:
    return _field(fields.String, null, about, metadata={"format": "date-time"})


def texts(*, null: bool = False, about: str = "") -> Any:
    return _field(lambda **more: fields.List(fields.String(), **more), null, about)  # type: ignore[arg-type]


def each(schema: type[Schema], about: str = "") -> Any:
    """A list of such."""
    return fields.List(fields.Nested(schema), required=True, metadata={"description": about} if about else {})


def nested(schema: type[Schema], *, null: bool = False) -> Any:
    return fields.Nested(schema, required=True, allow_none=null)


def bag(*, null: bool = False, about: str = "") -> Any:
    """An object of whatever somebody named and gave."""
    return _field(fields.Dict, null, about)


def tenant() -> Any:
    return text(about="`<default>`: there is one tenant here.")


class Problem(Answer):
    """RFC 9457."""

    type = text()
    title = text()
    status = integer()
    detail = text()
    instance = text()
    problems = fields.List(
        fields.Dict(), metadata={"description": "All that does not fit: the element or field, why, and a way out."}
    )
    element = fields.String(allow_none=True, metadata={"description": "Where a process cannot go on."})
    errorType = fields.String(allow_none=True, metadata={"description": "The kind of its incident."})


class PageOf(Answer):
    totalItems = integer()
    hasMoreTotalItems = yes_or_no()
    startCursor = text(null=True, about=CURSOR_ABOUT)
    endCursor = text(null=True, about=CURSOR_ABOUT)


def page_of(item: type[Answer]) -> type[Answer]:
    """The answer of a search for such items."""
    made: dict[str, Any] = {"items": each(item), "page": nested(PageOf), "__module__": item.__module__}
    return type(f"{item.__name__}Page", (Answer,), made)
