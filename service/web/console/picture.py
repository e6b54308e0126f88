"""A diagram as a picture: SVG drawn from the shapes and edges that the file itself has (BPMN DI), some of it marked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from service.web.console.picture_signs import CORNER, CURRENT, INSIDE, MARKED, MARKS
from service.web.console.wrapping import wrapped
from service.xml_gate import parse_upload

Element = Any

_SVG = "http://www.w3.org/2000/svg"
_INK, _QUIET, _PAPER, _MARK, _GLOW = "#1b2733", "#8795a3", "#ffffff", "#b4430f", "#ffe3c7"
# The five of tokens.css, from cool to hot, and what is read on them.
_HEAT = ("#fff1c2", "#ffd27f", "#fba45c", "#ea6b4b", "#c2303b")
_ON_HEAT = (_INK, _INK, _INK, _INK, _PAPER)
_FONT = "system-ui, 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"
_SIZE, _LINE = 12, 15
# Around what is marked, so that its neighbours are seen too.
_AROUND, _LEAST = 70, (420, 200)
_EDGE = 12
# How wide a picture is where it has to fit, and how much larger than names numbers may be in it.
_SEEN, _MOST_SCALED = 1_000, 2.6
# What a name beside an element may be wide, as modelers let it.
_LABEL = 90
_CONTAINERS = frozenset({"participant", "lane"})
_ROUND = frozenset({"startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"})


@dataclass(frozen=True, slots=True)
class Warmth:
    """How hot an element is, from 1 to 5 (0: cold), the number beside it, what is told of it, where that leads."""

    step: int
    number: str
    told: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2


def draw(
    xml: bytes,
    name: str,
    marked: Collection[str] = (),
    *,
    whole: bool = True,
    visits: Mapping[str, int] | None = None,
    waiting: Collection[str] = (),
    heat: Mapping[str, Warmth] | None = None,
    in_english: bool = False,
    is_fitted: bool = False,
    marks: Mapping[str, str] | None = None,
) -> bytes:
    """The picture of a diagram; unless `whole`, what is marked with what is around it. Raises ModelRejected.

    `visits` are written beside what was visited, with a triangle where something waits now. `heat` colours elements.
    `in_english`: by the names that the file has for that. `is_fitted`: it is to fit a window, so numbers are larger.
    `marks` say how some of it is marked otherwise, in the words of picture_signs.py.
    """
    root = parse_upload(xml, name)
    elements = {one.get("id"): one for one in root.iter(etree.Element) if one.get("id")}
    if in_english:
        _translate(elements)
    shapes = [(elements.get(one.get("bpmnElement")), one) for one in root.iter("{*}BPMNShape")]
    edges = [(elements.get(one.get("bpmnElement")), one) for one in root.iter("{*}BPMNEdge")]
    drawing = _Drawing({**dict.fromkeys(marked, MARKED), **(marks or {})}, heat or {})
    # What lies around others is drawn first: a pool, its lanes, then what is opened inside of them.
    known = [(element, shape) for element, shape in shapes if element is not None]
    for element, shape in sorted(known, key=lambda it: _depth(it[0], it[1])):
        drawing.shape(element, shape)
        if (visits or {}).get(element.get("id")):
            drawing.visit(shape, (visits or {})[element.get("id")], is_waiting=element.get("id") in waiting)
    for element, edge in edges:
        if element is not None:
            drawing.edge(element, edge)
    return drawing.written(whole=whole, is_fitted=is_fitted)


class _Drawing:
    def __init__(self, marks: Mapping[str, str], heat: Mapping[str, Warmth]) -> None:
        self._marks, self._heat, self._id = marks, heat, ""
        self._warm_boxes: list[tuple[Box, Warmth]] = []
        self._svg = etree.Element("svg", nsmap={None: _SVG})
        self._texts = etree.Element("g")
        self._all: list[Box] = []
        self._mine: list[Box] = []
        self._svg.append(_arrow("arrow", _INK))
        for mark in sorted({MARKED, CURRENT, *marks.values()}):
            self._svg.append(_arrow(f"arrow-{mark}", MARKS[mark][0]))

    def shape(self, element: Element, shape: Element) -> None:
        box, kind, id_ = _box(shape), etree.QName(element).localname, element.get("id")
        if box is None:
            return
        mark = self._note(id_, box)
        style = _style(mark, kind in _CONTAINERS)
        inks = _INK, _PAPER
        if (warmth := self._heat.get(id_)) and warmth.step:
            style["fill"] = _HEAT[warmth.step - 1]
            self._warm_boxes.append((box, warmth))
            inks = _ON_HEAT[warmth.step - 1], style["fill"]
        if kind in _ROUND:
            self._event(element, kind, box, style)
            self._beside(element, shape, box)
        elif kind.endswith("Gateway"):
            self._gateway(kind, box, style)
            self._beside(element, shape, box)
        elif kind in _CONTAINERS:
            self._container(element, shape, box, style)
        elif kind == "textAnnotation":
            self._text(element.findtext("{*}text") or "", box, at_top=True)
        else:
            self._task(element, shape, kind, box, style, inks)
        self._sign(mark, box.x + box.width, box.y)

    def edge(self, element: Element, edge: Element) -> None:
        points = [(_number(one, "x"), _number(one, "y")) for one in edge.findall("{*}waypoint")]
        if len(points) < 2:
            return
        xs, ys = [x for x, _ in points], [y for _, y in points]
        mark = self._note(element.get("id"), Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)))
        kind = etree.QName(element).localname
        line = {"points": " ".join(f"{x:g},{y:g}" for x, y in points), **_style(mark), "fill": "none"}
        line["marker-end"] = f"url(#arrow-{mark})" if mark else "url(#arrow)"
        if kind != "sequenceFlow":
            line["stroke-dasharray"] = "5 4"
        self._add("polyline", **line)
        (x, y), (then_x, then_y) = points[(len(points) - 1) // 2], points[(len(points) + 1) // 2]
        self._sign(mark, (x + then_x) / 2, (y + then_y) / 2)
        label = edge.find("{*}BPMNLabel")
        beside = _box(label) if label is not None else None
        if element.get("name") and beside is not None:
            self._text(element.get("name"), beside, at_top=True, is_label=True)

    def visit(self, shape: Element, number: int, *, is_waiting: bool) -> None:
        """How often it was visited, at its upper right corner; a triangle before it says that it waits now."""
        box = _box(shape)
        if box is None:
            return
        x, y, said = box.x + box.width, box.y, f"▶ {number}" if is_waiting else str(number)
        width = 34 if is_waiting else 20
        place = {"x": f"{x - width / 2:g}", "y": f"{y - 9:g}", "width": str(width), "height": "18", "rx": "9"}
        badge = etree.SubElement(self._texts, "rect", place)
        badge.set("fill", _GLOW if is_waiting else _PAPER)
        badge.set("stroke", _MARK)
        self._words(said, x, y + 4)

    def _sign(self, mark: str, x: float, y: float) -> None:
        """What a colour says, as a sign."""
        if sign := MARKS[mark][2] if mark else "":
            place = {"cx": f"{x:g}", "cy": f"{y:g}", "r": "9", "fill": _PAPER, "stroke": MARKS[mark][0]}
            etree.SubElement(self._texts, "circle", place)
            self._words(sign, x, y + 4)

    def _warm(self, box: Box, warmth: Warmth, scale: float) -> None:
        """Its number at its upper left corner; all of it tells more, and leads to what is counted."""
        over = self._svg
        if warmth.href:
            # The table beside the picture has the same links for those who go by keyboard.
            over = etree.SubElement(over, "a", href=warmth.href, tabindex="-1")
        size = {"x": f"{box.x:g}", "y": f"{box.y:g}", "width": f"{box.width:g}", "height": f"{box.height:g}"}
        whole = etree.SubElement(over, "rect", size, fill=_PAPER)
        whole.set("fill-opacity", "0")
        etree.SubElement(whole, "title").text = warmth.told
        letter = _SIZE * scale
        width = letter + sum(letter if sign > "\u2e7f" else letter * 0.6 for sign in warmth.number)
        x, y = box.x - 8, box.y - letter
        place = {"x": f"{x:g}", "y": f"{y:g}", "width": f"{width:g}", "height": f"{letter * 1.6:g}"}
        etree.SubElement(over, "rect", place, rx=f"{letter * 0.8:g}", fill=_INK)
        words = etree.SubElement(over, "text", x=f"{x + width / 2:g}", y=f"{y + letter * 1.17:g}", fill=_PAPER)
        words.set("text-anchor", "middle")
        words.set("font-size", f"{letter:g}")
        words.text = warmth.number

    def written(self, *, whole: bool, is_fitted: bool = False) -> bytes:
        view = _around(self._all, _EDGE, (0, 0))
        if not whole and self._mine:
            view = _around(self._mine, _AROUND, _LEAST)
        self._svg.append(self._texts)
        # As it is seen in a window, however long the diagram is.
        scale = min(max(view.width / _SEEN, 1), _MOST_SCALED) if is_fitted else 1
        for box, warmth in self._warm_boxes:
            self._warm(box, warmth, scale)
        self._svg.set("viewBox", f"{view.x:g} {view.y:g} {view.width:g} {view.height:g}")
        self._svg.set("width", f"{view.width:g}")
        self._svg.set("height", f"{view.height:g}")
        self._svg.set("font-family", _FONT)
        self._svg.set("font-size", str(_SIZE))
        ground = etree.Element("rect", x=f"{view.x:g}", y=f"{view.y:g}", fill=_PAPER)
        ground.set("width", f"{view.width:g}")
        ground.set("height", f"{view.height:g}")
        self._svg.insert(0, ground)
        written: bytes = etree.tostring(self._svg, encoding="utf-8", xml_declaration=True)
        return written

    def _event(self, element: Element, kind: str, box: Box, style: Mapping[str, str]) -> None:
        x, y = box.middle
        radius = box.width / 2
        is_dashed = element.get("cancelActivity") == "false" or element.get("isInterrupting") == "false"
        dash = {"stroke-dasharray": "4 3"} if is_dashed else {}
        line = {**style, "stroke-width": "4"} if kind == "endEvent" else {**style, **dash}
        self._add("circle", cx=f"{x:g}", cy=f"{y:g}", r=f"{radius:g}", **line)
        if kind not in ("startEvent", "endEvent"):
            inner = {**style, **dash, "fill": "none"}
            self._add("circle", cx=f"{x:g}", cy=f"{y:g}", r=f"{radius - 3:g}", **inner)
        what = next(
            (
                etree.QName(one).localname
                for one in element.iterchildren(etree.Element)
                if etree.QName(one).localname in INSIDE
            ),
            None,
        )
        if what:
            is_filled = kind in ("endEvent", "intermediateThrowEvent")
            self._glyph(INSIDE[what], x, y, style["stroke"], fill=style["stroke"] if is_filled else "none")

    def _gateway(self, kind: str, box: Box, style: Mapping[str, str]) -> None:
        x, y = box.middle
        points = ((x, box.y), (box.x + box.width, y), (x, box.y + box.height), (box.x, y))
        self._add("polygon", points=" ".join(f"{one:g},{other:g}" for one, other in points), **style)
        if kind in INSIDE:
            heavy = "3" if kind in ("exclusiveGateway", "parallelGateway") else "1.5"
            self._glyph(INSIDE[kind], x, y, style["stroke"], width=heavy)

    def _container(self, element: Element, shape: Element, box: Box, style: Mapping[str, str]) -> None:
        self._rect(box, style)
        if not element.get("name"):
            return
        if shape.get("isHorizontal") == "false":
            self._text(element.get("name"), Box(box.x, box.y, box.width, 2 * _LINE), at_top=True)
            return
        x, y = box.x + _LINE, box.y + box.height / 2
        told = self._words(element.get("name"), x, y + 4)
        told.set("transform", f"rotate(-90 {x:g} {y:g})")

    def _task(
        self, element: Element, shape: Element, kind: str, box: Box, style: Mapping[str, str], inks: tuple[str, str]
    ) -> None:
        heavy = {"stroke-width": "4"} if kind == "callActivity" else {}
        dash = {"stroke-dasharray": "3 3"} if element.get("triggeredByEvent") == "true" else {}
        is_open = shape.get("isExpanded") == "true"
        self._rect(box, {**style, **heavy, **dash}, rx="10")
        if kind in CORNER:
            self._glyph(CORNER[kind], box.x + 15, box.y + 14, style["stroke"], width="1.2")
        loop = element.find("{*}multiInstanceLoopCharacteristics")
        if loop is not None:
            is_sequential = loop.get("isSequential") == "true"
            lines = "M-7,-4 H7 M-7,0 H7 M-7,4 H7" if is_sequential else "M-4,-7 V7 M0,-7 V7 M4,-7 V7"
            self._glyph(lines, box.middle[0], box.y + box.height - 12, style["stroke"], width="2")
        if element.get("name"):
            self._text(element.get("name"), box, at_top=is_open, inks=inks)

    def _beside(self, element: Element, shape: Element, box: Box) -> None:
        """The name of what is too small to hold it: where its label is drawn, else below."""
        if not element.get("name"):
            return
        label = shape.find("{*}BPMNLabel")
        place = _box(label) if label is not None else None
        below = Box(box.middle[0] - _LABEL / 2, box.y + box.height + 4, _LABEL, 2 * _LINE)
        self._text(element.get("name"), place or below, at_top=True, is_label=True)

    def _text(
        self,
        text: str,
        box: Box,
        *,
        at_top: bool = False,
        is_label: bool = False,
        inks: tuple[str, str] = (_INK, _PAPER),
    ) -> None:
        room = max(box.width, _LABEL) if is_label else box.width - 8
        lines = list(wrapped(text, room, _SIZE))
        x, y = box.middle
        first = box.y + _LINE - 3 if at_top else y - (len(lines) - 1) * _LINE / 2 + 4
        for number, line in enumerate(lines):
            self._words(line, x, first + number * _LINE, inks)

    def _words(self, text: str, x: float, y: float, inks: tuple[str, str] = (_INK, _PAPER)) -> Element:
        told = etree.SubElement(self._texts, "text", x=f"{x:g}", y=f"{y:g}", fill=inks[0])
        told.set("text-anchor", "middle")
        # A name keeps what it is drawn over from being read through it.
        told.set("paint-order", "stroke")
        told.set("stroke", inks[1])
        told.set("stroke-width", "2")
        told.text = text
        return told

    def _rect(self, box: Box, style: Mapping[str, str], **more: str) -> None:
        size = {"x": f"{box.x:g}", "y": f"{box.y:g}", "width": f"{box.width:g}", "height": f"{box.height:g}"}
        self._add("rect", **size, **style, **more)

    def _glyph(self, path: str, x: float, y: float, stroke: str, *, width: str = "1.5", fill: str = "none") -> None:
        style = {"stroke": stroke, "stroke-width": width, "fill": fill}
        self._add("path", d=path, transform=f"translate({x:g} {y:g})", **style)

    def _add(self, tag: str, **attributes: str) -> None:
        made = etree.SubElement(self._svg, tag)
        if self._id:
            made.set("data-id", self._id)
        for name, value in attributes.items():
            made.set(name.replace("_", "-"), value)

    def _note(self, id_: str, box: Box) -> str:
        self._id = id_
        self._all.append(box)
        if id_ in self._marks:
            self._mine.append(box)
        return self._marks.get(id_, "")


def _translate(elements: Mapping[str, Element]) -> None:
    for one in elements.values():
        # A pool is called as its process is.
        named = elements.get(one.get("processRef", ""), one)
        said = named.find("{*}extensionElements/{*}properties/{*}property[@name='name:en']")
        if said is not None and said.get("value"):
            one.set("name", said.get("value"))


def _depth(element: Element, shape: Element) -> tuple[int, int]:
    kind = etree.QName(element).localname
    order = {"participant": 0, "lane": 1}.get(kind, 2)
    inside = sum(1 for _ in element.iterancestors("{*}subProcess", "{*}adHocSubProcess", "{*}transaction"))
    return order + (2 * inside if order == 2 else 0), int(kind == "boundaryEvent")


def _style(mark: str, is_container: bool = False) -> dict[str, str]:
    if mark:
        line, ground, _ = MARKS[mark]
        return {"fill": "none" if is_container else ground, "stroke": line, "stroke-width": "3"}
    if is_container:
        return {"fill": "none", "stroke": _QUIET, "stroke-width": "1"}
    return {"fill": _PAPER, "stroke": _INK, "stroke-width": "1.5"}


def _arrow(id_: str, color: str) -> Element:
    made = etree.Element("marker", id=id_, viewBox="0 0 10 10", refX="10", refY="5", orient="auto")
    made.set("markerWidth", "9")
    made.set("markerHeight", "9")
    made.set("markerUnits", "userSpaceOnUse")
    etree.SubElement(made, "path", d="M0,0 L10,5 L0,10 Z", fill=color)
    return made


def _around(boxes: Sequence[Box], margin: float, least: tuple[float, float]) -> Box:
    """What holds all of these, with a margin, and no smaller than that."""
    if not boxes:
        return Box(0, 0, 100, 40)
    left, top = min(one.x for one in boxes) - margin, min(one.y for one in boxes) - margin
    right = max(one.x + one.width for one in boxes) + margin
    bottom = max(one.y + one.height for one in boxes) + margin
    width, height = max(right - left, least[0]), max(bottom - top, least[1])
    return Box((left + right - width) / 2, (top + bottom - height) / 2, width, height)


def _box(holder: Element) -> Box | None:
    bounds = holder.find("{*}Bounds")
    if bounds is None:
        return None
    return Box(*(_number(bounds, name) for name in ("x", "y", "width", "height")))


def _number(holder: Element, name: str) -> float:
    try:
        return float(holder.get(name, "0"))
    except ValueError:
        return 0.0
