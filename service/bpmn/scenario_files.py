"""What a scenario file says: YAML read strictly, as JSON would be read, into steps that can be played."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import yaml

from service import feel
from service.clock import CITY_ZONE
from service.errors import HotlineError

Variables = Mapping[str, Any]

# A Monday that is a working day, in office hours.
USUAL_START = "2026-03-02T09:00:00+08:00"

# Holds the variables that all scenarios of a folder start with.
START_FILE = "start.yaml"

# Each action with the options that it knows.
ACTIONS: Mapping[str, frozenset[str]] = {
    "completes": frozenset({"answers", "member"}),
    "does": frozenset({"answers", "member"}),
    "calls": frozenset({"answers", "member"}),
    "receives": frozenset({"answers", "member"}),
    "hears": frozenset({"answers", "member"}),
    "throws": frozenset({"error", "answers", "member"}),
    "fires": frozenset({"on", "member"}),
    "passes": frozenset(),
    "sets": frozenset({"at", "member"}),
    "waits": frozenset(),
    "expect": frozenset({"at", "member"}),
    "candidates": frozenset({"groups", "member"}),
}
_KEYS = frozenset({"title", "now", "start", "at", "steps", "ends", "expect"})
_ON_TEXT = frozenset(ACTIONS) - {"sets", "waits", "expect"}
_SHAPES: Mapping[str, tuple[type, str]] = {
    "title": (str, "text"),
    "start": (dict, "a mapping"),
    "at": (str, "the id of an element"),
    "steps": (list, "a list"),
    "expect": (dict, "a mapping"),
    "sets": (dict, "a mapping"),
    "waits": (list, "a list of ids"),
    "answers": (dict, "a mapping"),
    "error": (str, "text"),
    "on": (str, "an instant"),
    "groups": (list, "a list of groups"),
    "member": (int, "a number, from 1"),
}


class ScenarioFailed(HotlineError):
    """A scenario does not come true, or cannot be read; it names the file, the step and the element."""

    def __init__(self, where: str, message: str, element_id: str = "") -> None:
        super().__init__(f"{where}: {message}", element_id=element_id)
        self.element_id = element_id


@dataclass(frozen=True, slots=True)
class ScenarioStep:
    """One action on `subject` (an element id, for most), with its options; steps are counted from 1."""

    number: int
    action: str
    subject: Any
    options: Mapping[str, Any]

    @property
    def answers(self) -> Variables:
        found: Variables = self.options.get("answers", {})
        return found

    def __str__(self) -> str:
        told = f" {self.subject}" if isinstance(self.subject, str) else ""
        return f"step {self.number} ({self.action}{told})"


@dataclass(frozen=True, slots=True)
class Scenario:
    """A story told in a diagram's own ids. Without `ends`, it stops while something waits."""

    file: str
    title: str
    now: datetime
    start: Variables
    at: str | None
    steps: tuple[ScenarioStep, ...]
    ends: tuple[str, ...]
    expect: Variables


def read_defaults(text: str, file: str) -> dict[str, Any]:
    """The variables of a folder's start.yaml. Raises ScenarioFailed."""
    found = _mapping(text, file)
    _only(found, {"start"}, file, START_FILE)
    return dict(_shaped(found, "start", file) or {})


def read_scenario(text: str, file: str, defaults: Variables) -> Scenario:
    """A scenario whose `start` is laid over the defaults. Raises ScenarioFailed for whatever is not in its place."""
    found = _mapping(text, file)
    _only(found, _KEYS, file, "a scenario")
    title = _shaped(found, "title", file)
    if not title:
        raise ScenarioFailed(file, "It has no title. Say in a sentence what happens.")
    where = f"{file} “{title}”"
    steps = tuple(_step(number, one, where) for number, one in enumerate(_shaped(found, "steps", where) or [], 1))
    ends = found.get("ends", [])
    ends = [ends] if isinstance(ends, str) else ends
    if not isinstance(ends, list) or not all(isinstance(one, str) for one in ends):
        raise ScenarioFailed(where, "Under `ends` there must be the id of an end event, or a list of them.")
    if not ends and (not steps or steps[-1].action != "waits"):
        raise ScenarioFailed(where, "It has no `ends`. Say where it ends, or let its last step be `waits`.")
    return Scenario(
        file=file,
        title=title,
        now=instant(found.get("now", USUAL_START), where),
        start={**defaults, **(_shaped(found, "start", where) or {})},
        at=_shaped(found, "at", where),
        steps=steps,
        ends=tuple(ends),
        expect=_shaped(found, "expect", where) or {},
    )


def instant(text: Any, where: str) -> datetime:
    """A date and time with its zone, the city's if it has none. Raises ScenarioFailed."""
    try:
        found = feel.to_python(feel.parse_literal(text)) if isinstance(text, str) else None
    except ValueError as error:
        raise ScenarioFailed(where, f"“{text}”: {error}.") from error
    if not isinstance(found, datetime):
        raise ScenarioFailed(where, f"“{text}” is no date and time, like 2026-03-02T09:00:00+08:00.")
    return found if found.tzinfo else found.replace(tzinfo=CITY_ZONE)


def _step(number: int, found: Any, where: str) -> ScenarioStep:
    where = f"{where}, step {number}"
    actions = [key for key in found if key in ACTIONS] if isinstance(found, dict) else []
    if len(actions) != 1:
        raise ScenarioFailed(where, f"A step has exactly one of {', '.join(ACTIONS)}.")
    (action,) = actions
    _only(found, {action, *ACTIONS[action]}, where, f"a step that {action}")
    if action in _ON_TEXT and not isinstance(found[action], str):
        raise ScenarioFailed(where, f"After `{action}` there must be text.")
    for key in ("error", "groups"):
        if key in ACTIONS[action] and key not in found:
            raise ScenarioFailed(where, f"A step that {action} needs `{key}`.")
    options = {key: _shaped(found, key, where) for key in ACTIONS[action] if key in found}
    subject = found[action] if action in _ON_TEXT else _shaped(found, action, where)
    return ScenarioStep(number, action, subject, options)


def _only(found: Mapping[str, Any], known: Iterable[str], where: str, what: str) -> None:
    unknown = sorted(set(found) - set(known))
    if unknown:
        raise ScenarioFailed(where, f"{', '.join(unknown)}: unknown in {what}, which has {', '.join(sorted(known))}.")


def _shaped(found: Mapping[str, Any], key: str, where: str) -> Any:
    """The value under a key in the shape that it must have; None if the key is not there."""
    shape, told = _SHAPES[key]
    if key in found and not isinstance(found[key], shape):
        raise ScenarioFailed(where, f"Under `{key}` there must be {told}.")
    return found.get(key)


def _mapping(text: str, file: str) -> dict[str, Any]:
    try:
        found = yaml.load(text, _Loader)  # noqa: S506 - it makes what JSON has, and nothing else
    except (yaml.YAMLError, RecursionError) as error:
        raise ScenarioFailed(file, f"It is no YAML that can be read: {error}") from None
    if not isinstance(found, dict):
        raise ScenarioFailed(file, "It is no mapping of keys to values.")
    return found


class _Loader(yaml.SafeLoader):
    """YAML with the values of JSON: `on` and `yes` are text, and so are dates; nothing is named twice."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - the library keeps them so

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or event.anchor or event.tag:
            raise yaml.MarkedYAMLError(problem="anchors and tags are not read", problem_mark=event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.tag != "tag:yaml.org,2002:str" or key.value in seen:
                raise yaml.MarkedYAMLError(problem="a key is no text, or is there twice", problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


for _tag, _pattern, _first in (
    ("bool", r"(?:true|false)$", "tf"),
    ("null", r"(?:null|~)?$", ["n", "~", ""]),
    ("int", r"-?(?:0|[1-9]\d*)$", "-0123456789"),
    ("float", r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$", "-0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))
