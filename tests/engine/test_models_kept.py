"""A process of years: of all versions ever deployed only those used last are kept, and all go on."""

from __future__ import annotations

import gc
import weakref

import pytest

from service.engine import Engine
from service.errors import NotFound
from service.store.unit_of_work import Database
from tests.diagrams import Node, diagram, end, job, start, user
from tests.world import PROTECTION, World

MANY, KEPT = 6, 2
TABLE = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="g{n}" name="g" namespace="urn:g{n}">
  <decision id="d{n}" name="d{n}"><variable name="d{n}"/>
    <literalExpression><text>{n}</text></literalExpression></decision>
</definitions>"""
FORM = '{{"type":"default","id":"f{n}","components":[{{"type":"number","key":"answer","id":"c"}}]}}'


def drawn(n: int) -> bytes:
    """Asks by a form of its own, decides by a table of its own, and waits for a job."""
    asked = user("ask", more=f'<zeebe:formDefinition formId="f{n}" />')
    decided = Node("businessRuleTask", "decide", f'<zeebe:calledDecision decisionId="d{n}" resultVariable="decided" />')
    flows = ["begin -> ask", "ask -> decide", "decide -> send", "send -> done"]
    return diagram(f"p{n}", [start(), asked, decided, job("send", "letter"), end()], flows)


@pytest.fixture
def small(world: World) -> World:
    world.engine = Engine(lambda: world.now, protection=PROTECTION, models_kept=KEPT)
    for n in range(MANY):
        files = {f"d{n}_dmn": TABLE.format(n=n).encode(), f"f{n}_form": FORM.format(n=n).encode()}
        world.deploy(drawn(n), **files)
    return world


def test_more_than_are_kept_all_run(small: World) -> None:
    instances = [small.start(f"p{n}") for n in range(MANY)]
    for n in reversed(range(MANY)):
        [task] = small.tasks(instances[n])
        small.complete(task["key"], answer=n)
    assert [small.variables(key)["decided"] for key in instances] == list(range(MANY))
    small.handlers["letter"] = lambda job: {"sent": True}
    small.engine.handlers = small.handlers
    small.run_jobs()
    assert [small.instance(key)["state"] for key in instances] == ["COMPLETED"] * MANY
    assert small.incidents() == []


def test_what_was_used_last_is_kept_and_the_rest_let_go(small: World, database: Database) -> None:
    with database.read() as connection:
        keys = [small.instance(small.start(f"p{n}"))["definition_key"] for n in range(MANY)]
        forgotten = weakref.ref(small.engine.process_model(connection, keys[1]))
        first = small.engine.process_model(connection, keys[0])
        for key in keys[2:]:
            small.engine.process_model(connection, key)
            assert small.engine.process_model(connection, keys[0]) is first
        gc.collect()
        assert forgotten() is None


def test_what_is_not_there_is_not_kept_either(small: World, database: Database) -> None:
    with database.read() as connection:
        for read in (small.engine.process_model, small.engine.decision_model, small.engine.form):
            with pytest.raises(NotFound):
                read(connection, 1)
