"""The gate for XML lets drawings in and says why it keeps anything else out."""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest

from service.errors import ModelRejected
from service.xml_gate import MAX_ATTRIBUTES, MAX_BYTES, MAX_DEPTH, MAX_ELEMENTS, parse_upload


def zipped(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


LAUGHS = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))
WIDE = MAX_ATTRIBUTES + 1

HOSTILE = {
    "doctype": (b"<!DOCTYPE a><a/>", "DOCTYPE"),
    "external entity": (b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>', "DOCTYPE"),
    "billion laughs": (b'<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>', "DOCTYPE"),
    "nine rounds of laughs": (f'<!DOCTYPE a [<!ENTITY a0 "ha">{LAUGHS}]><a>&a9;</a>'.encode(), "DOCTYPE"),
    "quadratic blow-up": (
        f'<!DOCTYPE a [<!ENTITY e "{"x" * 50_000}">]><a>{"&e;" * 50_000}</a>'.encode(),
        "DOCTYPE",
    ),
    "external DTD": (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>', "DOCTYPE"),
    "parameter entity": (b'<!DOCTYPE a [<!ENTITY % e SYSTEM "http://127.0.0.1:9/a"> %e;]><a/>', "DOCTYPE"),
    "doctype in UTF-16": ('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a><a/>'.encode("utf-16"), "DOCTYPE"),
    "markup hidden by UTF-7": (b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a+AD4-<a/>', "not well-formed"),
    "markup hidden by EBCDIC": ('<?xml version="1.0" encoding="cp037"?><!DOCTYPE a><a/>'.encode("cp037"), "UTF-8"),
    "no UTF-8": ('<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>'.encode("latin-1"), "UTF-8"),
    "UTF-32": ("<a/>".encode("utf-32"), "not well-formed"),
    "half a sign": (b"<a>&#xD800;</a>", "not well-formed"),
    "the sign 0": (b"<a>\x00</a>", "not well-formed"),
    "two million elements": (b"<a>" + b"<b/>" * 2_000_000 + b"</a>", "bytes"),
    "half a million elements": (b"<a>" + b"<b/>" * 500_000 + b"</a>", "elements"),
    "a hundred thousand starts": (b"<a>" * 100_000, "deep"),
    "wide attributes": (b"<a " + b" ".join(b'b%d="1"' % i for i in range(100_000)) + b"/>", "attributes"),
    "just too wide": (b"<a " + b" ".join(b'b%d="1"' % i for i in range(WIDE)) + b"/>", "attributes"),
    "wide prefixes": (b"<a " + b" ".join(b'xmlns:b%d="u%d"' % (i, i) for i in range(50_000)) + b"/>", "prefixes"),
    "the same attribute twice": (b'<a b="1" b="2"/>', "not well-formed"),
    "a name of a million signs": (b"<" + b"a" * 1_000_000 + b"/>", "not well-formed"),
    "a zip": (zipped("drawn.bpmn", b"<a/>"), "archive"),
    "a zip bomb": (zipped("drawn.bpmn", b"<a>" + b" " * 50_000_000 + b"</a>"), "archive"),
    "gzip": (gzip.compress(b"<a/>"), "archive"),
    "something after the end": (b"<a/>junk", "not well-formed"),
    "two roots": (b"<a/><b/>", "not well-formed"),
    "undeclared entity": (b"<a>&e;</a>", "not well-formed"),
    "processing instruction": (b"<a><?php echo 1 ?></a>", "processing instruction"),
    "stylesheet instruction": (b'<?xml-stylesheet href="x.xsl"?><a/>', "processing instruction"),
    "too deep": (b"<a>" * (MAX_DEPTH + 1) + b"</a>" * (MAX_DEPTH + 1), "deep"),
    "too many elements": (b"<a>" + b"<b/>" * MAX_ELEMENTS + b"</a>", "elements"),
    "too large": (b"<a>" + b" " * MAX_BYTES + b"</a>", "bytes"),
    "cut off": (b"<a><b></a>", "not well-formed"),
    "empty": (b"", "not well-formed"),
    "no XML": (b"dear colleagues", "not well-formed"),
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


def test_what_is_included_is_not_fetched() -> None:
    include = b'<xi:include href="file:///etc/passwd" parse="text"/>'
    root = parse_upload(b'<a xmlns:xi="http://www.w3.org/2001/XInclude">' + include + b"</a>", "a.bpmn")
    assert [one.tag for one in root] == ["{http://www.w3.org/2001/XInclude}include"]
    assert "".join(root.itertext()) == ""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_is_read_in_its_usual_forms(encoding: str) -> None:
    declared = "UTF-16" if encoding == "utf-16" else "UTF-8"
    root = parse_upload(f'<?xml version="1.0" encoding="{declared}"?><a>受理</a>'.encode(encoding), "a.bpmn")
    assert root.text == "受理"


def test_a_fault_is_told_with_its_line() -> None:
    with pytest.raises(ModelRejected, match="line 3"):
        parse_upload(b"<a>\n<b>\n</a>", "a.bpmn")
