"""/v2: the process engine by the conventions of Camunda 8's Orchestration Cluster REST interface."""

from flask import Blueprint, Flask, Response, request

from service.web.api import (
    ad_hoc,
    audit_logs,
    batch_operations,
    conditionals,
    decision_definitions,
    decision_instances,
    decision_requirements,
    decisions,
    deployments,
    element_instances,
    element_statistics,
    incidents,
    job_searches,
    jobs,
    message_subscriptions,
    messages,
    modifications,
    openapi,
    process_definitions,
    process_instances,
    resources,
    sequence_flows,
    status,
    topology,
    user_tasks,
    variables,
)
from service.web.api.waiting import WAITING_ROOM, WaitingRoom

blueprint = Blueprint("api", __name__, url_prefix="/v2")
for _module in (
    topology,
    decisions,
    decision_definitions,
    decision_requirements,
    decision_instances,
    deployments,
    resources,
    process_definitions,
    process_instances,
    sequence_flows,
    batch_operations,
    modifications,
    ad_hoc,
    element_instances,
    element_statistics,
    incidents,
    messages,
    conditionals,
    message_subscriptions,
    user_tasks,
    variables,
    jobs,
    job_searches,
    audit_logs,
):
    blueprint.register_blueprint(_module.blueprint)


@blueprint.after_request
def _refer(answer: Response) -> Response:
    """To what describes the answer, and the page to try it (RFC 8631)."""
    api = f"{request.script_root}/v2"
    answer.headers["Link"] = f'<{api}/openapi.json>; rel="service-desc", <{api}/docs>; rel="service-doc"'
    return answer


def register(app: Flask) -> None:
    """Serve this surface."""
    app.extensions[WAITING_ROOM] = WaitingRoom(app.extensions["hotline"])
    app.register_blueprint(status.blueprint)
    app.register_blueprint(openapi.blueprint)
    app.register_blueprint(blueprint)
