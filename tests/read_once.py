"""What is shipped is read once in a process that tests, by the first engine that needs it, and shared by the others.

So are the 260 routes of the service, by the first app: werkzeug writes two functions for each, the same for every app.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from werkzeug.routing import Rule

from service import bpmn, dmn
from service.errors import Problem

process_model = lru_cache(500)(bpmn.read_deployed)
_read_decisions = dmn.examine
_decisions = lru_cache(500)(dmn.examine)


def decision_model(
    xml: bytes, filename: str, find: dmn.Find = lambda _: None, *, deeply: bool = False
) -> tuple[dmn.DecisionModel, tuple[Problem, ...]]:
    if b"import" in xml:  # of which each engine finds its own
        return _read_decisions(xml, filename, find, deeply=deeply)
    return _decisions(xml, filename, deeply=deeply)


_write_builder: Callable[[Rule, bool], Callable[..., Any]] = Rule._compile_builder
_builders: dict[tuple[object, ...], Callable[..., Any]] = {}


def builder(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
    """What writes an address of the rule; it asks the rule itself for all that is not of its text."""
    said = rule.rule, rule.host, rule.subdomain, rule.merge_slashes, repr(rule.defaults), append_unknown
    if said not in _builders:
        _builders[said] = _write_builder(rule, append_unknown)
    return _builders[said]
