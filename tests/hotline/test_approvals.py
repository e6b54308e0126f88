"""What the government must approve is deployed as it has approved it, and not before (Art. 27)."""

from __future__ import annotations

import hashlib
from datetime import datetime
from io import BytesIO
from typing import Any

from service.app import PROJECT, deploy_new, shipped
from service.clock import CITY_ZONE
from tests.city import City

TABLE = PROJECT / "dmn/assessment-score.dmn"
FROM = "2026-04-01"


def test_a_scoring_table_counts_only_as_the_government_has_approved_it(city: City) -> None:
    changed = TABLE.read_bytes().replace(b"25 * (if figures.on_time", b"30 * (if figures.on_time")
    unsaid = changed.replace(b"<type>approval</type>", b"")
    assert len({changed, unsaid, TABLE.read_bytes()}) == 3
    for content in (changed, unsaid):
        refused = _deploy(city, content, "")
        assert refused.status_code == 400
        assert hashlib.sha256(content).hexdigest() in refused.get_json()["detail"]
    _approve(city, hashlib.sha256(changed).hexdigest())
    assert _deploy(city, changed, "").status_code == 400
    assert _deploy(city, unsaid, FROM).status_code == 400
    assert _deploy(city, changed, FROM).status_code == 200
    city.now = datetime(2026, 4, 1, tzinfo=CITY_ZONE)
    back = _deploy(city, TABLE.read_bytes(), "")
    assert back.status_code == 400
    assert "assessment-scheme" in back.get_json()["detail"]


def test_a_new_release_is_served_with_the_scoring_table_that_was_approved(city: City) -> None:
    other = [(name, content.replace(b"25 * (if", b"24 * (if")) for name, content in shipped()]
    deploy_new(city.parts, other)
    asked = city.ask(
        "POST", "/v2/decision-definitions/search", {"filter": {"decisionDefinitionId": "assessment-score"}}
    )
    assert [one["version"] for one in asked["items"]] == [1]


def test_who_approves_cannot_be_changed_without_them(city: City) -> None:
    scheme = (PROJECT / "processes/assessment-scheme.bpmn").read_bytes()
    form = [(f"{id_}.form", (PROJECT / f"forms/{id_}.form").read_bytes()) for id_ in ("draft-scheme", "approve-scheme")]
    own = scheme.replace(b"gov-office:GOV_OFFICE", b"AGENCY_LEAD")
    assert _deploy(city, own, "", "assessment-scheme.bpmn", form).status_code == 400


def _approve(city: City, checksum: str) -> None:
    key = city.ask("POST", "/v2/process-instances", {"processDefinitionId": "assessment-scheme"})["processInstanceKey"]
    told = {"scheme_title": "热线工作考核办法", "scheme_text": "按时办结30分。", "scheme_from": FROM}
    for answers in (told | {"scheme_checksums": checksum}, {"scheme_approved": True, "scheme_document": "潍政办字8号"}):
        (task,) = city.ask(
            "POST", "/v2/user-tasks/search", {"filter": {"processInstanceKey": key, "state": "CREATED"}}
        )["items"]
        city.ask("POST", f"/v2/user-tasks/{task['userTaskKey']}/completion", {"variables": answers}, expect=204)
        city.tick()


def _deploy(city: City, content: bytes, since: str, name: str = TABLE.name, others: Any = ()) -> Any:
    files = [(BytesIO(one), id_) for id_, one in ((name, content), *others)]
    return city.app.test_client().post("/v2/deployments", data={"resources": files, "effectiveFrom": since})
