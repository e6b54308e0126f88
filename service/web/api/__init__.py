"""/v2: the process engine by the conventions of Camunda 8's Orchestration Cluster REST interface."""

from flask import Blueprint

from service.web.api import (
    decisions,
    deployments,
    element_instances,
    incidents,
    jobs,
    messages,
    process_definitions,
    process_instances,
    topology,
    user_tasks,
    variables,
)
from service.web.api.waiting import WAITING_ROOM, WaitingRoom
from service.web.auth import require_person

blueprint = Blueprint("api", __name__, url_prefix="/v2")
for _module in (
    topology,
    decisions,
    deployments,
    process_definitions,
    process_instances,
    element_instances,
    incidents,
    messages,
    user_tasks,
    variables,
    jobs,
):
    blueprint.register_blueprint(_module.blueprint)
blueprint.before_request(require_person)
blueprint.record_once(
    lambda setup: setup.app.extensions.update({WAITING_ROOM: WaitingRoom(setup.app.extensions["hotline"])})
)

__all__ = ["blueprint"]
