"""Signals from outside: told to all that wait for them at this moment, and to nobody later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from service import feel
from service.engine import Engine
from service.engine.signalled import Signal
from service.engine.step import Step
from service.store.keys import new_key


def broadcast(
    connection: Connection, engine: Engine, *, name: str, variables: Mapping[str, Any] | None = None, by: str
) -> int:
    """Tell a signal to all that wait for it and all processes that begin with it; answers its key. Raises Invalid."""
    with Step(connection, engine, by=by) as step:
        step.thrown.append(Signal(name, feel.checked(variables or {}), by=by))
    return new_key()
