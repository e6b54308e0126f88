"""Models that import each other: read in the order in which they need each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from service.dmn.model import DecisionModel
from service.dmn.read import Find, ImportFailed, examine, root_of
from service.errors import ModelRejected, Problem


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What became of a file: no model if it is no DMN at all."""

    model: DecisionModel | None
    problems: tuple[Problem, ...]


def examine_together(
    files: Sequence[tuple[str, bytes]], elsewhere: Find = lambda _: None, *, deeply: bool = False
) -> dict[str, ReadFile]:
    """Read files by name; what they import is one of them, or `elsewhere` knows it by its namespace.

    Deeply, the tables are analysed too.
    """
    return _Together(files, elsewhere, deeply).read()


def ids_in_common(models: Iterable[DecisionModel]) -> frozenset[str]:
    """Ids that models of several namespaces have in common, as the standard allows: alone they say nothing."""
    namespaces: dict[str, set[str]] = {}
    for model in models:
        for id_ in (model.id, *model.decisions, *model.services):
            namespaces.setdefault(id_, set()).add(model.namespace)
    return frozenset(id_ for id_, found in namespaces.items() if len(found) > 1)


class _Together:
    def __init__(self, files: Sequence[tuple[str, bytes]], elsewhere: Find, deeply: bool) -> None:
        self.files, self.elsewhere, self.deeply = dict(files), elsewhere, deeply
        self.done: dict[str, ReadFile] = {}
        self.open: list[str] = []
        self.by_namespace: dict[str, list[str]] = {}
        for name, xml in files:
            try:
                root = root_of(xml, name)
            except ModelRejected as refused:
                self.done[name] = ReadFile(None, tuple(refused.problems))
            else:
                self.by_namespace.setdefault(root.get("namespace", ""), []).append(name)

    def read(self) -> dict[str, ReadFile]:
        for name in self.files:
            self._read(name)
        return {name: self.done[name] for name in self.files}

    def _read(self, name: str) -> DecisionModel | None:
        if name not in self.done:
            self.open.append(name)
            model, problems = examine(self.files[name], name, self._find, deeply=self.deeply)
            self.open.pop()
            self.done[name] = ReadFile(model, problems)
        return self.done[name].model

    def _find(self, namespace: str) -> DecisionModel | None:
        here = self.by_namespace.get(namespace, [])
        if len(here) > 1:
            mend = "Give each its own, and import the one that is meant."
            raise ImportFailed(f"which {' and '.join(here)} have in common", mend)
        if not here:
            return self.elsewhere(namespace)
        if here[0] in self.open:
            circle = " → ".join([*self.open[self.open.index(here[0]) :], here[0]])
            raise ImportFailed(f"and the models import each other: {circle}", "Take one import of the circle away.")
        return self._read(here[0])
