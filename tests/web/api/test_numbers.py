"""Numbers keep their 34 digits: into a decision, out of it, through variables, history and jobs, in both stores."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.api import Api
from tests.conftest import NewUrl
from tests.diagrams import Node, diagram, end, job, start
from tests.stores import STORES

THIRD = "0.3333333333333333333333333333333333"
LONG = "12345678901234567890123456789012"
SUMS = f"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="sums" name="Sums" namespace="urn:sums">
<decision id="sum" name="Sum"><literalExpression id="a"><text>0.1 + 0.2</text></literalExpression></decision>
<decision id="third" name="Third"><literalExpression id="b"><text>1 / 3</text></literalExpression></decision>
<decision id="large" name="Large"><literalExpression id="c"><text>1E40</text></literalExpression></decision>
<decision id="long" name="Long"><literalExpression id="d"><text>{LONG}</text></literalExpression></decision>
<decision id="small" name="Small"><literalExpression id="e"><text>10 ** -40 / 3</text></literalExpression></decision>
<decision id="within" name="Within"><literalExpression id="f"><text>{{a: [1 / 3]}}</text></literalExpression></decision>
<decision id="same" name="Same"><literalExpression id="g"><text>given</text></literalExpression></decision>
<decision id="digits" name="Digits"><literalExpression id="h"><text>string(given)</text></literalExpression></decision>
</definitions>"""
SHARE = diagram(
    "share",
    [
        start(),
        Node("businessRuleTask", "cut", '<zeebe:calledDecision decisionId="third" resultVariable="share" />'),
        job("hand-out", "hand-out"),
        end(),
    ],
    ["begin -> cut", "cut -> hand-out", "hand-out -> done"],
)


@pytest.fixture(scope="module", params=STORES)
def api(request: pytest.FixtureRequest, new_url: NewUrl) -> Iterator[Api]:
    api = Api(new_url(request.param))
    answer = api.send(("sums.dmn", SUMS.encode()), ("share.bpmn", SHARE))
    assert answer.status_code == 200, answer.text
    yield api
    api.parts.database.close()


def output(api: Api, decision: str, given: str = "null") -> str:
    sent = f'{{"decisionDefinitionId":"{decision}","variables":{{"given":{given}}}}}'
    answer = api.client.post("/v2/decision-definitions/evaluation", data=sent, content_type="application/json")
    assert answer.status_code == 200, answer.text
    told: str = json.loads(answer.text)["output"]
    return told


@pytest.mark.parametrize(
    ("decision", "text"),
    [
        ("sum", "0.3"),
        ("third", THIRD),
        ("large", "1" + "0" * 40),
        ("long", LONG),
        ("small", "3.333333333333333333333333333333333E-41"),
        ("within", f'{{"a":[{THIRD}]}}'),
    ],
)
def test_the_output_of_a_decision_keeps_its_digits(api: Api, decision: str, text: str) -> None:
    assert output(api, decision) == text


@pytest.mark.parametrize("text", [THIRD, LONG, "1" + "0" * 40, "0.1", "123456789012345678.9"])
def test_a_number_is_read_with_its_digits(api: Api, text: str) -> None:
    assert output(api, "same", text) == text
    assert output(api, "digits", text) == f'"{text}"'


@pytest.mark.parametrize("text", ["1e400", "9" * 60, "-" + "9" * 400])
def test_a_number_that_cannot_be_kept_is_refused_by_its_place(api: Api, text: str) -> None:
    sent = f'{{"decisionDefinitionId":"same","variables":{{"given":{text}}}}}'
    answer = api.client.post("/v2/decision-definitions/evaluation", data=sent, content_type="application/json")
    assert answer.status_code == 400
    assert json.loads(answer.text)["problems"][0]["element"] == "variables.given"


def test_what_a_process_decides_keeps_its_digits_wherever_it_is_read(api: Api) -> None:
    key = api.start("share")
    of_it: dict[str, Any] = {"processInstanceKey": key}
    (variable,) = api.search("/variables", {**of_it, "name": "share"})
    (decided,) = api.search("/decision-instances", of_it)
    taken = api.ask("POST", "/jobs/activation", {"type": "hand-out", "timeout": 1000, "maxJobsToActivate": 9}).text
    assert [variable["value"], decided["result"]] == [THIRD, THIRD]
    assert f'"share":{THIRD}' in taken


def test_an_instance_is_found_by_a_number_with_all_its_digits(api: Api) -> None:
    key = api.start("share")
    asked = {"variables": [{"name": "share", "value": THIRD}], "processInstanceKey": key}
    assert len(api.search("/process-instances", asked)) == 1
    asked["variables"] = [{"name": "share", "value": "9" * 30}]
    assert api.search("/process-instances", asked) == []
