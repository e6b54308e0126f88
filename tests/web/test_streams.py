"""Streams: who listens hears of what concerns them, without a thread each, and of nothing else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest
from sqlalchemy import insert, select

from service.store.tables import incident, matter, user_task
from service.web import front, streams
from service.web.streams import OPERATIONS, TASKS, Streams
from tests.desk import Desk
from tests.served import served

_PATIENCE = 20


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    opened = Desk(database_url)
    yield opened
    opened.close()


class Ear:
    """Listens to some topics."""

    def __init__(self, hub: Streams, who: str, *topics: str) -> None:
        self._heard = threading.Event()
        self.stream = hub.open(who, topics, self._heard.set)

    def hears(self, within: float = _PATIENCE) -> bool:
        found = self._heard.wait(within)
        self._heard.clear()
        return found


def test_each_hears_of_what_concerns_them(desk: Desk) -> None:
    hub = Streams(desk.parts.database, look=0.05)
    own, other = Ear(hub, "a", streams.of_group("dept-housing")), Ear(hub, "b", streams.of_group("dept-water"))
    every, stuck = Ear(hub, "c", TASKS), Ear(hub, "d", OPERATIONS)
    ears = (own, other, every, stuck)
    assert not own.hears(0.2)
    number = desk.dispatched(designated_unit="dept-housing")["number"]
    assert own.hears()
    assert every.hears()
    with desk.parts.database.read() as connection:
        root, key = connection.execute(
            select(user_task.c.root_key, user_task.c.key).join(matter, matter.c.instance_key == user_task.c.root_key)
            .where(matter.c.number == number)
        ).one()  # fmt: skip
    of_matter = Ear(hub, "e", streams.of_instance(root))
    assert not of_matter.hears(0.3)
    answer = desk.client.patch(
        f"/v2/user-tasks/{key}", json={"changeset": {"priority": 60}}, headers={"Origin": "http://localhost"}
    )
    assert answer.status_code < 300
    assert of_matter.hears()
    assert not other.hears(0.1)
    assert not stuck.hears(0.1)
    values = {"instance_key": root, "definition_key": 1, "element_id": "x", "error_type": "UNKNOWN"}
    with desk.parts.database.write() as connection:
        connection.execute(insert(incident).values(key=2**62, state="ACTIVE", created_at=desk.now, **values))
    assert stuck.hears()
    for ear in (*ears, of_matter):
        assert ear.stream
        ear.stream.leave()


def test_of_one_person_and_in_all_so_many_listen(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = Streams(desk.parts.database)
    mine = [hub.open("a", [TASKS], lambda: None) for _ in range(streams.MOST_OF_ONE + 1)]
    assert [one is None for one in mine] == [False] * streams.MOST_OF_ONE + [True]
    monkeypatch.setattr(streams, "MOST", streams.MOST_OF_ONE)
    assert hub.open("b", [TASKS], lambda: None) is None
    assert mine[0]
    mine[0].leave()
    mine[0].leave()
    again = hub.open("b", [TASKS], lambda: None)
    for one in (*mine, again):
        if one:
            one.leave()
    for thread in threading.enumerate():
        if thread.name == "streams":
            thread.join(_PATIENCE)


@pytest.mark.of_one_store
def test_streams_take_no_threads_and_end_by_themselves(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk.app.extensions["streams"], "_look", 0.05)
    number = desk.dispatched()["number"]
    with ExitStack() as stack:
        address = stack.enter_context(served(desk.app))
        client = stack.enter_context(httpx.Client(base_url=address, timeout=_PATIENCE))

        def listen(path: str) -> Iterator[str]:
            answer = stack.enter_context(client.stream("GET", path))
            assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
            return (line for line in answer.iter_lines() if line)

        # More than the two threads of this server.
        opened = [listen(path) for path in ("/changes/tasks?whose=all", f"/changes/matters/{number}", "/changes/tasks")]
        assert [next(one) for one in opened] == ["retry: 3000"] * 3
        assert client.get("/changes/matters/none").status_code == 404
        assert client.get("/portal/changes").status_code == 404
        assert client.get("/tasks").status_code == 200
        said = threading.Timer(0.5, desk.dispatched)
        said.start()
        assert [next(opened[0]), next(opened[0])] == [": here", "data: changed"]
        said.join()
        monkeypatch.setattr(front, "_FLOWS", 0)
        last = listen("/changes/operations")
        assert list(last) == ["retry: 3000", ": here"]
