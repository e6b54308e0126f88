"""Evaluate decisions and decision services with all that they require, each once, and write down how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from service import feel
from service.dmn.boxed import arguments
from service.dmn.model import Decision, DecisionModel, DecisionService, InputData, Knowledge
from service.dmn.record import DecisionFailure, DecisionResult, EvaluatedDecision, Evaluating, Value
from service.dmn.types import fit, taken
from service.feel.environment import Scope
from service.feel.evaluator import call
from service.feel.properties import read_property
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
        # Business knowledge models that are being made, with the names of those that call them.
        self._awaiting: dict[tuple[str, str], list[dict[str, Any]]] = {}

    def answer(self, reference: str) -> Any:
        """The output of what was asked from outside."""
        found = self.root.find(reference)
        match found:
            case (owner, Decision() as decision):
                return self.decide(owner, decision)
            case (owner, DecisionService() as service):
                return self.serve(owner, service)
            case (owner, Knowledge() as knowledge):
                function = self.function(owner, knowledge, self.env)
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
            return taken(self._from_outside(owner, decision.name), decision.type, self.env, f"“{decision.name}”")
        env = Evaluating(
            now=self.env.now, working_days=self.env.working_days, max_steps=self.env.max_steps, depth=self.env.depth
        )
        names = self.required(owner, decision.required, env)
        env.steps = self.env.steps
        scope = self._seen(owner, names, env)
        reference = self.root.reference(owner, decision)
        output = None
        try:
            output = fit(decision.logic(scope), decision.type, env)
        except DecisionFailure as failure:
            env.warn(str(failure))
            self.failed = self.failed or reference
            raise
        finally:
            self.env.steps = env.steps
            self.env.warnings.extend(env.warnings)
            self.evaluated.append(_told(owner, reference, decision, scope, env, output))
        return output

    def required(self, owner: DecisionModel, references: Sequence[str], env: feel.Environment) -> dict[str, Any]:
        """The values of what is required, by the names that expressions use; `env` hears what does not fit."""
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
                        value = self._from_outside(model, part.name)
                        known[part.name] = taken(value, part.type, env, f"the input “{part.name}”")
                case Decision():
                    value = self.decide(model, part)
                    known |= {part.name: value, part.result_variable: value}
                case Knowledge():
                    making = self._awaiting.get((model.namespace, part.id))
                    if making is None:
                        known[part.name] = self.function(model, part, env)
                    else:
                        making.append(known)
                case DecisionService():
                    known[part.name] = self._as_function(model, part)
        return names

    def _seen(self, owner: DecisionModel, names: dict[str, Any], env: feel.Environment) -> Scope:
        """What logic reads: what it requires. An input that is drawn is not seen without its arrow; what is not drawn
        at all comes as it is, for whoever draws tables alone.
        """
        values = self.given.values
        hidden = (owner.input_names & values.keys()) - names.keys()
        if hidden:
            values = {name: value for name, value in values.items() if name not in hidden}
        return Scope(values, env, outside=True).inner(names)

    def function(self, owner: DecisionModel, knowledge: Knowledge, env: feel.Environment) -> Function:
        """What calls this model, itself among them, knows it as soon as it is made."""
        key = (owner.namespace, knowledge.id)
        awaiting = self._awaiting[key] = []
        names = self.required(owner, knowledge.required, env)
        function: Function = knowledge.logic(self._seen(owner, names, env))
        del self._awaiting[key]
        for known in (names, *awaiting):
            known[knowledge.name] = function
        return function

    # Decision services -----------------------------------------------------------------------------------------

    def serve(self, owner: DecisionModel, service: DecisionService) -> Any:
        """A service asked from outside: what is not given for its inputs is null."""
        inner = _Run(self.root, self.given.values, self.env)
        for model, decision in _decisions(owner, service.input_decisions):
            given = inner._from_outside(model, decision.name)
            value = taken(given, decision.type, self.env, f"the input “{decision.name}”")
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
        return fit(value, service.type.answer, inner.env, f"the service “{service.name}”")

    # What comes from outside -----------------------------------------------------------------------------------

    def _is_given(self, owner: DecisionModel, name: str) -> bool:
        return self._holding(owner, name) is not None

    def _from_outside(self, owner: DecisionModel, name: str) -> Any:
        values = self._holding(owner, name)
        return None if values is None else feel.from_python(values[name])

    def _holding(self, owner: DecisionModel, name: str) -> Mapping[str, Any] | None:
        """Where the value for a model is: for one that is imported below the name of its import, or beside all."""
        if owner is not self.root:
            for values in _below(self.root, self.given.values, owner.namespace):
                if name in values:
                    return values
        return self.given.values if name in self.given.values else None


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


def _told(
    owner: DecisionModel, reference: str, decision: Decision, scope: Scope, env: Evaluating, output: Any
) -> EvaluatedDecision:
    is_table = decision.kind == "decisionTable"
    # What a table calls comes before it; one that fails at its first input has seen nothing.
    own = env.tables[-1:] if is_table else env.tables
    return EvaluatedDecision(
        reference,
        decision.name,
        decision.kind,
        tuple(value for run in own for value in run.inputs) if is_table else tuple(_read(owner, decision, scope)),
        tuple(rule for run in own for rule in run.matched),
        output,
        tuple(env.warnings),
        tuple(env.tables),
    )


def _read(owner: DecisionModel, decision: Decision, scope: Scope) -> Iterator[Value]:
    """What logic without table read, with the reference to where it is from if that was drawn."""
    drawn = {found[1].name: reference for reference in decision.required if (found := owner.find(reference))}
    for path in decision.reads:
        inner: Scope | None = scope
        while inner is not None and path[0] not in inner.values:
            inner = inner.parent
        if inner is not None:
            value = inner.values[path[0]]
            for name in path[1:]:
                value = _member(value, name)
            if not isinstance(value, Function):  # what is called is no value that could be told
                yield drawn.get(path[0], ""), ".".join(path), feel.from_python(value) if inner.outside else value


def _member(value: Any, name: str) -> Any:
    if isinstance(value, list):
        return [_member(item, name) for item in value]
    return read_property(value, name, lambda _: None)  # it was warned of where it was read
