"""What a way to break a diagram answers, and how it finds what it breaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from service.bpmn.vocabulary import BPMN, NODES, ZEEBE, name_of, space_of

Xml = Any
NOWHERE = "nowhere-at-all"


@dataclass(frozen=True)
class Broken:
    """What was done, and the ids of which a refusal must name one; `sure` if it must be refused.

    `told`: a warning that names one is enough. `harmless`: it must run as before.
    """

    what: str
    named: frozenset[str] = field(default_factory=frozenset)
    sure: bool = True
    told: bool = False
    harmless: bool = False


Breaking = Callable[[Xml, Random], Broken | None]


def of(root: Xml, *names: str) -> list[Xml]:
    return list(root.iter(*(f"{{{BPMN}}}{name}" for name in names)))


def nodes(root: Xml) -> list[Xml]:
    return of(root, *NODES, "transaction")


def around(root: Xml, id_: str) -> set[str]:
    """The flows that touch an element."""
    flows = of(root, "sequenceFlow")
    return {one.get("id") for one in flows if id_ in (one.get("sourceRef"), one.get("targetRef"))}


def pick(chance: Random, found: list[Xml]) -> Xml | None:
    return chance.choice(found) if found else None


def extended(chance: Random, root: Xml, *names: str) -> tuple[Xml | None, str]:
    """One extension of a node, with the id of the node."""
    found = [one for one in root.iter() if space_of(one) == ZEEBE and name_of(one) in names]
    found = [one for one in found if name_of(owner(one)) in NODES]
    one = pick(chance, found)
    return one, owner(one).get("id") if one is not None else ""


def owner(one: Xml) -> Xml:
    while name_of(one) not in NODES and one.getparent() is not None:
        one = one.getparent()
    return one
