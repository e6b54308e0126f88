"""What was decided, as branches of a path: the rules that fired, on what grounds, and why others did not."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rich.text import Text
from rich.tree import Tree

from service.cli.connection import Connection

# A table that collects may fire dozens of rules; the interface tells them all.
MOST_RULES = 5
MOST_SIGNS, FEWER_SIGNS = 80, 30


def drawn(branch: Tree, evaluated: Mapping[str, Any], *, why: bool) -> None:
    """Add a decision below the element that asked for it; `why` adds its inputs and each rule that did not fire."""
    for line in _outcome(evaluated):
        decision = branch.add(Text(f"{evaluated['decision_id']}  {line}", "dim"))
    if why and evaluated["inputs"]:
        given = (f"{name} = {_short(value)}" for name, value in evaluated["inputs"].items())
        decision.add(Text(" · ".join(given), "dim"))
    for warning in evaluated["warnings"]:
        decision.add(Text(f"⚠ {warning}", "yellow"))
    for rule in evaluated["unmatched"] if why else ():
        decision.add(Text(_refused(rule), "dim"))


def _outcome(evaluated: Mapping[str, Any]) -> list[str]:
    rules: Sequence[Mapping[str, Any]] = evaluated["rules"]
    if len(rules) > MOST_RULES:
        return [f"{len(rules)} rules"]
    if rules:
        told = [(f"rule {rule['index']} {rule['rule_id']}", rule["legal_basis"]) for rule in rules]
        return ["  ".join(word for word in words if word) for words in told]
    if evaluated["hit_policy"] is None:
        shown = evaluated["expression"]
        return [f"= {shown[:MOST_SIGNS]}{'…' * (len(shown) > MOST_SIGNS)}" if shown else _short(evaluated["output"])]
    return ["no rule; the default" if evaluated["by_default"] else "no rule"]


def _refused(rule: Mapping[str, Any]) -> str:
    words = "  ".join(word for word in (f"not rule {rule['index']} {rule['rule_id']}", rule["legal_basis"]) if word)
    cell = rule["refused_by"]
    if cell is None:
        return f"{words}: others had priority"
    return f"{words}: “{cell['name']}” is {_short(cell['value'], FEWER_SIGNS)}, asked is {cell['cell']}"


def _short(value: Any, most: int = MOST_SIGNS) -> str:
    shown = json.dumps(value, ensure_ascii=False)
    return shown if len(shown) <= most else f"{shown[:most]}…"


def of_instance(connection: Connection, key: str) -> list[dict[str, Any]]:
    """What was decided in a process instance, as a matter's path tells it, by the key of the element."""
    asked = {"filter": {"processInstanceKey": key}, "page": {"limit": 10_000}}
    found = connection.call("POST", "/v2/decision-instances/search", asked)["items"]
    evaluations: dict[str, dict[str, Any]] = {}
    for one in found:
        told = connection.call("GET", f"/v2/decision-instances/{one['decisionEvaluationInstanceKey']}")
        decision = evaluations.setdefault(
            one["decisionEvaluationKey"], {"element_key": one["elementInstanceKey"], "evaluated": []}
        )
        decision["evaluated"].append(_evaluated(told))
    return list(evaluations.values())


def _evaluated(told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "decision_id": told["decisionDefinitionId"],
        "expression": told["expression"] or "",
        "hit_policy": told["hitPolicy"],
        "inputs": {one["inputName"]: json.loads(one["inputValue"]) for one in told["evaluatedInputs"]},
        "rules": [_rule(one) for one in told["matchedRules"]],
        "unmatched": [_rule(one) | {"refused_by": _cell(one["refusedBy"])} for one in told["unmatchedRules"]],
        "by_default": told["isDefaultOutput"],
        "output": json.loads(told["result"]),
        "warnings": told["warnings"],
    }


def _rule(one: Mapping[str, Any]) -> dict[str, Any]:
    return {"rule_id": one["ruleId"], "index": one["ruleIndex"], "legal_basis": one["legalBasis"]}


def _cell(one: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {"name": one["inputName"], "value": json.loads(one["inputValue"]), "cell": one["cell"]}
