"""Every operation answers as the conventions say: all fields, decimal keys, the right status."""

from __future__ import annotations

from typing import Any

import pytest

from service.engine import history
from tests.api import Api
from tests.diagrams import Node, conditional, diagram, each, end, event, job, message, message_root, start, user

CASE = diagram("case", [start(), user("triage"), end()], ["begin -> triage", "triage -> done"])
WORK = diagram("work", [start(), job("send", "letter"), end()], ["begin -> send", "send -> done"])
REPLY = diagram(
    "reply",
    [start(), message("intermediateCatchEvent", "wait"), end()],
    ["begin -> wait", "wait -> done"],
    root=message_root(),
)

FEE = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="fees" name="fees" namespace="urn:test">
<decision id="fee" name="fee"><decisionTable id="t" hitPolicy="FIRST">
<input id="i"><inputExpression id="e" typeRef="number"><text>grams</text></inputExpression></input>
<output id="o" name="fee" typeRef="number" />
<rule id="light"><inputEntry id="a"><text>&lt; 500</text></inputEntry>
<outputEntry id="b"><text>5</text></outputEntry></rule>
<rule id="heavy"><inputEntry id="c"><text>-</text></inputEntry><outputEntry id="d"><text>12</text></outputEntry></rule>
</decisionTable></decision></definitions>"""


def test_topology_names_the_version_that_diagrams_carry(api: Api) -> None:
    told = api.get("/topology")
    assert told["gatewayVersion"] == "8.8.0"
    assert told["brokers"][0]["partitions"] == [
        {"partitionId": 1, "role": "leader", "health": "healthy", "state": "active"}
    ]


def test_status_has_no_body(api: Api) -> None:
    answer = api.ask("GET", "/status")
    assert (answer.status_code, answer.data) == (204, b"")


def test_who_am_i(api: Api) -> None:
    assert api.get("/authentication/me")["username"] == "local"


def test_a_deployment_tells_five_kinds_for_each_resource(api: Api) -> None:
    told = api.deployed(CASE)
    assert told["tenantId"] == "<default>"
    (one,) = told["deployments"]
    assert set(one) == {"processDefinition", "decisionDefinition", "decisionRequirements", "form", "resource"}
    assert one["processDefinition"]["processDefinitionId"] == "case"
    assert one["processDefinition"]["processDefinitionKey"].isdigit()
    assert one["form"] is None


def test_a_deployment_tells_what_is_probably_not_meant(api: Api) -> None:
    assert api.deployed(CASE)["warnings"] == []
    answer = api.deploy(fee_dmn=FEE.replace(b"&lt; 500", b"-"))
    assert answer.json
    (warning, other) = answer.json["warnings"]
    assert warning == {
        "resourceName": "fee.dmn",
        "elementId": "i",
        "message": "The input “grams” of the decision “fee” is “-” in every row.",
        "mend": "Remove the column, or say in some row what it must be.",
    }
    assert other["elementId"] == "heavy"


def test_definitions_are_found_and_shown_as_they_were_drawn(api: Api) -> None:
    api.deploy(CASE)
    api.deploy(CASE.replace(b"triage", b"judge"))
    (newest,) = api.search("/process-definitions", {"processDefinitionId": "case", "isLatestVersion": True})
    assert (newest["version"], newest["state"], newest["hasStartForm"]) == (2, "ACTIVE", False)
    key = newest["processDefinitionKey"]
    assert api.get(f"/process-definitions/{key}") == newest
    xml = api.ask("GET", f"/process-definitions/{key}/xml")
    assert xml.data == CASE.replace(b"triage", b"judge")
    assert xml.mimetype == "text/xml"
    assert api.ask("GET", f"/process-definitions/{key}/form").status_code == 204


def test_an_instance_is_started_found_and_cancelled(api: Api) -> None:
    api.deploy(CASE)
    started = api.post("/process-instances", {"processDefinitionId": "case", "variables": {"a": 1}, "tags": ["t"]})
    assert (started["processDefinitionVersion"], started["variables"], started["tags"]) == (1, {}, ["t"])
    key = started["processInstanceKey"]
    (found,) = api.search("/process-instances", {"processInstanceKey": key, "state": "active"})
    assert found == api.get(f"/process-instances/{key}")
    assert found["startDate"] == "2026-02-10T01:00:00.000Z"
    assert (found["endDate"], found["hasIncident"], found["rootProcessInstanceKey"]) == (None, False, key)
    api.post(f"/process-instances/{key}/cancellation", status=204)
    assert api.get(f"/process-instances/{key}")["state"] == "TERMINATED"
    api.post(f"/process-instances/{key}/cancellation", status=404)


def test_a_process_is_started_by_key_and_by_version(api: Api) -> None:
    key = api.deployed(CASE)["deployments"][0]["processDefinition"]["processDefinitionKey"]
    assert api.post("/process-instances", {"processDefinitionKey": key})["processDefinitionKey"] == key
    api.post("/process-instances", {"processDefinitionId": "case", "processDefinitionVersion": 1})
    api.post("/process-instances", {"processDefinitionId": "case", "processDefinitionVersion": 2}, status=404)
    api.post("/process-instances", {"processDefinitionId": "case", "processDefinitionVersion": -1})


def test_awaiting_the_end_answers_the_variables_of_a_process_that_does_not_wait(api: Api) -> None:
    api.deploy(diagram("quick", [start(), end()], ["begin -> done"]))
    asked = {"processDefinitionId": "quick", "variables": {"a": 1, "b": 2}, "awaitCompletion": True}
    assert api.post("/process-instances", {**asked, "fetchVariables": ["b"]})["variables"] == {"b": 2}


def test_the_way_of_an_instance_is_its_element_instances(api: Api) -> None:
    api.deploy(CASE)
    key = api.start("case")
    first, second = api.search("/element-instances", {"processInstanceKey": key})
    assert (first["elementId"], first["type"], first["state"]) == ("begin", "START_EVENT", "COMPLETED")
    assert (second["elementId"], second["type"], second["state"]) == ("triage", "USER_TASK", "ACTIVE")
    assert api.search("/element-instances", {"type": "USER_TASK"}) == [second]
    assert api.get(f"/element-instances/{second['elementInstanceKey']}") == second


def test_an_activity_of_many_is_a_body_with_instances_and_each_task_shows_its_own_variables(api: Api) -> None:
    ask = each(user("ask"), "units", member="unit")
    api.deploy(diagram("many", [start(), ask, end()], ["begin -> ask", "ask -> done"]))
    key = api.start("many", units=["a", "b"])
    shown = api.search("/element-instances", {"processInstanceKey": key, "elementId": "ask"})
    assert [one["type"] for one in shown] == ["MULTI_INSTANCE_BODY", "USER_TASK", "USER_TASK"]
    assert api.search("/element-instances", {"type": "MULTI_INSTANCE_BODY"}) == [shown[0]]
    own = api.search("/variables", {"processInstanceKey": key, "name": "unit"})
    assert {one["scopeKey"]: one["value"] for one in own} == {
        shown[1]["elementInstanceKey"]: '"a"',
        shown[2]["elementInstanceKey"]: '"b"',
    }


def test_a_message_is_correlated_at_once_or_not_at_all(api: Api) -> None:
    api.deploy(REPLY)
    asked = {"name": "reply", "correlationKey": "M-1", "variables": {"text": "yes"}}
    api.post("/messages/correlation", asked, status=404)
    key = api.start("reply", matter="M-1")
    assert api.post("/messages/correlation", asked)["processInstanceKey"] == key
    assert api.get(f"/process-instances/{key}")["state"] == "COMPLETED"


def test_a_message_is_published_once_while_it_lives(api: Api) -> None:
    api.deploy(REPLY)
    asked = {"name": "reply", "correlationKey": "M-1", "messageId": "1", "timeToLive": 60_000}
    assert api.post("/messages/publication", asked)["messageKey"].isdigit()
    api.post("/messages/publication", asked, status=409)
    key = api.start("reply", matter="M-1")
    assert api.get(f"/process-instances/{key}")["state"] == "COMPLETED"


def test_a_signal_reaches_whoever_waits_and_starts_what_begins_with_it(api: Api) -> None:
    root = '<bpmn:signal id="S" name="alarm" />'
    heard, begin = (event(kind, "heard", "signal", "S") for kind in ("intermediateCatchEvent", "startEvent"))
    api.deploy(diagram("waits", [start(), heard, end()], ["begin -> heard", "heard -> done"], root=root))
    api.deploy(diagram("begins", [begin, user("work"), end()], ["heard -> work", "work -> done"], root=root))
    key = api.start("waits")
    asked = {"signalName": "alarm", "variables": {"level": 3}}
    assert api.post("/signals/broadcast", asked)["signalKey"].isdigit()
    assert api.get(f"/process-instances/{key}")["state"] == "COMPLETED"
    assert [task["elementId"] for task in api.tasks()] == ["work"]


def test_a_user_task_is_claimed_put_back_and_completed(api: Api) -> None:
    api.deploy(CASE)
    key = api.start("case", district="north")
    (task,) = api.tasks()
    assert (task["assignee"], task["candidateGroups"], task["priority"]) == (None, ["clerk"], 50)
    assert task["processInstanceKey"] == key
    path = f"/user-tasks/{task['userTaskKey']}"
    api.post(f"{path}/assignment", {"assignee": "li", "allowOverride": False}, status=204)
    api.post(f"{path}/assignment", {"assignee": "wu", "allowOverride": False}, status=409)
    api.post(f"{path}/assignment", {"assignee": "wu"}, status=204)
    assert api.get(path)["assignee"] == "wu"
    assert api.ask("DELETE", f"{path}/assignee").status_code == 204
    assert api.get(path)["assignee"] is None
    api.post(f"{path}/completion", {"variables": {"ok": True}}, status=204)
    api.post(f"{path}/completion", status=409)
    assert (api.get(path)["state"], api.get(path)["completionDate"]) == ("COMPLETED", "2026-02-10T01:00:00.000Z")
    assert api.get(f"/process-instances/{key}")["state"] == "COMPLETED"


def test_a_user_task_is_found_by_what_people_ask_for(api: Api) -> None:
    api.deploy(
        CASE, user_bpmn=diagram("other", [start(), user("look", "north"), end()], ["begin -> look", "look -> done"])
    )
    api.start("case", matter="M-1", urgent=True, count=3)
    api.start("other", matter="M-2", urgent=False, count=3)
    north = api.tasks(candidateGroup="north")
    assert [task["elementId"] for task in north] == ["look"]
    assert api.tasks(candidateGroup={"$in": ["north", "south"]}) == north
    assert api.tasks(processInstanceVariables=[{"name": "matter", "value": '"M-2"'}]) == north
    assert api.tasks(processInstanceVariables=[{"name": "urgent", "value": "false"}]) == north
    assert len(api.tasks(processInstanceVariables=[{"name": "count", "value": "3"}])) == 2
    assert api.tasks(**{"$or": [{"elementId": "look"}, {"elementId": "none"}]}) == north
    assert api.tasks(processDefinitionId="other") == north
    assert api.tasks(assignee={"$exists": True}) == []


def test_a_user_task_is_changed(api: Api) -> None:
    api.deploy(CASE)
    api.start("case")
    path = f"/user-tasks/{api.tasks()[0]['userTaskKey']}"
    changes = {"priority": 90, "candidateGroups": ["south"], "dueDate": "2026-03-01T00:00:00+08:00"}
    assert api.ask("PATCH", path, {"changeset": changes}).status_code == 204
    (task,) = api.tasks(candidateGroup="south")
    assert (task["priority"], task["dueDate"]) == (90, "2026-02-28T16:00:00.000Z")
    assert api.ask("PATCH", path, {"changeset": {"dueDate": None, "priority": None}}).status_code == 204
    assert api.get(path) == task
    assert api.ask("PATCH", path, {"changeset": {"dueDate": ""}}).status_code == 204
    assert api.get(path)["dueDate"] is None


def test_a_user_task_is_changed_by_a_bare_changeset_under_the_path_that_a_client_knows(api: Api) -> None:
    api.deploy(CASE)
    api.start("case")
    path = f"/user-tasks/{api.tasks()[0]['userTaskKey']}"
    assert api.ask("PATCH", f"{path}/update", {"priority": 70, "candidateUsers": ["li"]}).status_code == 204
    assert api.ask("PATCH", f"{path}/update", {"changeset": {"candidateGroups": ["south"]}}).status_code == 204
    (task,) = api.tasks()
    assert (task["priority"], task["candidateUsers"], task["candidateGroups"]) == (70, ["li"], ["south"])
    assert api.ask("PATCH", f"{path}/update", {"priority": "high"}).status_code == 400


def test_what_somebody_calls_his_action_stands_in_the_history(api: Api) -> None:
    api.deploy(CASE)
    key, path = api.start("case"), f"/user-tasks/{api.tasks()[0]['userTaskKey']}"
    api.post(f"{path}/assignment", {"assignee": "li", "action": "take over"}, status=204)
    assert api.ask("PATCH", path, {"changeset": {"priority": 1}, "action": "calm down"}).status_code == 204
    with api.parts.database.read() as connection:
        events = history.path(connection, api.parts.engine, int(key)).events
    told = [event["data"]["action"] for event in events if event["kind"] in ("task-assigned", "task-updated")]
    assert told == ["take over", "calm down"]


def test_a_listener_is_a_job_of_its_own_kind(api: Api) -> None:
    told = '<zeebe:executionListener eventType="start" type="prepare" />'
    drawn = job("work", more=f"<zeebe:executionListeners>{told}</zeebe:executionListeners>")
    api.deployed(diagram("listened", [start(), drawn, end()], ["begin -> work", "work -> done"]))
    api.start("listened")
    [given] = api.take("prepare")
    assert (given["kind"], given["listenerEventType"]) == ("EXECUTION_LISTENER", "START")
    [listed] = api.search("/jobs", {"kind": "EXECUTION_LISTENER", "listenerEventType": "START"})
    assert (listed["jobKey"], listed["elementId"]) == (given["jobKey"], "work")
    assert api.ask("PATCH", f"/jobs/{given['jobKey']}", {"changeset": {"priority": -3}}).status_code == 204
    assert api.search("/jobs", {"priority": -3})[0]["jobKey"] == given["jobKey"]
    api.post(f"/jobs/{given['jobKey']}/error", {"errorCode": "x"}, status=409)
    api.post(f"/jobs/{given['jobKey']}/failure", {"retries": 0, "errorMessage": "no line"}, status=204)
    assert [one["errorType"] for one in api.search("/incidents")] == ["EXECUTION_LISTENER_NO_RETRIES"]


def test_a_user_task_tells_its_variables_as_json_text(api: Api) -> None:
    api.deploy(CASE)
    key = api.start("case", district="北", list=[1, 2])
    path = f"/user-tasks/{api.tasks()[0]['userTaskKey']}/variables"
    first, second = api.search(path)
    assert (first["name"], first["value"], second["value"]) == ("district", '"北"', "[1,2]")
    assert (first["isTruncated"], first["processInstanceKey"]) == (False, key)
    assert api.search(path, {"name": {"$like": "li*"}}) == [second]
    assert api.search("/variables", {"processInstanceKey": key, "name": "list"})[0]["value"] == "[1,2]"


def test_a_user_task_shows_the_form_that_it_was_made_with(api: Api) -> None:
    form = b'{"type":"default","id":"look","schemaVersion":18,"components":[{"type":"textfield","key":"a","id":"f"}]}'
    shown = user("look", more='<zeebe:formDefinition formId="look" />')
    api.deploy(diagram("formed", [start(), shown, end()], ["begin -> look", "look -> done"]), look_form=form)
    api.start("formed")
    (task,) = api.tasks()
    told = api.get(f"/user-tasks/{task['userTaskKey']}/form")
    assert (told["formId"], told["schema"], told["version"]) == ("look", form.decode(), 1)
    assert told["formKey"] == task["formKey"]


def test_the_form_of_another_application_is_told_as_it_is_and_one_in_the_diagram_is_shown(api: Api) -> None:
    outside = user("far", more='<zeebe:formDefinition externalReference="javascript:alert(1)" />')
    near = Node("userTask", "near", '<zeebe:formDefinition formKey="camunda-forms:bpmn:F" />')
    inside = '<zeebe:userTaskForm id="F">{"components": []}</zeebe:userTaskForm>'
    flows = ["begin -> far", "far -> near", "near -> done"]
    inside = f"<bpmn:extensionElements>{inside}</bpmn:extensionElements>"
    told = api.deployed(diagram("formed", [start(), outside, near, end()], flows, inside=inside))
    assert [one["form"] for one in told["deployments"]] == [None]
    api.start("formed")
    (task,) = api.tasks()
    assert (task["externalFormReference"], task["formKey"]) == ("javascript:alert(1)", None)
    assert api.get(f"/user-tasks/{task['userTaskKey']}")["externalFormReference"] == "javascript:alert(1)"
    assert api.ask("GET", f"/user-tasks/{task['userTaskKey']}/form").status_code == 204
    api.post(f"/user-tasks/{task['userTaskKey']}/completion", status=204)
    (task,) = api.tasks()
    shown = api.get(f"/user-tasks/{task['userTaskKey']}/form")
    assert (shown["formId"], shown["formKey"], shown["version"]) == ("formed.F", task["formKey"], 1)
    assert (shown["schema"], task["externalFormReference"]) == ('{"components": []}', None)


def test_a_job_is_leased_to_one_worker_and_completed(api: Api) -> None:
    api.deploy(WORK)
    key = api.start("work", to="li", secret="x")
    (job_,) = api.take("letter", worker="post", fetchVariable=["to"])
    assert job_["variables"] == {"to": "li"}
    assert job_["deadline"] == int(api.now.timestamp() * 1000) + 60_000
    assert (job_["worker"], job_["retries"], job_["kind"]) == ("post", 3, "BPMN_ELEMENT")
    assert api.take("letter") == []
    api.post(f"/jobs/{job_['jobKey']}/completion", {"variables": {"sent": True}}, status=204)
    api.post(f"/jobs/{job_['jobKey']}/completion", status=404)
    assert api.get(f"/process-instances/{key}")["state"] == "COMPLETED"


def test_a_job_that_fails_is_had_again_after_its_back_off_and_then_an_incident(api: Api) -> None:
    api.deploy(WORK)
    key = api.start("work")
    failure = {"retries": 1, "errorMessage": "no paper", "retryBackOff": 5_000}
    api.post(f"/jobs/{api.take('letter')[0]['jobKey']}/failure", failure, status=204)
    assert api.take("letter") == []
    api.pass_(seconds=5)
    (again,) = api.take("letter")
    assert again["retries"] == 1
    api.post(f"/jobs/{again['jobKey']}/failure", {"retries": 0}, status=204)
    assert api.take("letter") == []
    assert api.get(f"/process-instances/{key}")["hasIncident"] is True


@pytest.mark.parametrize("failure", [{}, {"retries": None, "retryBackOff": None, "errorMessage": None}])
def test_a_failure_that_says_no_tries_leaves_none(api: Api, failure: Any) -> None:
    api.deploy(WORK)
    key = api.start("work")
    api.post(f"/jobs/{api.take('letter')[0]['jobKey']}/failure", failure, status=204)
    (told,) = api.search("/incidents", {"processInstanceKey": key})
    assert (told["errorType"], api.take("letter")) == ("JOB_NO_RETRIES", [])
    api.post(f"/incidents/{told['incidentKey']}/resolution", status=204)
    (again,) = api.take("letter")
    api.post(f"/jobs/{again['jobKey']}/completion", status=204)
    assert api.get(f"/process-instances/{key}")["hasIncident"] is False


def test_a_bpmn_error_goes_on_at_the_boundary(api: Api) -> None:
    inner = '<bpmn:errorEventDefinition errorRef="E" />'
    nodes = [start(), job("send", "letter"), Node("boundaryEvent", "lost", "", inner, attachedToRef="send")]
    flows = ["begin -> send", "send -> done", "lost -> back"]
    root = '<bpmn:error id="E" errorCode="LOST" />'
    api.deploy(diagram("errand", [*nodes, end(), end("back")], flows, root=root))
    key = api.start("errand")
    api.post(f"/jobs/{api.take('letter')[0]['jobKey']}/error", {"errorCode": "LOST"}, status=204)
    assert api.search("/element-instances", {"processInstanceKey": key, "elementId": "back"})


def test_a_lease_is_made_longer(api: Api) -> None:
    api.deploy(WORK)
    api.start("work")
    (job_,) = api.take("letter")
    asked = {"changeset": {"timeout": 600_000}}
    assert api.ask("PATCH", f"/jobs/{job_['jobKey']}", asked).status_code == 204
    api.pass_(seconds=61)
    assert api.take("letter") == []


def test_an_incident_is_found_and_resolved(api: Api) -> None:
    api.deploy(WORK)
    key = api.start("work")
    api.post(f"/jobs/{api.take('letter')[0]['jobKey']}/failure", {"retries": 0, "errorMessage": "no paper"}, status=204)
    (found,) = api.search("/incidents", {"state": "ACTIVE"})
    assert (found["errorType"], found["errorMessage"], found["elementId"]) == ("JOB_NO_RETRIES", "no paper", "send")
    assert api.search(f"/process-instances/{key}/incidents") == [found]
    assert api.get(f"/incidents/{found['incidentKey']}") == found
    (element,) = api.search("/element-instances", {"hasIncident": True})
    assert element["incidentKey"] == found["incidentKey"]
    api.post(f"/incidents/{found['incidentKey']}/resolution", status=204)
    api.post(f"/incidents/{found['incidentKey']}/resolution", status=409)
    assert api.take("letter")[0]["retries"] == 1


def test_a_decision_is_evaluated_with_the_rules_that_fired(api: Api) -> None:
    api.deploy(fee_dmn=FEE)
    (found,) = api.search("/decision-definitions", {"decisionDefinitionId": "fee"})
    for asked in ({"decisionDefinitionId": "fee"}, {"decisionDefinitionKey": found["decisionDefinitionKey"]}):
        told = api.post("/decision-definitions/evaluation", {**asked, "variables": {"grams": 900}})
        assert (told["output"], told["failureMessage"]) == ("12", None)
        (evaluated,) = told["evaluatedDecisions"]
        assert [rule["ruleId"] for rule in evaluated["matchedRules"]] == ["heavy"]
        assert evaluated["evaluatedInputs"][0]["inputValue"] == "900"
    api.post("/decision-definitions/evaluation", {"decisionDefinitionId": "none"}, status=404)
    api.post("/decision-definitions/evaluation", {}, status=400)


def test_what_begins_with_a_condition_starts_when_somebody_asks(api: Api) -> None:
    begin = conditional("startEvent", "high", "level > 10")
    api.deploy(diagram("begins", [begin, user("work"), end()], ["high -> work", "work -> done"]))
    assert api.post("/conditionals/evaluation", {"variables": {"level": 3}})["processInstances"] == []
    asked = {"variables": {"level": 11}, "tenantId": "<default>"}
    told = api.post("/conditionals/evaluation", asked)
    [started] = told["processInstances"]
    assert told["conditionalEvaluationKey"].isdigit()
    assert told["tenantId"] == "<default>"
    assert api.get(f"/process-instances/{started['processInstanceKey']}")["state"] == "ACTIVE"
    named = {**asked, "processDefinitionKey": started["processDefinitionKey"]}
    assert len(api.post("/conditionals/evaluation", named)["processInstances"]) == 1
    api.post("/conditionals/evaluation", {**asked, "processDefinitionKey": "1"}, status=404)
