"""A matter's path on the wire: a process and those that it called, each with its elements and what was decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from marshmallow import Schema, fields
from sqlalchemy import Connection, RowMapping, select

from service.engine import Engine, decisions, history
from service.hotline import protections
from service.hotline.fields import Eyes
from service.hotline.people import Viewer, is_agency, not_against
from service.hotline.protections import Marks
from service.store.tables import person, process_instance, user_task
from service.web.hotline.wire import instant

# Whose deeds are named; the others were done by the service itself.
Veil = Callable[[Mapping[str, Any]], Mapping[str, Any]]
_OURS = ("in-process", "timer", "message", "hotline")


class ElementSchema(Schema):
    id = fields.String(required=True)
    type = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    legal_basis = fields.String(required=True)
    state = fields.String(required=True)
    started_at = instant(required=True)
    ended_at = instant(required=True, allow_none=True)
    by = fields.String(required=True, allow_none=True, metadata={"description": "Who completed it, if a person did."})
    groups = fields.List(fields.String(), required=True, metadata={"description": "Who might, if it was a task."})
    form_id = fields.String(required=True, allow_none=True, metadata={"description": "What was filled in, if it was."})
    called = fields.List(
        fields.String(), required=True, metadata={"description": "Keys of the process instances that it called."}
    )


class RuleSchema(Schema):
    rule_id = fields.String(required=True)
    index = fields.Integer(required=True, metadata={"description": "The row of the table, from 1."})
    annotation = fields.String(required=True)
    legal_basis = fields.String(required=True)
    outputs = fields.Dict(required=True)


class WishSchema(Schema):
    why = fields.Boolean(
        load_default=False,
        metadata={"description": "Whether the rules that did not fire are told, each with its reason."},
    )


class RefusalSchema(Schema):
    name = fields.String(required=True, metadata={"description": "The input that refused the rule."})
    expression = fields.String(required=True)
    value = fields.Raw(required=True, allow_none=True)
    cell = fields.String(required=True, metadata={"description": "The test that the value does not pass."})


class UnmatchedSchema(Schema):
    rule_id = fields.String(required=True)
    index = fields.Integer(required=True)
    annotation = fields.String(required=True)
    legal_basis = fields.String(required=True)
    refused_by = fields.Nested(
        RefusalSchema, required=True, allow_none=True, metadata={"description": "Null: others had priority."}
    )


class EvaluatedSchema(Schema):
    decision_id = fields.String(required=True)
    name = fields.String(required=True)
    expression = fields.String(required=True, metadata={"description": "Of a decision that is no table."})
    hit_policy = fields.String(required=True, allow_none=True)
    inputs = fields.Dict(required=True)
    rules = fields.List(fields.Nested(RuleSchema), required=True)
    unmatched = fields.List(fields.Nested(UnmatchedSchema), required=True)
    by_default = fields.Boolean(required=True, metadata={"description": "Whether the output is the table's default."})
    output = fields.Raw(required=True, allow_none=True)
    warnings = fields.List(
        fields.String(), required=True, metadata={"description": "What became null on the way, and why."}
    )


class DecisionSchema(Schema):
    element_id = fields.String(required=True)
    at = instant(required=True)
    decision_id = fields.String(required=True)
    version = fields.Integer(required=True)
    output = fields.Raw(required=True, allow_none=True)
    evaluated = fields.List(fields.Nested(EvaluatedSchema), required=True)


class EventSchema(Schema):
    kind = fields.String(required=True)
    element_id = fields.String(required=True, allow_none=True)
    at = instant(required=True)
    by = fields.String(required=True)
    by_name = fields.String(required=True, allow_none=True)


class IncidentSchema(Schema):
    element_id = fields.String(required=True)
    message = fields.String(required=True)
    state = fields.String(required=True)
    created_at = instant(required=True)


class ProcessSchema(Schema):
    process_instance_key = fields.String(required=True)
    process_definition_key = fields.String(required=True, metadata={"description": "Of the version that it runs on."})
    process_id = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    version = fields.Integer(required=True)
    state = fields.String(required=True)
    started_at = instant(required=True)
    ended_at = instant(required=True, allow_none=True)
    elements = fields.List(fields.Nested(ElementSchema), required=True)
    flows = fields.List(
        fields.String(), required=True, metadata={"description": "Ids of sequence flows, in the order taken."}
    )
    decisions = fields.List(fields.Nested(DecisionSchema), required=True)
    events = fields.List(fields.Nested(EventSchema), required=True)
    incidents = fields.List(fields.Nested(IncidentSchema), required=True)
    called = fields.List(fields.Nested(lambda: ProcessSchema()), required=True)


class PathSchema(Schema):
    number = fields.String(required=True)
    status = fields.String(required=True)
    process = fields.Nested(ProcessSchema, required=True, allow_none=True)
    beside = fields.List(
        fields.Nested(ProcessSchema),
        required=True,
        metadata={"description": "Processes of their own about it, like its supervision; the agency is told of them."},
    )


def told(
    connection: Connection,
    engine: Engine,
    row: RowMapping,
    viewer: Viewer,
    eyes: Eyes,
    marks: Marks,
    *,
    why: bool = False,
) -> dict[str, Any]:
    """The path of the matter of a row; `why` tells of each decision the rules that did not fire too."""
    key = row["instance_key"]
    process = None if key is None else _whole(connection, engine, key, eyes, marks, why)
    beside = [_whole(connection, engine, one, eyes, its, why) for one, its in _beside(connection, row, viewer, eyes)]
    return {"number": row["number"], "status": row["status"], "process": process, "beside": beside}


def _whole(connection: Connection, engine: Engine, key: int, eyes: Eyes, marks: Marks, why: bool) -> dict[str, Any]:
    way = history.path(connection, engine, key)
    names = _names(connection, way)
    return _process(connection, engine, way, names, lambda record: eyes.decided(record, marks), why)


def _beside(connection: Connection, row: RowMapping, viewer: Viewer, eyes: Eyes) -> Iterator[tuple[int, Marks]]:
    """What messages about the matter have begun, as far as somebody of the agency may know of it: not what is against
    them, nor what is kept from them."""
    if not is_agency(viewer):
        return
    instance = process_instance.c
    mine = (instance.started_by_key == row["number"]) & not_against(viewer, instance.root_key)
    keys = connection.execute(select(instance.key).where(mine).order_by(instance.key)).scalars().all()
    secret = protections.of(connection, keys)
    for key in keys:
        marks = secret.get(key, protections.NOTHING)
        if eyes.of_kind("SAID", marks).is_whole:
            yield key, marks


def _process(
    connection: Connection, engine: Engine, way: history.Path, names: Mapping[str, str], veil: Veil, why: bool
) -> dict[str, Any]:
    model = engine.process_model(connection, way.definition["key"])
    properties = {id_: element.properties for id_, element in model.elements.items()}
    tasks = _tasks(connection, way.instance["key"])
    instance = way.instance
    called: dict[str, list[str]] = {}
    for child in way.children:
        called.setdefault(child.instance["parent_wait_id"], []).append(str(child.instance["key"]))
    return {
        "process_instance_key": str(instance["key"]),
        "process_definition_key": str(instance["definition_key"]),
        "process_id": instance["process_id"],
        "name": way.definition["name"],
        "name_en": model.properties.get("name:en", ""),
        "version": way.definition["version"],
        "state": instance["state"],
        "started_at": instance["started_at"],
        "ended_at": instance["ended_at"],
        "elements": [
            _element(one, properties.get(one["element_id"], {}), tasks, names)
            | {"called": called.get(str(one["number"]), [])}
            for one in way.elements
        ],
        "flows": way.flows,
        "decisions": [_decision(connection, engine, one, veil, why) for one in way.decisions],
        "events": [
            {
                "kind": one["kind"],
                "element_id": one["element_id"],
                "at": one["at"],
                "by": one["by"],
                "by_name": names.get(one["by"]),
            }
            for one in way.events
            if one["kind"] not in ("flows-taken", "variables", "decision")
        ],
        "incidents": way.incidents,
        "called": [_process(connection, engine, child, names, veil, why) for child in way.children],
    }


def _element(
    row: RowMapping, properties: Mapping[str, str], tasks: Mapping[int, RowMapping], names: Mapping[str, str]
) -> dict[str, Any]:
    task = tasks.get(row["key"])
    by = task["completed_by"] if task else None
    return {
        "id": row["element_id"],
        "type": row["element_type"],
        "name": row["name"],
        "name_en": properties.get("name:en", ""),
        "legal_basis": properties.get("legalBasis", ""),
        "state": row["state"],
        "started_at": row["started_at"],
        "ended_at": row["ended_at"],
        "by": names.get(by, by) if by else None,
        "groups": task["candidate_groups"] if task else [],
        "form_id": task["form_id"] if task else None,
    }


def _decision(connection: Connection, engine: Engine, row: Mapping[str, Any], veil: Veil, why: bool) -> dict[str, Any]:
    record = row["data"]
    told = veil({"output": record["output"], "evaluated": decisions.spelled_out(connection, engine, record)})
    return {
        "element_id": row["element_id"],
        "at": row["at"],
        "decision_id": record["decision_id"],
        "version": record["version"],
        "output": told["output"],
        "evaluated": [
            {
                "decision_id": one["decision_id"],
                "name": one["name"],
                "expression": one["expression"],
                "hit_policy": one["hit_policy"],
                "inputs": {value["name"]: value["value"] for value in one["inputs"]},
                "rules": [
                    {**rule, "outputs": {value["name"]: value["value"] for value in rule["outputs"]}}
                    for rule in one["rules"]
                ],
                "unmatched": one["unmatched"] if why else [],
                "by_default": one["by_default"],
                "output": one["output"],
                "warnings": one["warnings"],
            }
            for one in told["evaluated"]
        ],
    }


def _tasks(connection: Connection, instance_key: int) -> dict[int, RowMapping]:
    query = select(user_task).where(user_task.c.instance_key == instance_key)
    return {row["element_instance_key"]: row for row in connection.execute(query).mappings()}


def _names(connection: Connection, way: history.Path) -> dict[str, str]:
    ids = {by for by in _doers(way) if by and by not in _OURS}
    query = select(person.c.id, person.c.name).where(person.c.id.in_(ids))
    return {row.id: row.name for row in connection.execute(query)}


def _doers(way: history.Path) -> Iterable[str]:
    yield from (row["by"] for row in way.events)
    for child in way.children:
        yield from _doers(child)
