"""Sign-ins that have failed: after some, the next has to wait, each time for longer, and never for ever.

They are counted in the store, as there may be several servers: by the account that was tried, and by the address from
which; of either only a hash is kept. A token that is not known tells of no account: it is counted by the address alone,
and apart, so that a program whose token has run out does not keep the people beside it from signing in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, delete, select, update

from service.errors import HotlineError
from service.store import rows
from service.store.tables import sign_in_attempt

# What is counted is forgotten after so many of the longest waits without another failure.
_KEPT = 4


class TooManyTries(HotlineError):
    """`until` is when the next try is looked at."""

    def __init__(self, until: datetime) -> None:
        super().__init__("Too many sign-ins have failed. Wait a little before you try again.")
        self.until = until


@dataclass(frozen=True, slots=True)
class Limits:
    """So many tries may fail before one has to wait; the first wait, which doubles with each, and the longest."""

    of_account: int
    of_address: int
    first: timedelta
    longest: timedelta

    def wait(self, of: str, failures: int) -> timedelta:
        beyond = failures - (self.of_account if of == "account" else self.of_address)
        if beyond < 0:
            return timedelta(0)
        # Doubled no more often than a clock can count.
        return min(self.longest, self.first * (1 << min(beyond, 20)))


def marks(account: str, address: str | None) -> Mapping[str, str]:
    """What is counted → what it is counted under."""
    told = {"account": account} | ({"address": address} if address else {})
    return {of: sha256(f"{of} {value}".encode("utf-8", "surrogatepass")).hexdigest() for of, value in told.items()}


def marks_of_tokens(address: str | None) -> Mapping[str, str]:
    """The same for bearer tokens."""
    return {"address": sha256(f"tokens from {address}".encode()).hexdigest()} if address else {}


def marks_of_filings(address: str | None) -> Mapping[str, str]:
    """The same for matters that are filed without signing in: there, each one that is filed counts."""
    return {"address": sha256(f"filings from {address}".encode()).hexdigest()} if address else {}


def require_free(connection: Connection, marks: Mapping[str, str], at: datetime) -> None:
    """Raises TooManyTries."""
    table = sign_in_attempt.c
    query = select(table.waits_until).where(table.mark.in_(marks.values()), table.waits_until > at)
    if until := connection.execute(query.order_by(table.waits_until.desc()).limit(1)).scalar():
        raise TooManyTries(until)


def failed(connection: Connection, marks: Mapping[str, str], limits: Limits, at: datetime) -> None:
    table = sign_in_attempt.c
    connection.execute(delete(sign_in_attempt).where(table.failed_at < at - _KEPT * limits.longest))
    # In one order, so that two never wait for each other.
    for of, mark in sorted(marks.items()):
        rows.add_once(connection, sign_in_attempt, {"mark": mark, "failures": 0, "failed_at": at, "waits_until": at})
        mine = update(sign_in_attempt).where(table.mark == mark)
        counted = mine.values(failures=table.failures + 1, failed_at=at).returning(table.failures)
        wait = limits.wait(of, connection.execute(counted).scalar_one())
        connection.execute(mine.values(waits_until=at + wait))


def has_failed(connection: Connection, marks: Mapping[str, str]) -> bool:
    """Whether something is counted of the account."""
    mine = sign_in_attempt.c.mark == marks["account"]
    return connection.execute(select(sign_in_attempt.c.mark).where(mine)).first() is not None


def succeeded(connection: Connection, marks: Mapping[str, str]) -> None:
    """The account begins anew; the address does not, as whoever has an account could go on with others."""
    connection.execute(delete(sign_in_attempt).where(sign_in_attempt.c.mark == marks["account"]))
