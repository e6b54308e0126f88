"""Deployments: which versions they make, and which tables a diagram finds in its own."""

from __future__ import annotations

from service.engine.deployments import Deployment
from tests.diagrams import Node, diagram, end, start, user
from tests.world import World


def _table(answer: str) -> bytes:
    return (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="g" name="g" namespace="n">'
        '<decision id="judge" name="judge"><variable id="v" name="judge"/>'
        f'<literalExpression id="e"><text>"{answer}"</text></literalExpression></decision></definitions>'
    ).encode()


def _judging(binding: str = "deployment") -> bytes:
    called = f'<zeebe:calledDecision decisionId="judge" bindingType="{binding}" resultVariable="judged" />'
    nodes = [start(), Node("businessRuleTask", "judge-it", called), user("look"), end()]
    return diagram("judging", nodes, ["begin -> judge-it", "judge-it -> look", "look -> done"])


def _calling() -> bytes:
    called = '<zeebe:calledElement processId="judging" bindingType="deployment" propagateAllChildVariables="true" />'
    nodes = [start(), Node("callActivity", "call", called), end()]
    return diagram("calling", nodes, ["begin -> call", "call -> done"])


def _versions(deployment: Deployment) -> dict[str, int]:
    return {row["process_id"]: row["version"] for row in deployment.process_definitions}


def test_the_same_files_again_make_no_versions(world: World) -> None:
    world.deploy(_judging(), _calling(), judge_dmn=_table("yes"))
    assert _versions(world.deploy(_judging(), _calling(), judge_dmn=_table("yes"))) == {"judging": 1, "calling": 1}


def test_a_changed_table_is_in_force_for_the_unchanged_diagram_deployed_with_it(world: World) -> None:
    world.deploy(_judging(), judge_dmn=_table("yes"))
    before = world.start("judging")
    assert _versions(world.deploy(_judging(), judge_dmn=_table("no"))) == {"judging": 2}
    after = world.start("judging")
    assert [world.variables(key)["judged"] for key in (before, after)] == ["yes", "no"]


def test_a_caller_is_renewed_with_what_it_calls(world: World) -> None:
    world.deploy(_judging(), _calling(), judge_dmn=_table("yes"))
    again = world.deploy(_judging(), _calling(), judge_dmn=_table("no"))
    assert _versions(again) == {"judging": 2, "calling": 2}
    world.complete(world.tasks(world.path(world.start("calling")).children[0].instance["key"])[0]["key"])


def test_a_diagram_that_takes_the_latest_table_stays_as_it_is(world: World) -> None:
    world.deploy(_judging("latest"), judge_dmn=_table("yes"))
    assert _versions(world.deploy(_judging("latest"), judge_dmn=_table("no"))) == {"judging": 1}
    assert world.variables(world.start("judging"))["judged"] == "no"
