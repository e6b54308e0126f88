"""What was deployed and what runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

INSTANT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "decision_definition",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("requirements_key", sa.BigInteger(), nullable=False),
        sa.Column("deployment_key", sa.BigInteger(), nullable=False),
        sa.Column("decision_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("version_tag", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_decision_definition")),
        sa.UniqueConstraint("decision_id", "version", name=op.f("uq_decision_definition_decision_id_version")),
    )
    op.create_index(
        op.f("ix_decision_definition_requirements_key"), "decision_definition", ["requirements_key"], unique=False
    )
    op.create_table(
        "decision_requirements",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("deployment_key", sa.BigInteger(), nullable=False),
        sa.Column("requirements_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("resource_name", sa.Text(), server_default="", nullable=False),
        sa.Column("xml", sa.LargeBinary(), nullable=False),
        sa.Column("checksum", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_decision_requirements")),
        sa.UniqueConstraint(
            "requirements_id", "version", name=op.f("uq_decision_requirements_requirements_id_version")
        ),
    )
    op.create_table(
        "deployment",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("deployed_at", INSTANT, nullable=False),
        sa.Column("deployed_by", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_deployment")),
    )
    op.create_table(
        "deployment_resource",
        sa.Column("deployment_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("resource_id", sa.Text(), nullable=False),
        sa.Column("resource_key", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("deployment_key", "kind", "resource_id", name=op.f("pk_deployment_resource")),
    )
    op.create_table(
        "element_instance",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("element_id", sa.Text(), nullable=False),
        sa.Column("element_type", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_element_instance")),
        sa.UniqueConstraint("instance_key", "number", name=op.f("uq_element_instance_instance_key_number")),
    )
    op.create_table(
        "form",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("deployment_key", sa.BigInteger(), nullable=False),
        sa.Column("form_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("version_tag", sa.Text(), nullable=True),
        sa.Column("resource_name", sa.Text(), server_default="", nullable=False),
        sa.Column("schema_json", sa.Text(), nullable=False),
        sa.Column("checksum", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_form")),
        sa.UniqueConstraint("form_id", "version", name=op.f("uq_form_form_id_version")),
    )
    op.create_table(
        "history",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("element_id", sa.Text(), nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("by", sa.Text(), server_default="", nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_history")),
    )
    op.create_index(op.f("ix_history_instance_key"), "history", ["instance_key"], unique=False)
    op.create_table(
        "incident",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.Column("definition_key", sa.BigInteger(), nullable=False),
        sa.Column("element_instance_key", sa.BigInteger(), nullable=True),
        sa.Column("element_id", sa.Text(), nullable=False),
        sa.Column("job_key", sa.BigInteger(), nullable=True),
        sa.Column("error_type", sa.String(length=40), nullable=False),
        sa.Column("message", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("resolved_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_incident")),
    )
    op.create_index(op.f("ix_incident_instance_key"), "incident", ["instance_key"], unique=False)
    op.create_index(op.f("ix_incident_job_key"), "incident", ["job_key"], unique=False)
    op.create_index("ix_incident_state_created_at", "incident", ["state", "created_at"], unique=False)
    op.create_table(
        "job",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.Column("root_key", sa.BigInteger(), nullable=False),
        sa.Column("definition_key", sa.BigInteger(), nullable=False),
        sa.Column("wait_id", sa.Text(), nullable=False),
        sa.Column("element_instance_key", sa.BigInteger(), nullable=True),
        sa.Column("element_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("retries", sa.Integer(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("worker", sa.Text(), server_default="", nullable=False),
        sa.Column("locked_until", INSTANT, nullable=True),
        sa.Column("headers", JSON, nullable=False),
        sa.Column("priority", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error_message", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_job")),
    )
    op.create_index(op.f("ix_job_instance_key"), "job", ["instance_key"], unique=False)
    op.create_index(
        "ix_job_locked",
        "job",
        ["locked_until"],
        unique=False,
        sqlite_where=sa.text("state = 'LOCKED'"),
        postgresql_where=sa.text("state = 'LOCKED'"),
    )
    op.create_index(
        "ix_job_ready",
        "job",
        ["type", "due_at"],
        unique=False,
        sqlite_where=sa.text("state = 'READY'"),
        postgresql_where=sa.text("state = 'READY'"),
    )
    op.create_table(
        "message",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("correlation_key", sa.Text(), server_default="", nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("variables", JSON, nullable=False),
        sa.Column("published_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_message")),
        sa.UniqueConstraint(
            "name", "correlation_key", "message_id", name=op.f("uq_message_name_correlation_key_message_id")
        ),
    )
    op.create_index(op.f("ix_message_expires_at"), "message", ["expires_at"], unique=False)
    op.create_table(
        "message_delivery",
        sa.Column("message_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("message_key", "process_id", name=op.f("pk_message_delivery")),
    )
    op.create_index(op.f("ix_message_delivery_instance_key"), "message_delivery", ["instance_key"], unique=False)
    op.create_table(
        "message_subscription",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=True),
        sa.Column("definition_key", sa.BigInteger(), nullable=False),
        sa.Column("wait_id", sa.Text(), nullable=True),
        sa.Column("element_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("correlation_key", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_message_subscription")),
    )
    op.create_index(
        op.f("ix_message_subscription_instance_key"), "message_subscription", ["instance_key"], unique=False
    )
    op.create_index(
        "ix_message_subscription_name_correlation_key",
        "message_subscription",
        ["name", "correlation_key"],
        unique=False,
    )
    op.create_table(
        "process_definition",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("deployment_key", sa.BigInteger(), nullable=False),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("version_tag", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("resource_name", sa.Text(), server_default="", nullable=False),
        sa.Column("xml", sa.LargeBinary(), nullable=False),
        sa.Column("checksum", sa.String(length=64), nullable=False),
        sa.Column("start_form_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_process_definition")),
        sa.UniqueConstraint("process_id", "version", name=op.f("uq_process_definition_process_id_version")),
    )
    op.create_table(
        "process_instance",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("definition_key", sa.BigInteger(), nullable=False),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("parent_key", sa.BigInteger(), nullable=True),
        sa.Column("parent_wait_id", sa.Text(), nullable=True),
        sa.Column("root_key", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("incidents", sa.Integer(), server_default="0", nullable=False),
        sa.Column("business_id", sa.Text(), nullable=True),
        sa.Column("tags", JSON, nullable=False),
        sa.Column("variables", JSON, nullable=False),
        sa.Column("waits", JSON, nullable=False),
        sa.Column("state_blob", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_process_instance")),
    )
    op.create_index(op.f("ix_process_instance_definition_key"), "process_instance", ["definition_key"], unique=False)
    op.create_index(op.f("ix_process_instance_parent_key"), "process_instance", ["parent_key"], unique=False)
    op.create_index("ix_process_instance_process_id_state", "process_instance", ["process_id", "state"], unique=False)
    op.create_index(op.f("ix_process_instance_root_key"), "process_instance", ["root_key"], unique=False)
    op.create_table(
        "timer",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=True),
        sa.Column("definition_key", sa.BigInteger(), nullable=False),
        sa.Column("wait_id", sa.Text(), nullable=True),
        sa.Column("element_id", sa.Text(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("interval", sa.Text(), nullable=True),
        sa.Column("repeats_left", sa.Integer(), nullable=True),
        sa.Column("provisional", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_timer")),
    )
    op.create_index(op.f("ix_timer_due_at"), "timer", ["due_at"], unique=False)
    op.create_index(op.f("ix_timer_instance_key"), "timer", ["instance_key"], unique=False)
    op.create_index(
        "ix_timer_provisional",
        "timer",
        ["provisional"],
        unique=False,
        sqlite_where=sa.text("provisional"),
        postgresql_where=sa.text("provisional"),
    )
    op.create_table(
        "user_task",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.Column("root_key", sa.BigInteger(), nullable=False),
        sa.Column("definition_key", sa.BigInteger(), nullable=False),
        sa.Column("wait_id", sa.Text(), nullable=False),
        sa.Column("element_instance_key", sa.BigInteger(), nullable=True),
        sa.Column("element_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("assignee", sa.Text(), nullable=True),
        sa.Column("candidate_groups", JSON, nullable=False),
        sa.Column("candidate_users", JSON, nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("follow_up_at", INSTANT, nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("form_key", sa.BigInteger(), nullable=True),
        sa.Column("form_id", sa.Text(), nullable=True),
        sa.Column("headers", JSON, nullable=False),
        sa.Column("variables", JSON, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("completed_at", INSTANT, nullable=True),
        sa.Column("completed_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_user_task")),
    )
    op.create_index(op.f("ix_user_task_assignee"), "user_task", ["assignee"], unique=False)
    op.create_index(op.f("ix_user_task_instance_key"), "user_task", ["instance_key"], unique=False)
    op.create_index("ix_user_task_state_created_at", "user_task", ["state", "created_at"], unique=False)
    op.create_table(
        "user_task_candidate",
        sa.Column("task_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=5), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("task_key", "kind", "name", name=op.f("pk_user_task_candidate")),
    )
    op.create_index(op.f("ix_user_task_candidate_instance_key"), "user_task_candidate", ["instance_key"], unique=False)
    op.create_index("ix_user_task_candidate_kind_name", "user_task_candidate", ["kind", "name"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_user_task_candidate_kind_name", table_name="user_task_candidate")
    op.drop_index(op.f("ix_user_task_candidate_instance_key"), table_name="user_task_candidate")
    op.drop_table("user_task_candidate")
    op.drop_index("ix_user_task_state_created_at", table_name="user_task")
    op.drop_index(op.f("ix_user_task_instance_key"), table_name="user_task")
    op.drop_index(op.f("ix_user_task_assignee"), table_name="user_task")
    op.drop_table("user_task")
    op.drop_index(
        "ix_timer_provisional",
        table_name="timer",
        sqlite_where=sa.text("provisional"),
        postgresql_where=sa.text("provisional"),
    )
    op.drop_index(op.f("ix_timer_instance_key"), table_name="timer")
    op.drop_index(op.f("ix_timer_due_at"), table_name="timer")
    op.drop_table("timer")
    op.drop_index(op.f("ix_process_instance_root_key"), table_name="process_instance")
    op.drop_index("ix_process_instance_process_id_state", table_name="process_instance")
    op.drop_index(op.f("ix_process_instance_parent_key"), table_name="process_instance")
    op.drop_index(op.f("ix_process_instance_definition_key"), table_name="process_instance")
    op.drop_table("process_instance")
    op.drop_table("process_definition")
    op.drop_index("ix_message_subscription_name_correlation_key", table_name="message_subscription")
    op.drop_index(op.f("ix_message_subscription_instance_key"), table_name="message_subscription")
    op.drop_table("message_subscription")
    op.drop_index(op.f("ix_message_delivery_instance_key"), table_name="message_delivery")
    op.drop_table("message_delivery")
    op.drop_index(op.f("ix_message_expires_at"), table_name="message")
    op.drop_table("message")
    op.drop_index(
        "ix_job_ready",
        table_name="job",
        sqlite_where=sa.text("state = 'READY'"),
        postgresql_where=sa.text("state = 'READY'"),
    )
    op.drop_index(
        "ix_job_locked",
        table_name="job",
        sqlite_where=sa.text("state = 'LOCKED'"),
        postgresql_where=sa.text("state = 'LOCKED'"),
    )
    op.drop_index(op.f("ix_job_instance_key"), table_name="job")
    op.drop_table("job")
    op.drop_index("ix_incident_state_created_at", table_name="incident")
    op.drop_index(op.f("ix_incident_job_key"), table_name="incident")
    op.drop_index(op.f("ix_incident_instance_key"), table_name="incident")
    op.drop_table("incident")
    op.drop_index(op.f("ix_history_instance_key"), table_name="history")
    op.drop_table("history")
    op.drop_table("form")
    op.drop_table("element_instance")
    op.drop_table("deployment_resource")
    op.drop_table("deployment")
    op.drop_table("decision_requirements")
    op.drop_index(op.f("ix_decision_definition_requirements_key"), table_name="decision_definition")
    op.drop_table("decision_definition")
