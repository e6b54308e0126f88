"""What is noted beside a matter: by those who work on it for each other, or for its service object (Art. 13)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, RowMapping, insert, select, update

from service.engine import Engine, audit
from service.errors import Conflict, Invalid, Problem
from service.hotline import masking, protections, sealed_fields
from service.hotline.fields import Eyes
from service.hotline.protections import Marks
from service.store.keys import new_key
from service.store.protection import Seal
from service.store.tables import matter_note, person, process_instance

# The kinds of content that a note is, in the words of the table field-access.
INTERNAL, PUBLIC = "INTERNAL", "REPLY"


class Note(NamedTuple):
    at: datetime
    by: str
    by_name: str
    is_public: bool
    text: str


def add(
    connection: Connection, engine: Engine, row: RowMapping, text: str, *, is_public: bool, by: str, eyes: Eyes
) -> int:
    """Note something beside a matter; auditors have its hash.

    Raises Invalid for nothing, Conflict where such a note is kept in no matter, or where no process could seal it.
    """
    if not text:
        raise Invalid(
            "A note has to say something.", [Problem("text", "It says nothing.", "Write what is to be known.")]
        )
    number, instance_key = row["number"], row["instance_key"]
    if eyes.keeps_apart(_kind(is_public), protections.of_row(row)):
        raise Conflict("What touches a state secret is noted in no file (Art. 7, Art. 19).", because="STATE_SECRET")
    seal = None if instance_key is None else _seal(connection, engine, instance_key)
    if seal is None:
        raise Conflict(f"Nothing can be noted beside {number}: what is kept of it is erased, or it has not begun.")
    key, at = new_key(), engine.clock()
    values = {"key": key, "number": number, "instance_key": instance_key, "is_public": is_public, "by": by, "at": at}
    connection.execute(insert(matter_note).values(**values, sealed=seal.close(text, *_place(key))))
    told = hashlib.sha256(f"{number}:{text}".encode()).hexdigest()
    what = {"is_public": is_public, "text_sha256": told}
    audit.record(connection, at, "note-added", who=by, subject=f"matter {number}", **what)
    return key


def of_matter(
    connection: Connection, engine: Engine, row: RowMapping, eyes: Eyes, marks: Marks, *, only_public: bool = False
) -> list[Note]:
    """The notes of a matter that somebody is shown, as they are shown, the oldest first."""
    found = _rows(connection, row["number"])
    names = _names(connection, {one["by"] for one in found})
    told = []
    for one in found:
        if only_public and not one["is_public"]:
            continue
        text = _opened(connection, engine, one)
        shown = eyes.shown_of_kind(_kind(one["is_public"]), text, marks) if text else None
        if shown is not None:
            shown = _unnamed(engine, row, eyes, marks, shown)
            told.append(Note(one["at"], one["by"], names.get(one["by"], one["by"]), one["is_public"], shown))
    return told


def taken_out(connection: Connection, engine: Engine, number: str) -> Mapping[str, Any]:
    """Takes the internal notes out of a matter, and tells what they said."""
    mine = [one for one in _rows(connection, number) if not one["is_public"] and one["sealed"] is not None]
    if not mine:
        return {}
    told = [_opened(connection, engine, one) for one in mine]
    keys = [one["key"] for one in mine]
    connection.execute(update(matter_note).where(matter_note.c.key.in_(keys)).values(sealed=None))
    return {"notes": told}


def _unnamed(engine: Engine, row: RowMapping, eyes: Eyes, marks: Marks, text: str) -> str:
    """Where its name is kept from somebody, what others have noted does not tell it either."""
    if not row["confidential"] or eyes.of("name", marks).may_be_asked_for:
        return text
    secrets = engine.protection.secrets
    told = sealed_fields.opened(secrets, row)
    return masking.without_identity(text, sealed_fields.contact(secrets, row), told["address"])


def _kind(is_public: bool) -> str:
    return PUBLIC if is_public else INTERNAL


def _rows(connection: Connection, number: str) -> list[RowMapping]:
    query = select(matter_note).where(matter_note.c.number == number).order_by(matter_note.c.key)
    return list(connection.execute(query).mappings())


def _names(connection: Connection, ids: set[str]) -> Mapping[str, str]:
    query = select(person.c.id, person.c.name).where(person.c.id.in_(ids))
    return {row.id: row.name for row in connection.execute(query)}


def _opened(connection: Connection, engine: Engine, row: RowMapping) -> str:
    """What a note says; nothing after it was erased or taken out."""
    if row["sealed"] is None:
        return ""
    seal = _seal(connection, engine, row["instance_key"])
    return str((seal.opened(row["sealed"], *_place(row["key"])) if seal else None) or "")


def _seal(connection: Connection, engine: Engine, instance_key: int) -> Seal | None:
    """That of the matter's first process; None once it is erased."""
    query = select(process_instance.c.data_key).where(process_instance.c.key == instance_key)
    data_key = connection.execute(query).scalar()
    return engine.protection.of(instance_key, data_key) if data_key else None


def _place(key: int) -> tuple[str, int, str]:
    return "matter_note", key, "text"
