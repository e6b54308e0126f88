"""Sequence flows: which of them a process instance has taken."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from service.engine import history, process_instances
from service.web import here
from service.web.access import require_instance
from service.web.api.operations import described
from service.web.api.schemas.element_instances import SequenceFlows
from service.web.api.wire import TENANT, key_of

blueprint = Blueprint("sequence_flows", __name__)


@blueprint.get("/process-instances/<key>/sequence-flows")
@described("getProcessInstanceSequenceFlows", gives=SequenceFlows)
def listed(key: str) -> dict[str, Any]:
    """Each flow once, in the order in which they were taken first."""
    with here().database.read() as connection:
        row = process_instances.get(connection, key_of(key))
        require_instance(connection, row["key"])
        taken = history.flows(connection, row["key"])
    return {
        "items": [
            {
                "sequenceFlowId": f"{row['key']}_{flow}",
                "processInstanceKey": str(row["key"]),
                "rootProcessInstanceKey": str(row["root_key"]),
                "processDefinitionKey": str(row["definition_key"]),
                "processDefinitionId": row["process_id"],
                "elementId": flow,
                "tenantId": TENANT,
            }
            for flow in dict.fromkeys(taken)
        ]
    }
