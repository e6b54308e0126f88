"""The official Python client of the conventions drives a real server process, on both stores."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from camunda_orchestration_sdk import CamundaAsyncClient, CamundaClient, WorkerConfig, models
from camunda_orchestration_sdk.errors import ConflictError, NotFoundError
from camunda_orchestration_sdk.runtime.job_worker import ConnectedJobContext, JobError, JobFailure
from camunda_orchestration_sdk.semantic_types import ElementInstanceKey, ProcessInstanceKey

from tests.diagrams import Node, diagram, end, job, message, message_root, start, user
from tests.server import Server

PATIENCE = 60  # seconds

LOST = Node("boundaryEvent", "lost", "", '<bpmn:errorEventDefinition errorRef="E" />', attachedToRef="deliver")
POSTAGE = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="posts" name="Posts"
 namespace="p">
<decision id="postage" name="Postage"><decisionTable id="t" hitPolicy="FIRST">
<input id="i" label="Grams"><inputExpression id="e" typeRef="number"><text>grams</text></inputExpression></input>
<output id="o" name="postage" typeRef="number" />
<rule id="light"><inputEntry id="a"><text>&lt; 500</text></inputEntry>
<outputEntry id="b"><text>5.10</text></outputEntry></rule>
<rule id="heavy"><inputEntry id="c"><text>-</text></inputEntry>
<outputEntry id="d"><text>grams / 75</text></outputEntry></rule>
</decisionTable></decision></definitions>"""
STAMP = diagram(
    "stamp",
    [
        start(),
        Node("businessRuleTask", "price", '<zeebe:calledDecision decisionId="postage" resultVariable="p" />'),
        end(),
    ],
    ["begin -> price", "price -> done"],
)
PARCEL = diagram(
    "parcel",
    [
        start(),
        user("weigh", "post-office"),
        message("intermediateCatchEvent", "paid"),
        job("deliver", "deliver"),
        LOST,
        end(),
        end("refunded"),
    ],
    ["begin -> weigh", "weigh -> paid", "paid -> deliver", "deliver -> done", "lost -> refunded"],
    root=message_root("payment", "=parcel") + '<bpmn:error id="E" errorCode="LOST" />',
)


@pytest.fixture
def client(server: Server) -> Iterator[CamundaClient]:
    with CamundaClient({"ZEEBE_REST_ADDRESS": server.url, "CAMUNDA_AUTH_STRATEGY": "NONE"}) as client:
        yield client


@pytest.fixture
def parcel(client: CamundaClient, tmp_path: Path) -> models.DeploymentResult:
    file = tmp_path / "parcel.bpmn"
    file.write_bytes(PARCEL)
    return client.deploy_resources_from_files([file])


@pytest.fixture
def postage(client: CamundaClient, tmp_path: Path) -> models.DeploymentResult:
    for name, content in (("postage.dmn", POSTAGE), ("stamp.bpmn", STAMP)):
        (tmp_path / name).write_bytes(content)
    return client.deploy_resources_from_files([tmp_path / "postage.dmn", tmp_path / "stamp.bpmn"])


def begin(client: CamundaClient, **variables: Any) -> ProcessInstanceKey:
    asked = {"processDefinitionId": "parcel", "variables": variables}
    return client.create_process_instance(data=models.ProcessCreationById.from_dict(asked)).process_instance_key


def open_tasks(client: CamundaClient, instance: ProcessInstanceKey) -> list[models.UserTaskResult]:
    asked = {"filter": {"state": "CREATED", "processInstanceKey": instance}, "sort": [{"field": "creationDate"}]}
    return client.search_user_tasks(data=models.UserTaskSearchQuery.from_dict(asked)).items


def claim(client: CamundaClient, task: models.UserTaskResult, person: str) -> None:
    asked = models.UserTaskAssignmentRequest.from_dict({"assignee": person, "allowOverride": False})
    client.assign_user_task(task.user_task_key, data=asked)


def weigh_and_pay(client: CamundaClient, parcel: str) -> ProcessInstanceKey:
    """A parcel that waits for its delivery."""
    instance = begin(client, parcel=parcel)
    (task,) = open_tasks(client, instance)
    asked = models.UserTaskCompletionRequest.from_dict({"variables": {"grams": 900}})
    client.complete_user_task(task.user_task_key, data=asked)
    paid = models.MessagePublicationRequest.from_dict(
        {"name": "payment", "correlationKey": parcel, "timeToLive": 0, "variables": {"amount": 12}}
    )
    client.publish_message(data=paid)
    return instance


def cancel(client: CamundaClient, instance: ProcessInstanceKey) -> None:
    # Without an explicit None this version of the client cannot write its own body.
    client.cancel_process_instance(instance, data=None)


def state(client: CamundaClient, instance: ProcessInstanceKey) -> str:
    return str(client.get_process_instance(instance).state.value)


def elements(client: CamundaClient, instance: ProcessInstanceKey) -> list[str]:
    asked = models.ElementInstanceSearchQuery.from_dict({"filter": {"processInstanceKey": instance}})
    return [str(one.element_id) for one in client.search_element_instances(data=asked).items]


def work(server: Server, client: CamundaClient, instance: ProcessInstanceKey, handler: Any) -> None:
    """Run the client's worker until the instance has ended."""

    async def run() -> None:
        settings: Any = {"ZEEBE_REST_ADDRESS": server.url, "CAMUNDA_AUTH_STRATEGY": "NONE"}
        async with CamundaAsyncClient(settings) as other:
            config = WorkerConfig(
                job_type="deliver", job_timeout_milliseconds=30_000, request_timeout_milliseconds=2_000
            )
            other.create_job_worker(config, handler, startup_jitter_max_seconds=0)
            run_workers: Any = other.run_workers
            working = asyncio.create_task(run_workers())
            async with asyncio.timeout(PATIENCE):
                while await asyncio.to_thread(state, client, instance) != "COMPLETED":
                    continue
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    asyncio.run(run())


def test_the_client_knows_the_service(client: CamundaClient) -> None:
    assert client.get_topology().gateway_version == "8.8.0"


def test_a_deployment_is_read_back(client: CamundaClient, parcel: models.DeploymentResult) -> None:
    (deployed,) = [one.process_definition for one in parcel.deployments if one.process_definition]
    asked = {"filter": {"processDefinitionId": "parcel", "isLatestVersion": True}}
    found = client.search_process_definitions(data=models.ProcessDefinitionSearchQuery.from_dict(asked)).items
    assert [one.process_definition_key for one in found] == [deployed.process_definition_key]
    assert client.get_process_definition_xml(deployed.process_definition_key) == PARCEL.decode()


def test_the_second_claimant_hears_of_the_first(client: CamundaClient, parcel: models.DeploymentResult) -> None:
    (task,) = open_tasks(client, begin(client, parcel="P-1"))
    assert task.candidate_groups == ["post-office"]
    claim(client, task, "li")
    with pytest.raises(ConflictError):
        claim(client, task, "wu")
    assert client.get_user_task(task.user_task_key).assignee == "li"
    client.unassign_user_task(task.user_task_key)
    claim(client, task, "wu")


def test_what_a_task_sees_is_read(client: CamundaClient, parcel: models.DeploymentResult) -> None:
    (task,) = open_tasks(client, begin(client, parcel="P-2", fragile=True))
    seen = client.search_user_task_variables(
        task.user_task_key, data=models.UserTaskVariableSearchQueryRequest.from_dict({})
    ).items
    assert {one.name: json.loads(one.value) for one in seen} == {"parcel": "P-2", "fragile": True}


def test_a_message_reaches_whoever_waits_or_nobody(client: CamundaClient, parcel: models.DeploymentResult) -> None:
    paid = models.MessageCorrelationRequest.from_dict({"name": "payment", "correlationKey": "P-3"})
    with pytest.raises(NotFoundError):
        client.correlate_message(data=paid)
    instance = begin(client, parcel="P-3")
    client.complete_user_task(open_tasks(client, instance)[0].user_task_key)
    assert client.correlate_message(data=paid).process_instance_key == instance
    cancel(client, instance)  # no later worker shall find its job


def test_a_worker_fails_once_and_then_does_it(
    server: Server, client: CamundaClient, parcel: models.DeploymentResult
) -> None:
    instance = weigh_and_pay(client, "P-4")
    tries: list[int] = []

    async def deliver(given: ConnectedJobContext) -> dict[str, Any]:
        tries.append(given.retries)
        if len(tries) == 1:
            raise JobFailure("nobody at home", retries=2, retry_back_off=100)
        assert given.variables.to_dict() == {"parcel": "P-4", "grams": 900, "amount": 12}
        return {"delivered": True}

    work(server, client, instance, deliver)
    assert tries == [3, 2]
    assert "done" in elements(client, instance)


def test_a_worker_throws_what_the_diagram_catches(
    server: Server, client: CamundaClient, parcel: models.DeploymentResult
) -> None:
    instance = weigh_and_pay(client, "P-5")

    async def lose(given: ConnectedJobContext) -> dict[str, Any]:
        raise JobError("LOST", "fell off the lorry")

    work(server, client, instance, lose)
    assert "refunded" in elements(client, instance)


def test_an_instance_is_cancelled_once(client: CamundaClient, parcel: models.DeploymentResult) -> None:
    instance = begin(client, parcel="P-6")
    cancel(client, instance)
    assert state(client, instance) == "TERMINATED"
    assert open_tasks(client, instance) == []
    with pytest.raises(NotFoundError):
        cancel(client, instance)


def test_a_decision_is_found_and_read_back(client: CamundaClient, postage: models.DeploymentResult) -> None:
    asked = models.DecisionDefinitionSearchQuery.from_dict(
        {"filter": {"decisionDefinitionId": "postage", "isLatestVersion": True}, "sort": [{"field": "version"}]}
    )
    (found,) = client.search_decision_definitions(data=asked).items
    assert client.get_decision_definition(found.decision_definition_key) == found
    assert client.get_decision_definition_xml(found.decision_definition_key) == POSTAGE.decode()


def test_the_file_of_a_decision_is_found_and_read_back(client: CamundaClient, postage: models.DeploymentResult) -> None:
    asked = models.DecisionRequirementsSearchQuery.from_dict({"filter": {"resourceName": "postage.dmn"}})
    (found,) = client.search_decision_requirements(data=asked).items
    assert (found.decision_requirements_id, found.version) == ("posts", 1)
    assert client.get_decision_requirements(found.decision_requirements_key) == found
    assert client.get_decision_requirements_xml(found.decision_requirements_key) == POSTAGE.decode()


def test_a_deployment_tells_what_is_probably_not_meant(client: CamundaClient, tmp_path: Path) -> None:
    file = tmp_path / "doubt.dmn"
    file.write_bytes(
        POSTAGE.replace(b"FIRST", b"UNIQUE").replace(b'"posts"', b'"doubts"').replace(b'"postage"', b'"doubt"')
    )
    deployed = client.deploy_resources_from_files([file])
    assert [one.decision_definition for one in deployed.deployments if one.decision_definition]
    assert "doubt.dmn" in [one["resourceName"] for one in deployed.additional_properties["warnings"]]


def test_a_decision_is_evaluated(client: CamundaClient, postage: models.DeploymentResult) -> None:
    asked = {"decisionDefinitionId": "postage", "variables": {"grams": 900}}
    told = client.evaluate_decision(data=models.DecisionEvaluationByID.from_dict(asked))
    assert (told.output, told.failure_message, told.failed_decision_definition_id) == ("12", None, None)
    assert [rule.rule_id for rule in told.evaluated_decisions[0].matched_rules] == ["heavy"]


def test_what_an_instance_decided_is_found_and_read_back(
    client: CamundaClient, postage: models.DeploymentResult
) -> None:
    by_id = models.ProcessCreationById.from_dict({"processDefinitionId": "stamp", "variables": {"grams": 900}})
    instance = client.create_process_instance(data=by_id).process_instance_key
    asked = models.DecisionInstanceSearchQuery.from_dict(
        {
            "filter": {
                "processInstanceKey": instance,
                "state": "EVALUATED",
                "decisionDefinitionType": "DECISION_TABLE",
            },
            "sort": [{"field": "evaluationDate", "order": "DESC"}],
        }
    )
    (found,) = client.search_decision_instances(data=asked).items
    assert (found.decision_definition_id, found.result) == ("postage", "12")
    told = client.get_decision_instance(found.decision_evaluation_instance_key)
    assert [given.input_value for given in told.evaluated_inputs] == ["900"]
    assert [rule.rule_id for rule in told.matched_rules] == ["heavy"]


def test_what_an_instance_waits_for_and_did_is_listed(client: CamundaClient, parcel: models.DeploymentResult) -> None:
    client.get_status()
    instance = begin(client, parcel="P-7")
    of_it = {"filter": {"processInstanceKey": instance}}
    (task,) = open_tasks(client, instance)
    client.complete_user_task(task.user_task_key)
    asked = models.MessageSubscriptionSearchQuery.from_dict(of_it)
    (waiting,) = client.search_message_subscriptions(data=asked).items
    assert (waiting.message_name, waiting.correlation_key) == ("payment", "P-7")
    paid = models.MessageCorrelationRequest.from_dict({"name": "payment", "correlationKey": "P-7"})
    client.correlate_message(data=paid)
    (job_,) = client.search_jobs(data=models.JobSearchQuery.from_dict(of_it)).items
    assert (job_.type_, job_.state, job_.element_id) == ("deliver", "CREATED", "deliver")
    flows = client.get_process_instance_sequence_flows(instance).items
    assert [one.element_id for one in flows] == ["f1", "f2", "f3"]
    cancel(client, instance)


def test_the_audit_log_tells_what_was_done(client: CamundaClient, parcel: models.DeploymentResult) -> None:
    instance = begin(client, parcel="P-10")
    (task,) = open_tasks(client, instance)
    client.complete_user_task(task.user_task_key)
    of_it = {"filter": {"processInstanceKey": instance}}
    done = client.search_audit_logs(data=models.AuditLogSearchQueryRequest.from_dict(of_it)).items
    assert [(one.entity_type, one.operation_type) for one in done] == [
        ("PROCESS_INSTANCE", "CREATE"),
        ("USER_TASK", "COMPLETE"),
    ]


def test_variables_are_set_for_an_instance_and_for_one_element(
    client: CamundaClient, parcel: models.DeploymentResult
) -> None:
    instance = begin(client, parcel="P-8")
    (task,) = open_tasks(client, instance)
    local = models.SetVariableRequest.from_dict({"variables": {"grams": 900}, "local": True})
    client.create_element_instance_variables(task.element_instance_key, data=local)
    whole = models.SetVariableRequest.from_dict({"variables": {"parcel": "P-9"}})
    client.create_element_instance_variables(ElementInstanceKey(instance), data=whole)
    asked = models.VariableSearchQuery.from_dict({"filter": {"processInstanceKey": instance}})
    found = client.search_variables(data=asked).items
    assert {(one.name, one.value, one.scope_key == instance) for one in found} == {
        ("parcel", '"P-9"', True),
        ("grams", "900", False),
    }


def test_a_start_is_answered_with_the_end(client: CamundaClient, postage: models.DeploymentResult) -> None:
    asked = {
        "processDefinitionId": "stamp",
        "variables": {"grams": 900},
        "awaitCompletion": True,
        "fetchVariables": ["p"],
        "businessId": "letter-1",
        "tags": ["post"],
    }
    told = client.create_process_instance(data=models.ProcessCreationById.from_dict(asked))
    assert (told.variables.to_dict(), told.business_id, told.tags) == ({"p": 12}, "letter-1", ["post"])
    of_it = {"filter": {"businessId": "letter-1", "tags": ["post"]}}
    found = client.search_process_instances(data=models.ProcessInstanceSearchQuery.from_dict(of_it)).items
    assert [one.process_instance_key for one in found] == [told.process_instance_key]


def test_a_definition_is_deleted_by_the_client(client: CamundaClient, tmp_path: Path) -> None:
    file = tmp_path / "gone.bpmn"
    file.write_bytes(PARCEL.replace(b'"parcel"', b'"gone"'))
    (process,) = client.deploy_resources_from_files([file]).processes
    key = process.process_definition_key
    asked = models.DeleteResourceRequest.from_dict({"deleteHistory": True})
    told = client.delete_resource(key, data=asked)
    assert (told.resource_key, told.batch_operation) == (key, None)
    assert client.get_resource(key).resource_id == "gone"
