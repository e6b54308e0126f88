"""What happens is told in its own transaction, and sealed into a chain in which nothing can be changed unseen."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, RowMapping, delete, insert, select, text, update

from service.engine import audit, audit_chain
from service.store.tables import audit_pending, audit_record, history
from service.store.unit_of_work import Database
from service.worker import Worker
from tests.diagrams import diagram, end, start, user
from tests.stores import STORES, Stores
from tests.world import World

ONE = diagram("one", [start(), user("work"), end()], ["begin -> work", "work -> done"])
LENGTH = 12


class Undone(Exception):
    """Takes back what a test has done."""


def fill(world: World, number: int = LENGTH) -> None:
    """Records of things that differ, sealed."""
    for one in range(number):
        with world.database.write() as connection:
            audit.record(connection, world.now, f"kind-{one % 3}", who=f"p{one}", subject=f"thing {one}", count=one)
        world.now += timedelta(hours=1)
    audit.seal(world.database)


def records(database: Database) -> list[RowMapping]:
    with database.read() as connection:
        return list(connection.execute(select(audit_record).order_by(audit_record.c.sequence)).mappings())


def pending(database: Database) -> list[RowMapping]:
    with database.read() as connection:
        return list(connection.execute(select(audit_pending)).mappings())


def verified(connection: Connection, *anchors: Anchor) -> audit_chain.Verdict:
    return audit_chain.verify(connection, *audit_chain.span(connection), anchors)


class Anchor:
    """What somebody wrote down elsewhere."""

    def __init__(self, row: RowMapping) -> None:
        self.name, self.sequence, self.hash = "the anchor", row["sequence"], row["hash"]


def chained_anew(connection: Connection, first: int) -> None:
    """All hashes from a record on as a forger computes them."""
    _, previous = audit.head(connection) if first == 1 else (0, "")
    before = connection.execute(select(audit_record.c.hash).where(audit_record.c.sequence == first - 1)).scalar()
    previous = before or audit.BEGINNING
    later = select(audit_record).where(audit_record.c.sequence >= first).order_by(audit_record.c.sequence)
    for row in connection.execute(later).mappings().all():
        hash_ = audit.digest(row["sequence"], row, previous)
        mine = audit_record.c.sequence == row["sequence"]
        connection.execute(update(audit_record).where(mine).values(previous_hash=previous, hash=hash_))
        previous = hash_


# Telling -------------------------------------------------------------------------------------------------------


def test_every_step_is_told_with_who_did_what_and_nothing_of_what_a_citizen_said(world: World) -> None:
    world.deploy(ONE)
    instance = world.start("one", name="王小明", phone="13800000000")
    [task] = world.tasks(instance)
    world.complete(task["key"], reply="隔壁的老王")
    audit.seal(world.database)
    deployed, started, completed = records(world.database)
    assert (deployed["kind"], deployed["who"]) == ("deployment", "policy")
    assert list(deployed["what"]["resources"]) == ["d0.bpmn"]
    assert (started["kind"], started["who"], started["subject"]) == ("step", "caller", f"process-instance {instance}")
    assert completed["who"] == "clerk"
    assert {"kind": "task-completed", "element": "work", "task": str(task["key"])} in completed["what"]["done"]
    told = str([dict(one) for one in records(world.database)])
    assert "王" not in told
    assert "13800000000" not in told


def test_what_is_undone_is_not_told(world: World) -> None:
    with pytest.raises(Undone), world.database.write() as connection:
        audit.record(connection, world.now, "kind", who="somebody")
        raise Undone
    assert audit.seal(world.database) == 0
    assert records(world.database) == []


def test_each_line_of_history_of_a_step_is_told_or_is_one_that_is_left_out(world: World) -> None:
    world.deploy(ONE)
    instance = world.start("one")
    with world.database.read() as connection:
        kinds = connection.execute(select(history.c.kind).where(history.c.instance_key == instance)).scalars().all()
    told = [line["kind"] for row in pending(world.database) for line in row["what"].get("done", ())]
    assert sorted(told) == sorted(kind for kind in kinds if kind not in ("flows-taken", "variables"))
    assert told


# Sealing -------------------------------------------------------------------------------------------------------


def test_a_sealed_chain_is_whole_and_nothing_is_left_to_seal(world: World) -> None:
    fill(world)
    assert pending(world.database) == []
    assert [row["sequence"] for row in records(world.database)] == list(range(1, LENGTH + 1))
    assert records(world.database)[0]["previous_hash"] == audit.BEGINNING
    with world.database.read() as connection:
        assert verified(connection) == audit_chain.Verdict(1, LENGTH, LENGTH, ())


def test_an_empty_chain_is_whole(world: World) -> None:
    with world.database.read() as connection:
        assert verified(connection) == audit_chain.Verdict(1, 0, 0, ())


def test_more_than_is_sealed_at_once_is_sealed_all(world: World) -> None:
    with world.database.write() as connection:
        told = [audit.row(world.now, "kind", "somebody", "", {"number": number}) for number in range(1_203)]
        connection.execute(insert(audit_pending), told)
    assert audit.seal(world.database) == 1_203
    with world.database.read() as connection:
        assert verified(connection).checked == 1_203


def test_the_tick_seals_every_few_seconds(world: World) -> None:
    worker = Worker(world.database, world.engine, longest=timedelta(seconds=15))
    with world.database.write() as connection:
        audit.record(connection, world.now, "kind", who="somebody")
    worker.tick()
    assert records(world.database) == []
    world.now += timedelta(seconds=5)
    worker.tick()
    assert len(records(world.database)) == 1


def test_a_step_that_commits_late_is_sealed_late_and_hides_no_gap(stores: Stores) -> None:
    """On PostgreSQL what began first may be committed last."""
    database = Database(stores.new("postgresql"))
    world = World(database)
    with database.engine.connect() as late, late.begin():
        audit.record(late, world.now, "late", who="somebody")
        with database.write() as connection:
            audit.record(connection, world.now, "early", who="somebody")
        assert audit.seal(database) == 1
    assert audit.seal(database) == 1
    assert [(row["sequence"], row["kind"]) for row in records(database)] == [(1, "early"), (2, "late")]
    with database.read() as connection:
        assert not verified(connection).faults
    database.close()


def test_who_finds_another_sealing_leaves_it_to_it(stores: Stores) -> None:
    database = Database(stores.new("postgresql"))
    world = World(database)
    with database.write() as connection:
        audit.record(connection, world.now, "kind", who="somebody")
    with database.engine.connect() as other, other.begin():
        other.execute(text("SELECT pg_advisory_xact_lock(12348)"))
        assert audit.seal(database) == 0
    assert audit.seal(database) == 1
    database.close()


def test_writers_at_once_with_sealers_in_between_make_one_whole_chain(world: World) -> None:
    writers, each = 6, 25
    done = threading.Event()

    def write(writer: int) -> int:
        kept = 0
        for number in range(each):
            try:
                with world.database.write() as connection:
                    audit.record(connection, world.now, "race", who=f"w{writer}", number=number)
                    if number % 5 == 4:
                        raise Undone
                kept += 1
            except Undone:
                pass
        return kept

    def keep_sealing() -> int:
        sealed = 0
        while not done.is_set():
            sealed += audit.seal(world.database)
        return sealed

    with ThreadPoolExecutor(writers + 2) as pool:
        sealing = [pool.submit(keep_sealing) for _ in range(2)]
        written = sum(pool.map(write, range(writers)))
        done.set()
        sealed = sum(one.result() for one in sealing)
    sealed += audit.seal(world.database)
    assert written == sealed == writers * each * 4 // 5
    with world.database.read() as connection:
        assert verified(connection) == audit_chain.Verdict(1, written, written, ())
    told = [(row["who"], row["what"]["number"]) for row in records(world.database)]
    assert len(set(told)) == written


# Tampering -----------------------------------------------------------------------------------------------------

AT_FIVE = audit_record.c.sequence == 5


def edit(connection: Connection) -> None:
    connection.execute(update(audit_record).where(AT_FIVE).values(who="somebody-else"))


def edit_with_its_hash(connection: Connection) -> None:
    edit(connection)
    row = connection.execute(select(audit_record).where(AT_FIVE)).mappings().one()
    hash_ = audit.digest(5, row, row["previous_hash"])
    connection.execute(update(audit_record).where(AT_FIVE).values(hash=hash_))


def remove(connection: Connection) -> None:
    connection.execute(delete(audit_record).where(AT_FIVE))


def remove_and_close_the_gap(connection: Connection) -> None:
    remove(connection)
    for number in range(6, LENGTH + 1):
        mine = audit_record.c.sequence == number
        connection.execute(update(audit_record).where(mine).values(sequence=number - 1))


def swap(connection: Connection) -> None:
    for before, after in ((5, -5), (6, 5), (-5, 6)):
        connection.execute(update(audit_record).where(audit_record.c.sequence == before).values(sequence=after))


def put_in(connection: Connection) -> None:
    for number in range(LENGTH, 4, -1):
        mine = audit_record.c.sequence == number
        connection.execute(update(audit_record).where(mine).values(sequence=number + 1))
    row = dict(connection.execute(select(audit_record).where(audit_record.c.sequence == 4)).mappings().one())
    row |= {"sequence": 5, "who": "nobody", "previous_hash": row["hash"]}
    connection.execute(insert(audit_record).values(row | {"hash": audit.digest(5, row, row["previous_hash"])}))


def spoil(connection: Connection) -> None:
    what = "'\"no object\"'"
    connection.exec_driver_sql(f"UPDATE audit_record SET what = {what} WHERE sequence = 5")


@pytest.mark.parametrize(
    ("tamper", "broken_at", "told"),
    [
        (edit, 5, "Record 5 was changed after it was sealed"),
        (edit_with_its_hash, 6, "Record 6 does not follow record 5"),
        (remove, 5, "Record 5 is not there: it was deleted"),
        (remove_and_close_the_gap, 5, "Record 5 does not follow record 4"),
        (swap, 5, "Record 5 does not follow record 4"),
        (put_in, 6, "Record 6 does not follow record 5"),
        (spoil, 5, "Record 5 was changed after it was sealed"),
    ],
)
def test_what_was_done_to_the_chain_is_found_and_told(
    world: World, tamper: Callable[[Connection], None], broken_at: int, told: str
) -> None:
    fill(world)
    with world.database.write() as connection:
        tamper(connection)
    with world.database.read() as connection:
        fault = verified(connection).faults[0]
    assert fault.sequence == broken_at
    assert fault.wrong.startswith(told)


def test_a_tail_that_was_cut_off_is_found_by_an_anchor_alone(world: World) -> None:
    fill(world)
    anchor = Anchor(records(world.database)[-1])
    with world.database.write() as connection:
        connection.execute(delete(audit_record).where(audit_record.c.sequence > 9))
    with world.database.read() as connection:
        assert not verified(connection).faults
        [fault] = verified(connection, anchor).faults
    assert (fault.sequence, fault.wrong) == (
        10,
        "The chain ends at record 9, but the anchor names record 12: its tail was cut off.",
    )


def test_a_chain_that_was_written_anew_does_not_fit_an_anchor(world: World) -> None:
    fill(world)
    anchor = Anchor(records(world.database)[7])
    with world.database.write() as connection:
        edit(connection)
        chained_anew(connection, 5)
    with world.database.read() as connection:
        assert not verified(connection).faults
        [fault] = verified(connection, anchor).faults
    assert fault.sequence == 8
    assert "the chain was written anew" in fault.wrong


def test_what_is_wrong_outside_of_the_days_that_were_asked_for_is_not_looked_for(world: World) -> None:
    begun = world.now
    fill(world)
    with world.database.write() as connection:
        edit(connection)
    with world.database.read() as connection:
        first, last = audit_chain.span(connection, begun + timedelta(hours=6), begun + timedelta(hours=9))
        assert (first, last) == (7, 9)
        assert audit_chain.verify(connection, first, last) == audit_chain.Verdict(7, 9, 3, ())


# Any tampering whatever ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=STORES)
def filled(request: pytest.FixtureRequest, stores: Stores) -> Iterator[Engine]:
    """A chain that each example tampers with in a transaction that is rolled back."""
    world = World(Database(stores.new(request.param)))
    fill(world)
    yield world.database.engine
    world.database.close()


COLUMNS = {
    "kind": st.text("abc", max_size=3),
    "who": st.text("abc王", max_size=3),
    "subject": st.text("abc", max_size=3),
    "what": st.dictionaries(st.text("ab", max_size=2), st.integers(0, 3), max_size=2),
    "previous_hash": st.text("0123456789abcdef", min_size=64, max_size=64),
    "hash": st.text("0123456789abcdef", min_size=64, max_size=64),
}
NUMBERS = st.integers(1, LENGTH)
EDITS = st.sampled_from(sorted(COLUMNS)).flatmap(
    lambda column: st.tuples(st.just("edit"), NUMBERS, st.tuples(st.just(column), COLUMNS[column]))
)
MOVES = st.tuples(st.just("move"), NUMBERS, st.integers(-3, LENGTH))
COPIES = st.tuples(st.just("copy"), NUMBERS, st.integers(-3, LENGTH))
CUTS = st.tuples(st.just("cut"), NUMBERS, st.integers(1, LENGTH))
TAMPERINGS = st.tuples(st.lists(st.one_of(EDITS, MOVES, COPIES, CUTS), min_size=1, max_size=3), st.integers(0, LENGTH))


@settings(max_examples=60, deadline=None)
@given(done=TAMPERINGS)
def test_whatever_is_done_to_a_chain_is_found_with_an_anchor_of_its_end(
    filled: Engine, done: tuple[list[tuple[str, int, object]], int]
) -> None:
    acts, anew = done
    with filled.connect() as connection, connection.begin() as transaction:
        query = select(audit_record).order_by(audit_record.c.sequence)
        before = connection.execute(query).mappings().all()
        for kind, number, how in acts:
            _tamper(connection, kind, number, how)
        if anew:
            chained_anew(connection, anew)
        after = connection.execute(query).mappings().all()
        faults = verified(connection, Anchor(before[-1])).faults
        transaction.rollback()
    assert bool(faults) == (list(before) != list(after))
    if faults and min(row["sequence"] for row in after or before) > 0:
        same = next((i for i, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), len(after))
        assert faults[0].wrong
        # All before the first record that differs is as it was sealed.
        assert faults[0].sequence > same


def _tamper(connection: Connection, kind: str, number: int, how: object) -> None:
    mine = audit_record.c.sequence == number
    if kind == "edit" and isinstance(how, tuple):
        connection.execute(update(audit_record).where(mine).values({how[0]: how[1]}))
    elif kind == "cut" and isinstance(how, int):
        connection.execute(delete(audit_record).where(audit_record.c.sequence.between(number, number + how - 1)))
    elif isinstance(how, int) and _is_free(connection, how):
        row = connection.execute(select(audit_record).where(mine)).mappings().first()
        if row is not None:
            connection.execute(insert(audit_record).values({**row, "sequence": how}))
        if kind == "move":
            connection.execute(delete(audit_record).where(mine))


def _is_free(connection: Connection, number: int) -> bool:
    return connection.execute(select(audit_record.c.hash).where(audit_record.c.sequence == number)).first() is None
