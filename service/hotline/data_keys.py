"""The keys that seal personal data: known when the service starts, and changed without losing any.

They seal what matters say of people, messages that wait, and the key of each process instance, which seals all the
rest of it: so that to change keys, few rows are written, and that to erase an instance, one is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, RowMapping, Table, delete, insert, or_, select, update

from service.config import BadSetting
from service.engine import decision_records
from service.engine.task_transitions import Asked
from service.hotline import attachments, notices, quarantine, saved_filters, sealed_fields
from service.store.protection import Protection, Seal
from service.store.secrets import KeyRing, is_sealed_by
from service.store.tables import (
    attachment,
    data_key,
    element_instance,
    history,
    matter,
    message,
    notice,
    process_instance,
    saved_filter,
    second_factor,
    user_task,
)
from service.store.tables import quarantine as kept_apart
from service.store.unit_of_work import Database

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class _Kept:
    """A table in which the keys have sealed `columns`, and how to seal a row anew."""

    table: Table
    key: Column[Any]
    columns: tuple[str, ...]
    again: Callable[[KeyRing, RowMapping], Mapping[str, Any]]

    def sealed_by(self, id_: str) -> ColumnElement[bool]:
        return or_(*(self._begins(one, id_) for one in self.columns))

    def not_sealed_by(self, id_: str) -> ColumnElement[bool]:
        return or_(*(~self._begins(one, id_) & (self.table.c[one] != "") for one in self.columns))

    def _begins(self, column: str, id_: str) -> ColumnElement[bool]:
        return self.table.c[column].startswith(is_sealed_by(id_), autoescape=True)


def _of_matter(secrets: KeyRing, row: RowMapping) -> Mapping[str, Any]:
    number = row["number"]
    told = {name: secrets.open(row[name], "matter", number, name) for name in sealed_fields.COLUMNS}
    return sealed_fields.sealed(secrets, number, told)


def _of_instance(secrets: KeyRing, row: RowMapping) -> Mapping[str, Any]:
    place = "process_instance", str(row["key"]), "data_key"
    return {"data_key": secrets.seal(secrets.open(row["data_key"], *place), *place)}


def _of_message(secrets: KeyRing, row: RowMapping) -> Mapping[str, Any]:
    place = "message", str(row["key"]), "variables"
    return {"sealed": secrets.seal(secrets.open(row["sealed"], *place), *place)}


def _of_factor(secrets: KeyRing, row: RowMapping) -> Mapping[str, Any]:
    place = "second_factor", row["person_id"], "secret"
    return {"secret": secrets.seal(secrets.open(row["secret"], *place), *place)}


_KEPT = (
    _Kept(matter, matter.c.number, sealed_fields.COLUMNS, _of_matter),
    _Kept(process_instance, process_instance.c.key, ("data_key",), _of_instance),
    _Kept(message, message.c.key, ("sealed",), _of_message),
    _Kept(second_factor, second_factor.c.person_id, ("secret",), _of_factor),
    _Kept(kept_apart, kept_apart.c.key, ("sealed",), quarantine.sealed_again),
    _Kept(saved_filter, saved_filter.c.key, ("sealed",), saved_filters.sealed_again),
    _Kept(attachment, attachment.c.key, ("data_key",), attachments.sealed_again),
)


def know(database: Database, protection: Protection, at: datetime) -> None:
    """See that all that is sealed can be opened, and seal what was written before it was.

    Raises BadSetting for a key that is missing, or another one, if anything is sealed with it.
    """
    secrets = protection.secrets
    with database.write() as connection:
        known: dict[str, str] = {row.id: row.proof for row in connection.execute(select(data_key))}
        for id_, proof in known.items():
            if id_ in secrets.keys and secrets.proof(id_) == proof:
                continue
            if any(connection.execute(select(one.key).where(one.sealed_by(id_)).limit(1)).first() for one in _KEPT):
                raise BadSetting(
                    f"Personal data are sealed with the key {id_}, and DATA_KEYS has none with this id, or another. "
                    "Put it behind the newest one."
                )
            connection.execute(delete(data_key).where(data_key.c.id == id_))
        if known.get(secrets.newest) != secrets.proof(secrets.newest):
            values = {"id": secrets.newest, "proof": secrets.proof(secrets.newest), "since": at}
            connection.execute(insert(data_key).values(values))
    while _seal_plain(database, protection):
        pass


def reseal(database: Database, secrets: KeyRing) -> Iterator[int]:
    """Seal anew what other keys have sealed, and forget those keys; tells how many rows are done, again and again."""
    done = 0
    for kept in _KEPT:
        columns = [kept.key, *(kept.table.c[one] for one in kept.columns)]
        query = select(*columns).where(kept.not_sealed_by(secrets.newest)).limit(_AT_ONCE)
        while True:
            with database.write() as connection:
                found = connection.execute(query).mappings().all()
                for row in found:
                    mine = kept.key == row[kept.key.name]
                    connection.execute(update(kept.table).where(mine).values(kept.again(secrets, row)))
            if not found:
                break
            done += len(found)
            yield done
    with database.write() as connection:
        connection.execute(delete(data_key).where(data_key.c.id != secrets.newest))


def _seal_plain(database: Database, protection: Protection) -> bool:
    """Seal some of what an earlier release has written; answers whether there may be more."""
    with database.write() as connection:
        instances = select(process_instance).where(process_instance.c.data_key.is_(None)).limit(_AT_ONCE)
        found = connection.execute(instances).mappings().all()
        for row in found:
            _seal_instance(connection, protection, row)
        return bool(found)


def _seal_matter(connection: Connection, secrets: KeyRing, of_instance: ColumnElement[bool]) -> None:
    for row in connection.execute(select(matter).where(of_instance)).mappings().all():
        told = {
            name: secrets.open(row[name], "matter", row["number"], name) if row[name].startswith("v1:") else row[name]
            for name in sealed_fields.COLUMNS
        }
        values = sealed_fields.sealed(secrets, row["number"], told)
        connection.execute(update(matter).where(matter.c.number == row["number"]).values(values))


def _seal_instance(connection: Connection, protection: Protection, row: RowMapping) -> None:
    """An instance of an earlier release, with all that is kept of it."""
    key = row["key"]
    own_key, seal = protection.begin(key)
    variables, sealed = seal.apart(row["variables"], "process_instance", key, "variables")
    values = {"data_key": own_key, "variables": variables, "sealed": sealed}
    values["state_blob"] = seal.state(bytes(row["state_blob"]), key)
    connection.execute(update(process_instance).where(process_instance.c.key == key).values(values))
    _seal_matter(connection, protection.secrets, matter.c.instance_key == key)
    _seal_elements(connection, seal, key)
    _seal_history(connection, seal, key)
    _seal_tasks(connection, seal, key)
    _seal_notices(connection, seal, key)


def _seal_elements(connection: Connection, seal: Seal, key: int) -> None:
    table = element_instance.c
    local = (table.instance_key == key) & table.variables.is_not(None)
    for row in connection.execute(select(table.key, table.number, table.variables).where(local)).all():
        variables, sealed = seal.apart(row.variables, "element_instance", key, row.number, "variables")
        if sealed:
            values = {"variables": variables, "sealed": sealed}
            connection.execute(update(element_instance).where(table.key == row.key).values(values))


def _seal_history(connection: Connection, seal: Seal, key: int) -> None:
    """Nobody knows any more what a decision has read that an earlier release has kept: all of them are sealed."""
    lines = (history.c.instance_key == key) & history.c.kind.in_(("decision", "variables"))
    for row in connection.execute(select(history).where(lines)).mappings().all():
        told = row["data"]
        if row["kind"] == "decision":
            plain, kept = decision_records.without_values(told), told
        else:
            parted, protected = seal.parted(told["variables"])
            if not protected:
                continue
            plain, kept = {"variables": parted}, {"variables": protected}
        values = {"data": plain, "sealed": seal.close(kept, "history", row["key"], "data")}
        connection.execute(update(history).where(history.c.key == row["key"]).values(values))


def _seal_tasks(connection: Connection, seal: Seal, key: int) -> None:
    asked = (user_task.c.instance_key == key) & user_task.c.completed_at.is_(None)
    for row in connection.execute(select(user_task.c.key, user_task.c.transition).where(asked)).all():
        if row.transition:
            told = Asked.of_json(row.transition, seal, row.key).as_json(seal, row.key)
            connection.execute(update(user_task).where(user_task.c.key == row.key).values(transition=told))


def _seal_notices(connection: Connection, seal: Seal, key: int) -> None:
    for row in connection.execute(select(notice).where(notice.c.instance_key == key)).mappings().all():
        values = notices.sealed(seal, row["job_key"], row["body"])
        connection.execute(update(notice).where(notice.c.key == row["key"]).values(values))
