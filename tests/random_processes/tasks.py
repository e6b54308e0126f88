"""What people ask of the user tasks of a random process in a store: who does one, until when, who could, with what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from sqlalchemy import RowMapping

from service.engine import user_tasks
from service.store.tables import user_task
from tests.random_processes.in_store import InStore

Act = Callable[[InStore], str]
PEOPLE = ("li", "wang")
_DAY = datetime(2026, 3, 1, 1, tzinfo=UTC)


def asked(tasks: int, chance: Random, result: Mapping[str, Any]) -> list[Act]:
    """What may be asked of one of so many open tasks; nothing of none."""
    if not tasks:
        return []
    at, who, is_local = chance.randrange(tasks), chance.choice(PEOPLE), chance.randrange(2) == 1
    return [
        partial(_assign, index=at, assignee=who, allow_override=chance.randrange(2) == 1),
        partial(_assign, index=at, assignee=None, allow_override=True),
        partial(_change, index=at, changes=_changes(chance)),
        partial(_set, index=at, variables=result, local=is_local),
        partial(_complete, index=at, variables=result),
    ]


def answers(chance: Random) -> Mapping[str, Any]:
    """What a listener says of what was asked: nothing, no, or otherwise."""
    corrections = {
        "assignee": chance.choice(("", *PEOPLE)),
        "candidateGroups": chance.choice(([], ["chief"], None)),
        "dueDate": chance.choice(("", (_DAY + timedelta(hours=3)).isoformat(), None)),
        "priority": chance.choice((0, 100, None)),
    }
    return chance.choice(({}, {"denied": True, "deniedReason": "not yet"}, {"corrections": corrections}))


def _changes(chance: Random) -> dict[str, Any]:
    every: dict[str, Any] = {
        "due_at": chance.choice((None, _DAY + timedelta(hours=chance.randrange(9)))),
        "follow_up_at": chance.choice((None, _DAY)),
        "priority": chance.randrange(101),
        "candidate_groups": chance.sample(("chief", "clerk", "desk"), chance.randrange(4)),
        "candidate_users": chance.sample(PEOPLE, chance.randrange(3)),
    }
    return {name: value for name, value in every.items() if chance.randrange(2)}


def _task(store: InStore, index: int) -> RowMapping:
    return [row for row in store.rows(user_task) if row["state"] == "CREATED"][index]


def _assign(store: InStore, *, index: int, assignee: str | None, allow_override: bool) -> str:
    by, key = assignee or "clerk", _task(store, index)["key"]
    return store.act(user_tasks.assign, key, assignee, by=by, allow_override=allow_override)


def _change(store: InStore, *, index: int, changes: Mapping[str, Any]) -> str:
    return store.act(user_tasks.change, _task(store, index)["key"], changes, by="chief")


def _set(store: InStore, *, index: int, variables: Mapping[str, Any], local: bool) -> str:
    return store.act(user_tasks.set_variables, _task(store, index)["key"], variables, local=local, by="clerk")


def _complete(store: InStore, *, index: int, variables: Mapping[str, Any]) -> str:
    """By whom it is assigned to."""
    task = _task(store, index)
    by = task["assignee"] or "clerk"
    return store.act(user_tasks.complete, task["key"], variables, by=by, action="submit")
