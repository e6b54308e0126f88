"""Anchors: how far the chain of audit records was on a day, and its hash there, to be kept where nobody here can write.

Whoever can write to the database can write the whole chain anew; but not so that it fits an anchor that is elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from sqlalchemy import Connection, select

from service.clock import CITY_ZONE, in_city
from service.config import BadSetting, Settings
from service.engine import audit
from service.errors import Invalid
from service.store import rows
from service.store.tables import audit_anchor, audit_record
from service.store.unit_of_work import Database

_FIELDS = ("day", "sequence", "hash", "made_at", "signed_by", "signature")


@dataclass(frozen=True, slots=True)
class Anchor:
    """At the end of `day` the record `sequence` was the last, with this hash."""

    day: date
    sequence: int
    hash: str
    made_at: datetime
    signed_by: str = ""
    signature: str = ""

    @property
    def name(self) -> str:
        return f"the anchor of {self.day}"

    def line(self) -> str:
        """As it is written to a file: one line of JSON."""
        return json.dumps({**self._signed_content(), "signed_by": self.signed_by, "signature": self.signature})

    @classmethod
    def read(cls, line: str) -> Self:
        """Raises ValueError for what is no anchor."""
        told = json.loads(line)
        if not isinstance(told, Mapping) or not {*_FIELDS[:4]} <= {*told}:
            raise ValueError(line)
        texts = [told[name] for name in ("day", "hash", "made_at")] + [told.get(name, "") for name in _FIELDS[4:]]
        if not all(isinstance(one, str) for one in texts) or type(told["sequence"]) is not int:
            raise ValueError(line)
        moment = datetime.fromisoformat(told["made_at"])
        return cls(date.fromisoformat(told["day"]), told["sequence"], told["hash"], moment, texts[3], texts[4])

    def signed(self, key: Ed25519PrivateKey) -> Self:
        signature = base64.b64encode(key.sign(audit.canonical(self._signed_content()))).decode()
        return replace(self, signed_by=_fingerprint(key.public_key()), signature=signature)

    def fault(self, key: Ed25519PublicKey) -> str:
        """What is wrong with its signature, if this key should have made it."""
        if not self.signature:
            return f"{self.name} is not signed, and should be."
        if self.signed_by != _fingerprint(key):
            return f"{self.name} is signed by another key ({self.signed_by})."
        try:
            key.verify(base64.b64decode(self.signature), audit.canonical(self._signed_content()))
        except (InvalidSignature, ValueError):
            return f"{self.name} was changed: its signature does not fit what it says."
        return ""

    def _signed_content(self) -> dict[str, Any]:
        made_at = self.made_at.astimezone(UTC).isoformat()
        return {"day": self.day.isoformat(), "sequence": self.sequence, "hash": self.hash, "made_at": made_at}


@dataclass(frozen=True, slots=True)
class Anchoring:
    """What the settings say of anchors: the key that signs them, and the file that the tick adds them to."""

    key: Ed25519PrivateKey | None = None
    file: Path | None = None

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Raises BadSetting for a key that cannot be read."""
        key = _private_key(Path(settings.audit_signing_key)) if settings.audit_signing_key else None
        return cls(key, Path(settings.audit_anchors) if settings.audit_anchors else None)


def now(connection: Connection, at: datetime, anchoring: Anchoring) -> Anchor | None:
    """An anchor of what is sealed by now, for the day that it is in the city; none while nothing is."""
    sequence, hash_ = audit.head(connection)
    return _made(in_city(at).date(), sequence, hash_, at, anchoring) if sequence else None


def keep_daily(database: Database, at: datetime, anchoring: Anchoring) -> Anchor | None:
    """Once a day is over in the city, keep its anchor, in the database and where the settings say; None if it is kept.

    Raises OSError if the file cannot be written; then it is not kept either, and the next try makes it.
    """
    day = in_city(at).date() - timedelta(days=1)
    audit.seal(database)
    with database.write() as connection:
        record = audit_record.c
        of_day = record.at < datetime.combine(day + timedelta(days=1), time(), CITY_ZONE)
        query = select(record.sequence, record.hash).where(of_day).order_by(record.sequence.desc()).limit(1)
        found = connection.execute(query).first()
        if found is None:
            return None
        anchor = _made(day, found.sequence, found.hash, at, anchoring)
        values = {name: getattr(anchor, name) for name in _FIELDS}
        if not rows.add_once(connection, audit_anchor, values):
            return None
        if anchoring.file:
            add_to(anchoring.file, anchor)
    return anchor


def kept(connection: Connection) -> list[Anchor]:
    """Those that the database keeps itself."""
    query = select(audit_anchor).order_by(audit_anchor.c.day)
    return [Anchor(**{name: row[name] for name in _FIELDS}) for row in connection.execute(query).mappings()]


def add_to(file: Path, anchor: Anchor) -> None:
    with file.open("a", encoding="utf-8") as opened:
        opened.write(anchor.line() + "\n")


def read_file(file: Path) -> Iterator[Anchor]:
    """The anchors of a file, one a line. Raises Invalid naming the line that is none."""
    for number, line in enumerate(file.read_text("utf-8", "replace").splitlines(), 1):
        if not line.strip():
            continue
        try:
            yield Anchor.read(line)
        except (ValueError, KeyError):
            told = f"Line {number} of {file.name} is no anchor. `hotline audit anchor` writes such lines."
            raise Invalid(told) from None


def public_key(file: Path) -> Ed25519PublicKey:
    """Raises Invalid for a file that holds none."""
    try:
        key = load_pem_public_key(file.read_bytes())
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise Invalid(f"{file.name} is no public Ed25519 key in PEM. Make it: openssl pkey -in KEY -pubout.")
    return key


def _made(day: date, sequence: int, hash_: str, at: datetime, anchoring: Anchoring) -> Anchor:
    anchor = Anchor(day, sequence, hash_, at)
    return anchor.signed(anchoring.key) if anchoring.key else anchor


def _private_key(file: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(file.read_bytes(), None)
    except (OSError, ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadSetting(
            "AUDIT_SIGNING_KEY names no file with a private Ed25519 key in PEM, without a password. "
            "Make one: openssl genpkey -algorithm ed25519 -out FILE."
        )
    return key


def _fingerprint(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]
