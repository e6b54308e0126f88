"""Where Camunda Modeler's links under /operate and /tasklist lead: to what they name, as a page or as /v2 tells it."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import Table, select
from werkzeug.wrappers import Response

from service.engine.versions import is_in_effect
from service.errors import NotFound
from service.store.tables import decision_definition, process_definition
from service.web import here

blueprint = Blueprint("modeler", __name__)

_IN_EFFECT = ("", "all", "latest")


@blueprint.get("/operate")
@blueprint.get("/operate/")
def home() -> Response:
    return redirect(url_for("console.page"))


@blueprint.get("/operate/processes/<key>")
@blueprint.get("/operate/instances/<key>")
def instance(key: str) -> Response:
    return redirect(url_for("api.process_instances.get", key=key))


@blueprint.get("/operate/processes")
def process() -> Response:
    """`?process=ID&version=N`; without a version the one in effect."""
    return _definition("process", process_definition, "process_id", "api.process_definitions.get")


@blueprint.get("/operate/decisions")
def decision() -> Response:
    """`?name=ID&version=N`; without a version the one in effect."""
    return _definition("name", decision_definition, "decision_id", "api.decision_definitions.get")


@blueprint.get("/operate/decisions/<key>")
def evaluation(key: str) -> Response:
    return redirect(url_for("api.decision_instances.get", key=key))


@blueprint.get("/tasklist")
@blueprint.get("/tasklist/")
def inbox() -> Response:
    return redirect(url_for("console.tasks"))


@blueprint.get("/tasklist/<key>")
def user_task(key: str) -> Response:
    return redirect(url_for("console.task", key=key))


def _definition(parameter: str, table: Table, id_column: str, endpoint: str) -> Response:
    asked, version = request.args.get(parameter, ""), request.args.get("version", "")
    if not asked:
        return redirect(url_for("console.page"))
    if version in _IN_EFFECT:
        meant = is_in_effect(table, id_column, here().engine.clock())
    else:
        meant = table.c.version == _number(version)
    query = select(table.c.key).where(table.c[id_column] == asked.replace("\x00", ""), meant)
    with here().database.read() as connection:
        key = connection.execute(query).scalar()
    if key is None:
        raise NotFound("There is no such definition in this version.")
    return redirect(url_for(endpoint, key=key))


def _number(version: str) -> int:
    """Raises NotFound for what no version can be."""
    if not version.isdecimal() or len(version) > 9:
        raise NotFound("There is no such definition in this version.")
    return int(version)
