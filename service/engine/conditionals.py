"""Conditional start events: looked at when somebody asks, with the variables that are given then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from service import bpmn, feel
from service.engine import Engine, versions
from service.engine.process_instances import Started
from service.engine.step import Step
from service.errors import NotFound


def evaluate(
    connection: Connection,
    engine: Engine,
    variables: Mapping[str, Any],
    *,
    definition_key: int | None = None,
    by: str,
) -> list[Started]:
    """Start an instance for each conditional start event that is true, of one process or of all that are deployed.

    Only the version of a process in effect begins so, and only if a variable is given that the condition reads. Raises
    NotFound, Invalid, StuckError if signals thrown at once have no end.
    """
    given, started = feel.checked(variables), list[Started]()
    definitions = versions.processes_in_effect(connection, engine.clock())
    if definition_key is not None:
        if versions.newest(connection, "process", key=definition_key) is None:
            raise NotFound(f"There is no process definition {definition_key}.", key=str(definition_key))
        definitions = [one for one in definitions if one["key"] == definition_key]
    with Step(connection, engine, by=by) as step:
        for definition in definitions:
            for one in engine.process_model(connection, definition["key"]).start_events:
                if one.condition and _holds(engine, one.condition, given):
                    key, _ = step.start(definition, given, start_element=one.element_id)
                    started.append(Started(key, definition))
    return started


def _holds(engine: Engine, condition: bpmn.Condition, given: Mapping[str, Any]) -> bool:
    """One that fails is not true, as in Camunda 8: it may be of a process that the caller does not mean."""
    if condition.names and condition.names.isdisjoint(given):
        return False
    return condition.expression.evaluate(given, engine.environment()) is True
