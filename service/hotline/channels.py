"""By which channels people call, as the table channel-kind says."""

from __future__ import annotations

from sqlalchemy import Connection

from service.engine import Engine, decisions
from service.hotline.matters import CHANNELS

DECISION, _CALL = "channel-kind", "CALL"


def calls(connection: Connection, engine: Engine) -> list[str]:
    """The channels by which somebody is on the line. Raises NotFound without the table."""

    def kind(channel: str) -> object:
        return decisions.evaluate(connection, engine, {"channel": channel}, decision_id=DECISION).output

    return [one for one in CHANNELS if kind(one) == _CALL]
