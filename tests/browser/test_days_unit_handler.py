"""A working day in a unit: the handler takes what has come and goes on with each as it needs, the liaison officer asks
for time and for an end, the person in charge reads the reply. By keyboard alone, in both languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Keep, Visit, Visitor
from tests.browser.keyboard import Keyboard
from tests.city import MATTER
from tests.pages import CALLS
from tests.served import ServedCity

UNIT = "dept-labour"
# One matter for each way on, in the order in which they come: each way in one of the languages.
COURSES = {"zh": ("REPLY", "RETURN", "PLAN"), "en": ("CO_HANDLE", "EXTEND", "TERMINATE")}
AREAS = ("370702", "370703", "370704")
TOLD = ("工地拖欠瓦工三个月工资，请追讨。", "饭店不给服务员加班费。", "物业公司克扣保安岗位津贴。")
YES = {"zh": "项任务归您了", "en": "tasks are yours now"}
SAID = "案情特别复杂，涉及多家企业，需要逐一核对用工台账和工资发放记录。"


def _file(house: ServedCity) -> None:
    for number, (area, text) in enumerate(zip(AREAS, TOLD, strict=True)):
        told = {
            **MATTER, "title": text[:12], "text": text, "category_l1": "劳动和社会保障", "category_l2": "工资福利",
            "division_code": area, "address": f"{area}号地块", "phone": f"1380000{number:04}",
        }  # fmt: skip
        answer = house.request("POST", "/hotline/v1/matters", told, by=CALLS)
        assert answer.status_code == 201, answer.text
    house.tick()


def _finish(keys: Keyboard, house: ServedCity) -> None:
    keys.go("Control+Enter")
    expect(keys.page.locator(".is-wrong")).to_have_count(0)
    house.tick()


def _go_on(keys: Keyboard, course: str) -> None:
    """The form of a matter that is being handled, for one of the ways on."""
    if course != "REPLY":
        keys.choose("course", f'"{course}"')
    if course == "CO_HANDLE":
        keys.page.locator('[name="wanted_reason"]').wait_for()
        keys.choose("wanted_units", '"dept-finance"')
        keys.write("wanted_reason", "需要核对专项资金")
    if course == "REPLY":
        for name, value in (("contacted", "true"), ("facts_true", "true"), ("resolved", '"YES"')):
            keys.choose(name, value)
        keys.write("handling_text", "约谈施工单位，当场补发。")
        keys.write("public_reply_text", "拖欠的三个月工资已经补发到位。")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_day_in_a_unit(visit: Visit, house: ServedCity, keep: Keep, language: str) -> None:
    courses = COURSES[language]
    _file(house)
    handler = visit(f"{UNIT}.handler", language=language)
    page = handler.open("/tasks?kind=sign-in")
    keys = Keyboard(page)
    expect(page.locator("[data-row]")).to_have_count(len(courses))
    keys.press("?")
    expect(page.locator("dialog")).to_be_visible()
    keys.press("Escape")
    # All of them at once, and the filter is kept for tomorrow.
    for _ in courses:
        keys.press("j")
        keys.press("x")
    keys.go("b")
    expect(page.locator(".undo")).to_contain_text(YES[language])
    keep(page, f"{language}-day-unit-inbox")
    keys.press_at(".kept-filters summary")
    keys.write("name", "今天要签收的")
    keys.go("Enter")
    expect(page.locator(".choice")).to_have_text("今天要签收的")
    barriers = handler.barriers() if language == "en" else []
    keys.press("j")
    keys.go("o")
    for course in courses:
        expect(page.locator("#task")).to_be_visible()
        # What is not answered is said before it is sent, and nothing is lost.
        keys.press("Control+Enter")
        expect(page.locator(".is-wrong")).to_be_visible()
        keys.choose("sign_in_answer", '"RETURN"' if course == "RETURN" else '"ACCEPT"')
        if course == "RETURN":
            keys.write("return_reason", "属于市场监管部门职责")
            keys.write("return_legal_basis", "职责清单第十二项")
            keep(page, f"{language}-day-unit-return")
        _finish(keys, house)
    _begin(handler, keys, "/tasks?kind=handle")
    for course in (one for one in courses if one != "RETURN"):
        expect(page.locator("#task")).to_be_visible()
        _go_on(keys, course)
        keep(page, f"{language}-day-unit-{course.lower()}")
        _finish(keys, house)
    if "PLAN" in courses:
        _begin(handler, keys, "/tasks?kind=draw-up-plan")
        keys.choose("objective_reason", '"FUNDS"')
        keys.write("explanation", SAID)
        keys.write("solution_plan", SAID)
        keys.to('[name="plan_committed_on"]')
        page.keyboard.type("04302026")  # in the order in which the browser of tests writes a day
        _finish(keys, house)
    if "EXTEND" in courses:
        barriers += _ask(visit(f"{UNIT}.liaison", language=language), house)
    if "REPLY" in courses:
        _read(visit(f"{UNIT}.principal", language=language), house)
    assert barriers == []


def _begin(visitor: Visitor, keys: Keyboard, inbox: str) -> None:
    """Open the first of a list."""
    visitor.open(inbox)
    keys.press("j")
    keys.go("o")


def _ask(liaison: Visitor, house: ServedCity) -> list[str]:
    """For more time, and for an end."""
    keys = Keyboard(liaison.page)
    _begin(liaison, keys, "/tasks?kind=apply-extension")
    keys.write("extension_reason", SAID)
    # It is kept by itself, whatever becomes of the browser.
    expect(liaison.page.locator("#kept")).to_contain_text("Draft kept at")
    liaison.page.reload()
    expect(liaison.page.locator('[name="extension_reason"]')).to_have_value(SAID)
    keys.write("extension_days_asked", "none")
    keys.press("Control+Enter")
    expect(liaison.page.locator(".is-wrong")).to_have_text("must be a number")
    keys.press("Control+a")
    keys.page.keyboard.insert_text("3")
    _finish(keys, house)
    _begin(liaison, keys, "/tasks?kind=apply-termination")
    keys.choose("termination_ground", '"PETITION"')
    keys.write("termination_facts", SAID)
    keys.write("termination_document", "12号")
    _finish(keys, house)
    return liaison.barriers()


def _read(principal: Visitor, house: ServedCity) -> None:
    """The reply: claimed, put back with one key, and approved."""
    page = principal.open("/tasks")
    keys = Keyboard(page)
    keys.press("j")
    for key in ("c", "u"):
        keys.go(key)
        expect(page.locator(".undo")).to_be_visible()
    _begin(principal, keys, "/tasks?kind=review-reply")
    keys.choose("reply_approved", "true")
    _finish(keys, house)
    expect(page.locator(".good")).to_be_visible()
