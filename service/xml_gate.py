"""The gate for XML from outside: size, depth and element limits; no doctype, no processing instruction."""

from __future__ import annotations

import codecs
from typing import Any

from lxml import etree

from service.errors import ModelRejected, Problem

MAX_BYTES = 2 * 1024 * 1024
MAX_ELEMENTS = 20_000
MAX_DEPTH = 100
# Attributes of one element, and prefixes that it declares; libxml2 takes time by the square of their number.
MAX_ATTRIBUTES = 200
_ARCHIVES = (b"PK\x03\x04", b"\x1f\x8b")


class _Refused(Exception):
    """Ends the parsing; what it was is kept on the guard, because lxml may report its own error instead."""


class _Guard:
    """A parser target that builds the tree itself, so that nothing refused is ever held in memory."""

    def __init__(self) -> None:
        self._builder = etree.TreeBuilder()
        self._depth = 0
        self._elements = 0
        self.refusal = ""

    def _refuse(self, why: str) -> None:
        self.refusal = self.refusal or why
        raise _Refused(why)

    def start(self, tag: str, attributes: Any, nsmap: Any = None) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > MAX_DEPTH:
            self._refuse(f"elements are nested more than {MAX_DEPTH} deep")
        if self._elements > MAX_ELEMENTS:
            self._refuse(f"there are more than {MAX_ELEMENTS} elements")
        if len(attributes) > MAX_ATTRIBUTES or len(nsmap or {}) > MAX_ATTRIBUTES:
            self._refuse(f"an element has more than {MAX_ATTRIBUTES} attributes or prefixes")
        # lxml hands the default namespace's prefix over as "", and takes it back as None only.
        self._builder.start(tag, attributes, {prefix or None: uri for prefix, uri in (nsmap or {}).items()})

    def end(self, tag: str) -> None:
        self._depth -= 1
        self._builder.end(tag)

    def data(self, text: str) -> None:
        self._builder.data(text)

    def comment(self, text: str) -> None:
        return None

    def pi(self, target: str, data: str | None = None) -> None:
        self._refuse(f"the processing instruction <?{target}?> is not allowed")

    def doctype(self, name: str, public_id: str | None, system_url: str | None) -> None:
        self._refuse("a DOCTYPE is not allowed")

    def close(self) -> etree._Element:
        return self._builder.close()


def parse_upload(xml: bytes, filename: str) -> etree._Element:
    """The root element of an uploaded file; raises ModelRejected for what is hostile or not XML.

    Entities are never resolved; comments are dropped.
    """

    def reject(message: str, mend: str) -> ModelRejected:
        return ModelRejected([Problem(filename, message, mend, filename)])

    if len(xml) > MAX_BYTES:
        raise reject(f"the file has {len(xml)} bytes, {MAX_BYTES} are allowed", "Split it into several files.")
    if xml.startswith(_ARCHIVES):
        raise reject("the file is an archive and no XML", "Unpack it first.")
    guard = _Guard()
    options: dict[str, Any] = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
    parser = etree.XMLParser(target=guard, encoding="utf-8", **options)
    try:
        root = etree.fromstring(_as_utf8(xml), parser)
    except UnicodeDecodeError:
        raise reject("the file is not in UTF-8", "Save it as UTF-8.") from None
    except (_Refused, etree.XMLSyntaxError, ValueError) as error:
        if not guard.refusal:
            first = next((f"{one.message.strip()}, line {one.line}" for one in parser.error_log), str(error))
            raise reject(f"the file is not well-formed XML: {first}", "Save it again from a modeler.") from None
    if guard.refusal:
        raise reject(guard.refusal, "Save the file again from a BPMN or DMN modeler.")
    return root


def _as_utf8(xml: bytes) -> bytes:
    """The text in UTF-8, whatever its declaration says; raises UnicodeDecodeError for any other than UTF-8 and UTF-16.

    An encoding that hides the signs of markup could carry past one reader what the next one sees.
    """
    encoding = "utf-16" if xml.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    return xml.decode(encoding).encode()
