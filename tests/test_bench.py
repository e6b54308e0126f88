"""The bench measures all that it promises; how long things take is not tested."""

from __future__ import annotations

import re
from functools import partial

import pytest

from tests.bench import decisions
from tests.bench.measure import SMALL, measure
from tests.conftest import NewUrl
from tests.desk import Desk
from tests.pages import Shown, all_of
from tests.stores import STORES

# Pictures, files and streams; what leads elsewhere; what is there only while somebody signs in, has filed, tries or
# has published something, or while something is stuck.
NO_PAGES = re.compile(
    r"console\.(static|picture|way_picture|\w*_changes|\w*_file|studio_compared|studio_drafts\.(file|trial)"
    r"|modeler\..*|provider\..*|signing_in\.(factor|code|begin_again)|portal\.(receipt|again)|demonstration"
    r"|knowledge_entry|incident|studio_back_test|studio_migration)"
)

pytestmark = pytest.mark.of_one_store


@pytest.mark.parametrize("store", STORES)
def test_every_measure_has_its_row(store: str, new_url: NewUrl) -> None:
    told: list[str] = []
    rows = [
        row for _, found in measure(partial(new_url, store), SMALL, load_seconds=1, tell=told.append) for row in found
    ]
    assert [row.measure for row in rows] == [
        "floor: bare driver",
        "floor: SQLAlchemy Core",
        "start to the first user task",
        "claim",
        "complete",
        "correlate a message",
        "idle tick, 100 timers wait",
        "whole small case",
        "round 1 of a loop",
        "round 10 of a loop",
        "largest state, 10 rounds",
        "a case with three tasks",
        "a case with three tasks",
        "a matter from intake to closed file",
        "a matter from intake to closed file",
        "largest state of a matter",
        "complete one of 10 members",
        "complete one of 20 members",
        "1 levels of calls",
        "2 levels of calls",
        "multi-instance of 3",
        "migration of 3",
        "3 deadlines in the same second",
        "a made-up matter",
        "floor: its rows by the bare driver",
        "made and written, 1 at once",
        "start: p50",
        "start: p95",
        "start: slowest",
        "complete a task: p50",
        "complete a task: p95",
        "complete a task: slowest",
        "overdue after the load",
        "left after the load",
        "processor of an idle server",
        "floor: a request that does nothing",
        "whole small case, three requests",
        "the same by 4 clients at once, each",
        "processor of the server for one",
        "instances by a variable that one has: p50",
        "instances by a variable that one has: p95",
        "and that are active: p50",
        "and that are active: p95",
        "by one that some have: p50",
        "by one that some have: p95",
        "by one that none has: p50",
        "by one that none has: p95",
        "tasks by a variable of the instance: p50",
        "tasks by a variable of the instance: p95",
        "tasks by a variable of their own: p50",
        "tasks by a variable of their own: p95",
        "start: p50",
        "start: p95",
        "start: slowest",
        "complete a task: p50",
        "complete a task: p95",
        "complete a task: slowest",
        "complete a job: p50",
        "complete a job: p95",
        "complete a job: slowest",
        "processor of the server under load",
        "memory of the server after the load",
        "grown by since its first quarter",
        "overdue after the load",
        "left after the load",
    ]
    assert told
    assert all(row.median for row in rows)
    assert all(row.met is not None for row in rows if row.aim)


def test_every_page_is_timed_that_somebody_opens(new_url: NewUrl) -> None:
    desk = Desk(new_url("sqlite"))
    shown = Shown("WF20260210-000001", "1", "dept-water")
    routes = desk.app.url_map.bind("localhost")
    timed = {routes.match(page.path)[0] for page in all_of(shown)}
    served = {
        rule.endpoint
        for rule in desk.app.url_map.iter_rules()
        if rule.endpoint.startswith("console.") and "GET" in (rule.methods or ())
    }
    desk.close()
    assert sorted(one for one in served - timed if not NO_PAGES.fullmatch(one)) == []


def test_what_is_decided_is_measured_beside_the_same_by_hand() -> None:
    rows = decisions.measure(SMALL.decisions)
    assert [row.measure for row in rows] == [
        "compile a comparison",
        "a comparison",
        "a path",
        "a filter of 1,000",
        "date arithmetic",
        "a table of 50 by 5",
        "a table of 500 by 10",
        "a graph of 10 decisions",
    ]
    assert all(row.median and row.by_hand and row.ratio for row in rows)
    assert all(row.met is not None for row in rows if row.aim)


def test_what_is_done_by_hand_gives_what_is_decided() -> None:
    pairs = [one for one in decisions.pairs() if one.measure != "compile a comparison"]
    assert [one.act() for one in pairs] == [one.floor() for one in pairs]
