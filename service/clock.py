"""The one clock: everything that needs the time is given this, or another like it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]

CITY_ZONE = ZoneInfo("Asia/Shanghai")
# The city's clock can tell what is between these so that others read it: before, it went by the sun, 8:05:43 ahead of
# UTC, and a date-time of RFC 3339 has no offset with seconds; the last day of 9999 is not there in every zone.
_EARLIEST, _LATEST = datetime(1901, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
# The years whose moments are all between them, whatever their offset.
KNOWN_YEARS = range(1902, 9999)


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def in_city(moment: datetime) -> datetime:
    """As the city's clock tells it, or in UTC what it cannot tell; for moments of UTC, as they are stored."""
    return moment.astimezone(CITY_ZONE if _EARLIEST <= moment < _LATEST else UTC)


def in_utc(text: str) -> datetime:
    """An instant of ISO 8601, of UTC if it has no offset. Raises ValueError, also for what has no year in UTC."""
    told = datetime.fromisoformat(text)
    try:
        return told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError(f"{text} has no year in UTC") from None
