"""Who may see which matters; what of them, says fields.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true

from service.store.tables import accusation, matter, process_instance, unit

AGENCY = "weifang-12345"

# The regulation's lanes in the hotline agency; their people see the matters of all units.
AGENCY_ROLES = frozenset(
    (
        "CALL_TAKER",
        "DISPATCHER",
        "VISITOR",
        "SUPERVISOR",
        "QA",
        "ANALYST",
        "KB_ADMIN",
        "AGENCY_LEAD",
        "ADMIN",
        "AUDITOR",
        "INTEGRATOR",
    )
)
UNIT_ROLES = frozenset(("UNIT_HANDLER", "UNIT_LIAISON", "UNIT_PRINCIPAL", "COUNTY_DISPATCHER", "TOWN_HANDLER"))
# Of the government and the organs that the regulation names beside the units.
BODY_ROLES = frozenset(("GOV_OFFICE", "GOV_EXEC_MEETING", "SUPERVISION_DEPT", "COMPETENT_ORGAN", "POLICE_LIAISON"))
# The systems: one of the agency sees what it sees, one of a unit what its unit sees.
_SYSTEMS = frozenset(("INTEGRATOR",))
# Whose work is with the caller; the others of the agency do theirs without a name.
CONTACTING = frozenset(("CALL_TAKER", "DISPATCHER", "VISITOR", "SUPERVISOR", "AGENCY_LEAD", "ADMIN"))


# Whoever works for the agency by a contract with others: bound to secrecy by the certificate of a training (Art. 37).
EXTERNAL = "EXTERNAL"


class Viewer(Protocol):
    """Whoever looks: a person that has signed in."""

    @property
    def id(self) -> str: ...
    @property
    def unit_id(self) -> str | None: ...
    @property
    def roles(self) -> Sequence[str]: ...


def is_of_agency(viewer: Viewer) -> bool:
    """Whether roles of the agency count for somebody: a unit's person has none, whatever the row says."""
    return viewer.unit_id in (None, AGENCY)


def is_agency(viewer: Viewer) -> bool:
    """Whether somebody works in the agency, in one of its roles."""
    return is_of_agency(viewer) and bool(AGENCY_ROLES.intersection(viewer.roles))


def visible_to(viewer: Viewer) -> ColumnElement[bool]:
    """The matters that somebody may see: the agency all, a unit its own and those of all units below it.

    Never those that are against the viewer, or the viewer's unit.
    """
    return and_(of_own_units(viewer, matter.c.unit_id), not_against(viewer, matter.c.instance_key))


def of_own_units(viewer: Viewer, unit_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """What belongs to the units of which somebody sees the matters, by the column with their id."""
    if is_agency(viewer):
        return true()
    if viewer.unit_id is None or not (UNIT_ROLES | BODY_ROLES | _SYSTEMS).intersection(viewer.roles):
        return false()
    return unit_id.in_(with_below(viewer.unit_id))


def not_against(viewer: Viewer, root_key: ColumnElement[Any]) -> ColumnElement[bool]:
    """What belongs to no matter against the viewer, by the column with the key of the first process instance."""
    return or_(root_key.is_(None), root_key.not_in(against(viewer)))


def no_instance_against(viewer: Viewer, instance_key: ColumnElement[Any]) -> ColumnElement[bool]:
    """The same by the column with the key of any process instance of the matter."""
    of_matter = process_instance.alias("of_matter").c
    theirs = select(of_matter.key).where(of_matter.root_key.in_(against(viewer)))
    return or_(instance_key.is_(None), instance_key.not_in(theirs))


def against(viewer: Viewer) -> Select[Any]:
    """The first process instances of the matters against the viewer.

    Whoever works in the agency keeps the register of all matters, those against the agency too, which go to its
    superior; not those against themselves.
    """
    named = and_(accusation.c.kind == "person", accusation.c.name == viewer.id)
    if viewer.unit_id is not None and not is_agency(viewer):
        named = or_(named, and_(accusation.c.kind == "unit", accusation.c.name == viewer.unit_id))
    return select(accusation.c.root_key).where(named)


def with_below(unit_id: str) -> Select[Any]:
    """The ids of a unit and of all below it."""
    # Without a name: a query may ask for what is below several.
    tree = select(unit.c.id).where(unit.c.id == unit_id).cte(recursive=True)
    below = unit.alias("below")
    tree = tree.union(select(below.c.id).where(below.c.parent_id == tree.c.id))
    return select(tree.c.id)
