"""A picture of a diagram on a page of a PDF: the few kinds of shapes that picture.py writes, drawn again."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from lxml import etree
from reportlab.lib.colors import HexColor
from reportlab.platypus import Flowable

FONT = "STSong-Light"
_PIECE = re.compile(r"([MLHVACZ])([^MLHVACZ]*)")
_NUMBER = re.compile(r"-?[\d.]+")
_PLACE = re.compile(r"translate\((\S+) (\S+)\)")
_SIZE, _ARROW = 12, 9
# So many points are enough for a round of a few millimetres.
_POINTS = 12


class Picture(Flowable):  # type: ignore[misc]  # the library brings no types
    """As wide as there is room, and no higher."""

    def __init__(self, svg: bytes, width: float, height: float) -> None:
        super().__init__()
        self._root = etree.fromstring(svg)
        self._x, self._y, wide, high = (float(one) for one in self._root.get("viewBox").split())
        self._scale = min(width / wide, height / high, 1)
        self.width, self.height = wide * self._scale, high * self._scale

    def draw(self) -> None:
        canvas = self.canv
        canvas.translate(0, self.height)
        canvas.scale(self._scale, -self._scale)
        canvas.translate(-self._x, -self._y)
        for one in self._root.iter(etree.Element):
            tag = etree.QName(one).localname
            if any(etree.QName(above).localname == "marker" for above in one.iterancestors()):
                continue
            canvas.saveState()
            if tag == "text":
                _text(canvas, one)
            elif tag in ("rect", "circle", "polygon", "polyline", "path"):
                _shape(canvas, one, tag)
            canvas.restoreState()


def _shape(canvas: Any, one: Any, tag: str) -> None:
    fill, stroke = one.get("fill", "none"), one.get("stroke", "none")
    canvas.setLineWidth(float(one.get("stroke-width", 1)))
    if one.get("stroke-dasharray"):
        canvas.setDash([float(number) for number in one.get("stroke-dasharray").split()])
    if stroke != "none":
        canvas.setStrokeColor(HexColor(stroke))
    if fill != "none":
        canvas.setFillColor(HexColor(fill))
    painted = {"stroke": int(stroke != "none"), "fill": int(fill != "none")}
    if tag == "rect":
        box = [float(one.get(name)) for name in ("x", "y", "width", "height")]
        canvas.roundRect(*box, float(one.get("rx", 0)), **painted)
    elif tag == "circle":
        canvas.circle(*(float(one.get(name)) for name in ("cx", "cy", "r")), **painted)
    elif tag == "path":
        if place := _PLACE.match(one.get("transform", "")):
            canvas.translate(float(place[1]), float(place[2]))
        for line in _lines(one.get("d")):
            _line(canvas, line, painted)
    else:
        points = [tuple(float(number) for number in pair.split(",")) for pair in one.get("points").split()]
        _line(canvas, points + points[:1] * (tag == "polygon"), painted)
        if tag == "polyline":
            _arrow(canvas, points[-2], points[-1], stroke)


def _line(canvas: Any, points: list[tuple[float, ...]], painted: dict[str, int]) -> None:
    path = canvas.beginPath()
    path.moveTo(*points[0])
    for point in points[1:]:
        path.lineTo(*point)
    canvas.drawPath(path, **painted)


def _arrow(canvas: Any, before: tuple[float, ...], end: tuple[float, ...], color: str) -> None:
    angle = math.atan2(end[1] - before[1], end[0] - before[0])
    canvas.translate(*end)
    canvas.rotate(math.degrees(angle))
    canvas.setFillColor(HexColor(color))
    _line(canvas, [(-_ARROW, -_ARROW / 2), (0, 0), (-_ARROW, _ARROW / 2)], {"stroke": 0, "fill": 1})


def _text(canvas: Any, one: Any) -> None:
    canvas.translate(float(one.get("x")), float(one.get("y")))
    if "rotate" in one.get("transform", ""):
        # Round its own place, as the names of pools are.
        canvas.rotate(-90)
    canvas.scale(1, -1)
    canvas.setFillColor(HexColor(one.get("fill", "#000000")))
    canvas.setFont(FONT, float(one.get("font-size", _SIZE)))
    canvas.drawCentredString(0, 0, one.text or "")


def _lines(path: str) -> Iterator[list[tuple[float, ...]]]:
    """The lines of a path of which all places are told as they are, rounds as short lines."""
    line: list[tuple[float, ...]] = []
    for command, told in _PIECE.findall(path):
        numbers = [float(one) for one in _NUMBER.findall(told)]
        if command == "M":
            if line:
                yield line
            line = [(numbers[0], numbers[1])]
            numbers = numbers[2:]
        elif command == "Z":
            line.append(line[0])
        elif command == "H":
            line.append((numbers[0], line[-1][1]))
        elif command == "V":
            line.append((line[-1][0], numbers[0]))
        elif command == "A":
            for first in range(0, len(numbers), 7):
                line.extend(_round(line[-1], numbers[first : first + 7]))
        if command in "ML":
            line.extend(zip(numbers[::2], numbers[1::2], strict=False))
        elif command == "C":
            line.append((numbers[-2], numbers[-1]))
    if line:
        yield line


def _round(begin: tuple[float, ...], told: list[float]) -> Iterator[tuple[float, ...]]:
    """Along half a circle, which is all that the signs have."""
    x, y = told[5], told[6]
    middle = (begin[0] + x) / 2, (begin[1] + y) / 2
    first = math.atan2(begin[1] - middle[1], begin[0] - middle[0])
    radius = math.dist(begin, middle)
    turn = math.pi if told[4] else -math.pi
    for number in range(1, _POINTS + 1):
        angle = first + turn * number / _POINTS
        yield middle[0] + radius * math.cos(angle), middle[1] + radius * math.sin(angle)
