"""Which variables come into an element and which go out of it, a sentence of Camunda 8's documentation a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest

from service import bpmn
from service.errors import StuckError
from tests.bpmn.test_elements import line
from tests.bpmn.test_events import ROOT, sub
from tests.bpmn.test_run import Player
from tests.diagrams import (
    Node,
    body,
    conditional,
    diagram,
    each,
    end,
    event,
    event_sub_process,
    job,
    message,
    start,
    timer,
    user,
)

Lines = list[tuple[str | None, str]]


def mapped(ins: Lines | None = None, outs: Lines | None = None) -> str:
    """Mappings in their order, each from a source (None: left out) to a target."""
    xml = ""
    for direction, lines in (("input", ins or []), ("output", outs or [])):
        for source, target in lines:
            told = "" if source is None else f" source={quoteattr(source)}"
            xml += f"<zeebe:{direction}{told} target={quoteattr(target)} />"
    return f"<zeebe:ioMapping>{xml}</zeebe:ioMapping>"


def own(player: Player, element_id: str = "work") -> Mapping[str, Any]:
    return player.waits.local.get(player.wait(element_id).number, {})


PERSON = {"customer": "Li", "iban": "DE456"}


@pytest.mark.parametrize(
    ("sentence", "given", "ins", "expected"),
    [
        ("the target is a new local variable", {"n": 1}, [("=n + 1", "m")], {"m": 2}),
        ("a later source sees an earlier target", {"n": 1}, [("=n + 1", "m"), ("=m + 1", "k")], {"m": 2, "k": 3}),
        ("also one that hides a variable", {"n": 1}, [("=n + 1", "n"), ("=n + 1", "m")], {"n": 2, "m": 3}),
        ("the last of two with one target counts", {}, [("=1", "n"), ("=2", "n")], {"n": 2}),
        (
            "parts make one context",
            PERSON,
            [("=customer", "sender.name"), ("=iban", "sender.iban")],
            {"sender": {"name": "Li", "iban": "DE456"}},
        ),
        (
            "as deep as one likes",
            {},
            [("=1", "a.b.c"), ("=2", "a.b.d"), ("=3", "a.e")],
            {"a": {"b": {"c": 1, "d": 2}, "e": 3}},
        ),
        ("a context replaces what is there around", {"a": {"old": 1}}, [("=2", "a.new")], {"a": {"new": 2}}),
        (
            "whose parts are seen until it is made",
            {"a": {"old": 1}},
            [("=2", "a.new"), ("=a.old + a.new", "sum")],
            {"a": {"new": 2}, "sum": 3},
        ),
        ("a value in the way is replaced", {}, [("=1", "a"), ("=2", "a.b")], {"a": {"b": 2}}),
        ("what is not there is null", {}, [("=nobody", "a"), ("=nobody.name", "b")], {"a": None, "b": None}),
        (
            "so is a source that is empty or left out",
            {"a": 1, "b": 2},
            [("", "a"), (None, "b")],
            {"a": None, "b": None},
        ),
        ("without = it is text", {"n": 1}, [("n", "a"), ("1", "b")], {"a": "n", "b": "1"}),
        (
            "dates are texts",
            {},
            [('=date("2026-03-01")', "day"), ('=duration("P1D")', "span")],
            {"day": "2026-03-01", "span": "P1D"},
        ),
        ("a text stays as it is written", {}, [('="a\\nb"', "text")], {"text": "a\nb"}),
    ],
)
def test_inputs(sentence: str, given: dict[str, Any], ins: Lines, expected: dict[str, Any]) -> None:
    player = Player(line(job("work", more=mapped(ins))), **given)
    assert own(player) == expected, sentence
    player.do("complete", "work", {})
    assert player.waits.variables == given, "and nothing of it is left"


@pytest.mark.parametrize(
    ("sentence", "given", "ins", "result", "outs", "expected"),
    [
        ("without mappings all goes out", {"a": 1}, [], {"a": 2, "b": 3}, [], {"a": 2, "b": 3}),
        ("but for what is local", {"a": 1}, [("=5", "a")], {"a": 2, "b": 3}, [], {"a": 1, "b": 3}),
        ("with one, only that goes out", {"a": 1}, [], {"a": 2, "b": 3}, [("=b", "c")], {"a": 1, "c": 3}),
        ("what came in is seen", {}, [("=5", "a")], {"b": 3}, [("=a + b", "c")], {"c": 8}),
        ("what is around is seen", {"a": 1}, [], {"b": 3}, [("=a + b", "c")], {"a": 1, "c": 4}),
        (
            "a later source sees an earlier target",
            {},
            [],
            {"b": 3},
            [("=b + 1", "c"), ("=c + 1", "d")],
            {"c": 4, "d": 5},
        ),
        (
            "also one of the same name as the result",
            {},
            [],
            {"b": 3},
            [("=b + 1", "b"), ("=b + 1", "c")],
            {"b": 4, "c": 5},
        ),
        ("or as an input", {}, [("=7", "a")], {}, [("=a + 1", "a"), ("=a", "c")], {"a": 8, "c": 8}),
        (
            "a part is put beside the others",
            {"order": {"id": 1, "to": {"city": "Weifang"}}},
            [],
            {"status": "ok", "zip": "261000"},
            [("=status", "order.status"), ("=zip", "order.to.zip")],
            {"order": {"id": 1, "status": "ok", "to": {"city": "Weifang", "zip": "261000"}}},
        ),
        ("a context that is not there is made", {}, [], {"b": 3}, [("=b", "x.y.z")], {"x": {"y": {"z": 3}}}),
        ("and where null is", {"x": None}, [], {"b": 3}, [("=b", "x.y")], {"x": {"y": 3}}),
        (
            "a later source sees the whole",
            {"x": {"a": 1}},
            [],
            {"b": 3},
            [("=b", "x.b"), ("=x.a + x.b", "c")],
            {"x": {"a": 1, "b": 3}, "c": 4},
        ),
        (
            "what is not there is null",
            {"c": 1},
            [],
            {},
            [("=nobody", "c"), ("=nobody.name", "d.e")],
            {"c": None, "d": {"e": None}},
        ),
        ("so is a source that is left out", {"c": 1, "d": 2}, [], {}, [("", "c"), (None, "d")], {"c": None, "d": None}),
    ],
)
def test_outputs(
    sentence: str, given: dict[str, Any], ins: Lines, result: dict[str, Any], outs: Lines, expected: dict[str, Any]
) -> None:
    player = Player(line(job("work", more=mapped(ins, outs))), **given)
    player.do("complete", "work", result)
    assert player.waits.variables == expected, sentence


def test_a_variable_is_set_where_it_is_and_else_in_the_process() -> None:
    inner = sub("part", user("work"), more=mapped([("=1", "here"), ("=1", "both")]))
    player = Player(line(inner, user("after")), both=0, around=0)
    player.do("complete", "work", {"here": 2, "both": 2, "around": 2, "new": 2})
    assert player.waits.variables == {"both": 0, "around": 2, "new": 2}


# Failures ------------------------------------------------------------------------------------------------------

ASSERTED = '=assert(n, n != null, "n is missing")'


@pytest.mark.parametrize("direction", ["input", "output"])
def test_a_mapping_that_fails_is_named_and_none_of_them_is_done(direction: str) -> None:
    lines: Lines = [("=1", "first"), (ASSERTED, "second.part"), ("=2", "third")]
    maps = mapped(lines) if direction == "input" else mapped(None, lines)
    text = '<zeebe:script expression="=1" resultVariable="x" />'
    with pytest.raises(StuckError) as stuck:
        Player(line(Node("scriptTask", "work", text + maps, name="work")))
    told = stuck.value
    assert (told.element_id, told.error_type) == ("work", "IO_MAPPING_ERROR")
    assert f"The {direction} mapping to “second.part” at “work” fails: n is missing" in told.message


# Every kind of element -----------------------------------------------------------------------------------------

OUT = mapped(None, [('="told"', "said"), ("=brought", "kept")])
BOTH = mapped([("=6", "given")], [('="told"', "said"), ("=given", "kept")])
DONE, TOLD = ("complete", {"brought": 6}), ("receive", {"brought": 6})
CATCH, THROW, BORDER = "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"
LOOSE = {"attachedToRef": "host", "cancelActivity": "false"}
SCRIPT, CALL = '<zeebe:script expression="=1" resultVariable="r" />', '<zeebe:calledElement processId="child" />'
DECIDED = '<zeebe:calledDecision decisionId="d" resultVariable="brought" />'


def behind(id_: str, more: str) -> Node:
    inner = sub(id_, Node("task", f"{id_}-t"), more=more)
    return Node(inner.type, "x", inner.extensions, inner.inside)


# The element `x` with mappings, and what is done with it; its output is 6 if it is told something or has an input.
KINDS: dict[str, tuple[Node, tuple[Any, ...]]] = {
    "user task": (user("x", more=OUT), DONE),
    "service task": (job("x", more=BOTH), DONE),
    "send task": (job("x", more=OUT, kind="sendTask"), DONE),
    "script task": (Node("scriptTask", "x", SCRIPT + BOTH), ()),
    "script task of a worker": (job("x", more=OUT, kind="scriptTask"), DONE),
    "business rule task": (Node("businessRuleTask", "x", DECIDED + OUT), ()),
    "receive task": (Node("receiveTask", "x", OUT, messageRef="M"), TOLD),
    "manual task": (Node("manualTask", "x", BOTH), ()),
    "undefined task": (Node("task", "x", BOTH), ()),
    "call activity": (Node("callActivity", "x", CALL + OUT), DONE),
    "sub-process": (behind("s", BOTH), ()),
    "message catch event": (message(CATCH, "x", more=OUT), TOLD),
    "signal catch event": (event(CATCH, "x", "signal", "S", OUT), TOLD),
    "timer catch event": (timer(CATCH, "x", "PT1H", more=BOTH), ("fire_timer",)),
    "conditional catch event": (conditional(CATCH, "x", "true", BOTH), ()),
    "none throw event": (Node(THROW, "x", BOTH), ()),
    "message throw event": (
        Node(THROW, "x", '<zeebe:taskDefinition type="w" />' + OUT, "<bpmn:messageEventDefinition />"),
        DONE,
    ),
    "signal throw event": (event(THROW, "x", "signal", "S", BOTH), ()),
    "escalation throw event": (event(THROW, "x", "escalation", "L", BOTH), ()),
    "message on a border": (message(BORDER, "x", more=OUT, **LOOSE), TOLD),
    "signal on a border": (event(BORDER, "x", "signal", "S", OUT, **LOOSE), TOLD),
    "timer on a border": (timer(BORDER, "x", "PT1H", more=OUT, **LOOSE), ("fire_timer",)),
    "conditional on a border": (conditional(BORDER, "x", "true", OUT, **LOOSE), ()),
    "error on a border": (
        event(BORDER, "x", "error", "E", OUT, attachedToRef="host"),
        ("throw_error", "LOST", "", {"brought": 6}),
    ),
}


@pytest.mark.parametrize("kind", list(KINDS))
def test_outputs_of_every_element_go_out_and_nothing_else_does(kind: str) -> None:
    node, command = KINDS[kind]
    if "border" in kind:
        more, flows = [node, end("x-end")], ["x -> x-end"]
        xml = line(job("host"), user("after"), root=ROOT, more=more, flows=flows)
    else:
        xml = line(node, user("after"), root=ROOT)
    player = Player(xml, lambda *_: bpmn.DecisionOutcome(6, {}), matter="M")
    if command:
        player.do(command[0], "host" if "error" in kind else "x", *command[1:])
    silent = kind in ("timer on a border", "conditional on a border")
    assert player.waits.variables == {"matter": "M", "said": "told", "kept": None if silent else 6}


@pytest.mark.parametrize("definition", ["", "message", "signal", "escalation"])
def test_outputs_of_an_end_event_go_out(definition: str) -> None:
    more = '<zeebe:taskDefinition type="w" />' if definition == "message" else ""
    inner = "<bpmn:messageEventDefinition />" if definition == "message" else ""
    reference = {"signal": "S", "escalation": "L"}.get(definition, "")
    ending = (
        event("endEvent", "x", definition, reference, BOTH) if reference else Node("endEvent", "x", more + BOTH, inner)
    )
    player = Player(diagram("p", [start(), ending], ["begin -> x"], root=ROOT))
    if definition == "message":
        player.do("complete", "x", {})
    assert player.waits.ended
    assert player.waits.variables == {"said": "told", "kept": 6}


@pytest.mark.parametrize("definition", ["", "message", "signal", "timer"])
def test_outputs_of_a_start_event_of_the_process_and_of_an_event_sub_process(definition: str) -> None:
    begin = {"": Node("startEvent", "x", OUT), "message": message("startEvent", "x", more=OUT)}
    begin |= {
        "signal": event("startEvent", "x", "signal", "S", OUT),
        "timer": timer("startEvent", "x", "PT1H", more=OUT),
    }
    if definition:
        player = Player(
            line(user("work"), root=ROOT, more=[event_sub_process("handle", begin[definition])]), matter="M"
        )
        player.do(*(("fire_timer", "x") if definition == "timer" else ("receive", "x", {"brought": 6})))
    else:
        player = Player(
            diagram("p", [begin[""], user("work"), end()], ["x -> work", "work -> done"]), matter="M", brought=6
        )
    expected = {"matter": "M", "said": "told", "kept": None if definition == "timer" else 6}
    assert player.waits.variables == expected | ({} if definition else {"brought": 6})


@pytest.mark.parametrize(
    "node", [Node("endEvent", "x", OUT, "<bpmn:terminateEventDefinition />"), event("endEvent", "x", "error", "E", OUT)]
)
def test_outputs_of_other_end_events_are_not_read_and_warned_of(node: Node) -> None:
    caught = event("boundaryEvent", "lost", "error", attachedToRef="part")
    part = Node("subProcess", "part", "", body([start("in"), user("work"), node], ["in -> work", "work -> x"], "g"))
    player = Player(line(part, root=ROOT, more=[caught, end("e")], flows=["lost -> e"]))
    assert [(one.element_id, one.message.split(":")[0]) for one in player.model.warnings] == [
        ("x", "Its output mappings are not read")
    ]
    player.do("complete", "work", {})
    assert player.waits.ended
    assert player.waits.variables == {}


def test_a_gateway_has_no_mappings() -> None:
    player = Player(line(Node("parallelGateway", "x", OUT)))
    assert [(one.element_id, one.message) for one in player.model.warnings] == [
        ("x", "An ioMapping is not read on a parallelGateway.")
    ]
    assert player.waits.variables == {}


# Events and scopes ---------------------------------------------------------------------------------------------


def test_an_event_sub_process_sees_and_sets_what_is_local_to_its_scope_and_keeps_its_own() -> None:
    handler = event_sub_process(
        "handle", message("startEvent", "heard"), user("look"), more=mapped([("=here + 1", "mine")])
    )
    part = sub("part", user("work"), more=mapped([("=1", "here")], [("=here", "left")]), beside=(handler,))
    player = Player(line(part, root=ROOT), matter="M")
    player.do("receive", "heard", {"here": 5, "mine": 7, "new": 9})
    assert player.open == ["look"]
    assert player.run.visible(player.wait("look").id) == {"matter": "M", "here": 5, "mine": 7, "new": 9}
    player.do("complete", "look", {"mine": 8})
    assert player.waits.variables == {"matter": "M", "left": 5, "new": 9}


def test_what_an_event_on_a_border_brings_is_not_seen_in_the_activity() -> None:
    heard = message("boundaryEvent", "heard", attachedToRef="part", cancelActivity="false")
    part = sub("part", user("work"), more=mapped([("=1", "here")]))
    player = Player(
        line(part, root=ROOT, more=[heard, user("look"), end("e")], flows=["heard -> look", "look -> e"]), matter="M"
    )
    player.do("receive", "heard", {"here": 5})
    assert player.run.visible(player.wait("work").id) == {"matter": "M", "here": 1}
    assert player.run.visible(player.wait("look").id) == {"matter": "M", "here": 5}


# Many ----------------------------------------------------------------------------------------------------------


def test_each_of_many_has_its_own_member_counter_and_output() -> None:
    looped = each(
        job("work", more=mapped([("=unit.name", "name"), ("=loopCounter", "unit.at")])),
        "units",
        member="unit",
        output="out",
        result="answer",
    )
    player = Player(line(looped), units=[{"name": "a"}, {"name": "b"}])
    first, second = (player.waits.local[one.number] for one in player.waits.items)
    assert first == {"unit": {"at": 1}, "name": "a", "loopCounter": 1, "answer": None}
    assert second == {"unit": {"at": 2}, "name": "b", "loopCounter": 2, "answer": None}
    for at, answer in ((1, "y"), (0, "x")):
        player.run.complete(player.waits.items[at].id, {"answer": answer})
    player._settle()
    assert player.waits.variables == {"units": [{"name": "a"}, {"name": "b"}], "out": ["x", "y"]}


def test_outputs_of_each_of_many_make_its_output_element() -> None:
    looped = each(job("work", more=mapped(None, [("=given.part", "answer")])), "[1, 2]", output="out", result="answer")
    player = Player(line(looped))
    for at, given in ((1, "y"), (0, "x")):
        player.run.complete(player.waits.items[at].id, {"given": {"part": given}})
    player._settle()
    assert player.waits.variables == {"out": ["x", "y"]}
