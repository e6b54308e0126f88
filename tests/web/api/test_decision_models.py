"""Decision models through /v2: with what they import, and services asked like decisions."""

from __future__ import annotations

import json

from tests.api import Api
from tests.dmn.drawing import decision, import_, literal, model, needs

SERVICE = '<decisionService id="limits" name="Limits"><outputDecision href="#limit" /></decisionService>'
RULES = model(decision("limit", literal("5")) + SERVICE, "rules")
JUDGE = model(
    import_("rules", "rules") + decision("judge", needs("Decision", "rules#limit") + literal("rules.limit * 2")),
    "court",
)


def test_an_imported_decision_is_told_as_the_version_that_was_imported(api: Api) -> None:
    assert api.send(("judge.dmn", JUDGE), ("rules.dmn", RULES)).status_code == 200
    told = api.post("/decision-definitions/evaluation", {"decisionDefinitionId": "judge"})
    assert json.loads(told["output"]) == 10
    assert [(one["decisionDefinitionId"], one["output"]) for one in told["evaluatedDecisions"]] == [
        ("limit", "5"),
        ("judge", "10"),
    ]


def test_a_service_is_asked_by_its_id(api: Api) -> None:
    assert api.send(("rules.dmn", RULES)).status_code == 200
    told = api.post("/decision-definitions/evaluation", {"decisionDefinitionId": "limits"})
    assert (told["decisionDefinitionName"], told["output"]) == ("Limits", "5")


def test_an_import_that_is_nowhere_is_refused_with_the_way_out(api: Api) -> None:
    answer = api.send(("judge.dmn", JUDGE))
    assert answer.status_code == 400
    assert "namespace “rules”" in answer.text
