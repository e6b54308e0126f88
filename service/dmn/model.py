"""A decision model: decisions that require each other, knowledge that they call, inputs that they take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from service.dmn.tables import DecisionTable
from service.dmn.types import ANY, Type
from service.feel.environment import Compiled


@dataclass(frozen=True, slots=True)
class InputData:
    id: str
    name: str
    type: Type = ANY


@dataclass(frozen=True, slots=True)
class Decision:
    """`kind` is that of its logic (decisionTable, literalExpression, …); `required` are references to what it needs.

    `expression` is the text of logic that is no table, `reads` the variables in it with the members they go down to.
    `authorities` are the ids of the knowledge sources that it has its authority from, each with its type.
    """

    id: str
    name: str
    kind: str
    required: tuple[str, ...]
    result_variable: str
    logic: Compiled | None
    type: Type = ANY
    version_tag: str | None = None
    expression: str = ""
    reads: tuple[tuple[str, ...], ...] = ()
    authorities: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A business knowledge model: a function that decisions call."""

    id: str
    name: str
    required: tuple[str, ...]
    logic: Compiled


@dataclass(frozen=True, slots=True)
class DecisionService:
    """Decisions that can be called together as a function of their inputs; `type` is that of what it answers."""

    id: str
    name: str
    outputs: tuple[str, ...]
    encapsulated: tuple[str, ...]
    input_decisions: tuple[str, ...]
    input_data: tuple[str, ...]
    type: Type = ANY
    version_tag: str | None = None


Part = InputData | Decision | Knowledge | DecisionService


@dataclass(frozen=True, slots=True)
class Import:
    """Another model, known by a name in this one; under the empty name its parts are known as if they were here."""

    name: str
    namespace: str
    model: DecisionModel


@dataclass(frozen=True, slots=True)
class DecisionModel:
    """One file. What requires what is by reference; what expressions read is by name.

    A reference is the id of a part of this file, or `namespace#id` for any part of this file or of what it imports.
    """

    id: str
    name: str
    namespace: str
    decisions: Mapping[str, Decision]
    inputs: Mapping[str, InputData]
    knowledge: Mapping[str, Knowledge]
    services: Mapping[str, DecisionService]
    imports: tuple[Import, ...] = ()
    types: Mapping[str, Type] = field(default_factory=dict)
    # Every name that an expression may read, so that those with signs in them are read as one.
    names: frozenset[str] = frozenset()
    tables: Mapping[str, DecisionTable] = field(default_factory=dict)  # by their places, wherever they stand
    # Of the inputs that are drawn here.
    input_names: frozenset[str] = frozenset()
    # What references were found to mean: every evaluation asks for the same.
    _found: dict[str, tuple[DecisionModel, Part]] = field(default_factory=dict, init=False, repr=False)

    def find(self, reference: str) -> tuple[DecisionModel, Part] | None:
        """The part with the model that it stands in."""
        found = self._found.get(reference) or self._find(reference)
        if found:
            self._found[reference] = found
        return found

    def _find(self, reference: str) -> tuple[DecisionModel, Part] | None:
        own: tuple[Mapping[str, Part], ...] = (self.decisions, self.inputs, self.knowledge, self.services)
        namespace, _, id_ = reference.rpartition("#")
        for known in (reference, id_ if namespace == self.namespace else reference):
            part = next((parts[known] for parts in own if known in parts), None)
            if part:
                return self, part
        imported = self._imported() if namespace not in ("", self.namespace) else ()
        return next((found for model in imported if (found := model.find(reference))), None)

    def decision(self, reference: str) -> Decision:
        """Raises KeyError for what is no decision."""
        found = self.find(reference)
        if found is None or not isinstance(found[1], Decision):
            raise KeyError(reference)
        return found[1]

    def table(self, place: str) -> DecisionTable | None:
        """A table of this file or of what it imports."""
        found = (one.tables.get(place) for one in (self, *self._imported()))
        return next((table for table in found if table is not None), None)

    def reference(self, owner: DecisionModel, part: Part) -> str:
        """How this model calls a part of its own or of what it imports."""
        return part.id if owner.namespace == self.namespace else f"{owner.namespace}#{part.id}"

    def place_of(self, namespace: str) -> str:
        """The name under which the parts of a namespace are known here; empty for its own."""
        return next((one.name for one in self.imports if one.namespace == namespace), "")

    def type(self, name: str) -> Type | None:
        """An item definition by its name, which `import name.` qualifies if it is imported."""
        if name in self.types:
            return self.types[name]
        for one in self.imports:
            rest = name.removeprefix(f"{one.name}.") if one.name else name
            if (rest != name or not one.name) and (found := one.model.type(rest)):
                return found
        return None

    def _imported(self) -> Iterator[DecisionModel]:
        for one in self.imports:
            yield one.model
            yield from one.model._imported()
