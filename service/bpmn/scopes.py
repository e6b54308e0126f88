"""Variable scopes as Camunda 8 defines them: read along the chain, written where the variable is, else at the root."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping
from typing import Any

ROOT = 0

# Told of each variable that is set: the scope that owns it, its name, its value.
Changed = Callable[[int, str, Any], None]
# The scope that owns a variable, its name, and whether it is new.
Change = tuple[int, str, bool]


class Scopes:
    """The scopes of a run by number; the root is 0. Values are JSON."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._variables: dict[int, dict[str, Any]] = {ROOT: dict(root)}
        self._parents: dict[int, int] = {}
        self._noted: list[Change] | None = None
        # The variables of each scope but the root that has got some, by its number, also after it was closed.
        self.written: dict[int, dict[str, Any]] = {}

    @property
    def root(self) -> dict[str, Any]:
        return self._variables[ROOT]

    def note_changes(self, changes: list[Change]) -> None:
        """From now on, add each variable there that is new or gets another value."""
        self._noted = changes

    def open(self, number: int, parent: int) -> None:
        self._variables[number], self._parents[number] = {}, parent

    def close(self, number: int) -> None:
        del self._variables[number], self._parents[number]

    def own(self, number: int) -> dict[str, Any]:
        """The variables of one scope alone."""
        return self._variables[number]

    def parent(self, number: int) -> int:
        return self._parents[number]

    def seen_from(self, number: int) -> ChainMap[str, Any]:
        """All variables visible in a scope, innermost first."""
        return ChainMap(*(self._variables[one] for one in self._chain(number)))

    def put(self, number: int, variables: Mapping[str, Any], changed: Changed) -> None:
        """Set variables in this scope itself."""
        for name, value in variables.items():
            self._note(number, name, value)
            self.keep(number, name, value)
            changed(number, name, value)

    def keep(self, number: int, name: str, value: Any) -> None:
        """Set a variable in this scope itself without telling anybody."""
        self._variables[number][name] = value
        if number != ROOT:
            self.written[number] = self._variables[number]

    def propagate(self, number: int, variables: Mapping[str, Any], changed: Changed) -> None:
        """Set each variable in the nearest scope that has it, or at the root."""
        for name, value in variables.items():
            owner = self.owner(number, name)
            before = self._variables[owner]
            self._note(owner, name, value)
            if name not in before or before[name] != value:
                changed(owner, name, value)
            self.keep(owner, name, value)

    def dump(self) -> list[Any]:
        return [[number, self._parents.get(number), values] for number, values in self._variables.items()]

    @classmethod
    def load(cls, dumped: list[Any]) -> Scopes:
        scopes = cls({})
        for number, parent, values in dumped:
            scopes._variables[number] = values
            if parent is not None:
                if parent >= number or parent not in scopes._variables:
                    raise ValueError(f"the scope {number} is older than the one around it")
                scopes._parents[number] = parent
        return scopes

    def owner(self, number: int, name: str) -> int:
        """The scope whose variable of this name is seen, or the root."""
        return next((one for one in self._chain(number) if name in self._variables[one]), ROOT)

    def _note(self, number: int, name: str, value: Any) -> None:
        if self._noted is not None:
            own = self._variables[number]
            # 1 and true are two values.
            is_other = name in own and (isinstance(own[name], bool) != isinstance(value, bool) or own[name] != value)
            if name not in own or is_other:
                self._noted.append((number, name, name not in own))

    def _chain(self, number: int) -> list[int]:
        chain = [number]
        while chain[-1] != ROOT:
            chain.append(self._parents[chain[-1]])
        return chain
