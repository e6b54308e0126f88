"""What is looked for in the matters of the day before: what the same people raise again, calls to listen to."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import func, select

from service.clock import CITY_ZONE, in_city
from service.engine import Engine
from service.handlers.draw_calls import DrawCalls
from service.handlers.find_repeats import FindRepeats, Repeat
from service.hotline import channels
from service.store.tables import history, matter
from service.store.unit_of_work import Database

_DAY = timedelta(days=1)


def repeats(database: Database, engine: Engine) -> FindRepeats:
    """By the blind marks of phone numbers: who it is, nobody learns. A matter is told on the day after it alone."""

    def find(window: int) -> Sequence[Repeat]:
        at, mine = engine.clock(), matter.c
        newest, last = func.max(mine.number), func.max(mine.received_at)
        query = (
            select(newest, last, func.count())
            .where(mine.phone_mark != "", mine.received_at > at - timedelta(days=window), mine.received_at <= at)
            .group_by(mine.phone_mark, mine.category_l1, mine.category_l2)
            .having(last > at - _DAY, func.count() > 1)
            .order_by(newest)
        )
        with database.read() as connection:
            return [Repeat(*row) for row in connection.execute(query)]

    return find


def calls(database: Database, engine: Engine) -> DrawCalls:
    def draw(share: int) -> Sequence[tuple[str, str]]:
        today = datetime.combine(in_city(engine.clock()).date(), time.min, CITY_ZONE)
        mine, line, any_line = matter.c, history.c, history.alias("any_line").c
        first = select(func.min(any_line.key)).where(any_line.instance_key == mine.instance_key).scalar_subquery()
        query = (
            select(mine.number, line.by)
            .join_from(matter, history, line.key == first)
            .where(mine.received_at >= today - _DAY, mine.received_at < today)
        )
        with database.read() as connection:
            query = query.where(mine.channel.in_(channels.calls(connection, engine)))
            taken = [(row.number, row.by) for row in connection.execute(query)]
        # By chance, as nobody knows before; and the same again when a job is tried again.
        taken.sort(key=lambda one: hashlib.sha256(f"{today}{one[0]}".encode()).digest())
        return sorted(taken[: -(-len(taken) * share // 100)])

    return draw
