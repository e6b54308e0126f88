"""What history keeps of a decision: little, and enough to tell it in the words of its version."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from service import dmn
from service.engine import decision_records
from tests.dmn.drawing import column, decision, evaluate, model, output, table

FEE = model(
    decision(
        "fee",
        table(
            [column("area", "matter.area", "string"), column("grams", "grams", "number")],
            [output("fee", values="5, 12, 20")],
            ['"A" | < 500 -> 5 # Art. 3', '"A" | - -> 12 # Art. 4', "- | > 400 -> 20", '"B" | - -> 20'],
            'hitPolicy="PRIORITY"',
        ),
    )
)


def told(xml: bytes, **variables: Any) -> dict[str, Any]:
    """The last decision as it is read again from what was kept."""
    read = dmn.read_model(xml, "t.dmn")
    result = evaluate(xml, next(iter(read.decisions)), **variables)
    kept = json.loads(json.dumps(decision_records.brief(read, result.evaluated[-1])))
    return decision_records.spelled_out(read, kept)


def test_rows_that_did_not_fire_are_told_with_the_cell_that_refused_them() -> None:
    fee = told(FEE, matter={"area": "A"}, grams=450)
    assert [(rule["index"], rule["legal_basis"]) for rule in fee["rules"]] == [(1, "Art. 3")]
    assert [(rule["index"], rule["refused_by"] and rule["refused_by"]["cell"]) for rule in fee["unmatched"]] == [
        (2, None),
        (3, None),
        (4, '"B"'),
    ]
    refusal = fee["unmatched"][-1]["refused_by"]
    assert refusal == {"id": "in-area", "name": "area", "expression": "matter.area", "value": "A", "cell": '"B"'}
    assert (fee["hit_policy"], fee["rows"], fee["rows_tried"], fee["by_default"]) == ("PRIORITY", 4, 4, False)


def test_what_earlier_releases_kept_is_still_read() -> None:
    kept = {"decision_id": "fee", "output": 5, "inputs": ["A", 450], "rules": [[1, [5]]]}
    fee = decision_records.spelled_out(dmn.read_model(FEE, "t.dmn"), kept)
    assert [value["value"] for value in fee["inputs"]] == ["A", 450]
    assert (fee["rules"][0]["rule_id"], fee["unmatched"], fee["warnings"]) == ("row-1", [], [])


def test_long_values_and_many_warnings_are_kept_in_short() -> None:
    xml = model(decision("t", "<literalExpression><text>string length(text)</text></literalExpression>"))
    assert len(told(xml, text="x" * 5000)["inputs"][0]["value"]) < 310
    rows = ["-> a + b" for _ in range(40)]
    many = model(decision("t", table([], [output("o")], rows, 'hitPolicy="COLLECT"')))
    assert len(told(many)["warnings"]) == 21


def test_a_table_of_fifty_rows_by_five_adds_little_to_what_is_kept() -> None:
    chance = Random(1)
    inputs = [column(name, name, "number") for name in "abcde"]
    cells = [" | ".join(f">= {chance.randrange(50)}" for _ in inputs) for _ in range(50)]
    xml = model(decision("t", table(inputs, [output("o")], [f"{row} -> 1" for row in cells], 'hitPolicy="FIRST"')))
    read = dmn.read_model(xml, "t.dmn")
    result = evaluate(xml, "t", a=20, b=20, c=20, d=20, e=0)
    kept = json.dumps(decision_records.brief(read, result.evaluated[0]), separators=(",", ":"))
    assert len(kept) < 200


def test_a_table_inside_of_a_box_is_told_too() -> None:
    inner = table([column("n", "n", "number")], [output("o")], ["< 5 -> 1", ">= 5 -> 2"])
    entry = f'<contextEntry><variable name="rate" />{inner}</contextEntry>'
    box = told(model(decision("t", f"<context>{entry}</context>")), n=7)
    (run,) = box["tables"]
    assert (run["unmatched"][0]["refused_by"]["cell"], box["rules"][0]["index"], box["hit_policy"]) == ("< 5", 2, None)
