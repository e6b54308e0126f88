"""What carries clauses of the regulation: read from diagrams, tables and forms, and from a list of what is no model."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from lxml import etree

from service.errors import Invalid, Problem
from service.hotline.clauses import FOLDER
from service.xml_gate import parse_upload

LIST = "carriers.yaml"
# A route, a page and a report are asked for by a method at an endpoint; a permission and a test are functions.
ASKED = frozenset({"route", "page", "report"})
WRITTEN = frozenset({"permission", "test"})
# A story is a file; that and a test prove that a clause is carried, and do not carry it.
STORY = "story"
PROVING = frozenset({"test", STORY})
NAMED = ASKED | WRITTEN | {STORY}

_ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"
_IDS = re.compile(r"\s*\[(A\d[^\[\]]*)\]\s*\Z")
_KINDS = {"process": "process", "lane": "lane", "participant": "process"}
_DECIDING = frozenset({"rule", "decision"})


@dataclass(frozen=True, slots=True)
class Carrier:
    """One thing that runs or shows. `place` is a file, or the method of what is asked for; `name` is by language."""

    kind: str  # process, lane, element, rule, decision, field; route, page, report, permission, test
    place: str
    id: str
    name: Mapping[str, str]

    def __str__(self) -> str:
        if self.kind in ASKED:
            return f"{self.kind} {self.place} {self.id}"
        if self.kind == STORY:
            return f"{self.kind} {self.place}"
        return f"{self.kind} {self.place}{'::' if self.kind in WRITTEN else '#'}{self.id}"


@dataclass(frozen=True, slots=True)
class Carrying:
    """What somebody says carries a clause."""

    clause: str
    carrier: Carrier


def in_model(name: str, content: bytes) -> Iterator[Carrying]:
    """What a diagram, a table or a form says of its parts; raises ModelRejected for a file that is none of them.

    BPMN: the property `clauses` of processes, lanes, elements and flows. DMN: ids in brackets at the end of the
    description of a rule or a decision. Forms: the property `clauses` of a component.
    """
    if name.endswith(".form"):
        yield from _in_form(name, json.loads(content))
        return
    root = parse_upload(content, name)
    yield from _in_diagram(name, root) if name.endswith(".bpmn") else _in_table(name, root)


def listed(folder: Path) -> list[Carrying]:
    """What the project's list names; raises Invalid for a list that cannot be understood."""
    file = folder / FOLDER / LIST
    found = []
    try:
        told = yaml.safe_load(file.read_text("utf-8")) if file.is_file() else None
        for clause, named in (told or {}).items():
            found += [Carrying(str(clause), _named(kind, str(what))) for one in named for kind, what in one.items()]
    except (yaml.YAMLError, AttributeError, TypeError, ValueError) as error:
        mend = "Below each clause it names `- kind: what`, like `- route: GET track.track`."
        raise Invalid(f"{FOLDER}/{LIST} cannot be understood: {error}. {mend}") from None
    return found


def gone(named: Iterable[Carrying], folder: Path, routes: Collection[tuple[str, str]]) -> Iterator[Problem]:
    """What the list names and is not there; `routes` are the methods and endpoints that are served."""
    for one in named:
        carrier = one.carrier
        if carrier.kind in ASKED:
            there = (carrier.place, carrier.id) in routes
            mend = "Name the method and the endpoint of one that is, like `GET track.track`."
        elif carrier.kind == STORY:
            there = (folder / carrier.place).is_file()
            mend = "Name a file, like `tests/stories/s02-pothole.yaml`."
        else:
            there = carrier.id in _functions(folder / carrier.place)
            mend = "Name a file and a function in it, like `tests/test_calendar.py::test_golden_dates`."
        if not there:
            message = f"It is said to be carried by the {carrier}, which is not there."
            yield Problem(one.clause, message, mend, f"{FOLDER}/{LIST}")


def unproved(named: Iterable[Carrying], folder: Path, by: Mapping[str, Collection[Carrier]]) -> Iterator[Problem]:
    """The stories that go by no element that carries the clause that they are said to prove."""
    for one in named:
        file = folder / one.carrier.place
        if one.carrier.kind != STORY or not file.is_file():
            continue
        carrying = {(it.place, it.id) for it in by.get(one.clause, ()) if it.kind == "element"}
        way = yaml.safe_load(file.read_text("utf-8")).get("path") or {}
        gone_by = {(f"processes/{process}.bpmn", id_) for process, ids in way.items() for id_ in str(ids).split()}
        if carrying.isdisjoint(gone_by):
            message = f"The {one.carrier} is said to prove it, and goes by no element that carries it."
            mend = "Name another story, or let an element that it goes by carry the clause."
            yield Problem(one.clause, message, mend, f"{FOLDER}/{LIST}")


def _named(kind: str, what: str) -> Carrier:
    if kind not in NAMED:
        raise ValueError(f"“{kind}” is none of {', '.join(sorted(NAMED))}")
    if kind == STORY:
        return Carrier(kind, what, Path(what).stem, {})
    place, _, id_ = what.partition(" " if kind in ASKED else "::")
    if not place or not id_:
        raise ValueError(f"“{kind}: {what}” lacks a part")
    return Carrier(kind, place, id_, {})


@cache
def _functions(path: Path) -> frozenset[str]:
    if path.suffix != ".py" or not path.is_file():
        return frozenset()
    made = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return frozenset(node.name for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, made))


def _in_diagram(name: str, root: Any) -> Iterator[Carrying]:
    for one in root.iter(etree.Element):
        told = {
            found.get("name", ""): found.get("value", "")
            for found in one.findall(f"{{*}}extensionElements/{_ZEEBE}properties/{_ZEEBE}property")
        }
        kind = _KINDS.get(etree.QName(one).localname, "element")
        names = {"zh": one.get("name", ""), "en": told.get("name:en", "")}
        yield from _each(told.get("clauses", ""), Carrier(kind, name, one.get("id", ""), names))


def _in_table(name: str, root: Any) -> Iterator[Carrying]:
    for one in root.iter(etree.Element):
        kind = etree.QName(one).localname
        text = one.findtext("{*}description") or "" if kind in _DECIDING else ""
        found = _IDS.search(text)
        if found:
            said = text[: found.start()].strip()
            yield from _each(found[1], Carrier(kind, name, one.get("id", ""), {"zh": said, "en": said}))


def _in_form(name: str, drawn: Mapping[str, Any]) -> Iterator[Carrying]:
    for one in drawn.get("components") or ():
        told = one.get("properties")
        # A form of another application's may have anything there.
        told = told if isinstance(told, dict) else {}
        names = {"zh": str(one.get("label", "")), "en": str(told.get("label:en", ""))}
        carrier = Carrier("field", name, str(one.get("key") or one.get("id", "")), names)
        yield from _each(str(told.get("clauses", "")), carrier)
        yield from _in_form(name, one)


def _each(ids: str, carrier: Carrier) -> Iterator[Carrying]:
    for id_ in ids.split():
        yield Carrying(id_, carrier)
