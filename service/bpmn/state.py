"""The state of a run as bytes: tokens and scopes alone; the specification stays with its definition.

The first byte is the version of the format. Whatever was written once can be read for ever: a new format is a new
number with a reader of its own beside the old ones.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from service import exact_json
from service.errors import StuckError

VERSION = 1
MAX_BYTES = 64 * 1024 * 1024

# counter, scopes [[number, parent, variables]], tokens [[number, element id, state, parent number, data]]
State = tuple[int, list[Any], list[Any]]


def dump(counter: int, scopes: list[Any], tokens: list[Any]) -> bytes:
    text = exact_json.dumps([counter, scopes, tokens])
    return bytes([VERSION]) + zlib.compress(text.encode(), 6)


def load(state: bytes) -> State:
    """Raises StuckError for a state that cannot be read."""
    read = _READERS.get(state[0]) if state else None
    if read is None:
        raise StuckError("", "The state was written by a newer version of this service.", "STATE_ERROR")
    with readable():
        return read(state[1:])


@contextmanager
def readable() -> Iterator[None]:
    """Whatever is wrong inside means that the stored state is damaged: a StuckError, never a guess."""
    try:
        yield
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError, zlib.error) as error:
        raise StuckError("", "The state cannot be read.", "STATE_ERROR") from error


def _version_1(body: bytes) -> State:
    packed = zlib.decompressobj()
    text = packed.decompress(body, MAX_BYTES)
    if not packed.eof:
        raise ValueError("it is cut off, or larger than any state")
    counter, scopes, tokens = exact_json.loads(text)
    return counter, scopes, tokens


_READERS: dict[int, Callable[[bytes], State]] = {1: _version_1}
