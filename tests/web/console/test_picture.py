"""A diagram as a picture: everything that is drawn stands there, and what is marked is seen."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from service.web.console.picture import Warmth, draw
from tests.test_house_rules import DIAGRAMS, named

_SVG = "{http://www.w3.org/2000/svg}"


def _drawn(path: Path, marked: list[str] | None = None, *, whole: bool = True) -> etree._Element:
    return etree.fromstring(draw(path.read_bytes(), path.name, marked or [], whole=whole))


@pytest.mark.parametrize("path", DIAGRAMS, ids=named)
def test_every_name_of_a_diagram_is_read_in_its_picture(path: Path) -> None:
    model = etree.parse(path)
    shapes = {one.get("bpmnElement") for one in model.iter("{*}BPMNShape")}
    names = {one.get("name") for one in model.iter("{*}*") if one.get("id") in shapes and one.get("name")}
    told = "".join("".join(one.itertext()) for one in _drawn(path).iter(f"{_SVG}text")).replace(" ", "")
    assert [name for name in names if "".join(name.split()) not in told] == []


def test_what_is_marked_is_drawn_otherwise_and_cut_out(project: Path) -> None:
    path = project / "processes/data-exchange.bpmn"
    plain, marked = _drawn(path), _drawn(path, ["review-sharing", "is-needed-to-approve-sharing"])
    differs = [
        one for one, other in zip(plain.iter(), marked.iter(), strict=True) if dict(one.attrib) != dict(other.attrib)
    ]
    assert sorted(etree.QName(one).localname for one in differs) == ["path", "polyline", "rect"]
    whole, part = (float(_drawn(path, ["review-sharing"], whole=one).get("width") or 0) for one in (True, False))
    assert part < whole / 2
    assert _drawn(path, ["not-there"], whole=False).get("width") == _drawn(path).get("width")


def test_what_was_visited_tells_how_often_and_what_waits_is_told(project: Path) -> None:
    path = project / "processes/data-exchange.bpmn"
    drawn = draw(path.read_bytes(), path.name, visits={"review-sharing": 2}, waiting={"review-sharing"})
    assert "▶ 2" in drawn.decode()


def test_heat_colours_an_element_and_tells_its_number_as_text(project: Path) -> None:
    path, hostile = project / "processes/data-exchange.bpmn", '"><script>alert(1)</script>'
    heat = {"review-sharing": Warmth(5, "2.5 d", hostile, "/heat/x?part=through"), "nowhere": Warmth(1, "1", "")}
    drawn = etree.fromstring(draw(path.read_bytes(), path.name, heat=heat, in_english=True, is_fitted=True))
    assert [one.get("fill") for one in drawn.iter() if one.get("fill") == "#c2303b"] == ["#c2303b"]
    (link,) = drawn.iter(f"{_SVG}a")
    assert (link.get("href"), link.get("tabindex")) == ("/heat/x?part=through", "-1")
    assert "".join(link.itertext()) == f"{hostile}2.5 d"
    assert not list(drawn.iter(f"{_SVG}script"))
    said = " ".join("".join(one.itertext()) for one in drawn.iter(f"{_SVG}text"))
    assert not [sign for sign in said if "\u4e00" <= sign <= "\u9fff"]
