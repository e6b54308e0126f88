"""Which clauses of the regulation are carried, by what, and which are not."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
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
# What carries each clause and must go on doing so: the check fails as soon as one of these is gone.
# Written by `hotline coverage --keep`, which adds what carries one now; what need not any more is taken out by hand.
"""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Clause → what carries it. A test or a story proves that a clause is carried; it does not carry it."""

    clauses: Mapping[str, Clause]
    by: Mapping[str, tuple[Carrier, ...]]
    problems: tuple[Problem, ...] = ()

    def carrying(self, id_: str) -> list[Carrier]:
        return [one for one in self.by[id_] if one.kind not in carriers.PROVING]

    @property
    def carried(self) -> list[str]:
        return [id_ for id_ in self.clauses if self.carrying(id_)]

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
    problems = [
        *seen.problems,
        *carriers.gone(named, folder, routes),
        *carriers.unproved(named, folder, seen.by),
        *_lost(kept(folder), seen),
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


def kept(folder: Path) -> dict[str, list[str]]:
    """What must carry each clause, as carriers are written; raises Invalid for a file that does not tell it."""
    file = folder / FOLDER / KEPT
    mend = "Write it anew with `hotline coverage --keep`."
    try:
        told = yaml.safe_load(file.read_text("utf-8")) if file.is_file() else {}
    except yaml.YAMLError as error:
        raise Invalid(f"{FOLDER}/{KEPT} cannot be read: {error}. {mend}") from None
    if not isinstance(told, dict) or not all(isinstance(one, list) for one in told.values()):
        raise Invalid(f"{FOLDER}/{KEPT} does not list below each clause what carries it. {mend}")
    return {str(id_): [str(one) for one in by] for id_, by in told.items()}


def keep(folder: Path, seen: Coverage) -> list[str]:
    """Add what carries clauses now to what must carry them; answers the clauses that are new. What is lost stays."""
    before = kept(folder)
    must = {
        id_: sorted({*before.get(id_, ()), *map(str, seen.carrying(id_))})
        for id_ in sorted({*before, *seen.carried}, key=_order(seen))
    }
    lines = [f"{id_}:\n{''.join(f'  - {one}{chr(10)}' for one in by)}" for id_, by in must.items()]
    (folder / FOLDER / KEPT).write_text(_OPENING + "".join(lines), "utf-8")
    return [id_ for id_ in seen.carried if id_ not in before]


def _order(seen: Coverage) -> Callable[[str], int]:
    """The order of the law; what is no clause comes last."""
    order = {id_: number for number, id_ in enumerate(seen.clauses)}
    return lambda id_: order.get(id_, len(order))


def _lost(must: Mapping[str, Sequence[str]], seen: Coverage) -> Iterator[Problem]:
    file = f"{FOLDER}/{KEPT}"
    for id_, by in must.items():
        if id_ not in seen.clauses:
            message = "It must be carried, and is no clause of the regulation."
            yield Problem(id_, message, f"Take it out of {file}.", file)
            continue
        now = set(map(str, seen.carrying(id_)))
        said = seen.clauses[id_].said["en"]
        for one in by:
            if one not in now:
                message = f"The {one} carries it no more: {said}"
                if not now:
                    message = f"The {one} carries it no more, and nothing else does: {said}"
                yield Problem(
                    id_, message, f"Let it carry the clause again, or take it out of {file} if others do so.", file
                )


def _file(carrier: Carrier) -> str:
    return f"{FOLDER}/{carriers.LIST}" if carrier.kind in carriers.NAMED else carrier.place
