"""The knowledge base: what units have written and the agency has reviewed, found by its words (Art. 31, Art. 38)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, func, literal_column, or_, select

from service.clock import in_city
from service.engine import Engine, messages
from service.errors import Invalid, NotFound, Problem
from service.handlers import Job
from service.handlers.publish_entry import Entry, PublishEntry
from service.handlers.withdraw_entry import Withdraw
from service.hotline import fields, kept_versions
from service.hotline.kept_versions import PUBLISHED
from service.hotline.people import Viewer, is_agency, is_of_agency
from service.store import full_text
from service.store.tables import knowledge_entry, unit
from service.store.unit_of_work import Database

KINDS = ("LAW", "POLICY", "CASE", "CONVENIENCE", "OTHER")
STATES = (PUBLISHED, kept_versions.WITHDRAWN)
PUBLIC = "PUBLIC"
# As the table of personal fields knows them → the columns.
_SAID = {
    "entry_title": "title",
    "entry_questions": "questions",
    "entry_short": "short_answer",
    "entry_text": "answer",
}

_INDEX = "knowledge_index"
_PUSHED = "knowledge-pushed"
# Whoever has the words in the title comes first, then in the questions, then anywhere.
_COLUMNS = ("title", "question", "whole")
_SNIPPET = 90
_BEFORE = 20


@dataclass(frozen=True, slots=True)
class Wish:
    """What is looked for; without words it is what was published last."""

    words: str = ""
    kind: str | None = None
    unit_id: str | None = None
    state: str = PUBLISHED
    limit: int = 20
    offset: int = 0


class Piece(NamedTuple):
    """A part of a text, and whether it was looked for."""

    text: str
    is_hit: bool


@dataclass(frozen=True, slots=True)
class Found:
    """`is_near`: nothing has all the words; what is told has most of them."""

    rows: Sequence[RowMapping]
    total: int
    is_near: bool


def publish(database: Database, engine: Engine) -> PublishEntry:
    """An entry can be found once the job's first try has committed."""

    def keep(job: Job, id_: str | None, entry: Entry) -> tuple[str, int]:
        with database.write() as connection:
            told = asdict(entry)
            if entry.audience == PUBLIC:
                said = fields.published(connection, engine, {name: told[of] for name, of in _SAID.items()})
                told |= {of: said[name] for name, of in _SAID.items()}
            row, is_new = kept_versions.publish(connection, knowledge_entry, id_, "kb", job.key, engine.clock(), **told)
            if is_new:
                _index_entry(connection, row)
        return row["id"], row["version"]

    return keep


def withdraw(database: Database, engine: Engine) -> Withdraw:
    return kept_versions.withdraw(database, engine, knowledge_entry)


def push(connection: Connection, engine: Engine, viewer: Viewer, given: Mapping[str, Any]) -> int:
    """What a unit pushes is used by call takers at once, and reviewed then; answers the key of its process.

    A unit's person pushes for the unit, a system of the agency for one that it names: raises Invalid for one that
    there is not.
    """
    unit_id = given.get("unit_id") if is_of_agency(viewer) else viewer.unit_id
    if connection.execute(select(unit.c.id).where(unit.c.id == unit_id)).first() is None:
        message = f"There is no unit {str(unit_id)[:80]}." if unit_id else "It must be said for which unit."
        raise Invalid(message, [Problem("unit_id", message, "Take its id from /hotline/v1/units.")])
    told = {name: value.isoformat() if isinstance(value, date) else value for name, value in given.items()}
    told |= {"unit_id": unit_id, "entry_id": None}
    return messages.correlate(connection, engine, name=_PUSHED, variables=told, by=viewer.id)[1]


def search(connection: Connection, viewer: Viewer | None, at: datetime, wish: Wish) -> Found:
    """What somebody may read and looks for, the best first."""
    sought = full_text.wanted(wish.words)
    if not sought:
        return _page(connection, _entries(viewer, at, wish), wish, is_near=False)
    hits = full_text.found(connection, _INDEX, _COLUMNS, sought).subquery()
    found = _page(connection, _entries(viewer, at, wish), wish, hits=hits, is_near=False)
    if found.total or len(sought) == 1:
        return found
    near = full_text.nearly(connection, _INDEX, _COLUMNS[-1], sought).subquery()
    return _page(connection, _entries(viewer, at, wish), wish, hits=near, is_near=True)


def owners(connection: Connection, viewer: Viewer | None, at: datetime) -> Sequence[RowMapping]:
    """The units that answer for something that somebody may read."""
    owning = select(knowledge_entry.c.unit_id).where(_readable(viewer, at, PUBLISHED))
    query = select(unit.c.id, unit.c.name, unit.c.name_en).where(unit.c.id.in_(owning)).order_by(unit.c.id)
    return connection.execute(query).mappings().all()


def read(connection: Connection, viewer: Viewer | None, at: datetime, id_: str) -> RowMapping:
    """The newest version of an entry that somebody may read; raises NotFound."""
    readable = or_(*(_readable(viewer, at, state) for state in STATES))
    query = select(knowledge_entry).where(knowledge_entry.c.id == id_, readable)
    row = connection.execute(query.order_by(knowledge_entry.c.version.desc()).limit(1)).mappings().first()
    if row is None:
        raise NotFound(f"There is no entry {id_[:40]} in the knowledge base that you may read.")
    return row


def snippet(row: RowMapping, words: str) -> list[Piece]:
    """A part of what an entry answers, from before the first place that was looked for."""
    text = " ".join(f"{row['short_answer']} {row['answer']}".split())
    places = [found for run in full_text.runs(words) if (found := text.lower().find(run)) >= 0]
    begin = max(0, min(places, default=0) - _BEFORE)
    part = text[begin : begin + _SNIPPET]
    pieces = list(marked(part, words))
    if begin:
        pieces.insert(0, Piece("…", False))
    if begin + _SNIPPET < len(text):
        pieces.append(Piece("…", False))
    return pieces


def marked(text: str, words: str) -> Iterator[Piece]:
    """A text in pieces, those apart that were looked for."""
    sought = sorted(set(full_text.runs(words)), key=len, reverse=True)
    lower, at = text.lower(), 0
    while at < len(text):
        nearest = min(((place, -len(run)) for run in sought if (place := lower.find(run, at)) >= 0), default=None)
        if nearest is None:
            break
        place, length = nearest[0], -nearest[1]
        if place > at:
            yield Piece(text[at:place], False)
        yield Piece(text[place : place + length], True)
        at = place + length
    if at < len(text):
        yield Piece(text[at:], False)


def _index_entry(connection: Connection, row: RowMapping) -> None:
    title, question = row["title"], row["questions"]
    whole = "\n".join((title, question, row["short_answer"], row["answer"], row["legal_basis"]))
    full_text.index(connection, _INDEX, row["key"], {"title": title, "question": question, "whole": whole})


def _page(connection: Connection, query: Select[Any], wish: Wish, *, is_near: bool, hits: Any = None) -> Found:
    order = [knowledge_entry.c.published_at.desc(), knowledge_entry.c.key.desc()]
    if hits is not None:
        query = query.join(hits, hits.c.rowid == knowledge_entry.c.key)
        order = [hits.c.rank, *order]
    counted = query.with_only_columns(func.count(), maintain_column_froms=True)
    total = connection.execute(counted).scalar_one()
    rows = connection.execute(query.order_by(*order).limit(wish.limit).offset(wish.offset)).mappings().all()
    return Found(rows, total, is_near)


def _entries(viewer: Viewer | None, at: datetime, wish: Wish) -> Select[Any]:
    query = select(knowledge_entry).where(_readable(viewer, at, wish.state))
    if wish.kind:
        query = query.where(knowledge_entry.c.kind == wish.kind)
    if wish.unit_id:
        query = query.where(knowledge_entry.c.unit_id == wish.unit_id)
    return query


def _readable(viewer: Viewer | None, at: datetime, state: str) -> ColumnElement[bool]:
    """What is in force is read by hotline staff, what is public by everybody; what was taken down by who keeps it."""
    columns, today = knowledge_entry.c, in_city(at).date()
    in_state = columns.state == state
    if state != PUBLISHED:
        if viewer is None or (viewer.unit_id is None and not is_agency(viewer)):
            return literal_column("1") == 0
        return in_state if is_agency(viewer) else and_(in_state, columns.unit_id == viewer.unit_id)
    valid = and_(in_state, _since(columns.valid_from, today), _until(columns.valid_until, today))
    return valid if viewer is not None else and_(valid, columns.audience == PUBLIC)


def _since(column: ColumnElement[Any], day: date) -> ColumnElement[bool]:
    return or_(column.is_(None), column <= day)


def _until(column: ColumnElement[Any], day: date) -> ColumnElement[bool]:
    return or_(column.is_(None), column >= day)
