"""The types of FEEL as they are written: `list<number>`, `context<a: string>`, `function<number> -> string`."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import TypeVar

from service.feel import nodes as n
from service.feel.scanner import STOPS, WORD, FeelSyntaxError, Scanner

# The types that a model defines, by name.
Types = Mapping[str, n.TypeName]
NO_TYPES: Types = MappingProxyType({})

# How many expressions or types may stand inside of each other.
MAX_DEPTH = 60

_TYPES_WITH_AND = frozenset({"date and time", "days and time", "years and months", "day and time", "year and month"})

T = TypeVar("T")


class TypeParser(Scanner):
    """`types` are those that a model names."""

    def __init__(self, text: str, names: Collection[str], types: Types) -> None:
        super().__init__(text, names)
        self.types, self.depth = types, 0

    def deeper(self, rule: Callable[[], T]) -> T:
        """Read by a rule one level further inside; raises FeelSyntaxError where that is too deep."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise FeelSyntaxError("nested too deeply", self.pos)
        try:
            return rule()
        finally:
            self.depth -= 1

    def type(self) -> n.TypeName:
        self.space()
        for name in sorted(self.types, key=len, reverse=True):
            if self.text.startswith(name, self.pos) and not WORD.match(self.text, self.pos + len(name)):
                self.pos += len(name)
                return self.types[name]
        found = re.compile(r"[^\W\d]\w*(?:[ .]+[^\W\d]\w*){0,30}").match(self.text, self.pos)
        words = found[0].split() if found else []
        for index, word in enumerate(words):
            if word in STOPS and " ".join(words[: index + 2]) not in _TYPES_WITH_AND:
                words = words[:index]
                break
        if not words:
            raise FeelSyntaxError("expected the name of a type", self.pos)
        self.pos = re.compile(r"\s+".join(map(re.escape, words))).match(self.text, self.pos).end()  # type: ignore[union-attr]
        name = " ".join(words)
        if not self.take("<"):
            return n.TypeName(name)
        return self.deeper(lambda: self._inside(name))

    def _inside(self, name: str) -> n.TypeName:
        """What stands between `<` and `>`, and the result of a function."""
        arguments: list[n.TypeName] = []
        members: list[str] = []
        while not self.take(">"):
            if arguments:
                self.need(",")
            if name == "context":
                members.append(self.name_until(re.compile(r"\s*:"), "the name of an entry"))
                self.need(":")
            arguments.append(self.type())
        result = self.type() if self.take("->") else None
        return n.TypeName(name, tuple(arguments), tuple(members), result)
