"""Searches: what each may filter and sort by, said once, for reading requests and for describing them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from marshmallow import Schema, ValidationError, fields, validate
from sqlalchemy import String, Text

from service.store.queries import MAX_OPERANDS, Field
from service.web.api.operations import described
from service.web.api.schemas import KEY_PATTERN, Answer, page_of
from service.web.api.wire import (
    MAX_INT32,
    MAX_KEY,
    TENANT_FIELD,
    Body,
    OneOf,
    SearchBody,
    read_boolean,
    read_instant,
    read_integer,
    read_key,
    read_text,
)

_View = TypeVar("_View", bound=Callable[..., Any])
Described = Mapping[str, Any]

BOOLEAN: Described = {"type": "boolean"}
KEY: Described = {"type": ["string", "integer"], "pattern": KEY_PATTERN, "minimum": -MAX_KEY, "maximum": MAX_KEY}
TAGS: Described = {
    "description": "All these tags.",
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
}


def operators(value: Described, *, is_text: bool, compares: bool = True) -> Described:
    """The JSON schema of what a field may be compared with: a value, or operators with their operands."""
    or_null = {"anyOf": [value, {"type": "null"}]}
    several = {"type": "array", "items": value, "maxItems": MAX_OPERANDS}
    known: dict[str, Any] = {"$eq": or_null, "$neq": or_null, "$exists": BOOLEAN, "$in": several, "$notIn": several}
    if compares:
        known |= dict.fromkeys(("$gt", "$gte", "$lt", "$lte"), value)
    if is_text:
        known["$like"] = {
            "type": "string",
            "description": "`*` stands for any text, `?` for one character, `\\*` for itself.",
        }
    return {"anyOf": [value, {"type": "null"}, {"type": "object", "properties": known, "additionalProperties": False}]}


_KINDS: dict[Any, tuple[str, Described]] = {
    read_key: ("Key", KEY),
    read_text: ("Text", {"type": "string"}),
    read_integer: ("Integer", {"type": "integer", "minimum": -MAX_INT32, "maximum": MAX_INT32}),
    read_instant: ("Instant", {"type": "string", "format": "date-time"}),
    read_boolean: ("Boolean", BOOLEAN),
}
# What fields of most searches are compared with.
COMPARISONS = {
    f"{kind}Comparison": operators(value, is_text=kind == "Text", compares=kind != "Boolean")
    for kind, value in _KINDS.values()
}
TEXT: Described = {"$ref": "#/components/schemas/TextComparison"}


def _comparison(field: Field) -> Described:
    if isinstance(field.read, OneOf):
        is_text = isinstance(field.column.type, String | Text)
        return operators({"type": "string", "enum": list(field.read.values)}, is_text=is_text)
    return {"$ref": f"#/components/schemas/{_KINDS[field.read][0]}Comparison"}


class Filter(fields.Field[Mapping[str, Any]]):
    """What rows have to be like; `store.queries` reads it by the same fields that are described here."""

    def __init__(self, name: str, known: Mapping[str, Field], custom: Mapping[str, Described], **more: Any) -> None:
        self.name_of_schema = f"{name}Filter"
        self._known, self._custom = known, custom
        refers = {"allOf": [{"$ref": f"#/components/schemas/{self.name_of_schema}"}]}
        super().__init__(metadata=refers, **more)

    def described(self) -> Described:
        """The JSON schema."""
        alternatives = {"type": "array", "items": {"$ref": f"#/components/schemas/{self.name_of_schema}"}}
        known = {name: _comparison(field) for name, field in {**self._known, **TENANT_FIELD}.items()}
        properties = known | dict(self._custom) | {"$or": alternatives}
        return {"type": "object", "properties": properties, "additionalProperties": False}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            raise ValidationError("must be an object of names and values")
        return value


def searches(
    name: str, item: type[Answer], known: Mapping[str, Field], **custom: Described
) -> Callable[[_View], _View]:
    """Describe a view that answers a search for such items: `known` fields filter and sort, `custom` ones filter."""
    return described(name, takes=search_body(item.__name__, known, custom), gives=page_of(item))


def search_body(noun: str, known: Mapping[str, Field], custom: Mapping[str, Described]) -> type[Schema]:
    sorts = tuple(sorted({**known, **TENANT_FIELD}))
    made: dict[str, Any] = {
        "field": fields.String(required=True, validate=validate.OneOf(sorts)),
        "order": Order(load_default="ASC"),
        "__module__": __name__,
    }
    sort = type(f"{noun}Sort", (Body,), made)
    parts: dict[str, Any] = {
        "filter": Filter(noun, known, custom, load_default=dict, allow_none=True),
        "sort": fields.List(fields.Nested(sort), load_default=list, allow_none=True, validate=validate.Length(0, 10)),
        "__module__": __name__,
    }
    return type(f"{noun}Search", (SearchBody,), parts)


class Order(fields.String):
    """ASC or DESC, in whichever case."""

    def __init__(self, **more: Any) -> None:
        super().__init__(metadata={"enum": ["ASC", "DESC"]}, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        told = super()._deserialize(value, attr, data, **kwargs).upper()
        if told not in ("ASC", "DESC"):
            raise ValidationError("must be ASC or DESC")
        return told
