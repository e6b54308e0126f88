"""The gate for XML lets drawings in and says why it keeps anything else out."""

from __future__ import annotations

import pytest

from service.errors import ModelRejected
from service.xml_gate import MAX_BYTES, MAX_DEPTH, MAX_ELEMENTS, parse_upload

HOSTILE = {
    "doctype": (b"<!DOCTYPE a><a/>", "DOCTYPE"),
    "external entity": (b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>', "DOCTYPE"),
    "billion laughs": (b'<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>', "DOCTYPE"),
    "undeclared entity": (b"<a>&e;</a>", "not well-formed"),
    "processing instruction": (b"<a><?php echo 1 ?></a>", "processing instruction"),
    "stylesheet instruction": (b'<?xml-stylesheet href="x.xsl"?><a/>', "processing instruction"),
    "too deep": (b"<a>" * (MAX_DEPTH + 1) + b"</a>" * (MAX_DEPTH + 1), "deep"),
    "too many elements": (b"<a>" + b"<b/>" * MAX_ELEMENTS + b"</a>", "elements"),
    "too large": (b"<a>" + b" " * MAX_BYTES + b"</a>", "bytes"),
    "cut off": (b"<a><b></a>", "not well-formed"),
    "empty": (b"", "not well-formed"),
    "no XML": (b"PK\x03\x04", "not well-formed"),
}


@pytest.mark.parametrize(("xml", "reason"), HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_hostile_or_broken_is_refused_with_the_reason_and_the_file(xml: bytes, reason: str) -> None:
    with pytest.raises(ModelRejected, match=reason) as refused:
        parse_upload(xml, "drawn.bpmn")
    assert refused.value.problems[0].file == "drawn.bpmn"
    assert refused.value.problems[0].mend


def test_a_drawing_passes_without_its_comments() -> None:
    root = parse_upload(
        '<?xml version="1.0" encoding="UTF-8"?><a x="1"><!-- aside --><b>受理</b></a>'.encode(), "a.bpmn"
    )
    assert root.get("x") == "1"
    assert [child.tag for child in root] == ["b"]
    assert root[0].text == "受理"


def test_a_default_namespace_with_elements_inside_is_read() -> None:
    root = parse_upload(b'<a xmlns="urn:x"><b><c/></b></a>', "ok.bpmn")
    assert [one.tag for one in root.iter()] == ["{urn:x}a", "{urn:x}b", "{urn:x}c"]
