"""Whoever has done a task may not do another one that is drawn so, wherever in the tree of a matter it was done."""

from __future__ import annotations

import pytest

from service.engine import user_tasks
from service.errors import Conflict
from tests.diagrams import Node, diagram, end, start, user
from tests.world import World

NOT_BY = '<zeebe:properties><zeebe:property name="notBy" value="handling/handle" /></zeebe:properties>'
HANDLING = diagram("handling", [start(), user("handle"), end()], ["begin -> handle", "handle -> done"])
CALL = Node("callActivity", "call", '<zeebe:calledElement processId="handling" />')
MATTER = diagram(
    "matter",
    [start(), CALL, user("review", more=NOT_BY), end()],
    ["begin -> call", "call -> review", "review -> done"],
)


def test_who_has_handled_in_a_called_process_does_not_review_in_its_caller(world: World) -> None:
    world.deploy(HANDLING, MATTER)
    world.start("matter")
    (handle,) = world.tasks()
    world.complete(handle["key"])
    (review,) = world.tasks()
    with pytest.raises(Conflict, match="clerk has done “handle” already"):
        world.complete(review["key"])
    with world.database.write() as connection, pytest.raises(Conflict, match="another person"):
        user_tasks.assign(connection, world.engine, review["key"], "clerk", by="chief")
    with world.database.write() as connection:
        user_tasks.complete(connection, world.engine, review["key"], {}, by="chief")
    # In the tree of another matter it is nobody's business.
    world.start("matter")
    (handle,) = world.tasks()
    with world.database.write() as connection:
        user_tasks.complete(connection, world.engine, handle["key"], {}, by="chief")
    (review,) = world.tasks()
    world.complete(review["key"])
