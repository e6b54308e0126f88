"""What the front does for a request: limits, and nothing leased to a client that has gone."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from service.web.front import Front
from service.web.server import WebServer, listen
from tests.api import Api
from tests.diagrams import diagram, end, job, start
from tests.web.test_front import PATIENCE

WORK = diagram("work", [start(), job("send", "letter"), end()], ["begin -> send", "send -> done"])


class Asked:
    """One request to a front, whose client goes away as soon as it is listened for."""

    def __init__(self, path: str, body: Any = None) -> None:
        self.scope = {
            "type": "http",
            "method": "POST",
            "path": path,
            "query_string": b"",
            "http_version": "1.1",
            "scheme": "http",
            "server": ("127.0.0.1", 8080),
            "client": ("127.0.0.1", 1),
            "headers": [(b"host", b"localhost"), (b"content-type", b"application/json")],
        }
        self._messages = [{"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}]
        self.sent: list[Any] = []

    async def receive(self) -> Any:
        return self._messages.pop() if self._messages else {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    async def by(self, front: Front) -> Any:
        """The status and the body of the answer; None if there is none."""
        await front(self.scope, self.receive, self.send)
        return (self.sent[0]["status"], json.loads(self.sent[1]["body"])) if self.sent else None


@pytest.fixture
def api(database_url: str) -> Iterator[Api]:
    api = Api(database_url)
    api.deployed(WORK)
    yield api
    api.parts.database.close()


def test_what_was_leased_for_a_client_that_has_gone_is_free_again(api: Api) -> None:
    front = Front(api.app, threads=2, most_bytes=1_000)
    key = api.start("work")
    asked = {"type": "letter", "timeout": 60_000, "maxJobsToActivate": 1}
    assert asyncio.run(Asked("/v2/jobs/activation", asked).by(front)) is None
    front.close()
    (again,) = api.take("letter")
    assert (again["processInstanceKey"], again["retries"]) == (key, 3)


def test_what_would_wait_too_long_for_a_thread_is_refused() -> None:
    app, may_go = Flask("slow"), threading.Event()

    @app.post("/")
    def slow() -> dict[str, bool]:
        return {"went": may_go.wait(PATIENCE)}

    front = Front(app, threads=1, most_bytes=1_000, longest_queue=1)

    async def ask() -> list[Any]:
        patient = [asyncio.create_task(Asked("/").by(front)) for _ in range(2)]
        await asyncio.sleep(0)
        status, told = await Asked("/v2/topology").by(front)
        may_go.set()
        return [(status, told["title"], told["instance"]), *await asyncio.gather(*patient)]

    assert asyncio.run(ask()) == [
        (503, "RESOURCE_EXHAUSTED", "/v2/topology"),
        (200, {"went": True}),
        (200, {"went": True}),
    ]
    front.close()


def test_who_sends_a_head_too_slowly_is_cut_off() -> None:
    front = Front(Flask("empty"), threads=1, most_bytes=1_000, patience=0.1)
    (listening,) = listen("127.0.0.1", 0)
    port = listening.getsockname()[1]

    async def ask() -> list[bytes]:
        serving = WebServer(front)
        until_stopped = asyncio.create_task(serving.serve([listening]))
        got = []
        for sent in (b"", b"GET / HTTP/1.1\r\nHost:", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" + b"GET"):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(sent)
            try:
                got.append((await asyncio.wait_for(reader.read(), PATIENCE))[:12])
            except ConnectionResetError:
                got.append(b"")
            writer.close()
        serving.should_exit = True
        await until_stopped
        return got

    assert asyncio.run(ask()) == [b"", b"", b"HTTP/1.1 404"]
    front.close()
