"""Public pages answer one address only so often; others, and those who have signed in, are served meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.conftest import NewUrl
from tests.desk import Desk

pytestmark = pytest.mark.of_one_store


def test_who_asks_too_often_waits_a_minute(new_url: NewUrl) -> None:
    desk = Desk(new_url("sqlite"), requests_of_address=3)
    client = desk.client
    assert [client.get(path).status_code for path in ("/about", "/portal", "/knowledge")] == [200] * 3
    late = client.get("/statistics", headers={"Accept": "text/html"})
    assert (late.status_code, late.headers["Retry-After"]) == (429, "60")
    assert "请求太频繁" in late.text
    assert client.get("/about", environ_base={"REMOTE_ADDR": "198.51.100.7"}).status_code == 200
    assert client.get("/units").status_code == 200
    assert client.get("/console/static/parts.css").status_code == 200
    desk.now += timedelta(seconds=61)
    assert client.get("/about").status_code == 200
    desk.close()
