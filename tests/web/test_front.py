"""The served service: thousands wait without a thread each, others are answered, and nothing hostile holds it."""

from __future__ import annotations

import json
import select
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.web.server import listen
from tests.conftest import NewUrl
from tests.diagrams import diagram, end, job, start, user
from tests.server import Server
from tests.stores import STORES
from tests.web.api.test_task_listeners import ASK

pytestmark = pytest.mark.of_one_store

PATIENCE = 50  # seconds; less than a request waits at the longest
WAITING, WAVE = 2_000, 400
WORK = diagram("work", [start(), job("send", "letter"), end()], ["begin -> send", "send -> done"])
PARCEL = diagram("parcel", [start(), job("send", "parcel"), end()], ["begin -> send", "send -> done"])
CASE = diagram("case", [start(), user("triage"), end()], ["begin -> triage", "triage -> done"])


class Client:
    """Asks a server by HTTP, and opens connections that it holds by hand."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.http = httpx.Client(base_url=f"{server.url}/v2", timeout=PATIENCE)

    def post(self, path: str, body: Any = None, *, status: int = 200) -> Any:
        answer = self.http.post(path, json=body if body is not None else {})
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def deploy(self, xml: bytes) -> None:
        assert self.http.post("/deployments", files={"resources": ("d.bpmn", xml)}).status_code == 200

    def start(self, process_id: str) -> str:
        return str(self.post("/process-instances", {"processDefinitionId": process_id})["processInstanceKey"])

    def connection(self, sent: bytes = b"") -> socket.socket:
        opened = socket.create_connection(("127.0.0.1", self.server.port), timeout=PATIENCE)
        opened.sendall(sent)
        return opened

    def waiting(self, type_: str, path: str = "/v2/jobs/activation") -> socket.socket:
        """A connection on which a worker waits for a job, or will in a moment."""
        asked = {"type": type_, "timeout": 60_000, "maxJobsToActivate": 1, "requestTimeout": 60_000}
        return self.connection(request(path, json.dumps(asked).encode()))

    def tasks(self) -> list[Any]:
        items: list[Any] = self.post("/user-tasks/search", {"filter": {"state": "CREATED"}})["items"]
        return items

    def take(self, type_: str) -> list[Any]:
        asked = {"type": type_, "timeout": 60_000, "maxJobsToActivate": 10, "requestTimeout": -1}
        jobs: list[Any] = self.post("/jobs/activation", asked)["jobs"]
        return jobs

    def threads(self) -> int:
        return len(list(Path(f"/proc/{self.server.process.pid}/task").iterdir()))


def request(path: str, body: bytes, *headers: str, method: str = "POST") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def answered(connections: list[socket.socket], longest: float = 0) -> list[socket.socket]:
    """Those on which something has come, or that are closed."""
    poll = select.poll()
    by_file = {one.fileno(): one for one in connections}
    for number in by_file:
        poll.register(number, select.POLLIN)
    return [by_file[number] for number, _ in poll.poll(longest * 1_000)]


def read(connection: socket.socket) -> tuple[int, Any]:
    """The status and the body of the next answer, which has a length; 0 if the connection is closed instead."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        got = connection.recv(1)
        if not got:
            return 0, head
        head += got
    lines = head.decode("latin-1").lower().split("\r\n")
    length = next((int(line.split(":")[1]) for line in lines if line.startswith("content-length:")), 0)
    body = b""
    while len(body) < length:
        got = connection.recv(length - len(body))
        assert got, body
        body += got
    is_json = any(line.startswith("content-type:") and "json" in line for line in lines)
    return int(lines[0].split(" ")[1]), json.loads(body) if is_json else body


def until(happened: Callable[[], bool]) -> None:
    last = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < last


@pytest.fixture(scope="module", params=STORES)
def client(request: pytest.FixtureRequest, new_url: NewUrl) -> Iterator[Client]:
    """One server for all tests of this module, each with job types of its own."""
    with Server(new_url(request.param), MAX_REQUEST_BYTES="1000000") as server:
        client = Client(server)
        for xml in (WORK, PARCEL, CASE, ASK):
            client.deploy(xml)
        yield client
        client.http.close()


@pytest.fixture
def closing() -> Iterator[list[socket.socket]]:
    opened: list[socket.socket] = []
    yield opened
    for one in opened:
        one.close()


def test_a_job_wakes_one_of_thousands_while_others_are_answered(client: Client, closing: list[socket.socket]) -> None:
    for _ in range(WAITING // WAVE):
        closing += [client.waiting("letter") for _ in range(WAVE)]
        client.take("other")  # what came before it has been seen by now
    client.start("case")  # answered though thousands wait, and tells none of them anything
    assert client.threads() < 40
    key = client.start("work")
    (first,) = answered(closing, PATIENCE)
    status, told = read(first)
    assert (status, [one["processInstanceKey"] for one in told["jobs"]]) == (200, [key])
    assert client.take("letter") == []
    assert answered([one for one in closing if one is not first]) == []
    assert client.threads() < 40


def test_who_has_gone_is_given_no_job(client: Client, closing: list[socket.socket]) -> None:
    gone = [client.waiting("parcel") for _ in range(5)]
    closing.append(client.waiting("parcel"))
    client.take("other")
    for one in gone:
        one.close()
    client.take("other")
    key = client.start("parcel")
    assert [one["processInstanceKey"] for one in read(closing[0])[1]["jobs"]] == [key]


def test_a_start_whose_client_has_gone_while_it_waits_goes_on(client: Client) -> None:
    asked = {"processDefinitionId": "case", "awaitCompletion": True, "requestTimeout": 60_000}
    before = len(client.tasks())
    waiting = client.connection(request("/v2/process-instances", json.dumps(asked).encode()))
    until(lambda: len(client.tasks()) > before)
    waiting.close()
    client.take("other")
    assert len(client.tasks()) == before + 1


def test_a_start_that_waits_for_its_end_is_begun_once(client: Client, closing: list[socket.socket]) -> None:
    asked = {"processDefinitionId": "case", "awaitCompletion": True, "requestTimeout": 60_000}
    before = {task["userTaskKey"] for task in client.tasks()}
    closing.append(client.connection(request("/v2/process-instances", json.dumps(asked).encode())))
    until(lambda: len(client.tasks()) > len(before))
    (task,) = [task for task in client.tasks() if task["userTaskKey"] not in before]
    client.post(f"/user-tasks/{task['userTaskKey']}/completion", {"variables": {"n": 1}}, status=204)
    status, told = read(closing[0])
    assert (status, told["processInstanceKey"], told["variables"]) == (200, task["processInstanceKey"], {"n": 1})
    assert len(client.tasks()) == len(before)


@pytest.mark.parametrize(
    ("event", "method", "path", "body"),
    [
        ("assigning", "POST", "/user-tasks/{task}/assignment", {"assignee": "li"}),
        ("updating", "PUT", "/element-instances/{element}/variables", {"variables": {"n": 1}}),
        ("completing", "POST", "/user-tasks/{task}/completion", {}),
    ],
)
def test_who_waits_for_the_listeners_of_a_task_asks_once_and_is_told_what_they_say(
    client: Client, closing: list[socket.socket], event: str, method: str, path: str, body: Any
) -> None:
    key = client.start("ask-first")
    (task,) = [one for one in client.tasks() if one["processInstanceKey"] == key]
    asked = path.format(task=task["userTaskKey"], element=task["elementInstanceKey"])
    for denied, status in ((True, 409), (False, 204)):
        waiting = client.connection(request(f"/v2{asked}", json.dumps(body).encode(), method=method))
        closing.append(waiting)
        (given,) = read(client.waiting(event))[1]["jobs"]
        result = {"type": "userTask", "denied": denied}
        client.post(f"/jobs/{given['jobKey']}/completion", {"result": result}, status=204)
        assert read(waiting)[0] == status
        assert client.take(event) == []


def test_a_connection_serves_one_request_after_another(client: Client, closing: list[socket.socket]) -> None:
    closing.append(client.connection())
    for _ in range(3):
        closing[0].sendall(request("/v2/jobs/search", b"{}"))
        assert read(closing[0])[0] == 200
    closing[0].sendall(request("/v2/jobs/search", b"{}") * 2)  # and two sent at once
    assert [read(closing[0])[0] for _ in range(2)] == [200, 200]


def test_a_request_may_come_in_chunks_and_may_ask_before_it_is_sent(
    client: Client, closing: list[socket.socket]
) -> None:
    head = b"POST /v2/jobs/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    closing.append(client.connection(head + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"))
    assert read(closing[0])[0] == 200
    closing.append(client.connection(head + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"))
    assert closing[1].recv(100).startswith(b"HTTP/1.1 100 ")
    closing[1].sendall(b"{}")
    assert read(closing[1])[0] == 200


def test_what_is_too_large_is_refused_before_it_is_read(client: Client, closing: list[socket.socket]) -> None:
    closing.append(client.connection(request("/v2/jobs/search", b"")[:-5] + b"1000001\r\n\r\n"))
    status, told = read(closing[0])
    assert (status, told["status"], told["instance"]) == (413, 413, "/v2/jobs/search")
    chunks = b"POST /v2/jobs/search HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    closing.append(client.connection(chunks + (b"ffff\r\n" + b" " * 0xFFFF + b"\r\n") * 16))
    assert read(closing[1])[0] == 413
    closing.append(client.connection(b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"A: b\r\n" * 20_000))
    assert read(closing[2])[0] in (0, 431)


def test_clients_that_do_not_read_keep_no_thread(new_url: NewUrl, closing: list[socket.socket]) -> None:
    with Server(new_url("sqlite"), THREADS="2") as server:
        client = Client(server)
        document = client.http.get("/../hotline/v1/openapi.json").content
        for _ in range(3):
            closing.append(socket.socket())
            closing[-1].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            closing[-1].connect(("127.0.0.1", server.port))
            closing[-1].sendall(request("/hotline/v1/openapi.json", b"", method="GET") * 100)
        assert client.take("other") == []
        client.http.close()
        assert read(closing[0]) == (200, json.loads(document))
        for one in closing:
            one.close()


def test_who_waits_when_the_service_stops_is_answered(new_url: NewUrl, closing: list[socket.socket]) -> None:
    with Server(new_url("sqlite")) as server:
        client = Client(server)
        closing += [client.waiting("letter") for _ in range(20)]
        client.take("other")
        client.http.close()
        server.stop()
        assert [read(one) for one in closing] == [(200, {"jobs": []})] * 20
        assert server.process.exitcode == 0


def test_no_part_of_an_answer_is_held_back_until_the_client_has_acknowledged_the_part_before() -> None:
    [listening] = listen("127.0.0.1", 0)
    with listening, socket.create_connection(listening.getsockname()), listening.accept()[0] as opened:
        assert opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
