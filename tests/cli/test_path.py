"""The way of an instance in a terminal, with what was decided on it and why."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.conftest import Hotline
from tests.diagrams import Node, diagram, end, start
from tests.dmn.drawing import column, decision, model, output, table

SIZE = "<literalExpression><text>if grams = null then grams + 1 else grams / 1000</text></literalExpression>"
ROWS = ["< 1 -> 5 # Art. 3", "[1..2] -> 12 # Art. 4", "> 2 -> 20"]
FEE = model(
    decision("kilos", SIZE)
    + decision("fee", table([column("Weight", "kilos", "number")], [output("fee", default="0")], ROWS), "kilos")
)
PARCEL = diagram(
    "parcel",
    [
        start(),
        Node("businessRuleTask", "price", '<zeebe:calledDecision decisionId="fee" resultVariable="fee" />'),
        end(),
    ],
    ["begin -> price", "price -> done"],
)


@pytest.fixture
def parcel(hotline: Hotline, tmp_path: Path) -> Hotline:
    for name, text in (("fee.dmn", FEE), ("parcel.bpmn", PARCEL)):
        (tmp_path / name).write_bytes(text)
    assert hotline("deploy", str(tmp_path / "fee.dmn"), str(tmp_path / "parcel.bpmn")).exit_code == 0
    return hotline


def instance(hotline: Hotline, *variables: str) -> str:
    found = re.search(r"\d{6,}", hotline("start", "parcel", *variables).output)
    assert found
    return found[0]


def test_the_path_names_the_rule_that_fired_and_its_legal_basis(parcel: Hotline) -> None:
    drawn = parcel("path", instance(parcel, "grams=1500")).output
    assert "fee  rule 2 row-2  Art. 4" in drawn
    assert "kilos  = if grams = null" in drawn
    assert "not rule" not in drawn


def test_asked_why_the_path_tells_each_rule_that_did_not_fire(parcel: Hotline) -> None:
    drawn = parcel("path", instance(parcel, "grams=1500"), "--why").output
    assert "not rule 1 row-1  Art. 3: “Weight” is 1.5, asked is < 1" in drawn
    assert "not rule 3 row-3: “Weight” is 1.5, asked is > 2" in drawn
    assert "Weight = 1.5" in drawn
    assert "grams = 1500" in drawn


def test_the_path_warns_of_what_became_null_and_names_the_default(parcel: Hotline) -> None:
    drawn = parcel("path", instance(parcel)).output
    assert "fee  no rule; the default" in drawn
    assert "⚠" in drawn
    assert "grams" in drawn.partition("⚠")[2]
