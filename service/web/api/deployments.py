"""Deploying diagrams, decision tables and forms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from service.bpmn import moment
from service.engine import deployments
from service.engine.deployments import Deployment
from service.errors import Invalid, Problem
from service.web import here
from service.web.api.operations import Media, described
from service.web.api.schemas import deployments as schemas
from service.web.api.wire import MAX_NAME, TENANT, check_text, instant
from service.web.auth import caller

blueprint = Blueprint("deployments", __name__)

FILES = Media(
    "multipart/form-data",
    {
        "type": "object",
        "properties": {
            "resources": {
                "type": "array",
                "items": {"type": "string", "format": "binary"},
                "minItems": 1,
                "description": "Diagrams, decision tables and forms; the file names tell what they are.",
            },
            "effectiveFrom": {"type": "string", "description": "From when what is new counts: a date or an instant."},
            "tenantId": {"type": "string", "enum": [TENANT, ""]},
        },
        "required": ["resources"],
    },
)
_KINDS = ("processDefinition", "decisionDefinition", "decisionRequirements", "form", "resource")


@blueprint.post("/deployments")
@described("createDeployment", takes=FILES, gives=schemas.Deployment)
def create() -> dict[str, Any]:
    """The parts named `resources`, together; the file names tell what they are.

    Beyond the original: what is new counts from the date (midnight in the city) or instant in the part `effectiveFrom`.
    """
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType("Send the files as multipart/form-data, each as a part named resources.")
    try:
        sent = request.files.getlist("resources")
    except RequestEntityTooLarge:
        most = current_app.config["MAX_FORM_PARTS"]
        raise RequestEntityTooLarge(f"A deployment may have {most} parts at most. Send the files in several.") from None
    files = [(check_text(one.filename or "", "a file name"), one.read()) for one in sent]
    if any(not name or len(name) > MAX_NAME for name, _ in files):
        raise Invalid(f"Each file needs a name of at most {MAX_NAME} characters.")
    if request.form.get("tenantId", "") not in (TENANT, ""):
        raise Invalid(f"tenantId: there is one tenant here, {TENANT}: leave it out.")
    parts = here()
    with parts.database.write() as connection:
        deployed = deployments.deploy(
            connection, parts.engine, files, by=caller().id, effective_at=_effective_from(request.form)
        )
    return _shown(deployed)


def _effective_from(form: Mapping[str, str]) -> datetime | None:
    text = form.get("effectiveFrom", "").strip()
    try:
        return moment(text) if text else None
    except ValueError:
        told = "it is no date (2027-01-01) and no instant (2027-01-01T08:00:00+08:00)"
        raise Invalid(f"effectiveFrom: {told}.", [Problem("effectiveFrom", told)]) from None


def _shown(deployed: Deployment) -> dict[str, Any]:
    graphs = {row["key"]: row for row in deployed.decision_requirements}
    found: list[tuple[str, dict[str, Any]]] = []
    found += [("processDefinition", _process(row)) for row in deployed.process_definitions]
    found += [("decisionRequirements", _requirements(row)) for row in deployed.decision_requirements]
    found += [("decisionDefinition", _decision(row, graphs)) for row in deployed.decision_definitions]
    found += [("form", _form(row)) for row in deployed.forms]
    return {
        "deploymentKey": str(deployed.key),
        "tenantId": TENANT,
        "deployments": [dict.fromkeys(_KINDS) | {kind: shown} for kind, shown in found],
        "warnings": [shown_warning(one) for one in deployed.warnings],
    }


def shown_warning(one: Problem) -> dict[str, Any]:
    """Beyond the original: what can run, though probably not as it was meant."""
    return {"resourceName": one.file, "elementId": one.element_id, "message": one.message, "mend": one.mend}


def _process(row: Any) -> dict[str, Any]:
    return {
        "processDefinitionId": row["process_id"],
        "processDefinitionKey": str(row["key"]),
        "processDefinitionVersion": row["version"],
        "resourceName": row["resource_name"],
        "effectiveFrom": instant(row["effective_at"]),
        "tenantId": TENANT,
    }


def _requirements(row: Any) -> dict[str, Any]:
    return {
        "decisionRequirementsId": row["requirements_id"],
        "decisionRequirementsKey": str(row["key"]),
        "decisionRequirementsName": row["name"],
        "version": row["version"],
        "resourceName": row["resource_name"],
        "effectiveFrom": instant(row["effective_at"]),
        "tenantId": TENANT,
    }


def _decision(row: Any, graphs: dict[int, Any]) -> dict[str, Any]:
    return {
        "decisionDefinitionId": row["decision_id"],
        "decisionDefinitionKey": str(row["key"]),
        "decisionRequirementsId": graphs[row["requirements_key"]]["requirements_id"],
        "decisionRequirementsKey": str(row["requirements_key"]),
        "name": row["name"],
        "version": row["version"],
        "effectiveFrom": instant(row["effective_at"]),
        "tenantId": TENANT,
    }


def _form(row: Any) -> dict[str, Any]:
    return {
        "formId": row["form_id"],
        "formKey": str(row["key"]),
        "version": row["version"],
        "resourceName": row["resource_name"],
        "effectiveFrom": instant(row["effective_at"]),
        "tenantId": TENANT,
    }
