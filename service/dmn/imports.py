"""Models that import each other: read in the order in which they need each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.dmn.model import DecisionModel
from service.dmn.read import Find, examine, root_of
from service.errors import ModelRejected, Problem


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What became of a file: no model if it is no DMN at all."""

    model: DecisionModel | None
    problems: tuple[Problem, ...]


def examine_together(files: Sequence[tuple[str, bytes]], elsewhere: Find = lambda _: None) -> dict[str, ReadFile]:
    """Read files by name; what they import is one of them, or `elsewhere` knows it by its namespace."""
    return _Together(files, elsewhere).read()


class _Together:
    def __init__(self, files: Sequence[tuple[str, bytes]], elsewhere: Find) -> None:
        self.files, self.elsewhere = dict(files), elsewhere
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
            model, problems = examine(self.files[name], name, self._find)
            self.open.pop()
            self.done[name] = ReadFile(model, problems)
        return self.done[name].model

    def _find(self, namespace: str) -> DecisionModel | None:
        here = [name for name in self.by_namespace.get(namespace, []) if name != self.open[-1]]
        if not here:
            return self.elsewhere(namespace)
        return self._read(here[0]) if here[0] not in self.open else None
