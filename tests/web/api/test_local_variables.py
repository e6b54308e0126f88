"""Variables of element instances are found by their scope, of whatever kind the element is, and after it has ended."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from service.store.migrations import downgrade, migrate
from service.store.tables import process_instance
from tests.api import Api
from tests.diagrams import (
    Node,
    again,
    body,
    diagram,
    each,
    end,
    event,
    event_sub_process,
    job,
    mapping,
    message,
    message_root,
    script,
    start,
    user,
)

OWN = mapping({"own": "x"})
CALLED = diagram("called", [start("sb"), job("inner"), end("se")], ["sb -> inner", "inner -> se"])
CALL = Node("callActivity", "it", '<zeebe:calledElement processId="called" />' + OWN)
EMPTY = Node(
    "subProcess", "it", OWN, body([start("sb"), user("inner"), end("se")], ["sb -> inner", "inner -> se"], "g")
)
AD_HOC = Node("adHocSubProcess", "it", OWN, body([user("inner")], []))
WAITING = {
    "userTask": user("it", more=OWN),
    "serviceTask": job("it", more=OWN),
    "receiveTask": Node("receiveTask", "it", OWN, messageRef="M"),
    "intermediateCatchEvent": message("intermediateCatchEvent", "it", more=OWN),
    "callActivity": CALL,
    "subProcess": EMPTY,
    "adHocSubProcess": AD_HOC,
}


def held(api: Api, **filter_: Any) -> dict[str, str]:
    found = api.search("/variables", filter_, page={"limit": 1_000})
    return {one["name"]: one["value"] for one in found}


def element(api: Api, id_: str, **filter_: Any) -> Any:
    (found,) = api.search("/element-instances", {"elementId": id_, **filter_})
    return found


def key_of(api: Api, id_: str, **filter_: Any) -> str:
    key: str = element(api, id_, **filter_)["elementInstanceKey"]
    return key


def put(api: Api, key: str, *, status: int = 204, local: bool = True, **variables: Any) -> None:
    asked = {"variables": variables, "local": local}
    answer = api.ask("PUT", f"/element-instances/{key}/variables", asked)
    assert answer.status_code == status, answer.text


def test_every_kind_of_element_has_its_own_and_takes_more_while_it_is_active(api: Api) -> None:
    api.deployed(CALLED)
    for kind, node in WAITING.items():
        api.deployed(diagram(kind, [start(), node, end()], ["begin -> it", "it -> done"], root=message_root(key="=x")))
        instance = api.start(kind, x=1)
        key = key_of(api, "it", processInstanceKey=instance)
        assert held(api, scopeKey=key)["own"] == "1", kind
        put(api, key, more=[kind], x=2)
        put(api, key, local=False, own=3, x=4, fresh=5)
        assert {"own": "3", "more": f'["{kind}"]', "x": "4"}.items() <= held(api, scopeKey=key).items(), kind
        assert {"x": "1", "fresh": "5"}.items() <= held(api, scopeKey=instance).items(), kind
        api.ask("POST", f"/process-instances/{instance}/cancellation")
        assert held(api, scopeKey=key)["own"] == "3", kind
        put(api, key, status=404, late=1)


def test_elements_that_are_done_at_once_leave_theirs_behind(api: Api) -> None:
    rule = script("sum", "own + 1", "answer")
    rule.extensions += mapping({"own": "x"}, {"y": "answer"})
    api.deployed(diagram("short", [start(), rule, end()], ["begin -> sum", "sum -> done"]))
    key = api.start("short", x=1)
    assert held(api, scopeKey=key_of(api, "sum")) == {"own": "1", "answer": "2"}
    assert held(api, scopeKey=key) == {"x": "1", "y": "2"}


def test_each_instance_of_many_has_its_member_and_the_body_what_they_have_answered_so_far(api: Api) -> None:
    many = each(job("it"), "list", member="one", output="all", result="answer")
    api.deployed(diagram("many", [start(), many, end()], ["begin -> it", "it -> done"]))
    instance = api.start("many", list=["a", "b"])
    body_key = key_of(api, "it", type="MULTI_INSTANCE_BODY")
    first, second = api.search("/element-instances", {"elementInstanceScopeKey": body_key})
    assert held(api, scopeKey=second["elementInstanceKey"]) == {"one": '"b"', "answer": "null", "loopCounter": "2"}
    assert held(api, scopeKey=body_key) == {"all": "[null,null]"}
    leased, _ = api.take("work")
    assert leased["elementInstanceKey"] == first["elementInstanceKey"]
    api.post(f"/jobs/{leased['jobKey']}/completion", {"variables": {"answer": 7}}, status=204)
    assert held(api, scopeKey=body_key) == {"all": "[7,null]"}
    assert "all" not in held(api, scopeKey=instance)


def test_each_round_of_a_loop_has_its_number(api: Api) -> None:
    loop = again(user("it"), "loopCounter < 2")
    api.deployed(diagram("loop", [start(), loop, end()], ["begin -> it", "it -> done"]))
    api.start("loop")
    api.post(f"/user-tasks/{api.tasks()[0]['userTaskKey']}/completion", status=204)
    rounds = api.search("/element-instances", {"elementId": "it", "type": "USER_TASK"})
    assert [held(api, scopeKey=one["elementInstanceKey"])["loopCounter"] for one in rounds] == ["1", "2"]


NESTED = diagram(
    "nested",
    [
        start(),
        each(
            Node(
                "subProcess",
                "outer",
                mapping({"outer_x": "x"}),
                body(
                    [start("sb"), user("look", more=mapping({"x": "x + 1"})), end("se")],
                    ["sb -> look", "look -> se"],
                    "g",
                ),
            ),
            "list",
            member="one",
        ),
        end(),
    ],
    ["begin -> outer", "outer -> done"],
)


def test_a_task_is_told_all_around_it_scope_by_scope_also_when_it_is_done(api: Api) -> None:
    api.deployed(NESTED)
    instance = api.start("nested", x=1, list=["a", "b"])
    _, second = api.tasks()
    sub = api.search("/element-instances", {"elementId": "outer", "type": "SUB_PROCESS"})[1]["elementInstanceKey"]
    seen = {
        ("x", "2", second["elementInstanceKey"]),
        ("outer_x", "1", sub),
        ("one", '"b"', sub),
        ("loopCounter", "2", sub),
        ("list", '["a","b"]', instance),
    }
    path = f"/user-tasks/{second['userTaskKey']}"
    for _ in ("open", "done"):
        told = {(one["name"], one["value"], one["scopeKey"]) for one in api.search(f"{path}/effective-variables")}
        assert told == seen
        told = {(one["name"], one["value"], one["scopeKey"]) for one in api.search(f"{path}/variables")}
        assert told == seen | {("x", "1", instance)}
        api.ask("POST", f"{path}/completion")
    assert api.get(path)["state"] == "COMPLETED"


def test_elements_are_found_by_what_they_are_directly_in(api: Api) -> None:
    api.deployed(NESTED)
    instance = api.start("nested", x=1, list=["a", "b"])

    def within(key: str, **more: Any) -> list[str]:
        found = api.search("/element-instances", {"elementInstanceScopeKey": key, **more})
        return [f"{one['elementId']} {one['type']}" for one in found]

    body_key = key_of(api, "outer", type="MULTI_INSTANCE_BODY")
    first, second = api.search("/element-instances", {"elementId": "outer", "type": "SUB_PROCESS"})
    assert within(instance) == ["begin START_EVENT", "outer MULTI_INSTANCE_BODY"]
    assert within(body_key) == ["outer SUB_PROCESS"] * 2
    assert within(second["elementInstanceKey"]) == ["sb START_EVENT", "look USER_TASK"]
    assert within(first["elementInstanceKey"], state="ACTIVE") == ["look USER_TASK"]
    assert within(api.tasks()[0]["elementInstanceKey"]) == within("1") == []
    api.post("/element-instances/search", {"filter": {"elementInstanceScopeKey": "x"}}, status=400)


def unseal(api: Api) -> None:
    """An older version has sealed no state."""
    with api.parts.database.write() as connection:
        for row in connection.execute(select(process_instance)).mappings().all():
            state = api.parts.engine.protection.of_row(row).dumped(row["state_blob"], row["key"])
            mine = process_instance.c.key == row["key"]
            connection.execute(update(process_instance).where(mine).values(state_blob=state))


def test_what_was_kept_by_an_older_version_is_found_after_the_migration(api: Api) -> None:
    api.deployed(NESTED)
    api.start("nested", x=1, list=["a", "b"])
    api.post(f"/user-tasks/{api.tasks()[0]['userTaskKey']}/completion", status=204)
    asked = {"sort": [{"field": "variableKey"}], "page": {"limit": 100}}
    before = api.post("/variables/search", asked)["items"]
    done = key_of(api, "outer", type="SUB_PROCESS", state="COMPLETED")
    inside = api.search("/element-instances", {"elementId": "look"})
    unseal(api)
    downgrade(api.parts.database, "0017")
    migrate(api.parts.database)
    open_part = key_of(api, "outer", type="SUB_PROCESS", state="ACTIVE")
    kept = api.post("/variables/search", asked)["items"]
    assert kept == [one for one in before if one["scopeKey"] != done]
    assert key_of(api, "look", elementInstanceScopeKey=open_part) == inside[1]["elementInstanceKey"]


HANDLED = diagram(
    "handled",
    [
        start(),
        Node("subProcess", "part", "", body([start("sb"), job("work"), end("se")], ["sb -> work", "work -> se"], "g")),
        event("boundaryEvent", "failed", "error", "E", mapping(None, {"why": "reason"}), attachedToRef="part"),
        event_sub_process(
            "beside", message("startEvent", "asked", more=mapping(None, {"note": "text"})), user("note-it")
        ),
        user("mend"),
        end(),
        end("mended"),
    ],
    ["begin -> part", "part -> done", "failed -> mend", "mend -> mended"],
    root=message_root() + '<bpmn:error id="E" name="e" errorCode="broken" />',
)


def test_what_an_event_brings_is_its_own_before_it_goes_out(api: Api) -> None:
    api.deployed(HANDLED)
    instance = api.start("handled", matter="1")
    (leased,) = api.take("work")
    part = key_of(api, "part")
    assert key_of(api, "work", elementInstanceScopeKey=part)
    asked = {"errorCode": "broken", "variables": {"reason": "no paper", "more": 1}}
    api.post(f"/jobs/{leased['jobKey']}/error", asked, status=204)
    failed = element(api, "failed", elementInstanceScopeKey=instance)
    assert held(api, scopeKey=failed["elementInstanceKey"]) == {"reason": '"no paper"', "more": "1"}
    assert held(api, scopeKey=instance) == {"matter": '"1"', "why": '"no paper"'}


def test_those_inside_of_an_event_sub_process_are_in_it(api: Api) -> None:
    api.deployed(HANDLED.replace(b'id="asked"', b'id="asked" isInterrupting="true"'))
    instance = api.start("handled", matter="1")
    api.post("/messages/publication", {"name": "reply", "correlationKey": "1", "variables": {"text": "so"}})
    beside = key_of(api, "beside", elementInstanceScopeKey=instance)
    assert [one["elementId"] for one in api.search("/element-instances", {"elementInstanceScopeKey": beside})] == [
        "asked",
        "note-it",
    ]


def test_the_incidents_of_one_instance_of_many_are_those_inside_of_it_alone(api: Api) -> None:
    inner = body([start("sb"), job("work"), end("se")], ["sb -> work", "work -> se"], "g")
    parts = each(Node("subProcess", "part", "", inner), "list", member="one")
    api.deployed(diagram("parts", [start(), parts, end()], ["begin -> part", "part -> done"]))
    api.start("parts", list=["a", "b"])
    for leased in api.take("work"):
        sent = {"retries": 0, "errorMessage": leased["variables"]["one"]}
        api.post(f"/jobs/{leased['jobKey']}/failure", sent, status=204)
    for member, part in zip("ab", api.search("/element-instances", {"type": "SUB_PROCESS"}), strict=True):
        found = api.search(f"/element-instances/{part['elementInstanceKey']}/incidents")
        assert [one["errorMessage"] for one in found] == [member]
    whole = key_of(api, "part", type="MULTI_INSTANCE_BODY")
    assert len(api.search(f"/element-instances/{whole}/incidents")) == 2
