"""How values look on the wire: keys as decimal text, instants as ISO 8601, bodies and searches checked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from flask import g, request
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate
from sqlalchemy import ColumnElement, Select, Text, cast
from werkzeug.exceptions import UnsupportedMediaType

from service import bpmn, exact_json
from service.clock import in_utc
from service.errors import Invalid, NotFound, Problem
from service.store.queries import DEFAULT_LIMIT, MAX_LIMIT, Custom, Field, Page, Search, Together, search
from service.web import here
from service.web.api.operations import asked_operation
from service.web.api.schemas import KEY_PATTERN

TENANT = "<default>"

# What an index of the store takes; longer names are nobody's.
MAX_NAME = bpmn.MAX_NAME
MAX_BUSINESS_ID = 256
MAX_DEPTH = 60
_TOO_DEEP = f"The body is nested more than {MAX_DEPTH} deep."
MAX_KEY = 2**63 - 1
MAX_INTEGER = 10**34  # below it FEEL holds each; above, those of 34 digits and zeros
LARGEST = 10**300
MAX_MILLISECONDS = 10 * 366 * 24 * 3_600_000  # ten years
MAX_INT32 = 2**31 - 1

_KEY = re.compile(r"-?[0-9]{1,19}", re.ASCII)


class Body(Schema):
    """A request's body; what is not known is let pass, as clients of later versions send more."""

    class Meta:
        unknown = EXCLUDE


class Act(Body):
    """What is done, which a client may number for itself; the number is told nowhere here."""

    operationReference = fields.Integer(allow_none=True, strict=True, validate=validate.Range(1, MAX_KEY))


class Key(fields.Field[int]):
    """A key as decimal text, or as a number from careless clients."""

    def __init__(self, **more: Any) -> None:
        told = {"type": ["string", "integer"], "pattern": KEY_PATTERN, "minimum": -MAX_KEY, "maximum": MAX_KEY}
        super().__init__(metadata=told, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        try:
            return read_key(value)
        except ValueError:
            raise ValidationError("must be a key: digits as text") from None


class Flag(fields.Boolean):
    """True or false themselves, not what reads like them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


def flag(*, default: bool | None = None) -> Flag:
    return Flag(load_default=default, allow_none=True)


def name(*, required: bool = False) -> fields.String:
    """A short text that something is found by."""
    length = validate.Length(1 if required else 0, MAX_NAME)
    if required:
        return fields.String(required=True, validate=length)
    return fields.String(load_default=None, allow_none=True, validate=length)


def business_id() -> fields.String:
    return fields.String(load_default=None, allow_none=True, validate=validate.Length(0, MAX_BUSINESS_ID))


def tenant() -> fields.String:
    """Another than the one that there is would mean that somebody counts on being apart from others."""
    one = validate.OneOf([TENANT, ""], error=f"there is one tenant here, {TENANT}: leave it out")
    return fields.String(allow_none=True, validate=one)


def names() -> fields.Field[Any]:
    """Some names, none of them empty; null is let pass."""
    one = fields.String(validate=validate.Length(1, MAX_NAME))
    return fields.List(one, validate=validate.Length(0, 100), allow_none=True)


def integer(least: int, most: int, *, default: int | None = None, required: bool = False) -> fields.Integer:
    bounds = validate.Range(least, most)
    if required:
        return fields.Integer(required=True, strict=True, validate=bounds)
    return fields.Integer(load_default=default, allow_none=True, strict=True, validate=bounds)


def variables(*, required: bool = False) -> fields.Field[Any]:
    if required:
        return fields.Dict(keys=fields.String(), required=True)
    return fields.Dict(keys=fields.String(), load_default=dict, allow_none=True)


class PageAsked(Body):
    """One of `from`, `after` and `before`, or none for the first page."""

    limit = fields.Integer(load_default=DEFAULT_LIMIT, strict=True, validate=validate.Range(1, MAX_LIMIT))
    from_ = fields.Integer(data_key="from", load_default=0, strict=True, validate=validate.Range(0, MAX_INT32))
    after = fields.String(load_default=None, allow_none=True)
    before = fields.String(load_default=None, allow_none=True)


class SearchBody(Body):
    """What every search takes; `filters.py` adds what this one filters and sorts by."""

    page = fields.Nested(PageAsked, load_default=None, allow_none=True)


def body() -> dict[str, Any]:
    """The request's body by the schema that its view is described with, an empty one as {}.

    Raises Invalid naming each field.
    """
    if "body" not in g:
        g.body = _load(asked_operation().takes, _json(), "The body")
    loaded: dict[str, Any] = g.body
    return loaded


def query() -> dict[str, Any]:
    """What is asked behind the path, by the schema that the view is described with; raises Invalid."""
    for value in request.args.values():
        check_text(value, "the query")
    return _load(asked_operation().query, request.args.to_dict(), "The query")


def _load(schema: Any, given: Mapping[str, Any], what: str) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = schema().load(given)
    except ValidationError as error:
        told: dict[str, Any] = error.messages_dict
        problems = [Problem(field, json.dumps(messages, ensure_ascii=False), "") for field, messages in told.items()]
        raise Invalid(f"{what} does not fit: {', '.join(sorted(told))}. {problems[0].message}", problems) from None
    return loaded


def check_text(value: str, where: str) -> str:
    """Text that every store can keep; raises Invalid for NUL and for halves of characters."""
    if "\x00" in value:
        raise Invalid(f"{where} holds the character NUL, which cannot be kept.", [Problem(where, "holds NUL")])
    if any("\ud800" <= sign <= "\udfff" for sign in value):
        raise Invalid(f"{where} holds half a character (a surrogate).", [Problem(where, "holds half a character")])
    return value


def key_of(text: str) -> int:
    """The key in a path; raises NotFound for what cannot be one."""
    try:
        return read_key(text)
    except ValueError:
        raise NotFound(f"There is nothing under the key {text[:40]}.") from None


def read_key(value: Any) -> int:
    """Raises ValueError for what cannot be a key of a row."""
    if isinstance(value, bool) or not _KEY.fullmatch(str(value)) or abs(int(value)) > MAX_KEY:
        raise ValueError(value)
    return int(value)


def read_integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MAX_INT32:
        raise ValueError(value)
    return value


def read_boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(value)
    return value


def read_text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(value)
    return value


def read_instant(value: Any) -> datetime:
    """In UTC, in which it is kept and told; raises ValueError also for one that has no year there."""
    return in_utc(read_text(value))


def upper(value: Any) -> str:
    return read_text(value).upper()


@dataclass(frozen=True)
class OneOf:
    """Reads one of some words, in whichever case; `kept` turns it into what the column holds."""

    values: tuple[str, ...]
    kept: Callable[[str], str] = str

    def __call__(self, value: Any) -> str:
        told = upper(value)
        if told not in self.values:
            raise ValueError(value)
        return self.kept(told)


# Clients name the one tenant unasked.
TENANT_FIELD = {"tenantId": Field(cast(TENANT, Text), read_text)}


def instant(value: datetime | None) -> str | None:
    """With milliseconds, in UTC."""
    if value is None:
        return None
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def text(value: int | None) -> str | None:
    return None if value is None else str(value)


def json_text(value: Any) -> str:
    return exact_json.dumps(value)


def found(
    query: Select[Any],
    key: ColumnElement[Any] | tuple[ColumnElement[Any], ...],
    known: Mapping[str, Field],
    show: Callable[[Any], dict[str, Any]],
    *,
    custom: Mapping[str, Custom | Together] | None = None,
    **how: Any,
) -> dict[str, Any]:
    """Answer a search request: the page that its body asks for; `how` as in `store.queries.search`."""
    asked = body()
    page = asked["page"] or PageAsked().load({})
    if sum((page["from_"] > 0, page["after"] is not None, page["before"] is not None)) > 1:
        raise Invalid("page: only one of from, after and before may be given.", [Problem("page", "has several")])
    wanted = Search(
        filter=asked["filter"] or {},
        sort=[(one["field"], one["order"].upper() == "DESC") for one in asked["sort"] or []],
        limit=page["limit"],
        offset=page["from_"],
        after=page["after"],
        before=page["before"],
    )
    parts = here()
    with parts.database.read_within(parts.settings.search_seconds) as connection:
        fields = {**known, **TENANT_FIELD}
        return shown(search(connection, query, key, fields, wanted, custom, **how), show)


def shown(page: Page, show: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    return {
        "items": [show(row) for row in page.rows],
        "page": {
            "totalItems": page.total,
            "hasMoreTotalItems": page.has_more,
            "startCursor": page.start_cursor,
            "endCursor": page.end_cursor,
        },
    }


def _json() -> dict[str, Any]:
    raw = request.get_data()
    if not raw:
        return {}
    if not request.is_json:
        raise UnsupportedMediaType("The body must be JSON: Content-Type: application/json.")
    try:
        given = exact_json.loads(raw)
    except ValueError:
        raise Invalid("The body is not JSON.") from None
    except RecursionError:
        raise Invalid(_TOO_DEEP) from None
    if not isinstance(given, dict):
        raise Invalid("The body must be a JSON object.")
    _check(given, "", 0)
    return given


def _check(value: Any, where: str, depth: int) -> None:
    """What JSON allows and a store or a table cannot keep; `where` is the way to it, never what it holds."""
    if depth > MAX_DEPTH:
        raise Invalid(_TOO_DEEP)
    match value:
        case str():
            check_text(value, where)
        case dict():
            for key, inside in value.items():
                check_text(key, f"a name in {where}" if where else "a name")
                _check(inside, f"{where}.{key[:40]}" if where else key[:40], depth + 1)
        case list():
            for inside in value:
                _check(inside, where, depth + 1)
        case bool() | None:
            return
        case int() | float() | Decimal() if not _is_kept(value):
            raise Invalid(f"{where}: the number is too large.", [Problem(where, "the number is too large")])


def _is_kept(value: float | Decimal) -> bool:
    """Whether FEEL counts with all digits of a number, and a client's double is not infinite."""
    if not -LARGEST < value < LARGEST:
        return False
    return not isinstance(value, int) or abs(value) < MAX_INTEGER or len(str(value).rstrip("0").lstrip("-")) <= 34
