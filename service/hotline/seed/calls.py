"""The calls of a made-up year: those by which matters came in, and those that nobody could answer in time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log
from random import Random
from typing import Any

from service.hotline import calls
from service.hotline.seed.templates import stored
from service.store.secrets import KeyRing
from service.store.tables import phone_call

# Half are answered within so many seconds, and over within so many; how far that scatters, and the longest.
_WAIT, _TALK, _LONGEST = (log(7), 0.7), (log(110), 0.8), 4_751
# So many calls for one that is answered are given up by somebody who waited, and by somebody who did not.
_GIVEN_UP, _AT_ONCE = 0.019, 0.01


@dataclass(frozen=True, slots=True)
class Calls:
    """`channels`: those by which people call; `limits`: the parameters that calls are measured by; `agents`: who
    answers."""

    channels: Sequence[str]
    limits: Mapping[str, Any]
    agents: Sequence[str]
    secrets: KeyRing
    is_sqlite: bool

    def of(self, number: str, received_at: datetime, chance: Random) -> list[tuple[Any, ...]]:
        """The rows of the call by which a matter came in, and of those that rang in vain before."""
        return [
            self._row(f"{number} {place}", told) for place, told in enumerate(self._told(number, received_at, chance))
        ]

    def _told(self, number: str, received_at: datetime, chance: Random) -> Iterator[dict[str, Any]]:
        answered = received_at - timedelta(seconds=chance.randrange(20, 60))
        talk = min(max(chance.lognormvariate(*_TALK), 60), _LONGEST)
        yield {
            "offered_at": answered - timedelta(seconds=1 + round(chance.lognormvariate(*_WAIT))),
            "answered_at": answered,
            "ended_at": answered + timedelta(seconds=round(talk)),
            "agent": chance.choice(self.agents) if self.agents else "",
            "matter_no": number,
        }
        for share, shortest, longest in ((_GIVEN_UP, 6, 90), (_AT_ONCE, 1, 4)):
            if chance.random() < share:
                offered = received_at - timedelta(seconds=chance.randrange(60, 900))
                yield {
                    "offered_at": offered,
                    "abandoned_at": offered + timedelta(seconds=chance.randint(shortest, longest)),
                }

    def _row(self, id_: str, told: dict[str, Any]) -> tuple[Any, ...]:
        for name in calls.EVENTS.values():
            if name in told:
                told |= calls.following(self.limits, name, told[name])
        told = {"agent": "", "matter_no": "", **told, "mark": calls.marks(self.secrets, id_)[0], "is_counted": False}
        row = (told.get(column.name) for column in phone_call.columns)
        return tuple(stored(one, self.is_sqlite) if isinstance(one, datetime) else one for one in row)
