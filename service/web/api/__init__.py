"""/v2: the process engine by the conventions of Camunda 8's Orchestration Cluster REST interface."""

from flask import Blueprint

from service.web.api import (
    deployments,
    element_instances,
    jobs,
    messages,
    process_definitions,
    process_instances,
    topology,
    user_tasks,
)
from service.web.auth import require_person

blueprint = Blueprint("api", __name__, url_prefix="/v2")
for _module in (
    topology,
    deployments,
    process_definitions,
    process_instances,
    element_instances,
    messages,
    user_tasks,
    jobs,
):
    blueprint.register_blueprint(_module.blueprint)
blueprint.before_request(require_person)

__all__ = ["blueprint"]
