"""A service object follows its own matter, by number and query code (Art. 13)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, select, tuple_, update

from service.engine import Engine, decisions
from service.errors import Conflict, HotlineError, NotFound
from service.hotline import matters, query_codes
from service.hotline.progress import STATUS
from service.store.tables import element_instance, matter, message_subscription, process_instance
from service.store.unit_of_work import Database

TRIES = 5
LOCKED = timedelta(minutes=15)


DISCLOSURE = "progress-disclosure"


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What the table progress-disclosure lets somebody see of a matter, and why."""

    shown: str
    reason: str

    @property
    def tells_content(self) -> bool:
        """Whether more than the status is told."""
        return self.shown in ("SHOW", "SHOW_WITHOUT_IDENTITY")


@dataclass(frozen=True, slots=True)
class Step:
    """A status, and since when."""

    status: str
    at: datetime


class TooManyTries(HotlineError):
    """Wrong codes were given too often; `until` is when the next is looked at."""

    def __init__(self, until: datetime) -> None:
        super().__init__("The code was wrong too often. Wait a quarter of an hour, or call 12345.")
        self.until = until


def find(database: Database, number: str, code: str, at: datetime) -> RowMapping:
    """The row of the matter that number and code belong to.

    Raises NotFound for a number or a code that is wrong, without saying which; TooManyTries.
    """
    query = select(matter).where(matter.c.number == number)
    with database.read() as connection:
        row = connection.execute(query).mappings().first()
    if row is not None and row["code_locked_until"] is not None and row["code_locked_until"] > at:
        raise TooManyTries(row["code_locked_until"])
    right = query_codes.matches(code, row["query_code_hash"] if row else None)
    if row is None:
        raise _unknown()
    if not right:
        with database.write() as connection:
            _count(connection, number, at)
        raise _unknown()
    if row["code_failures"]:
        with database.write() as connection:
            _forget(connection, number)
    return row


def disclosure(connection: Connection, engine: Engine, row: RowMapping, *, by_follower: bool = False) -> Disclosure:
    """How much its owner, or whoever's matter was merged into it, may see: of a secret the status alone (Art. 13)."""
    mine = select(process_instance.c.variables).where(process_instance.c.key == row["instance_key"])
    variables = connection.execute(mine).scalar() or {}
    asked = {"requester": "FOLLOWER" if by_follower else "OWNER", "secrecy": variables.get("secrecy")}
    answer = decisions.evaluate(connection, engine, asked, decision_id=DISCLOSURE)
    if answer.failed:
        raise Conflict(f"How much may be shown could not be judged: {answer.failure_message}", decision=DISCLOSURE)
    return Disclosure(answer.output["shown"], answer.output["reason"])


def takes(connection: Connection, row: RowMapping) -> frozenset[str]:
    """What of all that its service object may say the matter waits for now, by the names of matters.HEARD."""
    awaited = message_subscription.c
    keys = {what: (message, matters.heard_by(message, row)) for what, message in matters.HEARD.items()}
    query = select(awaited.name, awaited.correlation_key).where(
        awaited.instance_key.is_not(None), tuple_(awaited.name, awaited.correlation_key).in_(keys.values())
    )
    waiting = {tuple(one) for one in connection.execute(query)}
    return frozenset(what for what, key in keys.items() if key in waiting)


def steps(connection: Connection, engine: Engine, row: RowMapping) -> list[Step]:
    """The statuses that a matter has had, in their order, as its diagrams say them."""
    element, instance = element_instance.c, process_instance.c
    query = (
        select(element.element_id, element.started_at, instance.definition_key)
        .join_from(element_instance, process_instance, instance.key == element.instance_key)
        .where(instance.root_key == row["instance_key"])
        # What is called begins after what calls it, at the same moment as the clock has it.
        .order_by(element.started_at, instance.key, element.number)
    )
    told: list[Step] = []
    for one in connection.execute(query):
        drawn = engine.process_model(connection, one.definition_key).elements.get(one.element_id)
        status = drawn.properties.get(STATUS) if drawn else None
        if status and (not told or told[-1].status != status):
            told.append(Step(status, one.started_at))
    # Of several at one moment, the one that it has now is the last.
    now = next((one for one in reversed(told) if one.status == row["status"]), None)
    return told if now is None else [*(one for one in told if one is not now), now]


def _count(connection: Connection, number: str, at: datetime) -> None:
    mine = matter.c.number == number
    connection.execute(update(matter).where(mine).values(code_failures=matter.c.code_failures + 1))
    connection.execute(
        update(matter)
        .where(mine, matter.c.code_failures >= TRIES)
        .values(code_failures=0, code_locked_until=at + LOCKED)
    )


def _forget(connection: Connection, number: str) -> None:
    connection.execute(update(matter).where(matter.c.number == number).values(code_failures=0, code_locked_until=None))


def _unknown() -> NotFound:
    return NotFound("There is no matter with this number and this code.")
