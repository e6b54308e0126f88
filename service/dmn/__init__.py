"""DMN: decision models read once, evaluated with a record of every rule that fired."""

from service.dmn.evaluate import evaluate, evaluate_all
from service.dmn.imports import examine_together
from service.dmn.model import Decision, DecisionModel
from service.dmn.read import examine, read_model
from service.dmn.record import DecisionResult, EvaluatedDecision, MatchedRule
from service.dmn.tables import DecisionTable

__all__ = [
    "Decision",
    "DecisionModel",
    "DecisionResult",
    "DecisionTable",
    "EvaluatedDecision",
    "MatchedRule",
    "evaluate",
    "evaluate_all",
    "examine",
    "examine_together",
    "read_model",
]
