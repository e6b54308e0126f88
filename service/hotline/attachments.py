"""The files of a matter: checked by what is in them, kept sealed, shown as the table field-access says of ATTACHMENT.

What a service object who asked for confidentiality has sent may tell who that is, in a picture as in its name: it is
kept from whoever must not learn that (Art. 11).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, insert, select

from service.config import Settings
from service.engine import Engine
from service.errors import Conflict, Forbidden, Invalid, NotFound
from service.hotline import file_kinds, protections
from service.hotline.fields import Eyes
from service.hotline.file_kinds import File
from service.store.keys import new_key
from service.store.secrets import DataKey, KeyRing
from service.store.tables import attachment

_COLUMNS = [one for one in attachment.c if one.name != "sealed"]
_FIELD = "attachments"


@dataclass(frozen=True, slots=True)
class Limits:
    """The settings ATTACHMENT_BYTES and ATTACHMENTS_OF_MATTER."""

    bytes: int
    number: int

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        return cls(settings.attachment_bytes, settings.attachments_of_matter)


@dataclass(frozen=True, slots=True)
class Attachment:
    key: int
    name: str
    kind: str
    size: int
    of_object: bool
    task_key: int | None
    added_by: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """What somebody is shown, and how many are kept from them."""

    items: Sequence[Attachment] = ()
    kept_back: int = 0


def checked(limits: Limits, given: Iterable[tuple[str, bytes]]) -> list[File]:
    """Files as they may be kept, by their names and contents; raises Invalid for the first that may not."""
    found = []
    for name, content in given:
        if len(content) > limits.bytes:
            raise TooLarge(limits.bytes)
        found.append(file_kinds.checked(name, content))
    return found


class TooLarge(Invalid):
    """A file has more bytes than are taken."""

    def __init__(self, most: int) -> None:
        super().__init__(f"A file may have {_mega(most)} MB at most.")


class TooMany(Conflict):
    """A matter has as many files as it may have."""

    def __init__(self, most: int) -> None:
        super().__init__(f"A matter may have {most} files at most.")


def add(
    connection: Connection,
    engine: Engine,
    limits: Limits,
    number: str,
    files: Collection[File],
    *,
    by: str,
    of_object: bool,
    task_key: int | None = None,
) -> list[int]:
    """Keep files; answers their keys. Raises Conflict for more than a matter may have."""
    mine = select(func.count()).select_from(attachment).where(attachment.c.number == number)
    if files and connection.execute(mine).scalar_one() + len(files) > limits.number:
        raise TooMany(limits.number)
    secrets, keys = engine.protection.secrets, []
    for file in files:
        key = new_key()
        data_key, seal = secrets.new_data_key(*_place(key, "data_key"))
        values = {
            "key": key,
            "number": number,
            "data_key": data_key,
            "sealed_name": seal.seal(file.name.encode(), *_place(key, "name")),
            "sealed": seal.seal(file.content, *_place(key, "content")),
            "kind": file.kind,
            "size": len(file.content),
            "of_object": of_object,
            "task_key": task_key,
            "added_by": by,
            "added_at": engine.clock(),
        }
        connection.execute(insert(attachment).values(values))
        keys.append(key)
    return keys


def shown(connection: Connection, engine: Engine, row: RowMapping, eyes: Eyes) -> Listed:
    """Those of a matter's row, the oldest first, as far as these eyes are shown them."""
    query = select(*_COLUMNS).where(attachment.c.number == row["number"]).order_by(attachment.c.key)
    found = connection.execute(query).mappings().all()
    seen = [one for one in found if _is_seen(one, row, eyes)]
    return Listed([_told(engine, one) for one in seen], len(found) - len(seen))


def of_task(connection: Connection, engine: Engine, number: str, task_key: int) -> list[Attachment]:
    """Those that were added to a matter in one of its tasks: whoever has the task has them."""
    mine = (attachment.c.number == number) & (attachment.c.task_key == task_key)
    query = select(*_COLUMNS).where(mine).order_by(attachment.c.key)
    return [_told(engine, one) for one in connection.execute(query).mappings()]


def read(connection: Connection, engine: Engine, row: RowMapping, key: int, eyes: Eyes) -> tuple[Attachment, bytes]:
    """One with what is in it; raises NotFound, Forbidden for whom it is kept from."""
    mine = (attachment.c.key == key) & (attachment.c.number == row["number"])
    found = connection.execute(select(attachment).where(mine)).mappings().first()
    if found is None:
        raise NotFound(f"The matter {row['number']} has no file {key}.")
    if not _is_seen(found, row, eyes):
        raise Forbidden("This file is kept from you: it may tell what you must not learn (Art. 7, Art. 11).")
    seal = _seal(engine.protection.secrets, found)
    return _told(engine, found), seal.open(found["sealed"], *_place(key, "content"))


def forget(connection: Connection, number: str) -> None:
    connection.execute(delete(attachment).where(attachment.c.number == number))


def sealed_again(secrets: KeyRing, row: RowMapping) -> dict[str, Any]:
    """The column of a row, sealed by the newest key."""
    place = _place(row["key"], "data_key")
    return {"data_key": secrets.seal(secrets.open(row["data_key"], *place), *place)}


def _is_seen(found: RowMapping, row: RowMapping, eyes: Eyes) -> bool:
    marks = protections.of_row(row)
    if not eyes.of(_FIELD, marks).is_whole:
        return False
    is_named = found["of_object"] and row["confidential"]
    return not is_named or eyes.of("name", marks).may_be_asked_for


def _told(engine: Engine, row: RowMapping) -> Attachment:
    name = _seal(engine.protection.secrets, row).open(row["sealed_name"], *_place(row["key"], "name")).decode()
    told: Mapping[str, Any] = {one: row[one] for one in Attachment.__dataclass_fields__ if one != "name"}
    return Attachment(name=name, **told)


def _seal(secrets: KeyRing, row: RowMapping) -> DataKey:
    return secrets.data_key(row["data_key"], *_place(row["key"], "data_key"))


def _place(key: int, what: str) -> tuple[str, str, str]:
    return "attachment", str(key), what


def _mega(number: int) -> str:
    return f"{number / 1_000_000:.3g}"
