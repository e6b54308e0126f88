"""Something new begins as a draft that is fit to be deployed, and counts once somebody else has approved it."""

from __future__ import annotations

import pytest

from tests.web.console.test_studio_drafts import Studio, studio, text

__all__ = ["studio"]


@pytest.mark.parametrize(
    ("kind", "id_"), [("process", "road-repair"), ("decision", "road-repair-graph"), ("form", "road-repair")]
)
def test_it_is_drawn_checked_and_deployed(studio: Studio, kind: str, id_: str) -> None:
    path = f"/studio/{kind}/{id_}/draft"
    told = {"kind": kind, "id": "road-repair", "name": "<b>道路\u202e维修"}
    assert studio.come("ADMIN", "/studio/new", told).location == path + "/edit"
    seen = studio.come("ADMIN", path)
    assert "All of it is new" in seen.text
    assert "Nothing is wrong with it" in seen.text, text(seen)
    assert "<b>道路" not in seen.text
    assert studio.come("ADMIN", path + "/edit").status_code == 200
    assert studio.come("ADMIN", path + "/proposal", {"revision": "1", "note": "new"}).status_code == 303
    assert studio.come("AGENCY_LEAD", path + "/approval", {"revision": "1"}).status_code == 303
    assert "1 in force" in studio.read("AUDITOR", path.removesuffix("/draft"))


def test_what_is_wrong_stands_beside_its_field(studio: Studio) -> None:
    refused = studio.come("ADMIN", "/studio/new", {"kind": "process", "id": "Road", "name": "x" * 101})
    assert refused.status_code == 400
    assert "Write small letters" in text(refused)
    assert "Give it a name" not in text(refused)
    assert 'value="Road"' in refused.text
    assert studio.come("ADMIN", "/studio/new", {"kind": "process", "id": "a", "name": "\x00"}).status_code == 400
    assert studio.come("ADMIN", "/studio/new", {"kind": "thing", "id": "a", "name": "a"}).status_code == 400


def test_an_id_is_not_taken_twice(studio: Studio) -> None:
    told = {"kind": "process", "id": "extension", "name": "x"}
    assert studio.come("ADMIN", "/studio/new", told).status_code == 409
    told["id"] = "another"
    assert studio.come("ADMIN", "/studio/new", told).status_code == 303
    assert studio.come("ADMIN", "/studio/new", told).status_code == 409


def test_what_is_thrown_away_before_it_counted_is_gone(studio: Studio) -> None:
    studio.come("ADMIN", "/studio/new", {"kind": "form", "id": "another", "name": ""})
    path = "/studio/form/another/draft"
    assert studio.come("ADMIN", path + "/end", {"revision": "1"}).location == "/studio"
    assert studio.come("ADMIN", path).status_code == 404


def test_only_who_changes_rules_draws_new_ones(studio: Studio) -> None:
    assert studio.come("AUDITOR", "/studio/new").status_code == 403
    assert "Draw something new" not in studio.read("AUDITOR", "/studio")
    assert "Draw something new" in studio.read("ADMIN", "/studio")
