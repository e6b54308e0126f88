"""How values look on the wire: keys as decimal text, instants as ISO 8601, bodies and searches checked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from flask import request
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate
from sqlalchemy import ColumnElement, Select

from service.errors import Invalid, NotFound, Problem
from service.store.queries import DEFAULT_LIMIT, MAX_LIMIT, Custom, Field, Page, Search, search
from service.web import hotline

TENANT = "<default>"


class Body(Schema):
    """A request's body; what is not known is let pass, as clients of later versions send more."""

    class Meta:
        unknown = EXCLUDE


class Key(fields.Field[int]):
    """A key as decimal text, or as a number from careless clients."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        try:
            return int(value)
        except (TypeError, ValueError):
            raise ValidationError("must be a key: digits as text") from None


def variables() -> fields.Field[Any]:
    return fields.Dict(keys=fields.String(), load_default=dict, allow_none=True)


class _PageAsked(Body):
    limit = fields.Integer(load_default=DEFAULT_LIMIT, validate=validate.Range(1, MAX_LIMIT))
    from_ = fields.Integer(data_key="from", load_default=0, validate=validate.Range(0))
    after = fields.String(load_default=None, allow_none=True)
    before = fields.String(load_default=None, allow_none=True)


class _SortAsked(Body):
    field = fields.String(required=True)
    order = fields.String(load_default="ASC")


class SearchBody(Body):
    filter = fields.Dict(keys=fields.String(), load_default=dict, allow_none=True)
    sort = fields.List(fields.Nested(_SortAsked), load_default=list, allow_none=True)
    page = fields.Nested(_PageAsked, load_default=None, allow_none=True)


def body(schema: type[Schema]) -> dict[str, Any]:
    """The request's body by its schema, an empty one as {}; raises Invalid naming each field."""
    given = request.get_json(silent=True) if request.data else {}
    if not isinstance(given, dict):
        raise Invalid("The body must be a JSON object.")
    try:
        loaded: dict[str, Any] = schema().load(given)
    except ValidationError as error:
        told: dict[str, Any] = error.messages_dict
        problems = [Problem(name, json.dumps(messages, ensure_ascii=False), "") for name, messages in told.items()]
        fields_ = ", ".join(sorted(told))
        raise Invalid(f"The body does not fit: {fields_}. {problems[0].message}", problems) from None
    return loaded


def key_of(text: str) -> int:
    """The key in a path; raises NotFound for what cannot be one."""
    if not text.lstrip("-").isdigit() or len(text) > 19:
        raise NotFound(f"There is nothing under the key {text[:40]}.")
    return int(text)


def instant(value: datetime | None) -> str | None:
    """With milliseconds, in UTC."""
    if value is None:
        return None
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def text(value: int | None) -> str | None:
    return None if value is None else str(value)


def read_instant(value: Any) -> datetime:
    moment = datetime.fromisoformat(str(value))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def upper(value: Any) -> str:
    return str(value).upper()


def found(
    query: Select[Any],
    key: ColumnElement[int],
    known: Mapping[str, Field],
    show: Callable[[Any], dict[str, Any]],
    *,
    custom: Mapping[str, Custom] | None = None,
    base: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Answer a search request: the page that its body asks for. `base` is a filter that always holds."""
    asked = body(SearchBody)
    page = asked["page"] or _PageAsked().load({})
    wanted = Search(
        filter={**(asked["filter"] or {}), **(base or {})},
        sort=[(one["field"], one["order"].upper() == "DESC") for one in asked["sort"] or []],
        limit=page["limit"],
        offset=page["from_"],
        after=page["after"],
        before=page["before"],
    )
    with hotline().database.read() as connection:
        return shown(search(connection, query, key, known, wanted, custom), show)


def shown(page: Page, show: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    return {
        "items": [show(row) for row in page.rows],
        "page": {
            "totalItems": page.total,
            "hasMoreTotalItems": False,
            "startCursor": page.start_cursor,
            "endCursor": page.end_cursor,
        },
    }
