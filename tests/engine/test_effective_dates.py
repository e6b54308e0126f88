"""A version deployed today that counts from a day to come: until then the one before decides, afterwards it does."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from service.clock import CITY_ZONE
from service.engine import decisions, deployments, messages, process_instances, signals, timers
from service.store.tables import message_subscription, process_definition, signal_subscription, timer
from tests.diagrams import Node, diagram, end, event, message, message_root, start, user
from tests.diagrams import timer as timed
from tests.world import World

NEW_YEAR = datetime(2027, 1, 1, tzinfo=CITY_ZONE)
SIGNAL = '<bpmn:signal id="S" name="alarm" />'


def matter(work: str) -> bytes:
    return diagram("matter", [start(), user(work), end()], [f"begin -> {work}", f"{work} -> done"])


def listening(work: str, *begins: Node) -> bytes:
    flows = [f"{one.id} -> {work}" for one in begins]
    return diagram("matter", [*begins, user(work), end()], [*flows, f"{work} -> done"], root=message_root() + SIGNAL)


def limit(days: int) -> bytes:
    return (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="limits" name="limits" namespace="urn:l">'
        '<decision id="limit" name="limit"><variable name="limit"/>'
        f"<literalExpression><text>{days}</text></literalExpression></decision></definitions>"
    ).encode()


DECIDES = diagram(
    "decides",
    [
        start(),
        Node("businessRuleTask", "ask", '<zeebe:calledDecision decisionId="limit" resultVariable="days" />'),
        end(),
    ],
    ["begin -> ask", "ask -> done"],
)


def deploy(world: World, at: datetime | None, *diagrams: bytes, **files: bytes) -> deployments.Deployment:
    named = [(f"d{index}.bpmn", xml) for index, xml in enumerate(diagrams)]
    named += [(name.replace("_", "."), content) for name, content in files.items()]
    with world.database.write() as connection:
        return deployments.deploy(connection, world.engine, named, by="policy", effective_at=at)


def begins(world: World) -> str:
    """What a new matter begins with."""
    [task] = world.tasks(world.start("matter"))
    return str(task["element_id"])


def go_to(world: World, instant: datetime) -> int:
    world.now = instant
    return timers.sweep(world.database, world.engine)


def listened(world: World) -> list[int]:
    """The versions whose start events listen."""
    found: list[int] = []
    with world.database.read() as connection:
        for table in (timer, message_subscription, signal_subscription):
            version = select(process_definition.c.version).join_from(
                table, process_definition, process_definition.c.key == table.c.definition_key
            )
            found += connection.execute(
                version.where(table.c.instance_key.is_(None), table.c.element_id != "")
            ).scalars()
    return found


def test_a_version_counts_from_its_instant_on(world: World) -> None:
    deploy(world, None, matter("old"))
    old = world.start("matter")
    [row] = deploy(world, NEW_YEAR, matter("new")).process_definitions
    assert (row["version"], row["effective_at"]) == (2, NEW_YEAR)
    world.now = NEW_YEAR - timedelta(seconds=1)
    assert begins(world) == "old"
    world.now = NEW_YEAR
    assert begins(world) == "new"
    assert [task["element_id"] for task in world.tasks(old)] == ["old"]
    world.restart()
    assert begins(world) == "new"


def test_a_mend_of_the_old_rules_does_not_put_off_the_new_ones(world: World) -> None:
    deploy(world, None, matter("old"))
    deploy(world, NEW_YEAR, matter("new"))
    deploy(world, None, matter("mended"))
    assert begins(world) == "mended"
    world.now = NEW_YEAR
    assert begins(world) == "new"


def test_the_rules_to_come_are_changed_by_deploying_anew(world: World) -> None:
    deploy(world, None, matter("old"))
    deploy(world, NEW_YEAR, matter("new"))
    deploy(world, NEW_YEAR, matter("better"))
    world.now = NEW_YEAR
    assert begins(world) == "better"


def test_the_same_content_with_another_date_moves_the_date(world: World) -> None:
    deploy(world, None, matter("old"))
    later, sooner = NEW_YEAR + timedelta(days=31), NEW_YEAR - timedelta(days=31)
    for date in (NEW_YEAR, later, sooner):
        [row] = deploy(world, date, matter("new")).process_definitions
        assert (row["version"], row["effective_at"]) == (2, date)
    world.now = sooner - timedelta(seconds=1)
    assert begins(world) == "old"
    world.now = sooner
    assert begins(world) == "new"


def test_deploying_what_counts_already_changes_nothing(world: World) -> None:
    deploy(world, None, matter("old"))
    deploy(world, NEW_YEAR, matter("new"))
    [row] = deploy(world, None, matter("old")).process_definitions
    assert row["version"] == 1
    world.now = NEW_YEAR
    assert begins(world) == "new"


def test_a_process_that_counts_from_a_day_to_come_only_cannot_be_started_before_unless_it_is_named(
    world: World,
) -> None:
    [row] = deploy(world, NEW_YEAR, matter("new")).process_definitions
    with world.database.write() as connection:
        named = process_instances.start(connection, world.engine, definition_key=row["key"], variables={}, by="trial")
    assert [task["element_id"] for task in world.tasks(named.key)] == ["new"]
    world.now = NEW_YEAR
    assert begins(world) == "new"


def test_start_events_are_heard_by_the_version_in_effect(world: World) -> None:
    told = message("startEvent", "told")
    cried = event("startEvent", "cried", "signal", "S")
    deploy(world, None, listening("old", told, cried, timed("startEvent", "daily", "R/PT24H", "timeCycle")))
    deploy(world, NEW_YEAR, listening("new", told, cried))
    assert listened(world) == [1, 1, 1]

    def tell() -> list[str]:
        with world.database.write() as connection:
            messages.publish(connection, world.engine, name="reply", by="web")
            signals.broadcast(connection, world.engine, name="alarm", by="web")
        return [task["element_id"] for task in world.tasks()][-2:]

    assert tell() == ["old", "old"]
    with world.database.read() as connection:
        assert timers.next_due(connection, world.engine) == world.now + timedelta(hours=24)
    go_to(world, NEW_YEAR)
    assert (listened(world), tell()) == ([2, 2], ["new", "new"])


def test_timers_of_the_time_that_the_service_was_down_start_by_the_version_of_their_instant(world: World) -> None:
    world.now = NEW_YEAR - timedelta(hours=12)
    deploy(world, None, listening("old", timed("startEvent", "often", "R/PT5H", "timeCycle")))
    deploy(world, NEW_YEAR, listening("new", timed("startEvent", "often", "R/PT5H", "timeCycle")))
    world.restart()
    go_to(world, NEW_YEAR + timedelta(hours=11))
    assert [task["element_id"] for task in world.tasks()] == ["old", "old", "new", "new"]
    go_to(world, NEW_YEAR + timedelta(hours=15))
    assert [task["element_id"] for task in world.tasks()][-1:] == ["new"]


def test_a_decision_counts_from_its_instant_on_for_callers_that_mean_the_latest(world: World) -> None:
    deploy(world, None, DECIDES, limit_dmn=limit(5))
    deploy(world, NEW_YEAR, limit_dmn=limit(3))
    assert world.variables(world.start("decides"))["days"] == 5
    world.now = NEW_YEAR
    assert world.variables(world.start("decides"))["days"] == 3
    with world.database.read() as connection:
        assert decisions.evaluate(connection, world.engine, {}, decision_id="limit").output == 3


def test_a_decision_to_come_is_moved_by_its_file(world: World) -> None:
    deploy(world, None, limit_dmn=limit(5))
    deploy(world, NEW_YEAR, limit_dmn=limit(3))
    [row] = deploy(world, None, limit_dmn=limit(3)).decision_definitions
    assert row["version"] == 2
    with world.database.read() as connection:
        assert decisions.evaluate(connection, world.engine, {}, decision_id="limit").output == 3


def test_a_call_goes_to_the_version_in_effect(world: World) -> None:
    call = Node("callActivity", "call", '<zeebe:calledElement processId="matter" />')
    caller = diagram("caller", [start(), call, end()], ["begin -> call", "call -> done"])
    deploy(world, None, matter("old"), caller)
    deploy(world, NEW_YEAR, matter("new"))
    world.start("caller")
    world.now = NEW_YEAR
    world.start("caller")
    assert [task["element_id"] for task in world.tasks()] == ["old", "new"]
