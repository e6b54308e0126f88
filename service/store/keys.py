"""Keys of rows: 63-bit integers, ordered by time, made without a round trip, unique across nodes."""

from __future__ import annotations

import os
import secrets
import threading
import time
from datetime import datetime

# 41 bits of milliseconds since 2024 (until 2093), 10 bits of node, 12 bits of sequence.
_EPOCH_MS = 1_704_067_200_000
_NODE_BITS, _SEQUENCE_BITS = 10, 12
_LOW_BITS = _NODE_BITS + _SEQUENCE_BITS
NUMBERS = (1 << _LOW_BITS) - 1

_lock = threading.Lock()
_node = 0
_last_ms = 0
_sequence = 0


def new_key() -> int:
    """A key greater than every key this process has made before.

    The wall clock only orders keys; when it stands still or goes back, the sequence runs on ahead of it.
    """
    global _last_ms, _sequence
    with _lock:
        present = time.time_ns() // 1_000_000 - _EPOCH_MS
        if present > _last_ms:
            # A random start keeps two nodes that drew the same number from meeting in a quiet millisecond.
            _last_ms, _sequence = present, secrets.randbelow(1 << (_SEQUENCE_BITS - 2))
        else:
            _sequence += 1
            if _sequence >> _SEQUENCE_BITS:
                _last_ms, _sequence = _last_ms + 1, 0
        return (_last_ms << _LOW_BITS) | (_node << _SEQUENCE_BITS) | _sequence


def key_at(instant: datetime, number: int, *, milliseconds: int = 0) -> int:
    """A key of a row that is written now and tells of another instant, or some milliseconds later; `number` counts
    those rows.

    Rows that are so many apart that their numbers are alike again must be of other instants.
    """
    return (round(instant.timestamp() * 1000) + milliseconds - _EPOCH_MS) << _LOW_BITS | number & NUMBERS


def _draw_node() -> None:
    global _node
    _node = secrets.randbelow(1 << _NODE_BITS)


_draw_node()
# A forked process is another node than the one that it was forked from.
os.register_at_fork(after_in_child=_draw_node)
