"""What was counted in working days is counted again when the calendar changes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select

from service.calendar import Calendar
from service.engine import timers
from service.store.tables import timer
from tests.diagrams import Node, diagram, end, script, start, user
from tests.diagrams import timer as timer_node
from tests.world import World

AGAIN = '<zeebe:properties><zeebe:property name="decideAgain" value="calendar" /></zeebe:properties>'
LIMIT = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="graph" name="limit" namespace="n">
<decision id="limit" name="limit"><variable id="v" name="limit"/><context>
<contextEntry><variable id="d" name="deadline"/><literalExpression id="e">
<text>end of working day(add working days(date(begun), 2))</text></literalExpression></contextEntry>
</context></decision></definitions>"""
FLOOD = {date(2026, 2, 11): "off"}


def _handling() -> bytes:
    outputs = "".join(
        f'<zeebe:output source="={source}" target="{target}" />'
        for target, source in {"limit": "limit", "deadline": "limit.deadline", "light": "&quot;GREEN&quot;"}.items()
    )
    called = '<zeebe:calledDecision decisionId="limit" resultVariable="limit" />'
    decide = Node("businessRuleTask", "set", f"{called}<zeebe:ioMapping>{outputs}</zeebe:ioMapping>{AGAIN}")
    due = timer_node("boundaryEvent", "due", "=limit.deadline", "timeDate", attachedToRef="handle")
    nodes = [start(), decide, script("warn", '"YELLOW"', "light"), user("handle"), due, end(), end("late")]
    flows = ["begin -> set", "set -> warn", "warn -> handle", "handle -> done", "due -> late"]
    return diagram("handling", nodes, flows)


def _begun(world: World, calendar: Calendar) -> int:
    world.working_days = calendar
    world.restart()
    world.deploy(_handling(), limit_dmn=LIMIT)
    return world.start("handling", begun="2026-02-10", light="")


def _change(world: World, calendar: Calendar, since: datetime) -> int:
    world.working_days = calendar
    world.restart()
    with world.database.write() as connection:
        timers.calendar_changed(connection, world.engine, since)
    return timers.recount(world.database, world.engine)


def _due(world: World) -> Any:
    with world.database.read() as connection:
        return connection.execute(select(timer.c.due_at)).scalar_one()


def test_a_closure_moves_decision_variables_and_timer(world: World) -> None:
    key = _begun(world, Calendar())
    assert _due(world) == datetime(2026, 2, 12, 15, 59, 59, tzinfo=UTC)
    assert _change(world, Calendar(FLOOD), datetime(2026, 2, 10, 16, tzinfo=UTC)) == 1
    assert _due(world) == datetime(2026, 2, 13, 15, 59, 59, tzinfo=UTC)
    assert str(world.variables(key)["deadline"]).startswith("2026-02-13T23:59:59")
    decided = [row["data"]["decision_id"] for row in world.path(key).decisions]
    assert decided == ["limit", "limit"]
    assert world.pass_(days=2, hours=15) == 0
    assert world.pass_(days=1) == 1


def test_what_the_mapping_sets_besides_stays_as_it_is_now(world: World) -> None:
    key = _begun(world, Calendar())
    assert _change(world, Calendar(FLOOD), datetime(2026, 2, 10, 16, tzinfo=UTC)) == 1
    assert world.variables(key)["light"] == "YELLOW"


def test_what_is_due_before_is_left_alone(world: World) -> None:
    _begun(world, Calendar())
    assert _change(world, Calendar(FLOOD), datetime(2026, 2, 13, tzinfo=UTC)) == 0


def test_a_timer_counts_from_the_instant_from_which_it_counted_first(world: World) -> None:
    world.working_days = Calendar()
    world.restart()
    waits = timer_node("intermediateCatchEvent", "wait", "=end of working day(add working days(now(), 2))", "timeDate")
    world.deploy(diagram("w", [start(), waits, end()], ["begin -> wait", "wait -> done"]))
    world.start("w")
    world.pass_(days=1)
    assert _change(world, Calendar({date(2026, 2, 12): "off"}), datetime(2026, 2, 11, 16, tzinfo=UTC)) == 1
    assert _due(world) == datetime(2026, 2, 13, 15, 59, 59, tzinfo=UTC)


def test_the_worker_finds_it_by_itself(world: World) -> None:
    _begun(world, Calendar())
    with world.database.write() as connection:
        timers.calendar_changed(connection, world.engine, datetime(2026, 2, 10, 16, tzinfo=UTC))
    with world.database.read() as connection:
        assert timers.next_due(connection, world.engine) == world.now
    timers.recount(world.database, world.engine)
    with world.database.read() as connection:
        assert timers.next_due(connection, world.engine) == datetime(2026, 2, 12, 15, 59, 59, tzinfo=UTC)


def test_called_processes_are_told_what_their_caller_has_counted_again(world: World) -> None:
    due = timer_node(
        "boundaryEvent", "late", "=limit.deadline", "timeDate", attachedToRef="work", cancelActivity="false"
    )
    work = [start(), user("work"), due, end(), end("told")]
    inside = diagram("inside", work, ["begin -> work", "work -> done", "late -> told"])
    again = f'<zeebe:calledDecision decisionId="limit" resultVariable="limit" />{AGAIN}'
    call = Node("callActivity", "call", '<zeebe:calledElement processId="inside" />')
    outer = [start(), Node("businessRuleTask", "set", again), call, end()]
    world.working_days = Calendar()
    world.restart()
    world.deploy(diagram("outer", outer, ["begin -> set", "set -> call", "call -> done"]), inside, limit_dmn=LIMIT)
    world.start("outer", begun="2026-02-10")
    (task,) = world.tasks()
    assert str(world.seen(task)["limit"]["deadline"]).startswith("2026-02-12T23:59:59")
    assert _change(world, Calendar(FLOOD), datetime(2026, 2, 10, 16, tzinfo=UTC)) == 1
    assert _due(world) == datetime(2026, 2, 13, 15, 59, 59, tzinfo=UTC)
    assert str(world.seen(task)["limit"]["deadline"]).startswith("2026-02-13T23:59:59")
