"""What is protected: sealed wherever it is kept, seen by whoever sees its variables, and gone with its key."""

from __future__ import annotations

import zlib
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from service.engine import history as histories
from service.engine import jobs, messages, suspension
from service.errors import StuckError
from service.store.protection import covered
from service.store.tables import metadata, process_instance
from tests.diagrams import Node, diagram, end, job, mapping, message, message_root, start, user
from tests.world import World

WORDS = "old Chen of number nine saw it"
SAYS = {"whispered": WORDS, "spoken": "aloud"}
MIXED = diagram(
    "mixed",
    [start(), user("ask", more=mapping(inputs={"local": "1", "whispered": "whispered"})), job("work"), end()],
    ["begin -> ask", "ask -> work", "work -> done"],
)
HEARS = diagram(
    "hears",
    [start(), message("intermediateCatchEvent", "heard"), user("ask"), end()],
    ["begin -> heard", "heard -> ask", "ask -> done"],
    root=message_root(),
)
CALLS = diagram(
    "calls",
    [start(), Node("callActivity", "call", '<zeebe:calledElement processId="mixed" />'), user("after"), end()],
    ["begin -> call", "call -> after", "after -> done"],
)
TABLE = (
    b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="urn:d">'
    b'<decision id="judge" name="judge"><variable name="judge"/>'
    b"<literalExpression><text>whispered + spoken</text></literalExpression></decision></definitions>"
)


def kept(world: World) -> str:
    """All that is in the store, as text."""
    with world.database.read() as connection:
        return " ".join(str(row) for table in metadata.sorted_tables for row in connection.execute(select(table)))


def opened_states(world: World) -> bytes:
    """The states of all runs, as far as they open without a key: they are packed."""
    with world.database.read() as connection:
        states = connection.execute(select(process_instance.c.state_blob)).scalars().all()
    assert states
    return b" ".join(_unpacked(one[1:]) for one in states)


def _unpacked(packed: bytes) -> bytes:
    try:
        return zlib.decompress(packed)
    except zlib.error:
        return packed


def test_it_is_seen_by_tasks_jobs_and_callers_and_kept_nowhere_in_clear(world: World) -> None:
    world.deploy(MIXED, CALLS)
    key = world.start("calls", **SAYS)
    task = world.tasks()[0]
    assert world.seen(task) == SAYS | {"local": 1}
    assert WORDS.encode() not in opened_states(world)
    with world.database.write() as connection:
        suspension.suspend(connection, world.engine, key, by="chief")
    world.complete(task["key"], whispered=WORDS[::-1])
    with world.database.write() as connection:
        given = jobs.activate(connection, world.engine, types=["work"], worker="w", timeout=timedelta(hours=1), limit=1)
        jobs.complete(connection, world.engine, given[0]["key"], {"whispered": WORDS}, by="w")
    assert given[0]["variables"]["whispered"] == WORDS
    with world.database.write() as connection:
        suspension.resume(connection, world.engine, key, by="chief")
    assert world.seen(world.tasks()[0]) == SAYS
    assert "aloud" in kept(world)
    assert not [one for one in (WORDS, WORDS[::-1], "number nine") if one in kept(world)]


def test_a_message_that_waits_tells_it_to_nobody_else(world: World) -> None:
    world.deploy(HEARS)
    with world.database.write() as connection:
        hour = timedelta(hours=1)
        messages.publish(
            connection, world.engine, name="reply", correlation_key="M", time_to_live=hour, variables=SAYS, by="web"
        )
    assert WORDS not in kept(world)
    world.start("hears", matter="M")
    assert world.seen(world.tasks()[0]) == SAYS | {"matter": "M"}


def test_what_failed_is_told_without_what_it_quotes(world: World) -> None:
    world.deploy(MIXED)
    key = world.start("mixed", **SAYS)
    world.complete(world.tasks()[0]["key"])
    with world.database.write() as connection:
        given = jobs.activate(connection, world.engine, types=["work"], worker="w", timeout=timedelta(hours=1), limit=1)
        text = f"No letter to {WORDS[:18]}, aloud"
        jobs.fail(connection, world.engine, given[0]["key"], retries=0, message=text, by="w")
    assert [one["message"] for one in world.incidents()] == ["No letter to …, aloud"]
    assert WORDS[:18] not in kept(world)
    assert world.instance(key)["incidents"] == 1
    assert covered("Wang is no list", ["Wang", "", "x"]) == "… is no list"


def test_a_decision_that_reads_it_is_told_in_full_until_the_key_is_gone(world: World) -> None:
    judge = '<zeebe:calledDecision decisionId="judge" resultVariable="whispered" />'
    world.deploy(
        diagram(
            "judged", [start(), Node("businessRuleTask", "judge", judge), end()], ["begin -> judge", "judge -> done"]
        ),
        d_dmn=TABLE,
    )
    key = world.start("judged", **SAYS)
    assert WORDS not in kept(world)

    def outputs() -> list[object]:
        with world.database.read() as connection:
            return [one["data"]["output"] for one in histories.path(connection, world.engine, key).decisions]

    assert outputs() == [WORDS + "aloud"]
    with world.database.write() as connection:
        connection.execute(update(process_instance).values(data_key=""))
    assert outputs() == [None]


def test_what_was_moved_to_another_instance_opens_no_more(world: World) -> None:
    world.deploy(MIXED)
    first, second = world.start("mixed", **SAYS), world.start("mixed", **SAYS)
    with world.database.write() as connection:
        of_first = select(process_instance.c.sealed).where(process_instance.c.key == first).scalar_subquery()
        connection.execute(update(process_instance).where(process_instance.c.key == second).values(sealed=of_first))
    with pytest.raises(StuckError, match="changed or moved"):
        world.seen(world.tasks(second)[0])
