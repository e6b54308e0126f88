"""What waits, which way was gone and who did what are listed, with all fields that clients ask for."""

from __future__ import annotations

from typing import Any

from tests.api import Api
from tests.diagrams import Node, body, diagram, each, end, job, mapping, message, message_root, start, user

CASE = diagram("case", [start(), user("triage"), end()], ["begin -> triage", "triage -> done"])
WORK = diagram("work", [start(), job("send", "letter"), end()], ["begin -> send", "send -> done"])
REPLY = diagram(
    "reply",
    [start(), message("intermediateCatchEvent", "wait"), end()],
    ["begin -> wait", "wait -> done"],
    root=message_root(),
)
LOCAL = diagram(
    "local",
    [start(), user("look", more=mapping({"copy": "district"})), user("see"), end()],
    ["begin -> look", "look -> see", "see -> done"],
)


def values(api: Api, instance: str) -> dict[str, str]:
    return {one["name"]: one["value"] for one in api.search("/variables", {"processInstanceKey": instance})}


def test_the_flows_that_were_taken_are_listed_once(api: Api) -> None:
    api.deploy(CASE)
    key = api.start("case")
    (flow,) = api.get(f"/process-instances/{key}/sequence-flows")["items"]
    assert flow | {"processDefinitionKey": "", "sequenceFlowId": ""} == {
        "sequenceFlowId": "",
        "processInstanceKey": key,
        "rootProcessInstanceKey": key,
        "processDefinitionKey": "",
        "processDefinitionId": "case",
        "elementId": "f1",
        "tenantId": "<default>",
    }
    api.post(f"/user-tasks/{api.tasks()[0]['userTaskKey']}/completion", {}, status=204)
    flows = api.get(f"/process-instances/{key}/sequence-flows")["items"]
    assert [one["elementId"] for one in flows] == ["f1", "f2"]


def test_variables_of_an_instance_are_set_by_its_key(api: Api) -> None:
    api.deploy(CASE)
    key = api.start("case", district="north")
    answer = api.ask("PUT", f"/element-instances/{key}/variables", {"variables": {"district": "south", "n": 1}})
    assert answer.status_code == 204
    assert values(api, key) == {"district": '"south"', "n": "1"}


def test_local_variables_stay_with_their_element_and_others_are_set_where_they_are(api: Api) -> None:
    api.deploy(LOCAL)
    key = api.start("local", district="north")
    (task,) = api.tasks()
    path = f"/element-instances/{task['elementInstanceKey']}/variables"
    assert api.ask("PUT", path, {"variables": {"seen": True}, "local": True}).status_code == 204
    assert api.ask("PUT", path, {"variables": {"copy": "mine", "district": "south"}}).status_code == 204
    mine = [one for one in api.search("/variables", {"processInstanceKey": key}) if one["scopeKey"] != key]
    assert {one["name"]: one["value"] for one in mine} == {"copy": '"mine"', "seen": "true"}
    assert len(api.tasks(localVariables=[{"name": "seen", "value": "true"}])) == 1
    api.post(f"/user-tasks/{task['userTaskKey']}/completion", {}, status=204)
    seen = api.search(f"/user-tasks/{api.tasks()[0]['userTaskKey']}/variables")
    assert {one["name"]: one["value"] for one in seen} == {"district": '"south"'}


def test_variables_are_not_set_in_what_has_ended(api: Api) -> None:
    api.deploy(LOCAL)
    key = api.start("local", district="north")
    (task,) = api.tasks()
    api.post(f"/user-tasks/{task['userTaskKey']}/completion", {}, status=204)
    one = {"variables": {"n": 1}}
    assert api.ask("PUT", f"/element-instances/{task['elementInstanceKey']}/variables", one).status_code == 404
    api.post(f"/process-instances/{key}/cancellation", status=204)
    assert api.ask("PUT", f"/element-instances/{key}/variables", one).status_code == 404
    assert api.ask("PUT", "/element-instances/1/variables", one).status_code == 404
    assert api.ask("PUT", f"/element-instances/{key}/variables", {}).status_code == 400


def test_open_jobs_are_listed_with_their_state(api: Api) -> None:
    api.deploy(WORK)
    key = api.start("work")
    (created,) = api.search("/jobs", {"processInstanceKey": key, "state": "CREATED", "kind": "BPMN_ELEMENT"})
    assert (created["type"], created["elementId"], created["deadline"]) == ("letter", "send", None)
    (leased,) = api.take("letter", worker="post")
    assert [one["jobKey"] for one in api.search("/jobs", {"worker": "post"})] == [leased["jobKey"]]
    failure = {"retries": 1, "errorMessage": "no paper"}
    api.post(f"/jobs/{leased['jobKey']}/failure", failure, status=204)
    (failed,) = api.search("/jobs", {"state": "FAILED", "hasFailedWithRetriesLeft": True})
    assert (failed["errorMessage"], failed["retries"]) == ("no paper", 1)
    assert api.search("/jobs", {"type": {"$neq": "letter"}}) == []
    assert api.search("/jobs", {"isDenied": False}) == []
    assert api.search("/jobs", {"isDenied": None}) == [failed]
    assert api.search("/jobs", sort=[{"field": "state"}, {"field": "endTime", "order": "desc"}]) == [failed]


def test_who_waits_for_a_message_is_listed_until_it_has_come(api: Api) -> None:
    api.deploy(REPLY)
    key = api.start("reply", matter="M-1")
    (found,) = api.search("/message-subscriptions", {"processInstanceKey": key, "messageSubscriptionState": "created"})
    assert (found["messageName"], found["correlationKey"]) == ("reply", "M-1")
    assert (found["elementId"], found["messageSubscriptionType"]) == ("wait", "PROCESS_EVENT")
    (element,) = api.search("/element-instances", {"processInstanceKey": key, "elementId": "wait"})
    assert found["elementInstanceKey"] == element["elementInstanceKey"]
    api.post("/messages/publication", {"name": "reply", "correlationKey": "M-1"})
    assert api.search("/message-subscriptions", {"processInstanceKey": key}) == []


def test_a_process_that_a_message_starts_waits_without_an_instance(api: Api) -> None:
    begun = diagram("begun", [message("startEvent", "begin"), end()], ["begin -> done"], root=message_root(key="=x"))
    api.deploy(begun)
    (found,) = api.search("/message-subscriptions", {"messageSubscriptionType": "START_EVENT"})
    assert (found["processInstanceKey"], found["processDefinitionId"]) == (None, "begun")


def test_who_did_what_is_listed(api: Api) -> None:
    api.deploy(CASE)
    key = api.start("case")
    (task,) = api.tasks()
    path = f"/user-tasks/{task['userTaskKey']}"
    api.post(f"{path}/assignment", {"assignee": "li"}, status=204)
    api.post(f"{path}/completion", {}, status=204)
    done = api.search("/audit-logs", {"processInstanceKey": key})
    assert [(one["entityType"], one["operationType"]) for one in done] == [
        ("PROCESS_INSTANCE", "CREATE"),
        ("USER_TASK", "ASSIGN"),
        ("USER_TASK", "COMPLETE"),
    ]
    assert {one["actorId"] for one in done} == {"local"}
    assert api.search("/audit-logs", {"userTaskKey": task["userTaskKey"], "operationType": "complete"}) == [done[2]]
    assert (done[1]["entityKey"], done[1]["category"]) == (task["userTaskKey"], "USER_TASKS")
    assert (done[1]["relatedEntityType"], done[1]["relatedEntityKey"]) == ("USER", "li")
    (deployed,) = api.search("/audit-logs", {"entityType": "RESOURCE"})
    assert (deployed["operationType"], deployed["processInstanceKey"]) == ("CREATE", None)
    newest = api.search("/audit-logs", sort=[{"field": "timestamp", "order": "DESC"}])
    assert {one["auditLogKey"] for one in newest} == {one["auditLogKey"] for one in [*done, deployed]}


def test_tasks_are_found_by_whom_they_were_for_when_they_are_done(api: Api) -> None:
    api.deploy(
        diagram("two", [start(), user("a", "north"), user("b", "south"), end()], ["begin -> a", "a -> b", "b -> done"])
    )
    api.start("two")
    api.post(f"/user-tasks/{api.tasks()[0]['userTaskKey']}/completion", {}, status=204)
    assert [one["elementId"] for one in api.search("/user-tasks", {"candidateGroup": "north"})] == ["a"]
    assert [one["elementId"] for one in api.search("/user-tasks", {"candidateGroup": {"$like": "*th"}})] == ["a", "b"]
    assert api.tasks(candidateGroup="north") == []
    assert api.search("/user-tasks", {"candidateUser": "north"}) == []


def test_every_list_is_read_page_by_page_forwards_and_backwards(api: Api) -> None:
    api.deploy(WORK)
    keys = [api.start("work") for _ in range(5)]

    def page(**more: object) -> tuple[list[str], dict[str, str]]:
        asked = {"sort": [{"field": "creationTime", "order": "DESC"}], "page": {"limit": 2, **more}}
        told = api.post("/jobs/search", asked)
        return [one["processInstanceKey"] for one in told["items"]], told["page"]

    first, cursors = page()
    second, cursors = page(after=cursors["endCursor"])
    third, last = page(after=cursors["endCursor"])
    assert [*first, *second, *third] == keys[::-1]
    assert page(before=last["startCursor"])[0] == second


def test_what_is_kept_nowhere_here_is_an_empty_list(api: Api) -> None:
    assert api.search("/authentication/me/authorizations") == []
    assert api.search("/cluster-variables") == []


def test_what_was_done_to_one_task_is_listed_and_each_line_has_a_key(api: Api) -> None:
    api.deploy(CASE)
    api.start("case")
    path = f"/user-tasks/{api.tasks()[0]['userTaskKey']}"
    api.post(f"{path}/assignment", {"assignee": "li"}, status=204)
    (line,) = api.search(f"{path}/audit-logs")
    assert (line["operationType"], line["userTaskKey"]) == ("ASSIGN", path.rsplit("/", 1)[1])
    assert api.get(f"/audit-logs/{line['auditLogKey']}") == line
    assert api.ask("GET", "/audit-logs/1").status_code == 404


def test_how_many_are_at_each_element_is_counted(api: Api) -> None:
    (definition,) = (one["processDefinition"] for one in api.deployed(CASE)["deployments"])
    first, second = api.start("case"), api.start("case")
    api.post(f"/process-instances/{first}/cancellation", status=204)
    of_all = f"/process-definitions/{definition['processDefinitionKey']}/statistics/element-instances"
    counted = {one.pop("elementId"): one for one in api.post(of_all, {})["items"]}
    assert counted["begin"] == {"active": 0, "completed": 2, "canceled": 0, "incidents": 0}
    assert counted["triage"] == {"active": 1, "completed": 0, "canceled": 1, "incidents": 0}
    of_one = api.get(f"/process-instances/{second}/statistics/element-instances")
    assert of_one == api.post(of_all, {"filter": {"state": "ACTIVE"}})
    assert api.ask("POST", "/process-definitions/1/statistics/element-instances", {}).status_code == 404


def test_who_called_an_instance_is_told_from_the_first_on(api: Api) -> None:
    called = Node("callActivity", "call", '<zeebe:calledElement processId="case" />')
    api.deployed(CASE, diagram("outer", [start(), called, end()], ["begin -> call", "call -> done"]))
    outer = api.start("outer")
    (task,) = api.tasks()
    told = api.get(f"/process-instances/{task['processInstanceKey']}/call-hierarchy")
    assert [one["processInstanceKey"] for one in told] == [outer, task["processInstanceKey"]]
    assert [one["processDefinitionName"] for one in told] == ["outer", "case"]


def stuck(api: Api, *jobs: Any) -> None:
    for one in jobs:
        api.post(f"/jobs/{one['jobKey']}/failure", {"retries": 0, "errorMessage": "no paper"}, status=204)


def test_incidents_are_found_by_all_that_they_are_inside_of(api: Api) -> None:
    """By the caller, its call activity, the sub-process around that, and by a body of many."""
    call = Node("callActivity", "call", '<zeebe:calledElement processId="middle" />')
    inside = body([start("in"), call, end("out")], ["in -> call", "call -> out"], "p")
    part, other = Node("subProcess", "part", "", inside), job("other", "other")
    outer = diagram(
        "outer",
        [start(), Node("parallelGateway", "fork"), part, other, end()],
        ["begin -> fork", "fork -> part", "fork -> other", "part -> done", "other -> done"],
    )
    deeper = Node("callActivity", "deeper", '<zeebe:calledElement processId="inner" />')
    middle = diagram("middle", [start(), deeper, end()], ["begin -> deeper", "deeper -> done"])
    inner = diagram("inner", [start(), each(job("send", "letter"), "[1, 2]"), end()], ["begin -> send", "send -> done"])
    api.deployed(outer, middle, inner)
    key = api.start("outer")
    letters = api.take("letter")
    stuck(api, *letters, *api.take("other"))
    instances = {one["processDefinitionId"]: one for one in api.search("/process-instances")}
    elements: dict[str, list[Any]] = {}
    for one in api.search("/element-instances"):
        elements.setdefault(one["elementId"], []).append(one)
    assert instances["middle"]["parentElementInstanceKey"] == elements["call"][0]["elementInstanceKey"]
    assert api.search("/process-instances", {"parentElementInstanceKey": {"$exists": False}}) == [instances["outer"]]
    for name, count in {"outer": 3, "middle": 2, "inner": 2}.items():
        mine = instances[name]["processInstanceKey"]
        assert len(api.search(f"/process-instances/{mine}/incidents")) == count, name
        assert api.get(f"/process-instances/{mine}")["hasIncident"], name
    assert len(api.search("/process-instances", {"hasIncident": True})) == 3
    of_inner = {"processInstanceKey": instances["inner"]["processInstanceKey"]}
    assert len(api.search(f"/process-instances/{key}/incidents", of_inner)) == 2
    for name, count in {"part": 2, "call": 2, "deeper": 2, "other": 1, "fork": 0}.items():
        (mine,) = (one["elementInstanceKey"] for one in elements[name])
        assert len(api.search(f"/element-instances/{mine}/incidents")) == count, name
        assert api.get(f"/element-instances/{mine}")["hasIncident"] is bool(count), name
    of_many = {one["type"]: one["elementInstanceKey"] for one in elements["send"]}
    assert len(api.search(f"/element-instances/{of_many['MULTI_INSTANCE_BODY']}/incidents")) == 2
    assert len(api.search(f"/element-instances/{of_many['SERVICE_TASK']}/incidents")) == 1


def test_instances_are_found_by_their_elements_incidents_and_jobs(api: Api) -> None:
    api.deploy(WORK, CASE)
    held, failed, quiet = api.start("work"), api.start("work"), api.start("case")
    one, two = api.take("letter")
    stuck(api, one)
    api.post(f"/jobs/{two['jobKey']}/failure", {"retries": 1, "errorMessage": "no ink"}, status=204)

    def found(**filter_: Any) -> list[str]:
        return [one["processInstanceKey"] for one in api.search("/process-instances", filter_)]

    assert found(elementId="send") == [held, failed]
    assert found(elementId="begin", elementInstanceState="ACTIVE") == []
    assert found(elementId={"$in": ["send", "triage"]}, elementInstanceState="ACTIVE") == [held, failed, quiet]
    assert found(elementId="send", hasElementInstanceIncident=True) == [held]
    assert found(elementId="send", hasElementInstanceIncident=False) == [failed]
    assert found(errorMessage={"$like": "no *"}) == [held]
    assert found(hasRetriesLeft=True) == [failed]
    assert found(hasRetriesLeft=False) == [held, quiet]
    assert found(**{"$or": [{"elementId": "triage"}, {"errorMessage": "no paper"}]}) == [held, quiet]
    batch = api.post("/process-instances/suspension", {"filter": {"processDefinitionId": "case"}})["batchOperationKey"]
    assert found(batchOperationKey=batch) == [quiet] == found(batchOperationId={"$eq": batch})
    for refused in ({"batchOperationKey": batch, "batchOperationId": batch}, {"elementInstanceState": "NOWHERE"}):
        api.post("/process-instances/search", {"filter": refused}, status=400)


def test_what_many_are_told_is_told_those_of_the_filter_alone(api: Api) -> None:
    api.deploy(CASE)
    api.start("case")
    for filter_, count in (({"tenantId": {"$neq": "<default>"}}, 0), ({"tenantId": "<default>", "state": "ACTIVE"}, 1)):
        begun = api.post("/process-instances/suspension", {"filter": filter_})
        told = api.get(f"/batch-operations/{begun['batchOperationKey']}")
        assert told["operationsTotalCount"] == count
    api.post("/process-instances/cancellation", {"filter": {"state": "NOWHERE"}}, status=400)


def test_true_and_false_are_equal_or_not_but_never_more_or_less(api: Api) -> None:
    for sign in ("$gt", "$gte", "$lt", "$lte"):
        api.post("/process-instances/search", {"filter": {"hasIncident": {sign: True}}}, status=400)


def test_a_job_is_given_with_the_tags_and_the_business_id_of_its_instance(api: Api) -> None:
    api.deploy(WORK)
    api.post("/process-instances", {"processDefinitionId": "work", "tags": ["post"], "businessId": "B-1"})
    (given,) = api.take("letter")
    assert (given["tags"], given["businessId"]) == (["post"], "B-1")


def test_the_incidents_of_one_element_are_found(api: Api) -> None:
    api.deploy(WORK)
    key = api.start("work")
    (leased,) = api.take("letter")
    api.post(f"/jobs/{leased['jobKey']}/failure", {"retries": 0, "errorMessage": "no paper"}, status=204)
    (stuck,) = api.search(f"/element-instances/{leased['elementInstanceKey']}/incidents")
    assert (stuck["errorMessage"], stuck["processInstanceKey"]) == ("no paper", key)
    assert api.ask("POST", "/element-instances/1/incidents/search", {}).status_code == 404
