"""The standards that the hotline works by: the rows of the deployed parameters that name one (Art. 16)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from service.engine import Engine
from service.errors import NotFound
from service.hotline import parameters

# What a citizen can hold the hotline to, in this order.
NAMES = ("PHONE_ANSWER", "CONNECT_RATE", "NEWMEDIA", "T_HANDLE", "T_VISIT")


def in_force(connection: Connection, engine: Engine, at: datetime) -> Mapping[str, Any]:
    """Name → value of those that the parameters in effect have; empty where none are deployed."""
    try:
        values = parameters.in_force(connection, engine, at)
    except NotFound:
        return {}
    return {name: values[name] for name in NAMES if values.get(name) is not None}
