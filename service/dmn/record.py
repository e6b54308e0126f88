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
class TableRun:
    """What one table did: its name, the values of its inputs, and which of its rows fired.

    `refused` has for each input the rows (bits: the lowest is row 1) that it refused and no input before it had;
    of the first `tried` rows, those that none refused would fire. `by_default` tells of a default output.
    """

    table: str
    inputs: tuple[Value, ...]
    refused: tuple[int, ...]
    tried: int
    matched: tuple[MatchedRule, ...]
    by_default: bool

    @property
    def refusals(self) -> tuple[int, ...]:
        """For each row that was tried the input, from 1, that refused it; 0 for a row that matched."""
        columns = [0] * self.tried
        for column, rows in enumerate(self.refused, 1):
            while rows:
                lowest = rows & -rows
                columns[lowest.bit_length() - 1] = column
                rows ^= lowest
        return tuple(columns)


@dataclass(frozen=True, slots=True)
class EvaluatedDecision:
    """One decision of the graph, with the inputs that it saw, and what each table did on the way to its output."""

    decision_id: str
    name: str
    kind: str
    inputs: tuple[Value, ...]
    matched_rules: tuple[MatchedRule, ...]
    output: Any
    warnings: tuple[str, ...]
    tables: tuple[TableRun, ...] = ()


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
    """The environment of one evaluation: tables write down what they saw and did."""

    tables: list[TableRun] = field(default_factory=list)
