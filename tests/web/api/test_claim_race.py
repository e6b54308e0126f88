"""Many people claim the same user task at the same moment; one gets it."""

from __future__ import annotations

import http.client
import json
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.diagrams import diagram, end, start, user
from tests.server import Server

CLAIMANTS = 64
CASE = diagram("race", [start(), user("triage"), end()], ["begin -> triage", "triage -> done"])


def ask(server: Server, method: str, path: str, body: bytes, kind: str = "application/json") -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    try:
        connection.request(method, f"/v2{path}", body, {"Content-Type": kind})
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else None
    finally:
        connection.close()


def deploy(server: Server) -> None:
    head = '--b\r\nContent-Disposition: form-data; name="resources"; filename="race.bpmn"\r\n\r\n'
    status, told = ask(
        server, "POST", "/deployments", head.encode() + CASE + b"\r\n--b--\r\n", "multipart/form-data; boundary=b"
    )
    assert status == 200, told


def test_one_of_many_claimants_gets_the_task(server: Server) -> None:
    deploy(server)
    _, started = ask(server, "POST", "/process-instances", json.dumps({"processDefinitionId": "race"}).encode())
    mine = {"filter": {"processInstanceKey": started["processInstanceKey"]}}
    _, found = ask(server, "POST", "/user-tasks/search", json.dumps(mine).encode())
    path = f"/user-tasks/{found['items'][0]['userTaskKey']}"
    together = threading.Barrier(CLAIMANTS)

    def claim(number: int) -> int:
        body = json.dumps({"assignee": f"clerk-{number}", "allowOverride": False}).encode()
        together.wait(60)
        return ask(server, "POST", f"{path}/assignment", body)[0]

    with ThreadPoolExecutor(CLAIMANTS) as claimants:
        statuses = list(claimants.map(claim, range(CLAIMANTS)))
    assert Counter(statuses) == {204: 1, 409: CLAIMANTS - 1}
    _, task = ask(server, "GET", path, b"")
    assert task["assignee"] == f"clerk-{statuses.index(204)}"
