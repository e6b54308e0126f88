"""What is secret in a matter is shown to nobody but for whom the table names, by no answer, and cannot be guessed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from service.engine import deployments
from service.errors import Conflict
from service.hotline import fields
from service.hotline.protections import NOTHING, Marks
from tests.city import City
from tests.diagrams import Node, diagram, end, start, user

pytestmark = pytest.mark.of_one_store

SECRET = "代号青山的工程图纸"
LEAD, ANALYST, HANDLER = "wei-qiang", "chen-xue", "dept-housing.handler"


def answers(city: City, number: str, guess: str) -> Iterator[tuple[str, str]]:
    """Every answer that shows something of a matter, and of searches for what it holds."""
    key = city.matter(number)["process_instance_key"]
    for path in ("", f"/{number}", f"/{number}/path?why=true", f"?text={guess}"):
        yield path, _text(city.ask("GET", f"/hotline/v1/matters{path}"))
    like = [{"name": "text", "value": {"$like": f"*{guess}*"}}]
    # What is sealed is found by nobody.
    for what, name in (("process-instances", "variables"), ("user-tasks", "processInstanceVariables")):
        city.ask("POST", f"/v2/{what}/search", {"filter": {name: like}}, expect=400)
    searches: dict[str, list[dict[str, Any]]] = {
        "variables": [{}, {"value": {"$like": f"*{guess}*"}}],
        "decision-instances": [{}],
    }
    for what, filters in searches.items():
        for asked in filters:
            found = city.ask("POST", f"/v2/{what}/search", {"filter": {**asked, "processInstanceKey": key}})
            yield f"{what} {asked}", _text(found)
            if what == "decision-instances":
                for one in found["items"]:
                    path = f"/v2/decision-instances/{one['decisionEvaluationInstanceKey']}"
                    yield path, _text(city.ask("GET", path))
            elif asked == {}:
                for one in found["items"]:
                    yield one["name"], _text(city.ask("GET", f"/v2/variables/{one['variableKey']}"))
    for task in city.ask("POST", "/v2/user-tasks/search", {"filter": {"rootProcessInstanceKey": key}})["items"]:
        for of in ("variables", "effective-variables"):
            path = f"/v2/user-tasks/{task['userTaskKey']}/{of}/search"
            yield path, _text(city.ask("POST", path, {}))


def _text(answer: object) -> str:
    return json.dumps(answer, ensure_ascii=False)


def showing(city: City, number: str, guess: str) -> set[str]:
    return {
        where for where, told in answers(city, number, guess) if SECRET in told or (guess in where and number in told)
    }


def test_a_state_secret_is_in_no_answer_but_what_the_head_of_the_hotline_opens(city: City) -> None:
    filed = city.file(title=f"{SECRET}丢失", text=f"{SECRET}在路边捡到了。", secrecy="STATE")
    number, code = filed["number"], filed["query_code"]
    assert showing(city, number, "青山") == set()
    with city.as_("shen-yi"):
        assert showing(city, number, "青山") == set()
    tracked = city.app.test_client().get(f"/hotline/v1/track/{number}", headers={"Query-Code": code})
    assert tracked.get_json()["title"] == ""
    with city.as_(LEAD):
        assert showing(city, number, "青山") == set()
        path = f"/hotline/v1/matters/{number}/quarantine"
        assert SECRET in _text(city.ask("POST", path, {"reason": "移交保密部门"}))


def test_what_is_not_secret_is_found_and_shown_as_before(city: City) -> None:
    number = city.file(title=f"{SECRET}展览", text=f"{SECRET}展览几点开门？")["number"]
    seen = showing(city, number, "青山")
    assert {
        f"/{number}",
        "?text=青山",
        "text",
    } <= seen


def test_where_others_privacy_is_touched_who_does_not_handle_it_reads_no_number(city: City) -> None:
    number = city.file(text="邻居王某电话13912345678，天天半夜施工。", secrecy="PRIVACY")["number"]
    with city.as_(ANALYST):
        assert city.matter(number)["text"] == "邻居王某电话139******78，天天半夜施工。"
    assert "13912345678" in city.matter(number)["text"]


def test_a_report_of_retaliation_is_for_the_head_and_the_supervision_department(city: City) -> None:
    number = city.file()["number"]
    told = {"matter_no": number, "retaliation_text": SECRET, "accused_unit": None}
    body = {"name": "retaliation-reported", "correlationKey": number, "timeToLive": 0, "variables": told}
    city.ask("POST", "/v2/messages/publication", body)
    city.tick()
    asked = {"filter": {"name": "retaliation_text"}}
    assert [one["value"] for one in city.ask("POST", "/v2/variables/search", asked)["items"]] == ['"***"']
    for person in (LEAD, "supervision-dept.officer"):
        with city.as_(person):
            assert [one["value"] for one in city.ask("POST", "/v2/variables/search", asked)["items"]] == [f'"{SECRET}"']


def test_what_is_taken_away_or_published_tells_nobody_who_it_is(city: City) -> None:
    row = {"number": "WF1", "phone": "13912345678", "accused_person": "刘某", "title": SECRET, "adds": 1}
    with city.parts.database.read() as connection:
        engine = city.parts.engine
        away = fields.eyes(connection, engine, "CONTACTING", purpose="EXPORT")
        told = list(away.lines([(row, NOTHING), (row, Marks("STATE"))]))
        nothing = list(
            fields.eyes(connection, engine, "SYSTEM_WITHOUT_SCOPE", purpose="EXPORT").lines([(row, NOTHING)])
        )
        with pytest.raises(Conflict, match="accused_person"):
            fields.published(connection, engine, {"entry_text": "", "accused_person": "刘某"})
    assert told == [row | {"phone": "", "accused_person": ""}, {**dict.fromkeys(row, ""), "number": "WF1", "adds": 1}]
    assert nothing == []


_JUDGES = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="greets" name="g" namespace="urn:g">
<decision id="greeting" name="greeting"><variable name="greeting"/><decisionTable id="t">
<input id="i"><inputExpression><text>person_name</text></inputExpression></input><output id="o"/>
<rule id="r"><inputEntry id="e"><text>-</text></inputEntry>
<outputEntry id="x"><text>{"whom": "您好，" + person_name, "begins": substring(person_name, 1, 2)}</text></outputEntry>
</rule>
</decisionTable></decision></definitions>"""


def test_what_a_decision_copies_of_what_it_must_not_tell_is_in_no_list_of_decisions(city: City) -> None:
    called = '<zeebe:calledDecision decisionId="greeting" resultVariable="greeting" />'
    nodes = [start(), Node("businessRuleTask", "greet", called), user("then"), end()]
    greets = diagram("greets", nodes, ["begin -> greet", "greet -> then", "then -> done"])
    with city.parts.database.write() as connection:
        files = [("greets.bpmn", greets), ("greets.dmn", _JUDGES.encode())]
        deployments.deploy(connection, city.parts.engine, files, by="policy")
    told = {"processDefinitionId": "greets", "variables": {"person_name": "欧阳明"}}
    key = city.ask("POST", "/v2/process-instances", told)["processInstanceKey"]
    with city.as_("interface"):
        asked = {"filter": {"processInstanceKey": key}}
        (one,) = city.ask("POST", "/v2/decision-instances/search", asked)["items"]
        whole = city.ask("GET", f"/v2/decision-instances/{one['decisionEvaluationInstanceKey']}")
    assert one["result"] == whole["result"] == '{"whom":"***","begins":"***"}'
    assert "欧阳" not in _text(whole)
