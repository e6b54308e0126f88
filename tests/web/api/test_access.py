"""Who may do what: the matrix of service/web/access.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import insert, select

from service.store.tables import api_token, audit_pending, person, unit
from tests.api import Api
from tests.conftest import NewUrl
from tests.diagrams import Node, diagram, end, job, start, user
from tests.stores import STORES
from tests.tokens import kept

# Somebody of each kind: id → unit, roles.
PEOPLE = {
    "admin": (None, ["ADMIN"]),
    "integrator": (None, ["INTEGRATOR"]),
    "supervisor": ("weifang-12345", ["SUPERVISOR"]),
    "lead": ("weifang-12345", ["AGENCY_LEAD"]),
    "desk": ("weifang-12345", ["CALL_TAKER"]),
    "handler": ("dept-housing", ["UNIT_HANDLER"]),
    "colleague": ("dept-housing", ["UNIT_HANDLER"]),
    "principal": ("dept-housing", ["UNIT_PRINCIPAL"]),
    "stranger": ("dept-water", ["UNIT_HANDLER"]),
    "upstart": ("dept-water", ["ADMIN", "SUPERVISOR", "CALL_TAKER"]),
}
JUDGE = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="judge" name="j" namespace="urn:j">
<decision id="judge" name="j"><literalExpression id="l"><text>secret</text></literalExpression></decision>
</definitions>"""
CASE = diagram(
    "case",
    [
        start(),
        Node("businessRuleTask", "judge", '<zeebe:calledDecision decisionId="judge" resultVariable="judged" />'),
        user("handle", "dept-housing:UNIT_HANDLER"),
        end(),
    ],
    ["begin -> judge", "judge -> handle", "handle -> done"],
)
TAKE = diagram("intake", [start(), user("take", "CALL_TAKER"), end()], ["begin -> take", "take -> done"])
WORK = diagram("work", [start(), job("send", "letter"), end()], ["begin -> send", "send -> done"])


@pytest.fixture(scope="module", params=STORES)
def api(request: pytest.FixtureRequest, new_url: NewUrl) -> Iterator[Api]:
    """One for all: each test begins its own instances."""
    api = Api(new_url(request.param), auth="required")
    with api.parts.database.write() as connection:
        for unit_id in ("weifang-12345", "dept-housing", "dept-water"):
            connection.execute(insert(unit).values(id=unit_id, name=unit_id, kind="DEPARTMENT"))
        for name, (home, roles) in PEOPLE.items():
            connection.execute(insert(person).values(id=name, name=name, unit_id=home, roles=roles))
            connection.execute(insert(api_token).values(kept(name, name, api.now)))
    be(api, "admin")
    assert api.deploy(CASE, TAKE, WORK, judge_dmn=JUDGE).status_code == 200
    yield api
    api.parts.database.close()


def be(api: Api, name: str) -> None:
    api.headers = {"Authorization": f"Bearer {name}"}


def task(api: Api) -> str:
    """The path of a new user task for the handlers of the housing department."""
    be(api, "admin")
    key = api.start("case", secret="x")
    return f"/user-tasks/{api.tasks(processInstanceKey=key)[0]['userTaskKey']}"


def status(api: Api, name: str, method: str, path: str, body: object = None) -> int:
    be(api, name)
    return api.ask(method, path, body).status_code


@pytest.mark.parametrize("name", PEOPLE)
def test_definitions_are_open_to_all_who_signed_in(api: Api, name: str) -> None:
    be(api, name)
    assert len(api.search("/process-definitions", {"processDefinitionId": "case"})) == 1
    assert len(api.search("/decision-definitions", {"decisionDefinitionId": "judge"})) == 1
    assert len(api.search("/decision-requirements", {"decisionRequirementsId": "judge"})) == 1
    assert api.get("/authentication/me")["username"] == name


@pytest.mark.parametrize("name", PEOPLE)
def test_the_engine_is_for_administrators_and_integrators(api: Api, name: str) -> None:
    be(api, "admin")
    key, work = api.start("case"), api.start("work")
    asked = {"type": "letter", "timeout": 1000, "maxJobsToActivate": 1, "requestTimeout": -1}
    allowed = name in ("admin", "integrator")
    be(api, name)
    assert (api.deploy(CASE).status_code == 200) is allowed
    for method, path, body in (
        ("POST", "/process-instances", {"processDefinitionId": "case"}),
        ("POST", f"/process-instances/{work}/cancellation", {}),
        ("POST", "/jobs/activation", asked),
        ("POST", "/messages/publication", {"name": "m", "correlationKey": "k"}),
        ("POST", "/signals/broadcast", {"signalName": "s"}),
        ("POST", "/conditionals/evaluation", {"variables": {"s": 1}}),
        ("POST", "/decision-definitions/evaluation", {"decisionDefinitionId": "judge"}),
        ("PUT", f"/element-instances/{key}/variables", {"variables": {"x": 1}}),
        ("POST", f"/process-instances/{key}/cancellation", {}),
    ):
        assert (status(api, name, method, path, body) in (200, 204)) is allowed, path
    for path in ("/messages/correlation", "/jobs/1/completion", "/jobs/1/failure", "/jobs/1/error"):
        told = status(api, name, "POST", path, {"name": "m", "correlationKey": "k", "errorCode": "E"})
        assert told == (404 if allowed else 403), path
    assert status(api, name, "PATCH", "/jobs/1", {"changeset": {"retries": 1}}) == (404 if allowed else 403)


@pytest.mark.parametrize(
    ("name", "sees"),
    [
        ("admin", True),
        ("integrator", True),
        ("supervisor", True),
        ("lead", True),
        ("desk", False),
        ("handler", True),
        ("colleague", True),
        ("principal", False),
        ("stranger", False),
        ("upstart", False),
    ],
)
def test_a_task_and_its_instance_are_seen_by_whom_they_concern(api: Api, name: str, sees: bool) -> None:
    path = task(api)
    instance = api.get(path)["processInstanceKey"]
    of_it = {"processInstanceKey": instance}
    decided = api.search("/decision-instances", of_it)[0]["decisionEvaluationInstanceKey"]
    variable = api.search("/variables", of_it)[0]["variableKey"]
    be(api, name)
    kinds = ("user-tasks", "process-instances", "element-instances", "decision-instances", "audit-logs", "variables")
    for kind in kinds:
        assert bool(api.search(f"/{kind}", of_it)) is sees, kind
    for method, where, body in (
        ("GET", path, None),
        ("GET", f"{path}/form", None),
        ("POST", f"{path}/variables/search", {}),
        ("GET", f"/process-instances/{instance}", None),
        ("GET", f"/decision-instances/{decided}", None),
        ("GET", f"/process-instances/{instance}/sequence-flows", None),
        ("GET", f"/variables/{variable}", None),
    ):
        assert (status(api, name, method, where, body) in (200, 204)) is sees, where


@pytest.mark.parametrize(
    ("name", "claims", "gives", "changes", "completes"),
    [
        ("admin", True, True, True, True),
        ("integrator", False, True, True, False),
        ("supervisor", False, True, True, False),
        ("lead", False, True, True, False),
        ("desk", False, False, False, False),
        ("handler", True, False, False, True),
        ("principal", False, False, False, False),
        ("stranger", False, False, False, False),
        ("upstart", False, False, False, False),
    ],
)
def test_a_task_is_given_and_done_by_whom_it_is_for(
    api: Api, name: str, claims: bool, gives: bool, changes: bool, completes: bool
) -> None:
    def may(path: str, method: str, tail: str, body: object) -> bool:
        told = status(api, name, method, path + tail, body)
        assert told in (204, 403)
        return told == 204

    assert may(task(api), "POST", "/assignment", {"assignee": name}) is claims
    assert may(task(api), "POST", "/assignment", {"assignee": "colleague"}) is gives
    assert may(task(api), "PATCH", "", {"changeset": {"priority": 90}}) is changes
    assert may(task(api), "POST", "/completion", {}) is completes


@pytest.mark.parametrize("name", ["integrator", "supervisor", "lead", "admin"])
def test_only_an_administrator_lets_somebody_in_whom_a_task_is_not_for(api: Api, name: str) -> None:
    path = task(api)
    be(api, name)
    for method, tail, body in (
        ("POST", "/assignment", {"assignee": "stranger"}),
        ("POST", "/assignment", {"assignee": name}),
        ("PATCH", "", {"changeset": {"candidateGroups": ["SUPERVISOR"]}}),
        ("PATCH", "/update", {"candidateUsers": [name]}),
    ):
        told = api.ask(method, path + tail, body)
        assert told.status_code == (204 if name == "admin" else 403), told.text
        assert name == "admin" or tail != "/assignment" or "is for dept-housing:UNIT_HANDLER." in told.text
    with api.parts.database.read() as connection:
        mine = audit_pending.c.subject == f"user-task {path.rpartition('/')[2]}"
        query = select(audit_pending.c.kind).where(mine).order_by(audit_pending.c.key)
        kinds = [row.kind for row in connection.execute(query)]
    assert kinds == [*["given-beyond-candidates"] * 2, *["candidates-changed"] * 2] * (name == "admin")


def test_what_a_colleague_has_claimed_is_his_to_do(api: Api) -> None:
    path = task(api)
    assert status(api, "handler", "POST", f"{path}/assignment", {"assignee": "handler"}) == 204
    assert status(api, "colleague", "POST", f"{path}/assignment", {"assignee": "colleague"}) == 409
    assert status(api, "colleague", "POST", f"{path}/completion", {}) == 403
    assert status(api, "colleague", "DELETE", f"{path}/assignee") == 403
    assert status(api, "supervisor", "POST", f"{path}/assignment", {"assignee": "colleague"}) == 204
    assert status(api, "handler", "POST", f"{path}/completion", {}) == 403
    assert status(api, "colleague", "DELETE", f"{path}/assignee") == 204
    assert status(api, "handler", "POST", f"{path}/completion", {}) == 204
    assert status(api, "handler", "GET", path) == 200
    assert status(api, "colleague", "GET", path) == 403


def test_the_agency_s_roles_are_groups_as_they_stand(api: Api) -> None:
    be(api, "admin")
    mine = {"processInstanceKey": api.start("intake")}
    for name, sees in (("desk", 1), ("upstart", 0), ("handler", 0)):
        be(api, name)
        assert len(api.tasks(**mine)) == sees


def test_a_task_that_is_not_there_is_not_forbidden(api: Api) -> None:
    assert status(api, "stranger", "GET", "/user-tasks/1") == 404
    assert status(api, "stranger", "POST", "/user-tasks/1/assignment", {"assignee": "stranger"}) == 404
    assert status(api, "stranger", "POST", "/user-tasks/1/completion", {}) == 404


@pytest.mark.parametrize("name", PEOPLE)
def test_all_that_waits_is_listed_to_those_who_oversee(api: Api, name: str) -> None:
    allowed = name in ("admin", "integrator", "supervisor", "lead")
    for path in ("/jobs/search", "/message-subscriptions/search", "/incidents/search"):
        assert status(api, name, "POST", path, {}) == (200 if allowed else 403), path


def test_who_else_did_something_is_told_to_those_who_oversee(api: Api) -> None:
    path = task(api)
    of_it = {"processInstanceKey": api.get(path)["processInstanceKey"]}
    assert status(api, "handler", "POST", f"{path}/assignment", {"assignee": "handler"}) == 204
    be(api, "supervisor")
    assert [one["actorId"] for one in api.search("/audit-logs", of_it)] == ["admin", "handler"]
    assert api.search("/audit-logs", {"entityType": "RESOURCE"})
    be(api, "handler")
    told = api.search("/audit-logs", of_it)
    assert [(one["actorId"], one["actorType"]) for one in told] == [(None, "UNKNOWN"), ("handler", "USER")]
    assert api.search("/audit-logs", {"actorId": "admin"}) == []
    assert api.search("/audit-logs", {"entityType": "RESOURCE"}) == []


def test_whether_all_is_well_is_told_to_anybody(api: Api) -> None:
    api.headers = {}
    assert api.ask("GET", "/status").status_code == 204
