"""A decision model: decisions that require each other, knowledge that they call, inputs that they take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service.dmn.types import ANY, Type
from service.feel.environment import Compiled


@dataclass(frozen=True, slots=True)
class InputData:
    id: str
    name: str
    type: Type = ANY


@dataclass(frozen=True, slots=True)
class Decision:
    """`kind` is that of its logic (decisionTable, literalExpression, …); `required` are ids of what it needs."""

    id: str
    name: str
    kind: str
    required: tuple[str, ...]
    result_variable: str
    logic: Compiled | None
    type: Type = ANY
    version_tag: str | None = None


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A business knowledge model: a function that decisions call."""

    id: str
    name: str
    required: tuple[str, ...]
    logic: Compiled


@dataclass(frozen=True, slots=True)
class DecisionService:
    """Decisions that can be called together as a function of their inputs."""

    id: str
    name: str
    outputs: tuple[str, ...]
    encapsulated: tuple[str, ...]
    input_decisions: tuple[str, ...]
    input_data: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DecisionModel:
    """One file. What requires what is by id; what expressions read is by name."""

    id: str
    name: str
    namespace: str
    decisions: Mapping[str, Decision]
    inputs: Mapping[str, InputData]
    knowledge: Mapping[str, Knowledge]
    services: Mapping[str, DecisionService]
