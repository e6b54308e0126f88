"""Which variables of processes are protected: those that the shipped table personal-fields names."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from service import dmn, feel
from service.clock import now
from service.errors import Invalid
from service.hotline.fields import ACCESS, FIELDS, KINDS

_TABLE = Path(__file__).parents[2] / "dmn" / f"{ACCESS}.dmn"


@cache
def names() -> frozenset[str]:
    """Raises Invalid for a kind that the table has no field of; ModelRejected for a table that cannot be read."""
    try:
        model = dmn.read_model(_TABLE.read_bytes(), _TABLE.name)
    except OSError as error:
        raise Invalid(f"{_TABLE.name} cannot be read: {error.strerror}. What is protected stands there.") from None
    env = feel.Environment(now=now)
    found = {kind: dmn.evaluate(model, FIELDS, {"kind": kind}, env).output for kind in KINDS}
    if missing := sorted(kind for kind, fields in found.items() if not fields):
        raise Invalid(f"The table {FIELDS} names no field of the kind {', '.join(missing)}. Add a row for each.")
    return frozenset(str(name) for fields in found.values() for name in fields)
