"""The tables. Every row that belongs to a process instance carries its key, so that they can be spread by it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """A moment: aware in Python, always in UTC; refuses naive values. SQLite keeps UTC text that sorts by time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json = JSON().with_variant(JSONB(), "postgresql")


def _key() -> Column[int]:
    return Column("key", BigInteger, primary_key=True, autoincrement=False)


def _ref(name: str, *, nullable: bool = False, index: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable, index=index)


def _instance(*, nullable: bool = False) -> Column[int]:
    """The owner. Deleting goes by it; a foreign key would cost a lookup for every row of every step."""
    return Column("instance_key", BigInteger, nullable=nullable, index=True)


def _text(name: str, **options: Any) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="", default="", **options)


# What was deployed ---------------------------------------------------------------------------------------------

deployment = Table(
    "deployment",
    metadata,
    _key(),
    Column("deployed_at", Instant, nullable=False),
    _text("deployed_by"),
)

process_definition = Table(
    "process_definition",
    metadata,
    _key(),
    _ref("deployment_key"),
    Column("process_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("version_tag", Text),
    _text("name"),
    _text("resource_name"),
    Column("xml", LargeBinary, nullable=False),
    Column("checksum", String(64), nullable=False),
    Column("start_form_id", Text),
    UniqueConstraint("process_id", "version"),
)

decision_requirements = Table(
    "decision_requirements",
    metadata,
    _key(),
    _ref("deployment_key"),
    Column("requirements_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    _text("name"),
    _text("resource_name"),
    Column("xml", LargeBinary, nullable=False),
    Column("checksum", String(64), nullable=False),
    UniqueConstraint("requirements_id", "version"),
)

decision_definition = Table(
    "decision_definition",
    metadata,
    _key(),
    _ref("requirements_key", index=True),
    _ref("deployment_key"),
    Column("decision_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("version_tag", Text),
    _text("name"),
    UniqueConstraint("decision_id", "version"),
)

form = Table(
    "form",
    metadata,
    _key(),
    _ref("deployment_key"),
    Column("form_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("version_tag", Text),
    _text("resource_name"),
    Column("schema_json", Text, nullable=False),
    Column("checksum", String(64), nullable=False),
    UniqueConstraint("form_id", "version"),
)

# Which versions a deployment means, so that `bindingType="deployment"` finds a resource that was unchanged in it.
deployment_resource = Table(
    "deployment_resource",
    metadata,
    Column("deployment_key", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(20), primary_key=True),
    Column("resource_id", Text, primary_key=True),
    _ref("resource_key"),
)

# What runs -----------------------------------------------------------------------------------------------------

process_instance = Table(
    "process_instance",
    metadata,
    _key(),
    _ref("definition_key", index=True),
    Column("process_id", Text, nullable=False),
    _ref("parent_key", nullable=True, index=True),
    Column("parent_wait_id", Text),
    _ref("root_key", index=True),
    Column("state", String(12), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("revision", Integer, nullable=False),
    Column("incidents", Integer, nullable=False, server_default="0", default=0),
    Column("business_id", Text),
    Column("tags", Json, nullable=False),
    Column("variables", Json, nullable=False),
    Column("state_blob", LargeBinary, nullable=False),
    Index("ix_process_instance_process_id_state", "process_id", "state"),
)

element_instance = Table(
    "element_instance",
    metadata,
    _key(),
    _instance(),
    Column("number", Integer, nullable=False),
    Column("element_id", Text, nullable=False),
    Column("element_type", String(40), nullable=False),
    _text("name"),
    Column("state", String(12), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
)

user_task = Table(
    "user_task",
    metadata,
    _key(),
    _instance(),
    _ref("root_key"),
    _ref("definition_key"),
    Column("wait_id", Text, nullable=False),
    _ref("element_instance_key", nullable=True),
    Column("element_id", Text, nullable=False),
    _text("name"),
    Column("state", String(12), nullable=False),
    Column("assignee", Text, index=True),
    Column("candidate_groups", Json, nullable=False),
    Column("candidate_users", Json, nullable=False),
    Column("due_at", Instant),
    Column("follow_up_at", Instant),
    Column("priority", Integer, nullable=False),
    _ref("form_key", nullable=True),
    Column("form_id", Text),
    Column("headers", Json, nullable=False),
    Column("variables", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("completed_at", Instant),
    Column("completed_by", Text),
    Index("ix_user_task_state_created_at", "state", "created_at"),
)

user_task_candidate = Table(
    "user_task_candidate",
    metadata,
    Column("task_key", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(5), primary_key=True),
    Column("name", Text, primary_key=True),
    _instance(),
    Index("ix_user_task_candidate_kind_name", "kind", "name"),
)

job = Table(
    "job",
    metadata,
    _key(),
    _instance(),
    _ref("root_key"),
    _ref("definition_key"),
    Column("wait_id", Text, nullable=False),
    _ref("element_instance_key", nullable=True),
    Column("element_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("state", String(10), nullable=False),
    Column("retries", Integer, nullable=False),
    Column("due_at", Instant, nullable=False),
    _text("worker"),
    Column("locked_until", Instant),
    Column("headers", Json, nullable=False),
    Column("variables", Json, nullable=False),
    Column("priority", Integer, nullable=False, server_default="0", default=0),
    _text("error_message"),
    Column("created_at", Instant, nullable=False),
    Index("ix_job_ready", "type", "due_at", sqlite_where=text("state = 'READY'"), postgresql_where=text("state = 'READY'")),
    Index(
        "ix_job_locked",
        "locked_until",
        sqlite_where=text("state = 'LOCKED'"),
        postgresql_where=text("state = 'LOCKED'"),
    ),
)

timer = Table(
    "timer",
    metadata,
    _key(),
    _instance(nullable=True),
    _ref("definition_key"),
    Column("wait_id", Text),
    Column("element_id", Text, nullable=False),
    Column("due_at", Instant, nullable=False, index=True),
    Column("interval", Text),
    Column("repeats_left", Integer),
    Column("provisional", Boolean, nullable=False, server_default=text("false"), default=False),
    Index("ix_timer_provisional", "provisional", sqlite_where=text("provisional"), postgresql_where=text("provisional")),
)

message_subscription = Table(
    "message_subscription",
    metadata,
    _key(),
    _instance(nullable=True),
    _ref("definition_key"),
    Column("wait_id", Text),
    Column("element_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    _text("correlation_key"),
    Column("created_at", Instant, nullable=False),
    Index("ix_message_subscription_name_correlation_key", "name", "correlation_key"),
)

message = Table(
    "message",
    metadata,
    _key(),
    Column("name", Text, nullable=False),
    _text("correlation_key"),
    Column("message_id", Text),
    Column("variables", Json, nullable=False),
    Column("published_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    # NULLs differ from each other, so only messages with an id are kept from doubling.
    UniqueConstraint("name", "correlation_key", "message_id"),
)

message_delivery = Table(
    "message_delivery",
    metadata,
    Column("message_key", BigInteger, primary_key=True, autoincrement=False),
    Column("process_id", Text, primary_key=True),
    _instance(),
)

incident = Table(
    "incident",
    metadata,
    _key(),
    _instance(),
    _ref("definition_key"),
    _ref("element_instance_key", nullable=True),
    Column("element_id", Text, nullable=False),
    _ref("job_key", nullable=True, index=True),
    Column("error_type", String(40), nullable=False),
    _text("message"),
    Column("state", String(10), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("resolved_at", Instant),
    Index("ix_incident_state_created_at", "state", "created_at"),
)

history = Table(
    "history",
    metadata,
    _key(),
    _instance(),
    Column("kind", String(24), nullable=False),
    Column("element_id", Text),
    Column("at", Instant, nullable=False),
    _text("by"),
    Column("data", Json, nullable=False),
)

# Who works -----------------------------------------------------------------------------------------------------

unit = Table(
    "unit",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("name", Text, nullable=False),
    _text("name_en"),
    Column("kind", String(20), nullable=False),
    _text("division_code"),
    Column("parent_id", String(80), ForeignKey("unit.id")),
)

person = Table(
    "person",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("name", Text, nullable=False),
    _text("name_en"),
    _text("password_hash"),
    Column("unit_id", String(80), ForeignKey("unit.id"), index=True),
    Column("roles", Json, nullable=False),
)

api_token = Table(
    "api_token",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("person_id", String(80), ForeignKey("person.id", ondelete="CASCADE"), nullable=False, index=True),
    _text("label"),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
)

calendar_closure = Table(
    "calendar_closure",
    metadata,
    Column("day", Date, primary_key=True),
    Column("division_code", String(20), primary_key=True, server_default=""),
    Column("kind", String(4), nullable=False),
    _text("reason"),
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

# The hotline's own -----------------------------------------------------------------------------------------------

matter = Table(
    "matter",
    metadata,
    Column("number", String(32), primary_key=True),
    _instance(nullable=True),
    Column("query_code_hash", String(128), nullable=False),
    Column("channel", String(40), nullable=False),
    Column("received_at", Instant, nullable=False),
    _text("title"),
    _text("text"),
    _text("category_l1"),
    _text("category_l2"),
    _text("division_code"),
    _text("address"),
    _text("area"),
    _text("person_name"),
    _text("person_phone"),
    Column("confidential", Boolean, nullable=False, server_default=text("false"), default=False),
    _text("matter_type"),
    Column("status", String(40), nullable=False),
    Column("light", String(10), nullable=False, server_default="", default=""),
    _text("outcome"),
    _text("refusal_ground"),
    Column("unit_id", String(80), index=True),
    Column("deadline_at", Instant),
    Column("deadline_provisional", Boolean, nullable=False, server_default=text("false"), default=False),
    Column("round", Integer, nullable=False, server_default="1", default=1),
    Column("source", Text),
    Column("source_id", Text),
    Column("accepted_at", Instant),
    Column("closed_at", Instant),
    Column("updated_at", Instant, nullable=False),
    UniqueConstraint("source", "source_id"),
    Index("ix_matter_status_received_at", "status", "received_at"),
)

# What was said to whom; the letters of a job that ran twice are one.
notice = Table(
    "notice",
    metadata,
    _key(),
    _ref("job_key"),
    _instance(),
    Column("kind", String(40), nullable=False),
    _text("recipient"),
    Column("body", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("sent_at", Instant),
    UniqueConstraint("job_key"),
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
