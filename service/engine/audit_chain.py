"""Is the chain of audit records as it was sealed? Says the first record that is not, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, Text, cast, func, select, type_coerce

from service import exact_json
from service.engine import audit
from service.store.tables import audit_pending, audit_record

_READ_AT_ONCE = 2_000
# No record has a larger number, nor one below 1, nor on SQLite text, which counts as larger than any number.
_LARGEST = 2**62


class Anchored(Protocol):
    """What an anchor says of the chain: at this number there was a record with this hash."""

    @property
    def name(self) -> str: ...
    @property
    def sequence(self) -> int: ...
    @property
    def hash(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Fault:
    """The number of a record that is not as it was sealed, and in plain words why."""

    sequence: int
    wrong: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of the records from `first` to `last`; the one that comes first among `faults` broke first."""

    first: int
    last: int
    checked: int
    faults: tuple[Fault, ...]


def span(connection: Connection, begin: datetime | None = None, end: datetime | None = None) -> tuple[int, int]:
    """The numbers of the first and the last record from `begin` until before `end`; without them of all there are."""
    record = audit_record.c
    query = select(func.min(record.sequence), func.max(record.sequence)).where(_is_numbered())
    if begin is not None:
        query = query.where(record.at >= begin)
    if end is not None:
        query = query.where(record.at < end)
    first, last = connection.execute(query).one()
    if begin is None and end is None:
        return 1, last or 0
    return first or 1, last or 0


def waiting(connection: Connection) -> tuple[int, datetime | None]:
    """How many records are not sealed yet, and when the oldest of them was told."""
    count, oldest = connection.execute(select(func.count(), func.min(audit_pending.c.at))).one()
    return count, oldest


def verify(
    connection: Connection,
    first: int,
    last: int,
    anchors: Iterable[Anchored] = (),
    tell: Callable[[int], None] = lambda _: None,
) -> Verdict:
    """Compute the hashes from one record to another anew; `tell` is told how many have been looked at.

    The record before the first is taken as it is. Anchors are compared wherever they point to.
    """
    broken, checked = _first_broken(connection, first, last, tell)
    faults = [broken] if broken else []
    if first == 1 and connection.execute(select(audit_record.c.kind).where(~_is_numbered()).limit(1)).first():
        faults.append(Fault(first, "There are records with numbers that were never given: they were put in."))
    faults += filter(None, (_off(connection, one) for one in anchors))
    return Verdict(first, last, checked, tuple(sorted(faults, key=lambda fault: fault.sequence)))


def _is_numbered() -> ColumnElement[bool]:
    return audit_record.c.sequence.between(1, _LARGEST)


def _first_broken(
    connection: Connection, first: int, last: int, tell: Callable[[int], None]
) -> tuple[Fault | None, int]:
    expected, previous_hash, checked = first, _hash_of(connection, first - 1), 0
    if previous_hash is None:
        return Fault(first - 1, f"Record {first - 1} is not there: it was deleted, or has another number."), 0
    for told in _records(connection, first, last):
        if wrong := _wrong(told, expected, previous_hash):
            return Fault(expected, wrong), checked
        expected, previous_hash, checked = expected + 1, told["hash"], checked + 1
        if checked % _READ_AT_ONCE == 0:
            tell(checked)
    tell(checked)
    if expected <= last:
        return Fault(expected, f"Record {expected} is not there: the records up to {last} were deleted."), checked
    return None, checked


def _wrong(told: Mapping[str, Any], expected: int, previous_hash: str) -> str:
    """What is wrong with a record that should have this number and follow this hash; nothing if it does."""
    number = told["sequence"]
    if number != expected:
        gone = "it was" if number == expected + 1 else f"it and those up to {number - 1} were"
        return f"Record {expected} is not there: {gone} deleted, or given another number."
    if told["previous_hash"] != previous_hash:
        before = f"record {number - 1}" if number > 1 else "the beginning"
        return (
            f"Record {number} does not follow {before}: one of the two was changed, put in or moved and given a hash "
            "anew, or what stood between them was taken out."
        )
    if told["hash"] != audit.digest(number, told, previous_hash):
        return f"Record {number} was changed after it was sealed: what it says does not give its hash."
    return ""


def _off(connection: Connection, anchor: Anchored) -> Fault | None:
    found = _hash_of(connection, anchor.sequence)
    if found == anchor.hash:
        return None
    if found is not None:
        wrong = (
            f"Record {anchor.sequence} is not the one that {anchor.name} names: the chain was written anew, there or "
            "before."
        )
        return Fault(anchor.sequence, wrong)
    last, _ = audit.head(connection)
    if last < anchor.sequence:
        wrong = (
            f"The chain ends at record {last}, but {anchor.name} names record {anchor.sequence}: its tail was cut off."
        )
        return Fault(last + 1, wrong)
    return Fault(anchor.sequence, f"Record {anchor.sequence}, which {anchor.name} names, is not there.")


def _hash_of(connection: Connection, sequence: int) -> str | None:
    if sequence == 0:
        return audit.BEGINNING
    return connection.execute(select(audit_record.c.hash).where(audit_record.c.sequence == sequence)).scalar()


def _records(connection: Connection, first: int, last: int) -> Iterator[dict[str, Any]]:
    """The records as they are stored: what was spoilt is read as well as it can be, and found by its hash."""
    record = audit_record.c
    columns = [record[name] for name in ("sequence", "kind", "who", "subject", "previous_hash", "hash")]
    query = select(*columns, type_coerce(record.at, Text).label("at"), cast(record.what, Text).label("what"))
    query = query.where(record.sequence <= last).order_by(record.sequence).limit(_READ_AT_ONCE)
    after = first - 1
    while found := connection.execute(query.where(record.sequence > after)).mappings().all():
        for row in found:
            yield {**row, "at": _moment(row["at"]), "what": _json(row["what"])}
        after = found[-1]["sequence"]


def _moment(stored: Any) -> Any:
    try:
        moment = stored if isinstance(stored, datetime) else datetime.fromisoformat(stored)
    except (TypeError, ValueError):
        return stored
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _json(stored: Any) -> Any:
    try:
        return exact_json.loads(stored)
    except (TypeError, ValueError, RecursionError):
        return repr(stored)
