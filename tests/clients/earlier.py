"""The Python client before the one that is installed: all that it can ask of the service, each answer read by it.

`python earlier.py FILES…` with the client on the path: prints as JSON what it saw, and which of its functions it used.
Where the service is, and how to sign in, comes from CAMUNDA_… in the environment.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import re
import sys
from typing import Any

from camunda_orchestration_sdk import CamundaAsyncClient, CamundaClient, WorkerConfig, models
from camunda_orchestration_sdk.errors import ConflictError, NotFoundError, UnexpectedStatus
from camunda_orchestration_sdk.runtime.job_worker import ConnectedJobContext, JobError, JobFailure

PATIENCE = 60  # seconds
client = CamundaClient()
asked: set[str] = set()
seen: dict[str, Any] = {}


def ask(name: str, /, *keys: Any, **body: Any) -> Any:
    """By the client's own function and its own model of the body, which is left out if nothing is given."""
    asked.add(name)
    function: Any = getattr(client, name)
    if not body:
        return function(*keys)
    annotation = str(inspect.signature(function).parameters["data"].annotation)
    model = getattr(models, re.findall(r"\b[A-Z]\w+", annotation)[0])
    return function(*keys, data=model.from_dict(body))


def search(noun: str, *keys: Any, **filter_: Any) -> list[Any]:
    body: dict[str, Any] = {"filter": filter_} if filter_ else {}
    items: list[Any] = ask(f"search_{noun}", *keys, page={"limit": 50}, **body).items
    return items


def start(process_id: str, **variables: Any) -> Any:
    told = ask("create_process_instance", processDefinitionId=process_id, variables=variables, tenantId="<default>")
    return told.process_instance_key


def refused(kind: type[Exception], name: str, /, *keys: Any, **body: Any) -> bool:
    try:
        ask(name, *keys, **body)
    except kind:
        return True
    return False


def state(instance: Any) -> str:
    return str(ask("get_process_instance", instance).state.value)


def leased(type_: str) -> Any:
    [one] = ask("activate_jobs", type=type_, timeout=60_000, maxJobsToActivate=1, requestTimeout=5_000).jobs
    return one


def look_and_deploy() -> None:
    asked.add("create_deployment")
    client.deploy_resources_from_files([*sys.argv[1:]])
    ask("get_status")
    seen["version"] = ask("get_topology").gateway_version
    seen["me"] = ask("get_authentication").username
    ask("get_license")
    search("cluster_variables")
    (errand,) = search("process_definitions", processDefinitionId="errand", isLatestVersion=True)
    key = errand.process_definition_key
    ask("get_process_definition", key)
    seen["xml"] = "isExecutable" in ask("get_process_definition_xml", key)
    seen["form"] = ask("get_start_process_form", key).form_id
    (found,) = search("resources", resourceName="look.form")
    ask("get_resource", found.resource_key)
    ask("get_resource_content", found.resource_key)


def decide() -> None:
    (decision,) = search("decision_definitions", decisionDefinitionId="postage", isLatestVersion=True)
    ask("get_decision_definition", decision.decision_definition_key)
    ask("get_decision_definition_xml", decision.decision_definition_key)
    ask("get_decision_requirements", decision.decision_requirements_key)
    ask("get_decision_requirements_xml", decision.decision_requirements_key)
    search("decision_requirements", decisionRequirementsKey=decision.decision_requirements_key)
    told = ask("evaluate_decision", decisionDefinitionId="postage", variables={"grams": 900})
    stamped = start("stamp", grams=900)
    (one,) = search("decision_instances", processInstanceKey=stamped)
    ask("get_decision_instance", one.decision_evaluation_instance_key)
    seen["decided"] = [told.output, one.result]


def do_a_task(instance: Any) -> None:
    (task,) = search("user_tasks", processInstanceKey=instance, state="CREATED")
    key = task.user_task_key
    ask("assign_user_task", key, assignee="li", allowOverride=False)
    seen["race"] = refused(ConflictError, "assign_user_task", key, assignee="wu", allowOverride=False)
    ask("update_user_task", key, changeset={"priority": 80})
    ask("unassign_user_task", key)
    read = ask("get_user_task", key)
    seen["task"] = [read.element_id, read.assignee, read.priority, ask("get_user_task_form", key).form_id]
    search("user_task_variables", key)
    search("user_task_effective_variables", key)
    ask("create_element_instance_variables", task.element_instance_key, variables={"shoes": 2}, local=True)
    [variable] = search("variables", processInstanceKey=instance, name="shoes")
    seen["variable"] = ask("get_variable", variable.variable_key).value
    ask("complete_user_task", key, variables={"far": True})


def do_jobs(instance: Any) -> None:
    ask("fail_job", leased("walk").job_key, retries=1, errorMessage="it rains")
    (job,) = search("jobs", processInstanceKey=instance)
    seen["job"] = [job.state.value, job.error_message]
    held = leased("walk")
    ask("update_job", held.job_key, changeset={"timeout": 90_000})
    ask("throw_job_error", held.job_key, errorCode="LOST", errorMessage="fell off")
    (incident,) = search("incidents", processInstanceKey=instance, state="ACTIVE")
    ask("get_incident", incident.incident_key)
    search("process_instance_incidents", instance)
    search("element_instance_incidents", incident.element_instance_key)
    ask("resolve_incident", incident.incident_key, operationReference=7)
    ask("complete_job", leased("walk").job_key, variables={"walked": True})
    seen["gone"] = refused(NotFoundError, "complete_job", held.job_key)
    seen["ended"] = state(instance)


def look_at(instance: Any) -> None:
    [element, *_] = search("element_instances", processInstanceKey=instance)
    ask("get_element_instance", element.element_instance_key)
    seen["flows"] = len(ask("get_process_instance_sequence_flows", instance).items)
    ask("get_process_instance_statistics", instance)
    (found,) = search("process_instances", processInstanceKey=instance)
    ask("get_process_definition_statistics", found.process_definition_key, filter={"hasIncident": False})
    seen["hierarchy"] = len(ask("get_process_instance_call_hierarchy", instance))


def send() -> None:
    parcel = start("parcel", parcel="E-1")
    (task,) = search("user_tasks", processInstanceKey=parcel)
    ask("complete_user_task", task.user_task_key)
    search("message_subscriptions", processInstanceKey=parcel)
    seen["nobody"] = refused(NotFoundError, "correlate_message", name="payment", correlationKey="E-0")
    ask("publish_message", name="payment", correlationKey="E-0", timeToLive=0)
    told = ask("correlate_message", name="payment", correlationKey="E-1")
    seen["correlated"] = told.process_instance_key == parcel
    ask("broadcast_signal", signalName="fire", variables={})
    ask("evaluate_conditionals", variables={"a": 1})
    # Without an explicit None this version cannot write its own body.
    client.cancel_process_instance(parcel, data=None)
    asked.add("cancel_process_instance")


def choose() -> None:
    hearing = start("hearing", photo="p-1")
    (task,) = search("user_tasks", processInstanceKey=hearing)
    completing = asyncio.to_thread(ask, "complete_user_task", task.user_task_key)

    async def hear() -> None:
        waiting = asyncio.create_task(completing)
        asked_of_listener = await asyncio.to_thread(leased, "judge")
        seen["listener"] = [asked_of_listener.kind.value, asked_of_listener.user_task.action]
        ask("complete_job", asked_of_listener.job_key, result={"type": "userTask", "denied": False})
        await waiting

    asyncio.run(hear())
    leased("judge")  # the choice, which somebody else makes
    (weigh,) = search("element_instances", processInstanceKey=hearing, elementId="weigh")
    ask("activate_ad_hoc_sub_process_activities", weigh.element_instance_key, elements=[{"elementId": "visit"}])
    seen["chosen"] = [
        one.state.value for one in search("element_instances", processInstanceKey=hearing, elementId="visit")
    ]
    client.cancel_process_instance(hearing, data=None)


def move() -> None:
    (errand,) = search("process_definitions", processDefinitionId="errand", isLatestVersion=True)
    moved = start("errand")
    plan = {"targetProcessDefinitionKey": errand.process_definition_key,
            "mappingInstructions": [{"sourceElementId": "look", "targetElementId": "look"}]}  # fmt: skip
    ask("migrate_process_instance", moved, **plan)
    (look,) = search("element_instances", processInstanceKey=moved, elementId="look")
    ends = [{"elementInstanceKey": look.element_instance_key}]
    ask("modify_process_instance", moved, activateInstructions=[{"elementId": "walk"}], terminateInstructions=ends)
    of_them: dict[str, Any] = {"filter": {"processInstanceKey": moved}}
    steps = [{"sourceElementId": "walk", "targetElementId": "look"}]
    ask("modify_process_instances_batch_operation", **of_them, moveInstructions=steps)
    ask("migrate_process_instances_batch_operation", **of_them, migrationPlan=plan)
    ask("resolve_process_instance_incidents", moved)
    ask("resolve_incidents_batch_operation", **of_them)
    batch = ask("cancel_process_instances_batch_operation", **of_them).batch_operation_key
    ask("get_batch_operation", batch)
    search("batch_operations", state="COMPLETED")
    search("batch_operation_items", batchOperationKey=batch)
    seen["over"] = refused(NotFoundError, "cancel_batch_operation", "1")
    ask("delete_resource", errand.process_definition_key, operationReference=8)
    seen["deleted"] = refused(UnexpectedStatus, "create_process_instance", processDefinitionId="errand")


async def work() -> None:
    """The client's worker does what the functions above did by hand."""
    tries: list[int] = []
    errand = await asyncio.to_thread(start, "parcel", parcel="E-2")

    async def deliver(given: ConnectedJobContext) -> dict[str, Any]:
        tries.append(given.retries)
        if len(tries) == 1:
            raise JobFailure("nobody at home", retries=2, retry_back_off=50)
        raise JobError("LOST", "fell off the lorry")

    (task,) = search("user_tasks", processInstanceKey=errand)
    ask("complete_user_task", task.user_task_key)
    ask("correlate_message", name="payment", correlationKey="E-2")
    async with CamundaAsyncClient() as other, asyncio.timeout(PATIENCE):
        config = WorkerConfig(job_type="deliver", job_timeout_milliseconds=30_000, request_timeout_milliseconds=500)
        other.create_job_worker(config, deliver, startup_jitter_max_seconds=0)
        run_workers: Any = other.run_workers
        working = asyncio.create_task(run_workers())
        while await asyncio.to_thread(state, errand) != "COMPLETED":
            await asyncio.sleep(0.02)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    seen["tries"] = tries


look_and_deploy()
decide()
ERRAND = start("errand")
do_a_task(ERRAND)
do_jobs(ERRAND)
look_at(ERRAND)
send()
choose()
asyncio.run(work())
move()
print(json.dumps({**seen, "asked": sorted(asked)}))
