"""Decisions asked from outside: one, a service, several of a model; what is wrong is named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.api import Api
from tests.conftest import NewUrl
from tests.diagrams import Node, diagram, end, start
from tests.stores import STORES

pytestmark = pytest.mark.of_one_store

PATH = "/decision-definitions/evaluation"
FEES = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="fees" name="Fees" namespace="urn:fees">
<inputData id="grams" name="grams" />
<decision id="size" name="size">
<informationRequirement><requiredInput href="#grams" /></informationRequirement>
<decisionTable id="s" hitPolicy="UNIQUE">
<input id="i" label="Weight"><inputExpression id="e"><text>grams</text></inputExpression></input>
<output id="o" name="size" />
<rule id="small"><inputEntry id="a"><text>&lt; 500</text></inputEntry>
<outputEntry id="b"><text>"small"</text></outputEntry></rule>
<rule id="large"><inputEntry id="c"><text>&gt; 400</text></inputEntry>
<outputEntry id="d"><text>"large"</text></outputEntry></rule>
</decisionTable></decision>
<decision id="fee" name="fee">
<informationRequirement><requiredDecision href="#size" /></informationRequirement>
<literalExpression id="l"><text>if size = "small" then 5 else 12</text></literalExpression></decision>
<decision id="label" name="label">
<informationRequirement><requiredDecision href="#size" /></informationRequirement>
<literalExpression id="m"><text>upper case(size)</text></literalExpression></decision>
<decisionService id="counter" name="counter"><outputDecision href="#fee" /><outputDecision href="#label" />
<encapsulatedDecision href="#size" /><inputData href="#grams" /></decisionService>
</definitions>"""
TAX = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="tax" name="tax" namespace="urn:tax">
<import name="fees" namespace="urn:fees" importType="https://www.omg.org/spec/DMN/20191111/MODEL/" />
<decision id="tax" name="tax">
<informationRequirement><requiredDecision href="urn:fees#fee" /></informationRequirement>
<literalExpression id="t"><text>fees.fee / 10</text></literalExpression></decision></definitions>"""
PARCEL = diagram(
    "parcel",
    [
        start(),
        Node("businessRuleTask", "levy", '<zeebe:calledDecision decisionId="tax" resultVariable="tax" />'),
        end(),
    ],
    ["begin -> levy", "levy -> done"],
)
OTHER = FEES.replace(b"urn:fees", b"urn:other").replace(b'id="', b'id="other-').replace(b'href="#', b'href="#other-')


@pytest.fixture(scope="module", params=STORES)
def api(request: pytest.FixtureRequest, new_url: NewUrl) -> Iterator[Api]:
    api = Api(new_url(request.param))
    answer = api.send(("fees.dmn", FEES), ("other.dmn", OTHER), ("tax.dmn", TAX), ("parcel.bpmn", PARCEL))
    assert answer.status_code == 200, answer.text
    yield api
    api.parts.database.close()


def test_a_decision_service_is_evaluated_by_its_id(api: Api) -> None:
    told = api.post(PATH, {"decisionDefinitionId": "counter", "variables": {"grams": 900}})
    assert json.loads(told["output"]) == {"fee": 12, "label": "LARGE"}
    assert [one["decisionDefinitionId"] for one in told["evaluatedDecisions"]] == ["size", "fee", "label"]


def test_several_decisions_of_a_model_are_evaluated_together(api: Api) -> None:
    told = api.post(PATH, {"decisionDefinitionIds": ["label", "fee"], "variables": {"grams": 10}})
    label, fee = told["evaluations"]
    assert [label["output"], fee["output"]] == ['"SMALL"', "5"]
    steps = label["evaluatedDecisions"] + fee["evaluatedDecisions"]
    assert [one["decisionDefinitionId"] for one in steps] == ["size", "label", "fee"]
    keys = [one["decisionEvaluationInstanceKey"] for one in steps]
    assert keys == [f"{told['decisionEvaluationKey']}-{number}" for number in (1, 2, 3)]


def test_several_decisions_must_be_there_and_of_one_model(api: Api) -> None:
    asked = {"decisionDefinitionIds": ["fee", "grown"], "variables": {"grams": 10}}
    assert api.post(PATH, asked, status=404)["detail"] == "There is no decision grown."
    asked["decisionDefinitionIds"] = ["size", "other-fee"]
    assert "not of one model" in api.post(PATH, asked, status=400)["detail"]


def test_an_evaluation_that_fails_says_which_decision_and_rows(api: Api) -> None:
    told = api.post(PATH, {"decisionDefinitionId": "fee", "variables": {"grams": 450}})
    assert (told["output"], told["failedDecisionDefinitionId"]) == ("null", "size")
    assert "rows 1, 2 fire together" in told["failureMessage"]


@pytest.mark.parametrize(
    ("asked", "fields"),
    [
        ({}, ["decisionDefinitionId", "decisionDefinitionKey", "decisionDefinitionIds"]),
        (
            {"decisionDefinitionId": "fee", "decisionDefinitionIds": ["fee"]},
            ["decisionDefinitionId", "decisionDefinitionIds"],
        ),
        ({"decisionDefinitionKey": "one"}, ["decisionDefinitionKey"]),
        ({"decisionDefinitionId": 3}, ["decisionDefinitionId"]),
        ({"decisionDefinitionIds": []}, ["decisionDefinitionIds"]),
        ({"decisionDefinitionIds": "fee"}, ["decisionDefinitionIds"]),
        ({"decisionDefinitionIds": ["fee"] * 101}, ["decisionDefinitionIds"]),
        ({"decisionDefinitionId": "fee", "variables": [1]}, ["variables"]),
    ],
)
def test_a_question_that_does_not_fit_names_the_fields(api: Api, asked: Any, fields: list[str]) -> None:
    told = api.post(PATH, asked, status=400)
    assert [one["element"] for one in told["problems"]] == fields


def test_what_a_model_imports_is_told_by_its_own_version(api: Api) -> None:
    told = api.post(PATH, {"decisionDefinitionId": "tax", "variables": {"grams": 900}})
    instance = api.start("parcel", grams=900)
    kept = api.search("/decision-instances", {"processInstanceKey": instance})
    for steps in (told["evaluatedDecisions"], kept):
        assert [one["decisionDefinitionId"] for one in steps] == ["size", "fee", "tax"]
    keys = [one["decisionDefinitionKey"] for one in kept]
    assert keys == [one["decisionDefinitionKey"] for one in told["evaluatedDecisions"]]
    assert [one["result"] for one in kept] == ['"large"', "12", "1.2"]
    assert api.get(f"/decision-instances/{kept[0]['decisionEvaluationInstanceKey']}")["matchedRules"]


def test_a_decision_that_is_not_there_is_not_found(api: Api) -> None:
    for asked in ({"decisionDefinitionId": "none"}, {"decisionDefinitionKey": "1"}):
        assert "There is no decision" in api.post(PATH, asked, status=404)["detail"]
