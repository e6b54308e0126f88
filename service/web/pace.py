"""How often one address may ask for what is public: pages are for people, not for copying."""

from __future__ import annotations

from threading import Lock

from cachetools import TTLCache
from werkzeug.exceptions import TooManyRequests

from service.web import here
from service.web.auth import asked_from

_A_MINUTE = 60
# So many addresses are counted at once; of more, those that were seen first are forgotten.
_ADDRESSES = 50_000


class Pace:
    """Counts, in this process, the requests of each address in the minute after its first."""

    def __init__(self) -> None:
        self._asked: TTLCache[str, list[int]] = TTLCache(_ADDRESSES, _A_MINUTE, _now)
        self._lock = Lock()

    def check(self) -> None:
        """Raises TooManyRequests. Who comes by a proxy that we were not told of is not counted."""
        address = asked_from()
        if address is None:
            return
        with self._lock:
            count = self._asked.setdefault(address, [0])
            count[0] += 1
        if count[0] > here().settings.requests_of_address:
            raise TooManyRequests("Too many requests come from this address. Wait a minute.", retry_after=_A_MINUTE)


def _now() -> float:
    return here().engine.clock().timestamp()
