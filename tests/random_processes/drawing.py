"""A process while it is drawn at random: its scopes, and what a calm run of it passes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from typing import Any

from tests.diagrams import Node, body, diagram, message_root
from tests.random_processes import listening

# What every process is started with; nothing changes them, so conditions over them are known before.
GIVEN = ("a", "b", "c")
# Names that several events of a process share, so that one thrown thing can reach many.
MESSAGES, SIGNALS, ERRORS, ESCALATIONS = ("m1", "m2", "m3"), ("s1", "s2"), ("e1", "e2"), ("x1", "x2")
RESULTS = ("r0", "r1", "r2")
DECISION, MATTER = "grade", "12345"
# The message, the signal and the variable by which a process begins, if not by itself.
BEGUN = "begun"
# What a process calls calls another one itself, and that one none.
NAMES = ("random", "called", "called-too")
# No further block is drawn in a process of so many elements.
LARGE = 40

# How often each element is completed by a run in which only what is drawn as the main way happens; None if unknown.
Passed = Counter[str] | None


def both(*passed: Passed) -> Passed:
    total: Counter[str] = Counter()
    for one in passed:
        if one is None:
            return None
        total += one
    return total


def times(passed: Passed, number: int) -> Passed:
    return None if passed is None else Counter({key: value * number for key, value in passed.items() if number})


@dataclass(frozen=True)
class Block:
    """A part of a process with one way in and one way out."""

    first: str
    last: str
    passed: Passed


@dataclass
class Scope:
    """The inside of a process or sub-process."""

    nodes: list[Node] = field(default_factory=list)
    flows: list[str] = field(default_factory=list)
    beside: str = ""  # associations
    counters: list[str] = field(default_factory=list)  # variables of its loops
    is_root: bool = False
    has_ends: bool = True  # in an ad-hoc sub-process a way ends where no flow leaves
    done: list[str] = field(default_factory=list)  # activities that can be compensated

    def add(self, node: Node) -> str:
        self.nodes.append(node)
        return node.id

    def join(self, source: str, target: str, rest: str = "") -> None:
        self.flows.append(f"{source} -> {target}{rest}")

    def chain(self, *blocks: Block) -> Block:
        for one, two in pairwise(blocks):
            self.join(one.last, two.first)
        return Block(blocks[0].first, blocks[-1].last, both(*(one.passed for one in blocks)))


class Drawing:
    """One process, the one that it calls if there is one, and how a calm run goes."""

    def __init__(self, chance: Random, given: dict[str, int], depth: int = 0) -> None:
        self.chance, self.given, self.depth, self.id = chance, given, depth, NAMES[depth]
        self.called: Drawing | None = None
        self.begins: dict[str, str] = {}  # start events besides the first, with their kinds
        self.first_choices: set[str] = set()  # the first event behind each event-based gateway
        self.needed: dict[str, Any] = {}  # variables that are missing or of no use until somebody sets them
        self.gates: list[str] = []  # variables that conditions on the main way wait for
        self.other_gates: list[str] = []  # those that a calm run does not wait for
        self.passed: Passed = None
        self.xml = b""
        self._number, self.limit = 0, LARGE if depth == 0 else 12
        self.kinds: Counter[str] = Counter()

    @property
    def told(self) -> dict[str, Any]:
        """What it is started with."""
        return {**self.given, "matter": MATTER}

    @property
    def all(self) -> list[Drawing]:
        """This one and those that it calls."""
        return [self, *(self.called.all if self.called else ())]

    def need(self, name: str, value: Any) -> str:
        """A variable that somebody must set to this before what reads it goes on; answers its name."""
        self.needed[name] = value
        return name

    def spoilt(self) -> dict[str, Any]:
        """Values of no use for what is needed."""
        return {name: self.chance.choice((None, "perhaps", {"x": 1})) for name in self.needed}

    def new(self, kind: str) -> str:
        self._number += 1
        self.kinds[kind] += 1
        return f"{kind}-{self._number}"

    def likely(self, percent: int) -> bool:
        return self.chance.randrange(100) < percent

    def condition(self) -> tuple[str, bool]:
        """FEEL over what every process is given, and whether it holds."""
        name, limit = self.chance.choice(GIVEN), self.chance.randrange(5)
        return f"{name} > {limit}", self.given[name] > limit

    def inside(self, scope: Scope, prefix: str) -> str:
        """The XML of a sub-process's inside."""
        for node in scope.nodes:
            listening.listen(self, node)
        return scope.beside + body(scope.nodes, scope.flows, prefix)

    @property
    def can_call(self) -> bool:
        return self.depth + 1 < len(NAMES)

    @property
    def is_large(self) -> bool:
        return self._number > self.limit

    def finish(self, scope: Scope, passed: Passed) -> None:
        root = "".join(message_root(name, "=matter", name) for name in MESSAGES)
        root += "".join(f'<bpmn:signal id="{name}" name="{name}" />' for name in SIGNALS)
        root += "".join(f'<bpmn:{kind} id="{BEGUN}-{kind}" name="{BEGUN}" />' for kind in ("message", "signal"))
        for kind, names in (("error", ERRORS), ("escalation", ESCALATIONS)):
            root += "".join(f'<bpmn:{kind} id="{name}" name="{name}" {kind}Code="{name}" />' for name in names)
        for node in scope.nodes:
            listening.listen(self, node)
        own = listening.listeners(self, "start", "end") if self.likely(10) else ""
        extensions = f"<bpmn:extensionElements>{own}</bpmn:extensionElements>" if own else ""
        self.xml = diagram(self.id, scope.nodes, scope.flows, root=root, inside=extensions + scope.beside)
        self.passed = passed
