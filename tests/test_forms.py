"""Answers fit their form or are refused field by field; forms that nobody could fill in are not deployed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from service import feel, forms
from service.errors import Conflict, Invalid, ModelRejected
from service.form_rules import rules


def read(*components: dict[str, Any], **more: Any) -> forms.Form:
    drawn = {"type": "default", "id": "judge", "components": list(components), **more}
    return forms.read_form(json.dumps(drawn).encode(), "judge.form")


def check(form: forms.Form, answers: dict[str, Any], **seen: Any) -> dict[str, Any]:
    return forms.check(form, answers, lambda: seen, feel.Environment(now=lambda: datetime(2026, 2, 10, tzinfo=UTC)))


def field(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "key": "x", "id": "c1", "label": "答复", **more}


VALUES = [{"value": "a", "label": "A"}, {"value": "b", "label": "B"}]
REQUIRED = {"validate": {"required": True}}
FITS: list[tuple[dict[str, Any], Any]] = [
    (field("textfield"), "text"),
    (field("textfield"), None),
    (field("textfield", validate={"minLength": 2, "maxLength": 4}), "政务热线"),
    (field("textarea", **REQUIRED), "one\ntwo"),
    (field("number"), 1.5),
    (field("number", validate={"min": 1, "max": 3}), 3),
    (field("number", serializeToString=True), "1.50"),
    (field("checkbox"), False),
    (field("checkbox", **REQUIRED), True),
    (field("radio", values=VALUES), "a"),
    (field("radio", values=VALUES), None),
    (field("radio", values=[{"value": 5, "label": "A"}]), 5),
    (field("select", values=VALUES, **REQUIRED), "b"),
    (field("checklist", values=VALUES), ["a", "b"]),
    (field("taglist", values=VALUES), []),
    (field("datetime"), "2026-03-01"),
    (field("datetime", subtype="time"), "09:30Z"),
    (field("textfield", validate={"pattern": "^[A-Z]+$"}), "AB"),
    (field("textfield", validate={"pattern": "^[A-Z]+$"}), ""),
    (field("textfield", validate={"validationType": "email"}), "li@example.org"),
    (field("textfield", validate={"validationType": "phone"}), "+86 138 0000 0000"),
    (field("datetime"), "2026-03-01T09:00:00+08:00"),
]
FITS_NOT: list[tuple[dict[str, Any], Any]] = [
    (field("textfield"), 1),
    (field("textfield"), ["a"]),
    (field("textfield", **REQUIRED), ""),
    (field("textfield", **REQUIRED), None),
    (field("textfield", validate={"minLength": 2}), "a"),
    (field("textfield", validate={"maxLength": 2}), "abc"),
    (field("number"), "1"),
    (field("number"), True),
    (field("number"), float("nan")),
    (field("number", validate={"min": 1}), 0),
    (field("number", validate={"max": 1}), 2),
    (field("number", serializeToString=True), "one"),
    (field("checkbox"), "true"),
    (field("checkbox"), 1),
    (field("radio", values=VALUES), "c"),
    (field("radio", values=VALUES), {"a": 1}),
    (field("radio", values=[{"value": True, "label": "A"}, {"value": False, "label": "B"}]), 0),
    (field("select", values=VALUES, **REQUIRED), None),
    (field("checklist", values=VALUES), ["a", "c"]),
    (field("checklist", values=VALUES), "a"),
    (field("datetime"), "1 March"),
    (field("checkbox", **REQUIRED), False),
    (field("textfield", validate={"pattern": "^[A-Z]+$"}), "Ab"),
    (field("textfield", validate={"validationType": "email"}), "li"),
    (field("textfield", validate={"validationType": "phone"}), "call me"),
    (field("datetime"), 20260301),
]


@pytest.mark.parametrize(("component", "value"), FITS)
def test_an_answer_that_fits_is_taken_as_it_is(component: dict[str, Any], value: Any) -> None:
    assert check(read(component), {"x": value}) == {"x": value}


@pytest.mark.parametrize(("component", "value"), FITS_NOT)
def test_an_answer_that_does_not_fit_is_refused_by_its_field(component: dict[str, Any], value: Any) -> None:
    with pytest.raises(Invalid) as refused:
        check(read(component), {"x": value})
    [problem] = refused.value.problems
    assert problem.element_id == "x"
    assert problem.message.startswith("答复: ")
    assert problem.mend


def test_a_missing_answer_is_refused_if_it_is_required() -> None:
    with pytest.raises(Invalid):
        check(read(field("textfield", **REQUIRED)), {})
    assert check(read(field("textfield")), {}) == {}


def test_what_the_form_hides_or_shows_only_is_not_asked_for() -> None:
    assert check(read(field("textfield", conditional={"hide": "=a"}, **REQUIRED)), {}, a=True) == {}
    assert check(read(field("textfield", disabled=True, **REQUIRED)), {}) == {}
    assert check(read({"type": "text", "text": "# read me"}, {"type": "button"}), {}) == {}


def test_what_the_answers_bring_into_sight_must_be_filled_in() -> None:
    form = read(field("textfield", conditional={"hide": '=kind != "RETURN"'}, **REQUIRED))
    assert check(form, {"kind": "ACCEPT"}) == {"kind": "ACCEPT"}
    for shown in ({"kind": "RETURN"}, {"kind": "RETURN", "x": ""}):
        with pytest.raises(Invalid) as refused:
            check(form, shown)
        assert [problem.element_id for problem in refused.value.problems] == ["x"]
    assert check(form, {"kind": "RETURN", "x": "not ours"})
    with pytest.raises(Invalid):
        check(form, {}, kind="RETURN")


def test_a_choice_that_is_not_open_as_things_stand_is_a_conflict_whatever_the_answers_say() -> None:
    told = {"b:when": "=may_return", "b:otherwise": "不得退回", "b:otherwise:en": "It may not be returned (Art. 22)"}
    form = read(field("radio", values=VALUES, properties=told))
    assert check(form, {"x": "b"}, may_return=True) == {"x": "b"}
    assert check(form, {"x": "a"}, may_return=False) == {"x": "a"}
    for seen in ({"may_return": False}, {}):
        with pytest.raises(Conflict, match=r"may not be returned \(Art\. 22\) 不得退回"):
            check(form, {"x": "b", "may_return": bool(seen)}, **seen)


@pytest.mark.parametrize(("kind", "chosen"), [("radio", 5), ("select", True), ("checklist", [1, 5])])
def test_a_choice_that_is_no_text_is_open_only_when_its_condition_holds(kind: str, chosen: Any) -> None:
    values = [{"value": one, "label": str(one)} for one in (1, 5, True)]
    closed = {"5:when": "=late", "true:when": "=late", "5:otherwise": "还没有超期"}
    form = read(field(kind, values=values, properties=closed))
    assert check(form, {"x": chosen}, late=True) == {"x": chosen}
    with pytest.raises(Conflict):
        check(form, {"x": chosen}, late=False)


def test_what_does_not_fit_is_said_in_the_words_of_its_rule() -> None:
    told = field("textfield", validate={"required": True, "minLength": 2, "maxLength": 4, "pattern": "^[A-Z]+$"})
    for answer, said in (("", 0), (None, 0), ("A", 1), ("ABCDE", 2), ("abc", 3)):
        with pytest.raises(Invalid) as refused:
            check(read(told), {"x": answer})
        assert refused.value.problems[0].message == f"答复: {rules(told)[said].message}"
    assert [one.message for one in rules(field("number", validate={"min": 1.5, "max": 20}))] == [
        "must be a number", "must be 1.5 or more", "must be 20 or less"
    ]  # fmt: skip


def test_what_an_answer_must_be_besides_is_asked_of_it_whatever_else_is_answered() -> None:
    told = {"when": '=kind != "COURT" or string length(x) >= 5', "otherwise:en": "Say which court (Art. 19)"}
    kind = field("textfield", key="kind", disabled=True)
    form = read(kind, field("textfield", properties=told))
    assert check(form, {"x": "none"}, kind="OTHER")["x"] == "none"
    for answers in ({"x": "none"}, {"x": "none", "kind": "OTHER"}):
        with pytest.raises(Invalid) as refused:
            check(form, answers, kind="COURT")
        assert [str(problem.message) for problem in refused.value.problems] == ["答复: Say which court (Art. 19)"]


def test_blanks_are_no_answer() -> None:
    with pytest.raises(Invalid):
        check(read(field("textarea", **REQUIRED)), {"x": " \n\u3000"})


def test_what_is_known_and_not_asked_for_can_be_left_as_it_is() -> None:
    form = read(field("textfield"), field("number", key="shown", disabled=True))
    told = {"x": "a", "shown": 1, "more": 2}
    leave = {"leaves_known": True}
    env = feel.Environment(now=lambda: datetime(2026, 2, 10, tzinfo=UTC))
    assert forms.check(form, told, lambda: {"shown": 1, "x": "b"}, env, **leave) == told
    for known in ({"shown": 3}, {"more": 3}):
        with pytest.raises(Invalid, match="do not fit"):
            forms.check(form, told, lambda known=known: known, env, **leave)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("listed", "bodies"),
    [
        (
            {"valuesExpression": '=bodies[item.kind = "TOWN"]'},
            [{"value": "a", "kind": "TOWN"}, {"value": "b", "kind": ""}],
        ),
        ({"valuesKey": "bodies"}, ["a"]),
    ],
)
def test_of_a_list_of_the_variables_only_what_is_in_it_can_be_chosen(listed: dict[str, Any], bodies: list[Any]) -> None:
    form = read(field("select", **listed))
    assert check(form, {"x": "a"}, bodies=bodies) == {"x": "a"}
    for answers in ({"x": "b"}, {"x": "b", "bodies": ["b"]}):
        with pytest.raises(Invalid) as refused:
            check(form, answers, bodies=bodies)
        assert [one.element_id for one in refused.value.problems] == ["x"]
    with pytest.raises(Invalid):
        check(form, {"x": "a"})


def test_all_wrong_answers_are_told_at_once_and_none_of_what_was_written() -> None:
    form = read(field("number", key="a"), field("checkbox", key="b"), field("datetime", key="c"))
    with pytest.raises(Invalid) as refused:
        check(form, {"a": "13800001111", "b": "13800001111", "c": "13800001111"})
    assert [problem.element_id for problem in refused.value.problems] == ["a", "b", "c"]
    assert "1380000" not in str(refused.value) + str(refused.value.problems)


def test_answers_that_the_form_does_not_ask_for_go_through() -> None:
    assert check(read(field("textfield")), {"x": "a", "more": 1}) == {"x": "a", "more": 1}


def test_fields_in_groups_are_fields_too() -> None:
    group = {"type": "group", "id": "g", "components": [field("number"), {"type": "columns", "components": []}]}
    with pytest.raises(Invalid):
        check(read(group), {"x": "text"})


def test_what_a_group_at_a_path_or_a_key_with_dots_asks_for_is_in_an_answer_of_its_own() -> None:
    group = {"type": "group", "id": "g", "path": "home", "components": [field("textfield", **REQUIRED)]}
    form = read(group, field("textfield", **REQUIRED) | {"key": "work.x"}, field("number"))
    answers: dict[str, Any] = {"home": {"x": "a"}, "work": {"x": "b"}, "x": 1}
    assert check(form, answers) == answers
    for wrong in ({}, "a", {"x": 1}):
        with pytest.raises(Invalid) as refused:
            check(form, answers | {"home": wrong})
        assert [problem.element_id for problem in refused.value.problems] == ["home.x"]


def test_what_is_in_a_group_that_the_form_hides_is_not_asked_for() -> None:
    inner = field("textfield", conditional={"hide": "=inner"}, **REQUIRED)
    form = read({"type": "group", "id": "g", "conditional": {"hide": "=outer"}, "components": [inner]})
    assert check(form, {}, outer=True, inner=False) == {}
    assert check(form, {}, outer=False, inner=True) == {}
    with pytest.raises(Invalid):
        check(form, {}, outer=False, inner=False)


def test_lists_of_rows_and_shown_documents_are_taken() -> None:
    rows = {"type": "dynamiclist", "id": "l", "path": "rows", "components": [field("textfield", **REQUIRED)]}
    form = read(rows, {"type": "documentPreview", "id": "d", "dataSource": "=papers"})
    assert check(form, {"rows": [{"x": "a"}, {}]}) == {"rows": [{"x": "a"}, {}]}
    with pytest.raises(Invalid):
        check(form, {"rows": "a"})
    with pytest.raises(ModelRejected, match="html"):
        read({**rows, "components": [{"type": "html", "id": "h"}]})


BAD_FORMS: dict[str, tuple[bytes, str]] = {
    "no JSON": (b"{", "no JSON"),
    "not in UTF-8": (b'{"id": "\xff"}', "no JSON"),
    "a list": (b"[]", "no form"),
    "without id": (b'{"components": []}', "no id"),
    "without components": (b'{"id": "f"}', "no components"),
    "an id that is no text": (b'{"id": {"a": 1}, "components": []}', "cannot be used"),
    "a component that is none": (b'{"id": "f", "components": [1]}', "not known"),
    "a group that holds no list": (
        b'{"id": "f", "components": [{"type": "group", "id": "g", "components": "x"}]}',
        "no list",
    ),
    "a key that is no text": (b'{"id": "f", "components": [{"type": "number", "key": {}, "id": "c"}]}', "no key"),
    "rules that are none": (
        b'{"id": "f", "components": [{"type": "number", "key": "k", "validate": 1}]}',
        "cannot be read",
    ),
    "a limit that is no number": (
        b'{"id": "f", "components": [{"type": "number", "key": "k", "validate": {"min": "low"}}]}',
        "cannot be read",
    ),
    "a length that is no number": (
        b'{"id": "f", "components": [{"type": "textfield", "key": "k", "validate": {"minLength": "x"}}]}',
        "cannot be read",
    ),
    "a pattern that is none": (
        b'{"id": "f", "components": [{"type": "textfield", "key": "k", "validate": {"pattern": "("}}]}',
        "cannot be read",
    ),
    "a condition that is no FEEL": (
        b'{"id": "f", "components": [{"type": "textfield", "key": "k", "conditional": {"hide": "= ="},'
        b' "validate": {"required": true}}]}',
        "cannot be read",
    ),
    "choices that are none": (
        b'{"id": "f", "components": [{"type": "radio", "key": "k", "values": [1]}]}',
        "cannot be read",
    ),
    "endless groups": (
        b'{"id": "f", "components": ' + b'[{"type": "group", "components": ' * 200 + b"[]" + b"}]" * 200 + b"}",
        "deep",
    ),
    "endless lists": (b"[" * 100_000, "no JSON"),
    "two fields of one key": (
        b'{"id": "f", "components": [{"type": "number", "key": "k"}, {"type": "number", "key": "k"}]}',
        "taken",
    ),
    "html": (b'{"id": "f", "components": [{"type": "html", "id": "h"}]}', "html"),
    "a file of another size": (b'{"id": "f", "components": []' + b" " * 3_000_000 + b"}", "bytes"),
}


@pytest.mark.parametrize(("content", "reason"), BAD_FORMS.values(), ids=BAD_FORMS.keys())
def test_a_form_that_is_none_is_refused_with_the_reason(content: bytes, reason: str) -> None:
    with pytest.raises(ModelRejected, match=reason) as refused:
        forms.read_form(content, "f.form")
    assert all(problem.mend and problem.file == "f.form" for problem in refused.value.problems)


def test_all_faults_of_a_form_are_told_at_once() -> None:
    with pytest.raises(ModelRejected) as refused:
        read(field("iframe"), field("number", key=""), field("unheard-of", id="c3"), field("number"), field("number"))
    assert [problem.element_id for problem in refused.value.problems] == ["c1", "c1", "c3", "c1"]
