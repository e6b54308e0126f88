"""The official Python client does to running instances what an operator does, on both stores."""

from __future__ import annotations

from pathlib import Path

import pytest
from camunda_orchestration_sdk import CamundaClient, models
from camunda_orchestration_sdk.errors import ConflictError
from camunda_orchestration_sdk.semantic_types import ProcessInstanceKey

from tests.server import Server
from tests.web.api.test_instances import CASE, SIGNED


def test_the_official_client_suspends_resumes_migrates_and_moves(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "case.bpmn"
    with CamundaClient({"ZEEBE_REST_ADDRESS": server.url, "CAMUNDA_AUTH_STRATEGY": "NONE"}) as client:
        file.write_bytes(CASE)
        first = client.deploy_resources_from_files([file]).processes[0].process_definition_key
        asked = models.ProcessCreationByKey(process_definition_key=first)
        key = ProcessInstanceKey(client.create_process_instance(data=asked).process_instance_key)
        client.suspend_process_instance(key, data=models.SuspendProcessInstanceRequest())
        told = client.get_process_instance(key)
        assert (told.state, told.suspended_date is not None) == (models.ProcessInstanceStateEnum.SUSPENDED, True)
        with pytest.raises(ConflictError):
            client.suspend_process_instance(key, data=models.SuspendProcessInstanceRequest())
        client.resume_process_instance(key, data=None)
        file.write_bytes(SIGNED)
        second = client.deploy_resources_from_files([file]).processes[0].process_definition_key
        mapping = models.MigrateProcessInstanceMappingInstruction.from_dict(
            {"sourceElementId": "triage", "targetElementId": "triage"}
        )
        plan = models.ProcessInstanceMigrationInstruction(
            target_process_definition_key=second, mapping_instructions=[mapping]
        )
        client.migrate_process_instance(key, data=plan)
        assert client.get_process_instance(key).process_definition_key == second
        begun = models.ProcessInstanceModificationInstruction.from_dict(
            {"activateInstructions": [{"elementId": "sign"}], "terminateInstructions": [{"elementId": "triage"}]}
        )
        client.modify_process_instance(key, data=begun)
        chosen = models.ProcessInstanceCancellationBatchOperationRequest.from_dict(
            {"filter": {"processInstanceKey": key}}
        )
        operation = client.cancel_process_instances_batch_operation(data=chosen).batch_operation_key
        assert client.get_batch_operation(operation).operations_total_count == 1


def test_what_is_kept_nowhere_here_is_an_empty_list(server: Server) -> None:
    with CamundaClient({"ZEEBE_REST_ADDRESS": server.url, "CAMUNDA_AUTH_STRATEGY": "NONE"}) as client:
        assert client.search_own_authorizations(data=models.AuthorizationSearchQuery()).items == []
        assert client.search_cluster_variables(data=models.ClusterVariableSearchQueryRequest()).items == []
