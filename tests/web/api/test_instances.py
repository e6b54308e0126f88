"""What operators do to running instances, in Camunda 8's shapes."""

from __future__ import annotations

import pytest

from service.engine import batches
from tests.api import Api
from tests.diagrams import diagram, end, job, start, user

CASE = diagram("case", [start(), user("triage"), end()], ["begin -> triage", "triage -> done"])
SIGNED = diagram(
    "case", [start(), user("triage"), user("sign"), end()], ["begin -> triage", "triage -> sign", "sign -> done"]
)


def test_a_suspended_instance_says_since_when_and_is_found_by_its_state(api: Api) -> None:
    api.deployed(CASE)
    key, other = api.start("case"), api.start("case")
    answer = api.ask("POST", f"/process-instances/{key}/suspension", {"operationReference": 7})
    assert (answer.status_code, answer.data) == (204, b"")
    told = api.get(f"/process-instances/{key}")
    assert (told["state"], told["suspendedDate"]) == ("SUSPENDED", "2026-02-10T01:00:00.000Z")
    found = {one["processInstanceKey"]: one["suspendedDate"] for one in api.search("/process-instances")}
    assert found == {key: "2026-02-10T01:00:00.000Z", other: None}
    assert [one["processInstanceKey"] for one in api.search("/process-instances", {"state": "SUSPENDED"})] == [key]
    [task] = api.tasks(processInstanceKey=key)
    refused = api.post(f"/user-tasks/{task['userTaskKey']}/completion", {}, status=409)
    assert refused["detail"] == f"Process instance {key} is suspended. Resume it first."
    api.post(f"/process-instances/{key}/suspension", status=409)
    api.post(f"/process-instances/{key}/resumption", status=204)
    api.post(f"/process-instances/{key}/resumption", status=409)
    api.post("/process-instances/17/suspension", status=404)
    assert api.get(f"/process-instances/{key}")["suspendedDate"] is None
    api.post(f"/user-tasks/{task['userTaskKey']}/completion", {}, status=204)


def test_one_instance_is_migrated_by_a_plan_or_told_why_not(api: Api) -> None:
    api.deployed(CASE)
    key = api.start("case")
    target = deployed_key(api, SIGNED)
    plan = {"targetProcessDefinitionKey": target}
    wrong = [{"sourceElementId": "triage", "targetElementId": "nowhere"}]
    refused = api.post(f"/process-instances/{key}/migration", {**plan, "mappingInstructions": wrong}, status=400)
    assert refused["problems"][0]["element"] == "nowhere"
    checked = {"filter": {"processDefinitionId": "case"}, "migrationPlan": {**plan, "mappingInstructions": wrong}}
    [one] = api.post("/process-instances/migration-check", checked)["items"]
    assert (one["processInstanceKey"], one["problems"][0]["elementId"]) == (key, "nowhere")
    right = [{"sourceElementId": "triage", "targetElementId": "triage"}]
    twice = api.post(f"/process-instances/{key}/migration", {**plan, "mappingInstructions": right * 2}, status=400)
    assert "mapped twice" in twice["detail"]
    api.post(f"/process-instances/{key}/migration", {**plan, "mappingInstructions": right}, status=204)
    assert api.get(f"/process-instances/{key}")["processDefinitionVersion"] == 2
    api.post(f"/process-instances/{key}/migration", {"targetProcessDefinitionKey": "17"}, status=404)


def test_many_instances_are_migrated_and_the_progress_is_told(api: Api) -> None:
    api.deployed(CASE)
    keys = [api.start("case") for _ in range(3)]
    target = deployed_key(api, SIGNED)
    asked = {"filter": {"processInstanceKey": {"$in": keys[:2]}, "state": "COMPLETED"}}
    plan = {"migrationPlan": {"targetProcessDefinitionKey": target, "mappingInstructions": []}}
    begun = api.post("/process-instances/migration", asked | plan)
    operation = begun["batchOperationKey"]
    assert begun == {"batchOperationKey": operation, "batchOperationType": "MIGRATE_PROCESS_INSTANCE"}
    assert api.get(f"/batch-operations/{operation}")["state"] == "ACTIVE"
    batches.run(api.parts.database, api.parts.engine)
    [told] = api.search("/batch-operations", {"state": "COMPLETED"})
    assert told == {
        "batchOperationKey": operation,
        "state": "COMPLETED",
        "batchOperationType": "MIGRATE_PROCESS_INSTANCE",
        "startDate": "2026-02-10T01:00:00.000Z",
        "endDate": "2026-02-10T01:00:00.000Z",
        "actorType": "USER",
        "actorId": "local",
        "operationsTotalCount": 2,
        "operationsFailedCount": 0,
        "operationsCompletedCount": 2,
        "errors": [],
    }
    found = api.search("/batch-operation-items", {"batchOperationKey": operation})
    assert [(one["itemKey"], one["state"], one["errorMessage"]) for one in found] == [
        (key, "COMPLETED", None) for key in keys[:2]
    ]
    versions = [api.get(f"/process-instances/{key}")["processDefinitionVersion"] for key in keys]
    assert versions == [2, 2, 1]


def test_many_instances_are_cancelled_suspended_and_resumed(api: Api) -> None:
    api.deployed(CASE)
    for _ in range(2):
        api.start("case")
    for what, state in (("suspension", "SUSPENDED"), ("resumption", "ACTIVE"), ("cancellation", "TERMINATED")):
        api.post(f"/process-instances/{what}", {"filter": {"processDefinitionId": "case"}})
        batches.run(api.parts.database, api.parts.engine)
        assert [one["state"] for one in api.search("/process-instances")] == [state] * 2
    [first, *_] = api.search("/batch-operations")
    api.post(f"/batch-operations/{first['batchOperationKey']}/cancellation", status=409)
    api.post("/process-instances/cancellation", {}, status=400)


@pytest.mark.parametrize("one", [False, True])
def test_what_instances_are_stuck_at_is_tried_again(api: Api, one: bool) -> None:
    api.deployed(diagram("errand", [start(), job("send"), end()], ["begin -> send", "send -> done"]))
    keys = [api.start("errand"), api.start("errand")]
    for taken in api.take("work"):
        api.post(f"/jobs/{taken['jobKey']}/failure", {"retries": 0}, status=204)
    if one:
        begun = api.post(f"/process-instances/{keys[0]}/incident-resolution")
    else:
        begun = api.post("/process-instances/incident-resolution", {"filter": {"hasIncident": True}})
    assert begun["batchOperationType"] == "RESOLVE_INCIDENT"
    batches.run(api.parts.database, api.parts.engine)
    assert len(api.search("/process-instances", {"hasIncident": True})) == (1 if one else 0)
    api.post("/process-instances/17/incident-resolution", status=404)


def deployed_key(api: Api, xml: bytes) -> str:
    key: str = api.deployed(xml)["deployments"][0]["processDefinition"]["processDefinitionKey"]
    return key


def test_a_token_is_moved_by_the_shapes_of_clients(api: Api) -> None:
    api.deployed(SIGNED)
    key = api.start("case")
    triage = api.tasks(processInstanceKey=key)[0]["elementInstanceKey"]
    asked = {
        "activateInstructions": [
            {
                "elementId": "sign",
                "ancestorElementInstanceKey": "-1",
                "variableInstructions": [{"variables": {"seen": True}, "scopeId": "sign"}],
            }
        ],
        "terminateInstructions": [{"elementInstanceKey": triage}],
    }
    api.post(f"/process-instances/{key}/modification", asked, status=204)
    assert [one["elementId"] for one in api.tasks(processInstanceKey=key)] == ["sign"]
    source = {"sourceType": "byId", "sourceElementId": "sign"}
    back = {"moveInstructions": [{"sourceElementInstruction": source, "targetElementId": "triage"}]}
    api.post(f"/process-instances/{key}/modification", back, status=204)
    assert [one["elementId"] for one in api.tasks(processInstanceKey=key)] == ["triage"]
    refused = api.post(f"/process-instances/{key}/modification", back, status=400)
    assert (refused["problems"][0]["element"], refused["problems"][0]["message"]) == ("sign", "It is not active.")
    api.post(f"/process-instances/{key}/modification", {"terminateInstructions": [{}]}, status=400)
    many = {"moveInstructions": [{"sourceElementId": "triage", "targetElementId": "sign"}]}
    api.post("/process-instances/modification", {"filter": {"processDefinitionId": "case"}, **many})
    batches.run(api.parts.database, api.parts.engine)
    assert [one["elementId"] for one in api.tasks(processInstanceKey=key)] == ["sign"]
