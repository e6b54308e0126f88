"""Evaluate decisions and decision services with all that they require, each once, and write down how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from service import feel
from service.dmn.boxed import arguments
from service.dmn.model import Decision, DecisionModel, DecisionService, InputData, Knowledge
from service.dmn.record import DecisionFailure, DecisionResult, EvaluatedDecision, Evaluating
from service.dmn.types import fit, taken
from service.feel.environment import Scope
from service.feel.evaluator import call
from service.feel.values import FeelLimit, Function

# Of the decisions that services evaluate, the first are told; one that is called for every item of a list is not.
_TOLD = 50


def evaluate(
    model: DecisionModel, reference: str, variables: Mapping[str, Any], env: feel.Environment
) -> DecisionResult:
    """Evaluate a decision, service or business knowledge model for JSON or FEEL variables; raises KeyError."""
    return evaluate_all(model, [reference], variables, env)[0]


def evaluate_all(
    model: DecisionModel, references: Sequence[str], variables: Mapping[str, Any], env: feel.Environment
) -> tuple[DecisionResult, ...]:
    """Evaluate several in one run: what they share is evaluated once, and told with the first that needs it.

    Raises KeyError for an unknown reference.
    """
    run = _Run(model, variables, env)
    return tuple(_result(run, reference) for reference in references)


def _result(run: _Run, reference: str) -> DecisionResult:
    told = len(run.evaluated)
    try:
        output = run.answer(reference)
    except DecisionFailure as failure:
        return DecisionResult(reference, None, tuple(run.evaluated[told:]), run.failed or reference, str(failure))
    except (ArithmeticError, RecursionError, ValueError) as failure:
        why = str(failure) if isinstance(failure, FeelLimit) else "it goes too deep, or a value is out of range"
        return DecisionResult(reference, None, tuple(run.evaluated[told:]), run.failed or reference, why)
    return DecisionResult(reference, output, tuple(run.evaluated[told:]))


class _Run:
    """`root` is the model that was asked; parts of what it imports are evaluated in the same run."""

    def __init__(self, root: DecisionModel, variables: Mapping[str, Any], env: feel.Environment) -> None:
        self.root, self.env = root, env
        self.given = Scope(variables, env, outside=True)
        self.results: dict[tuple[str, str], Any] = {}
        self.evaluated: list[EvaluatedDecision] = []
        self.failed: str | None = None

    def answer(self, reference: str) -> Any:
        """The output of what was asked from outside."""
        found = self.root.find(reference)
        match found:
            case (owner, Decision() as decision):
                return self.decide(owner, decision)
            case (owner, DecisionService() as service):
                return self.serve(owner, service)
            case (owner, Knowledge() as knowledge):
                function = self.function(owner, knowledge)
                values = self.given.values
                named = {name: self.given.find(name) for name in function.parameters if name in values}
                return call(function, Scope({}, self.env), [], named)
        raise KeyError(reference)

    def decide(self, owner: DecisionModel, decision: Decision) -> Any:
        key = (owner.namespace, decision.id)
        if key not in self.results:
            self.results[key] = self._decided(owner, decision)
        return self.results[key]

    def _decided(self, owner: DecisionModel, decision: Decision) -> Any:
        if decision.logic is None:  # somebody decides elsewhere, and says what
            return taken(self._from_outside(owner, decision.name), decision.type, self.env)
        names = self.required(owner, decision.required)
        env = Evaluating(
            now=self.env.now,
            working_days=self.env.working_days,
            max_steps=self.env.max_steps,
            steps=self.env.steps,
            depth=self.env.depth,
        )
        scope = Scope(self.given.values, env, outside=True).inner(names)
        reference = self.root.reference(owner, decision)
        try:
            output = fit(decision.logic(scope), decision.type, env)
        except DecisionFailure:
            self.failed = self.failed or reference
            raise
        finally:
            self.env.steps = env.steps
            self.env.warnings.extend(env.warnings)
        self.evaluated.append(
            EvaluatedDecision(
                reference,
                decision.name,
                decision.kind,
                tuple(value for run in env.tables for value in run.inputs) or _inputs(owner, decision, names),
                tuple(rule for run in env.tables for rule in run.matched),
                output,
                tuple(env.warnings),
                tuple(env.tables),
            )
        )
        return output

    def required(self, owner: DecisionModel, references: Sequence[str]) -> dict[str, Any]:
        """The values of what is required, by the names that expressions use."""
        names: dict[str, Any] = {}
        for reference in references:
            found = owner.find(reference)
            if found is None:
                continue
            model, part = found
            place = owner.place_of(model.namespace) if model is not owner else ""
            known = names.setdefault(place, {}) if place else names
            match part:
                case InputData():
                    if self._is_given(model, part.name):
                        known[part.name] = taken(self._from_outside(model, part.name), part.type, self.env)
                case Decision():
                    value = self.decide(model, part)
                    known |= {part.name: value, part.result_variable: value}
                case Knowledge():
                    known[part.name] = self.function(model, part)
                case DecisionService():
                    known[part.name] = self._as_function(model, part)
        return names

    def function(self, owner: DecisionModel, knowledge: Knowledge) -> Function:
        names = self.required(owner, knowledge.required)
        function: Function = knowledge.logic(self.given.inner(names))
        names[knowledge.name] = function  # it may call itself
        return function

    # Decision services -----------------------------------------------------------------------------------------

    def serve(self, owner: DecisionModel, service: DecisionService) -> Any:
        """A service asked from outside: what is not given for its inputs is null."""
        inner = _Run(self.root, self.given.values, self.env)
        for model, decision in _decisions(owner, service.input_decisions):
            value = taken(inner._from_outside(model, decision.name), decision.type, self.env)
            inner.results[model.namespace, decision.id] = value
        return self._served(inner, owner, service)

    def _as_function(self, owner: DecisionModel, service: DecisionService) -> Function:
        """The service for FEEL (DMN 1.5, section 10.4): first its input data, then its input decisions."""
        found = [owner.find(reference) for reference in service.input_data]
        data = [one[1] for one in found if one and isinstance(one[1], InputData)]
        decided = list(_decisions(owner, service.input_decisions))
        parameters = [(one.name, one.type) for one in data] + [(one.name, one.type) for _, one in decided]

        def run(scope: Scope, positional: list[Any], named: dict[str, Any]) -> Any:
            given = arguments(parameters, scope, positional, named)
            if given is None:
                return None
            inner = _Run(self.root, given, scope.env)
            for model, decision in decided:
                inner.results[model.namespace, decision.id] = given[decision.name]
            return self._served(inner, owner, service)

        return Function(tuple(name for name, _ in parameters), run, service.name)

    def _served(self, inner: _Run, owner: DecisionModel, service: DecisionService) -> Any:
        try:
            outputs = {one.name: inner.decide(model, one) for model, one in _decisions(owner, service.outputs)}
        except DecisionFailure:
            self.failed = self.failed or inner.failed
            raise
        finally:
            self.evaluated.extend(inner.evaluated[: max(_TOLD - len(self.evaluated), 0)])
        value = next(iter(outputs.values())) if len(service.outputs) == 1 else outputs
        return fit(value, service.type.answer, inner.env)

    # What comes from outside -----------------------------------------------------------------------------------

    def _is_given(self, owner: DecisionModel, name: str) -> bool:
        return any(name in values for values in self._places(owner))

    def _from_outside(self, owner: DecisionModel, name: str) -> Any:
        found = next((values for values in self._places(owner) if name in values), {name: None})
        return feel.from_python(found[name])

    def _places(self, owner: DecisionModel) -> Iterator[Mapping[str, Any]]:
        """Where values for a model may be: of one that is imported, below the name of its import, or beside all."""
        if owner is not self.root:
            yield from _below(self.root, self.given.values, owner.namespace)
        yield self.given.values


def _below(model: DecisionModel, values: Mapping[str, Any], namespace: str) -> Iterator[Mapping[str, Any]]:
    for one in model.imports:
        inner = values.get(one.name)
        if isinstance(inner, Mapping):
            if one.namespace == namespace:
                yield inner
            yield from _below(one.model, inner, namespace)


def _decisions(owner: DecisionModel, references: Sequence[str]) -> Iterator[tuple[DecisionModel, Decision]]:
    for reference in references:
        match owner.find(reference):
            case (model, Decision() as decision):
                yield model, decision


def _inputs(owner: DecisionModel, decision: Decision, names: Mapping[str, Any]) -> tuple[tuple[str, str, Any], ...]:
    """The values that a decision without table saw, in the order of its arrows."""
    found = []
    for reference in decision.required:
        match owner.find(reference):
            case (model, InputData() | Decision() as part):
                place = owner.place_of(model.namespace) if model is not owner else ""
                known = names.get(place, {}) if place else names
                found.append((reference, part.name, known.get(part.name)))
    return tuple(found)
