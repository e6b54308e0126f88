"""The pages of the knowledge base: a box to search it, and an entry by itself; the public reads what is public."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from flask import render_template, request
from sqlalchemy import RowMapping

from service.clock import in_city
from service.hotline import knowledge, units
from service.hotline.knowledge import Wish
from service.web import here
from service.web.auth import visitor
from service.web.console import languages, words

_AT_ONCE = 20
_LONGEST = 200
_DEEPEST = 10_000


def page() -> str:
    parts, viewer, language = here(), visitor(), languages.language()
    sought, asked = request.args.get("q", "")[:_LONGEST].strip(), request.args
    number = asked.get("page", "1")
    offset = (int(number) - 1) * _AT_ONCE if number.isdecimal() and 0 < len(number) < 4 else 0
    kind = asked.get("kind") if asked.get("kind") in words.KNOWLEDGE else None
    wish = Wish(sought, kind, asked.get("unit", "")[:80] or None, limit=_AT_ONCE, offset=min(max(offset, 0), _DEEPEST))
    with parts.database.read() as connection:
        found = knowledge.search(connection, viewer, parts.engine.clock(), wish)
        owners = {row["id"]: row for row in knowledge.owners(connection, viewer, parts.engine.clock())}
    return render_template(
        "console/knowledge.html",
        language=language,
        sought=sought,
        wish=wish,
        found=found,
        owners=owners,
        kinds=words.KNOWLEDGE,
        is_staff=viewer is not None,
        name=lambda row: _name(row, language),
        pieces=lambda text: knowledge.marked(text, sought),
        snippet=lambda row: knowledge.snippet(row, sought),
        day=_day,
        before=_link(wish, -1) if wish.offset else None,
        after=_link(wish, 1) if wish.offset + _AT_ONCE < found.total else None,
    )


def entry(entry_id: str) -> str:
    parts, language = here(), languages.language()
    with parts.database.read() as connection:
        row = knowledge.read(connection, visitor(), parts.engine.clock(), entry_id)
        owner = units.find(connection, row["unit_id"])
    today = in_city(parts.engine.clock()).date()
    return render_template(
        "console/knowledge_entry.html",
        language=language,
        entry=row,
        owner=_name(owner, language) if owner else row["unit_id"],
        kinds=words.KNOWLEDGE,
        day=_day,
        is_overdue=row["review_date"] is not None and row["review_date"] < today,
    )


def _name(row: RowMapping | Mapping[str, str], language: str) -> str:
    return str(row["name"] if language == "zh" or not row["name_en"] else row["name_en"])


def _day(row: RowMapping) -> str:
    return in_city(row["published_at"]).strftime("%Y-%m-%d")


def _link(wish: Wish, step: int) -> str:
    told = {"q": wish.words, "kind": wish.kind, "unit": wish.unit_id, "page": wish.offset // _AT_ONCE + 1 + step}
    return "?" + urlencode({name: value for name, value in told.items() if value})
