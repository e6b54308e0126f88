"""The official Python client signs in, works on jobs that go wrong, and clears what is stuck, on both stores."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from camunda_orchestration_sdk import CamundaAsyncClient, CamundaClient, WorkerConfig, models
from camunda_orchestration_sdk.errors import ConflictError
from camunda_orchestration_sdk.runtime.job_worker import ConnectedJobContext, JobFailure
from sqlalchemy import insert

from service.clock import now
from service.store.tables import api_token, person
from service.store.unit_of_work import Database
from service.web import auth
from tests.conftest import NewUrl
from tests.diagrams import Node, body, diagram, end, event, job, start, user
from tests.server import Server
from tests.stores import STORES
from tests.tokens import kept

PATIENCE = 60  # seconds
TOKEN, PASSWORD = "kept-by-the-worker", "known-to-the-worker"
ROUND = diagram(
    "round",
    [start(), event("intermediateCatchEvent", "dawn", "signal", "S"), job("walk", "walk"), end()],
    ["begin -> dawn", "dawn -> walk", "walk -> done"],
    root='<bpmn:signal id="S" name="dawn" />',
)

# One worker is asked of three things: may the task end, what is to be done then, and to do it.
HEARING = diagram(
    "hearing",
    [
        start(),
        user("hear", "INTEGRATOR",
             '<zeebe:taskListeners><zeebe:taskListener eventType="completing" type="judge" /></zeebe:taskListeners>'),
        Node("adHocSubProcess", "weigh", '<zeebe:taskDefinition type="judge" />', body([job("visit", "judge")], [])),
        end(),
    ],
    ["begin -> hear", "hear -> weigh", "weigh -> done"],
)  # fmt: skip


@pytest.fixture(scope="module", params=STORES)
def server(request: pytest.FixtureRequest, new_url: NewUrl) -> Iterator[Server]:
    """One that asks everybody to sign in, and knows one integrator."""
    url = new_url(request.param, furnished=True)
    row = {"id": "post", "name": "Post", "unit_id": None, "roles": ["INTEGRATOR"]}
    token = kept(TOKEN, "post", now())
    database = Database(url)
    with database.write() as connection:
        connection.execute(insert(person).values(**row, password_hash=auth.hash_password(PASSWORD)))
        connection.execute(insert(api_token).values(**token, expires_at=now() + timedelta(hours=1)))
    database.close()
    with Server(url, AUTH="required") as server:
        yield server


def oauth(server: Server) -> Any:
    return {
        "ZEEBE_REST_ADDRESS": server.url,
        "CAMUNDA_AUTH_STRATEGY": "OAUTH",
        "CAMUNDA_OAUTH_URL": f"{server.url}/oauth/token",
        "CAMUNDA_CLIENT_ID": "post",
        "CAMUNDA_CLIENT_SECRET": TOKEN,
    }


def basic(server: Server) -> Any:
    return {
        "ZEEBE_REST_ADDRESS": server.url,
        "CAMUNDA_AUTH_STRATEGY": "BASIC",
        "CAMUNDA_BASIC_AUTH_USERNAME": "post",
        "CAMUNDA_BASIC_AUTH_PASSWORD": PASSWORD,
    }


@asynccontextmanager
async def worker(server: Server, type_: str, handler: Any) -> AsyncIterator[None]:
    """The client's own worker, at work meanwhile."""
    async with CamundaAsyncClient(oauth(server)) as client:
        config = WorkerConfig(
            job_type=type_, job_timeout_milliseconds=30_000, request_timeout_milliseconds=500, with_lease=True
        )
        client.create_job_worker(config, handler, startup_jitter_max_seconds=0)
        run_workers: Any = client.run_workers
        working = asyncio.create_task(run_workers())
        try:
            yield
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)


@pytest.mark.parametrize("how", [oauth, basic])
def test_it_signs_in(server: Server, how: Any) -> None:
    with CamundaClient(how(server)) as client:
        assert client.get_authentication().username == "post"


def test_a_job_lost_failed_and_stuck_is_done_in_the_end(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "round.bpmn"
    file.write_bytes(ROUND)
    hands: list[int] = []
    over, nothing = asyncio.Event(), models.IncidentResolutionRequest()
    with CamundaClient(oauth(server)) as client:
        client.deploy_resources_from_files([file])
        asked = models.ProcessCreationById.from_dict({"processDefinitionId": "round", "variables": {}})
        key = client.create_process_instance(data=asked).process_instance_key
        client.broadcast_signal(data=models.SignalBroadcastRequest.from_dict({"signalName": "dawn"}))

        def changed(job_key: Any, **changeset: int) -> None:
            client.update_job(job_key, data=models.JobUpdateRequest.from_dict({"changeset": changeset}))

        async def walk(given: ConnectedJobContext) -> dict[str, Any]:
            hands.append(given.retries)
            match len(hands):
                case 1:  # the worker is away when the lease runs out, and comes back when all is over
                    await asyncio.to_thread(changed, given.job_key, timeout=50)
                    await asyncio.wait_for(over.wait(), PATIENCE)
                case 2:
                    raise JobFailure("it rains", retries=1, retry_back_off=50)
                case 3:
                    raise JobFailure("the dog bites", retries=0)
            return {"walked": len(hands)}

        def stuck() -> list[Any]:
            of_it = {"filter": {"processInstanceKey": key, "state": "ACTIVE"}}
            return list(client.search_incidents(data=models.IncidentSearchQuery.from_dict(of_it)).items)

        async def run() -> None:
            async with worker(server, "walk", walk), asyncio.timeout(PATIENCE):
                while not (found := await asyncio.to_thread(stuck)):
                    continue
                (incident,) = found
                assert (incident.error_type, incident.error_message) == ("JOB_NO_RETRIES", "the dog bites")
                await asyncio.to_thread(changed, incident.job_key, retries=1)
                await asyncio.to_thread(client.resolve_incident, incident.incident_key, data=nothing)
                while (await asyncio.to_thread(client.get_process_instance, key)).state.value != "COMPLETED":
                    continue
                over.set()

        asyncio.run(run())
        assert hands == [3, 3, 1, 1]
        assert stuck() == []


def test_the_results_of_its_jobs_deny_correct_and_choose(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "hearing.bpmn"
    file.write_bytes(HEARING)
    kinds: list[str] = []
    enough = asyncio.Event()

    async def judge(given: ConnectedJobContext) -> models.JobCompletionRequest:
        kinds.append(given.kind.value)
        told = given.variables.to_dict()
        if given.element_id == "visit":
            return models.JobCompletionRequest.from_dict({"variables": {"seen": told["why"]}})
        if given.element_id == "hear":
            no, yes = {"denied": True, "deniedReason": "no photo"}, {"corrections": {"priority": 80}}
            return models.JobCompletionRequest.from_dict(
                {"result": {"type": "userTask", **(yes if "photo" in told else no)}}
            )
        chosen: dict[str, Any] = {"activateElements": [{"elementId": "visit", "variables": {"why": "noise"}}]}
        if "seen" in told:
            enough.set()
            chosen = {"isCompletionConditionFulfilled": True}
        return models.JobCompletionRequest.from_dict({"result": {"type": "adHocSubProcess", **chosen}})

    with CamundaClient(oauth(server)) as client:
        client.deploy_resources_from_files([file])
        asked = models.ProcessCreationById.from_dict({"processDefinitionId": "hearing", "variables": {}})
        instance = client.create_process_instance(data=asked).process_instance_key
        of_it = models.UserTaskSearchQuery.from_dict({"filter": {"processInstanceKey": instance}})
        [task] = client.search_user_tasks(data=of_it).items

        def complete(**variables: Any) -> None:
            sent = models.UserTaskCompletionRequest.from_dict({"variables": variables})
            client.complete_user_task(task.user_task_key, data=sent)

        async def run() -> None:
            async with worker(server, "judge", judge), asyncio.timeout(PATIENCE):
                with pytest.raises(ConflictError, match="no photo"):
                    await asyncio.to_thread(complete)
                await asyncio.to_thread(complete, photo="p-1")
                await enough.wait()
                while (await asyncio.to_thread(client.get_process_instance, instance)).state.value != "COMPLETED":
                    continue

        asyncio.run(run())
        heard = client.get_user_task(task.user_task_key)
        assert (heard.state.value, heard.priority) == ("COMPLETED", 80)
        assert kinds == [*["TASK_LISTENER"] * 2, "AD_HOC_SUB_PROCESS", "BPMN_ELEMENT", "AD_HOC_SUB_PROCESS"]
