"""The extension elements of Camunda 8: each attribute, written out and as FEEL, at each kind of element.

Which there are is told by the file that modelers read them with (zeebe-bpmn-moddle); a test compares.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from tests.vocabulary.hosts import OTHERS, TASKS, Draw
from tests.vocabulary.play import HERE, Case, Played
from tests.vocabulary.tables import Cell, Table

WRITTEN, COMPUTED = ", written out", ", FEEL"
Effect = Callable[[Played, Any], bool]


@dataclass(frozen=True)
class Attribute:
    """An attribute with two values, and the effect that each must have where it is read."""

    extension: str
    name: str
    written: str
    computed: str
    effect: Effect
    means: tuple[Any, Any]
    besides: Mapping[str, str] = field(default_factory=dict)
    element: str = ""  # within the extension
    around: str = "{}"
    content: str = ""

    def xml(self, value: str) -> str:
        given = {**self.besides, self.name: value}
        listed = "".join(f" {key}={quoteattr(one)}" for key, one in given.items())
        name = self.element or self.extension
        inner = self.around.format(f"<zeebe:{name}{listed}>{self.content}</zeebe:{name}>")
        return f"<zeebe:{self.extension}>{inner}</zeebe:{self.extension}>" if self.element else inner

    def case(self, draw: Draw, how: str) -> Case:
        value, meant = (self.written, self.means[0]) if how == WRITTEN else (self.computed, self.means[1])
        return replace(draw(self.xml(value), self.extension), check=lambda played: self.effect(played, meant))


def _told(name: str) -> Effect:
    return lambda played, meant: meant in played.told(name)


def _first(name: str) -> Effect:
    """Of the listener that a user task begins with."""
    return lambda played, meant: any(one and one[name] == meant for one in played.told("first"))


def _header(played: Played, meant: Any) -> bool:
    return any(meant.items() <= told.items() for told in played.told("headers"))


def _variable(name: str) -> Effect:
    return lambda played, meant: played.variables.get(name) == meant


def _local(name: str) -> Effect:
    return lambda played, meant: meant in played.local(name)


def _decided(name: str) -> Effect:
    return lambda played, meant: [getattr(one, name) for one in played.decided] == [meant]


def _form(told: str, drawn: str) -> Effect:
    def effect(played: Played, meant: Any) -> bool:
        begins = played.model.elements[HERE].start_form
        return meant in played.told(told) or (begins is not None and getattr(begins, drawn) == meant)

    return effect


def _embedded(played: Played, meant: Any) -> bool:
    return list(played.model.forms) == [meant]


def _kept(_: Played, __: Any) -> bool:
    return True


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _when(name: str) -> Effect:
    return lambda played, meant: [one and one.astimezone(UTC) for one in played.told(name)] == [meant]


_DAY, _EIGHT = "2026-03-01T09:00:00+08:00", _instant("2026-03-01T09:00:00+08:00")
_TYPE = {"eventType": "start", "type": "listen"}


def _both(
    extension: str, name: str, written: str, computed: str, effect: Effect, *means: Any, **more: Any
) -> Attribute:
    """`means` is what both mean, or one after the other; unless said, what is written."""
    first = means[0] if means else written
    return Attribute(extension, name, written, computed, effect, (first, means[1] if len(means) > 1 else first), **more)


def _binding(extension: str, named: dict[str, str], kind: Effect, tag: Effect) -> list[Attribute]:
    return [
        _both(extension, "bindingType", "deployment", '="deployment"', kind, besides=named),
        _both(extension, "versionTag", "v1", '="v1"', tag, besides={**named, "bindingType": "versionTag"}),
    ]


# What a modeler keeps of the template that an element was made by.
_CHOSEN = ("modelerConfigurationTemplate", "modelerConfigurationName")
_GIVEN = {"source": "=3 + 4", "target": "given"}
_HEADERS: dict[str, Any] = {"element": "header"}
_OVER, _INNER = {"inputCollection": "=units"}, {"activeElementsCollection": '=["inner"]'}
_LISTENER: dict[str, Any] = {"element": "executionListener"}
_TASK_LISTENER: dict[str, Any] = {"element": "taskListener"}
_ASKED = {"eventType": "creating", "type": "listen"}
_LISTENING = '<zeebe:executionListener eventType="start" type="listen"><zeebe:taskHeaders>{}</zeebe:taskHeaders>'
_LISTENING += "</zeebe:executionListener>"


def _watched(name: str) -> Effect:
    return lambda played, meant: getattr(played.model.elements[HERE].condition, name) == meant


def _times(played: Played, meant: Any) -> bool:
    return bool(played.count("element-activated") == meant)


def _inner(played: Played, meant: Any) -> bool:
    return bool(played.count("element-completed", "inner") == meant)


ATTRIBUTES = [
    _both("taskDefinition", "type", "send-it", '="send-" + "it"', _told("type")),
    _both("taskDefinition", "retries", "5", "=2 + 3", _told("retries"), 5, besides={"type": "work"}),
    _both(
        "taskHeaders",
        "key",
        "unit",
        '="unit"',
        _header,
        {"unit": "1"},
        {'="unit"': "1"},
        besides={"value": "1"},
        **_HEADERS,
    ),
    _both(
        "taskHeaders", "value", "1", "=1", _header, {"unit": "1"}, {"unit": "=1"}, besides={"key": "unit"}, **_HEADERS
    ),
    _both("taskHeaders", "id", "h", "=1", _header, {"unit": "1"}, besides={"key": "unit", "value": "1"}, **_HEADERS),
    _both("jobPriorityDefinition", "priority", "7", "=3 + 4", _told("priority"), 7),
    _both("assignmentDefinition", "assignee", "li", '="l" + "i"', _told("assignee")),
    _both("assignmentDefinition", "candidateGroups", "a, b", '=["a", "b"]', _told("candidate_groups"), ["a", "b"]),
    _both("assignmentDefinition", "candidateUsers", "a, b", '=["a", "b"]', _told("candidate_users"), ["a", "b"]),
    _both("taskSchedule", "dueDate", _DAY, f'=date and time("{_DAY}")', _when("due_date"), _EIGHT),
    _both("taskSchedule", "followUpDate", _DAY, f'=date and time("{_DAY}")', _when("follow_up_date"), _EIGHT),
    _both("priorityDefinition", "priority", "70", "=60 + 10", _told("priority"), 70),
    _both("formDefinition", "formId", "ask", '="a" + "sk"', _form("form_id", "target_id")),
    *_binding(
        "formDefinition", {"formId": "ask"}, _form("form_binding", "binding"), _form("form_version_tag", "version_tag")
    ),
    _both("formDefinition", "formKey", "desk/ask", '="desk/" + "ask"', _told("outside_form")),
    _both("formDefinition", "externalReference", "desk/ask", '="desk/" + "ask"', _told("outside_form")),
    _both("userTaskForm", "id", "F", '="F"', _embedded, "p.F", 'p.="F"', content='{"components": []}'),
    _both(
        "calledDecision",
        "decisionId",
        "units",
        '="un" + "its"',
        _decided("target_id"),
        besides={"resultVariable": "found"},
    ),
    _both(
        "calledDecision",
        "resultVariable",
        "found",
        '="found"',
        _variable("found"),
        {"unit": "roads"},
        besides={"decisionId": "units"},
    ),
    *_binding(
        "calledDecision",
        {"decisionId": "units", "resultVariable": "found"},
        _decided("binding"),
        _decided("version_tag"),
    ),
    _both("script", "expression", "3 + 4", "=3 + 4", _variable("found"), 7, besides={"resultVariable": "found"}),
    _both("script", "resultVariable", "found", '="found"', _variable("found"), 7, besides={"expression": "=3 + 4"}),
    _both("calledElement", "processId", "child", '="chi" + "ld"', _told("process_id")),
    _both(
        "calledElement",
        "propagateAllParentVariables",
        "false",
        "=false",
        _told("variables"),
        {},
        besides={"processId": "c"},
    ),
    _both(
        "calledElement",
        "propagateAllChildVariables",
        "false",
        "=false",
        _variable("brought"),
        None,
        besides={"processId": "c"},
    ),
    *_binding("calledElement", {"processId": "child"}, _told("binding"), _told("version_tag")),
    _both("calledElement", "processIdExpression", "child", '="child"', _kept, besides={"processId": "child"}),
    _both("calledElement", "businessId", "b", '="b"', _kept, besides={"processId": "child"}),
    _both("ioMapping", "source", "7", "=3 + 4", _local("given"), "7", 7, besides={"target": "given"}, element="input"),
    _both(
        "ioMapping", "target", "given", '="given"', _local("given"), 7, besides={"source": "=3 + 4"}, element="input"
    ),
    _both(
        "ioMapping",
        "source",
        "7",
        "=3 + 4",
        _variable("brought"),
        "7",
        7,
        besides={"target": "brought"},
        element="output",
    ),
    _both(
        "ioMapping",
        "target",
        "brought",
        '="brought"',
        _variable("brought"),
        7,
        besides={"source": "=3 + 4"},
        element="output",
    ),
    _both("executionListeners", "eventType", "start", '="start"', _told("event"), "START", besides=_TYPE, **_LISTENER),
    _both("executionListeners", "type", "listen", '="lis" + "ten"', _told("type"), besides=_TYPE, **_LISTENER),
    _both("executionListeners", "retries", "5", "=2 + 3", _told("retries"), 5, besides=_TYPE, **_LISTENER),
    _both(
        "executionListeners",
        "value",
        "1",
        "=1",
        _header,
        {"unit": "1"},
        {"unit": "=1"},
        besides={"key": "unit"},
        element="header",
        around=_LISTENING,
    ),
    _both(
        "taskListeners",
        "eventType",
        "creating",
        '="creating"',
        _first("type"),
        "listen",
        besides=_ASKED,
        **_TASK_LISTENER,
    ),
    _both("taskListeners", "type", "listen", '="lis" + "ten"', _first("type"), besides=_ASKED, **_TASK_LISTENER),
    _both("taskListeners", "retries", "5", "=2 + 3", _first("retries"), 5, besides=_ASKED, **_TASK_LISTENER),
    _both("versionTag", "value", "v1", '="v1"', lambda played, meant: played.model.version_tag == meant),
    _both("subscription", "correlationKey", "matter", "=matter", _told("correlation_key"), "M-1"),
    _both("conditionalFilter", "variableNames", "ready", '="ready"', _watched("names"), {"ready"}),
    _both("conditionalFilter", "variableEvents", "create", '="create"', _watched("changes"), {"create"}),
    _both("loopCharacteristics", "inputCollection", "units", "=units", _times, 3),
    _both("loopCharacteristics", "inputElement", "unit", '="unit"', _local("unit"), "b", besides=_OVER),
    _both(
        "loopCharacteristics",
        "outputCollection",
        "all",
        '="all"',
        _variable("all"),
        [1, 1],
        besides={**_OVER, "outputElement": "=1"},
    ),
    _both(
        "loopCharacteristics",
        "outputElement",
        "1",
        "=1",
        _variable("all"),
        [1, 1],
        besides={**_OVER, "outputCollection": "all"},
    ),
    _both("adHoc", "activeElementsCollection", "inner", '=["inner"]', _inner, 1),
    _both(
        "adHoc", "outputCollection", "all", '="all"', _variable("all"), [1], besides={**_INNER, "outputElement": "=1"}
    ),
    _both("adHoc", "outputElement", "1", "=1", _variable("all"), [1], besides={**_INNER, "outputCollection": "all"}),
    _both("linkedResources", "resourceId", "r", '="r"', _kept, element="linkedResource"),
    _both("linkedResources", "resourceType", "RPA", '="RPA"', _kept, element="linkedResource"),
    _both("linkedResources", "linkName", "l", '="l"', _kept, element="linkedResource"),
    _both("linkedResources", "bindingType", "deployment", '="deployment"', _kept, element="linkedResource"),
    _both("linkedResources", "versionTag", "v1", '="v1"', _kept, element="linkedResource"),
    _both("agentDefinition", "agentType", "a", '="a"', _kept),
    _both("properties", "name", "basis", '="basis"', _kept, besides={"value": "1"}, element="property"),
    _both("properties", "value", "1", "=1", _kept, besides={"name": "basis"}, element="property"),
    *(
        _both("properties", one, "t", "=t", _kept, besides={"name": "a", "value": "b"}, element="property")
        for one in _CHOSEN
    ),
    *(_both("ioMapping", one, "t", "=t", _local("given"), 7, besides=_GIVEN, element="input") for one in _CHOSEN),
]


def _row(one: Attribute, how: str) -> str:
    inner = f"{one.element}: " if one.element and one.element.lower() not in one.extension.lower() else ""
    return f"{one.extension}: {inner}{one.name}{how}"


def _of(title: str, words: str, hosts: Mapping[str, Draw]) -> Table:
    rows: dict[str, dict[str, Cell]] = {}
    for one in ATTRIBUTES:
        written = rows[_row(one, WRITTEN)] = {name: Cell(one.case(draw, WRITTEN)) for name, draw in hosts.items()}
        rows[_row(one, COMPUTED)] = {
            name: Cell(one.case(draw, COMPUTED), like=written[name]) for name, draw in hosts.items()
        }
    return Table(title, words, "Attribute", rows)


def tables() -> tuple[Table, ...]:
    words = "Each attribute, written out and as FEEL. Where it runs, what it says was seen to have its effect."
    return (
        _of("Extensions of Camunda 8 at activities", words, TASKS),
        _of("Extensions of Camunda 8 at events, gateways and others", words, OTHERS),
    )


def listed() -> set[tuple[str, str]]:
    """Each element of an extension with each attribute of it, as the tables have them."""
    return {(one.element or one.extension, one.name) for one in ATTRIBUTES}


def known() -> set[tuple[str, str]]:
    """The same as modelers write them, but what only marks or holds others."""
    path = Path(__file__).parents[1] / "modelers/node_modules/zeebe-bpmn-moddle/resources/zeebe.json"
    types = {one["name"]: one for one in json.loads(path.read_text(encoding="utf-8"))["types"]}
    found: set[tuple[str, str]] = set()
    for name, told in types.items():
        of = [one.removeprefix("zeebe:") for one in told.get("extends", [])] or [name]
        for one in told.get("properties", []):
            if one.get("isAttr") and not any(host.startswith("bpmn:") for host in of):
                found |= {(host[0].lower() + host[1:], one["name"]) for host in of}
    for element in ("input", "output"):
        found |= {(element, name) for name in ("source", "target")}
    return {one for one in found if one[0] not in ("inputOutputParameter",)}
