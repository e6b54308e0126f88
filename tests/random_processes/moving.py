"""What operators move in a random process: elements begun, moved and ended by hand, in memory and in a store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from service import bpmn


def asked(model: bpmn.ProcessModel, chance: Random, active: Sequence[str], result: Mapping[str, Any]) -> dict[str, Any]:
    """A modification, as `modify` takes it: often one that can be made, sometimes one that is to be refused."""
    every = sorted(model.elements)
    to = bpmn.Activation(chance.choice(every), None, ((chance.choice(("", "", *every)), result),))
    source = chance.choice([*active, *active, *every])
    match chance.randrange(3):
        case 0:
            return {"activate": [to]}
        case 1:
            return {"move": [bpmn.Move(source, to)]}
    return {"terminate": [source]}
