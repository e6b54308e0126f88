"""What figures are counted from: a row of facts for each matter, the counts of days, the figures that were frozen."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    false,
)

from service.store.tables.columns import Instant, Json, index_where, metadata, ref_column, text_column

# The instants by which one figure or another is counted.
_COUNTED_AT = ("received_at", "accepted_at", "dispatched_at", "deadline_at", "visited_at", "closed_at")


def _instant(name: str) -> Column[object]:
    return Column(name, Instant)


def _count(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default="0", default=0)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default=false(), default=False)


# What the history of a matter comes to; regulation/facts.yaml says where each is taken from.
matter_fact = Table(
    "matter_fact",
    metadata,
    Column("number", String(32), primary_key=True),
    ref_column("root_key", index=True),
    # Whether it is in figure_day. What is not is counted whenever it is asked for.
    _flag("is_counted"),
    text_column("channel"),
    text_column("matter_type"),
    text_column("category"),
    text_column("division"),
    text_column("urgency"),
    Column("unit_id", String(80), nullable=False, server_default="", default=""),
    Column("received_at", Instant, nullable=False),
    _instant("accepted_at"),
    _instant("answered_at"),
    _instant("refused_at"),
    _instant("redirected_at"),
    _instant("withdrawn_at"),
    _instant("terminated_at"),
    _instant("closed_at"),
    _instant("dispatched_at"),
    _instant("sign_in_by"),
    _instant("signed_at"),
    _instant("contact_by"),
    _instant("contacted_at"),
    _instant("deadline_at"),
    _instant("replied_at"),
    _instant("fed_back_at"),
    _instant("plan_at"),
    _instant("visited_at"),
    _instant("rectified_at"),
    Column("refusal_ground", Text),
    Column("resolved", Text),
    Column("visit_reached", Boolean),
    Column("solved", Text),
    Column("satisfaction", Integer),
    Column("process_satisfaction", Integer),
    Column("first_satisfaction", Integer),
    _flag("is_excluded"),
    _flag("is_fraud_suspected"),
    _count("dispatches"),
    _count("redos"),
    _count("returns_asked"),
    _count("returns_accepted"),
    _count("extensions"),
    _count("supervised_daily"),
    _count("supervised_listed"),
    _count("supervised_interview"),
    _count("supervisions_withdrawn"),
    index_where("ix_matter_fact_uncounted", "NOT is_counted", "closed_at"),
    *(Index(f"ix_matter_fact_{moment}", moment) for moment in _COUNTED_AT),
    *(Index(f"ix_matter_fact_unit_id_{moment}", "unit_id", moment) for moment in _COUNTED_AT),
)

# The calls of the call centre; nothing tells whose they were. A call is known by a blind mark of the centre's own id.
phone_call = Table(
    "phone_call",
    metadata,
    Column("mark", String(64), primary_key=True),
    _flag("is_counted"),
    _instant("offered_at"),
    # The limits as the parameters were on that day: until when whoever gives up counts as nobody who waited, by when
    # it should be answered, and since when it holds the line for long.
    _instant("short_until"),
    _instant("answer_by"),
    _instant("occupied_from"),
    _instant("answered_at"),
    _instant("abandoned_at"),
    _instant("ended_at"),
    Column("agent", String(80), nullable=False, server_default="", default=""),
    Column("matter_no", String(32), nullable=False, server_default="", default=""),
    index_where("ix_phone_call_uncounted", "NOT is_counted", "offered_at"),
    Index("ix_phone_call_offered_at", "offered_at"),
)

# What the matters of a day come to, for all of them and for those with one value of one dimension.
figure_day = Table(
    "figure_day",
    metadata,
    Column("dimension", String(12), nullable=False),
    Column("value", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("figure", String(40), nullable=False),
    _count("numerator"),
    _count("denominator"),
    PrimaryKeyConstraint("dimension", "figure", "value", "day"),
    Index("ix_figure_day_counts", "dimension", "figure", "value", "day", "numerator", "denominator"),
)

# The same for each two values of two dimensions, by thirds of months: pairs are so many that days would be as long as
# the matters themselves.
figure_third = Table(
    "figure_third",
    metadata,
    # Their names, with a space between.
    Column("dimensions", String(24), nullable=False),
    Column("value", Text, nullable=False),
    Column("other", Text, nullable=False),
    Column("begins_on", Date, nullable=False),
    Column("figure", String(40), nullable=False),
    _count("numerator"),
    _count("denominator"),
    PrimaryKeyConstraint("dimensions", "figure", "begins_on", "value", "other"),
    Index("ix_figure_third_counts", "dimensions", "figure", "begins_on", "value", "other", "numerator", "denominator"),
)

# How many element instances of a version ended in a day or a month, by how long they took: one of the stretches of
# heat_counts.py. By days of all, by months of all too, and of those of one unit, area or category.
element_span = Table(
    "element_span",
    metadata,
    Column("dimension", String(12), nullable=False),
    Column("definition_key", BigInteger, nullable=False),
    Column("value", Text, nullable=False),
    Column("begins_on", Date, nullable=False),
    Column("element_id", Text, nullable=False),
    Column("stretch", Integer, nullable=False),
    _count("number"),
    PrimaryKeyConstraint("dimension", "definition_key", "value", "begins_on", "element_id", "stretch"),
    # The whole row is the key: it is kept once.
    sqlite_with_rowid=False,
)

# By which definitions the days are counted: others mean that all is counted anew.
figure_rule = Table("figure_rule", metadata, Column("checksum", String(64), primary_key=True))

# Figures as they were at an instant; what happens to the matters afterwards does not change them.
figure_period = Table(
    "figure_period",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("period", String(10), nullable=False),
    Column("begins_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("frozen_at", Instant, nullable=False),
    Column("excluded", Json, nullable=False),
    # Figures of all matters, and of each unit: figure → [numerator, denominator].
    Column("figures", Json, nullable=False),
    Column("published_at", Instant),
    Column("results", Json),
    Column("exported_at", Instant),
    Index("ix_figure_period_ends_on", "ends_on"),
)
