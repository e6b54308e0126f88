"""A hotline to test with: the app over a store, a small intake instead of the real one, people with tokens."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import insert, update

from service.app import create_app
from service.clock import CITY_ZONE
from service.config import Settings
from service.engine import deployments, jobs
from service.hotline import organisation
from service.store.tables import api_token, matter
from service.web import Hotline
from service.web.auth import hash_token
from service.web.scopes import usual
from tests.diagrams import Node, diagram, end, mapping, message, message_root, user
from tests.stores import DATA_KEYS
from tests.tokens import kept

# What somebody may see of a matter is asked of the real tables.
DISCLOSURE = ("progress-disclosure", "field-access")
TEXT = "小区东门外的人行道塌陷了一个坑，老人晚上走路看不清，请尽快修好。"


def shipped(*names: str) -> deployments.Files:
    """Tables of the project."""
    paths = [Path(__file__).parents[1] / "dmn" / f"{name}.dmn" for name in names]
    return [(path.name, path.read_bytes()) for path in paths]


def status(value: str, more: str = "") -> str:
    return f'{more}<zeebe:properties><zeebe:property name="status" value="{value}" /></zeebe:properties>'


def intake() -> bytes:
    """Accepts whatever it is given, asks the unit of the matter, and ends with its answer or its withdrawal."""
    called = '<zeebe:calledElement processId="handling" propagateAllChildVariables="true" />'
    told = (
        "<zeebe:taskHeaders>" + '<zeebe:header key="notice" value="accepted" /><zeebe:header key="to" value="OBJECT" />'
    )
    notice = f'<zeebe:taskDefinition type="send-notice" />{told}</zeebe:taskHeaders>'
    nodes = [
        Node("startEvent", "matter-received", status("RECEIVED")),
        Node("serviceTask", "notify-accepted", status("ACCEPTED", notice)),
        Node("callActivity", "handle-matter", called),
        message("boundaryEvent", "withdrawn", attachedToRef="handle-matter"),
        Node("endEvent", "matter-withdrawn", status("WITHDRAWN")),
        Node("endEvent", "closed", status("CLOSED")),
    ]
    flows = [
        "matter-received -> notify-accepted",
        "notify-accepted -> handle-matter",
        "handle-matter -> closed",
        "withdrawn -> matter-withdrawn",
    ]
    return diagram("hotline-intake", nodes, flows, root=message_root("matter-withdrawn", "=matter_no"))


def handling() -> bytes:
    """One task of the unit that the desk has named; the limit is five working days."""
    values = {
        "unit_id": "designated_unit",
        "light": '"GREEN"',
        "deadline": "end of working day(add working days(now(), 5))",
        "deadline_provisional": "is provisional(add working days(now(), 5))",
    }
    begin = Node("startEvent", "dispatch-begins", status("DISPATCHED", mapping(outputs=values)))
    task = user("handle", "=[unit_id]", status("IN_HANDLING"))
    return diagram("handling", [begin, task, end()], ["dispatch-begins -> handle", "handle -> done"])


@dataclass(frozen=True)
class Answer:
    status_code: int
    content_type: str
    headers: Mapping[str, str]
    text: str
    json: Any


class Desk:
    """Asks /hotline/v1; the clock stands still until it is set on."""

    def __init__(self, database_url: str, **settings: Any) -> None:
        self.now = datetime(2026, 2, 10, 9, 0, tzinfo=CITY_ZONE)
        chosen = Settings(**{"database_url": database_url, "log_level": "ERROR", "data_keys": DATA_KEYS, **settings})
        self.app = create_app(chosen, clock=lambda: self.now)
        self.parts: Hotline = self.app.extensions["hotline"]
        self.tokens: dict[str, str] = {}
        with self.parts.database.write() as connection:
            organisation.seed(connection, self.now, hash_token=hash_token, hash_password=hash_token, scopes=usual)
            files = [("hotline-intake.bpmn", intake()), ("handling.bpmn", handling()), *shipped(*DISCLOSURE)]
            deployments.deploy(connection, self.parts.engine, files, by="policy")

    def deploy(self, *names: str) -> None:
        """More of the project's tables."""
        with self.parts.database.write() as connection:
            deployments.deploy(connection, self.parts.engine, shipped(*names), by="policy", is_founding=True)

    @property
    def client(self) -> FlaskClient:
        return self.app.test_client()

    def token(self, person_id: str) -> str:
        """A token of one of the fictional people."""
        if person_id not in self.tokens:
            token = self.tokens[person_id] = f"token of {person_id}"
            with self.parts.database.write() as connection:
                connection.execute(insert(api_token).values(kept(token, person_id, self.now)))
        return self.tokens[person_id]

    def ask(
        self, method: str, path: str, body: Any = None, *, by: str = "", headers: dict[str, str] | None = None
    ) -> Answer:
        """Without `by`, this machine asks, which may do everything."""
        # In ASCII, as some clients write it: half a character travels so.
        sent: dict[str, Any] = {}
        if body is not None:
            sent = {"data": json.dumps(body), "content_type": "application/json"}
        told = {"Authorization": f"Bearer {self.token(by)}"} if by else {}
        got = self.client.open(f"/hotline/v1{path}", method=method, headers={**told, **(headers or {})}, **sent)
        return Answer(got.status_code, got.content_type, dict(got.headers), got.text, got.get_json(silent=True))

    def file(self, **values: Any) -> dict[str, Any]:
        answer = self.ask("POST", "/matters", {"text": TEXT, "designated_unit": "dept-housing", **values})
        assert answer.status_code in (200, 201), answer.text
        filed: dict[str, Any] = answer.json
        return filed

    def dispatched(self, **values: Any) -> dict[str, Any]:
        """A matter that its unit has on its desk."""
        filed = self.file(**values)
        self.run_jobs()
        return filed

    def read(self, path: str, *, by: str = "") -> Any:
        answer = self.ask("GET", path, by=by)
        assert answer.status_code == 200, answer.text
        return answer.json

    def numbers(self, query: str = "", *, by: str = "") -> list[str]:
        return [item["number"] for item in self.read(f"/matters{query}", by=by)["items"]]

    def run_jobs(self) -> None:
        jobs.run_due(self.parts.database, self.parts.engine)

    def set_row(self, number: str, **values: Any) -> None:
        with self.parts.database.write() as connection:
            connection.execute(update(matter).where(matter.c.number == number).values(**values))

    def close(self) -> None:
        self.parts.database.close()
