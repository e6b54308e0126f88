"""DMN: decision models read once, evaluated with a record of every rule that fired."""

from service.dmn.evaluate import evaluate, evaluate_all
from service.dmn.imports import ReadFile, examine_together, ids_in_common
from service.dmn.model import Decision, DecisionModel, DecisionService
from service.dmn.read import Find, examine, read_model
from service.dmn.record import DecisionResult, EvaluatedDecision, MatchedRule, TableRun
from service.dmn.tables import DecisionTable

__all__ = [
    "Decision",
    "DecisionModel",
    "DecisionResult",
    "DecisionService",
    "DecisionTable",
    "EvaluatedDecision",
    "Find",
    "MatchedRule",
    "ReadFile",
    "TableRun",
    "evaluate",
    "evaluate_all",
    "examine",
    "examine_together",
    "ids_in_common",
    "read_model",
]
