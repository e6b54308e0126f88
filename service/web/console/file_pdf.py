"""The file of a matter as PDF in A4: as whoever asks may take it away, with its way as tables and as pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)
from sqlalchemy import RowMapping

from service.hotline import deployed, notes, protections
from service.hotline.matters import get, public_reply, told_to
from service.hotline.replay import standing, steps
from service.web import here
from service.web.auth import caller
from service.web.console import words
from service.web.console.clocks import shown
from service.web.console.doers import doers
from service.web.console.languages import language, translated
from service.web.console.picture import draw
from service.web.console.picture_pdf import FONT, Picture
from service.web.console.way import all_of, called
from service.web.console.words import named
from service.web.eyes import eyes_to_take_away
from service.web.hotline import matters

_MARGIN = 18 * mm
_QUIET, _LINE = HexColor("#4f5d6b"), HexColor("#d3dae2")
_PLAIN = ParagraphStyle("plain", fontName=FONT, fontSize=9.5, leading=14, wordWrap="CJK")
_SMALL = ParagraphStyle("small", _PLAIN, fontSize=8, leading=11)
_HEADING = ParagraphStyle("heading", _PLAIN, fontSize=13, leading=18, spaceBefore=10, spaceAfter=4)
_TITLE = ParagraphStyle("title", _PLAIN, fontSize=18, leading=24)
_COLUMNS = (9 * mm, 30 * mm, 42 * mm, 38 * mm, 55 * mm)
_PAGE = named("Page %(number)s")
_VERSION = named("version %(number)s")
_HEADS = (named("Step"), named("When"), named("Element"), named("Who"), named("Rule that fired"))
_SAID, _REPLY, _NOTES = named("What was said"), named("What was answered"), named("Notes")

_TIGHT = [
    ("LEFTPADDING", (0, 0), (0, -1), 0),
    ("TOPPADDING", (0, 0), (-1, -1), 2),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
]
pdfmetrics.registerFont(UnicodeCIDFont(FONT))


def written(number: str) -> bytes:
    """Raises NotFound for a matter that the caller may not see."""
    parts = here()
    with parts.database.read() as connection:
        row = get(connection, number, caller())
        seen, marks = eyes_to_take_away(connection), protections.of_row(row)
        told = told_to(parts.secrets, row, seen, marks)
        reply = public_reply(connection, parts.engine, row)
        noted = notes.of_matter(connection, parts.engine, row, seen, marks)
    said = {name: seen.shown(name, told[name], marks) or "" for name in ("title", "text", "address")}
    answer = seen.shown("public_reply_text", reply, marks) if reply else None
    content: list[Flowable] = [_cell(said["title"] or number, _TITLE), Spacer(1, 4), _facts(row, said)]
    for heading, text in ((_SAID, said["text"]), (_REPLY, answer)):
        if text:
            content += [_heading(translated(heading)), *_paragraphs(text)]
    if noted:
        content.append(_heading(translated(_NOTES)))
        for one in noted:
            content += [_cell(f"{shown(one.at)} {one.by_name}", _SMALL), *_paragraphs(one.text)]
    content += _ways(list(all_of(matters.way(number))))
    return _built(content, number)


def _facts(row: RowMapping, said: Mapping[str, str]) -> Table:
    told = [
        (named("Matter number"), row["number"]),
        (named("Status"), translated(words.STATUSES.get(row["status"], row["status"]))),
        (named("Channel"), translated(words.CHANNELS.get(row["channel"], row["channel"]))),
        (named("Kind of matter"), translated(words.TYPES.get(row["matter_type"], row["matter_type"]))),
        (named("Subject area"), " · ".join(one for one in (row["category_l1"], row["category_l2"]) if one)),
        (named("Address"), said["address"]),
        (named("Unit"), doers([row["unit_id"]]) if row["unit_id"] else ""),
        (named("Received on"), shown(row["received_at"])),
        (named("Accepted on"), shown(row["accepted_at"])),
        (named("Deadline"), shown(row["deadline_at"])),
        (named("Closed on"), shown(row["closed_at"])),
    ]
    lines = [[_cell(translated(name), _SMALL), _cell(value, _PLAIN)] for name, value in told if value]
    return Table(lines, colWidths=(35 * mm, 139 * mm), style=[("VALIGN", (0, 0), (-1, -1), "TOP"), *_TIGHT])


def _ways(processes: Sequence[Mapping[str, Any]]) -> Iterator[Flowable]:
    """Each process as a table; then the pictures, each on a page of its own."""
    pictures: list[Flowable] = []
    width, height = (side - 2 * _MARGIN - 14 for side in landscape(A4))
    for process in processes:
        version = translated(_VERSION) % {"number": process["version"]}
        heading = f"{called(process)} · {version}"
        with here().database.read() as connection:
            key = int(process["process_definition_key"])
            taken = steps(here().engine.process_model(connection, key), process)
            name, xml = deployed.named_content(connection, "process", key)
        yield _heading(heading)
        yield _table(process, taken)
        seen = standing(taken, len(taken))
        marked = {*seen.visits, *seen.flows}
        svg = draw(xml, name, marked, visits=seen.visits, waiting=seen.waiting, in_english=language() == "en")
        pictures += [PageBreak(), _heading(heading), Picture(svg, width, height - 34)]
    yield NextPageTemplate("wide")
    yield from pictures


def _table(process: Mapping[str, Any], taken: Sequence[Any]) -> Table:
    fired: dict[str, list[str]] = {}
    for decision in process["decisions"]:
        for table in decision["evaluated"]:
            rows = ", ".join(str(rule["index"]) for rule in table["rules"][:6])
            if rows:
                more = " …" if len(table["rules"]) > 6 else ""
                fired.setdefault(decision["element_id"], []).append(f"{table['name']}: {rows}{more}")
    lines = [[_cell(translated(one), _SMALL) for one in _HEADS]]
    for one in taken:
        element = one.element
        who = element["by"] or doers(element["groups"])
        rules = "; ".join(
            [*fired.get(element["id"], ()), *([element["legal_basis"]] if element["legal_basis"] else ())]
        )
        told = (str(one.number), shown(element["started_at"]), called(element), who or "-", rules)
        lines.append([_cell(value, _SMALL) for value in told])
    ruled = [("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE), ("VALIGN", (0, 0), (-1, -1), "TOP"), *_TIGHT]
    return Table(lines, colWidths=_COLUMNS, repeatRows=1, style=ruled)


def _built(content: list[Flowable], number: str) -> bytes:
    file = BytesIO()
    portrait = Frame(_MARGIN, _MARGIN, A4[0] - 2 * _MARGIN, A4[1] - 2 * _MARGIN, 0, 0, 0, 0)
    wide = Frame(_MARGIN, _MARGIN, A4[1] - 2 * _MARGIN, A4[0] - 2 * _MARGIN, 0, 0, 0, 0)
    document = BaseDocTemplate(file, pagesize=A4, title=number, invariant=1)

    def numbered(canvas: Any, page: Any) -> None:
        canvas.setFont(FONT, 8)
        canvas.setFillColor(_QUIET)
        canvas.drawString(_MARGIN, 10 * mm, f"{number}  {translated(_PAGE) % {'number': page.page}}")

    document.addPageTemplates(
        [
            PageTemplate("high", [portrait], numbered, pagesize=A4),
            PageTemplate("wide", [wide], numbered, pagesize=landscape(A4)),
        ]
    )
    document.build(content)
    return file.getvalue()


def _heading(text: str) -> Paragraph:
    return _cell(text, _HEADING)


def _paragraphs(text: str) -> Iterator[Paragraph]:
    return (_cell(line, _PLAIN) for line in text.splitlines() if line.strip())


def _cell(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(_known(text)), style)


def _known(text: str) -> str:
    """Without the signs that the font does not have everywhere."""
    return text.replace(" · ", "，").replace("·", "-").replace("¶", "para. ")


_TIGHT = [
    ("LEFTPADDING", (0, 0), (0, -1), 0),
    ("TOPPADDING", (0, 0), (-1, -1), 2),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
]
