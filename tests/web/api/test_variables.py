"""Variables are found over all instances, by all that clients ask for, and told in the same words by both stores."""

from __future__ import annotations

from typing import Any

from tests.api import Api
from tests.diagrams import diagram, end, mapping, start, user

CASE = diagram("case", [start(), user("triage"), end()], ["begin -> triage", "triage -> done"])
LOCAL = diagram(
    "local",
    [start(), user("look", more=mapping({"copy": "district"})), end()],
    ["begin -> look", "look -> done"],
)
SHORT = diagram("short", [start(), end()], ["begin -> done"])


def names(api: Api, filter_: Any = None, **more: Any) -> list[str]:
    return [one["name"] for one in api.search("/variables", filter_, **more)]


def told(found: list[Any]) -> set[tuple[str, str, str]]:
    return {(one["name"], one["value"], one["scopeKey"]) for one in found}


def test_those_of_all_instances_are_found_and_those_of_ended_ones_too(api: Api) -> None:
    api.deploy(LOCAL, SHORT)
    living, ended = api.start("local", district="north"), api.start("short", district="south", n=1)
    found = api.search("/variables", {"name": "district"})
    assert [(one["processInstanceKey"], one["value"]) for one in found] == [(living, '"north"'), (ended, '"south"')]
    assert {one["rootProcessInstanceKey"] for one in found} == {living, ended}
    assert names(api) == ["district", "copy", "district", "n"]
    assert names(api, {"processInstanceKey": {"$in": [ended, "1"]}}) == ["district", "n"]
    assert names(api, {"processInstanceKey": "1"}) == []
    assert names(api, {"tenantId": "<default>", "$or": [{"name": "n"}, {"value": '"north"'}]}) == [
        "district",
        "copy",
        "n",
    ]


def test_they_are_found_by_their_scope_and_value(api: Api) -> None:
    api.deploy(LOCAL)
    key = api.start("local", district="north", many=[1, 2], long="x" * 9_000)
    (task,) = api.tasks()
    (copy,) = api.search("/variables", {"scopeKey": task["elementInstanceKey"]})
    assert (copy["name"], copy["processInstanceKey"]) == ("copy", key)
    assert names(api, {"value": '"north"'}) == ["district", "copy"]
    assert names(api, {"value": {"$in": ["[1, 2]"]}}) == ["many"]
    assert names(api, {"value": {"$neq": "[1,2]", "$notIn": ['"north"']}}) == ["long"]
    assert names(api, {"value": {"$like": '"nor*'}, "scopeKey": key}) == ["district"]
    assert names(api, {"isTruncated": True}) == ["long"]
    assert names(api, {"name": {"$like": "?on*"}}) == ["long"]
    assert names(api, {"variableKey": copy["variableKey"]}) == ["copy"]
    assert names(api, {"value": "north"}) == []


def test_stars_and_question_marks_stand_for_text_unless_a_backslash_is_before(api: Api) -> None:
    api.deploy(SHORT)
    api.start("short", one="5*3?", two="5x3y", three="5X3%_\\")
    assert names(api, {"value": {"$like": '"5*3?"'}}) == ["one", "two"]
    assert names(api, {"value": {"$like": r'"5\*3\?"'}}) == ["one"]
    assert names(api, {"value": {"$like": '"5X*"'}}) == ["three"]
    assert names(api, {"value": {"$like": r'*%_\\\\"'}}) == ["three"]
    assert names(api, {"value": {"$like": '"5%"'}}) == []


def test_long_values_are_cut_unless_the_whole_is_asked_for(api: Api) -> None:
    api.deploy(CASE)
    api.start("case", long="x" * 9_000, short="x")
    long, short = api.search("/variables")
    assert (long["isTruncated"], len(long["value"]), short["isTruncated"]) == (True, 8_191, False)
    whole, _ = api.post("/variables/search?truncateValues=false", {})["items"]
    assert (whole["isTruncated"], whole["value"]) == (False, '"' + "x" * 9_000 + '"')
    assert api.get(f"/variables/{long['variableKey']}") == whole
    assert api.ask("GET", "/variables/1").status_code == 404


VALUES = {
    "null": "null",
    "true": "true",
    "whole": "-9007199254740993",
    "large": "123456789012345678901234567890",
    "exact": "0.3333333333333333333333333333333333",
    "half": "1.5",
    "words": '"a, \\"b\\": c\\\\"',
    "line": '"\\n\\u0001 é 𠮷"',
    "list": '[1,"a, b",{"x: ":null}]',
    "empty": '{"a":{},"b":[]}',
    "q\"u.o[t]e'": "2.50",
    "日期": "[]",
}


def test_values_are_told_as_compact_json_with_all_their_digits_and_found_by_that_text(api: Api) -> None:
    api.deploy(CASE)
    told = ",".join(f'"{name}":{value}' for name, value in VALUES.items() if name != "q\"u.o[t]e'")
    body = f'{{"processDefinitionId":"case","variables":{{"q\\"u.o[t]e\'":2.5,{told}}}}}'
    assert api.ask("POST", "/process-instances", data=body, content_type="application/json").status_code == 200
    found = {one["name"]: one["value"] for one in api.search("/variables")}
    assert found == VALUES | {"q\"u.o[t]e'": "2.5"}
    for name, value in found.items():
        assert name in names(api, {"value": value}), name
        assert names(api, {"value": {"$in": [value]}, "name": name}) == [name]


def test_they_are_sorted_and_read_page_by_page_in_both_directions(api: Api) -> None:
    api.deploy(CASE)
    first, second = api.start("case", a=2, b=1), api.start("case", a=3, c=1)

    def page(*sort: tuple[str, str], **more: Any) -> tuple[list[tuple[str, str]], Any]:
        asked = {"sort": [{"field": field, "order": order} for field, order in sort], "page": {"limit": 3, **more}}
        told = api.post("/variables/search", asked)
        return [(one["processInstanceKey"], one["name"]) for one in told["items"]], told["page"]

    by_name = ("name", "asc"), ("processInstanceKey", "DESC")
    found, cursors = page(*by_name)
    assert found == [(second, "a"), (first, "a"), (first, "b")]
    assert (cursors["totalItems"], cursors["hasMoreTotalItems"]) == (4, False)
    rest, last = page(*by_name, after=cursors["endCursor"])
    assert rest == [(second, "c")]
    assert page(*by_name, before=last["startCursor"])[0] == found
    assert page(*by_name, **{"from": 3})[0] == rest
    assert [name for _, name in page(("value", "DESC"))[0]] == ["a", "a", "c"]
    for field in ("variableKey", "scopeKey", "tenantId"):
        assert len(page((field, "ASC"))[0]) == 3


def test_of_very_many_the_first_ten_thousand_are_counted(api: Api) -> None:
    api.deploy(SHORT)
    api.start("short", **{f"v{number}": number for number in range(10_001)})
    told = api.post("/variables/search", {"page": {"limit": 1}})
    assert (told["page"]["totalItems"], told["page"]["hasMoreTotalItems"]) == (10_000, True)


def test_a_task_is_told_all_variables_around_it_or_the_innermost_with_each_name_and_where_each_is(api: Api) -> None:
    api.deploy(LOCAL)
    key = api.start("local", district="north", n=1)
    (task,) = api.tasks()
    own = task["elementInstanceKey"]
    local = {"variables": {"district": "mine"}, "local": True}
    assert api.ask("PUT", f"/element-instances/{own}/variables", local).status_code == 204
    path = f"/user-tasks/{task['userTaskKey']}"
    seen = {("copy", '"north"', own), ("district", '"mine"', own), ("n", "1", key)}
    assert told(api.search(f"{path}/effective-variables")) == seen
    assert told(api.search(f"{path}/variables")) == seen | {("district", '"north"', key)}
    assert [one["value"] for one in api.search("/variables", {"name": "district"})] == ['"north"', '"mine"']


def test_what_a_task_sees_is_filtered_sorted_and_read_page_by_page_like_the_rest(api: Api) -> None:
    api.deploy(LOCAL)
    api.start("local", district="north", n=1)
    path = f"/user-tasks/{api.tasks()[0]['userTaskKey']}/variables/search"
    asked = {"filter": {"name": {"$in": ["copy", "n"]}}, "sort": [{"field": "name", "order": "DESC"}]}
    told = api.post(path, asked | {"page": {"limit": 1}})
    assert ([one["name"] for one in told["items"]], told["page"]["totalItems"]) == (["n"], 2)
    told = api.post(path, asked | {"page": {"after": told["page"]["endCursor"]}})
    assert [one["name"] for one in told["items"]] == ["copy"]


LIKE: tuple[tuple[Any, bool], ...] = (
    ('"north"', True),
    ({"$eq": '"north"'}, True),
    ({"$neq": '"north"'}, False),
    ({"$like": '"n*"'}, True),
    ({"$in": ['"south"', '"north"']}, True),
    ({"$notIn": ['"north"']}, False),
    ({"$exists": True}, True),
    ({"$exists": False}, False),
)


def test_instances_and_tasks_are_found_by_what_their_variables_are_like(api: Api) -> None:
    api.deploy(LOCAL)
    api.start("local", district="north")
    for value, is_found in LIKE:
        for noun, field, name in (
            ("process-instances", "variables", "district"),
            ("user-tasks", "processInstanceVariables", "district"),
            ("user-tasks", "localVariables", "copy"),
        ):
            found = api.search(f"/{noun}", {field: [{"name": name, "value": value}]})
            assert bool(found) is is_found, (field, value)
    nothing = {"variables": [{"name": "nothing", "value": {"$exists": False}}]}
    assert len(api.search("/process-instances", nothing)) == 1
