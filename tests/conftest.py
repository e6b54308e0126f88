"""Two real stores, one code: every test that asks for `database` or `world` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from werkzeug.routing import Rule

from service import bpmn, dmn
from service.store.unit_of_work import Database
from tests import read_once
from tests.desk import Desk
from tests.stores import STORES, Stores
from tests.world import World


class NewUrl(Protocol):
    def __call__(self, kind: str, *, furnished: bool = False) -> str: ...


# Files of tests that take minutes together, or make something costly that their tests share.
_LONG = ("test_chaos.py", "test_seed.py", "browser")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What asks nothing of a store is tried on one of them.

    The tests that take minutes begin at once, the files of them in turn at the head of a worker's share: nobody waits
    for them alone, and what the tests of a file share is made once.
    """
    items[:] = [item for item in items if not (item.get_closest_marker("of_one_store") and _is_of_postgresql(item))]
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    long = {item: _together(item) for item in items if not {item.path.name, item.path.parent.name}.isdisjoint(_LONG)}
    shares = {one: number % workers for number, one in enumerate(dict.fromkeys(long.values()))}
    others = [item for item in items if item not in long]
    cuts = [len(others) * number // workers for number in range(workers + 1)]
    items[:] = [
        item
        for number in range(workers)
        for item in (
            *(one for one, of in long.items() if shares[of] == number),
            *others[cuts[number] : cuts[number + 1]],
        )
    ]


def _together(item: pytest.Item) -> str:
    """What is done by one worker: a file, but of power cuts each test."""
    return item.nodeid if item.path.name == "test_chaos.py" else str(item.path)


def _is_of_postgresql(item: pytest.Item) -> bool:
    return "postgresql" in getattr(getattr(item, "callspec", None), "params", {}).values()


@pytest.fixture(scope="session")
def stores() -> Iterator[Stores]:
    """The servers stop with the session."""
    with Stores() as stores:
        yield stores


@pytest.fixture(scope="session")
def new_url(stores: Stores) -> NewUrl:
    """Gives the address of a new, migrated database of a kind."""
    return stores.new


@pytest.fixture(params=STORES)
def database_url(request: pytest.FixtureRequest, stores: Stores) -> Iterator[str]:
    url = stores.new(request.param)
    yield url
    stores.give_back(url)


@pytest.fixture(scope="session", autouse=True)
def routes_once() -> Iterator[None]:
    """Half of what it takes to make an app: there is one in most tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", read_once.builder)
        yield


@pytest.fixture
def shipped_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is shipped is read by the first engine that needs it, and shared: a third of what a test with it takes."""
    monkeypatch.setattr(bpmn, "read_deployed", read_once.process_model)
    monkeypatch.setattr(dmn, "examine", read_once.decision_model)


@pytest.fixture(params=STORES)
def furnished_url(request: pytest.FixtureRequest, new_url: NewUrl, shipped_once: None) -> str:
    """A database that holds the organisation and what is shipped, as a first start leaves it."""
    return new_url(request.param, furnished=True)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    opened = Desk(database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def project() -> Path:
    return Path(__file__).parents[1]
