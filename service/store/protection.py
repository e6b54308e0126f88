"""What is protected of what is kept of process instances: variables by their names, sealed by a key of each instance.

Beside a column of JSON that all may read stands one that is sealed: the first holds null in its place, so that what is
there can be asked for, and what it says cannot. Where the instance's key is gone, null is what is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping

from service import exact_json
from service.errors import StuckError
from service.store.secrets import DataKey, KeyRing

# What the bytes of a sealed state begin with; those of one that is not begin with the version of their format.
_SEALED = b"\x00"
# Signs in a row that a message may not have in common with something protected.
_ALIKE = 6
ERASED = ""

Row = Mapping[str, Any] | RowMapping


@dataclass(frozen=True)
class Protection:
    """`names` are those of the variables that are sealed."""

    secrets: KeyRing
    names: frozenset[str] = frozenset()

    def begin(self, instance_key: int) -> tuple[str, Seal]:
        """The seal of a new instance, with what is kept of it in the column `data_key`."""
        sealed, key = self.secrets.new_data_key(*_of_instance(instance_key))
        return sealed, Seal(self.names, key)

    def of(self, instance_key: int, data_key: str | None) -> Seal:
        """The seal of an instance, by its column `data_key`; raises StuckError without the key that has sealed it."""
        if not data_key:
            return Seal(self.names, None)
        return Seal(self.names, self.secrets.data_key(data_key, *_of_instance(instance_key)))

    def of_row(self, row: Row) -> Seal:
        return self.of(row["key"], row["data_key"])

    def variables(self, row: Row) -> dict[str, Any]:
        """The variables of an instance's row: `key`, `variables`, `sealed`, `data_key`."""
        place = "process_instance", row["key"], "variables"
        return self.of_row(row).whole(row["variables"], row["sealed"], *place) if row["sealed"] else row["variables"]

    def protected(self, variables: Mapping[str, Any]) -> Iterator[str]:
        """The texts in those of the variables that are sealed."""
        for name in self.names & variables.keys():
            yield from _texts(variables[name])

    def line(self, row: Row, data_key: str | None) -> dict[str, Any]:
        """What a line of history tells in its column `data`, all of it; without the key what all may read."""
        told: dict[str, Any] = row["data"]
        if row["sealed"] is None:
            return told
        kept = self.of(row["instance_key"], data_key).opened(row["sealed"], "history", row["key"], "data")
        if kept is None:
            return told
        # Of variables only those that are protected are sealed; an earlier release has sealed all of them.
        return {"variables": {**told["variables"], **kept["variables"]}} if "variables" in told else kept

    def of_message(self, key: int, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The columns of a message, which belongs to no instance yet."""
        plain, kept = _apart(self.names, variables)
        sealed = self.secrets.seal(exact_json.dumps(kept), *_of_message(key)) if kept else ""
        return {"variables": plain, "sealed": sealed}

    def told_by(self, row: Row) -> dict[str, Any]:
        """The variables of a message's row."""
        kept = exact_json.loads(self.secrets.open(row["sealed"], *_of_message(row["key"]))) if row["sealed"] else {}
        return {**row["variables"], **kept}


class Seal:
    """Seals and opens what is kept of one process instance."""

    def __init__(self, names: frozenset[str], key: DataKey | None) -> None:
        self._names, self._key = names, key

    def parted(self, variables: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """What all may read, and the rest."""
        return _apart(self._names, variables)

    def apart(self, variables: Mapping[str, Any], *place: Any) -> tuple[dict[str, Any], bytes | None]:
        """What all may read, and the rest sealed; a place is a table, a row and a column."""
        plain, kept = _apart(self._names, variables)
        return plain, self.close(kept, *place) if kept else None

    def whole(self, plain: Mapping[str, Any], sealed: bytes | None, *place: Any) -> dict[str, Any]:
        """What `apart` has parted."""
        return {**plain, **(self.opened(sealed, *place) or {})}

    def close(self, value: Any, *place: Any) -> bytes:
        return self._needed().seal(exact_json.dumps(value).encode(), *map(str, place))

    def opened(self, sealed: bytes | None, *place: Any) -> Any:
        """The value; None if there is none, or no key any more."""
        if sealed is None or self._key is None:
            return None
        return exact_json.loads(self._key.open(bytes(sealed), *map(str, place)))

    def state(self, dumped: bytes, instance_key: int) -> bytes:
        """The column `state_blob`."""
        return _SEALED + self._needed().seal(dumped, *_of_state(instance_key)) if dumped else b""

    def dumped(self, state: bytes, instance_key: int) -> bytes:
        """What `state` has sealed; what was never sealed as it is."""
        if not state.startswith(_SEALED):
            return state
        return self._needed().open(state[1:], *_of_state(instance_key))

    def _needed(self) -> DataKey:
        if self._key is None:
            raise StuckError("", "What is kept of this process instance has no key.", "SEALED")
        return self._key


def covered(message: str, protected: Iterable[str]) -> str:
    """A message without what it quotes of protected texts: whoever reads why something failed need not read them."""
    for text in protected:
        short = min(_ALIKE, len(text))
        if short < 2:
            continue
        begin = 0
        while begin + short <= len(text):
            end = begin + short
            if text[begin:end] not in message:
                begin += 1
                continue
            while end < len(text) and text[begin : end + 1] in message:
                end += 1
            message, begin = message.replace(text[begin:end], "…"), end
    return message


def _apart(names: frozenset[str], variables: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    plain = dict(variables)
    # What says nothing needs no seal.
    kept = {name: plain[name] for name in names & plain.keys() if plain[name] not in (None, "", [], {})}
    plain.update(dict.fromkeys(kept))
    return plain, kept


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for one in value.values():
                yield from _texts(one)
        case list() | tuple():
            for one in value:
                yield from _texts(one)


def _of_instance(key: int) -> tuple[str, str, str]:
    return "process_instance", str(key), "data_key"


def _of_state(key: int) -> tuple[str, str, str]:
    return "process_instance", str(key), "state_blob"


def _of_message(key: int) -> tuple[str, str, str]:
    return "message", str(key), "variables"
