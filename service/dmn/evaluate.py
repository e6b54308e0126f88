"""Evaluate a decision with all that it requires, each once, and write down how."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service import feel
from service.dmn.model import Decision, DecisionModel, DecisionService
from service.dmn.record import DecisionFailure, DecisionResult, EvaluatedDecision, Evaluating
from service.dmn.types import fit
from service.feel.environment import Scope
from service.feel.values import FeelLimit, Function


def evaluate(
    model: DecisionModel, decision_id: str, variables: Mapping[str, Any], env: feel.Environment
) -> DecisionResult:
    """Evaluate one decision of a model for JSON or FEEL variables. Raises KeyError for an unknown id."""
    run = _Run(model, variables, env)
    decision = model.decisions[decision_id]
    try:
        output = run.decide(decision)
    except DecisionFailure as failure:
        return DecisionResult(decision_id, None, tuple(run.evaluated), run.failed, str(failure))
    except (ArithmeticError, RecursionError, ValueError) as failure:
        told = str(failure) if isinstance(failure, FeelLimit) else "it goes too deep, or a value is out of range"
        return DecisionResult(decision_id, None, tuple(run.evaluated), run.failed or decision_id, told)
    return DecisionResult(decision_id, output, tuple(run.evaluated))


class _Run:
    def __init__(self, model: DecisionModel, variables: Mapping[str, Any], env: feel.Environment) -> None:
        self.model, self.env = model, env
        self.given = Scope(variables, env, outside=True)
        self.results: dict[str, Any] = {}
        self.evaluated: list[EvaluatedDecision] = []
        self.failed: str | None = None

    def decide(self, decision: Decision) -> Any:
        if decision.id in self.results:
            return self.results[decision.id]
        names = self.required(decision.required)
        env = Evaluating(
            now=self.env.now,
            working_days=self.env.working_days,
            max_steps=self.env.max_steps,
            steps=self.env.steps,
        )
        scope = Scope(self.given.values, env, outside=True).inner(names)
        try:
            output = fit(decision.logic(scope), decision.type, env) if decision.logic else None
        except DecisionFailure:
            self.failed = self.failed or decision.id
            raise
        finally:
            self.env.steps = env.steps
            self.env.warnings.extend(env.warnings)
        if decision.logic:
            self.evaluated.append(
                EvaluatedDecision(
                    decision.id,
                    decision.name,
                    decision.kind,
                    tuple(value for run in env.tables for value in run.inputs) or self._inputs(decision, names),
                    tuple(rule for run in env.tables for rule in run.matched),
                    output,
                    tuple(env.warnings),
                    tuple(env.tables),
                )
            )
        self.results[decision.id] = output
        return output

    def required(self, ids: tuple[str, ...]) -> dict[str, Any]:
        """The values of what is required, by the names that expressions use."""
        names: dict[str, Any] = {}
        for id_ in ids:
            if id_ in self.model.inputs:
                data = self.model.inputs[id_]
                if data.name in self.given.values:
                    names[data.name] = fit(self.given.find(data.name), data.type, self.env)
            elif id_ in self.model.decisions:
                decision = self.model.decisions[id_]
                value = self.decide(decision)
                names |= {decision.name: value, decision.result_variable: value}
            elif id_ in self.model.knowledge:
                knowledge = self.model.knowledge[id_]
                names |= self.required(knowledge.required)
                names[knowledge.name] = knowledge.logic(self.given.inner(names))
            elif id_ in self.model.services:
                service = self.model.services[id_]
                names[service.name] = self._function(service)
        return names

    def _inputs(self, decision: Decision, names: Mapping[str, Any]) -> tuple[tuple[str, str, Any], ...]:
        found = []
        for id_ in decision.required:
            part = self.model.inputs.get(id_) or self.model.decisions.get(id_)
            if part:
                found.append((id_, part.name, names.get(part.name)))
        return tuple(found)

    def _function(self, service: DecisionService) -> Function:
        model = self.model
        inputs = [model.inputs[id_] for id_ in service.input_data]
        decided = [model.decisions[id_] for id_ in service.input_decisions]
        names = (*(one.name for one in inputs), *(one.name for one in decided))

        def call(scope: Scope, positional: list[Any], named: dict[str, Any]) -> Any:
            given = named or dict(zip(names, positional, strict=False))
            if set(given) != set(names):
                scope.env.warn(f"the decision service takes {', '.join(names)}")
                return None
            inner = _Run(model, given, scope.env)
            for decision in decided:
                inner.results[decision.id] = fit(given[decision.name], decision.type, scope.env)
            outputs = {model.decisions[id_].name: inner.decide(model.decisions[id_]) for id_ in service.outputs}
            return next(iter(outputs.values())) if len(outputs) == 1 else outputs

        return Function(names, call, service.name)
