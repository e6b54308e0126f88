"""Modification: an operator moves the tokens of an instance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from service import bpmn
from service.engine import Engine
from service.engine.step import Step
from service.errors import Invalid, Problem
from service.store.tables import element_instance, process_instance


def modify(
    connection: Connection,
    engine: Engine,
    key: int,
    *,
    activate: Sequence[bpmn.Activation] = (),
    move: Sequence[bpmn.Move] = (),
    terminate: Sequence[str | int] = (),
    by: str,
) -> None:
    """Begin, move and end elements of an instance, all of it or nothing; numbers are keys of element instances.

    An instance of which nothing is left has ended. Raises NotFound, Conflict if it has ended already, Invalid for what
    cannot be done, also if a called one were to end, StuckError.
    """
    told = {
        "activated": [_told(one) for one in activate],
        "moved": [{"from": str(one.source), **_told(one.activation)} for one in move],
        "terminated": [str(one) for one in terminate],
    }
    with Step(connection, engine, by=by) as step:
        step.lock(process_instance, key)
        row = step.instance(key)
        numbers = _Numbers(connection, key)
        begun = [numbers.activation(one) for one in activate]
        moved = [bpmn.Move(numbers.of(one.source), numbers.activation(one.activation)) for one in move]
        ended = [numbers.of(one) for one in terminate]
        step.note(key, "modified", None, **{name: what for name, what in told.items() if what})
        try:
            step.act(
                row,
                lambda run: bpmn.modify(run, activate=begun, move=moved, terminate=ended),
                even_suspended=True,
            )
        except bpmn.NothingLeft:
            if row["parent_key"]:  # the one that called it would wait for ever
                raise
            step.terminate(row)


class _Numbers:
    """What a run calls the element instances of a process instance."""

    def __init__(self, connection: Connection, key: int) -> None:
        self._connection, self._key = connection, key

    def of(self, source: str | int) -> str | int:
        if isinstance(source, str):
            return source
        own = (element_instance.c.key == source) & (element_instance.c.instance_key == self._key)
        found = select(element_instance.c.number).where(own, element_instance.c.state == "ACTIVE")
        number: int | None = self._connection.execute(found).scalar()
        if number is None:
            text = f"The element instance {source} is not active in process instance {self._key}."
            raise Invalid(text, [Problem(str(source), text, "Look again which are.")])
        return number

    def activation(self, one: bpmn.Activation) -> bpmn.Activation:
        if one.ancestor is None or one.ancestor == self._key:
            return bpmn.Activation(one.element_id, None, one.variables)
        return bpmn.Activation(one.element_id, int(self.of(one.ancestor)), one.variables)


def _told(one: bpmn.Activation) -> dict[str, Any]:
    """Without the values of variables, which may be somebody's name."""
    return {"element": one.element_id, "variables": sorted(name for _, values in one.variables for name in values)}
