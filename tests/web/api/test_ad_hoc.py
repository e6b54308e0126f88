"""What is done in an ad-hoc sub-process is chosen in Camunda 8's shapes."""

from __future__ import annotations

from pathlib import Path

from camunda_orchestration_sdk import CamundaClient, models
from camunda_orchestration_sdk.semantic_types import ElementInstanceKey

from tests.api import Api
from tests.bpmn.test_ad_hoc import ad_hoc, around, by_worker
from tests.server import Server

URL = "/element-instances/ad-hoc-activities/{}/activation"


def test_elements_are_activated_with_variables_of_their_own(api: Api) -> None:
    api.deployed(around(ad_hoc()))
    key = api.start("p")
    [some] = api.search("/element-instances", {"processInstanceKey": key, "type": "AD_HOC_SUB_PROCESS"})
    url = URL.format(some["elementInstanceKey"])
    api.post(url, {"elements": [{"elementId": "a", "variables": {"x": 1}}, {"elementId": "b"}]}, status=204)
    assert sorted(one["elementId"] for one in api.tasks(processInstanceKey=key)) == ["a", "b"]
    kind = "AD_HOC_SUB_PROCESS_INNER_INSTANCE"
    [first, _] = api.search("/element-instances", {"processInstanceKey": key, "type": kind})
    assert first["elementId"] == "some#innerInstance"
    refused = api.post(url, {"elements": [{"elementId": "nobody"}]}, status=400)
    assert refused["problems"][0]["element"] == "nobody"
    api.post(url, {"elements": []}, status=400)
    api.post(URL.format(key), {"elements": [{"elementId": "a"}]}, status=404)
    api.post(url, {"elements": [{"elementId": "c"}], "cancelRemainingInstances": True}, status=204)
    assert [one["elementId"] for one in api.tasks(processInstanceKey=key)] == ["c"]


def test_a_worker_chooses_in_the_result_of_its_job(api: Api) -> None:
    api.deployed(around(by_worker()))
    key = api.start("p")
    [asked] = api.take("agent")
    assert (asked["kind"], asked["elementId"]) == ("AD_HOC_SUB_PROCESS", "some")
    [some] = api.search("/element-instances", {"processInstanceKey": key, "type": "AD_HOC_SUB_PROCESS"})
    assert asked["elementInstanceKey"] == some["elementInstanceKey"]
    url, kind = f"/jobs/{asked['jobKey']}/completion", {"type": "adHocSubProcess"}
    wrong = {**kind, "activateElements": [{"elementId": "nobody"}]}
    assert api.post(url, {"result": wrong}, status=400)["problems"][0]["element"] == "nobody"
    wanted = {**kind, "activateElements": [{"elementId": "b", "variables": {"x": 1}}, {"elementId": "c"}]}
    api.post(url, {"variables": {"turn": 1}, "result": wanted}, status=204)
    [b, _] = api.tasks(processInstanceKey=key)
    api.post(f"/user-tasks/{b['userTaskKey']}/completion", {}, status=204)
    [asked] = api.take("agent")
    assert asked["variables"]["turn"] == 1
    enough = {**kind, "isCompletionConditionFulfilled": True, "isCancelRemainingInstances": True}
    api.post(f"/jobs/{asked['jobKey']}/completion", {"result": enough}, status=204)
    assert [one["elementId"] for one in api.tasks(processInstanceKey=key)] == ["last"]


def test_a_worker_that_fails_is_an_incident_of_its_ad_hoc_sub_process(api: Api) -> None:
    api.deployed(around(by_worker()))
    key = api.start("p")
    [asked] = api.take("agent")
    api.post(f"/jobs/{asked['jobKey']}/failure", {"retries": 0, "errorMessage": "no model"}, status=204)
    [incident] = api.search("/incidents", {"processInstanceKey": key})
    assert (incident["errorType"], incident["elementId"]) == ("AD_HOC_SUB_PROCESS_NO_RETRIES", "some")


def test_the_official_client_does_so_too(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "p.bpmn"
    file.write_bytes(around(ad_hoc()))
    with CamundaClient({"ZEEBE_REST_ADDRESS": server.url, "CAMUNDA_AUTH_STRATEGY": "NONE"}) as client:
        definition = client.deploy_resources_from_files([file]).processes[0].process_definition_key
        asked = models.ProcessCreationByKey(process_definition_key=definition)
        key = client.create_process_instance(data=asked).process_instance_key
        query = models.ElementInstanceSearchQuery.from_dict(
            {"filter": {"processInstanceKey": key, "type": "AD_HOC_SUB_PROCESS"}}
        )
        [some] = client.search_element_instances(data=query).items
        wanted = models.AdHocSubProcessActivateActivitiesInstruction.from_dict({"elements": [{"elementId": "b"}]})
        client.activate_ad_hoc_sub_process_activities(ElementInstanceKey(some.element_instance_key), data=wanted)
        open_tasks = client.search_user_tasks(data=models.UserTaskSearchQuery()).items
        assert [one.element_id for one in open_tasks] == ["b"]
