"""Who has raised a matter: name and phone number, sealed in its row, and found by the number without opening any."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, RowMapping, delete, insert, or_, select, update

from service.config import BadSetting
from service.store.secrets import KeyRing, is_sealed_by
from service.store.tables import data_key, matter
from service.store.unit_of_work import Database

_NAME, _PHONE = "person_name", "person_phone"
_SEALED = (_NAME, _PHONE)
_ROW = (matter.c.number, matter.c[_NAME], matter.c[_PHONE])
_AT_ONCE = 500
_NO_DIGIT = re.compile(r"\D")


class Contact(NamedTuple):
    name: str
    phone: str


def sealed(secrets: KeyRing, number: str, **given: str) -> dict[str, Any]:
    """The columns of a matter's row for `name` and `phone`, of what is given."""
    values: dict[str, Any] = {}
    if "name" in given:
        values[_NAME] = secrets.seal(given["name"], "matter", number, _NAME)
    if "phone" in given:
        values[_PHONE] = secrets.seal(given["phone"], "matter", number, _PHONE)
        values["phone_mark"] = _mark(secrets, given["phone"])
    return values


def opened(secrets: KeyRing, row: Mapping[str, Any] | RowMapping) -> Contact:
    """Raises StuckError for what was changed, or sealed with a key that is not here."""
    name, phone = (secrets.open(row[column], "matter", row["number"], column) for column in (_NAME, _PHONE))
    return Contact(name, phone)


def has_phone(secrets: KeyRing, phone: str) -> ColumnElement[bool]:
    """The matters that were raised from a number, however it is written."""
    return matter.c.phone_mark.in_(secrets.marks(_digits(phone), _PHONE))


def know_keys(database: Database, secrets: KeyRing, at: datetime) -> None:
    """See that all that is sealed can be opened, and seal what was written before there were keys.

    Raises BadSetting for a key that is missing, or another one, if anything is sealed with it.
    """
    with database.write() as connection:
        known: dict[str, str] = {row.id: row.proof for row in connection.execute(select(data_key))}
        if not known:
            _seal_plain(connection, secrets)
        for id_, proof in known.items():
            if id_ in secrets.keys and secrets.proof(id_) == proof:
                continue
            if connection.execute(select(matter.c.number).where(_sealed_by(id_)).limit(1)).first():
                raise BadSetting(
                    f"Personal data are sealed with the key {id_}, and DATA_KEYS has none with this id, or another. "
                    "Put it behind the newest one."
                )
            connection.execute(delete(data_key).where(data_key.c.id == id_))
        if known.get(secrets.newest) != secrets.proof(secrets.newest):
            values = {"id": secrets.newest, "proof": secrets.proof(secrets.newest), "since": at}
            connection.execute(insert(data_key).values(values))


def reseal(database: Database, secrets: KeyRing) -> Iterator[int]:
    """Seal anew what other keys have sealed, and forget those keys; tells how many rows are done, again and again."""
    others = or_(*(~_begins(one, is_sealed_by(secrets.newest)) & (matter.c[one] != "") for one in _SEALED))
    query, done = select(*_ROW).where(others).limit(_AT_ONCE), 0
    while True:
        with database.write() as connection:
            found = connection.execute(query).mappings().all()
            for row in found:
                _rewrite(connection, secrets, row["number"], opened(secrets, row))
            if not found:
                connection.execute(delete(data_key).where(data_key.c.id != secrets.newest))
                return
        done += len(found)
        yield done


def _seal_plain(connection: Connection, secrets: KeyRing) -> None:
    plain = or_(*(matter.c[one] != "" for one in _SEALED))
    for row in connection.execute(select(*_ROW).where(plain)).mappings().all():
        _rewrite(connection, secrets, row["number"], Contact(row[_NAME], row[_PHONE]))


def _rewrite(connection: Connection, secrets: KeyRing, number: str, contact: Contact) -> None:
    values = sealed(secrets, number, **contact._asdict())
    connection.execute(update(matter).where(matter.c.number == number).values(values))


def _sealed_by(id_: str) -> ColumnElement[bool]:
    return or_(*(_begins(one, is_sealed_by(id_)) for one in _SEALED))


def _begins(column: str, text: str) -> ColumnElement[bool]:
    return matter.c[column].startswith(text, autoescape=True)


def _mark(secrets: KeyRing, phone: str) -> str:
    return secrets.marks(_digits(phone), _PHONE)[0] if phone else ""


def _digits(phone: str) -> str:
    """The number without spaces, dashes and the country's prefix."""
    return _NO_DIGIT.sub("", phone.removeprefix("+86").removeprefix("0086"))
