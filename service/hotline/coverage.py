"""Which clauses of the regulation are carried, by what, and which are not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from service.errors import Invalid, Problem
from service.hotline import carriers, clauses
from service.hotline.carriers import Carrier, Carrying
from service.hotline.clauses import FOLDER, Clause

KEPT = "carried.yaml"
MODELS = (("processes", ".bpmn"), ("dmn", ".dmn"), ("forms", ".form"))
_OPENING = """\
# The clauses that must be carried: the check fails if one of them has lost what carried it.
# Written by `hotline coverage --keep`, which adds those that are carried now.
"""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Clause → what carries it. A test proves that a clause is carried; it does not carry it."""

    clauses: Mapping[str, Clause]
    by: Mapping[str, tuple[Carrier, ...]]
    problems: tuple[Problem, ...] = ()

    @property
    def carried(self) -> list[str]:
        return [id_ for id_ in self.clauses if any(one.kind != "test" for one in self.by[id_])]

    @property
    def not_carried(self) -> list[str]:
        carried = set(self.carried)
        return [id_ for id_ in self.clauses if id_ not in carried]


def look(folder: Path, routes: Collection[tuple[str, str]]) -> Coverage:
    """The coverage by the files of a project, with every problem; `routes` are the methods and endpoints served.

    Raises Invalid, ModelRejected for files that cannot be read.
    """
    paths = [path for name, ending in MODELS for path in sorted((folder / name).rglob(f"*{ending}"))]
    drawn = [one for path in paths for one in carriers.in_model(path.relative_to(folder).as_posix(), path.read_bytes())]
    named = carriers.listed(folder)
    seen = put_together(clauses.read(folder), [*drawn, *named])
    lost = [id_ for id_ in kept(folder) if id_ not in seen.carried]
    problems = [
        *seen.problems,
        *carriers.gone(named, folder, routes),
        *(_lost(id_, seen) for id_ in lost),
    ]
    return Coverage(seen.clauses, seen.by, tuple(problems))


def put_together(known: Mapping[str, Clause], carrying: Iterable[Carrying]) -> Coverage:
    """What carries each clause, once each; a clause that nobody knows is a problem."""
    by: dict[str, list[Carrier]] = {id_: [] for id_ in known}
    problems = []
    for one in carrying:
        if one.clause not in by:
            message = f"It says that it carries the clause “{one.clause}”, which the regulation does not have."
            mend = f"Correct the id; {FOLDER}/clauses.yaml has all."
            problems.append(Problem(one.carrier.id, message, mend, _file(one.carrier)))
        elif one.carrier not in by[one.clause]:
            by[one.clause].append(one.carrier)
    return Coverage(known, {id_: tuple(found) for id_, found in by.items()}, tuple(problems))


def kept(folder: Path) -> list[str]:
    """The clauses that must be carried; raises Invalid for a file that does not list them."""
    file = folder / FOLDER / KEPT
    try:
        told = yaml.safe_load(file.read_text("utf-8")) if file.is_file() else []
    except yaml.YAMLError as error:
        raise Invalid(
            f"{FOLDER}/{KEPT} cannot be read: {error}. Write it anew with `hotline coverage --keep`."
        ) from None
    if not isinstance(told, list):
        raise Invalid(f"{FOLDER}/{KEPT} is no list of clauses. Write it anew with `hotline coverage --keep`.")
    return [str(one) for one in told]


def keep(folder: Path, seen: Coverage) -> list[str]:
    """Add what is carried now to what must be carried; answers what is new. What is lost stays."""
    before = kept(folder)
    must = {*before, *seen.carried}
    order = {id_: number for number, id_ in enumerate(seen.clauses)}
    lines = [f"- {id_}\n" for id_ in sorted(must, key=lambda one: order.get(one, len(order)))]
    (folder / FOLDER / KEPT).write_text(_OPENING + "".join(lines), "utf-8")
    return [id_ for id_ in seen.carried if id_ not in before]


def _lost(id_: str, seen: Coverage) -> Problem:
    if id_ not in seen.clauses:
        message = "It must be carried, and is no clause of the regulation."
        return Problem(id_, message, f"Take it out of {FOLDER}/{KEPT}.", f"{FOLDER}/{KEPT}")
    message = f"Nothing carries it any more: {seen.clauses[id_].said['en']}"
    mend = f"Say again what does, or take it out of {FOLDER}/{KEPT} if the regulation needs it no longer."
    return Problem(id_, message, mend, f"{FOLDER}/{KEPT}")


def _file(carrier: Carrier) -> str:
    return f"{FOLDER}/{carriers.LIST}" if carrier.kind in carriers.ASKED | carriers.WRITTEN else carrier.place
