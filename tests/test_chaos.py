"""Power cuts: the server is killed at random while clients file, claim and complete, and nothing is lost or doubled."""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import Connection, func, select

from service.clock import now
from service.engine import jobs
from service.hotline import matters
from service.store.tables import history, incident, job, matter, notice, process_instance, timer, user_task
from tests.answers import answer
from tests.city import MATTER, City
from tests.server import Server

KILLS = 50
CLIENTS = 4
# A cut comes when some calls have been acknowledged since the last, and falls into the middle of others: a run in
# which every call failed would pass trivially.
MOST_CALLS, MOST_SECONDS = 10, 0.2
AT_LEAST = 10
PATIENCE = 60


class Client(threading.Thread):
    """Files, claims and completes until told to stop, and remembers only what the server acknowledged."""

    def __init__(self, url: str, name: str, seed: int) -> None:
        super().__init__(name=name, daemon=True)
        self._random, self._ending = random.Random(seed), threading.Event()
        self._http = httpx.Client(base_url=url, timeout=30)
        self.filed: dict[str, str] = {}
        self.claimed: set[int] = set()
        self.completed: set[int] = set()
        self.failure: BaseException | None = None

    def stop(self) -> None:
        self._ending.set()
        self.join(120)
        if self.failure:
            raise self.failure

    def run(self) -> None:
        try:
            while not self._ending.is_set():
                if self._random.random() < 0.3:
                    self._file()
                else:
                    self._work()
        except BaseException as error:
            self.failure = error

    def _file(self) -> None:
        key = f"{self.name}-{len(self.filed)}"
        told = self._ask("POST", "/hotline/v1/matters", dict(MATTER), headers={"Idempotency-Key": key})
        if told is not None:
            assert told.status_code in (200, 201), told.text
            self.filed[key] = told.json()["number"]

    def _work(self) -> None:
        told = self._ask("POST", "/v2/user-tasks/search", {"filter": {"state": "CREATED"}, "page": {"limit": 20}})
        tasks = told.json()["items"] if told is not None else []
        if not tasks:
            return
        task = self._random.choice(tasks)
        path, key = f"/v2/user-tasks/{task['userTaskKey']}", int(task["userTaskKey"])
        claim = self._ask("POST", f"{path}/assignment", {"assignee": self.name, "allowOverride": False})
        if claim is not None and claim.status_code == 204:
            self.claimed.add(key)
        elif not self._is_mine(path):
            return
        done = self._ask("POST", f"{path}/completion", {"variables": answer(task["elementId"], self._random)})
        if done is not None:
            # A completion whose answer was cut off is refused when it is sent again: it was done.
            assert done.status_code in (204, 404, 409), done.text
            if done.status_code == 204:
                self.completed.add(key)

    def _is_mine(self, path: str) -> bool:
        told = self._ask("GET", path, None)
        return told is not None and told.status_code == 200 and told.json()["assignee"] == self.name

    def _ask(self, method: str, path: str, body: Any, headers: dict[str, str] | None = None) -> httpx.Response | None:
        """Asked again while the server is away; None if the test ends meanwhile."""
        while not self._ending.is_set():
            try:
                return self._http.request(method, path, json=body, headers=headers)
            except httpx.TransportError:
                self._ending.wait(0.05)
        return None


def test_what_was_acknowledged_survives_fifty_power_cuts(furnished_url: str) -> None:
    seed = int(os.environ.get("CHAOS_SEED", random.randrange(2**32)))
    print(f"CHAOS_SEED={seed}")
    chance = random.Random(seed)
    with Server(furnished_url, LOG_LEVEL="ERROR") as server:
        clients = [Client(server.url, f"client-{number}", seed + number) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        for number in range(KILLS):
            wait(clients, acknowledged, chance.randint(1, MOST_CALLS))
            if number % 4 == 3:  # a process that has just started is slow; some live long enough to get matters on
                wait(clients, completed, 1)
            time.sleep(chance.uniform(0, MOST_SECONDS))
            server.kill()
            server.restart()
        for client in clients:
            client.stop()
    # A lease that a cut left behind is over by then.
    city = City(furnished_url, now() + jobs.LEASE + timedelta(minutes=1))
    city.tick()
    with city.parts.database.read() as connection:
        told(connection, clients)
        whole(connection)
    city.close()


def wait(clients: list[Client], count: Callable[[list[Client]], int], more: int) -> None:
    """Until so many more of what is counted have been acknowledged."""
    enough, until = count(clients) + more, time.monotonic() + PATIENCE
    while count(clients) < enough:
        broken = next((client.failure for client in clients if client.failure), None)
        if broken or time.monotonic() > until:
            raise broken or TimeoutError(f"Nothing is acknowledged for {PATIENCE} s.")
        time.sleep(0.01)


def acknowledged(clients: list[Client]) -> int:
    return sum(len(client.filed) + len(client.claimed) + len(client.completed) for client in clients)


def completed(clients: list[Client]) -> int:
    return sum(len(client.completed) for client in clients)


def told(connection: Connection, clients: list[Client]) -> None:
    """Everything that was acknowledged is there, once."""
    filed = [number for client in clients for number in client.filed.values()]
    assert len(set(filed)) == len(filed) >= AT_LEAST
    instances = Counter(connection.execute(select(process_instance.c.business_id)).scalars())
    assert {instances[number] for number in filed} == {1}
    completions: Counter[int] = Counter(
        int(row.data["task"])
        for row in connection.execute(select(history.c.data).where(history.c.kind == "task-completed"))
    )
    assert set(completions.values()) <= {1}
    done = {key for client in clients for key in client.completed}
    assert len(done) >= AT_LEAST
    assert done <= set(completions)
    for client in clients:
        query = select(user_task.c.key, user_task.c.assignee).where(user_task.c.key.in_(client.claimed))
        assert {row.key: row.assignee for row in connection.execute(query)} == dict.fromkeys(
            client.claimed, client.name
        )


def whole(connection: Connection) -> None:
    """Nothing is stuck, and no row belongs to something that is over."""
    assert connection.execute(select(incident.c.element_id, incident.c.message)).all() == []
    assert connection.execute(select(job.c.type, job.c.state)).all() == []
    numbers = connection.execute(select(func.count()).select_from(matter)).scalar_one()
    filed = select(func.count()).where(process_instance.c.process_id == matters.PROCESS)
    assert connection.execute(filed.select_from(process_instance)).scalar_one() == numbers
    # Whoever's matter was merged into another is told the same of it.
    told_once = (notice.c.job_key, notice.c.instance_key)
    doubled = select(*told_once).group_by(*told_once).having(func.count() > 1)
    assert connection.execute(doubled).all() == []
    active = select(process_instance.c.key).where(process_instance.c.state == "ACTIVE")
    for table in (timer, user_task):
        orphans = select(table.c.key).where(table.c.instance_key.is_not(None), table.c.instance_key.not_in(active))
        if table is user_task:
            orphans = orphans.where(user_task.c.state == "CREATED")
        assert connection.execute(orphans).all() == []
    for row in connection.execute(select(process_instance).where(process_instance.c.state == "ACTIVE")).mappings():
        assert row["waits"], f"{row['process_id']} {row['key']} waits for nothing"
