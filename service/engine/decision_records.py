"""How a decision came out so, kept small: values and numbers alone, which its version puts into words again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from service import dmn, feel

# What a decision reads besides is told up to this length; a whole matter would be kept with each of its decisions.
MOST_SIGNS, MOST_WARNINGS = 300, 20
_FIRST_SIGN = ord("0")


def brief(model: dmn.DecisionModel, one: dmn.EvaluatedDecision) -> dict[str, Any]:
    """What history keeps of one decision as JSON. Raises FeelLimit for values that are too large."""
    told: dict[str, Any] = {"decision_id": one.decision_id, "output": feel.to_json(one.output)}
    if one.warnings:
        told["warnings"] = _warnings(one.warnings)
    tables = list(one.tables)
    if _table_of(model, one.decision_id) is not None:
        # A decision that fails before its table has seen a value has none.
        told |= _table(tables.pop()) if tables else {"inputs": [], "rules": []}
    else:
        told |= {"name": one.name, "inputs": [_read(*value) for value in one.inputs], "rules": []}
    if tables:  # those that it called, or that stand inside of its logic
        told["tables"] = [{"table": run.table, **_table(run)} for run in tables]
    return told


def without_values(record: Mapping[str, Any]) -> dict[str, Any]:
    """What all may read of a recorded decision that has read something protected: which rules of what have fired."""
    evaluated = [
        {name: one[name] for name in ("decision_id", "decision_key", "name") if name in one}
        | {"output": None, "inputs": [], "rules": [[index, []] for index, _ in one["rules"]]}
        for one in record["evaluated"]
    ]
    return {**record, "output": None, "evaluated": evaluated}


def _warnings(warnings: Sequence[str]) -> list[str]:
    told = list(dict.fromkeys(warnings))
    more = len(told) - MOST_WARNINGS
    return [*told[:MOST_WARNINGS], f"… and {more} more"] if more > 0 else told


def _table(run: dmn.TableRun) -> dict[str, Any]:
    """`tried` has a sign for each row: the input that refused it as `1`, `2` and on in the order of signs, or `0`."""
    told: dict[str, Any] = {
        "inputs": [feel.to_json(value) for _, _, value in run.inputs],
        "rules": [[rule.index, [feel.to_json(value) for _, _, value in rule.outputs]] for rule in run.matched],
        "tried": "".join(chr(_FIRST_SIGN + column) for column in run.refusals),
    }
    return told | {"default": True} if run.by_default else told


def _read(id_: str, name: str, value: Any) -> dict[str, Any]:
    shown = feel.to_json(value)
    if isinstance(shown, list | dict | str):
        text = feel.show(value, inside=True)
        shown = f"{text[:MOST_SIGNS]}…" if len(text) > MOST_SIGNS else shown
    return _value(id_, name, shown)


def spelled_out(model: dmn.DecisionModel, one: Mapping[str, Any]) -> dict[str, Any]:
    """What `brief` kept, in the words of the version that decided; also of what earlier releases kept."""
    decision = model.decision(one["decision_id"])
    table = _table_of(model, one["decision_id"])
    told: dict[str, Any] = {"name": decision.name, "kind": decision.kind, "expression": decision.expression, **one}
    tables = [(each["table"], model.table(each["table"]), each) for each in one.get("tables", ())]
    told["tables"] = [{"table": name, **_of_table(found, each)} for name, found, each in tables if found is not None]
    if table is not None and "name" not in one:
        told |= _of_table(table, one)
    else:
        inner = [rule for each in told["tables"] for rule in each["rules"]]
        told |= _NO_TABLE | {"rules": one["rules"] or inner}
    return told | {"warnings": one.get("warnings", [])}


def _table_of(model: dmn.DecisionModel, reference: str) -> dmn.DecisionTable | None:
    logic = model.decision(reference).logic
    return logic if isinstance(logic, dmn.DecisionTable) else None


_NO_TABLE: dict[str, Any] = {"hit_policy": None, "rows": 0, "rows_tried": 0, "unmatched": [], "by_default": False}


def _of_table(table: dmn.DecisionTable, one: Mapping[str, Any]) -> dict[str, Any]:
    fired = {index for index, _ in one["rules"]}
    inputs = [
        _value(column.id, column.label, value) | {"expression": column.text}
        for column, value in zip(table.inputs, one["inputs"], strict=False)
    ]
    refusals = [ord(sign) - _FIRST_SIGN for sign in one.get("tried", "")]
    return {
        "hit_policy": table.hit_policy,
        "rows": len(table.rules),
        "rows_tried": len(refusals),
        "inputs": inputs,
        "rules": [_fired(table, index, values) for index, values in one["rules"]],
        "unmatched": [
            _unmatched(table, index, inputs, column) for index, column in enumerate(refusals, 1) if index not in fired
        ],
        "by_default": one.get("default", False),
    }


def _fired(table: dmn.DecisionTable, index: int, values: Sequence[Any]) -> dict[str, Any]:
    # Of what was erased there are no values.
    outputs = [_value(column.id, column.name, value) for column, value in zip(table.outputs, values, strict=False)]
    return _rule(table, index) | {"outputs": outputs}


def _unmatched(
    table: dmn.DecisionTable, index: int, inputs: Sequence[Mapping[str, Any]], column: int
) -> dict[str, Any]:
    """A row that did not fire, with the input that refused it and the text of its cell; None: others had priority."""
    if not column:
        return _rule(table, index) | {"refused_by": None}
    test = table.rules[index - 1].tests[column - 1]
    return _rule(table, index) | {"refused_by": {**inputs[column - 1], "cell": test.text if test else "-"}}


def _rule(table: dmn.DecisionTable, index: int) -> dict[str, Any]:
    rule = table.rules[index - 1]
    return {"rule_id": rule.id, "index": index, "annotation": rule.annotation, "legal_basis": rule.legal_basis}


def _value(id_: str, name: str, value: Any) -> dict[str, Any]:
    return {"id": id_, "name": name, "value": value}
