"""Nothing that is drawn, sent or stored ever runs a program: the known ways in are tried one by one."""

from __future__ import annotations

import json
import pickle
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from service import bpmn, dmn, feel, forms
from service.bpmn import state
from service.errors import ModelRejected, StuckError
from tests.diagrams import Node, diagram, end, job, mapping, message, message_root, script, start, timer, user

PYTHON = [
    "__import__('os').system('id')",
    "().__class__.__base__.__subclasses__()",
    "x.__class__.__mro__[1].__subclasses__()",
    "getattr(x, '__class__')",
    "open('/etc/passwd').read()",
    "eval('1')",
    "exec('import os')",
    "lambda: 0",
    "[c for c in ().__class__.__mro__]",
    '"{0.__class__}".format(x)',
    "globals()",
    "x.__init__.__globals__",
    "env.now",
    "scope.env.working_days",
]
VARIABLES: dict[str, Any] = {"x": {"a": 1}, "matter": "M"}


def context(**more: Any) -> bpmn.RunContext:
    def decide(*_: Any) -> bpmn.DecisionOutcome:
        raise AssertionError("nothing is decided here")

    return bpmn.RunContext(now=lambda: datetime(2026, 2, 10, tzinfo=UTC), decide=decide, **more)


@pytest.fixture
def trap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that any of these programs would make in the folder where it runs."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "broken-in"


def attack(trap: Path) -> str:
    return f"__import__('pathlib').Path('{trap}').touch()"


# FEEL ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", PYTHON)
def test_python_is_no_feel_or_means_nothing_in_it(text: str) -> None:
    env = feel.Environment(now=lambda: datetime(2026, 2, 10, tzinfo=UTC))
    try:
        expression = feel.compile_expression(text)
    except feel.FeelSyntaxError:
        return
    assert expression.evaluate(VARIABLES, env) in (None, [], [None])
    assert env.warnings


class Secret:
    """An object of the host, as a careless caller might put it into the variables."""

    password = "hunter2"


@pytest.mark.parametrize(
    "text", ["secret.password", "secret.__class__", "secret.__dict__", 'get value(secret, "password")']
)
def test_objects_of_the_host_have_no_members(text: str) -> None:
    env = feel.Environment(now=lambda: datetime(2026, 2, 10, tzinfo=UTC))
    assert feel.compile_expression(text).evaluate({"secret": Secret()}, env) is None


@pytest.mark.parametrize(
    "name", ["__class__", "__dict__", "__init__", "_measured", "keys", "items", "denominator", "tzinfo"]
)
@pytest.mark.parametrize(
    "value", ["{a: 1}", "[1]", '"text"', "1", "today()", "now()", "function(x) x", "[1..2]", "count"]
)
def test_members_of_python_are_no_properties(name: str, value: str) -> None:
    env = feel.Environment(now=lambda: datetime(2026, 2, 10, tzinfo=UTC))
    result = feel.compile_expression(f"({value}).{name}").evaluate({}, env)
    assert result in (None, [None])


def test_external_functions_are_not_called() -> None:
    env = feel.Environment(now=lambda: datetime(2026, 2, 10, tzinfo=UTC))
    text = 'function(x) external {java: {class: "java.lang.Runtime", method signature: "exec(java.lang.String)"}}'
    assert feel.compile_expression(f'({text})("id")').evaluate({}, env) is None
    assert "external" in env.warnings[0]


# Diagrams --------------------------------------------------------------------------------------------------------


def placed(text: str) -> dict[str, bytes]:
    """A diagram for each place that holds an expression."""
    feel_text = "=" + text
    plain = [start(), user("work"), end()]
    flows = ["begin -> work", "work -> done"]
    gateway = [start(), Node("exclusiveGateway", "which"), end("yes"), end("no")]
    caught = [start(), message("intermediateCatchEvent", "heard"), end()]
    waits = ["begin -> heard", "heard -> done"]
    schedule = f"<zeebe:taskSchedule dueDate={_quoted(feel_text)} />"
    priority = f"<zeebe:priorityDefinition priority={_quoted(feel_text)} />"
    return {
        "condition": diagram("p", gateway, ["begin -> which", f"which -> yes if {text}", "which -> no default"]),
        "script": diagram("p", [start(), script("work", text, "y"), end()], flows),
        "input": diagram("p", [start(), user("work", more=mapping({"y": text})), end()], flows),
        "output": diagram("p", [start(), job("work", more=mapping({}, {"y": text})), end()], flows),
        "groups": diagram("p", [start(), user("work", feel_text), end()], flows),
        "due date": diagram("p", [start(), user("work", more=schedule), end()], flows),
        "priority": diagram("p", [start(), user("work", more=priority), end()], flows),
        "job type": diagram("p", [start(), job("work", feel_text), end()], flows),
        "timer": diagram("p", [start(), timer("intermediateCatchEvent", "heard", feel_text), end()], waits),
        "correlation key": diagram("p", caught, waits, root=message_root(key=feel_text)),
        "message name": diagram("p", caught, waits, root=message_root(name=feel_text)),
        "boundary timer": diagram(
            "p",
            [*plain, timer("boundaryEvent", "limit", feel_text, attachedToRef="work"), end("late")],
            [*flows, "limit -> late"],
        ),
    }


def _quoted(text: str) -> str:
    return '"' + text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;") + '"'


@pytest.mark.parametrize("place", placed("1"))
def test_an_expression_of_a_diagram_never_runs_python(place: str, trap: Path) -> None:
    for text in [attack(trap), *PYTHON]:
        try:
            model = bpmn.read_model(placed(text)[place], "p.bpmn")
            bpmn.Run.start(model, VARIABLES, context()).advance()
        except (ModelRejected, StuckError):
            continue
    assert not trap.exists()


@pytest.mark.parametrize("place", sorted(placed("1")))
def test_a_call_of_what_is_no_function_of_feel_is_refused_at_deployment(place: str) -> None:
    with pytest.raises(ModelRejected, match=r"there is no function|no FEEL"):
        bpmn.read_model(placed("eval(x)")[place], "p.bpmn")


FOREIGN = 'xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
SPIFF = 'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core"'
HOSTILE_ELEMENTS = {
    "a script in Python": Node("scriptTask", "work", "", "<bpmn:script>import os</bpmn:script>", scriptFormat="python"),
    "a script without words": Node("scriptTask", "work"),
    "an expression to be called": Node("serviceTask", "work", f'<camunda:in {FOREIGN} expression="x" />'),
    "a connector": Node("serviceTask", "work", f"<camunda:connector {FOREIGN}/>"),
    "a script before it": Node(
        "userTask", "work", f"<zeebe:userTask/><spiffworkflow:preScript {SPIFF}>x</spiffworkflow:preScript>"
    ),
    "a script after it": Node(
        "userTask", "work", f"<zeebe:userTask/><spiffworkflow:postScript {SPIFF}>x</spiffworkflow:postScript>"
    ),
    "a service operator": Node("serviceTask", "work", f'<spiffworkflow:serviceTaskOperator {SPIFF} id="http/Get"/>'),
}


@pytest.mark.parametrize("node", HOSTILE_ELEMENTS.values(), ids=HOSTILE_ELEMENTS.keys())
def test_what_other_engines_would_run_is_refused_with_its_element(node: Node) -> None:
    with pytest.raises(ModelRejected) as refused:
        bpmn.read_model(diagram("p", [start(), node, end()], ["begin -> work", "work -> done"]), "p.bpmn")
    assert {problem.element_id for problem in refused.value.problems} == {"work"}


def test_correlation_does_not_ask_the_environment_of_a_script_engine() -> None:
    root = message_root(key="=matter")
    retrieval = "bpmn:correlationPropertyRetrievalExpression"
    asked = f"<{retrieval} messageRef='M'><bpmn:messagePath>__import__('os')</bpmn:messagePath></{retrieval}>"
    root += f'<bpmn:correlationProperty id="c" name="c">{asked}</bpmn:correlationProperty>'
    nodes = [start(), message("intermediateCatchEvent", "heard"), end()]
    model = bpmn.read_model(diagram("p", nodes, ["begin -> heard", "heard -> done"], root=root), "p.bpmn")
    [wait] = bpmn.Run.start(model, VARIABLES, context()).advance().items
    assert wait.attributes["correlation_key"] == "M"


def test_a_run_has_no_script_engine() -> None:
    model = bpmn.read_model(diagram("p", [start(), user("work"), end()], ["begin -> work", "work -> done"]), "p.bpmn")
    tokens = bpmn.Run.start(model, {}, context())._tokens
    assert not hasattr(tokens, "script_engine")


# Decisions -------------------------------------------------------------------------------------------------------

TABLE = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="urn:test">
  <decision id="d" name="d"><variable name="d"/><decisionTable hitPolicy="FIRST">
    <input><inputExpression><text>{input}</text></inputExpression></input><output name="o"/>
    <rule id="r"><inputEntry><text>{test}</text></inputEntry><outputEntry><text>{output}</text></outputEntry></rule>
  </decisionTable></decision></definitions>"""


@pytest.mark.parametrize("place", ["input", "test", "output"])
def test_a_cell_of_a_table_never_runs_python(place: str, trap: Path) -> None:
    for text in [attack(trap), *PYTHON]:
        cells = {"input": "x.a", "test": "-", "output": "1"} | {place: text.replace("&", "&amp;").replace("<", "&lt;")}
        try:
            model = dmn.read_model(TABLE.format(**cells).encode(), "d.dmn")
        except ModelRejected:
            continue
        env = feel.Environment(now=lambda: datetime(2026, 2, 10, tzinfo=UTC))
        assert dmn.evaluate(model, "d", VARIABLES, env).output in (None, 1, [], [None])
    assert not trap.exists()


# Forms -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["html", "iframe", "script", "expressionField"])
def test_a_form_has_no_component_that_runs_or_shows_foreign_pages(kind: str) -> None:
    component = {"type": kind, "key": "x", "id": "c1", "content": "<script>1</script>", "url": "javascript:1"}
    with pytest.raises(ModelRejected) as refused:
        forms.read_form(json.dumps({"id": "f", "components": [component]}).encode(), "f.form")
    assert refused.value.problems[0].element_id == "c1"


def test_a_form_is_text_and_its_conditions_are_nothing_but_feel(trap: Path) -> None:
    component = {
        "type": "textfield",
        "key": "x",
        "label": "=" + attack(trap),
        "validate": {"pattern": "(o+)+", "required": True},
        "defaultValue": "=" + attack(trap),
    }

    def read(**more: Any) -> forms.Form:
        drawn = {"id": "f", "components": [component | more]}
        return forms.read_form(json.dumps(drawn).encode(), "f.form")

    env = feel.Environment(now=lambda: datetime(2026, 2, 10, tzinfo=UTC))
    assert forms.check(read(), {"x": "=" + attack(trap)}, dict, env)["x"].startswith("=")
    with pytest.raises(ModelRejected):
        read(conditional={"hide": "=" + attack(trap)})
    assert not trap.exists()


# State -----------------------------------------------------------------------------------------------------------


class Bomb:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


def stored(value: Any) -> bytes:
    return bytes([1]) + zlib.compress(json.dumps(value).encode())


def hostile_states(trap: Path) -> dict[str, bytes]:
    token = [2, "work", 16, -1, {"scope": 0, "flow": None, "kind": "user-task"}]
    scopes: list[Any] = [[0, None, {}]]
    return {
        "a pickle": pickle.dumps(Bomb(trap)),
        "a pickle in its place": bytes([1]) + pickle.dumps(Bomb(trap)),
        "a packed pickle": bytes([1]) + zlib.compress(pickle.dumps(Bomb(trap))),
        "a later format": bytes([200]) + b"x",
        "nothing": b"",
        "no list": stored({"py/object": "os.system"}),
        "too short": stored([1]),
        "an unknown element": stored([2, scopes, [[2, "__class__", 16, -1, {"scope": 0}]]]),
        "an unknown parent": stored([2, scopes, [[2, "work", 16, 99, {"scope": 0}]]]),
        "tokens that are none": stored([2, scopes, ["work"]]),
        "a scope that is its own parent": stored(
            [2, [[0, None, {}], [3, 3, {}]], [[*token[:4], {"scope": 3, "flow": None}]]]
        ),
        "a class by name": stored([2, scopes, [[2, "work", 16, -1, {"scope": 0, "typename": "os", "kind": "timer"}]]]),
        "a bomb": bytes([1]) + zlib.compress(b"[" * 100_000_000),
    }


@pytest.mark.parametrize("name", hostile_states(Path("x")))
def test_a_stored_state_is_read_as_values_or_refused(name: str, trap: Path) -> None:
    model = bpmn.read_model(diagram("p", [start(), user("work"), end()], ["begin -> work", "work -> done"]), "p.bpmn")
    with pytest.raises(StuckError) as stuck:
        bpmn.Run.restore(model, hostile_states(trap)[name], context())
    assert stuck.value.error_type == "STATE_ERROR"
    assert not trap.exists()


def test_the_formats_of_a_state_are_all_plain_values() -> None:
    read = state.load(state.dump(1, [[0, None, {"a": "!!python/object:os.system"}]], []))
    assert read[1] == [[0, None, {"a": "!!python/object:os.system"}]]
