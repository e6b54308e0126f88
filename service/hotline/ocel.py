"""Event logs as OCEL 2.0 in JSON: matters, their processes and units are objects, and events belong to all of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from service.clock import in_city
from service.hotline.event_logs import ATTRIBUTES, Case, Cases, Event

_MATTER, _PROCESS, _UNIT = "matter", "process", "unit"
_OF_EVENT = ("element_id", "element_type", "lifecycle", "started_at", "groups")
_MOMENTS = ("received_at", "accepted_at", "deadline_at", "closed_at", "started_at")
_NUMBERS = ("round", "version")
# Attributes of an object count from the beginning where no moment is told.
_EVER = "1970-01-01T00:00:00Z"


def written(cases: Cases) -> Iterator[str]:
    """The cases are read twice: once for the objects, once for the events."""
    own = [name for name in ATTRIBUTES if name not in ("number", "unit_id")]
    types = [_type(_MATTER, own), _type(_PROCESS, ("process_id", "version", "started_at")), _type(_UNIT, ())]
    yield f'{{"objectTypes": {_told(types)},\n"objects": [\n'
    yield from _listed(_objects(cases()))
    yield '],\n"events": [\n'
    names = set[str]()
    yield from _listed(_events(cases(), names))
    yield f'],\n"eventTypes": {_told([_type(name, _OF_EVENT) for name in sorted(names)])}}}\n'


def _objects(cases: Iterable[Case]) -> Iterator[dict[str, Any]]:
    units = set[str]()
    for case in cases:
        number, unit = case.told["number"], case.told["unit_id"]
        if unit and unit not in units:
            units.add(unit)
            yield _object(unit, _UNIT, {}, [])
        told = {name: value for name, value in case.told.items() if name not in ("number", "unit_id")}
        yield _object(number, _MATTER, told, [(unit, "with")] if unit else [])
        for one in case.processes:
            told = {"process_id": one.id, "version": one.version, "started_at": one.started_at}
            yield _object(str(one.key), _PROCESS, told, [(number, "about")])


def _events(cases: Iterable[Case], names: set[str]) -> Iterator[dict[str, Any]]:
    for case in cases:
        for one in case.events:
            names.add(one.name)
            yield _event(one, case.told["number"])


def _event(event: Event, number: str) -> dict[str, Any]:
    state = "started" if event.ended_at is None else "given up" if event.is_given_up else "completed"
    told = {
        "element_id": event.element_id,
        "element_type": event.type,
        "lifecycle": state,
        "started_at": event.started_at,
        "groups": ", ".join(event.groups),
    }
    return {
        "id": str(event.key),
        "type": event.name,
        "time": _value(event.ended_at or event.started_at),
        "attributes": [{"name": name, "value": _value(value)} for name, value in told.items()],
        "relationships": [_related(number, "matter"), _related(str(event.process.key), "in")],
    }


def _object(id_: str, type_: str, told: dict[str, Any], related: list[tuple[str, str]]) -> dict[str, Any]:
    known = {name: value for name, value in told.items() if value not in (None, "")}
    return {
        "id": id_,
        "type": type_,
        "attributes": [{"name": name, "time": _EVER, "value": _value(value)} for name, value in known.items()],
        "relationships": [_related(*one) for one in related],
    }


def _related(id_: str, qualifier: str) -> dict[str, str]:
    return {"objectId": id_, "qualifier": qualifier}


def _type(name: str, attributes: Iterable[str]) -> dict[str, Any]:
    kinds = {**dict.fromkeys(_MOMENTS, "time"), **dict.fromkeys(_NUMBERS, "integer")}
    return {"name": name, "attributes": [{"name": one, "type": kinds.get(one, "string")} for one in attributes]}


def _value(value: Any) -> Any:
    return in_city(value).isoformat(timespec="milliseconds") if isinstance(value, datetime) else value


def _listed(told: Iterable[Any]) -> Iterator[str]:
    for number, one in enumerate(told):
        yield ("," if number else "") + _told(one) + "\n"


def _told(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
