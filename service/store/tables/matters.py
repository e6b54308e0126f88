"""The hotline's own: what SQL must answer about matters."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from service.store.tables.columns import (
    Instant,
    Json,
    index_where,
    instance_column,
    key_column,
    metadata,
    ref_column,
    text_column,
)


def _listed_by(name: str) -> Index:
    """How lists of matters are found and ordered, and by what it is told who sees them, without reading their rows."""
    unit = () if name == "unit_id" else ("unit_id",)
    return Index(f"ix_matter_{name}_received_at", name, "received_at", "number", "instance_key", *unit)


matter = Table(
    "matter",
    metadata,
    Column("number", String(32), primary_key=True),
    instance_column(nullable=True),
    Column("query_code_hash", String(128), nullable=False),
    # Wrong codes in a row, and until when no more are taken.
    Column("code_failures", Integer, nullable=False, server_default="0", default=0),
    Column("code_locked_until", Instant),
    Column("channel", String(40), nullable=False),
    Column("received_at", Instant, nullable=False),
    text_column("category_l1"),
    text_column("category_l2"),
    text_column("division_code"),
    text_column("area"),
    # Sealed, as store/secrets.py writes it; a number is found by its mark, words by those of their pairs of signs.
    text_column("title"),
    text_column("text"),
    text_column("address"),
    text_column("person_name"),
    text_column("person_phone"),
    Column("phone_mark", String(64), nullable=False, server_default="", default=""),
    text_column("word_marks"),
    Column("confidential", Boolean, nullable=False, server_default=false(), default=False),
    text_column("matter_type"),
    Column("status", String(40), nullable=False),
    Column("light", String(10), nullable=False, server_default="", default=""),
    text_column("outcome"),
    text_column("refusal_ground"),
    Column("unit_id", String(80)),
    # The number of the matter that this one has been merged into, whose answers are its own.
    Column("merged_into", String(32), index=True),
    Column("deadline_at", Instant),
    Column("deadline_provisional", Boolean, nullable=False, server_default=false(), default=False),
    Column("round", Integer, nullable=False, server_default="1", default=1),
    Column("source", Text),
    Column("source_id", Text),
    Column("accepted_at", Instant),
    Column("closed_at", Instant),
    Column("updated_at", Instant, nullable=False),
    # When what is personal in it was.
    Column("erased_at", Instant),
    UniqueConstraint("source", "source_id"),
    *(_listed_by(name) for name in ("unit_id", "status", "light", "category_l1", "category_l2", "area", "channel")),
    Index("ix_matter_received_at", "received_at", "number", "instance_key", "unit_id", "area"),
    index_where("ix_matter_phone_mark", "phone_mark <> ''", "phone_mark"),
    index_where("ix_matter_open", "closed_at IS NULL", "area", "category_l1"),
)

# The keys that have sealed something, with what tells them from others of the same id; never the keys themselves.
data_key = Table(
    "data_key",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("proof", String(64), nullable=False),
    Column("since", Instant, nullable=False),
)

# Whom a matter is against: a unit or a person, by the process instance that its others were called from. None of them
# sees the matter.
accusation = Table(
    "accusation",
    metadata,
    ref_column("root_key"),
    Column("kind", String(10), nullable=False),
    Column("name", String(80), nullable=False),
    PrimaryKeyConstraint("root_key", "kind", "name"),
    Index("ix_accusation_kind_name", "kind", "name"),
)

# What is secret in a matter, and whether its service object asked for confidentiality, by the same process instance;
# where neither is, there is no row.
protection = Table(
    "protection",
    metadata,
    Column("root_key", BigInteger, primary_key=True, autoincrement=False),
    Column("secrecy", String(20), nullable=False, server_default="NONE", default="NONE"),
    Column("confidential", Boolean, nullable=False, server_default=false(), default=False),
)

# What was taken out of matters that touch a state secret, each time in a row: nowhere else, and sealed.
quarantine = Table(
    "quarantine",
    metadata,
    key_column(),
    Column("number", String(32), nullable=False, index=True),
    text_column("sealed"),
    Column("taken_at", Instant, nullable=False),
)

# Files that belong to a matter: each sealed by a key of its own, which is sealed as store/secrets.py does it.
attachment = Table(
    "attachment",
    metadata,
    key_column(),
    Column("number", String(32), nullable=False, index=True),
    text_column("data_key"),
    Column("sealed_name", LargeBinary, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("size", Integer, nullable=False),
    # Whether it is from the service object, so that it may tell who that is.
    Column("of_object", Boolean, nullable=False),
    ref_column("task_key", nullable=True),
    text_column("added_by"),
    Column("added_at", Instant, nullable=False),
    # The last, as SQLite reads through it to what stands behind.
    Column("sealed", LargeBinary, nullable=False),
)

# What those who work on a matter note beside it: for each other, or public, for its service object too.
matter_note = Table(
    "matter_note",
    metadata,
    key_column(),
    Column("number", String(32), nullable=False, index=True),
    instance_column(),
    Column("is_public", Boolean, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("sealed", LargeBinary),
)

# What was said to whom in which matter; the letters of a job that ran twice are one.
notice = Table(
    "notice",
    metadata,
    key_column(),
    ref_column("job_key"),
    instance_column(),
    Column("kind", String(40), nullable=False),
    text_column("recipient"),
    Column("body", Json, nullable=False),
    Column("sealed", LargeBinary),
    Column("created_at", Instant, nullable=False),
    Column("sent_at", Instant),
    UniqueConstraint("job_key", "instance_key"),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("scope", String(120), primary_key=True),
    Column("request_hash", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("response", Json, nullable=False),
    Column("created_at", Instant, nullable=False, index=True),
)
