"""The files of decisions that are deployed, version by version."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from sqlalchemy import RowMapping, select

from service.errors import NotFound
from service.store.queries import Field
from service.store.tables import decision_requirements
from service.web import here
from service.web.api.filters import searches
from service.web.api.operations import XML, described
from service.web.api.schemas.decision_definitions import DecisionRequirements
from service.web.api.wire import TENANT, found, key_of, read_integer, read_key, read_text

blueprint = Blueprint("decision_requirements", __name__)

_table = decision_requirements

FIELDS = {
    "decisionRequirementsKey": Field(_table.c.key, read_key),
    "decisionRequirementsId": Field(_table.c.requirements_id, read_text),
    "decisionRequirementsName": Field(_table.c.name, read_text),
    "version": Field(_table.c.version, read_integer),
    "resourceName": Field(_table.c.resource_name, read_text),
}

_ROWS = select(*(column for column in _table.c if column.name != "xml"))


@blueprint.post("/decision-requirements/search")
@searches("searchDecisionRequirements", DecisionRequirements, FIELDS)
def search() -> dict[str, Any]:
    """Files of decisions, version by version, that are not deleted."""
    return found(_ROWS.where(_table.c.deleted_at.is_(None)), _table.c.key, FIELDS, _show)


@blueprint.get("/decision-requirements/<key>")
@described("getDecisionRequirements", gives=DecisionRequirements)
def get(key: str) -> dict[str, Any]:
    """One version of such a file."""
    with here().database.read() as connection:
        row = connection.execute(_ROWS.where(_table.c.key == key_of(key))).mappings().first()
    if row is None:
        raise NotFound(f"There are no decision requirements {key}.")
    return _show(row)


@blueprint.get("/decision-requirements/<key>/xml")
@described("getDecisionRequirementsXML", gives=XML)
def xml(key: str) -> Response:
    """The file itself."""
    with here().database.read() as connection:
        content = connection.execute(select(_table.c.xml).where(_table.c.key == key_of(key))).scalar()
    if content is None:
        raise NotFound(f"There are no decision requirements {key}.")
    return Response(bytes(content), content_type="text/xml; charset=utf-8")


def _show(row: RowMapping) -> dict[str, Any]:
    return {
        "decisionRequirementsId": row["requirements_id"],
        "decisionRequirementsKey": str(row["key"]),
        "decisionRequirementsName": row["name"],
        "resourceName": row["resource_name"],
        "tenantId": TENANT,
        "version": row["version"],
    }
