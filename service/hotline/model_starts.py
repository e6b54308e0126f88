"""The file with which a new diagram, table or form begins: small, and fit to be deployed as it is."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

from lxml import etree

from service.errors import Invalid, Problem
from service.hotline import deployed
from service.xml_gate import parse_upload

_FOLDER = Path(__file__).with_name("starting")
_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST_ID, LONGEST_NAME = 60, 100
_NEW = "new"


def begun(kind: str, id_: str, name: str) -> tuple[str, str, bytes]:
    """The id by which the studio knows it, the name of its file, and the file; raises Invalid with the field."""
    if kind not in deployed.ENDINGS:
        raise _invalid("kind", "There is nothing of this kind.")
    if not _ID.fullmatch(id_) or len(id_) > _LONGEST_ID:
        raise _invalid("id", f"Write small letters, digits and hyphens, like road-repair: {_LONGEST_ID} at most.")
    if kind != "form" and (not name.strip() or len(name) > LONGEST_NAME or _has_controls(name)):
        raise _invalid("name", f"Give it a name, of {LONGEST_NAME} characters at most.")
    content = (_FOLDER / f"new{deployed.ENDINGS[kind]}").read_bytes()
    made = _form(content, id_) if kind == "form" else _drawn(content, id_, name.strip())
    return f"{id_}-graph" if kind == "decision" else id_, id_ + deployed.ENDINGS[kind], made


def _form(content: bytes, id_: str) -> bytes:
    return json.dumps({**json.loads(content), "id": id_}, ensure_ascii=False, indent=2).encode()


def _drawn(content: bytes, id_: str, name: str) -> bytes:
    """Its own id and name wherever the new file has those of a new one."""
    root = parse_upload(content, _NEW)
    old = root.find("{*}process") if root.find("{*}process") is not None else root
    called = old.get("name")
    for element in root.iter(etree.Element):
        for attribute, value in element.attrib.items():
            if value in (_NEW, f"{_NEW}-graph"):
                element.set(attribute, value.replace(_NEW, id_, 1))
            elif value == called:
                element.set(attribute, name)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _has_controls(text: str) -> bool:
    return any(unicodedata.category(sign) in ("Cc", "Cs") for sign in text)


def _invalid(field: str, message: str) -> Invalid:
    return Invalid(message, [Problem(field, message)])
