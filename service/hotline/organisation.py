"""The fictional organisation: units and people of a city, loaded once into an empty database."""

from __future__ import annotations

import csv
import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Connection, insert, select, text

from service.store.tables import api_token, person, unit

Hash = Callable[[str], str]

_FILE = Path(__file__).with_name("organisation.yaml")
_LOCK = 12345

# Role → by which column of its unit somebody in it is known.
HEADS = {"UNIT_PRINCIPAL": "principal_id", "UNIT_LIAISON": "liaison_id", "UNIT_HANDLER": "handler_id"}
_NOBODY: dict[str, str | None] = dict.fromkeys(HEADS.values())


@dataclass(frozen=True, slots=True)
class Access:
    """How one of the fictional people signs in; most have a token only."""

    person_id: str
    unit_id: str
    roles: tuple[str, ...]
    token: str
    password: str


@cache
def shipped() -> dict[str, list[dict[str, Any]]]:
    """The units and people of the file beside this module."""
    read: dict[str, list[dict[str, Any]]] = yaml.safe_load(_FILE.read_text("utf-8"))
    return read


def seed(
    connection: Connection,
    at: datetime,
    *,
    hash_token: Hash,
    hash_password: Hash,
    scopes: Callable[[Sequence[str]], str],
) -> Sequence[Access]:
    """Load the organisation where nobody is known yet; answers how its people sign in, or nothing. `scopes` says what a
    token is for, by the roles of whose it is."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    if connection.execute(select(person.c.id).limit(1)).first() or connection.execute(select(unit.c.id)).first():
        return ()
    given = [_access(one) for one in shipped()["people"]]
    people = [
        {
            "id": one["id"],
            "name": one["name"],
            "name_en": one["name_en"],
            "unit_id": one["unit"],
            "roles": one["roles"],
            "password_hash": hash_password(access.password) if access.password else "",
        }
        for one, access in zip(shipped()["people"], given, strict=True)
    ]
    tokens = [
        {
            "token_hash": hash_token(access.token),
            "person_id": access.person_id,
            "label": "demo",
            "scopes": scopes(access.roles),
            "created_at": at,
            "expires_at": None,
        }
        for access in given
    ]
    load_units(connection)
    connection.execute(insert(person), people)
    connection.execute(insert(api_token), tokens)
    return given


def load_units(connection: Connection) -> None:
    """Load the units alone, where none is known."""
    heads = _heads()
    units = [
        {
            "id": one["id"],
            "name": one["name"],
            "name_en": one["name_en"],
            "kind": one["kind"],
            "division_code": one["division_code"],
            "parent_id": one.get("parent"),
            **heads.get(one["id"], _NOBODY),
        }
        for one in shipped()["units"]
    ]
    connection.execute(insert(unit), units)


def _heads() -> dict[str, dict[str, str | None]]:
    """Whom each unit is known by: the first of its people in each of these roles."""
    found: dict[str, dict[str, str | None]] = {}
    for one in shipped()["people"]:
        for role in one["roles"]:
            mine = found.setdefault(one["unit"], dict(_NOBODY))
            if role in HEADS and mine[HEADS[role]] is None:
                mine[HEADS[role]] = one["id"]
    return found


def write_access(given: Sequence[Access], file: Path) -> None:
    """Keep the tokens and passwords for the owner of the service alone; they are stored nowhere else in clear."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(("person", "unit", "roles", "token", "password"))
        for one in given:
            writer.writerow((one.person_id, one.unit_id, " ".join(one.roles), one.token, one.password))


def _access(one: dict[str, Any]) -> Access:
    password = secrets.token_urlsafe(12) if one.get("password") else ""
    return Access(one["id"], one["unit"], tuple(one["roles"]), secrets.token_urlsafe(32), password)
