"""The same diagram, written in other ways that XML has: it must be read as the same."""

from __future__ import annotations

import re

from lxml import etree

from service import bpmn
from service.bpmn.vocabulary import BPMN
from tests.broken_diagrams.shapes import Xml

# The text of an element, or between two of them.
_TEXT = re.compile(r">([^<>]*)<")


def written(xml: bytes) -> dict[str, bytes]:
    """By what is done to it."""
    root = etree.fromstring(xml)
    text = etree.tostring(root, encoding="unicode")
    spaced = etree.fromstring(xml)
    etree.indent(spaced, "\t")
    return {
        "a byte order mark": b"\xef\xbb\xbf" + text.encode(),
        "UTF-16": text.encode("utf-16"),
        "UTF-16, and says so": f'<?xml version="1.0" encoding="UTF-16"?>{text}'.encode("utf-16"),
        "lines of Windows": etree.tostring(spaced).replace(b"\n", b"\r\n"),
        "comments everywhere": _TEXT.sub(r"><!-- a > b -->\1<!-- </x> --><", text).encode(),
        "comments inside of texts": _TEXT.sub(lambda found: f">{'<!---->'.join(_halves(found[1]))}<", text).encode(),
        "texts as CDATA": _TEXT.sub(lambda found: f">{_as_cdata(found[1])}<", text).encode(),
        "letters as entities": _TEXT.sub(lambda found: f">{_as_entities(found[1])}<", text).encode(),
        "another prefix": text.replace("<bpmn:", "<b2:")
        .replace("</bpmn:", "</b2:")
        .replace("xmlns:bpmn=", "xmlns:b2=")
        .replace('"bpmn:tFormal', '"b2:tFormal')
        .encode(),
        "no prefix": _without_prefix(root),
        "attributes the other way round": _reversed(root),
    }


def read(xml: bytes) -> list[str]:
    """All that a file says, but for the file itself."""
    return [
        repr((one.id, one.name, one.version_tag, one.elements, one.flows, one.listeners, one.job_priority, one.forms))
        for one in bpmn.read_models(xml, "p.bpmn")
    ]


def _halves(text: str) -> tuple[str, str]:
    middle = len(text) // 2
    # An entity is not to be cut.
    return (text, "") if "&" in text else (text[:middle], text[middle:])


def _as_cdata(text: str) -> str:
    return text if "&" in text or not text.strip() else f"<![CDATA[{text}]]>"


def _as_entities(text: str) -> str:
    return text if "&" in text or not text.strip() else "".join(f"&#x{ord(letter):x};" for letter in text)


def _without_prefix(root: Xml) -> bytes:
    spaces = {None: BPMN, **{prefix: uri for prefix, uri in root.nsmap.items() if prefix and uri != BPMN}}
    bare = etree.Element(root.tag, root.attrib, nsmap=spaces)
    bare.extend(etree.fromstring(etree.tostring(child)) for child in root)
    etree.cleanup_namespaces(bare)
    return bytes(etree.tostring(bare))


def _reversed(root: Xml) -> bytes:
    again = etree.fromstring(etree.tostring(root))
    for one in again.iter():
        if isinstance(one.tag, str):
            given = list(one.attrib.items())
            one.attrib.clear()
            for key, value in reversed(given):
                one.set(key, value)
    return bytes(etree.tostring(again))
