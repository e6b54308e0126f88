"""A day of whoever operates it: something is stuck, is found without asking, is mended with a value and goes on."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from playwright.sync_api import expect

from service.engine import deployments
from tests.browser.conftest import Keep, Visit
from tests.diagrams import diagram, end, job, start, user
from tests.pages import RULES
from tests.served import ServedCity

ASKED = diagram(
    "asked",
    [start(), job("ask", "post-letter"), user("wait", "=[who]"), end()],
    ["begin -> ask", "ask -> wait", "wait -> done"],
)
WORDS: Mapping[str, Mapping[str, str]] = {
    "zh": {"none": "没有卡住的事", "set": "改值", "again": "重试", "value": "值（JSON）", "name": "变量"},
    "en": {
        "none": "No incident",
        "set": "Set the value",
        "again": "Try again",
        "value": "Value, as JSON",
        "name": "Variable",
    },
}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_stuck_is_seen_at_once_and_mended(visit: Visit, house: ServedCity, keep: Keep, language: str) -> None:
    said = WORDS[language]
    with house.parts.database.write() as connection:
        deployments.deploy(connection, house.parts.engine, [("asked.bpmn", ASKED)], by="policy", is_founding=True)
    operator = visit(RULES, language=language)
    page = operator.open("/operations")
    assert said["none"] in page.inner_text("main")
    _get_stuck(house)
    found = page.locator('a[href^="/operations/incidents/"]')
    expect(found).to_have_count(1)
    keep(page, f"{language}-operator-operations")
    assert operator.barriers() == []
    found.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/operations/incidents/*")
    assert "asked" in page.inner_text("main")
    assert "Project-Id-Version" not in page.inner_text("main")
    assert operator.barriers() == []
    keep(page, f"{language}-operator-incident")
    page.get_by_label(said["name"], exact=True).fill("who")
    page.get_by_label(said["value"]).fill('"zheng-hong"')
    page.get_by_role("button", name=said["set"]).press("Enter")
    page.wait_for_url("**#values")
    page.get_by_role("button", name=said["again"]).press("Enter")
    page.wait_for_url("**/operations")
    expect(page.locator('a[href^="/operations/incidents/"]')).to_have_count(0)
    assert said["none"] in page.inner_text("main")


def _get_stuck(house: ServedCity) -> None:
    asked = {"processDefinitionId": "asked"}
    assert house.request("POST", "/v2/process-instances", asked, by=RULES).status_code == 200
    wish = {"type": "post-letter", "timeout": 60_000, "maxJobsToActivate": 1, "worker": "post"}
    (letter,) = house.request("POST", "/v2/jobs/activation", wish, by=RULES).json()["jobs"]
    done = house.request("POST", f"/v2/jobs/{letter['jobKey']}/completion", {}, by=RULES)
    assert done.status_code == 204, done.text
