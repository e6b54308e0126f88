"""What operators do to running instances, in Camunda 8's shapes."""

from __future__ import annotations

from tests.api import Api
from tests.diagrams import diagram, end, start, user

CASE = diagram("case", [start(), user("triage"), end()], ["begin -> triage", "triage -> done"])


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
