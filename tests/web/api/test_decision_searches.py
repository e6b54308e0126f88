"""Decisions through /v2: evaluated, found by version, and read again from the instances that they were made in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api import Api
from tests.conftest import NewUrl
from tests.diagrams import Node, diagram, end, start
from tests.stores import STORES

FEES = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="fees" name="Fees" namespace="urn:fees">
<inputData id="grams" name="grams" />
<decision id="size" name="Size"><variable name="size" />
<informationRequirement><requiredInput href="#grams" /></informationRequirement>
<literalExpression id="l"><text>if grams &lt; 500 then "small" else "large"</text></literalExpression></decision>
<decision id="fee" name="Fee">
<informationRequirement><requiredDecision href="#size" /></informationRequirement>
<decisionTable id="t" hitPolicy="UNIQUE">
<input id="i" label="Size"><inputExpression id="e"><text>size</text></inputExpression></input>
<output id="o" name="fee" typeRef="number" />
<rule id="cheap"><inputEntry id="a"><text>"small"</text></inputEntry>
<outputEntry id="b"><text>5</text></outputEntry></rule>
<rule id="dear"><inputEntry id="c"><text>"large"</text></inputEntry>
<outputEntry id="d"><text>12</text></outputEntry></rule>
</decisionTable></decision></definitions>"""
DEARER = FEES.replace(">12<", ">15<")
PARCEL = diagram(
    "parcel",
    [
        start(),
        Node("businessRuleTask", "price", '<zeebe:calledDecision decisionId="fee" resultVariable="fee" />'),
        end(),
    ],
    ["begin -> price", "price -> done"],
)


def deploy(api: Api, fees: str) -> None:
    answer = api.send(("fees.dmn", fees.encode()), ("parcel.bpmn", PARCEL))
    assert answer.status_code == 200, answer.text


@pytest.fixture(scope="module", params=STORES)
def api(request: pytest.FixtureRequest, new_url: NewUrl) -> Iterator[Api]:
    """Two parcels priced by the first version of the fees, then a second version; the tests of it only look."""
    api = Api(new_url(request.param))
    deploy(api, FEES)
    for grams in (900, 10):
        api.start("parcel", grams=grams)
    deploy(api, DEARER)
    yield api
    api.parts.database.close()


def decided(api: Api, filter_: Any = None, **more: Any) -> list[Any]:
    return api.search("/decision-instances", filter_, **more)


def test_every_decision_of_a_file_is_found_by_version(api: Api) -> None:
    found = api.search("/decision-definitions", {"version": 2, "decisionRequirementsId": "fees"})
    assert [one["decisionDefinitionId"] for one in found] == ["size", "fee"]
    (fee,) = api.search("/decision-definitions", {"decisionDefinitionId": "fee", "isLatestVersion": True})
    assert fee["version"] == 2
    path = f"/decision-definitions/{fee['decisionDefinitionKey']}"
    assert api.get(path) == fee
    xml = api.ask("GET", f"{path}/xml")
    assert (xml.mimetype, xml.data) == ("text/xml", DEARER.encode())


def test_the_file_of_decisions_is_found_and_read_as_it_was_drawn(api: Api) -> None:
    asked = {"decisionRequirementsId": "fees", "resourceName": "fees.dmn", "version": 1}
    (found,) = api.search("/decision-requirements", asked)
    assert found["decisionRequirementsName"] == "Fees"
    path = f"/decision-requirements/{found['decisionRequirementsKey']}"
    assert api.get(path) == found
    assert api.ask("GET", f"{path}/xml").data == FEES.encode()


@pytest.mark.parametrize("kind", ["decision-definitions", "decision-requirements", "decision-instances"])
def test_what_is_not_there_is_not_found(api: Api, kind: str) -> None:
    for key in ("1", "x", "1-1", "9" * 30, "9" * 19 + "-1", "1/xml"):
        assert api.ask("GET", f"/{kind}/{key}").status_code == 404


def test_what_an_instance_decided_is_read_with_its_inputs_and_rules(api: Api) -> None:
    size, fee = decided(api)[:2]
    assert [size["result"], fee["result"]] == ['"large"', "12"]
    assert [size["decisionDefinitionType"], fee["decisionDefinitionType"]] == ["LITERAL_EXPRESSION", "DECISION_TABLE"]
    assert size["rootDecisionDefinitionKey"] == fee["decisionDefinitionKey"]
    told = api.get(f"/decision-instances/{fee['decisionEvaluationInstanceKey']}")
    assert told["evaluatedInputs"] == [
        {"inputId": "i", "inputName": "Size", "inputValue": '"large"', "inputExpression": "size"}
    ]
    assert [rule["ruleId"] for rule in told["matchedRules"]] == ["dear"]
    assert told["matchedRules"][0]["evaluatedOutputs"][0]["outputValue"] == "12"
    (cheap,) = told["unmatchedRules"]
    assert (cheap["ruleId"], cheap["refusedBy"]["inputValue"], cheap["refusedBy"]["cell"]) == (
        "cheap",
        '"large"',
        '"small"',
    )
    expression = api.get(f"/decision-instances/{size['decisionEvaluationInstanceKey']}")
    assert expression["expression"] == 'if grams < 500 then "small" else "large"'
    assert [(one["inputName"], one["inputValue"]) for one in expression["evaluatedInputs"]] == [("grams", "900")]


def test_a_decision_of_an_instance_names_where_it_was_made(api: Api) -> None:
    price = api.search("/element-instances", {"elementId": "price"})[0]
    (fee,) = decided(api, {"elementInstanceKey": price["elementInstanceKey"], "decisionDefinitionId": "fee"})
    assert (fee["processInstanceKey"], fee["state"]) == (price["processInstanceKey"], "EVALUATED")
    assert fee["evaluationDate"] == "2026-02-10T01:00:00.000Z"


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({}, 4),
        ({"decisionDefinitionId": "fee"}, 2),
        ({"decisionDefinitionName": "Size"}, 2),
        ({"decisionDefinitionType": "decision_table"}, 2),
        ({"state": "EVALUATED", "evaluationFailure": {"$exists": False}}, 4),
        ({"state": {"$neq": "EVALUATED"}}, 0),
        ({"evaluationDate": {"$gte": "2026-02-10T01:00:00Z"}, "decisionDefinitionVersion": 1}, 4),
        ({"evaluationDate": {"$lt": "2026-02-10T01:00:00Z"}}, 0),
        ({"processInstanceKey": "1"}, 0),
        ({"businessId": "B-1"}, 0),
    ],
)
def test_decisions_of_instances_are_filtered(api: Api, asked: Any, count: int) -> None:
    assert len(decided(api, asked)) == count


def test_one_decision_of_an_evaluation_is_found_by_its_key(api: Api) -> None:
    size, fee = decided(api)[:2]
    (found,) = decided(api, {"decisionEvaluationInstanceKey": fee["decisionEvaluationInstanceKey"]})
    assert found == fee
    assert decided(api, {"decisionEvaluationKey": fee["decisionEvaluationKey"]}) == [size, fee]


def test_decisions_of_instances_are_sorted_and_paged(api: Api) -> None:
    by_name = [{"field": "decisionDefinitionName", "order": "desc"}]
    asked: dict[str, Any] = {"sort": by_name, "page": {"limit": 3}}
    first = api.post("/decision-instances/search", asked)
    asked["page"]["after"] = first["page"]["endCursor"]
    second = api.post("/decision-instances/search", asked)
    assert [one["result"] for one in first["items"] + second["items"]] == ['"small"', '"large"', "5", "12"]
    assert second["page"]["totalItems"] == 4


def test_what_is_asked_from_outside_is_not_kept(api: Api) -> None:
    asked = {"decisionDefinitionId": "fee", "variables": {"grams": 900}}
    key = api.post("/decision-definitions/evaluation", asked)["decisionEvaluationKey"]
    assert decided(api, {"decisionEvaluationKey": key}) == []
