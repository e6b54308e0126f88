"""The second factor: a code of six digits that somebody's device makes anew every half minute (RFC 6238)."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

import pyotp
from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from service.engine import audit
from service.errors import Conflict, HotlineError
from service.store.secrets import KeyRing
from service.store.tables import recovery_code, second_factor, session

ISSUER = "潍坊12345热线"
TRIES, LOCKED = 5, timedelta(minutes=15)
_STEP = 30  # seconds
_AROUND = (0, -1, 1)  # clocks of devices differ; the RFC allows a step
_CODES = 10
_ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # without those that look alike


class TooManyCodes(HotlineError):
    """Wrong codes were told too often; `until` is when the next is looked at."""

    def __init__(self, until: datetime) -> None:
        super().__init__("The code was wrong too often. Wait a quarter of an hour.")
        self.until = until


class Begun(NamedTuple):
    """What the device is told, this once: as text, and as the address in a QR code."""

    secret: str
    address: str


def is_confirmed(connection: Connection, person_id: str) -> bool:
    """Whether somebody has one that counts."""
    row = _row(connection, person_id)
    return row is not None and row["confirmed_at"] is not None


def begin(connection: Connection, ring: KeyRing, person_id: str, at: datetime) -> Begun:
    """A new secret; it counts once a code of it was told. Raises Conflict for whoever has one already."""
    if is_confirmed(connection, person_id):
        raise Conflict("You have a second factor already. An administrator removes it if the device is lost.")
    secret = pyotp.random_base32()
    connection.execute(delete(second_factor).where(second_factor.c.person_id == person_id))
    sealed = ring.seal(secret, "second_factor", person_id, "secret")
    connection.execute(insert(second_factor).values(person_id=person_id, secret=sealed, created_at=at))
    audit.record(connection, at, "second-factor-begun", who=person_id)
    return Begun(secret, pyotp.TOTP(secret).provisioning_uri(name=person_id, issuer_name=ISSUER))


def confirm(connection: Connection, ring: KeyRing, person_id: str, code: str, at: datetime) -> Sequence[str] | None:
    """Let it count, by a first code; answers the recovery codes, told this once, or nothing if the code is wrong.

    Raises TooManyCodes, Conflict where nothing was begun.
    """
    row = _row(connection, person_id)
    if row is None or row["confirmed_at"] is not None:
        raise Conflict("Begin again: there is no second factor to confirm.")
    if not _takes(connection, ring, row, code, at):
        return None
    mine = second_factor.c.person_id == person_id
    connection.execute(update(second_factor).where(mine).values(confirmed_at=at))
    codes = ["-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4)) for _ in range(_CODES)]
    connection.execute(delete(recovery_code).where(recovery_code.c.person_id == person_id))
    kept = [{"code_hash": _hash(person_id, one), "person_id": person_id} for one in codes]
    connection.execute(insert(recovery_code), kept)
    audit.record(connection, at, "second-factor-confirmed", who=person_id)
    return codes


def check(connection: Connection, ring: KeyRing, person_id: str, code: str, at: datetime) -> str | None:
    """Whether a code is right: `code` or `recovery-code`, which is taken once, or nothing. Raises TooManyCodes.

    What is wrong is counted: the transaction has to be committed all the same.
    """
    row = _row(connection, person_id)
    if row is None or row["confirmed_at"] is None:
        return None
    if _takes(connection, ring, row, code, at):
        return "code"
    used = delete(recovery_code).where(recovery_code.c.code_hash == _hash(person_id, code))
    if connection.execute(used).rowcount == 1:
        mine = second_factor.c.person_id == person_id
        connection.execute(update(second_factor).where(mine).values(failures=0, locked_until=None))
        return "recovery-code"
    return None


def remove(connection: Connection, person_id: str, at: datetime, *, by: str) -> bool:
    """Somebody has lost the device: the next sign-in begins a new one, and no browser stays let in."""
    for table in (recovery_code, session):
        connection.execute(delete(table).where(table.c.person_id == person_id))
    gone = connection.execute(delete(second_factor).where(second_factor.c.person_id == person_id)).rowcount == 1
    if gone:
        audit.record(connection, at, "second-factor-removed", who=by, subject=f"person {person_id}")
    return gone


def _takes(connection: Connection, ring: KeyRing, row: RowMapping, code: str, at: datetime) -> bool:
    """Whether it is a code of now that was not told before; a wrong one is counted. Raises TooManyCodes."""
    if row["locked_until"] is not None and row["locked_until"] > at:
        raise TooManyCodes(row["locked_until"])
    person_id, told = row["person_id"], "".join(code.split())
    made = pyotp.TOTP(ring.open(row["secret"], "second_factor", person_id, "secret"), interval=_STEP)
    now = int(at.timestamp()) // _STEP
    for step in (now + around for around in _AROUND):
        if hmac.compare_digest(made.generate_otp(step).encode(), told.encode("utf-8", "surrogatepass")):
            # One statement decides who comes first with a code that was read over a shoulder.
            mine = (second_factor.c.person_id == person_id) & (second_factor.c.last_step < step)
            taken = update(second_factor).where(mine).values(last_step=step, failures=0, locked_until=None)
            if connection.execute(taken).rowcount == 1:
                return True
    mine = second_factor.c.person_id == person_id
    counted = update(second_factor).where(mine).values(failures=second_factor.c.failures + 1)
    failures = connection.execute(counted.returning(second_factor.c.failures)).scalar_one()
    if failures % TRIES == 0:
        connection.execute(update(second_factor).where(mine).values(locked_until=at + LOCKED))
    return False


def _row(connection: Connection, person_id: str) -> RowMapping | None:
    query = select(second_factor).where(second_factor.c.person_id == person_id)
    return connection.execute(query).mappings().first()


def _hash(person_id: str, code: str) -> str:
    """They are long and random, so a plain digest keeps them."""
    told = "".join(one for one in code.upper() if one.isalnum())
    return sha256(f"{person_id}\0{told}".encode("utf-8", "surrogatepass")).hexdigest()
