"""What is looked for in the matters of the day before: what the same people raise again, who held the line for
long, calls to listen to."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import func, select

from service.clock import CITY_ZONE, in_city
from service.engine import Engine
from service.handlers.draw_calls import DrawCalls
from service.handlers.find_long_calls import FindLongCalls, LongCall
from service.handlers.find_repeats import FindRepeats, Repeat
from service.hotline import channels
from service.store.tables import history, matter, phone_call
from service.store.unit_of_work import Database

_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)


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


def long_calls(database: Database, engine: Engine) -> FindLongCalls:
    """A call is told on the day after its end alone."""

    def find() -> Sequence[LongCall]:
        at, of = engine.clock(), phone_call.c
        query = (
            select(matter.c.number, matter.c.received_at, of.answered_at, of.ended_at)
            .join_from(phone_call, matter, matter.c.number == of.matter_no)
            .where(of.ended_at >= of.occupied_from, of.ended_at > at - _DAY, of.ended_at <= at)
            .where(of.offered_at > at - 2 * _DAY)  # which has an index, and no call lasts for a day
            .order_by(matter.c.number)
        )
        with database.read() as connection:
            return [
                LongCall(row.number, row.received_at, (row.ended_at - row.answered_at) // _MINUTE)
                for row in connection.execute(query)
            ]

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
