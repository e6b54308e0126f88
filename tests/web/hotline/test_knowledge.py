"""The knowledge base over the interface and on its page: what the public sees, and what only staff."""

from __future__ import annotations

from itertools import count

import pytest

from service.handlers import Job, publish_entry
from service.hotline import knowledge
from tests.api import Api
from tests.hotline.test_knowledge import ENTRY

STAFF = {"Authorization": "Bearer long-and-random"}
_KEYS = count(1)


def _publish(api: Api, title: str, **told: str) -> str:
    publish = publish_entry.handler(knowledge.publish(api.parts.database, api.parts.engine))
    variables = {**ENTRY, "entry_title": title, **told}
    answer = publish(Job(next(_KEYS), "publish-entry", 1, 1, "publish-entry", {}, variables, 3))
    assert answer is not None
    return str(answer["entry_id"])


@pytest.fixture
def entries(api: Api) -> dict[str, str]:
    told = {"供热补贴怎么领": {}, "补贴的内部口径 <b>": {"entry_visibility": "INTERNAL"}}
    return {title: _publish(api, title, **more) for title, more in told.items()}


def test_everybody_finds_what_is_public_and_staff_the_rest(api: Api, entries: dict[str, str]) -> None:
    for headers, found in (({}, ["供热补贴怎么领"]), (STAFF, ["补贴的内部口径 <b>", "供热补贴怎么领"])):
        answer = api.client.get("/hotline/v1/knowledge?q=补贴", headers=headers).get_json()
        assert [one["title"] for one in answer["items"]] == found
        assert answer["total"] == len(found)
    inside = f"/hotline/v1/knowledge/{entries['补贴的内部口径 <b>']}"
    assert [api.client.get(inside, headers=one).status_code for one in ({}, STAFF)] == [404, 200]
    assert api.client.get(inside, headers={"Authorization": "Bearer wrong"}).status_code == 401
    whole = api.client.get(f"/hotline/v1/knowledge/{entries['供热补贴怎么领']}").get_json()
    assert (whole["legal_basis"], whole["unit_id"], whole["review_date"]) == (
        ENTRY["entry_basis"],
        "enterprise-heating",
        "2026-06-01",
    )


def test_the_page_is_read_without_signing_in_in_both_languages(api: Api, entries: dict[str, str]) -> None:
    page = api.client.get("/knowledge?q=补贴&lang=zh").text
    assert "供热<mark>补贴</mark>怎么领" in page
    assert "内部口径" not in page
    assert 'href="?q=%E8%A1%A5%E8%B4%B4&amp;lang=en"' in page
    assert "<mark>补贴</mark>的内部口径 &lt;b&gt;" in api.client.get("/knowledge?q=补贴", headers=STAFF).text
    assert "Nothing answers this yet" in api.client.get("/knowledge?q=zebra&lang=en").text
    entry = api.client.get(f"/knowledge/{entries['供热补贴怎么领']}?lang=en").text
    assert all(one in entry for one in (ENTRY["entry_basis"], "2026-06-01", "Legal basis"))
    assert api.client.get(f"/knowledge/{entries['补贴的内部口径 <b>']}").status_code == 404


def test_a_system_says_for_which_unit_it_pushes(api: Api) -> None:
    said = {name: ENTRY[name] for name in ("entry_title", "entry_kind", "entry_short", "entry_text", "entry_basis")}
    for unit in ({}, {"unit_id": "nowhere"}):
        body = {**said, "review_date": "2026-06-01", **unit}
        answer = api.client.post("/hotline/v1/knowledge", json=body, headers=STAFF)
        assert (answer.status_code, answer.get_json()["problems"][0]["element"]) == (400, "unit_id")
