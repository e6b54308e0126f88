"""Where the facts of matters are taken from: elements that begin, variables that are set (regulation/facts.yaml)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Boolean, Column, Integer, String, Text

from service import bpmn
from service.errors import Invalid, Problem
from service.hotline.clauses import FOLDER, PROJECT
from service.hotline.progress import moment
from service.store.tables import Instant, matter_fact

FILE = "facts.yaml"
_AREA = re.compile(r"\d{6}")
_KEEPS = ("first", "last", "count")


@dataclass(frozen=True, slots=True)
class Keep:
    """What becomes of a fact that is told again: `first`, `last`, `count`, or `until` another fact is known."""

    name: str
    until: str = ""

    def fold(self, row: Mapping[str, Any], fact: Fact, value: Any) -> Any:
        known = row.get(fact.name)
        match self.name:
            case "first":
                return value if known in (None, "") else known
            case "count":
                return (known or 0) + value
            case "until" if row.get(self.until) is not None:
                return known
        return value


@dataclass(frozen=True, slots=True)
class Fact:
    name: str
    keep: Keep
    column: Column[Any] = field(hash=False, compare=False)
    # The value that a variable must have, and then the fact is that it has; `...` if the fact is the value itself.
    is_: Any = ...

    def at(self, instant: datetime) -> Any:
        """The value of the fact for what happened at an instant."""
        if self.keep.name == "count":
            return 1
        return True if isinstance(self.column.type, Boolean) else instant

    def of(self, value: Any, instant: datetime) -> Any:
        """The value of the fact for what a variable was set to; raises LookupError if it tells nothing of it."""
        if self.is_ is not ...:
            if value == self.is_:
                return self.at(instant)
            if self.keep.name == "last" and isinstance(self.column.type, Boolean):
                return False
            raise LookupError
        read = _read(self.column, value)
        if read is None and (self.keep.name != "last" or not self.column.nullable):
            raise LookupError
        return read


Told = tuple[Fact, Any]


@dataclass(frozen=True, slots=True)
class Place:
    process: str
    name: str
    members: tuple[str, ...] = ()

    def of(self, process_id: str, elements: Iterable[str]) -> bool:
        return process_id == self.process and self.name in elements


@dataclass(frozen=True)
class Sources:
    """`at`, `set`: process → element or variable → the facts; `ends`: process → the facts; `checks`: the user task in
    which an entry of the knowledge base is looked through."""

    begins: Place
    checks: Place
    facts: Mapping[str, Fact]
    at: Mapping[str, Mapping[str, list[Fact]]]
    set: Mapping[str, Mapping[str, list[tuple[Fact, tuple[str, ...]]]]]
    ends: Mapping[str, list[Fact]]

    @property
    def processes(self) -> frozenset[str]:
        return frozenset((self.begins.process, *self.at, *self.set, *self.ends))

    @property
    def elements(self) -> frozenset[str]:
        return frozenset(element for of_process in self.at.values() for element in of_process)

    def told(
        self,
        process_id: str,
        elements: Iterable[str],
        variables: Mapping[str, Any],
        has_ended: bool,
        instant: datetime,
    ) -> Iterator[Told]:
        """What happened to a process at an instant tells of its matter."""
        begun, set_ = self.at.get(process_id), self.set.get(process_id)
        if begun:
            for element in elements:
                yield from ((fact, fact.at(instant)) for fact in begun.get(element, ()))
        if set_:
            for name in set_.keys() & variables.keys():
                for fact, members in set_[name]:
                    try:
                        yield fact, fact.of(_member(variables[name], members), instant)
                    except LookupError:
                        continue
        if has_ended:
            yield from ((fact, instant) for fact in self.ends.get(process_id, ()))


@cache
def shipped() -> Sources:
    """The sources of the project folder."""
    return read()


def read(folder: Path = PROJECT) -> Sources:
    """Raises Invalid for a file that tells them wrongly."""
    file = folder / FOLDER / FILE
    try:
        told = yaml.safe_load(file.read_text("utf-8"))
        begins, checks = _place(told["begins"]), _place(told["checks"])
        facts: dict[str, Fact] = {}
        at: dict[str, dict[str, list[Fact]]] = defaultdict(lambda: defaultdict(list))
        set_: dict[str, dict[str, list[tuple[Fact, tuple[str, ...]]]]] = defaultdict(lambda: defaultdict(list))
        ends: dict[str, list[Fact]] = defaultdict(list)
        for name, one in told["facts"].items():
            facts[name] = fact = _fact(name, one)
            for text in _several(one.get("when")) + _several(one.get("count")):
                place = _place(text)
                at[place.process][place.name].append(fact)
            for text in _several(one.get("variable")):
                place = _place(text)
                set_[place.process][place.name].append((fact, place.members))
            for process in _several(one.get("ends")):
                ends[process].append(fact)
    except OSError as error:
        raise Invalid(f"{file} cannot be read: {error.strerror}. A project keeps its facts there.") from None
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise Invalid(f"{file.name} does not tell the facts: {error!r}. Its head says how each is told.") from None
    return Sources(begins, checks, facts, at, set_, ends)


def lost(sources: Sources, models: Mapping[str, bpmn.ProcessModel], given: Collection[str]) -> Iterator[Problem]:
    """The facts that are told by what the diagrams do not have; `given` are variables that are set from outside."""
    own = (("the beginning", sources.begins), ("the checks", sources.checks))
    places = [(place.process, place.name, name, True) for name, place in own]
    places += [
        (process, element, fact.name, True)
        for process, of_process in sources.at.items()
        for element, told in of_process.items()
        for fact in told
    ]
    places += [
        (process, variable, fact.name, False)
        for process, of_process in sources.set.items()
        for variable, told_of in of_process.items()
        for fact, _ in told_of
    ]
    places += [(process, "", fact.name, True) for process, ended in sources.ends.items() for fact in ended]
    for process, name, fact_name, is_element in places:
        model = models.get(process)
        if model is None:
            message = f"It is told by the process {process}, which is not there."
        elif is_element and name and name not in model.elements:
            message = f"It is told by the element {name} of the process {process}, which has none of that id."
        elif not is_element and name not in given and not _names(model, name):
            message = f"It is told by the variable {name} of the process {process}, which sets none of that name."
        else:
            continue
        yield Problem(fact_name, message, "Name what tells it now, or take the fact out.", f"{FOLDER}/{FILE}")


def _names(model: bpmn.ProcessModel, variable: str) -> bool:
    return re.search(rb"(?<![\w-])" + re.escape(variable.encode()) + rb"(?![\w-])", model.xml) is not None


def _fact(name: str, told: Mapping[str, Any]) -> Fact:
    known = matter_fact.c.get(name)
    if known is None:
        raise ValueError(f"there is no fact {name} in the table matter_fact")
    said = "count" if "count" in told else str(told.get("keep", "last"))
    until = said.removeprefix("until ") if said.startswith("until ") else ""
    if not until and said not in _KEEPS:
        raise ValueError(f"{name} is kept “{said}”, not first, last or until a fact")
    return Fact(name, Keep("until", until) if until else Keep(said), known, told.get("is", ...))


def _place(text: str) -> Place:
    process, _, rest = text.partition("/")
    name, *members = rest.split(".")
    if not process or not name:
        raise ValueError(f"“{text}” is not process/element or process/variable")
    return Place(process, name, tuple(members))


def _several(told: str | list[str] | None) -> list[str]:
    if told is None:
        return []
    return told if isinstance(told, list) else [told]


def _member(value: Any, members: Iterable[str]) -> Any:
    for one in members:
        if not isinstance(value, Mapping):
            return None
        value = value.get(one)
    return value


def _read(column: Column[Any], value: Any) -> Any:
    """A value as the column keeps it; None for one of another kind."""
    match column.type:
        case Instant():
            return moment(value)
        case Boolean():
            return value if isinstance(value, bool) else None
        case Integer():
            return int(value) if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else None
        case String() | Text() if isinstance(value, str) and column.name == "division":
            found = _AREA.match(value)
            return found[0] if found else ""
        case String() | Text() as kept if isinstance(value, str) and len(value) <= (kept.length or 80):
            return value
    return None
