"""What was deployed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from service.store.tables.columns import (
    Instant,
    Json,
    key_column,
    metadata,
    ref_column,
    text_column,
)


def _counting() -> tuple[Column[datetime], Column[datetime], Column[str]]:
    """From when a version counts, unless another has come after it then, and when it was deleted by whom."""
    return Column("effective_at", Instant, nullable=False), Column("deleted_at", Instant), Column("deleted_by", Text)


deployment = Table(
    "deployment",
    metadata,
    key_column(),
    Column("deployed_at", Instant, nullable=False),
    text_column("deployed_by"),
)

# Files that others have approved, by the process in which they have: they may be deployed to count from a day on.
approval = Table(
    "approval",
    metadata,
    key_column(),
    Column("checksum", String(64), nullable=False),
    Column("process_id", Text, nullable=False),
    ref_column("instance_key"),
    ref_column("job_key"),
    Column("counts_from", Date, nullable=False),
    text_column("document"),
    Column("approved_at", Instant, nullable=False),
    UniqueConstraint("checksum", "job_key"),
)

process_definition = Table(
    "process_definition",
    metadata,
    key_column(),
    ref_column("deployment_key"),
    Column("process_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("version_tag", Text),
    text_column("name"),
    text_column("resource_name"),
    Column("xml", LargeBinary, nullable=False),
    Column("checksum", String(64), nullable=False),
    Column("start_form_id", Text),
    *_counting(),
    UniqueConstraint("process_id", "version"),
)

decision_requirements = Table(
    "decision_requirements",
    metadata,
    key_column(),
    ref_column("deployment_key"),
    Column("requirements_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    text_column("name"),
    text_column("namespace"),
    text_column("resource_name"),
    Column("xml", LargeBinary, nullable=False),
    Column("checksum", String(64), nullable=False),
    # Namespace → key of the version that it imports, for good.
    Column("imports", Json, nullable=False, server_default="{}", default=dict),
    *_counting(),
    UniqueConstraint("requirements_id", "version"),
)

decision_definition = Table(
    "decision_definition",
    metadata,
    key_column(),
    ref_column("requirements_key", index=True),
    ref_column("deployment_key"),
    Column("decision_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("version_tag", Text),
    text_column("name"),
    *_counting(),
    UniqueConstraint("decision_id", "version"),
)

form = Table(
    "form",
    metadata,
    key_column(),
    ref_column("deployment_key"),
    Column("form_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("version_tag", Text),
    text_column("resource_name"),
    Column("schema_json", Text, nullable=False),
    Column("checksum", String(64), nullable=False),
    *_counting(),
    UniqueConstraint("form_id", "version"),
)

# Which versions a deployment means, so that `bindingType="deployment"` finds a resource that was unchanged in it.
deployment_resource = Table(
    "deployment_resource",
    metadata,
    Column("deployment_key", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(20), primary_key=True),
    Column("resource_id", Text, primary_key=True),
    ref_column("resource_key"),
)

# What somebody changes before it is deployed: one at a time of each thing. `authors` have all had a hand in it.
model_draft = Table(
    "model_draft",
    metadata,
    key_column(),
    Column("kind", String(20), nullable=False),
    Column("resource_id", Text, nullable=False),
    text_column("resource_name"),
    Column("content", LargeBinary, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("authors", Json, nullable=False),
    text_column("note"),
    text_column("answer"),
    Column("effective_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("decided_by", Text),
    Column("decided_at", Instant),
    Column("deployment_key", BigInteger),
)
Index(
    "ix_model_draft_open",
    model_draft.c.kind,
    model_draft.c.resource_id,
    unique=True,
    sqlite_where=model_draft.c.state.in_(("DRAFT", "PROPOSED")),
    postgresql_where=model_draft.c.state.in_(("DRAFT", "PROPOSED")),
)
