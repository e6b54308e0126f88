"""What jobs tell the world: notices, kept for the channels that carry them out, and messages to other processes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from service.engine import Engine, messages
from service.errors import Conflict
from service.handlers import Job
from service.handlers.publish_message import Publish
from service.handlers.send_notice import OBJECT, Post
from service.hotline import duplicates
from service.store import rows
from service.store.keys import new_key
from service.store.tables import notice
from service.store.unit_of_work import Database

# A process that begins to wait a little later still gets the message; one that is deployed next year does not.
TIME_TO_LIVE = timedelta(days=1)


def post(database: Database, engine: Engine) -> Post:
    """Keep a notice, and the same for whoever's matter was merged into this one; a second try finds the first's."""

    def keep(job: Job, kind: str, recipient: str, body: Mapping[str, Any]) -> datetime:
        at = engine.clock()
        values = {
            "key": new_key(),
            "job_key": job.key,
            "instance_key": job.root_key,
            "kind": kind,
            "recipient": recipient,
            "body": dict(body),
            "created_at": at,
            "sent_at": at,
        }
        mine = (notice.c.job_key == job.key) & (notice.c.instance_key == job.root_key)
        with database.write() as connection:
            rows.add_once(connection, notice, values)
            if recipient == OBJECT:
                for follower in duplicates.followers(connection, job.root_key):
                    body_of_theirs = {**body, "matter_no": follower.number}
                    of_theirs = {"key": new_key(), "instance_key": follower.instance_key, "body": body_of_theirs}
                    rows.add_once(connection, notice, values | of_theirs)
            sent: datetime = connection.execute(select(notice.c.sent_at).where(mine)).scalar_one()
        return sent

    return keep


def publish(database: Database, engine: Engine) -> Publish:
    """Publish a message in a step of its own; the same id again changes nothing."""

    def tell(name: str, correlation_key: str, message_id: str, variables: Mapping[str, Any]) -> None:
        try:
            with database.write() as connection:
                messages.publish(
                    connection,
                    engine,
                    name=name,
                    correlation_key=correlation_key,
                    time_to_live=TIME_TO_LIVE,
                    message_id=message_id,
                    variables=variables,
                    by="in-process",
                )
        except Conflict as error:
            # The first try of this job has published it already.
            if error.details.get("message_id") != message_id:
                raise

    return tell
