"""The registers: knowledge, publications, rosters, certificates, and what a unit is known by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from service.store.tables.columns import Instant, Json

revision = "0024"
down_revision = "0023"

_OF_UNIT: Mapping[str, sa.types.TypeEngine[Any]] = {
    "principal_id": sa.String(80),
    "liaison_id": sa.String(80),
    "handler_id": sa.String(80),
    "deputy_id": sa.String(80),
    "activated_at": Instant(),
}
_HEADS = {"UNIT_PRINCIPAL": "principal_id", "UNIT_LIAISON": "liaison_id", "UNIT_HANDLER": "handler_id"}
_TEXTS = ("hotline_body", "subordinates", "territorial_list")


def upgrade() -> None:
    op.add_column("unit", sa.Column("state", sa.String(20), server_default="ACTIVE", nullable=False))
    for name in _TEXTS:
        op.add_column("unit", _text(name))
    for name, type_ in _OF_UNIT.items():
        op.add_column("unit", sa.Column(name, type_))
    _name_heads()
    op.create_table(
        "knowledge_entry",
        _key(),
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        _text("questions"),
        _text("short_answer"),
        sa.Column("answer", sa.Text(), nullable=False),
        _text("legal_basis"),
        sa.Column("unit_id", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("audience", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("valid_from", sa.Date()),
        sa.Column("valid_until", sa.Date()),
        sa.Column("review_date", sa.Date()),
        sa.Column("published_at", Instant(), nullable=False),
        sa.Column("withdrawn_at", Instant()),
        sa.Column("job_key", sa.BigInteger(), nullable=False),
        *_ends("knowledge_entry", ("id", "version"), ("job_key",)),
    )
    op.create_index("ix_knowledge_entry_state_published_at", "knowledge_entry", ["state", "published_at"])
    op.create_index("ix_knowledge_entry_unit_id", "knowledge_entry", ["unit_id"])
    _index_entries()
    op.create_table(
        "publication",
        _key(),
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("published_at", Instant(), nullable=False),
        sa.Column("withdrawn_at", Instant()),
        sa.Column("job_key", sa.BigInteger(), nullable=False),
        *_ends("publication", ("id", "version"), ("job_key",)),
    )
    op.create_table(
        "roster_shift",
        _key(),
        sa.Column("week_from", sa.Date(), nullable=False),
        sa.Column("from_at", Instant(), nullable=False),
        sa.Column("to_at", Instant(), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(80), nullable=False),
        sa.Column("stands_in", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("job_key", sa.BigInteger(), nullable=False),
        *_ends("roster_shift"),
    )
    op.create_index("ix_roster_shift_week_from", "roster_shift", ["week_from"])
    op.create_index("ix_roster_shift_from_at", "roster_shift", ["from_at"])
    op.create_table(
        "certificate",
        _key(),
        sa.Column("person_id", sa.String(80), nullable=False),
        sa.Column("unit_id", sa.String(80)),
        sa.Column("course", sa.Text(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("issued_at", Instant(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("job_key", sa.BigInteger(), nullable=False),
        *_ends("certificate", ("job_key",)),
    )
    op.create_index("ix_certificate_person_id", "certificate", ["person_id"])


def downgrade() -> None:
    op.drop_table("knowledge_index")
    for table in ("certificate", "roster_shift", "publication", "knowledge_entry"):
        op.drop_table(table)
    for name in (*_OF_UNIT, *_TEXTS, "state"):
        op.drop_column("unit", name)


def _index_entries() -> None:
    """No table of the code's: each store has its own kind, and store/full_text.py writes both alike."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE knowledge_index USING fts5(title, question, whole, tokenize = 'unicode61')")
        op.execute(
            "CREATE TRIGGER knowledge_entry_forgotten AFTER DELETE ON knowledge_entry "
            "BEGIN DELETE FROM knowledge_index WHERE rowid = old.key; END"
        )
        return
    op.execute(
        "CREATE TABLE knowledge_index (rowid bigint PRIMARY KEY REFERENCES knowledge_entry ON DELETE CASCADE, "
        "title tsvector NOT NULL, question tsvector NOT NULL, whole tsvector NOT NULL)"
    )
    for column in ("title", "question", "whole"):
        op.execute(f"CREATE INDEX ix_knowledge_index_{column} ON knowledge_index USING gin ({column})")


def _name_heads() -> None:
    """Units were known by the roles of their people alone."""
    unit = sa.table("unit", *(sa.column(name) for name in ("id", *_HEADS.values())))
    person = sa.table("person", sa.column("id"), sa.column("unit_id"), sa.column("roles", Json))
    named: dict[str, dict[str, str]] = {}
    query = sa.select(person).where(person.c.unit_id.is_not(None)).order_by(person.c.id)
    for row in op.get_bind().execute(query):
        for role in row.roles:
            if role in _HEADS:
                named.setdefault(row.unit_id, {}).setdefault(_HEADS[role], row.id)
    for id_, heads in named.items():
        op.execute(unit.update().where(unit.c.id == id_).values(**heads))


def _key() -> sa.Column[int]:
    return sa.Column("key", sa.BigInteger(), nullable=False, autoincrement=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _ends(table: str, *unique: tuple[str, ...]) -> list[sa.Constraint]:
    key = sa.PrimaryKeyConstraint("key", name=op.f(f"pk_{table}"))
    return [key, *(sa.UniqueConstraint(*one, name=op.f(f"uq_{table}_{'_'.join(one)}")) for one in unique)]
