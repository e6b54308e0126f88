"""A run goes where the diagram says, and waits where it says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from service import bpmn
from service.errors import NotFound, StuckError
from tests.diagrams import Node, body, diagram, end, job, mapping, message, message_root, script, start, timer, user

NOW = datetime(2026, 2, 10, 1, 0, tzinfo=UTC)


class Player:
    """Plays a run and restores it from its state before every command, as the engine does."""

    def __init__(self, xml: bytes, decide: Any = None, /, **variables: Any) -> None:
        self.model = bpmn.read_model(xml, "test.bpmn")
        self.now, self.decide = NOW, decide or self._no_decision
        self.events: list[bpmn.StepEvent] = []
        self.run = bpmn.Run.start(self.model, variables, self._context())
        self._settle()

    def _context(self) -> bpmn.RunContext:
        return bpmn.RunContext(now=lambda: self.now, decide=self.decide)

    @staticmethod
    def _no_decision(reference: bpmn.Reference, variables: Mapping[str, Any]) -> bpmn.DecisionOutcome:
        raise AssertionError(reference)

    def _settle(self) -> None:
        self.waits = self.run.advance()
        self.events.extend(self.waits.events)
        self.attributes = getattr(self, "attributes", {}) | {
            one.id: one.attributes for one in self.waits.items if one.attributes
        }
        self.state = self.run.dump()
        self.run = bpmn.Run.restore(self.model, self.state, self._context())

    def wait(self, element_id: str) -> bpmn.Wait:
        return next(one for one in self.waits.items if one.element_id == element_id)

    def do(self, command: str, element_id: str, *arguments: Any) -> None:
        getattr(self.run, command)(self.wait(element_id).id, *arguments)
        self._settle()

    @property
    def open(self) -> list[str]:
        return sorted(one.element_id for one in self.waits.items)

    @property
    def flows(self) -> list[str]:
        return [one.element_id for one in self.events if one.kind == "flow-taken"]

    def happened(self, element_id: str) -> list[str]:
        return [one.kind.removeprefix("element-") for one in self.events if one.element_id == element_id]


def test_a_user_task_waits_and_its_answers_choose_the_way() -> None:
    nodes = [start(), user("judge"), Node("exclusiveGateway", "which"), end("yes"), end("no")]
    flows = ["begin -> judge", "judge -> which", "which -> yes if accepted", "which -> no default"]
    player = Player(diagram("p", nodes, flows))
    assert player.open == ["judge"]
    assert player.attributes["2"]["candidate_groups"] == ["clerk"]
    player.do("complete", "judge", {"accepted": True})
    assert player.waits.ended
    assert player.flows == ["f1", "f2", "f3"]
    assert player.waits.variables == {"accepted": True}
    assert player.happened("judge") == ["activated", "completed"]


def test_a_condition_that_is_neither_true_nor_false_names_its_gateway() -> None:
    nodes = [start(), Node("exclusiveGateway", "which"), end("yes"), end("no")]
    flows = ["begin -> which", "which -> yes if accepted", "which -> no default"]
    with pytest.raises(StuckError) as stuck:
        Player(diagram("p", nodes, flows))
    assert stuck.value.element_id == "which"


def test_parallel_branches_meet_again() -> None:
    nodes = [start(), Node("parallelGateway", "fork"), user("a"), user("b"), Node("parallelGateway", "meet"), end()]
    flows = ["begin -> fork", "fork -> a", "fork -> b", "a -> meet", "b -> meet", "meet -> done"]
    player = Player(diagram("p", nodes, flows))
    assert player.open == ["a", "b"]
    player.do("complete", "a", {"from_a": 1})
    assert not player.waits.ended
    player.do("complete", "b", {"from_b": 2})
    assert player.waits.ended
    assert player.waits.variables == {"from_a": 1, "from_b": 2}


def test_an_inclusive_gateway_waits_for_the_branches_that_were_taken_only() -> None:
    nodes = [start(), Node("inclusiveGateway", "fork"), user("a"), user("b"), user("c")]
    nodes += [Node("inclusiveGateway", "meet"), end()]
    flows = ["begin -> fork", "fork -> a if x > 1", "fork -> b if x > 2", "fork -> c default"]
    flows += ["a -> meet", "b -> meet", "c -> meet", "meet -> done"]
    xml = diagram("p", nodes, flows)
    player = Player(xml, x=3)
    assert player.open == ["a", "b"]
    player.do("complete", "b", {})
    assert not player.waits.ended
    player.do("complete", "a", {})
    assert player.waits.ended
    assert Player(xml, x=2).open == ["a"]
    assert Player(xml, x=0).open == ["c"]


def test_a_boundary_timer_that_interrupts_ends_its_task() -> None:
    nodes = [start(), user("work"), end(), end("late")]
    nodes += [timer("boundaryEvent", "limit", "PT2H", attachedToRef="work")]
    player = Player(diagram("p", nodes, ["begin -> work", "work -> done", "limit -> late"]))
    assert player.open == ["limit", "work"]
    assert player.wait("limit").attributes["due"] == NOW + timedelta(hours=2)
    player.do("fire_timer", "limit")
    assert player.waits.ended
    assert player.happened("work") == ["activated", "terminated"]
    assert player.happened("limit") == ["activated", "completed"]


def test_a_boundary_timer_that_does_not_interrupt_repeats_as_often_as_it_says() -> None:
    nodes = [start(), user("work"), end(), job("warn"), end("warned")]
    cycle = timer("boundaryEvent", "remind", "R2/PT1H", "timeCycle", attachedToRef="work", cancelActivity="false")
    player = Player(
        diagram("p", [*nodes, cycle], ["begin -> work", "work -> done", "remind -> warn", "warn -> warned"])
    )
    first = player.wait("remind")
    player.now += timedelta(hours=1)
    player.do("fire_timer", "remind")
    assert player.open == ["remind", "warn", "work"]
    assert player.wait("remind").id == first.id
    assert player.wait("remind").attributes["due"] == NOW + timedelta(hours=2)
    player.do("complete", "warn", {})
    player.do("fire_timer", "remind")
    assert player.open == ["warn", "work"]
    player.do("complete", "work", {})
    player.do("complete", "warn", {})
    assert player.waits.ended


def test_messages_are_waited_for_with_the_key_of_the_moment() -> None:
    nodes = [start(), message("intermediateCatchEvent", "heard"), end()]
    player = Player(diagram("p", nodes, ["begin -> heard", "heard -> done"], root=message_root()), matter="M-1")
    assert dict(player.attributes["2"]) == {"message_name": "reply", "correlation_key": "M-1"}
    player.do("receive", "heard", {"said": "yes"})
    assert player.waits.ended
    assert player.waits.variables["said"] == "yes"


def test_a_sub_process_is_a_scope_and_its_boundary_ends_all_in_it() -> None:
    inside = body([start("in"), user("inner"), end("out")], ["in -> inner", "inner -> out"], "g")
    sub = Node("subProcess", "part", mapping({"local": "outer + 1"}), inside)
    limit = timer("boundaryEvent", "limit", "PT1H", attachedToRef="part")
    xml = diagram("p", [start(), sub, end(), end("late"), limit], ["begin -> part", "part -> done", "limit -> late"])
    player = Player(xml, outer=1)
    assert player.run.visible(player.wait("inner").id) == {"outer": 1, "local": 2}
    player.do("complete", "inner", {"local": 5, "other": 6})
    assert player.waits.ended
    assert player.waits.variables == {"outer": 1, "other": 6}
    player = Player(xml, outer=1)
    player.do("fire_timer", "limit")
    assert player.waits.ended
    assert player.happened("inner") == ["activated", "terminated"]
    assert player.happened("part") == ["activated", "terminated"]


def test_with_output_mappings_only_what_they_name_goes_out() -> None:
    nodes = [start(), user("work", more=mapping({"a": "x * 2"}, {"kept": "answer + a", "deep.b": "answer"})), end()]
    player = Player(diagram("p", nodes, ["begin -> work", "work -> done"]), x=1, deep={"a": 1})
    player.do("complete", "work", {"answer": 3, "secret": 4})
    assert player.waits.variables == {"x": 1, "kept": 5, "deep": {"a": 1, "b": 3}}


def test_a_terminate_end_takes_everything_with_it() -> None:
    nodes = [
        start(),
        Node("parallelGateway", "fork"),
        user("a"),
        user("b"),
        end("stop", "<bpmn:terminateEventDefinition />"),
    ]
    nodes += [end()]
    player = Player(diagram("p", nodes, ["begin -> fork", "fork -> a", "fork -> b", "a -> stop", "b -> done"]))
    player.do("complete", "a", {})
    assert player.waits.ended
    assert player.happened("b") == ["activated", "terminated"]


def test_an_error_of_a_job_goes_to_the_boundary_that_catches_its_code() -> None:
    error = '<bpmn:errorEventDefinition errorRef="E" />'
    nodes = [start(), job("work"), end(), user("mend"), end("mended")]
    nodes += [Node("boundaryEvent", "failed", mapping({}, {"unit": "unit"}), error, attachedToRef="work")]
    flows = ["begin -> work", "work -> done", "failed -> mend", "mend -> mended"]
    xml = diagram("p", nodes, flows, root='<bpmn:error id="E" errorCode="NO_SUCH_UNIT" />')
    player = Player(xml)
    player.do("throw_error", "work", "NO_SUCH_UNIT", "", {"unit": "x"})
    assert player.open == ["mend"]
    assert player.waits.variables == {"unit": "x"}
    with pytest.raises(StuckError, match="caught by no boundary event"):
        Player(xml).do("throw_error", "work", "OTHER", "", {})


def test_decisions_are_asked_for_and_recorded() -> None:
    called = '<zeebe:calledDecision decisionId="accept" resultVariable="verdict" />'
    nodes = [start(), Node("businessRuleTask", "decide", called), end()]
    asked = []

    def decide(reference: bpmn.Reference, variables: Mapping[str, Any]) -> bpmn.DecisionOutcome:
        asked.append((reference.target_id, dict(variables)))
        return bpmn.DecisionOutcome("accepted", {"rule": 3})

    player = Player(diagram("p", nodes, ["begin -> decide", "decide -> done"]), decide, x=1)
    assert asked == [("accept", {"x": 1})]
    assert player.waits.variables == {"x": 1, "verdict": "accepted"}
    assert [one.data for one in player.events if one.kind == "decision"] == [{"rule": 3}]


def test_a_called_process_is_waited_for() -> None:
    called = '<zeebe:calledElement processId="child" propagateAllChildVariables="false" />'
    nodes = [start(), Node("callActivity", "call", called + mapping({}, {"got": "answer"})), end()]
    player = Player(diagram("p", nodes, ["begin -> call", "call -> done"]), x=1)
    wait = player.wait("call")
    assert player.attributes[wait.id]["process_id"] == "child"
    assert player.attributes[wait.id]["variables"] == {"x": 1}
    player.do("complete", "call", {"answer": 42, "noise": 1})
    assert player.waits.variables == {"x": 1, "got": 42}


def test_round_one_thousand_is_as_small_as_round_one() -> None:
    nodes = [start(), Node("exclusiveGateway", "again"), user("work"), Node("exclusiveGateway", "enough"), end()]
    nodes += [timer("boundaryEvent", "remind", "PT1H", attachedToRef="work", cancelActivity="false"), end("reminded")]
    flows = ["begin -> again", "again -> work", "work -> enough", "enough -> done if round >= 1000"]
    flows += ["enough -> again default", "remind -> reminded"]
    player = Player(diagram("p", nodes, flows), round=0)
    sizes = []
    for number in range(1, 1001):
        sizes.append(len(player.state))
        player.do("complete", "work", {"round": number})
    assert player.waits.ended
    assert max(sizes) < 400


def test_a_loop_without_a_wait_is_stopped() -> None:
    nodes = [start(), Node("exclusiveGateway", "a"), script("b", "1", "x"), Node("exclusiveGateway", "c"), end()]
    flows = ["begin -> a", "a -> b", "b -> c", "c -> a default", "c -> done if x > 1"]
    with pytest.raises(StuckError, match="round and round"):
        Player(diagram("p", nodes, flows))


def test_what_is_waited_for_no_more_is_not_found() -> None:
    player = Player(diagram("p", [start(), user("work"), end()], ["begin -> work", "work -> done"]))
    wait = player.wait("work").id
    player.run.complete(wait, {})
    with pytest.raises(NotFound):
        player.run.complete(wait, {})
