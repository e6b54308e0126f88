"""What lists are found by: an index for each way in which matters, instances and tasks are asked for, and for words."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"

# Behind what is asked for: the order of lists, and what says who may see a matter, so that no row is read to count.
_MATTERS = ("unit_id", "status", "light", "category_l1", "category_l2", "area", "channel")
_SHOWN = ("received_at", "number", "instance_key")
_OTHERS = (
    ("process_instance", "process_id_state", ("process_id", "state", "started_at")),
    ("process_instance", "process_id_started_at", ("process_id", "started_at")),
    ("process_instance", "state_key", ("state", "key")),
    ("process_instance", "state_started_at", ("state", "started_at")),
    ("process_instance", "started_at", ("started_at",)),
    ("user_task", "root_key", ("root_key",)),
    ("user_task", "state_completed_at", ("state", "completed_at", "key")),
    ("user_task", "element_id_state", ("element_id", "state", "completed_at")),
    ("user_task", "definition_key_created_at", ("definition_key", "created_at")),
    ("user_task", "created_at", ("created_at",)),
)
_COUNTS = ["dimension", "figure", "value", "day", "numerator", "denominator"]
_SOME = (
    ("process_instance", "business_id", "business_id IS NOT NULL", ("business_id",)),
    ("process_instance", "open", "ended_at IS NULL", ("process_id", "definition_key", "root_key")),
)


def upgrade() -> None:
    op.drop_index("ix_matter_status_received_at", "matter")
    op.drop_index("ix_matter_unit_id", "matter")
    for column in _MATTERS:
        # Whoever is a unit's sees those of the unit only.
        unit = () if column == "unit_id" else ("unit_id",)
        op.create_index(f"ix_matter_{column}_received_at", "matter", [column, *_SHOWN, *unit])
    op.create_index("ix_matter_received_at", "matter", [*_SHOWN, "unit_id", "area"])
    op.drop_index("ix_process_instance_process_id_state", "process_instance")
    for table, name, columns in _OTHERS:
        op.create_index(f"ix_{table}_{name}", table, list(columns))
    for table, name, which, columns in _SOME:
        where = sa.text(which)
        op.create_index(f"ix_{table}_{name}", table, list(columns), sqlite_where=where, postgresql_where=where)
    # With the counts, so that their rows need not be read: a year of days has very many.
    op.create_index("ix_figure_day_counts", "figure_day", _COUNTS)
    _find_words()


def downgrade() -> None:
    op.drop_index("ix_figure_day_counts", "figure_day")
    if op.get_bind().dialect.name == "sqlite":
        for name in ("added", "changed", "deleted"):
            op.execute(f"DROP TRIGGER matter_words_{name}")
    else:
        op.execute("DROP TRIGGER matter_words_kept ON matter")
        op.execute("DROP FUNCTION keep_matter_words")
    op.execute("DROP TABLE matter_words")
    for table, name, *_ in _SOME:
        op.drop_index(f"ix_{table}_{name}", table)
    for table, name, _ in _OTHERS:
        op.drop_index(f"ix_{table}_{name}", table)
    op.create_index("ix_process_instance_process_id_state", "process_instance", ["process_id", "state"])
    op.drop_index("ix_matter_received_at", "matter")
    for column in _MATTERS:
        op.drop_index(f"ix_matter_{column}_received_at", "matter")
    op.create_index("ix_matter_unit_id", "matter", ["unit_id"])
    op.create_index("ix_matter_status_received_at", "matter", ["status", "received_at"])


def _find_words() -> None:
    """The marks of the words of each matter, by its process instance; triggers keep them as its row has them."""
    if op.get_bind().dialect.name == "sqlite":
        # Nothing but which matter has which mark: where, how often, and the marks themselves are in no need of a place.
        op.execute(
            "CREATE VIRTUAL TABLE matter_words USING fts5(marks, content = '', detail = column, columnsize = 0, "
            "tokenize = 'ascii')"
        )
        has_old = "old.instance_key IS NOT NULL AND old.word_marks <> ''"
        has_new = "new.instance_key IS NOT NULL AND new.word_marks <> ''"
        gone = (
            "INSERT INTO matter_words(matter_words, rowid, marks) "
            f"SELECT 'delete', old.instance_key, old.word_marks WHERE {has_old};"
        )
        come = f"INSERT INTO matter_words(rowid, marks) SELECT new.instance_key, new.word_marks WHERE {has_new};"
        op.execute(f"CREATE TRIGGER matter_words_added AFTER INSERT ON matter WHEN {has_new} BEGIN {come} END")
        changed = "old.instance_key IS NOT new.instance_key OR old.word_marks <> new.word_marks"
        op.execute(
            "CREATE TRIGGER matter_words_changed AFTER UPDATE OF instance_key, word_marks ON matter "
            f"WHEN {changed} BEGIN {gone} {come} END"
        )
        op.execute(f"CREATE TRIGGER matter_words_deleted AFTER DELETE ON matter WHEN {has_old} BEGIN {gone} END")
        op.execute(
            "INSERT INTO matter_words(rowid, marks) SELECT instance_key, word_marks FROM matter "
            "WHERE instance_key IS NOT NULL AND word_marks <> '' ORDER BY instance_key"
        )
        return
    op.execute("CREATE TABLE matter_words (rowid bigint PRIMARY KEY, marks tsvector NOT NULL)")
    marks = "array_to_tsvector(string_to_array(trim({0}word_marks), ' '))"
    of_matters = f"SELECT instance_key, {marks.format('')} FROM matter"  # noqa: S608 our own
    op.execute(f"INSERT INTO matter_words {of_matters} WHERE instance_key IS NOT NULL AND word_marks <> ''")
    op.execute("CREATE INDEX ix_matter_words_marks ON matter_words USING gin (marks)")
    op.execute(
        f"""
        CREATE FUNCTION keep_matter_words() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP <> 'INSERT' THEN
                DELETE FROM matter_words WHERE rowid = OLD.instance_key;
            END IF;
            IF TG_OP <> 'DELETE' AND NEW.instance_key IS NOT NULL AND NEW.word_marks <> '' THEN
                INSERT INTO matter_words VALUES (NEW.instance_key, {marks.format("NEW.")});
            END IF;
            RETURN NULL;
        END $$
        """  # noqa: S608 our own
    )
    op.execute(
        "CREATE TRIGGER matter_words_kept AFTER INSERT OR DELETE OR UPDATE OF instance_key, word_marks ON matter "
        "FOR EACH ROW EXECUTE FUNCTION keep_matter_words()"
    )
