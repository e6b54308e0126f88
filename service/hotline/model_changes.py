"""What a new version changes, in words: the elements, rows and fields that come, go, or are told something else.

Nothing is left out: what has no word of its own is told by the path at which it stands in the file. Where a thing is
drawn is no rule, and not compared.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from service.hotline import drawn
from service.xml_gate import parse_upload

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
ORDER = "order"
# What stands in one of these is a part by itself; anything else belongs to the part around it.
_AROUND = frozenset(
    {
        "definitions",
        "collaboration",
        "process",
        "subProcess",
        "adHocSubProcess",
        "transaction",
        "laneSet",
        "childLaneSet",
        "decisionTable",
    }
)
# The picture, and what follows from the flows themselves.
_PASSED = frozenset({"BPMNDiagram", "DMNDI", "incoming", "outgoing"})
# What lists hold is known by one of these, and told by one of those.
_KNOWN_BY, _TOLD_BY = ("name", "key", "target"), ("value", "source")
_LISTED = frozenset({"property", "header", "input", "output", "flowNodeRef"})


@dataclass(frozen=True, slots=True)
class Part:
    """`told`: what the file says of it, by its path."""

    id: str
    type: str
    name: str
    told: Mapping[str, str]
    place: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """`told`: the path, what stood there, what stands there now."""

    how: str
    part: Part
    told: Sequence[tuple[str, str, str]] = field(default_factory=tuple)


def between(kind: str, before: bytes, after: bytes, name: str) -> list[Changed]:
    """Raises ModelRejected for what cannot be read at all."""
    old, new = (_parts(kind, content, name) for content in (before, after))
    found = [Changed(REMOVED, old[id_]) for id_ in old if id_ not in new]
    for id_, part in new.items():
        if id_ not in old:
            found.append(Changed(ADDED, part, [(path, "", text) for path, text in part.told.items() if text]))
        elif told := list(_differences(old[id_].told, part.told)):
            found.append(Changed(CHANGED, part, told))
    return [*found, *_moved(old, new)]


def _differences(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    for path in dict.fromkeys((*old, *new)):
        if old.get(path, "") != new.get(path, ""):
            yield path, old.get(path, ""), new.get(path, "")


def _moved(old: Mapping[str, Part], new: Mapping[str, Part]) -> Iterator[Changed]:
    """Rows and fields whose order has changed: of rows it may decide which of them counts."""
    for place in dict.fromkeys(one.place for one in new.values() if one.place):
        first, then = ([id_ for id_, one in some.items() if one.place == place] for some in (old, new))
        kept = set(first) & set(then)
        was, is_ = ([id_ for id_ in ids if id_ in kept] for ids in (first, then))
        if was != is_:
            around = new.get(place, Part(place, "", "", {}))
            yield Changed(CHANGED, around, [(ORDER, ", ".join(was), ", ".join(is_))])


def _parts(kind: str, content: bytes, name: str) -> dict[str, Part]:
    if kind == "form":
        return {one.id: one for one in _form(json.loads(content))}
    return {one.id: one for one in _drawn(parse_upload(content, name))}


def _form(schema: Any) -> Iterator[Part]:
    told = {path: text for path, text in drawn.flat(schema).items() if not path.startswith("components")}
    yield Part(str(schema.get("id")), "form", "", told)
    for one in drawn.fields(schema):
        shown = {path: text for path, text in one.told.items() if not path.startswith(("layout", "id"))}
        yield Part(one.id, one.type, one.label or one.key, shown, str(schema.get("id")))


def _drawn(root: Any) -> Iterator[Part]:
    yield Part(root.get("id", ""), "definitions", root.get("name", ""), dict(_told(root, "")))
    for element in root.iter(etree.Element):
        parent = element.getparent()
        if parent is None or not _is_part(element):
            continue
        type_, around = etree.QName(element).localname, etree.QName(parent).localname
        if around == "decisionTable":
            yield _of_table(element, type_, parent)
        else:
            yield Part(element.get("id"), type_, element.get("name", ""), dict(_told(element, "")))


def _of_table(element: Any, type_: str, table: Any) -> Part:
    decision = table.getparent().get("id", "")
    if type_ != "rule":
        return Part(element.get("id"), type_, element.get("label", ""), dict(_told(element, "")))
    columns = [*table.findall("{*}input"), *table.findall("{*}output")]
    labels = [one.get("label") or one.get("name") or one.findtext("{*}inputExpression/{*}text") for one in columns]
    cells = [*element.findall("{*}inputEntry"), *element.findall("{*}outputEntry")]
    told = {
        label or str(number): (cell.findtext("{*}text") or "").strip()
        for number, (label, cell) in enumerate(zip(labels, cells, strict=False), 1)
    }
    told["description"] = (element.findtext("{*}description") or "").strip()
    number = table.findall("{*}rule").index(element) + 1
    return Part(element.get("id"), "rule", str(number), told, decision)


def _is_part(element: Any) -> bool:
    parent = element.getparent()
    if parent is None or etree.QName(element).localname in _PASSED | {"extensionElements", "laneSet"}:
        return False
    return bool(element.get("id")) and etree.QName(parent).localname in _AROUND


def _told(element: Any, path: str) -> Iterator[tuple[str, str]]:
    for name, value in element.attrib.items():
        # An id inside of a part, and what kind of expression one is, say nothing about the rule.
        if (own := etree.QName(name).localname) not in ("id", "type") or (own == "type" and _is_zeebe(element)):
            yield f"{path}{own}", value
    text = (element.text or "").strip()
    if text:
        yield path.removesuffix(".") or "text", text
    seen: dict[str, int] = {}
    for child in element.iterchildren(etree.Element):
        name = etree.QName(child).localname
        if name in _PASSED or _is_part(child):
            continue
        if name in _LISTED and (listed := _listed(child, name)):
            yield listed
            continue
        seen[name] = seen.get(name, 0) + 1
        # Of several alike, each is told by its number.
        step = name if seen[name] == 1 else f"{name}[{seen[name]}]"
        yield from _told(child, f"{path}{step}.")


def _is_zeebe(element: Any) -> bool:
    return "zeebe" in (etree.QName(element).namespace or "")


def _listed(child: Any, name: str) -> tuple[str, str] | None:
    if name == "flowNodeRef":
        return f"{name} {child.text}", child.text or ""
    known = next((child.get(one) for one in _KNOWN_BY if child.get(one)), None)
    told = next((child.get(one) for one in _TOLD_BY if child.get(one) is not None), None)
    return None if known is None or told is None else (f"{name} {known}", told)
