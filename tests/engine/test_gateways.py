"""Where no way holds, or none is left, an instance stands with an incident until somebody mends it."""

from __future__ import annotations

from service import bpmn
from service.engine import modification
from tests.diagrams import Node, diagram, end, start, user
from tests.world import World


def choice(*flows: str) -> bytes:
    nodes = [start(), user("ask"), Node("exclusiveGateway", "which"), user("yes"), user("no"), end()]
    return diagram("p", nodes, ["begin -> ask", "ask -> which", *flows, "yes -> done", "no -> done"])


def test_a_gateway_without_a_way_is_an_incident_that_a_mended_variable_resolves(world: World) -> None:
    warnings = world.deploy(choice("which -> yes if n > 1", "which -> no if n < 1")).warnings
    assert [one.element_id for one in warnings] == ["which"]
    key = world.start("p", n=1)
    [task] = world.tasks(key)
    world.complete(task["key"])
    [found] = world.incidents()
    assert (found["element_id"], found["error_type"]) == ("which", "CONDITION_ERROR")
    assert "n is 1" in found["message"]
    world.mend(key, n=2)
    assert [one["element_id"] for one in world.tasks(key)] == ["yes"]
    assert world.instance(key)["incidents"] == 0


def test_a_deadlock_is_warned_of_and_never_silent(world: World) -> None:
    nodes = [start(), user("ask"), Node("exclusiveGateway", "which"), user("a"), user("b")]
    nodes += [Node("parallelGateway", "join"), end()]
    flows = ["begin -> ask", "ask -> which", "which -> a if n", "which -> b default", "a -> join", "b -> join"]
    deployed = world.deploy(diagram("p", nodes, [*flows, "join -> done"]))
    assert [one.element_id for one in deployed.warnings] == ["join"]
    key = world.start("p", n=True)
    world.complete(world.tasks(key)[0]["key"])
    [task] = world.tasks(key)
    world.complete(task["key"])
    [found] = world.incidents()
    assert (found["element_id"], found["element_instance_key"]) == ("join", key)
    assert (world.instance(key)["state"], world.instance(key)["incidents"]) == ("ACTIVE", 1)
    world.mend(key, n=False)
    [again] = world.incidents()
    assert again["message"] == found["message"]
    with world.database.write() as connection:
        modification.modify(connection, world.engine, key, activate=[bpmn.Activation("b")], terminate=[], by="chief")
    assert world.incidents() == []
    [task] = world.tasks(key)
    world.complete(task["key"])
    assert (world.instance(key)["state"], world.instance(key)["incidents"]) == ("COMPLETED", 0)
