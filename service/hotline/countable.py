"""What figures count: matters, calls that reach the call centre, checks of entries of the knowledge base."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, FromClause, Table, and_, literal_column, or_, select

from service.hotline import fact_sources
from service.store.tables import matter_fact, phone_call, process_instance, user_task

# Dimension → the fact whose values it has; of all together the value is empty.
DIMENSIONS: Mapping[str, str | None] = {
    "all": None,
    "unit": "unit_id",
    "division": "division",
    "channel": "channel",
    "category": "category",
    "type": "matter_type",
}


@dataclass(frozen=True, eq=False, slots=True)
class Countable:
    """Rows of facts. One is over when one of `ends` is known and its `limits` are past; such are added up by days.

    Where nothing ends them they are few, and counted one by one whenever somebody asks.
    """

    id: str
    facts: FromClause
    key: ColumnElement[str]
    ends: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()

    @property
    def has_days(self) -> bool:
        return bool(self.ends)

    @property
    def table(self) -> Table:
        """That of those which are added up by days."""
        assert isinstance(self.facts, Table)
        return self.facts

    @property
    def uncounted(self) -> ColumnElement[bool]:
        """In the words of the rows' index: SQLAlchemy would say it to SQLite in others, for which that is none."""
        return literal_column(f"NOT {self.table.name}.is_counted")

    def has(self, dimensions: Collection[str]) -> bool:
        """Whether they differ by these dimensions."""
        return all(fact is None or fact in self.facts.c for fact in (DIMENSIONS[one] for one in dimensions))

    def is_over(self, at: datetime) -> ColumnElement[bool]:
        facts = self.facts.c
        limits = (or_(facts[name].is_(None), facts[name] <= at) for name in self.limits)
        return and_(or_(*(facts[name].is_not(None) for name in self.ends)), *limits)


@cache
def checks() -> Countable:
    """The user tasks in which units look whether what they have written still holds."""
    place, of, task = fact_sources.shipped().checks, process_instance.c, user_task.c
    told = (of.variables[name].as_string().label(name) for name in ("entry_id", "unit_id"))
    query = select(task.key, task.due_at, task.completed_at.label("checked_at"), *told)
    query = query.join(process_instance, of.key == task.instance_key).where(of.process_id == place.process)
    which = task.element_id == place.name, task.state.in_(("CREATED", "COMPLETED"))
    facts = query.where(*which).subquery("entry_check")
    return Countable("check", facts, facts.c.entry_id)


def get(id_: str) -> Countable:
    """Raises KeyError."""
    return checks() if id_ == "check" else {one.id: one for one in (MATTERS, CALLS)}[id_]


MATTERS = Countable(
    "matter", matter_fact, matter_fact.c.number, ("closed_at",), ("sign_in_by", "contact_by", "deadline_at")
)
CALLS = Countable("call", phone_call, phone_call.c.mark, ("ended_at", "abandoned_at"))
