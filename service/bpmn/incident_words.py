"""How incidents tell a value that does not fit, to whoever has to mend it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from service import exact_json, feel

# How much of a value is shown.
_SHOWN = 80


def shown(value: object) -> str:
    """A JSON value in a few words."""
    text = exact_json.dumps(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def instead(value: Any, warnings: Sequence[str]) -> str:
    """Why a FEEL value is null, else what it is: to be set behind what it should be."""
    if warnings:
        return f" ({'; '.join(warnings)})"
    return f" (it is {shown(feel.to_json(value))})"
