"""Matters in each relation to somebody of each role, and a request of every route that is about a matter."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import insert, select, update

from service.hotline import attachments
from service.hotline.file_kinds import File
from service.hotline.people import AGENCY, AGENCY_ROLES
from service.store.tables import api_token, history, matter, matter_fact, person, unit, user_task
from service.web.rules import ROLES
from tests.api import Api
from tests.diagrams import Node, diagram, end, job, message, message_root, start, user
from tests.tokens import kept

HOME, BELOW, ELSEWHERE = "unit-home", "unit-below", "unit-elsewhere"
# Who begins the matters, and is accused in none.
_MAKER = "maker"
_JUDGE = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="tried" name="t" namespace="urn:t">
<decision id="tried" name="t"><literalExpression id="l"><text>1</text></literalExpression></decision>
</definitions>"""
_FIELDS = (Path(__file__).parents[2] / "dmn" / "field-access.dmn").read_bytes()
_FORM = {"id": "tried", "components": [{"type": "textfield", "key": "told", "validate": {"required": True}}]}
_CASE = diagram(
    "tried",
    [
        start(),
        Node("businessRuleTask", "judge", '<zeebe:calledDecision decisionId="tried" resultVariable="judged" />'),
        Node("parallelGateway", "split"),
        user("handle", "=groups", '<zeebe:formDefinition formId="tried" />'),
        job("send", "tried-letter"),
        message("intermediateCatchEvent", "wait"),
        end("handled"),
        end("sent"),
        end("come"),
    ],
    [
        "begin -> judge",
        "judge -> split",
        "split -> handle",
        "split -> send",
        "split -> wait",
        "handle -> handled",
        "send -> sent",
        "wait -> come",
    ],
    root=message_root("tried", "=matter_no"),
)
# Begun where somebody may ask for an explanation; that it judges nothing is answered as a conflict.
_EXPLAIN = diagram(
    "tried-explanation",
    [message("startEvent", "asked"), end()],
    ["asked -> done"],
    root=message_root("explanation-requested", "=matter_no"),
)
# Lists of matters by what they are counted in: JSON, a page, CSV.
COUNTED = (
    "GET /hotline/v1/figures/<figure>/<part>",
    "POST /hotline/v1/figures/<figure>/<part>/export",
    "GET /figures/<figure>/<part>",
)
# Logs of what happened in all matters that somebody sees.
EXPORTS = ("POST /matters/export", "POST /hotline/v1/matters/export")
_OF_INSTANCE = "processInstanceKey"
SEARCHES = (
    "GET /tasks",
    "GET /matters",
    "POST /v2/user-tasks/search",
    "POST /v2/process-instances/search",
    "POST /v2/element-instances/search",
    "POST /v2/variables/search",
    "POST /v2/decision-instances/search",
    "POST /v2/audit-logs/search",
    "POST /v2/jobs/search",
    "POST /v2/message-subscriptions/search",
    "POST /v2/incidents/search",
    "POST /v2/process-definitions/<key>/statistics/element-instances",
    "GET /hotline/v1/matters",
    *COUNTED,
    *EXPORTS,
)
# "METHOD path" → the body. What is completed or told does not fit the matter, which stays as it is.
REQUESTS: Mapping[str, Any] = {
    "GET /matters/<number>": None,
    "GET /matters/<number>/way": None,
    "GET /matters/<number>/way/changes": None,
    "GET /changes/matters/<number>": None,
    "GET /matters/<number>/ways/<int:key>": None,
    "GET /matters/<number>/attachments": None,
    "GET /matters/<number>/attachments/<int:key>": None,
    "POST /matters/<number>/attachments": {},
    "GET /matters/<number>/decisions": None,
    "GET /matters/<number>/record": None,
    "POST /matters/<number>/notes": {"text": "the road is closed"},
    "POST /matters/<number>/public-notes": {"text": "we come on Monday"},
    "POST /matters/<number>/supervision": {"reason": "nothing was done"},
    "POST /matters/<number>/contact": {"reason": "to call back"},
    "POST /matters/<number>/urge": {"text": "please"},
    "GET /tasks/<key>": None,
    "GET /changes/tasks/<key>": None,
    "POST /tasks": {"claim": "$key"},
    "POST /tasks/<key>": {"act": "finish"},
    "GET /v2/user-tasks/<key>": None,
    "GET /v2/user-tasks/<key>/form": None,
    "POST /v2/user-tasks/<key>/variables/search": {},
    "POST /v2/user-tasks/<key>/effective-variables/search": {},
    "POST /v2/user-tasks/<key>/audit-logs/search": {},
    "POST /v2/user-tasks/<key>/assignment": {"assignee": "$me"},
    "DELETE /v2/user-tasks/<key>/assignee": None,
    "PATCH /v2/user-tasks/<key>": {"changeset": {"priority": 60}},
    "PATCH /v2/user-tasks/<key>/update": {"priority": 60},
    "POST /v2/user-tasks/<key>/completion": {},
    "GET /v2/process-instances/<key>": None,
    "GET /v2/process-instances/<key>/call-hierarchy": None,
    "GET /v2/process-instances/<key>/sequence-flows": None,
    "GET /v2/process-instances/<key>/statistics/element-instances": None,
    "POST /v2/process-instances/<key>/incidents/search": {},
    "GET /v2/element-instances/<key>": None,
    "POST /v2/element-instances/<key>/incidents/search": {},
    "GET /v2/variables/<key>": None,
    "GET /v2/decision-instances/<key>": None,
    "GET /v2/audit-logs/<key>": None,
    "GET /v2/incidents/<key>": None,
    "GET /operations/incidents/<key>": None,
    "GET /hotline/v1/matters/<number>": None,
    "POST /matters/<number>/export": {"format": "ocel"},
    "POST /hotline/v1/matters/<number>/export": {"format": "xes"},
    "GET /hotline/v1/matters/<number>/notes": None,
    "POST /hotline/v1/matters/<number>/notes": {"text": "the road is closed"},
    "POST /hotline/v1/matters/<number>/public-notes": {"text": "we come on Monday"},
    "POST /hotline/v1/matters/<number>/supervision": {"reason": "nothing was done"},
    "GET /hotline/v1/matters/<number>/path": None,
    "GET /hotline/v1/matters/<number>/attachments": None,
    "GET /hotline/v1/matters/<number>/attachments/<int:key>": None,
    "POST /hotline/v1/matters/<number>/attachments": {"name": "x.png", "content": "AA=="},
    "GET /hotline/v1/matters/<number>/record": None,
    "POST /hotline/v1/matters/<number>/contact": {"reason": "to call back"},
    "POST /hotline/v1/matters/<number>/conduct-complaint": {"text": "rude"},
    "POST /hotline/v1/matters/<number>/explanation": {},
    "POST /hotline/v1/matters/<number>/leak-report": {"text": "seen in a chat"},
    "POST /hotline/v1/matters/<number>/misuse": {"text": "insults"},
    "POST /hotline/v1/matters/<number>/retaliation-report": {"text": "fined since"},
    "POST /hotline/v1/matters/<number>/quarantine": {"reason": "to hand it over"},
    "POST /hotline/v1/matters/<number>/supplement": {"text": "more"},
    "POST /hotline/v1/matters/<number>/survey": {"solved": "YES", "result_satisfaction": 5},
    "POST /hotline/v1/matters/<number>/urge": {"text": "please"},
    "POST /hotline/v1/matters/<number>/withdrawal": {"reason": "solved"},
}
# Acts are tried on the matter itself only where they must be refused; elsewhere on what is not there.
ACTS: Mapping[str, Any] = {
    "POST /v2/process-instances/<key>/cancellation": {},
    "POST /v2/process-instances/<key>/incident-resolution": {},
    "POST /v2/process-instances/<key>/migration": {"targetProcessDefinitionKey": "1", "mappingInstructions": []},
    "POST /v2/process-instances/<key>/modification": {},
    "POST /v2/process-instances/<key>/resumption": {},
    "POST /v2/process-instances/<key>/suspension": {},
    "PUT /v2/element-instances/<key>/variables": {"variables": {"x": 1}},
    "POST /v2/element-instances/ad-hoc-activities/<key>/activation": {"elements": [{"elementId": "x"}]},
    "POST /v2/incidents/<key>/resolution": {},
    "POST /operations/incidents/<key>/retry": {},
    "POST /operations/incidents/<key>/values": {"name": "x", "value": "1"},
    "PATCH /v2/jobs/<key>": {"changeset": {"retries": 1}},
    "POST /v2/jobs/<key>/completion": {},
    "POST /v2/jobs/<key>/error": {"errorCode": "x"},
    "POST /v2/jobs/<key>/failure": {},
}


@dataclass(frozen=True)
class Matter:
    number: str
    keys: Mapping[str, str]


class Tried:
    """A store with somebody of each role, named like it, and the matters."""

    def __init__(self, url: str) -> None:
        self.api, self._numbers = Api(url, auth="required"), count(1)
        # What is answered is compared with its description elsewhere.
        self.api.app.test_client_class = FlaskClient
        with self.api.parts.database.write() as connection:
            for id_, above in ((AGENCY, None), (HOME, None), (BELOW, HOME), (ELSEWHERE, None)):
                connection.execute(insert(unit).values(id=id_, name=id_, kind="DEPARTMENT", parent_id=above))
            people = [(role, AGENCY if role in AGENCY_ROLES else HOME, role) for role in ROLES]
            for id_, home, role in [*people, (_MAKER, None, "ADMIN")]:
                connection.execute(insert(person).values(id=id_, name=id_, unit_id=home, roles=[role]))
                connection.execute(insert(api_token).values(kept(id_, id_, self.api.now, role)))
        self._be(_MAKER)
        deployed = self.api.deploy(
            _CASE, _EXPLAIN, tried_dmn=_JUDGE, tried_form=json.dumps(_FORM).encode(), fields_dmn=_FIELDS
        )
        assert deployed.status_code == 200, deployed.text
        away = {"below": self._matter(BELOW), "other": self._matter(ELSEWHERE)}
        self.matters: dict[str, dict[str, Matter]] = {}
        for home in (AGENCY, HOME):
            self.matters[home] = away | {
                "own": self._matter(home),
                "accused unit": self._matter(home, accused_unit=home),
                "accused person": self._matter(home, accused_person=list(ROLES)),
            }

    def close(self) -> None:
        self.api.parts.database.close()

    def of(self, role: str, relation: str) -> Matter:
        return self.matters[AGENCY if role in AGENCY_ROLES else HOME][relation]

    def status(self, role: str, route: str, body: Any, **parts: str) -> int:
        self._be(role)
        method, path = route.split(" ", 1)
        for name, value in parts.items():
            path = path.replace(f"<{name}>", value).replace(f"<int:{name}>", value)
        if body is not None and body.get("assignee") == "$me":
            body = {"assignee": role}
        if body is not None and "$key" in body.values():
            body = {name: parts["key"] if value == "$key" else value for name, value in body.items()}
        # Pages send forms, and browsers say whose page it was.
        is_page = not path.startswith(("/v2", "/hotline"))
        sent: dict[str, Any] = {} if body is None else {"data" if is_page else "json": body}
        headers = {**self.api.headers, "Origin": "http://localhost"} if is_page else self.api.headers
        return self.api.client.open(path, method=method, headers=headers, **sent).status_code

    def is_answered(self, role: str, route: str, relation: str) -> bool:
        """Whether somebody is answered about the matter that is in this relation."""
        asked = self.of(role, relation)
        if route in COUNTED:
            return self._counts(role, route, asked)
        if route in EXPORTS:
            return self._exports(role, route, asked)
        if route in SEARCHES:
            return self._finds(role, route, asked)
        if route in ACTS:
            where = asked.keys[_noun(route)] if relation == "accused person" else "1"
            return self.status(role, route, ACTS[route], key=where) != 403
        told = self.status(role, route, REQUESTS[route], key=asked.keys[_noun(route)], number=asked.number)
        assert told in (200, 204, 303, 400, 403, 404, 409), f"{role} {route}: {told}"
        if route.endswith("/assignment") or route == "POST /tasks":
            self._release(asked)
        return told not in (403, 404)

    def _finds(self, role: str, route: str, asked: Matter) -> bool:
        self._be(role)
        method, path = route.split(" ", 1)
        if path == "/tasks":
            answer = self.api.client.get(f"{path}?whose=all&text={asked.number}", headers=self.api.headers)
            return answer.status_code == 200 and f'"/tasks/{asked.keys["user-tasks"]}' in answer.text
        if path == "/matters":
            answer = self.api.client.get(f"{path}?text={asked.number}", headers=self.api.headers)
            return answer.status_code == 200 and f'"/matters/{asked.number}"' in answer.text
        if method == "GET":
            answer = self.api.client.get(f"{path}?text={asked.number}", headers=self.api.headers)
        else:
            body = {"filter": {_OF_INSTANCE: asked.keys["process-instances"]}}
            path = path.replace("<key>", asked.keys["process-definitions"])
            answer = self.api.client.post(path, json=body, headers=self.api.headers)
        assert answer.status_code in (200, 403), answer.text
        return answer.status_code == 200 and bool(answer.get_json()["items"])

    def _counts(self, role: str, route: str, asked: Matter) -> bool:
        self._be(role)
        method, path = route.replace("<figure>", "received").replace("<part>", "numerator").split(" ", 1)
        body: dict[str, str] | None = {} if method == "POST" else None
        answer = self.api.client.open(path, method=method, headers=self.api.headers, json=body)
        assert answer.status_code in (200, 403), answer.text
        return answer.status_code == 200 and asked.number in answer.text

    def _exports(self, role: str, route: str, asked: Matter) -> bool:
        self._be(role)
        path = route.removeprefix("POST ")
        sent = {"json" if path.startswith("/hotline") else "data": {"format": "xes"}}
        headers = {**self.api.headers, "Origin": "http://localhost"}
        return asked.number in self.api.client.post(path, headers=headers, **sent).text

    def _be(self, role: str) -> None:
        self.api.headers = {"Authorization": f"Bearer {role}"}

    def _release(self, asked: Matter) -> None:
        mine = user_task.c.key == int(asked.keys["user-tasks"])
        with self.api.parts.database.write() as connection:
            connection.execute(update(user_task).where(mine).values(assignee=None))

    def _matter(self, home: str, **accused: Any) -> Matter:
        api, number = self.api, f"WF20260302-{next(self._numbers):06}"
        groups = [role if home == AGENCY else f"{home}:{role}" for role in ROLES]
        variables = {"matter_no": number, "groups": groups, **accused}
        given = {"processDefinitionId": "tried", "businessId": number, "variables": variables}
        key = api.post("/process-instances", given)["processInstanceKey"]
        row = {"query_code_hash": "", "channel": "PHONE", "received_at": api.now, "updated_at": api.now}
        row |= {"number": number, "instance_key": int(key), "unit_id": home, "status": "IN_HANDLING"}
        with api.parts.database.write() as connection:
            connection.execute(insert(matter).values(**row))
            fact = {"number": number, "root_key": int(key), "unit_id": home, "received_at": api.now}
            connection.execute(insert(matter_fact).values(**fact))
        of_it = {_OF_INSTANCE: key}
        (letter,) = (one for one in api.take("tried-letter") if one[_OF_INSTANCE] == key)
        api.post(f"/jobs/{letter['jobKey']}/failure", {"retries": 0, "errorMessage": "no stamp"}, status=204)
        stuck = api.search("/incidents", of_it)[0]
        with api.parts.database.read() as connection:
            first = select(history.c.key).where(history.c.instance_key == int(key), history.c.kind == "started")
            line = str(connection.execute(first).scalar_one())
        keys = {
            "process-instances": key,
            "process-definitions": api.get(f"/process-instances/{key}")["processDefinitionKey"],
            "user-tasks": api.tasks(**of_it)[0]["userTaskKey"],
            "element-instances": stuck["elementInstanceKey"],
            "incidents": stuck["incidentKey"],
            "variables": api.search("/variables", of_it)[0]["variableKey"],
            "decision-instances": api.search("/decision-instances", of_it)[0]["decisionEvaluationInstanceKey"],
            "audit-logs": line,
            "jobs": letter["jobKey"],
            "matters": "",
            "attachments": self._file(number),
        }
        return Matter(number, keys)

    def _file(self, number: str) -> str:
        parts = self.api.parts
        kept = File("x.pdf", "pdf", b"%PDF-")
        with parts.database.write() as connection:
            limits = attachments.Limits(1_000, 9)
            keys = attachments.add(connection, parts.engine, limits, number, [kept], by="", of_object=True)
        return str(keys[0])


def _noun(route: str) -> str:
    """What the key in a route is the key of."""
    if "/attachments/" in route:
        return "attachments"
    path = route.split()[1].removeprefix("/changes")
    if path.startswith("/tasks"):
        return "user-tasks"
    if path.startswith("/matters"):
        return "process-instances"
    return route.split("/")[3 if "/hotline/" in route else 2]
