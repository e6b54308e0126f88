"""Deploying what counts from a day to come, over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest

from tests.api import Api
from tests.diagrams import diagram, end, start, user


def matter(work: str) -> bytes:
    return diagram("matter", [start(), user(work), end()], [f"begin -> {work}", f"{work} -> done"])


def deploy(api: Api, work: str, date: str, *, status: int = 200) -> Any:
    form = {"resources": (BytesIO(matter(work)), "matter.bpmn"), "effectiveFrom": date}
    answer = api.client.post("/v2/deployments", data=form, content_type="multipart/form-data")
    assert answer.status_code == status, answer.text
    return answer.json


def latest(api: Api) -> list[int]:
    return [one["version"] for one in api.search("/process-definitions", {"isLatestVersion": True})]


def test_the_latest_version_is_the_one_in_effect_and_the_one_to_come_is_listed(api: Api) -> None:
    api.deployed(matter("old"))
    told = deploy(api, "new", "2027-01-01")["deployments"][0]["processDefinition"]
    assert (told["processDefinitionVersion"], told["effectiveFrom"]) == (2, "2026-12-31T16:00:00.000Z")
    assert latest(api) == [1]
    to_come = {"effectiveFrom": {"$gt": "2026-12-01T00:00:00Z"}}
    assert [one["version"] for one in api.search("/process-definitions", to_come)] == [2]
    api.start("matter")
    api.now = datetime(2026, 12, 31, 16, tzinfo=UTC)
    api.start("matter")
    assert (latest(api), [one["elementId"] for one in api.tasks()]) == ([2], ["old", "new"])


@pytest.mark.parametrize("date", ["tomorrow", "2027-13-01", "P1D", "2027-01-01T25:00:00"])
def test_what_is_no_date_is_refused(api: Api, date: str) -> None:
    assert "effectiveFrom" in deploy(api, "new", date, status=400)["detail"]
    assert latest(api) == []
