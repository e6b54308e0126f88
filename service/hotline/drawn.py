"""Tables and forms as they are drawn, to be read as text: what a person sees of a file without its editor."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from service.xml_gate import parse_upload

# How deep forms may nest, as forms.py reads them.
_DEPTH = 20


@dataclass(frozen=True, slots=True)
class DrawnRow:
    """`cells` stand under the columns; `about` is the annotation."""

    id: str
    cells: Sequence[str]
    about: str


@dataclass(frozen=True, slots=True)
class DrawnDecision:
    """A table, or the `text` of an expression. `columns` are the inputs, then the outputs, as many as `outputs`."""

    id: str
    name: str
    policy: str
    columns: Sequence[str]
    outputs: int
    rows: Sequence[DrawnRow]
    text: str


@dataclass(frozen=True, slots=True)
class DrawnField:
    """`told`: what else the file says of it, by the path at which it stands."""

    id: str
    key: str
    label: str
    type: str
    is_required: bool
    hidden_if: str
    told: Mapping[str, str]


def decisions(xml: bytes, name: str) -> list[DrawnDecision]:
    """What a file decides, in its own order. Raises ModelRejected for what is no XML."""
    return [_decision(one) for one in parse_upload(xml, name).iter("{*}decision")]


def fields(schema: Any) -> Iterator[DrawnField]:
    """The fields and texts of a form as they stand below each other, those of groups too."""
    yield from _fields(schema, "", 0)


def _decision(drawn: Any) -> DrawnDecision:
    table = drawn.find("{*}decisionTable")
    id_, name = drawn.get("id", ""), drawn.get("name", "")
    if table is None:
        texts = [one.text or "" for one in drawn.iter("{*}text") if one.text]
        return DrawnDecision(id_, name, "", (), 0, (), "\n".join(texts))
    inputs, outputs = table.findall("{*}input"), table.findall("{*}output")
    columns = [one.get("label") or _text(one.find("{*}inputExpression")) for one in inputs]
    columns += [one.get("label") or one.get("name") or name for one in outputs]
    rows = []
    for rule in table.findall("{*}rule"):
        entries = (*rule.findall("{*}inputEntry"), *rule.findall("{*}outputEntry"))
        rows.append(DrawnRow(rule.get("id", ""), [_text(one) for one in entries], _plain(rule, "{*}description")))
    return DrawnDecision(id_, name, table.get("hitPolicy", "UNIQUE"), columns, len(outputs), rows, "")


def _fields(parent: Any, path: str, depth: int) -> Iterator[DrawnField]:
    drawn = parent.get("components") if isinstance(parent, dict) else None
    for one in drawn if isinstance(drawn, list) and depth <= _DEPTH else ():
        if not isinstance(one, dict):
            continue
        own = str(one.get("key") or one.get("path") or "")
        key = f"{path}.{own}" if path and own else own or path
        told = {at: text for at, text in flat(one).items() if not at.startswith("components")}
        is_required = told.get("validate.required") == "true"
        label = str(one.get("label") or one.get("text") or "")
        hidden = told.get("conditional.hide", "")
        yield DrawnField(str(one.get("id") or key), key, label, str(one.get("type", "")), is_required, hidden, told)
        yield from _fields(one, key if one.get("path") else path, depth + 1)


def flat(value: Any, path: str = "") -> dict[str, str]:
    """What stands in JSON, each value by its path."""
    if isinstance(value, dict):
        found: dict[str, str] = {}
        for name, inner in value.items():
            found.update(flat(inner, f"{path}.{name}" if path else str(name)))
        return found
    if isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
        return {at: text for number, one in enumerate(value, 1) for at, text in flat(one, f"{path}[{number}]").items()}
    return {path: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}


def _text(drawn: Any) -> str:
    return _plain(drawn, "{*}text") if isinstance(drawn, etree._Element) else ""


def _plain(drawn: Any, tag: str) -> str:
    return (drawn.findtext(tag) or "").strip()
