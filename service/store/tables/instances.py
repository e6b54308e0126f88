"""What runs, and what it waits for."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from service.store.tables.columns import (
    Instant,
    Json,
    OptionalJson,
    index_where,
    instance_column,
    key_column,
    metadata,
    ref_column,
    text_column,
)

process_instance = Table(
    "process_instance",
    metadata,
    key_column(),
    ref_column("definition_key", index=True),
    Column("process_id", Text, nullable=False),
    ref_column("parent_key", nullable=True, index=True),
    Column("parent_wait_id", Text),
    ref_column("root_key", index=True),
    Column("state", String(12), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("suspended_at", Instant),
    Column("revision", Integer, nullable=False),
    Column("incidents", Integer, nullable=False, server_default="0", default=0),
    Column("business_id", Text),
    # The correlation key of the message that has started it: until it ends, no other with that key does.
    Column("started_by_key", Text),
    Column("tags", Json, nullable=False),
    # The elements after which it is to be ended.
    Column("ends_after", Json, nullable=False, server_default="[]", default=list),
    Column("variables", Json, nullable=False),
    # Those that are protected, and the key that has sealed them and all else of the instance; none: it is erased.
    Column("sealed", LargeBinary),
    Column("data_key", Text),
    # The rows that the run waits by: wait id → [kind, key of the row, due instant of a timer].
    Column("waits", Json, nullable=False),
    Column("state_blob", LargeBinary, nullable=False),
    Index("ix_process_instance_process_id_state", "process_id", "state", "started_at"),
    Index("ix_process_instance_process_id_started_at", "process_id", "started_at"),
    Index("ix_process_instance_state_key", "state", "key"),
    Index("ix_process_instance_state_started_at", "state", "started_at"),
    Index("ix_process_instance_started_at", "started_at"),
    index_where("ix_process_instance_business_id", "business_id IS NOT NULL", "business_id"),
    index_where("ix_process_instance_unsealed", "data_key IS NULL", "key"),
    index_where("ix_process_instance_open", "ended_at IS NULL", "process_id", "definition_key", "root_key"),
    index_where("ix_process_instance_incidents", "incidents > 0", "key"),
    index_where("ix_process_instance_started_by_key", "started_by_key IS NOT NULL", "started_by_key", "process_id"),
)

element_instance = Table(
    "element_instance",
    metadata,
    key_column(),
    Column("instance_key", BigInteger, nullable=False),
    # Of all that ever begins in its process instance; that of the element instance around it, 0 for the process.
    Column("number", Integer, nullable=False),
    Column("parent_number", Integer, nullable=False, server_default="0", default=0),
    Column("element_id", Text, nullable=False),
    Column("element_type", String(40), nullable=False),
    text_column("name"),
    Column("state", String(12), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    # Those that are its own, if it has any.
    Column("variables", OptionalJson),
    Column("sealed", LargeBinary),
    # Whether it is in element_span.
    Column("is_counted", Boolean, nullable=False, server_default=false(), default=False),
    UniqueConstraint("instance_key", "number"),
    index_where("ix_element_instance_variables", "variables IS NOT NULL", "instance_key"),
    index_where("ix_element_instance_open", "ended_at IS NULL", "instance_key"),
    index_where("ix_element_instance_uncounted", "ended_at IS NOT NULL AND NOT is_counted", "ended_at"),
)

user_task = Table(
    "user_task",
    metadata,
    key_column(),
    instance_column(),
    ref_column("root_key", index=True),
    ref_column("definition_key"),
    Column("wait_id", Text, nullable=False),
    ref_column("element_instance_key", nullable=True),
    Column("element_id", Text, nullable=False),
    text_column("name"),
    Column("state", String(12), nullable=False),
    Column("assignee", Text, index=True),
    Column("candidate_groups", Json, nullable=False),
    Column("candidate_users", Json, nullable=False),
    Column("due_at", Instant),
    Column("follow_up_at", Instant),
    Column("priority", Integer, nullable=False),
    ref_column("form_key", nullable=True),
    Column("form_id", Text),
    # How another application knows its form.
    Column("outside_form", Text),
    Column("headers", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("completed_at", Instant),
    Column("completed_by", Text),
    # The events that its listeners listen to, with spaces between.
    text_column("listens"),
    # What is asked of it while its listeners are, as engine/task_transitions.py writes it.
    Column("transition", Json),
    Index("ix_user_task_state_created_at", "state", "created_at"),
    Index("ix_user_task_state_completed_at", "state", "completed_at", "key"),
    Index("ix_user_task_element_id_state", "element_id", "state", "completed_at"),
    Index("ix_user_task_definition_key_created_at", "definition_key", "created_at"),
    Index("ix_user_task_created_at", "created_at"),
    index_where("ix_user_task_completed_by", "completed_by IS NOT NULL", "completed_by"),
)

user_task_candidate = Table(
    "user_task_candidate",
    metadata,
    Column("task_key", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(5), primary_key=True),
    Column("name", Text, primary_key=True),
    instance_column(),
    Index("ix_user_task_candidate_kind_name", "kind", "name"),
)

job = Table(
    "job",
    metadata,
    key_column(),
    instance_column(),
    ref_column("root_key"),
    ref_column("definition_key"),
    Column("wait_id", Text, nullable=False),
    ref_column("element_instance_key", nullable=True),
    Column("element_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("state", String(10), nullable=False),
    Column("retries", Integer, nullable=False),
    Column("due_at", Instant, nullable=False),
    text_column("worker"),
    Column("locked_until", Instant),
    # Of those that were leased with a token: that of the last lease.
    text_column("lease_token"),
    Column("headers", Json, nullable=False),
    Column("priority", Integer, nullable=False, server_default="0", default=0),
    # The user task whose listener it is.
    ref_column("task_key", nullable=True),
    # BPMN_ELEMENT, EXECUTION_LISTENER or TASK_LISTENER; for a listener the event.
    Column("kind", String(20), nullable=False, server_default="BPMN_ELEMENT", default="BPMN_ELEMENT"),
    Column("listener_event", String(16), nullable=False, server_default="UNSPECIFIED", default="UNSPECIFIED"),
    text_column("error_message"),
    Column("created_at", Instant, nullable=False),
    index_where("ix_job_ready", "state = 'READY'", "type", "due_at"),
    index_where("ix_job_priority", "state = 'READY'", "type", "priority"),
    index_where("ix_job_locked", "state = 'LOCKED'", "locked_until"),
)

timer = Table(
    "timer",
    metadata,
    key_column(),
    instance_column(nullable=True),
    ref_column("definition_key"),
    Column("wait_id", Text),
    Column("element_id", Text, nullable=False),
    Column("due_at", Instant, nullable=False, index=True),
    Column("interval", Text),
    Column("repeats_left", Integer),
    Column("provisional", Boolean, nullable=False, server_default=false(), default=False),
    # The calendar has changed since it was computed.
    Column("recount", Boolean, nullable=False, server_default=false(), default=False),
    # Its instance is: it does not fire.
    Column("suspended", Boolean, nullable=False, server_default=false(), default=False),
    index_where("ix_timer_provisional", "provisional", "provisional"),
    index_where("ix_timer_recount", "recount", "recount"),
)

message_subscription = Table(
    "message_subscription",
    metadata,
    key_column(),
    instance_column(nullable=True),
    ref_column("definition_key"),
    Column("wait_id", Text),
    Column("element_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    text_column("correlation_key"),
    Column("created_at", Instant, nullable=False),
    Index("ix_message_subscription_name_correlation_key", "name", "correlation_key"),
)

signal_subscription = Table(
    "signal_subscription",
    metadata,
    key_column(),
    instance_column(nullable=True),
    ref_column("definition_key"),
    Column("wait_id", Text),
    Column("element_id", Text, nullable=False),
    Column("name", Text, nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
)

message = Table(
    "message",
    metadata,
    key_column(),
    Column("name", Text, nullable=False),
    text_column("correlation_key"),
    Column("message_id", Text),
    Column("business_id", Text),
    Column("variables", Json, nullable=False),
    text_column("sealed"),
    Column("published_at", Instant, nullable=False),
    text_column("published_by"),
    Column("expires_at", Instant, nullable=False, index=True),
    # NULLs differ from each other, so only messages with an id are kept from doubling.
    UniqueConstraint("name", "correlation_key", "message_id"),
)

message_delivery = Table(
    "message_delivery",
    metadata,
    Column("message_key", BigInteger, primary_key=True, autoincrement=False),
    Column("process_id", Text, primary_key=True),
    instance_column(),
)

incident = Table(
    "incident",
    metadata,
    key_column(),
    instance_column(),
    ref_column("definition_key"),
    ref_column("element_instance_key", nullable=True),
    Column("element_id", Text, nullable=False),
    ref_column("job_key", nullable=True, index=True),
    Column("error_type", String(40), nullable=False),
    text_column("message"),
    Column("state", String(10), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("resolved_at", Instant),
    Index("ix_incident_state_created_at", "state", "created_at"),
)

history = Table(
    "history",
    metadata,
    key_column(),
    instance_column(),
    Column("kind", String(24), nullable=False),
    Column("element_id", Text),
    Column("at", Instant, nullable=False),
    text_column("by"),
    Column("data", Json, nullable=False),
    # What is protected of variables; of anything else in which something is, the whole.
    Column("sealed", LargeBinary),
    index_where("ix_history_decision", "kind = 'decision'", "key"),
)
