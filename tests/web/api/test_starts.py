"""What a start may say besides: where to begin, after what to end, tags, a business id, a version by its tag."""

from __future__ import annotations

from typing import Any

from tests.api import Api
from tests.diagrams import diagram, end, event_sub_process, message, message_root, script, start, user

CASE = diagram("case", [start(), user("ask"), user("tell"), end()], ["begin -> ask", "ask -> tell", "tell -> done"])
TAG = '<bpmn:extensionElements><zeebe:versionTag value="{}" /></bpmn:extensionElements>'


def tagged(tag: str, work: str) -> bytes:
    nodes = [start(), user(work), end()]
    return diagram("tagged", nodes, [f"begin -> {work}", f"{work} -> done"], inside=TAG.format(tag))


def begin(api: Api, *, status: int = 200, **more: Any) -> Any:
    return api.post("/process-instances", {"processDefinitionId": "case", **more}, status=status)


def test_it_begins_and_ends_as_the_modeler_says_that_tests_one_task(api: Api) -> None:
    api.deployed(CASE)
    ends = [{"type": "TERMINATE_PROCESS_INSTANCE", "afterElementId": "tell"}]
    key = begin(api, startInstructions=[{"elementId": "tell"}], runtimeInstructions=ends)["processInstanceKey"]
    (task,) = api.tasks()
    assert task["elementId"] == "tell"
    api.post(f"/user-tasks/{task['userTaskKey']}/completion", {"variables": {"a": 1}}, status=204)
    assert api.get(f"/process-instances/{key}")["state"] == "TERMINATED"
    assert [one["value"] for one in api.search("/variables", {"processInstanceKey": key, "name": "a"})] == ["1"]
    elements = api.search("/element-instances", {"processInstanceKey": key})
    assert [(one["elementId"], one["state"]) for one in elements] == [("tell", "COMPLETED")]


def test_an_element_that_is_not_there_is_named(api: Api) -> None:
    api.deployed(CASE)
    assert "nowhere" in begin(api, startInstructions=[{"elementId": "nowhere"}], status=400)["detail"]
    assert "nowhere" in begin(api, runtimeInstructions=[{"afterElementId": "nowhere"}], status=400)["detail"]
    assert api.tasks() == []


def test_tags_and_a_business_id_go_with_the_instance(api: Api) -> None:
    api.deployed(CASE)
    told = begin(api, tags=["high-touch", "a:b.c_1"], businessId="order-12345")
    key = told["processInstanceKey"]
    assert (told["tags"], told["businessId"]) == (["high-touch", "a:b.c_1"], "order-12345")
    begin(api, businessId="x" * 256)
    (found,) = api.search("/process-instances", {"businessId": "order-12345", "tags": ["high-touch"]})
    assert (found["processInstanceKey"], found["tags"]) == (key, ["high-touch", "a:b.c_1"])
    assert api.tasks()[0]["tags"] == ["high-touch", "a:b.c_1"]
    for tags in (["1a"], ["a", "a"], ["a b"], ["x" * 101], [""], [f"t{n}" for n in range(11)]):
        assert "tags" in begin(api, tags=tags, status=400)["detail"], tags


def test_what_cannot_begin_is_there_with_an_incident_and_goes_on_once_mended(api: Api) -> None:
    heard = event_sub_process("watch", message("startEvent", "heard", isInterrupting="false"))
    nodes = [start(), user("ask"), end(), heard]
    api.deployed(diagram("watched", nodes, ["begin -> ask", "ask -> done"], root=message_root()))
    key = api.start("watched", other=1)
    shown = api.get(f"/process-instances/{key}")
    assert (shown["state"], shown["hasIncident"], api.tasks()) == ("ACTIVE", True, [])
    (told,) = api.search("/incidents", {"processInstanceKey": key})
    assert (told["elementId"], told["errorType"]) == ("heard", "EXTRACT_VALUE_ERROR")
    answer = api.ask("PUT", f"/element-instances/{key}/variables", {"variables": {"matter": "M"}})
    assert answer.status_code == 204
    api.post(f"/incidents/{told['incidentKey']}/resolution", status=204)
    assert ([one["elementId"] for one in api.tasks()], api.search("/incidents", {"state": "ACTIVE"})) == (["ask"], [])


def test_a_version_is_named_by_its_tag(api: Api) -> None:
    api.deployed(tagged("spring", "old"))
    api.deployed(tagged("autumn", "new"))
    asked = {"processDefinitionId": "tagged", "processDefinitionVersionTag": "spring"}
    assert api.post("/process-instances", asked)["processDefinitionVersion"] == 1
    assert [one["elementId"] for one in api.tasks()] == ["old"]
    api.post("/process-instances", {**asked, "processDefinitionVersionTag": "winter"}, status=404)


def test_the_variables_that_are_asked_for_are_told_at_the_end(api: Api) -> None:
    api.deployed(diagram("sum", [start(), script("add", "a + 1", "b"), end()], ["begin -> add", "add -> done"]))
    asked = {"processDefinitionId": "sum", "variables": {"a": 1}, "awaitCompletion": True}
    assert api.post("/process-instances", {**asked, "fetchVariables": ["b"]})["variables"] == {"b": 2}
    assert api.post("/process-instances", asked)["variables"] == {"a": 1, "b": 2}
