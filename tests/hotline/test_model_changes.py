"""What a new version changes is told whole: conditions, timers, assignments, rows and their order, fields."""

from __future__ import annotations

import json

from service.hotline.model_changes import between
from tests.diagrams import diagram, end, start, user
from tests.web.console.test_studio import FORM, TABLE


def told(kind: str, before: bytes, after: bytes) -> list[tuple[str, str, list[tuple[str, str, str]]]]:
    return [(one.how, one.part.id, list(one.told)) for one in between(kind, before, after, "file")]


def drawn(groups: str = "clerk", *more: str) -> bytes:
    nodes = [start(), user("see", groups), *(user(id_) for id_ in more), end()]
    return diagram("look", nodes, ["begin -> see", "see -> done", *(f"see -> {id_}" for id_ in more)])


def test_who_may_do_a_task_is_told_and_where_it_is_drawn_is_not() -> None:
    path = "extensionElements.assignmentDefinition.candidateGroups"
    assert told("process", drawn(), drawn("head")) == [("changed", "see", [(path, "clerk", "head")])]
    assert told("process", drawn(), drawn().replace(b' x="', b' x="1')) == []


def test_what_comes_and_goes_is_told() -> None:
    assert ("added", "ask") in [one[:2] for one in told("process", drawn(), drawn("clerk", "ask"))]
    assert ("removed", "ask", []) in told("process", drawn("clerk", "ask"), drawn())


def test_a_row_is_told_by_its_columns_and_the_order_of_rows_too() -> None:
    assert told("decision", TABLE, TABLE.replace(b"&lt; 7", b"&lt; 8")) == [
        ("changed", "young", [("Age", "< 7", "< 8")])
    ]
    rule = TABLE[TABLE.index(b"<rule") : TABLE.index(b"</rule>") + 7]
    other = rule.replace(b'id="', b'id="x')
    one, two = TABLE.replace(rule, rule + other), TABLE.replace(rule, other + rule)
    assert told("decision", one, two) == [("changed", "fee", [("order", "young, xyoung", "xyoung, young")])]


def test_a_field_is_told_by_what_is_said_of_it() -> None:
    field = {**FORM["components"][0], "label": "Say", "validate": {"required": True}}  # type: ignore[dict-item]
    after = json.dumps({**FORM, "components": [field]}).encode()
    found = told("form", json.dumps(FORM).encode(), after)
    assert found == [("changed", "told-1", [("label", "<i>Told", "Say"), ("validate.required", "", "true")])]
