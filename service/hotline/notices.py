"""What jobs tell the world: notices, kept for the channels that carry them out, and messages to other processes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from service.engine import Engine, messages
from service.errors import Conflict
from service.handlers import Job
from service.handlers.publish_message import Publish
from service.handlers.send_notice import OBJECT, Post
from service.hotline import duplicates
from service.store import rows
from service.store.keys import new_key
from service.store.protection import Seal
from service.store.tables import notice, process_instance
from service.store.unit_of_work import Database


def post(database: Database, engine: Engine) -> Post:
    """Keep a notice, and the same for whoever's matter was merged into this one; a second try finds the first's."""

    def keep(job: Job, kind: str, recipient: str, body: Mapping[str, Any]) -> datetime:
        at = engine.clock()
        values = {
            "key": new_key(),
            "job_key": job.key,
            "kind": kind,
            "recipient": recipient,
            "created_at": at,
            "sent_at": at,
        }
        mine = (notice.c.job_key == job.key) & (notice.c.instance_key == job.root_key)
        with database.write() as connection:
            _keep(connection, engine, job.root_key, values, body)
            if recipient == OBJECT:
                for follower in duplicates.followers(connection, job.root_key):
                    of_theirs = {**body, "matter_no": follower.number}
                    _keep(connection, engine, follower.instance_key, {**values, "key": new_key()}, of_theirs)
            sent: datetime = connection.execute(select(notice.c.sent_at).where(mine)).scalar_one()
        return sent

    return keep


def _keep(
    connection: Connection, engine: Engine, instance_key: int, values: Mapping[str, Any], body: Mapping[str, Any]
) -> None:
    told = sealed(_seal(connection, engine, instance_key), values["job_key"], body)
    rows.add_once(connection, notice, {**values, "instance_key": instance_key, **told})


def sealed(seal: Seal, job_key: int, body: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a notice for what it says; all of it is sealed."""
    return {"body": {}, "sealed": seal.close(dict(body), *_place(job_key))}


def body(connection: Connection, engine: Engine, row: RowMapping) -> dict[str, Any]:
    """What a notice says; nothing after its matter was erased."""
    seal = _seal(connection, engine, row["instance_key"])
    told: dict[str, Any] = seal.opened(row["sealed"], *_place(row["job_key"])) or {}
    return told


def _seal(connection: Connection, engine: Engine, instance_key: int) -> Seal:
    query = select(process_instance.c.data_key).where(process_instance.c.key == instance_key)
    return engine.protection.of(instance_key, connection.execute(query).scalar_one())


def _place(job_key: int) -> tuple[str, int, str]:
    return "notice", job_key, "body"


def publish(database: Database, engine: Engine) -> Publish:
    """Publish a message in a step of its own; the same id again changes nothing.

    A process that begins to wait a little later still gets it; one that is deployed next year does not.
    """

    def tell(name: str, correlation_key: str, message_id: str, variables: Mapping[str, Any], waits: timedelta) -> None:
        try:
            with database.write() as connection:
                messages.publish(
                    connection,
                    engine,
                    name=name,
                    correlation_key=correlation_key,
                    time_to_live=waits,
                    message_id=message_id,
                    variables=variables,
                    by="in-process",
                )
        except Conflict as error:
            # The first try of this job has published it already.
            if error.details.get("message_id") != message_id:
                raise

    return tell
