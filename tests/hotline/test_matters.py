"""Matters: their numbers, their source, what their process begins with, how far they are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import select

from service.hotline.matters import DEFAULTS
from service.store.tables import history, matter, notice, process_instance
from tests.desk import TEXT, Desk

pytestmark = pytest.mark.of_one_store

# What the sample matter of the scenarios says of itself; everything else there is what every matter begins with.
_SAMPLE = {
    "matter_no",
    "received_at",
    "title",
    "text",
    "category_l1",
    "category_l2",
    "division_code",
    "address",
    "truth_declaration",
}


def test_numbers_count_up_within_a_day_and_begin_again_on_the_next(desk: Desk) -> None:
    numbers = [desk.file()["number"], desk.file()["number"]]
    desk.now = desk.now.replace(day=11)
    numbers.append(desk.file()["number"])
    assert numbers == ["WF20260210-000001", "WF20260210-000002", "WF20260211-000001"]


def test_many_who_file_at_once_get_numbers_of_their_own(desk: Desk) -> None:
    with ThreadPoolExecutor(8) as pool:
        filed = list(pool.map(lambda _: desk.file()["number"], range(24)))
    assert sorted(filed) == [f"WF20260210-{number:06d}" for number in range(1, 25)]


def test_the_same_source_filing_at_once_files_one_matter(desk: Desk) -> None:
    with ThreadPoolExecutor(8) as pool:
        filed = list(pool.map(lambda _: desk.file(source="portal", source_id="17"), range(8)))
    assert len({one["number"] for one in filed}) == 1
    assert [one["created"] for one in filed].count(True) == 1


def test_a_process_begins_with_the_variables_that_the_scenarios_begin_with(project: Path) -> None:
    sample = yaml.safe_load((project / "tests/scenarios/hotline-intake/start.yaml").read_text("utf-8"))["start"]
    assert set(sample) == {*DEFAULTS, "matter_no", "received_at"}
    assert {name: sample[name] for name in sample if name not in _SAMPLE} == {
        name: value for name, value in DEFAULTS.items() if name not in _SAMPLE
    }


def test_nothing_personal_is_in_the_process(desk: Desk) -> None:
    desk.dispatched(name="王小明", phone="13800001234")
    told = [row for table in (process_instance, history, notice) for row in _rows(desk, table)]
    assert told
    assert "王小明" not in str(told)
    assert "13800001234" not in str(told)


def test_the_query_code_is_not_kept(desk: Desk) -> None:
    filed = desk.ask("POST", "/matters", {"text": TEXT}, headers={"Idempotency-Key": "once"}).json
    with desk.parts.database.read() as connection:
        kept = [str(row) for table in (matter, process_instance, history) for row in connection.execute(select(table))]
    assert filed["query_code"] not in "".join(kept)


def test_a_matter_follows_its_process_and_those_that_it_calls(desk: Desk) -> None:
    number = desk.file()["number"]
    assert desk.read(f"/matters/{number}")["status"] == "ACCEPTED"
    desk.run_jobs()
    row = desk.read(f"/matters/{number}")
    assert (row["status"], row["unit_id"], row["light"]) == ("IN_HANDLING", "dept-housing", "GREEN")
    assert row["deadline_at"] == "2026-02-24T23:59:59+08:00"
    assert row["accepted_at"] == "2026-02-10T09:00:00+08:00"
    assert row["deadline_provisional"] is False
    assert row["closed_at"] is None


def test_a_withdrawn_matter_is_closed(desk: Desk) -> None:
    number = desk.dispatched()["number"]
    assert desk.ask("POST", f"/matters/{number}/withdrawal", {"reason": "已解决"}).status_code == 204
    row = desk.read(f"/matters/{number}")
    assert (row["status"], row["closed_at"]) == ("WITHDRAWN", "2026-02-10T09:00:00+08:00")


def test_what_nobody_waits_for_is_a_conflict_and_changes_nothing(desk: Desk) -> None:
    number = desk.dispatched()["number"]
    answer = desk.ask("POST", f"/matters/{number}/supplement", {"address": "别处"})
    assert answer.status_code == 409
    assert desk.read(f"/matters/{number}")["address"] == ""


def test_another_process_cannot_pass_for_a_matter(desk: Desk) -> None:
    number = desk.dispatched()["number"]
    started = {"processDefinitionId": "handling", "businessId": number, "variables": {"designated_unit": "dept-water"}}
    assert desk.client.post("/v2/process-instances", json=started).status_code == 200
    assert desk.read(f"/matters/{number}")["unit_id"] == "dept-housing"


def test_a_notice_is_kept_once_for_each_job(desk: Desk) -> None:
    desk.dispatched()
    desk.run_jobs()
    kept = _rows(desk, notice)
    assert [(row["kind"], row["recipient"]) for row in kept] == [("accepted", "OBJECT")]


def _rows(desk: Desk, table: Any) -> list[Any]:
    with desk.parts.database.read() as connection:
        return [dict(row) for row in connection.execute(select(table)).mappings()]
