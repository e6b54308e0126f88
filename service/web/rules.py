"""What a rule of a route says: the roles that are let in, and what comes of it in each relation to a matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.hotline.people import AGENCY_ROLES, BODY_ROLES, UNIT_ROLES

ROLES = (*sorted(AGENCY_ROLES), *sorted(UNIT_ROLES), *sorted(BODY_ROLES))
_NONE = frozenset[str]()

# How somebody stands to a matter, and with it to what runs for it.
RELATIONS: Mapping[str, str] = {
    "own": "It is with the person's unit, and the user task of it is the person's to do.",
    "below": "It is with a unit below the person's.",
    "other": "It is with another unit.",
    "accused unit": "It is with the person's unit, and against this unit.",
    "accused person": "It is with the person's unit, and against the person.",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """`roles` None: whoever has signed in; `is_open`: whoever asks, from one address only so often where `is_paced`.
    `of_units` are roles of units and other bodies that
    are let in beside, of what is their unit's. `cells`: relation → the roles that are answered; without cells the route
    is about no matter."""

    name: str
    about: str
    roles: frozenset[str] | None = None
    is_open: bool = False
    is_paced: bool = False
    of_units: frozenset[str] = _NONE
    cells: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def answers(self, role: str, relation: str | None = None) -> bool:
        """Whether somebody with this one role is answered."""
        if self.roles is not None and role not in self.roles | self.of_units:
            return False
        return relation is None or not self.cells or role in self.cells[relation]


def cells(
    own: frozenset[str], below: frozenset[str], other: frozenset[str], unit: frozenset[str]
) -> Mapping[str, frozenset[str]]:
    """Nobody is ever answered about a matter against themselves. The agency keeps the register of those against it."""
    return {"own": own, "below": below, "other": other, "accused unit": unit, "accused person": _NONE}
