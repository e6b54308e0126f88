"""Deployments: which versions they make, and which tables a diagram finds in its own."""

from __future__ import annotations

from service.engine.deployments import Deployment
from tests.diagrams import Node, body, diagram, end, start, timer, user
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


def test_two_processes_of_one_file_are_two_definitions(world: World) -> None:
    inside = body([start("go"), user("other-work"), end("gone")], ["go -> other-work", "other-work -> gone"], "g")
    other = f'<bpmn:process id="q" isExecutable="true">{inside}</bpmn:process></bpmn:definitions>'
    xml = diagram("p", [start(), user("work"), end()], ["begin -> work", "work -> done"])
    both = xml.decode().replace("</bpmn:definitions>", other).encode()
    assert _versions(world.deploy(both)) == {"p": 1, "q": 1}
    assert [world.tasks(world.start(id_))[0]["element_id"] for id_ in ("p", "q")] == ["work", "other-work"]


def test_a_decision_and_a_called_process_may_be_named_by_feel(world: World) -> None:
    decides = '<zeebe:calledDecision decisionId="=rule" resultVariable="judged" />'
    calls = '<zeebe:calledElement processId="=&quot;look-&quot; + where" />'
    nodes = [start(), Node("businessRuleTask", "judge-it", decides), Node("callActivity", "call", calls), end()]
    called = diagram("look-north", [start(), user("look"), end()], ["begin -> look", "look -> done"])
    xml = diagram("p", nodes, ["begin -> judge-it", "judge-it -> call", "call -> done"])
    world.deploy(xml, called, judge_dmn=_table("yes"))
    key = world.start("p", rule="judge", where="north")
    assert world.variables(key)["judged"] == "yes"
    assert [one["element_id"] for one in world.tasks(world.path(key).children[0].instance["key"])] == ["look"]


def test_a_process_that_is_named_by_feel_and_not_there_is_an_incident(world: World) -> None:
    calls = '<zeebe:calledElement processId="=where" />'
    world.deploy(diagram("p", [start(), Node("callActivity", "call", calls), end()], ["begin -> call", "call -> done"]))
    world.start("p", where="nowhere")
    world.start("p", where=None)
    first, second = (one["message"] for one in world.incidents())
    assert "nowhere is not deployed" in first
    assert "The called process of “call” has no fit value" in second


def test_a_diagram_that_runs_though_it_is_probably_not_meant_is_deployed_with_a_warning(world: World) -> None:
    late = timer("boundaryEvent", "late", "PT1H", attachedToRef="done-at-once")
    nodes = [start(), Node("manualTask", "done-at-once"), late, user("look"), end()]
    flows = ["begin -> done-at-once", "done-at-once -> look", "look -> done", "late -> done"]
    (warning,) = world.deploy(diagram("doubtful", nodes, flows)).warnings
    assert (warning.element_id, warning.file, warning.is_warning) == ("late", "d0.bpmn", True)
    world.start("doubtful")
    assert [task["element_id"] for task in world.tasks()] == ["look"]
