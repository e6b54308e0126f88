"""Where FEEL is evaluated: the time, the working days, how much work there may be, and the variables in sight."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random, SystemRandom
from sys import getsizeof
from typing import Any, Protocol

from service.feel.values import FeelLimit, Function, Range, from_python, listed

BUILTINS: dict[str, Function] = {}  # filled by service.feel.builtins


class WorkingDays(Protocol):
    """What FEEL asks of a calendar."""

    def is_working_day(self, day: date) -> bool: ...
    def add(self, day: date, count: int) -> date: ...
    def between(self, start: date, end: date) -> int: ...
    def is_provisional(self, day: date) -> bool: ...


# How large one value may become, all its parts counted, and how deep.
MAX_PARTS, MAX_NESTING = 200_000, 100
# Text takes memory by its widest sign; this many bytes of it count as one part.
_BYTES_A_PART = 50
# What a warning quotes may itself be as long as a text may be.
_LONGEST_WARNING = 300


_RANDOM = SystemRandom()


@dataclass
class Environment:
    """What an expression may use besides its variables. `warnings` tells why something became null."""

    now: Callable[[], datetime]
    working_days: WorkingDays | None = None
    # `uuid()` and `random number()` draw from it; a decision that calls them cannot be repeated.
    random: Random = _RANDOM
    warnings: list[str] = field(default_factory=list)
    # Why an expression came to no end: an assertion that does not hold, or a limit. Its null is no answer then.
    failure: str = ""
    max_steps: int = 400_000
    max_depth: int = 256
    steps: int = 0
    depth: int = 0
    # What was measured, by identity; the value itself is kept so that its identity stays its own.
    _measured: dict[int, tuple[int, int, Any]] = field(default_factory=dict, repr=False)

    def warn(self, message: str) -> None:
        if len(self.warnings) < 100:
            cut = len(message) > _LONGEST_WARNING
            self.warnings.append(message[: _LONGEST_WARNING - 1] + "…" if cut else message)

    def step(self, count: int = 1) -> None:
        """Count work; raises FeelLimit when it is too much."""
        self.steps += count
        if self.steps > self.max_steps:
            raise FeelLimit(f"the expression takes more than {self.max_steps} steps")

    def measure(self, value: Any) -> tuple[int, int]:
        """How many parts a value has and how deep it is; raises FeelLimit for too much.

        A few lists that hold each other several times are small in memory, and endless once they are written out.
        """
        cls = type(value)
        if cls is Range:
            return 1 + self.measure(value.start)[0] + self.measure(value.end)[0], 0
        if cls is not list and cls is not dict:
            return (getsizeof(value) // _BYTES_A_PART or 1, 0) if cls is str else (1, 0)
        known = self._measured.get(id(value))
        if known:
            return known[:2]
        parts, depth = 1 + len(value), 0
        for item in value if cls is list else value.values():
            kind = type(item)
            if kind is str:
                parts += getsizeof(item) // _BYTES_A_PART
            elif kind is list or kind is dict or kind is Range:
                more, below = self.measure(item)
                parts, depth = parts + more - 1, max(depth, below)
            if parts > MAX_PARTS:
                raise FeelLimit(f"a list or context has more than {MAX_PARTS} parts")
        if depth >= MAX_NESTING:
            raise FeelLimit(f"lists or contexts hold each other more than {MAX_NESTING} deep")
        if parts > 20 or depth:
            self._measured[id(value)] = parts, depth + 1, value
        return parts, depth + 1

    def made(self, value: Any) -> Any:
        """A value that was just made, if it is not too large; its size counts as work. Raises FeelLimit."""
        parts, _ = self.measure(value)
        self.step(parts // 2)
        return value


class Scope:
    """Variables by name, innermost first; what comes from outside is turned into FEEL values when it is read."""

    __slots__ = ("env", "outside", "parent", "values")

    def __init__(
        self, values: Mapping[str, Any], env: Environment, parent: Scope | None = None, outside: bool = False
    ) -> None:
        self.values, self.env, self.parent, self.outside = values, env, parent, outside

    def inner(self, values: Mapping[str, Any]) -> Scope:
        return Scope(values, self.env, self)

    def find(self, name: str) -> Any:
        """The FEEL value of a variable or built-in; null and a warning if there is none."""
        value, is_outside = self.look_up(name)
        return from_python(value) if is_outside else value

    def look_up(self, name: str) -> tuple[Any, bool]:
        """As `find`, but a value from outside is left as it is, and told to be from there."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.values:
                return scope.values[name], scope.outside
            scope = scope.parent
        builtin = BUILTINS.get(name)
        if builtin is None:
            self.env.warn(f"null because there is no variable “{name}”{self._others()}")
        return builtin, False

    def _others(self) -> str:
        """For a message: which variables there are."""
        names: list[str] = []
        scope: Scope | None = self
        while scope is not None:
            names += scope.values
            scope = scope.parent
        return f"; there are {listed(names)}" if names else ""


Compiled = Callable[[Scope], Any]
