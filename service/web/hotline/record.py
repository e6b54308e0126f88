"""What is kept of a matter beside its way: each variable as it was set, and what was heard and told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from marshmallow import Schema, fields
from sqlalchemy import Connection, RowMapping, select

from service.engine import Engine
from service.hotline import matters, notices, protections
from service.hotline.fields import Eyes
from service.hotline.protections import Marks
from service.store.tables import (
    history,
    message,
    message_subscription,
    notice,
    person,
    process_definition,
    process_instance,
)
from service.web import here
from service.web.auth import caller
from service.web.eyes import eyes, tell_secret
from service.web.hotline.wire import Section, instant

section = Section("record", "What is kept of a matter beside its way.")

_SET, _HEARD = "variables", "message-received"
# Messages that no process hears are kept by their correlation key for as long as they wait.
HEARD, PUBLISHED, TOLD = "HEARD", "PUBLISHED", "TOLD"


class SetSchema(Schema):
    at = instant(required=True)
    by = fields.String(required=True)
    by_name = fields.String(required=True, allow_none=True)
    process = fields.String(required=True, metadata={"description": "The name of the process that keeps it."})
    name = fields.String(required=True)
    value = fields.Raw(required=True, allow_none=True, metadata={"description": "*** where it may not be known."})


class MessageSchema(Schema):
    kind = fields.String(
        required=True,
        metadata={"description": "HEARD by a process; PUBLISHED, and waiting; TOLD to somebody as a notice."},
    )
    at = instant(required=True)
    name = fields.String(required=True)
    to = fields.String(required=True, metadata={"description": "The element, or whoever was told."})
    by = fields.String(required=True)
    body = fields.Dict(required=True)


class RecordSchema(Schema):
    number = fields.String(required=True)
    variables = fields.List(fields.Nested(SetSchema), required=True)
    messages = fields.List(fields.Nested(MessageSchema), required=True)


@section.on("GET", "/matters/<number>/record")
@section.answers(200, RecordSchema)
def read_record(number: str) -> Any:
    """Who set which variable when, and which messages came and went, the oldest first."""
    return of_matter(number)


def of_matter(number: str) -> dict[str, Any]:
    """The same, as pages ask for it."""
    parts = here()
    with parts.database.read() as connection:
        row = matters.get(connection, number, caller())
    marks = protections.of_row(row)
    tell_secret(f"matter {number}", marks)
    with parts.database.read() as connection:
        return told(connection, parts.engine, row, eyes(), marks)


def told(connection: Connection, engine: Engine, row: RowMapping, seen: Eyes, marks: Marks) -> dict[str, Any]:
    owners = _owners(connection, row["instance_key"])
    columns = history.c
    query = select(history).where(columns.instance_key.in_(owners), columns.kind.in_((_SET, _HEARD)))
    lines = connection.execute(query.order_by(columns.key)).mappings().all()
    names = _names(connection, {one["by"] for one in lines})
    heard = [
        _message(HEARD, one["at"], str(one["data"].get("name", "")), one["element_id"] or "", one["by"], {})
        for one in lines
        if one["kind"] == _HEARD
    ]
    sent = list(_sent(connection, engine, row, seen, marks))
    return {
        "number": row["number"],
        "variables": list(_variables(engine, lines, owners, names, seen, marks)),
        "messages": sorted((*heard, *sent), key=lambda one: one["at"]),
    }


def _variables(
    engine: Engine,
    lines: Sequence[RowMapping],
    owners: Mapping[int, RowMapping],
    names: Mapping[str, str],
    seen: Eyes,
    marks: Marks,
) -> Iterator[dict[str, Any]]:
    for line in lines:
        if line["kind"] != _SET:
            continue
        owner = owners[line["instance_key"]]
        values = engine.protection.line(line, owner["data_key"]).get("variables", {})
        for name, value in seen.told(values, marks).items():
            yield {
                "at": line["at"],
                "by": line["by"],
                "by_name": names.get(line["by"]),
                "process": owner["name"] or owner["process_id"],
                "name": name,
                "value": value,
            }


def _sent(
    connection: Connection, engine: Engine, row: RowMapping, seen: Eyes, marks: Marks
) -> Iterator[dict[str, Any]]:
    posted = select(notice).where(notice.c.instance_key == row["instance_key"]).order_by(notice.c.key)
    for one in connection.execute(posted).mappings():
        body = seen.told(notices.body(connection, engine, one), marks)
        yield _message(TOLD, one["sent_at"] or one["created_at"], one["kind"], one["recipient"], "in-process", body)
    # By the names of those that begin something: an index knows a message by its name first.
    names = select(message_subscription.c.name).where(message_subscription.c.instance_key.is_(None))
    mine = message.c.name.in_(names) & (message.c.correlation_key == row["number"])
    waiting = select(message).where(mine).order_by(message.c.key)
    for one in connection.execute(waiting).mappings():
        yield _message(PUBLISHED, one["published_at"], one["name"], "", one["published_by"], {})


def _message(kind: str, at: Any, name: str, to: str, by: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "at": at, "name": name, "to": to, "by": by, "body": dict(body)}


def _owners(connection: Connection, root_key: int | None) -> dict[int, RowMapping]:
    """The process instances of a matter, with the names of their diagrams."""
    columns = process_instance.c
    query = (
        select(columns.key, columns.data_key, columns.process_id, process_definition.c.name)
        .join(process_definition, process_definition.c.key == columns.definition_key)
        .where(columns.root_key == root_key)
    )
    return {one["key"]: one for one in connection.execute(query).mappings()}


def _names(connection: Connection, ids: set[str]) -> dict[str, str]:
    query = select(person.c.id, person.c.name).where(person.c.id.in_(ids))
    return {row.id: row.name for row in connection.execute(query)}
