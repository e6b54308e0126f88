"""What the call centre tells of its calls: kept once, without whose they were, and counted in figures."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from service.hotline import figure_counts
from service.store.tables import phone_call
from tests.desk import Answer, Desk

SPAN = "from=2026-02-01&to=2026-02-28"
NUMBER = "WF20260210-000001"


@pytest.fixture
def centre(desk: Desk) -> Desk:
    desk.deploy("parameters")
    return desk


def told(desk: Desk, call_id: str, event: str, seconds: float, **more: Any) -> dict[str, Any]:
    at: datetime = desk.now + timedelta(seconds=seconds)
    return {"call_id": call_id, "event": event, "at": at.isoformat(), **more}


def tell(desk: Desk, *events: dict[str, Any], by: str = "") -> Answer:
    return desk.ask("POST", "/calls", {"events": list(events)}, by=by)


def value(desk: Desk, figure: str) -> tuple[int, int | None]:
    (row,) = desk.read(f"/figures/{figure}?{SPAN}")["rows"]
    return row["figures"][0]["numerator"], row["figures"][0]["denominator"]


def some_calls(desk: Desk) -> list[dict[str, Any]]:
    """One answered soon that lasts half an hour, one late, one given up at once, one after a while, one open."""
    return [
        told(desk, "a", "OFFERED", 0),
        told(desk, "a", "ANSWERED", 15, agent="li-min"),
        told(desk, "a", "ENDED", 1815, matter_no=NUMBER),
        told(desk, "b", "ANSWERED", 16),
        told(desk, "b", "OFFERED", 0),
        told(desk, "b", "ENDED", 60),
        told(desk, "c", "OFFERED", 0),
        told(desk, "c", "ABANDONED", 4),
        told(desk, "d", "OFFERED", 0),
        told(desk, "d", "ABANDONED", 5),
        told(desk, "e", "OFFERED", 0),
    ]


def test_calls_are_counted_by_the_standard_in_whatever_order_they_are_told(centre: Desk) -> None:
    events = some_calls(centre)
    assert tell(centre, *events).json == {"told": 11, "new": 11}
    for _ in range(2):
        figures = [value(centre, one) for one in ("calls", "connect_rate", "answer_rate", "occupied_rate")]
        assert figures == [(5, None), (2, 3), (1, 2), (1, 2)]
        # And the same again added up by days.
        figure_counts.count(centre.parts.database, centre.now)
    assert tell(centre, *events, told(centre, "a", "ANSWERED", 99)).json == {"told": 12, "new": 0}
    assert value(centre, "answer_rate") == (1, 2)


def test_what_is_told_of_a_call_that_is_counted_counts_anew(centre: Desk) -> None:
    tell(centre, told(centre, "a", "OFFERED", 0), told(centre, "a", "ABANDONED", 5))
    assert figure_counts.count(centre.parts.database, centre.now) == 1
    assert value(centre, "connect_rate") == (0, 1)
    tell(centre, told(centre, "a", "ANSWERED", 6))
    assert value(centre, "connect_rate") == (1, 1)


def test_whose_call_it_was_is_neither_taken_nor_kept(centre: Desk) -> None:
    for more in ({"phone": "13800001234"}, {"agent": "13800001234"}, {"matter_no": "13800001234"}):
        answer = tell(centre, told(centre, "a", "OFFERED", 0, **more))
        assert (answer.status_code, "13800001234" in answer.text) == (400, False)
    tell(centre, told(centre, "13800001234@centre", "OFFERED", 0))
    with centre.parts.database.read() as connection:
        (row,) = connection.execute(select(phone_call)).all()
    assert "13800001234" not in str(row)


def test_a_call_leads_to_its_matter_and_units_are_told_of_none(centre: Desk) -> None:
    number = centre.file()["number"]
    tell(centre, told(centre, "a", "OFFERED", 0, matter_no=number), told(centre, "b", "OFFERED", 1))
    items = centre.read(f"/figures/calls/numerator?{SPAN}")["items"]
    assert [one["number"] for one in items] == ["", number]
    assert centre.read(f"/figures/calls/numerator?{SPAN}", by="dept-housing.handler")["items"] == []
    ids = [one["figure"] for one in centre.read(f"/figures?{SPAN}", by="dept-housing.handler")["items"][0]["figures"]]
    assert "received" in ids
    assert "calls" not in ids
    page = centre.client.get(f"/figures/calls?lang=en&{SPAN}").text
    assert "It is in a period by" in page
    assert centre.client.get(f"/figures/calls/numerator?{SPAN}").text.count(number) == 2


def test_a_token_of_the_call_centre_is_for_its_calls(centre: Desk) -> None:
    made = centre.ask("POST", "/people/interface/tokens", {"scopes": ["calls"]}, by="shen-yi").json["token"]
    signed = {"Authorization": f"Bearer {made}"}
    sent = {"events": [told(centre, "a", "OFFERED", 0)]}
    assert centre.client.post("/hotline/v1/calls", json=sent, headers=signed).status_code == 200
    assert centre.client.get("/hotline/v1/matters", headers=signed).status_code == 403
    assert tell(centre, sent["events"][0], by="li-min").status_code == 403
