"""The decisions that are deployed, version by version."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from sqlalchemy import ColumnElement, RowMapping, select

from service.engine.versions import is_in_effect
from service.errors import NotFound
from service.store.queries import Field
from service.store.tables import decision_definition, decision_requirements
from service.web import here
from service.web.api.filters import BOOLEAN, searches
from service.web.api.operations import XML, described
from service.web.api.schemas.decision_definitions import DecisionDefinition
from service.web.api.wire import TENANT, found, instant, key_of, read_boolean, read_integer, read_key, read_text

blueprint = Blueprint("decision_definitions", __name__)

_table, _graph = decision_definition, decision_requirements

FIELDS = {
    "decisionDefinitionKey": Field(_table.c.key, read_key),
    "decisionDefinitionId": Field(_table.c.decision_id, read_text),
    "name": Field(_table.c.name, read_text),
    "version": Field(_table.c.version, read_integer),
    "decisionRequirementsKey": Field(_table.c.requirements_key, read_key),
    "decisionRequirementsId": Field(_graph.c.requirements_id, read_text),
    "decisionRequirementsName": Field(_graph.c.name, read_text),
    "decisionRequirementsVersion": Field(_graph.c.version, read_integer),
}

ROWS = select(
    _table,
    _graph.c.requirements_id,
    _graph.c.name.label("requirements_name"),
    _graph.c.version.label("requirements_version"),
).join_from(_table, _graph, _graph.c.key == _table.c.requirements_key)


@blueprint.post("/decision-definitions/search")
@searches("searchDecisionDefinitions", DecisionDefinition, FIELDS, isLatestVersion=BOOLEAN)
def search() -> dict[str, Any]:
    """Versions that are not deleted; `isLatestVersion` is the one in effect now."""
    rows = ROWS.where(_table.c.deleted_at.is_(None))
    return found(rows, _table.c.key, FIELDS, _show, custom={"isLatestVersion": _is_latest})


@blueprint.get("/decision-definitions/<key>")
@described("getDecisionDefinition", gives=DecisionDefinition)
def get(key: str) -> dict[str, Any]:
    """One version of a decision."""
    with here().database.read() as connection:
        row = connection.execute(ROWS.where(_table.c.key == key_of(key))).mappings().first()
    if row is None:
        raise NotFound(f"There is no decision definition {key}.")
    return _show(row)


@blueprint.get("/decision-definitions/<key>/xml")
@described("getDecisionDefinitionXML", gives=XML)
def xml(key: str) -> Response:
    """The whole file that the decision was deployed in."""
    query = select(_graph.c.xml).join_from(_table, _graph, _graph.c.key == _table.c.requirements_key)
    with here().database.read() as connection:
        content = connection.execute(query.where(_table.c.key == key_of(key))).scalar()
    if content is None:
        raise NotFound(f"There is no decision definition {key}.")
    return Response(bytes(content), content_type="text/xml; charset=utf-8")


def _show(row: RowMapping) -> dict[str, Any]:
    return {
        "decisionDefinitionId": row["decision_id"],
        "decisionDefinitionKey": str(row["key"]),
        "decisionRequirementsId": row["requirements_id"],
        "decisionRequirementsKey": str(row["requirements_key"]),
        "decisionRequirementsName": row["requirements_name"],
        "decisionRequirementsVersion": row["requirements_version"],
        "name": row["name"],
        "tenantId": TENANT,
        "version": row["version"],
        "effectiveFrom": instant(row["effective_at"]),
    }


def _is_latest(value: Any) -> ColumnElement[bool]:
    latest = is_in_effect(_table, "decision_id", here().engine.clock())
    return latest if read_boolean(value) else ~latest
