"""Models in which every name, label and explanation is hostile; they run as before."""

from __future__ import annotations

import json
from typing import Any

from lxml import etree

# Each would leave a mark: `pwned` of the window, or an element with `data-pwned`. The last two turn the direction of
# what is read: RIGHT-TO-LEFT OVERRIDE and LEFT-TO-RIGHT ISOLATE, neither of them ended (Unicode annex 9).
WORDS = (
    "<script>window.pwned=1</script><img src=x data-pwned onerror=window.pwned=1>"
    "<style data-pwned>*{display:none}</style>\"'><svg data-pwned onload=window.pwned=1>"
    "javascript:window.pwned=1 ${window.pwned=1} \u202e\u2066"
)
_BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"
_DMN = "{https://www.omg.org/spec/DMN/20191111/MODEL/}"
# Messages, errors and signals are known by their names; so are decisions and what they ask.
_SAID_BY_NAME = {f"{_BPMN}{kind}" for kind in ("message", "error", "escalation", "signal")}
_READ = ("label", "description", "text", "placeholder", "title")


def model(name: str, content: bytes) -> bytes:
    """The same file, with hostile words wherever people read some."""
    if name.endswith(".form"):
        return json.dumps(_form(json.loads(content)), ensure_ascii=False).encode()
    root = etree.fromstring(content)
    for one in root.iter(etree.Element):
        if one.tag.startswith(_BPMN) and "name" in one.attrib and one.tag not in _SAID_BY_NAME:
            one.set("name", one.get("name") + WORDS)
        if one.tag == f"{_ZEEBE}property" and one.get("name") in ("name:en", "legalBasis"):
            one.set("value", one.get("value") + WORDS)
        if one.tag in (f"{_BPMN}documentation", f"{_DMN}description"):
            one.text = WORDS + (one.text or "")
        if one.tag.startswith(_DMN) and "label" in one.attrib:
            one.set("label", one.get("label") + WORDS)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _form(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            key: value + WORDS if key.partition(":")[0] in _READ and isinstance(value, str) else _form(value)
            for key, value in node.items()
        }
    return [_form(one) for one in node] if isinstance(node, list) else node
