"""Matters shared with the systems of counties and departments: what was approved, and nothing else (Art. 30)."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from secrets import token_bytes
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, or_, select, update

from service import exact_json
from service.clock import in_city
from service.engine import Engine, messages
from service.errors import Conflict, HotlineError, NotFound
from service.handlers import Job
from service.handlers.open_sharing import Consumer, Open
from service.handlers.push_shared_matter import Push
from service.handlers.withdraw_entry import Withdraw
from service.hotline import addresses, fields, protections, sealed_fields
from service.hotline.addresses import Address, Forbidden, Network
from service.hotline.people import Viewer, is_agency, visible_to
from service.store import rows
from service.store.secrets import KeyRing
from service.store.tables import consumer, matter
from service.store.unit_of_work import Database

OPEN, CLOSED = "OPEN", "CLOSED"
REVOKED = "sharing-revoked"
SCOPES = ("STATUS", "CONTENT", "CONTACT")
# How the table field-access calls a system with a scope.
_SEES = {"CONTENT": "SYSTEM", "CONTACT": "SYSTEM_PERSONAL"}
_SAID = ("title", "text", "address")
_AT_ONCE = 100
# A step that has begun before may still be committed: nothing younger is sent.
_SETTLED = timedelta(seconds=10)
_GONE = 410

Post = Callable[[Address, bytes, dict[str, str]], int]


class NotTold(HotlineError):
    """The other side has not taken what was sent."""


@dataclass(frozen=True)
class Ways:
    """What sharing needs of the world; tests give others."""

    own: Sequence[Network] = ()
    resolve: addresses.Resolve = addresses.resolve
    post: Post = addresses.post


@dataclass(frozen=True, slots=True)
class _System:
    """A system sees the matters of its unit as somebody who works there."""

    id: str
    unit_id: str | None
    roles: Sequence[str] = ("UNIT_HANDLER",)


def open_(database: Database, engine: Engine, secrets: KeyRing, ways: Ways) -> Open:
    def keep(job: Job, asked: Consumer) -> str | None:
        try:
            addresses.look_up(asked.url, ways.own, ways.resolve)
        except (Forbidden, OSError):
            return None
        at, id_ = engine.clock(), f"share-{job.key}"
        values = {**asdict(asked), "id": id_, "state": OPEN, "opened_at": at, "sent_until": at, "job_key": job.key}
        with database.write() as connection:
            rows.add_once(connection, consumer, {**values, "secret": _sealed(secrets, id_, _new_secret())})
        return id_

    return keep


def close(database: Database, engine: Engine) -> Withdraw:
    def keep(id_: str) -> datetime:
        with database.write() as connection:
            mine = (consumer.c.id == id_) & (consumer.c.state == OPEN)
            connection.execute(update(consumer).where(mine).values(state=CLOSED, closed_at=engine.clock()))
            at: datetime = get(connection, id_)["closed_at"]
        return at

    return keep


def push(database: Database, engine: Engine, secrets: KeyRing, ways: Ways) -> Push:
    """Sends outside of any transaction; what was sent is noted when the other side has taken it."""

    def tell(id_: str) -> int | None:
        with database.read() as connection:
            row = get(connection, id_)
            changed = _changed(connection, row, engine.clock()) if row["state"] == OPEN else []
            items = [_told(connection, engine, secrets, row["scope"], one) for one in changed]
        if not items:
            return 0
        last = changed[-1]
        address = addresses.look_up(row["url"], ways.own, ways.resolve)
        body = {"type": "matters.changed", "timestamp": items[-1]["updated_at"], "data": {"items": items}}
        sent_id = f"{id_}-{items[-1]['number']}-{items[-1]['version']}"
        text = exact_json.dumps(body).encode()
        status = ways.post(address, text, signed(_opened(secrets, row), sent_id, engine.clock(), text))
        if status == _GONE:
            return None
        if not 200 <= status < 300:
            raise NotTold(f"{address.host} has answered {status}.")
        values = {"sent_until": last["updated_at"], "sent_number": last["number"]}
        with database.write() as connection:
            connection.execute(update(consumer).where(consumer.c.id == id_).values(**values))
        return len(items)

    return tell


def signed(secret: str, id_: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers of Standard Webhooks."""
    moment = str(int(at.timestamp()))
    key = b64decode(secret.removeprefix("whsec_"))
    mac = hmac.digest(key, f"{id_}.{moment}.".encode() + body, "sha256")
    return {
        "Content-Type": "application/json",
        "webhook-id": id_,
        "webhook-timestamp": moment,
        "webhook-signature": f"v1,{b64encode(mac).decode()}",
    }


def listed(connection: Connection, viewer: Viewer) -> Sequence[RowMapping]:
    """The systems: all for the agency and the office of the government, a unit's own for it."""
    query = select(consumer).order_by(consumer.c.opened_at, consumer.c.id)
    if not _oversees(viewer):
        query = query.where(consumer.c.unit_id == viewer.unit_id)
    return connection.execute(query).mappings().all()


def get(connection: Connection, id_: str, viewer: Viewer | None = None, *, is_secret: bool = False) -> RowMapping:
    """Raises NotFound, also for a system of another unit's; where it `is_secret` also for the government's office."""
    row = connection.execute(select(consumer).where(consumer.c.id == id_)).mappings().first()
    sees_all = viewer is None or (is_agency(viewer) if is_secret else _oversees(viewer))
    if row is None or not (sees_all or (viewer and row["unit_id"] == viewer.unit_id)):
        raise NotFound(f"There is no system {id_[:40]} that matters are shared with.")
    return row


def renew_secret(connection: Connection, secrets: KeyRing, id_: str) -> str:
    """A new secret that signs from now on; told this once."""
    secret = _new_secret()
    connection.execute(update(consumer).where(consumer.c.id == id_).values(secret=_sealed(secrets, id_, secret)))
    return secret


def revoke(connection: Connection, engine: Engine, id_: str, *, by: str) -> None:
    """Take the approval back. Raises Conflict if nothing is shared."""
    try:
        messages.correlate(connection, engine, name=REVOKED, correlation_key=id_, variables={}, by=by)
    except NotFound:
        raise Conflict(f"Nothing is shared with {id_[:40]} now, or it is just being told. Try again.") from None


def _changed(connection: Connection, row: RowMapping, at: datetime) -> Sequence[RowMapping]:
    """The matters that the unit may see and that have changed since, in order; none that is against the unit."""
    columns = matter.c
    later = or_(
        columns.updated_at > row["sent_until"],
        and_(columns.updated_at == row["sent_until"], columns.number > row["sent_number"]),
    )
    query = (
        protections.matters_with_marks()
        .where(visible_to(_System(row["id"], row["unit_id"])), later, columns.updated_at <= at - _SETTLED)
        .order_by(columns.updated_at, columns.number)
        .limit(_AT_ONCE)
    )
    return connection.execute(query).mappings().all()


def _told(connection: Connection, engine: Engine, secrets: KeyRing, scope: str, row: RowMapping) -> dict[str, Any]:
    told: dict[str, Any] = {
        "number": row["number"],
        "version": int(row["updated_at"].timestamp() * 1_000_000),
        "status": row["status"],
        "outcome": row["outcome"],
        "unit_id": row["unit_id"],
        "category_l1": row["category_l1"],
        "category_l2": row["category_l2"],
        "area": row["area"],
        **{name: _instant(row[name]) for name in ("received_at", "deadline_at", "closed_at", "updated_at")},
    }
    if scope not in _SEES:
        return told
    eyes = fields.eyes(connection, engine, _SEES[scope])
    marks, opened = protections.of_row(row), sealed_fields.opened(secrets, row)
    said: Mapping[str, str] = {name: opened[name] for name in _SAID}
    if scope == "CONTACT":
        said = {**said, **sealed_fields.contact(secrets, row)._asdict()}
    return told | {name: eyes.shown(name, value, marks) for name, value in said.items()}


def _instant(at: datetime | None) -> str | None:
    return in_city(at).isoformat() if at else None


def _oversees(viewer: Viewer) -> bool:
    return is_agency(viewer) or "GOV_OFFICE" in viewer.roles


def _new_secret() -> str:
    return f"whsec_{b64encode(token_bytes(32)).decode()}"


def _sealed(secrets: KeyRing, id_: str, secret: str) -> str:
    return secrets.seal(secret, "consumer", id_, "secret")


def _opened(secrets: KeyRing, row: RowMapping) -> str:
    return secrets.open(row["secret"], "consumer", row["id"], "secret")
