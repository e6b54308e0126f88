"""A city to test the whole service in: the app over a store, a clock set by hand, spoken to over its own interfaces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, ClassVar

from flask import Flask
from sqlalchemy import delete, insert, select

from service.app import create_app, furnish
from service.clock import CITY_ZONE
from service.config import Settings
from service.engine import timers
from service.store.tables import api_token, history, process_instance
from service.web import Hotline
from service.worker import Worker
from tests.stores import DATA_KEYS
from tests.tokens import kept

# What the call desk writes down; everything else about a matter has a default.
MATTER: Mapping[str, Any] = {
    "channel": "PHONE",
    "matter_type": "HELP",
    "title": "奎文区新华路路灯不亮",
    "text": "奎文区新华路与福寿街路口北侧三盏路灯已经五天不亮，晚上走路看不清，请尽快维修。",
    "category_l1": "城乡建设",
    "division_code": "370705",
    "address": "奎文区新华路与福寿街路口",
    "name": "王小明",
    "phone": "13800000000",
    "truth_declaration": True,
}

# What a unit says that has resolved it.
HANDLED: Mapping[str, Any] = {
    "contacted": True,
    "facts_true": True,
    "resolved": "YES",
    "handling_text": "当天更换三盏灯具，夜间复查已亮。",
    "public_reply_text": "您反映的三盏路灯已经修好，可以放心通行。",
}


class City:
    """The service as its users meet it, at an instant that the test sets; nothing ticks but by `tick` and `pass_to`."""

    settings: ClassVar[Mapping[str, Any]] = {}

    def __init__(self, url: str, now: datetime) -> None:
        self._url, self.now = url, now
        self._signed: Mapping[str, str] = {}
        self.open()

    def open(self) -> None:
        chosen = Settings(
            **{"database_url": self._url, "log_level": "WARNING", "data_keys": DATA_KEYS, **self.settings}
        )
        self.app: Flask = create_app(chosen, clock=lambda: self.now)
        furnish(self.app)
        self.parts: Hotline = self.app.extensions["hotline"]
        self._worker = Worker(self.parts.database, self.parts.engine, longest=timedelta(seconds=15))

    def close(self) -> None:
        self.parts.database.close()

    def restart(self, at: datetime | None = None) -> None:
        """Down and up again, at once or when the clock says `at`; what became due meanwhile is done on the way up."""
        self.close()
        self.now = at or self.now
        self.open()
        self.tick()

    def tick(self) -> None:
        self._worker.tick()

    def pass_to(self, instant: datetime) -> None:
        """Let time pass as it does: whatever becomes due on the way is done at its own instant."""
        while True:
            self.tick()
            with self.parts.database.read() as connection:
                due = timers.next_due(connection, self.parts.engine)
            if due is None or due > instant:
                break
            self.now = max(self.now, due)
        self.now = instant

    def ask(self, method: str, path: str, body: Any = None, *, expect: int = 200) -> Any:
        """The JSON of an answer, which must have the status that is expected."""
        answer = self.app.test_client().open(path, method=method, json=body, headers=self._signed)
        assert answer.status_code == expect, answer.get_data(as_text=True)
        return answer.get_json(silent=True)

    @contextmanager
    def as_(self, person: str) -> Iterator[None]:
        """Ask as one of the people of the organisation, by a token of theirs."""
        token = f"{person} at {self.now}"
        values = kept(token, person, self.now)
        with self.parts.database.write() as connection:
            connection.execute(delete(api_token).where(api_token.c.token_hash == values["token_hash"]))
            connection.execute(insert(api_token).values(values))
        self._signed = {"Authorization": f"Bearer {token}"}
        try:
            yield
        finally:
            self._signed = {}

    def file(self, **values: Any) -> dict[str, Any]:
        """File a matter; what is not said is that of MATTER."""
        answer: dict[str, Any] = self.ask("POST", "/hotline/v1/matters", {**MATTER, **values}, expect=201)
        self.tick()
        return answer

    def matter(self, number: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.ask("GET", f"/hotline/v1/matters/{number}")
        return answer

    def waiting(self, number: str) -> list[str]:
        """The ids of the user tasks that are open for a matter."""
        return [task["elementId"] for task in self._tasks(number)]

    def complete(self, number: str, element_id: str, **answers: Any) -> None:
        """Complete a matter's open task by its element id."""
        task = next((one for one in self._tasks(number) if one["elementId"] == element_id), None)
        assert task, f"{element_id} does not wait, but {self.waiting(number)}"
        self.ask("POST", f"/v2/user-tasks/{task['userTaskKey']}/completion", {"variables": answers}, expect=204)
        self.tick()

    def take(self, number: str) -> None:
        """The unit signs a matter in; if it is a county, its department does the work."""
        self.complete(number, "sign-in", sign_in_answer="ACCEPT")
        if self.waiting(number) == ["choose-body"]:
            works = f"{self.matter(number)['unit_id']}-works"
            self.complete(number, "choose-body", proposed_body="COUNTY_DEPT", body_unit=works)
            self.complete(number, "handle-in-body", body_answer="DONE", body_report="区住建局当天更换三盏灯具。")
            self.complete(number, "review-body", body_review="ACCEPT")

    def reply(self, number: str) -> None:
        """The unit takes a matter, resolves it and replies."""
        self.take(number)
        self.complete(number, "handle", **HANDLED)
        self.complete(number, "review-reply", reply_approved=True)

    def happened(self, number: str, kind: str) -> list[tuple[str, datetime]]:
        """Element and instant of a kind of history of a matter, called processes included, in order."""
        mine = process_instance.c.root_key == self._root(number)
        query = (
            select(history.c.element_id, history.c.at)
            .join(process_instance, process_instance.c.key == history.c.instance_key)
            .where(mine, history.c.kind == kind)
            .order_by(history.c.key)
        )
        with self.parts.database.read() as connection:
            return [(row.element_id, row.at.astimezone(CITY_ZONE)) for row in connection.execute(query)]

    def _root(self, number: str) -> int:
        query = select(process_instance.c.key).where(process_instance.c.business_id == number)
        with self.parts.database.read() as connection:
            return int(connection.execute(query).scalar_one())

    def _tasks(self, number: str) -> list[dict[str, Any]]:
        query = select(process_instance.c.key).where(process_instance.c.root_key == self._root(number))
        with self.parts.database.read() as connection:
            keys = [str(key) for key in connection.execute(query).scalars()]
        asked = {"filter": {"state": "CREATED", "processInstanceKey": {"$in": keys}}}
        tasks: list[dict[str, Any]] = self.ask("POST", "/v2/user-tasks/search", asked)["items"]
        return tasks
