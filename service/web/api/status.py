"""Whether this service is well, and licensed: asked by load balancers and clients without signing in."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from service.web import here
from service.web.api.operations import described
from service.web.api.schemas.topology import Licence
from service.web.problems import problem

blueprint = Blueprint("status", __name__, url_prefix="/v2")


@blueprint.get("/status")
@described("getStatus", is_open=True)
def status() -> tuple[str, int] | Response:
    """204 if the database answers, else 503."""
    try:
        with here().database.read() as connection:
            connection.execute(select(1))
    except SQLAlchemyError:
        return problem(503, "The database does not answer.")
    return "", 204


@blueprint.get("/license")
@described("getLicense", gives=Licence, is_open=True)
def licence() -> dict[str, Any]:
    """Nothing here needs one."""
    return {"validLicense": True, "licenseType": "apache-2.0", "isCommercial": False, "expiresAt": None}
