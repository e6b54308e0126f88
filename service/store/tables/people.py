"""Who works, and on which days."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
)

from service.store.tables.columns import (
    Instant,
    Json,
    metadata,
    text_column,
)

unit = Table(
    "unit",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("name", Text, nullable=False),
    text_column("name_en"),
    Column("kind", String(20), nullable=False),
    text_column("division_code"),
    Column("parent_id", String(80), ForeignKey("unit.id")),
    # Only an active unit is given matters.
    Column("state", String(20), nullable=False, server_default="ACTIVE", default="ACTIVE"),
    text_column("hotline_body"),
    Column("principal_id", String(80)),
    Column("liaison_id", String(80)),
    Column("handler_id", String(80)),
    Column("deputy_id", String(80)),
    # What a county has handed in, in its own words; the machine goes by the tables of county-assignment.
    text_column("subordinates"),
    text_column("territorial_list"),
    Column("activated_at", Instant),
)

person = Table(
    "person",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("name", Text, nullable=False),
    text_column("name_en"),
    text_column("password_hash"),
    Column("unit_id", String(80), ForeignKey("unit.id"), index=True),
    Column("roles", Json, nullable=False),
)

api_token = Table(
    "api_token",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("person_id", String(80), ForeignKey("person.id", ondelete="CASCADE"), nullable=False, index=True),
    text_column("label"),
    # With spaces between; of a token for everything that its person may do, none.
    text_column("scopes"),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
)


def _whose(**options: Any) -> Column[str]:
    return Column("person_id", String(80), ForeignKey("person.id", ondelete="CASCADE"), **options)


# Somebody's browser that is let in, or that has told a password and not yet a code (`stage`: PASSWORD, SIGNED).
session = Table(
    "session",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    _whose(nullable=False, index=True),
    Column("stage", String(10), nullable=False),
    Column("how", String(20), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
)

# The secret by which somebody's device makes codes, sealed; it counts once a code was told.
second_factor = Table(
    "second_factor",
    metadata,
    _whose(primary_key=True),
    Column("secret", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("confirmed_at", Instant),
    # Of the last code that was taken: it and those before are taken no more.
    Column("last_step", BigInteger, nullable=False, server_default="0", default=0),
    Column("failures", Integer, nullable=False, server_default="0", default=0),
    Column("locked_until", Instant),
)

# What lets somebody in once who has lost the device.
recovery_code = Table(
    "recovery_code",
    metadata,
    Column("code_hash", String(64), primary_key=True),
    _whose(nullable=False, index=True),
)

signing_key = Table(
    "signing_key",
    metadata,
    Column("kid", String(40), primary_key=True),
    Column("private_key", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)

calendar_closure = Table(
    "calendar_closure",
    metadata,
    Column("day", Date, primary_key=True),
    Column("division_code", String(20), primary_key=True, server_default=""),
    Column("kind", String(4), nullable=False),
    text_column("reason"),
    Column("set_by", Text, nullable=False),
    Column("set_at", Instant, nullable=False),
)

calendar_year = Table(
    "calendar_year",
    metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("confirmed_at", Instant, nullable=False),
    Column("confirmed_by", Text, nullable=False),
)

# Sign-ins that failed, by a hash of the account or of the address.
sign_in_attempt = Table(
    "sign_in_attempt",
    metadata,
    Column("mark", String(64), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("failed_at", Instant, nullable=False, index=True),
    Column("waits_until", Instant, nullable=False),
)
