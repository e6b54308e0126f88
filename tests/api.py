"""A short way to ask /v2 in tests: the app over a store, without a network."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.app import create_app
from service.clock import Clock
from service.config import Settings
from service.web import Hotline
from tests.described import DescribedClient
from tests.stores import DATA_KEYS


class Api:
    """Asks /v2, and sees to it that answers are as described; the clock stands still until set on, unless given."""

    def __init__(self, database_url: str, *, clock: Clock | None = None, **settings: Any) -> None:
        self.now = datetime(2026, 2, 10, 1, 0, tzinfo=UTC)
        self.app = create_app(
            Settings(database_url=database_url, log_level="ERROR", data_keys=DATA_KEYS, **settings),
            clock=clock or (lambda: self.now),
        )
        self.app.test_client_class = DescribedClient
        self.parts: Hotline = self.app.extensions["hotline"]
        self.headers: dict[str, str] = {}

    @property
    def client(self) -> FlaskClient:
        return self.app.test_client()

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> TestResponse:
        sent = {"json": body} if body is not None else {}
        return self.client.open(f"/v2{path}", method=method, headers=self.headers, **sent, **more)

    def post(self, path: str, body: Any = None, *, status: int = 200) -> Any:
        answer = self.ask("POST", path, body)
        assert answer.status_code == status, answer.text
        return answer.json

    def get(self, path: str) -> Any:
        answer = self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json

    def search(self, path: str, filter_: Any = None, **more: Any) -> list[Any]:
        items: list[Any] = self.post(f"{path}/search", {"filter": filter_ or {}, **more})["items"]
        return items

    def deploy(self, *diagrams: bytes, **files: bytes) -> TestResponse:
        named = [(f"d{index}.bpmn", xml) for index, xml in enumerate(diagrams)]
        named += [(name.replace("_", "."), content) for name, content in files.items()]
        return self.send(*named)

    def deployed(self, *diagrams: bytes) -> Any:
        answer = self.deploy(*diagrams)
        assert answer.status_code == 200, answer.text
        return answer.json

    def send(self, *files: tuple[str, bytes]) -> TestResponse:
        parts = [(BytesIO(content), name) for name, content in files]
        return self.client.post(
            "/v2/deployments", data={"resources": parts}, content_type="multipart/form-data", headers=self.headers
        )

    def start(self, process_id: str, **variables: Any) -> str:
        key: str = self.post("/process-instances", {"processDefinitionId": process_id, "variables": variables})[
            "processInstanceKey"
        ]
        return key

    def tasks(self, **filter_: Any) -> list[Any]:
        return self.search("/user-tasks", {"state": "CREATED", **filter_})

    def take(self, type_: str, **more: Any) -> list[Any]:
        asked = {"type": type_, "timeout": 60_000, "maxJobsToActivate": 10, "requestTimeout": -1, **more}
        jobs: list[Any] = self.post("/jobs/activation", asked)["jobs"]
        return jobs

    def pass_(self, **length: float) -> None:
        self.now += timedelta(**length)
