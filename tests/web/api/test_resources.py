"""What was deployed, by its key, over HTTP; deleting it."""

from __future__ import annotations

from tests.api import Api
from tests.diagrams import diagram, end, start, user
from tests.engine.test_effective_dates import limit, matter

FORM = b'{"id": "ask", "schemaVersion": 18, "components": []}'


def key_of(api: Api, xml: bytes) -> str:
    return str(api.deployed(xml)["deployments"][0]["processDefinition"]["processDefinitionKey"])


def test_a_version_is_deleted_and_stays_to_be_read(api: Api) -> None:
    old, new = key_of(api, matter("old")), key_of(api, matter("new"))
    told = api.post(f"/resources/{new}/deletion", {"operationReference": 7, "deleteHistory": False})
    assert told == {"resourceKey": new, "batchOperation": None, "warnings": []}
    assert [one["processDefinitionKey"] for one in api.search("/process-definitions")] == [old]
    gone = api.search("/process-definitions", {"state": "DELETED"})
    assert [one["processDefinitionKey"] for one in gone] == [new]
    assert api.get(f"/process-definitions/{new}")["state"] == "DELETED"
    assert b"new" in api.ask("GET", f"/process-definitions/{new}/xml").data
    api.start("matter")
    assert [one["elementId"] for one in api.tasks()] == ["old"]
    assert api.post(f"/resources/{new}/deletion", status=404)["detail"].endswith("is deleted already.")


def test_one_by_which_instances_run_is_kept(api: Api) -> None:
    key = key_of(api, matter("work"))
    api.start("matter")
    assert "1 process instance runs by it" in api.post(f"/resources/{key}/deletion", status=409)["detail"]
    assert api.get(f"/resources/{key}")["state"] == "ACTIVE"


def test_files_of_decisions_and_forms_are_deleted_too(api: Api) -> None:
    assert api.deploy(limits_dmn=limit(5), ask_form=FORM).status_code == 200
    kinds = {one["kind"]: one["resourceKey"] for one in api.search("/resources")}
    assert sorted(kinds) == ["DECISION_REQUIREMENTS", "FORM"]
    assert api.get(f"/resources/{kinds['FORM']}/content")["id"] == "ask"
    assert api.ask("GET", f"/resources/{kinds['DECISION_REQUIREMENTS']}/content").status_code == 406
    assert api.ask("GET", f"/resources/{kinds['DECISION_REQUIREMENTS']}/content/binary").data == limit(5)
    for key in kinds.values():
        api.post(f"/resources/{key}/deletion")
    assert api.search("/resources") == []
    assert api.search("/decision-definitions") == []
    assert api.search("/decision-requirements") == []
    assert len(api.search("/resources", {"state": "DELETED"}, sort=[{"field": "resourceId"}])) == 2


def test_who_deleted_it_stands_in_the_audit_log(api: Api) -> None:
    key = key_of(api, matter("work"))
    api.post(f"/resources/{key}/deletion")
    (line,) = api.search("/audit-logs", {"operationType": "DELETE"})
    assert (line["entityKey"], line["processDefinitionId"], line["actorType"]) == (key, "matter", "USER")


def test_who_refers_to_it_is_told(api: Api) -> None:
    asks = user("look", more='<zeebe:formDefinition formId="ask" />')
    api.deploy(diagram("asks", [start(), asks, end()], ["begin -> look", "look -> done"]), ask_form=FORM)
    (form,) = api.search("/resources", {"kind": "FORM"})
    (warning,) = api.post(f"/resources/{form['resourceKey']}/deletion")["warnings"]
    assert (warning["resourceName"], warning["elementId"]) == ("d0.bpmn", "look")


def test_nothing_is_under_another_key(api: Api) -> None:
    for path in ("/resources/1", "/resources/1/content", "/resources/1/content/binary"):
        assert api.ask("GET", path).status_code == 404
    api.post("/resources/1/deletion", status=404)
