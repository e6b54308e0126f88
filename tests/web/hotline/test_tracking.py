"""Following one's own matter by number and code."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.desk import Answer, Desk


def _track(desk: Desk, number: str, code: str) -> Answer:
    return desk.ask("GET", f"/track/{number}", headers={"Query-Code": code})


def test_number_and_code_show_how_the_matter_stands(new_url: Any) -> None:
    desk = Desk(new_url("sqlite"), auth="required")
    filed = desk.ask("POST", "/matters", {"text": "路灯不亮，请修。", "phone": "13800001234"}, by="li-min").json
    answer = _track(desk, filed["number"], f" {filed['query_code'].lower()} ")
    assert (answer.status_code, answer.json["status"]) == (200, "ACCEPTED")
    assert "13800001234" not in answer.text
    desk.close()


def test_a_wrong_code_and_a_wrong_number_look_the_same(desk: Desk) -> None:
    number = desk.file()["number"]
    answers = [_track(desk, number, "AAAAAAAA"), _track(desk, "WF20260210-999999", "AAAAAAAA")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json["detail"] == answers[1].json["detail"]


def test_whoever_guesses_has_to_wait(desk: Desk) -> None:
    filed = desk.file()
    for _ in range(5):
        assert _track(desk, filed["number"], "AAAAAAAA").status_code == 404
    refused = _track(desk, filed["number"], filed["query_code"])
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "900")
    desk.now += timedelta(minutes=15, seconds=1)
    assert _track(desk, filed["number"], filed["query_code"]).status_code == 200


def test_a_code_is_needed(desk: Desk) -> None:
    assert desk.ask("GET", f"/track/{desk.file()['number']}").status_code == 400


def test_the_service_object_withdraws_without_an_account(desk: Desk) -> None:
    filed = desk.dispatched()
    path, headers = f"/track/{filed['number']}", {"Query-Code": filed["query_code"]}
    assert desk.ask("POST", f"{path}/withdrawal", {}, headers={"Query-Code": "AAAAAAAA"}).status_code == 404
    assert desk.ask("POST", f"{path}/withdrawal", {}, headers=headers).status_code == 204
    assert _track(desk, filed["number"], filed["query_code"]).json["status"] == "WITHDRAWN"
    assert desk.ask("POST", f"{path}/withdrawal", {}, headers=headers).status_code == 409


def test_of_a_matter_that_touches_a_secret_the_status_alone_is_told_and_why(desk: Desk) -> None:
    filed = desk.file(title="某企业的配方", secrecy="COMMERCIAL")
    told = _track(desk, filed["number"], filed["query_code"]).json
    assert (told["status"], told["shown"], told["shown_because"]) == ("ACCEPTED", "SHOW_STATUS_ONLY", "SECRECY")
    assert (told["title"], told["reply"]) == ("", None)
