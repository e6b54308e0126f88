"""What the agency publishes: channels, procedures, plans; everybody reads what is in force (Art. 28)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, RowMapping, select

from service.engine import Engine
from service.handlers import Job
from service.handlers.publish_information import PublishInformation
from service.handlers.withdraw_entry import Withdraw
from service.hotline import fields, kept_versions
from service.hotline.kept_versions import PUBLISHED
from service.store.tables import publication
from service.store.unit_of_work import Database

KINDS = ("CHANNELS", "SCOPE", "PROCEDURE", "STATISTICS", "PLAN", "SCHEME", "OTHER")


def publish(database: Database, engine: Engine) -> PublishInformation:
    def keep(job: Job, id_: str | None, kind: str, title: str, text: str) -> tuple[str, int, datetime]:
        said = {"publication_title": title, "publication_text": text}
        with database.write() as connection:
            told = fields.published(connection, engine, said)
            words = {"title": told["publication_title"], "text": told["publication_text"]}
            row, _ = kept_versions.publish(
                connection, publication, id_, "pub", job.key, engine.clock(), kind=kind, **words
            )
        return row["id"], row["version"], row["published_at"]

    return keep


def withdraw(database: Database, engine: Engine) -> Withdraw:
    return kept_versions.withdraw(database, engine, publication)


def in_force(connection: Connection) -> Sequence[RowMapping]:
    """What everybody may read now, by kind, the newest first."""
    columns = publication.c
    query = select(publication).where(columns.state == PUBLISHED).order_by(columns.kind, columns.key.desc())
    return connection.execute(query).mappings().all()
