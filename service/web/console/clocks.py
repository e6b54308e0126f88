"""How long there is until a deadline, or how long it is overdue, as people say it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from service.clock import in_city
from service.web.console.languages import ngettext, translated
from service.web.console.words import named

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_LEFT, _OVER = named("%(time)s left"), named("overdue by %(time)s")
_LESS = named("less than an hour")


@dataclass(frozen=True, slots=True)
class Clock:
    """`light` is a class of the style sheet: the words say the same."""

    light: str
    words: str
    at: str


def clock(due: datetime | None, now: datetime, light: str = "") -> Clock | None:
    """None without a deadline. A matter has its `light` from its diagram; a task that is none's is yellow on its last
    day, and red when that is over."""
    if due is None:
        return None
    left = due - now
    said = translated(_OVER if left < timedelta() else _LEFT) % {"time": long(abs(left))}
    own = "red" if left < timedelta() else "yellow" if left < _DAY else "green"
    return Clock(light.lower() or own, said, shown(due))


def shown(moment: datetime | None) -> str:
    """As people in China write it."""
    return in_city(moment).strftime("%Y-%m-%d %H:%M") if moment else ""


def long(length: timedelta) -> str:
    """Days and hours, without what is nothing."""
    if length < _HOUR:
        return translated(_LESS)
    days, hours = length // _DAY, length % _DAY // _HOUR
    said = [ngettext("%(num)d day", "%(num)d days", days) % {"num": days}] if days else []
    if hours and days < 10:
        said.append(ngettext("%(num)d hour", "%(num)d hours", hours) % {"num": hours})
    return " ".join(said)
