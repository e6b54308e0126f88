"""Made-up entries of the knowledge base: each goes the way that is drawn, from the push to the keeper's review."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select

from service.clock import in_city
from service.engine import Engine, jobs, user_tasks
from service.hotline import knowledge
from service.hotline.seed import play
from service.store.tables import person, user_task
from service.store.unit_of_work import Database

_FILE = Path(__file__).with_name("knowledge.yaml")
_FRESH = timedelta(days=180)
_PUBLISHED = {"entry_review": "PUBLISH", "entry_visibility": "PUBLIC", "entry_holds_no_secret": True}


def number() -> int:
    return len(_told())


def publish(database: Database, engine: Engine) -> Iterator[str]:
    """Tells the title of each as soon as everybody may read it."""
    for one in _told():
        by = play.somebody_of([f"{one['unit']}:UNIT_HANDLER"])
        given: dict[str, Any] = {f"entry_{name}": text for name, text in one.items() if name != "unit"}
        given |= {"valid_from": None, "valid_until": None, "review_date": in_city(engine.clock() + _FRESH).date()}
        with database.write() as connection:
            writer: Any = connection.execute(select(person).where(person.c.id == by)).one()
            pushed = knowledge.push(connection, engine, writer, given)
        _run(database, engine)
        waits = select(user_task).where(user_task.c.instance_key == pushed, user_task.c.state == "CREATED")
        with database.write() as connection:
            task = connection.execute(waits).one()
            reviewer = play.somebody_of(task.candidate_groups)
            user_tasks.complete(connection, engine, task.key, _PUBLISHED, by=reviewer)
        _run(database, engine)
        yield one["title"]


@cache
def _told() -> list[dict[str, str]]:
    told: list[dict[str, str]] = yaml.safe_load(_FILE.read_text("utf-8"))
    return told


def _run(database: Database, engine: Engine) -> None:
    while jobs.run_due(database, engine):
        pass
