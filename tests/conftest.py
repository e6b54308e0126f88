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


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What asks nothing of a store is tried on one of them.

    The tests that take minutes begin at once, each at the head of a worker's share: nobody waits for them alone.
    """
    items[:] = [item for item in items if not (item.get_closest_marker("of_one_store") and _is_of_postgresql(item))]
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    longest = [item for item in items if item.path.name == "test_chaos.py"]
    others = [item for item in items if item not in longest]
    for number, item in enumerate(longest):
        others.insert(len(items) * (number % workers) // workers, item)
    items[:] = others


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
