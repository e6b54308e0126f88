"""What callers have asked and no entry of the knowledge base answers: each time is a process of its own."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from service.engine import Engine
from service.handlers.count_lookups import CountLookups
from service.store.tables import process_instance
from service.store.unit_of_work import Database

# What the table knowledge-freshness says when a unit is to write.
_TO_WRITE = "GAP_TASK"


def counted(database: Database, engine: Engine) -> CountLookups:
    def count(instance_key: int, first: str, second: str, days: int) -> int:
        of = process_instance.c
        said = of.variables["freshness"]["action"].as_string()
        mine = select(of.process_id).where(of.key == instance_key).scalar_subquery()
        query = (
            select(said)
            .where(of.process_id == mine, of.started_at > engine.clock() - timedelta(days=days))
            .where(of.variables["category_l1"].as_string() == first, of.variables["category_l2"].as_string() == second)
            .order_by(of.started_at.desc(), of.key.desc())
        )
        times = 0
        with database.read() as connection:
            for action in connection.execute(query).scalars():
                if action == _TO_WRITE:
                    break
                times += 1
        return times

    return count
