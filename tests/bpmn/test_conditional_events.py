"""Conditional events: true at once, true after a change that they see, once a step, outermost first."""

from __future__ import annotations

import pytest

from service.errors import StuckError
from tests.bpmn.test_elements import line
from tests.bpmn.test_events import sub
from tests.bpmn.test_run import Player
from tests.diagrams import (
    Node,
    conditional,
    diagram,
    each,
    end,
    event_sub_process,
    job,
    mapping,
    script,
    start,
    timer,
    user,
)


def guarded(
    host: Node, condition: str = "x > 10", *, interrupting: bool = True, more: str = "", **filters: str
) -> bytes:
    """A process in which a condition stands on the border of an activity and leads to the task `mend`."""
    told = "true" if interrupting else "false"
    alarm = conditional(
        "boundaryEvent", "alarm", condition, more, attachedToRef=host.id, cancelActivity=told, **filters
    )
    return line(host, more=[alarm, user("mend"), end("mended")], flows=["alarm -> mend", "mend -> mended"])


def set_variables(player: Player, /, element: str = "", *, local: bool = False, **variables: object) -> None:
    """Set variables as from outside, of the process or as seen from an element that waits."""
    number = str(player.wait(element).number) if element else ""
    player.run.set_variables(number, variables, local=local)
    player._settle()


# Where they stand ----------------------------------------------------------------------------------------------


def test_a_catching_event_waits_until_its_condition_is_true() -> None:
    player = Player(line(conditional("intermediateCatchEvent", "ready", "x > 10"), user("after")))
    assert player.open == []
    assert not player.waits.ended
    set_variables(player, x=10)
    assert player.open == []
    set_variables(player, x=11)
    assert player.open == ["after"]
    assert player.happened("ready") == ["activated", "condition-true", "completed"]
    assert player.flows == ["f1", "f2"]


def test_a_catching_event_whose_condition_is_true_goes_on_at_once_with_its_output_mappings() -> None:
    drawn = conditional("intermediateCatchEvent", "ready", "limit > 10", mapping({"limit": "x"}, {"seen": "limit"}))
    player = Player(line(drawn, user("after")), x=11)
    assert player.open == ["after"]
    assert player.waits.variables == {"x": 11, "seen": 11}


def test_on_a_border_it_interrupts_or_lets_the_activity_go_on() -> None:
    for interrupting, left in ((True, ["mend"]), (False, ["mend", "work"])):
        player = Player(guarded(user("work"), interrupting=interrupting), x=1)
        set_variables(player, x=11)
        assert player.open == left
        assert player.happened("alarm") == ["condition-true", "activated", "completed"]
        assert player.happened("work") == ["activated", *(["terminated"] if interrupting else [])]


def test_on_a_border_it_comes_with_each_change_that_leaves_it_true() -> None:
    player = Player(guarded(user("work"), interrupting=False), x=1)
    for value, times in ((11, 1), (12, 2), (12, 2), (9, 2), (13, 3)):
        set_variables(player, x=value)
        assert player.open.count("mend") == times
    player.do("complete", "work", {"x": 14})
    assert player.open == ["mend"] * 3


@pytest.mark.parametrize("host", [user("work"), Node("manualTask", "work"), script("work", "1", "y"), sub("work")])
def test_on_a_border_what_is_true_when_the_activity_begins_happens_before_it_does_anything(host: Node) -> None:
    player = Player(guarded(host), x=11)
    assert player.open == ["mend"]
    assert player.happened("work") == ["activated", "terminated"]
    assert "y" not in player.waits.variables
    both = Player(guarded(host, interrupting=False), x=11)
    assert both.happened("alarm") == ["condition-true", "activated", "completed"]
    assert "mend" in both.open


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize("interrupting", ["true", "false"])
def test_an_event_sub_process_begins_by_a_condition(inside: bool, interrupting: str) -> None:
    begin = conditional("startEvent", "happens", "x > 10", isInterrupting=interrupting)
    handler = event_sub_process("handle", begin, user("mend"))
    if inside:
        xml = line(sub("s", user("work"), beside=(handler,)), user("after"))
    else:
        xml = line(user("work"), more=[handler])
    player = Player(xml, x=1)
    set_variables(player, x=11)
    assert player.open == (["mend"] if interrupting == "true" else ["mend", "work"])
    set_variables(player, x=12)
    assert player.open == (["mend"] if interrupting == "true" else ["mend", "mend", "work"])


def test_an_event_sub_process_whose_condition_is_true_at_the_start_begins_instead_of_all_else() -> None:
    begin = conditional("startEvent", "happens", "x > 10")
    handler = event_sub_process("handle", begin, user("mend"))
    whole = Player(line(user("work"), more=[handler]), x=11)
    assert whole.open == ["mend"]
    assert whole.happened("begin") == []
    inner = Player(line(sub("s", user("work"), beside=(handler,)), user("after")), x=11)
    assert inner.open == ["mend"]
    assert inner.happened("s-in") == []
    inner.do("complete", "mend", {})
    assert inner.open == ["after"]


def test_behind_a_gateway_the_first_that_is_true_takes_its_way() -> None:
    nodes = [start(), Node("eventBasedGateway", "first"), timer("intermediateCatchEvent", "late", "PT1H")]
    nodes += [conditional("intermediateCatchEvent", "high", "x > 10"), end("e1"), user("a"), user("b"), user("c")]
    nodes += [conditional("intermediateCatchEvent", "low", "x < 1 or x > 20"), end("e2"), end("e3")]
    flows = ["begin -> first", "first -> late", "first -> high", "first -> low", "late -> a", "high -> b", "low -> c"]
    xml = diagram("p", nodes, [*flows, "a -> e1", "b -> e2", "c -> e3"])
    player = Player(xml, x=5)
    assert player.open == ["late"]
    set_variables(player, x=0)
    assert player.open == ["c"]
    assert Player(xml, x=30).open == ["b"]


# What they look at ---------------------------------------------------------------------------------------------


def test_a_variable_that_is_not_there_makes_nothing_true() -> None:
    player = Player(guarded(user("work"), "is_over"))
    assert player.open == ["work"]
    set_variables(player, is_over=True)
    assert player.open == ["mend"]


def test_only_changes_of_variables_that_it_reads_are_looked_at() -> None:
    player = Player(guarded(user("work"), "now() > date and time(when) and x", interrupting=False), x=True, when="")
    set_variables(player, when="2026-02-10T01:00:01Z")
    assert player.open == ["work"]
    player.now = player.now.replace(hour=2)
    set_variables(player, y=1)
    assert player.open == ["work"]
    set_variables(player, x=False)
    set_variables(player, x=True)
    assert player.open == ["mend", "work"]


@pytest.mark.parametrize(
    ("filters", "new", "again"),
    [("create", 1, 1), ("update", 0, 1), ("create, update", 1, 2)],
)
def test_a_filter_lets_it_look_at_new_or_changed_variables_alone(filters: str, new: int, again: int) -> None:
    player = Player(guarded(user("work"), interrupting=False, variableEvents=filters))
    set_variables(player, x=11)
    assert player.open.count("mend") == new
    set_variables(player, x=12)
    assert player.open.count("mend") == again


def test_a_filter_names_the_variables_whose_changes_count() -> None:
    player = Player(guarded(user("work"), "x > 10", interrupting=False, variableNames="go, x"), x=1)
    set_variables(player, x=11)
    set_variables(player, go=True)
    set_variables(player, other=True)
    assert player.open == ["mend", "mend", "work"]


def test_several_variables_that_change_at_once_let_it_happen_once() -> None:
    player = Player(guarded(user("work"), "x > 10 or y > 5", interrupting=False), x=1, y=1)
    set_variables(player, x=11, y=6)
    assert player.open == ["mend", "work"]


def test_one_and_true_are_two_values() -> None:
    player = Player(guarded(user("work"), "x = true"), x=1)
    set_variables(player, x=True)
    assert player.open == ["mend"]


@pytest.mark.parametrize("how", ["job", "user", "script", "mapping", "catch"])
def test_whatever_sets_a_variable_lets_it_be_looked_at(how: str) -> None:
    then = {"job": job("set"), "user": user("set"), "script": script("set", "11", "x")}
    then["mapping"] = user("set", more=mapping({}, {"x": "10 + 1"}))
    then["catch"] = timer("intermediateCatchEvent", "set", "PT1H", more=mapping({}, {"x": "11"}))
    handler = event_sub_process("handle", conditional("startEvent", "happens", "x > 10"), user("mend"))
    player = Player(line(then[how], user("after"), more=[handler]), x=1)
    if how == "catch":
        player.do("fire_timer", "set")
    elif how != "script":
        player.do("complete", "set", {"x": 11} if how != "mapping" else {})
    assert player.open == ["mend"]
    assert player.happened("set") == ["activated", "completed"]
    assert player.happened("after") == []


def test_input_mappings_can_make_it_true_and_what_its_activity_brings_cannot() -> None:
    assert Player(guarded(user("work", more=mapping({"x": "11"})))).open == ["mend"]
    player = Player(guarded(user("work")), x=1)
    player.do("complete", "work", {"x": 11})
    assert player.waits.ended


def test_a_variable_of_its_own_scope_is_seen_by_it_alone() -> None:
    nodes = [start(), Node("parallelGateway", "fork"), user("a"), user("b"), *(user(f"mend-{one}") for one in "ab")]
    nodes += [conditional("boundaryEvent", f"on-{one}", "x > 10", attachedToRef=one) for one in "ab"]
    nodes += [end(f"e{index}") for index in range(4)]
    flows = ["begin -> fork", "fork -> a", "fork -> b", "a -> e0", "b -> e1", "on-a -> mend-a", "on-b -> mend-b"]
    player = Player(diagram("p", nodes, [*flows, "mend-a -> e2", "mend-b -> e3"]), x=1)
    set_variables(player, "a", local=True, x=11)
    assert player.open == ["b", "mend-a"]
    set_variables(player, x=12)
    assert player.open == ["mend-a", "mend-b"]


def test_a_variable_that_a_nearer_one_hides_is_not_looked_at() -> None:
    player = Player(guarded(user("work", more=mapping({"x": "20"})), "x > 10", interrupting=False), x=1)
    assert player.open == ["mend", "work"]
    set_variables(player, x=30)
    assert player.open == ["mend", "work"]


def test_outer_events_come_first_and_what_they_end_is_asked_no_more() -> None:
    inner = conditional("boundaryEvent", "inner", 'if x > 10 then "?" else false', attachedToRef="work")
    outer = conditional("boundaryEvent", "outer", "x > 10", attachedToRef="s")
    nested = sub("s", user("work"), beside=(inner, end("in-end")))
    nested.inside += '<bpmn:sequenceFlow id="g" sourceRef="inner" targetRef="in-end" />'
    nested.inside = nested.inside.replace(
        'attachedToRef="work">', 'attachedToRef="work"><bpmn:outgoing>g</bpmn:outgoing>'
    )
    nested.inside = nested.inside.replace('id="in-end">', 'id="in-end"><bpmn:incoming>g</bpmn:incoming>')
    more, flows = [outer, user("mend"), end("mended")], ["outer -> mend", "mend -> mended"]
    player = Player(line(nested, user("after"), more=more, flows=flows), x=1)
    set_variables(player, x=11)
    assert player.open == ["mend"]
    assert player.happened("inner") == []


def test_one_on_the_body_of_many_ends_them_all_when_one_of_them_sets_it() -> None:
    many = each(user("work"), "[1, 2, 3]", member="n")
    for interrupting, left in ((True, ["mend"]), (False, ["mend", "work", "work"])):
        player = Player(guarded(many, interrupting=interrupting), x=1)
        player.do("complete", "work", {"x": 11})
        assert player.open == left


def test_the_last_of_a_sub_process_can_still_begin_what_answers_it() -> None:
    handler = event_sub_process("handle", conditional("startEvent", "happens", "x > 10"), user("mend"))
    inside = sub("s", script("work", "11", "x"), beside=(handler,))
    inside.inside = inside.inside.replace('<bpmn:outgoing>s-f2</bpmn:outgoing>', "").replace(
        '<bpmn:incoming>s-f2</bpmn:incoming>', "").replace(
        '<bpmn:sequenceFlow id="s-f2" sourceRef="work" targetRef="s-out"></bpmn:sequenceFlow>', "").replace(
        '<bpmn:endEvent id="s-out"></bpmn:endEvent>', "")  # fmt: skip
    assert Player(line(inside, user("after")), x=1).open == ["mend"]


# What goes wrong -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["eleven", 11, [True]])
def test_a_condition_that_is_neither_true_nor_false_names_its_event_and_the_value(value: object) -> None:
    player = Player(guarded(user("work"), "x"), x=False)
    with pytest.raises(StuckError, match="neither true nor false") as stuck:
        set_variables(player, x=value)
    assert (stuck.value.element_id, stuck.value.error_type) == ("alarm", "CONDITION_ERROR")
    assert "11" in stuck.value.message or "eleven" in stuck.value.message or "true" in stuck.value.message


def test_an_event_that_makes_itself_true_anew_is_told() -> None:
    player = Player(guarded(user("work"), interrupting=False, more=mapping({}, {"x": "x + 1"})), x=1)
    with pytest.raises(StuckError, match="without end") as stuck:
        set_variables(player, x=11)
    assert stuck.value.element_id == "alarm"
