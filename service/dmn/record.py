"""What an evaluation tells: its output, and how it came to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from service import feel

Value = tuple[str, str, Any]  # id, name, FEEL value


@dataclass(frozen=True, slots=True)
class MatchedRule:
    """A rule that fired; `index` counts rows from 1."""

    rule_id: str
    index: int
    outputs: tuple[Value, ...]
    annotation: str
    legal_basis: str


@dataclass(frozen=True, slots=True)
class EvaluatedDecision:
    """One decision of the graph, with the inputs that it saw."""

    decision_id: str
    name: str
    kind: str
    inputs: tuple[Value, ...]
    matched_rules: tuple[MatchedRule, ...]
    output: Any
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DecisionResult:
    """The output of the decision asked for; `failed` is the id of a decision that has none, and the message why."""

    decision_id: str
    output: Any
    evaluated: tuple[EvaluatedDecision, ...]
    failed: str | None = None
    failure_message: str = ""


class DecisionFailure(ValueError):
    """A decision has no output: its table contradicts itself, or its input is not allowed."""


@dataclass
class Evaluating(feel.Environment):
    """The environment of one evaluation: tables write down what they saw and which rules fired."""

    inputs: list[Value] = field(default_factory=list)
    matched: list[MatchedRule] = field(default_factory=list)
