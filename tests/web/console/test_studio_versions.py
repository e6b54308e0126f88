"""Two versions beside each other, what runs by each, how it goes on by another, and what a draft makes of the past."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BytesIO

import pytest

from service.engine import batches
from tests.api import Api
from tests.conftest import NewUrl
from tests.diagrams import Node, diagram, end, start, user
from tests.web.console.test_studio import TABLE, drawn, read

OURS = {"Origin": "http://localhost"}
RUNNING = "/studio/process/look/running"
DRAFT = "/studio/decision/fees/draft"
ASKED = diagram(
    "ask",
    [
        start(),
        Node("businessRuleTask", "decide", '<zeebe:calledDecision decisionId="fee" resultVariable="fee" />'),
        end(),
    ],
    ["begin -> decide", "decide -> done"],
)


@pytest.fixture
def api(new_url: NewUrl) -> Iterator[Api]:
    opened = Api(new_url("sqlite"))
    assert opened.deploy(drawn(), fees_dmn=TABLE).status_code == 200
    yield opened
    opened.parts.database.close()


def _renamed() -> bytes:
    return diagram("look", [start(), user("inspect", "head"), end()], ["begin -> inspect", "inspect -> done"])


def test_two_versions_are_compared_in_words_and_on_the_picture(api: Api) -> None:
    api.deploy(drawn("head"))
    told = read(api, "/studio/process/look/compare?before=1&after=2&lang=en")
    assert "Changed see userTask see Who may do it" in told
    assert "clerk" in told
    assert "head" in told
    for side in ("before", "after"):
        seen = api.client.get(f"/studio/process/look/compare/picture?before=1&after=2&side={side}")
        assert seen.mimetype == "image/svg+xml"
    assert "Both say the same" in read(api, "/studio/process/look/compare?before=2&after=2&lang=en")
    assert api.client.get("/studio/process/look/compare?before=9&after=2").status_code == 404


def test_a_row_that_is_told_otherwise_is_shown_in_both_tables(api: Api) -> None:
    api.deploy(fees_dmn=TABLE.replace(b"&lt; 7", b"&lt; 8"))
    told = read(api, "/studio/decision/fees/compare?before=1&after=2&lang=en")
    assert told.count("≠ Changed") == 2
    assert "Row 1" in told


def test_what_runs_goes_on_by_another_version_once_it_was_checked(api: Api) -> None:
    api.start("look")
    api.deploy(_renamed())
    asked = f"{RUNNING}?from=1&into=2&lang=en"
    assert "see 1 nothing chosen" in read(api, asked)
    assert "0 can go on 1 cannot" in read(api, asked + "&check=1")
    assert "1 can go on" in read(api, asked + "&check=1&to-see=inspect")
    refused = api.client.post(RUNNING, data={"from": "2", "into": "2"}, headers=OURS)
    assert refused.status_code == 400
    assert "0 of 1 done" in _moved(api, {}, is_run=False)
    failed = _moved(api, {})
    assert "Could not be moved 1" in failed
    assert "the plan has no target for it" in failed
    assert "Moved 1 Could not be moved 0" in _moved(api, {"to-see": "inspect"})
    assert api.tasks()[0]["elementId"] == "inspect"


def _moved(api: Api, plan: Mapping[str, str], *, is_run: bool = True) -> str:
    sent = api.client.post(RUNNING, data={"from": "1", "into": "2", **plan}, headers=OURS)
    assert sent.status_code == 303
    if is_run:
        batches.run(api.parts.database, api.parts.engine)
    return read(api, sent.location + "?lang=en")


def test_a_drafted_table_is_asked_about_past_matters(api: Api) -> None:
    api.deploy(ASKED)
    for age in (3, 10, 11, 70):
        api.start("ask", age=age)
    sent = {"file": (BytesIO(TABLE.replace(b"&lt; 7", b"&lt; 12")), "fees.dmn")}
    assert api.client.post(DRAFT, data=sent, headers=OURS).status_code == 303
    told = read(api, DRAFT + "/back-test?lang=en")
    assert "4 of 4 kept decisions looked at" in told
    assert "The same as then 2 Would be otherwise 2 Cannot be told 0" in told
    assert "fee null 0 2" in told
    assert api.client.get("/studio/process/look/draft/back-test").status_code == 404


def test_of_a_column_that_was_not_asked_for_nothing_is_told(api: Api) -> None:
    api.deploy(ASKED)
    api.start("ask", age=3)
    sent = {"file": (BytesIO(TABLE.replace(b"<text>age", b"<text>age + height")), "fees.dmn")}
    api.client.post(DRAFT, data=sent, headers=OURS)
    assert "Cannot be told 1 fee 1" in read(api, DRAFT + "/back-test?lang=en")
