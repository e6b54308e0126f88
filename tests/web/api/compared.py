"""Our description of /v2 beside the shapes of a client: what it may send and we do not take, and the other way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.client_models import Bag, Model, Plain, Several, Shape, Words

# Of JSON, what a plain shape is.
_TYPES = {"text": "string", "key": "string", "moment": "string", "file": "string", "null": "null", "boolean": "boolean"}
_TYPES |= {"integer": "integer", "number": "number"}

OF_OTHER_KIND = "is of another kind"


def _nearest(tries: list[list[str]]) -> list[str]:
    """What differs from that one of several which differs least."""
    return min(tries, key=lambda one: (any(told.endswith(OF_OTHER_KIND) for told in one), len(one)))


class Told:
    """The schemas of a description."""

    def __init__(self, description: Any) -> None:
        self._schemas = description["components"]["schemas"]

    def choices(self, schema: Any) -> Iterator[Any]:
        """What a schema allows, one by one, each of one type; {} is anything."""
        if "$ref" in schema:
            yield from self.choices(self._schemas[schema["$ref"].rsplit("/", 1)[1]])
        elif "allOf" in schema and len(schema["allOf"]) == 1:
            yield from self.choices(schema["allOf"][0])
        elif "anyOf" in schema:
            for one in schema["anyOf"]:
                yield from self.choices(one)
        elif isinstance(schema.get("type"), list):
            for one in schema["type"]:
                yield {**schema, "type": one}
        else:
            yield schema

    def untaken(self, sent: tuple[Shape, ...], schema: Any, where: str = "") -> Iterator[str]:
        """Where something of what a client may send does not fit."""
        ours = list(self.choices(schema))
        for shape in sent:
            yield from _nearest([list(self._untaken(shape, one, where)) for one in ours])

    def _untaken(self, shape: Shape, ours: Any, where: str) -> Iterator[str]:
        match shape:
            case Model(fields=fields) if ours.get("type") == "object" and "properties" in ours:
                for name, inside in fields.items():
                    if name in ours["properties"]:
                        yield from self.untaken(inside, ours["properties"][name], f"{where}.{name}")
                    else:
                        yield f"{where}.{name}"
                yield from (f"{where}.{name} is asked for" for name in set(ours.get("required", ())) - shape.required)
            case Several(of=inside) if ours.get("type") == "array":
                yield from self.untaken(inside, ours.get("items", {}), f"{where}[]")
            case Words(values=values) if ours.get("type") == "string":
                yield from (f"{where}: {one}" for one in sorted(values - set(ours.get("enum", values))))
            case Plain(kind=kind) if kind == "anything" or ours.get("type") == _TYPES[kind]:
                return
            case Model() | Bag() if ours.get("type") == "object" and "properties" not in ours:
                return
            case _ if "type" not in ours:
                return
            case _:
                yield f"{where}: {shape} {OF_OTHER_KIND}"

    def unread(self, read: tuple[Shape, ...], schema: Any, where: str = "") -> Iterator[str]:
        """Where something of what we may answer is not read, or is missing."""
        for ours in self.choices(schema):
            yield from _nearest([list(self._unread(shape, ours, where)) for shape in read])

    def _unread(self, shape: Shape, ours: Any, where: str) -> Iterator[str]:
        match shape:
            case Model(fields=fields, required=required) if ours.get("type") == "object":
                properties = ours.get("properties", {})
                yield from (f"{where}.{name} is missing" for name in required - set(ours.get("required", ())))
                for name in set(fields) & set(properties):
                    yield from self.unread(fields[name], properties[name], f"{where}.{name}")
                yield from (f"{where}.{name} is not told" for name in set(fields) - set(properties) - required)
            case Several(of=inside) if ours.get("type") == "array":
                yield from self.unread(inside, ours.get("items", {}), f"{where}[]")
            case Words(values=values) if ours.get("type") == "string":
                yield from (f"{where}: {one}" for one in sorted({*ours.get("enum", ["any text"])} - values - {None}))
            case Plain(kind="key") if ours.get("type") == "string":
                if "[0-9]" not in ours.get("pattern", ""):
                    yield f"{where} may be no key"
            case Plain(kind="moment") if ours.get("type") == "string":
                if ours.get("format") != "date-time":
                    yield f"{where} may be no moment"
            case Plain(kind="number") if ours.get("type") in ("integer", "number"):
                return
            case Plain(kind=kind) if kind == "anything" or ours.get("type") == _TYPES[kind]:
                return
            case Bag() if ours.get("type") == "object":
                return
            case _:
                yield f"{where}: {ours.get('type')} {OF_OTHER_KIND}"
