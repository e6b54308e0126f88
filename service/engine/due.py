"""What a tick looks for: all of it by one statement, since most ticks find nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from service.engine import Engine, batches, messages, timers

_LOOK = select(messages.ANY_UNSEEN, batches.ANY_OPEN, *timers.NEXT)


@dataclass(frozen=True, slots=True)
class Due:
    """`at` is when the next timer or job is due; the others can be done now."""

    at: datetime | None
    has_messages: bool
    has_batches: bool


def look(connection: Connection, engine: Engine) -> Due:
    """What can be done now, and when something next can be."""
    asked = {"now": engine.clock(), "types": list(engine.handlers)}
    unseen, open_, *next_ = connection.execute(_LOOK, asked).one()
    return Due(timers.next_of(engine, next_), bool(unseen), open_ is not None)
