"""What is shipped is read once in a process that tests, by the first engine that needs it, and shared by the others."""

from __future__ import annotations

from functools import lru_cache

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
