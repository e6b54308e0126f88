"""The calls of the call centre: what its system tells of each, and nothing of who called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from service.clock import in_city
from service.engine import Engine
from service.errors import Invalid, NotFound, Problem
from service.hotline import figure_counts, parameters
from service.hotline.countable import CALLS
from service.store.secrets import KeyRing
from service.store.tables import person, phone_call

# What may be told of a call → the instant that it is.
EVENTS: Mapping[str, str] = {
    "OFFERED": "offered_at",
    "ANSWERED": "answered_at",
    "ABANDONED": "abandoned_at",
    "ENDED": "ended_at",
}
# What follows from an instant, and by how much: so many of what a parameter counts in.
_FOLLOWS: Mapping[str, Sequence[tuple[str, str, timedelta]]] = {
    "offered_at": (
        ("short_until", "CALL_SHORT", timedelta(seconds=1)),
        ("answer_by", "PHONE_ANSWER", timedelta(seconds=1)),
    ),
    "answered_at": (("occupied_from", "OCCUPY_MIN", timedelta(minutes=1)),),
}
_CHANGED = (*EVENTS.values(), "short_until", "answer_by", "occupied_from", "agent", "matter_no")


@dataclass(frozen=True, slots=True)
class Told:
    """One event of a call; `call_id` is the centre's own, of which only a blind mark is kept."""

    call_id: str
    event: str
    at: datetime
    agent: str = ""
    matter_no: str = ""


def tell(connection: Connection, engine: Engine, secrets: KeyRing, events: Sequence[Told]) -> int:
    """Keep what is told of calls; answers how many events told something new.

    What was told once of a call stays: the same event again changes nothing. Raises Invalid for an agent that nobody
    is, and NotFound where no limits are set.
    """
    _refuse_strangers(connection, events)
    known = _rows(connection, {one.call_id: marks(secrets, one.call_id) for one in events})
    limits = _Limits(connection, engine)
    changed, new = dict[str, dict[str, Any]](), 0
    for one in events:
        row = known[one.call_id]
        more = _more(one, row, limits)
        new += EVENTS[one.event] in more
        if more:
            changed[row["mark"]] = row
            row |= more
    for mark in sorted(changed):
        figure_counts.take_back(connection, CALLS, mark)
    if changed:
        mine = phone_call.c.mark == bindparam("of_mark")
        change = update(phone_call).where(mine).values({name: bindparam(name) for name in _CHANGED})
        told = [{"of_mark": mark} | {name: row[name] for name in _CHANGED} for mark, row in sorted(changed.items())]
        connection.execute(change, told)
    return new


def marks(secrets: KeyRing, call_id: str) -> list[str]:
    """What is kept of the id of a call, under each key, the newest first."""
    return secrets.marks(call_id, "call_id")


def following(values: Mapping[str, Any], name: str, at: datetime) -> dict[str, datetime]:
    """The limits that follow from one of the instants, by the parameters; raises NotFound where one is not set."""
    found = {}
    for limit, parameter, unit in _FOLLOWS.get(name, ()):
        if values.get(parameter) is None:
            raise NotFound(
                f"No row of the table {parameters.DECISION} gives {parameter}. Add one, and deploy the table."
            )
        found[limit] = at + int(values[parameter]) * unit
    return found


@dataclass(slots=True)
class _Limits:
    """The parameters of each day."""

    connection: Connection
    engine: Engine
    known: dict[date, Mapping[str, Any]] = field(default_factory=dict)

    def on(self, at: datetime) -> Mapping[str, Any]:
        moment = in_city(at)
        if moment.date() not in self.known:
            self.known[moment.date()] = parameters.in_force(self.connection, self.engine, moment)
        return self.known[moment.date()]


def _more(told: Told, row: Mapping[str, Any], limits: _Limits) -> dict[str, Any]:
    """What an event tells of a call that was not known of it."""
    more: dict[str, Any] = {
        name: value for name in ("agent", "matter_no") if (value := getattr(told, name)) and not row[name]
    }
    name = EVENTS[told.event]
    if row[name] is None:
        more |= {name: told.at, **following(limits.on(told.at), name, told.at)}
    return more


def _rows(connection: Connection, of_calls: Mapping[str, Sequence[str]]) -> dict[str, dict[str, Any]]:
    """The row of each call, which is made if there is none; nobody else changes them meanwhile."""
    wanted = phone_call.c.mark.in_([mark for several in of_calls.values() for mark in several])
    there = set(connection.execute(select(phone_call.c.mark).where(wanted)).scalars())
    missing = sorted(several[0] for several in of_calls.values() if there.isdisjoint(several))
    if missing:
        dialect: Any = sqlite if connection.dialect.name == "sqlite" else postgresql
        once = dialect.insert(phone_call).on_conflict_do_nothing()
        connection.execute(once, [{"mark": mark} for mark in missing])
    query = select(phone_call).where(wanted).order_by(phone_call.c.mark)
    if connection.dialect.name == "postgresql":
        query = query.with_for_update()
    found = {row["mark"]: dict(row) for row in connection.execute(query).mappings()}
    return {id_: next(found[mark] for mark in several if mark in found) for id_, several in of_calls.items()}


def _refuse_strangers(connection: Connection, events: Iterable[Told]) -> None:
    """Agents do the tasks of their calls here, so they are known here; anything else could be anybody's number."""
    named = {one.agent for one in events if one.agent}
    strangers = named - set(connection.execute(select(person.c.id).where(person.c.id.in_(named))).scalars())
    if strangers:
        message = "There is nobody here with the id of an agent. Send the id by which the agent signs in, or none."
        problems = [
            Problem(f"events.{place}.agent", message) for place, one in enumerate(events) if one.agent in strangers
        ]
        raise Invalid(message, problems)
