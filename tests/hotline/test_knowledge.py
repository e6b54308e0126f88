"""The knowledge base: what is published is found at once by its words, by whoever may read it."""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

import pytest

from service.errors import NotFound
from service.handlers import Job, publish_entry, withdraw_entry
from service.hotline import knowledge
from service.hotline.knowledge import Found, Wish
from service.web.auth import Person
from tests.city import City
from tests.world import World

CALL_TAKER = Person("li-min", "李敏", "weifang-12345", ("CALL_TAKER",))
HANDLER = Person("h", "韩", "enterprise-heating", ("UNIT_HANDLER",))
OTHER = Person("o", "欧", "dept-police", ("UNIT_HANDLER",))
ENTRY: dict[str, Any] = {
    "unit_id": "enterprise-heating",
    "entry_title": "供热补贴怎么领",
    "entry_kind": "POLICY",
    "entry_short": "带身份证到社区登记，次月发到卡上。",
    "entry_text": "每户每年一次。Heating subsidies are paid once a year.",
    "entry_basis": "市供热管理办法第九条",
    "entry_visibility": "PUBLIC",
    "review_date": "2026-06-01",
}


class Base:
    """The knowledge base, with entries published as the diagram does it."""

    def __init__(self, world: World) -> None:
        self.world, self._keys = world, count(1)
        self._publish = publish_entry.handler(knowledge.publish(world.database, world.engine))
        self._withdraw = withdraw_entry.handler(knowledge.withdraw(world.database, world.engine))

    def publish(self, key: int | None = None, **told: Any) -> str:
        job = Job(key or next(self._keys), "publish-entry", 1, 1, "publish-entry", {}, {**ENTRY, **told}, 3)
        answer = self._publish(job)
        assert answer is not None
        return f"{answer['entry_id']} v{answer['entry_version']}"

    def withdraw(self, id_: str) -> None:
        self._withdraw(Job(99, "withdraw-entry", 1, 1, "retire-entry", {}, {"entry_id": id_}, 3))

    def found(self, words: str, viewer: Any = CALL_TAKER, **wish: Any) -> list[str]:
        return [row["title"] for row in self.search(words, viewer, **wish).rows]

    def search(self, words: str, viewer: Any = CALL_TAKER, **wish: Any) -> Found:
        with self.world.database.read() as connection:
            return knowledge.search(connection, viewer, self.world.now, Wish(words, **wish))


@pytest.fixture
def base(world: World) -> Base:
    return Base(world)


def test_it_is_found_in_chinese_and_english_by_any_part(base: Base) -> None:
    base.publish()
    base.publish(entry_title="公交卡", entry_text="到营业厅办理。", entry_short="", entry_basis="")
    for words in ("供热补贴", "热补", "身份证 补贴", "热", "heating", "SUBSID", "第九条", "供熱补贴怎么领？"[:1]):
        assert base.found(words) == ["供热补贴怎么领"], words
    assert base.found("营业厅") == ["公交卡"]
    assert base.found("医保") == []


def test_the_title_comes_before_the_questions_and_these_before_the_text(base: Base) -> None:
    base.publish(entry_title="丙", entry_text="停水怎么办")
    base.publish(entry_title="乙", entry_questions="停水怎么办\n没水了")
    base.publish(entry_title="停水怎么办", entry_text="打热线。")
    assert base.found("停水") == ["停水怎么办", "乙", "丙"]


def test_a_whole_question_finds_what_has_most_of_its_words(base: Base) -> None:
    base.publish()
    found = base.search("请问供热补贴怎么才能领")
    assert ([row["title"] for row in found.rows], found.is_near) == (["供热补贴怎么领"], True)


def test_a_new_version_takes_the_place_of_the_one_before_and_a_job_counts_once(base: Base) -> None:
    assert base.publish(7) == base.publish(7) == "kb-7 v1"
    assert base.publish(8, entry_id="kb-7", entry_title="供暖补贴") == "kb-7 v2"
    assert base.found("补贴") == ["供暖补贴"]
    assert base.found("热补") == []


def test_what_was_taken_down_is_found_by_its_keepers_alone_until_it_is_published_again(base: Base) -> None:
    base.publish(7)
    base.withdraw("kb-7")
    assert base.found("补贴") == []
    for viewer, sees in ((CALL_TAKER, True), (HANDLER, True), (OTHER, False), (None, False)):
        assert bool(base.found("补贴", viewer, state="WITHDRAWN")) is sees
    base.publish(8, entry_id="kb-7")
    assert base.found("补贴") == ["供热补贴怎么领"]
    with pytest.raises(NotFound):
        base.withdraw("kb-1")


def test_the_public_finds_what_is_public_and_valid(base: Base) -> None:
    base.publish()
    base.publish(entry_title="内部口径补贴", entry_visibility="INTERNAL")
    base.publish(entry_title="旧补贴", valid_until="2026-02-09")
    base.publish(entry_title="新补贴", valid_from=date(2026, 2, 11))
    assert base.found("补贴", None) == ["供热补贴怎么领"]
    assert base.found("补贴", OTHER) == ["内部口径补贴", "供热补贴怎么领"]


def test_it_is_narrowed_by_kind_and_owner_and_told_page_by_page(base: Base) -> None:
    for number in range(3):
        base.publish(entry_title=f"补贴{number}")
    base.publish(entry_title="补贴法", entry_kind="LAW", unit_id="dept-police")
    assert base.found("补贴", kind="LAW") == base.found("", unit_id="dept-police") == ["补贴法"]
    page = base.search("补贴", kind="POLICY", limit=2, offset=2)
    assert ([row["title"] for row in page.rows], page.total) == (["补贴0"], 3)


def test_signs_that_mean_something_to_a_search_engine_are_only_signs(base: Base) -> None:
    base.publish()
    for words in ("\"'*:&|!()", "AND OR NOT", "补贴) OR (", "title:补贴'", "NEAR(补贴"):
        base.search(words)
    assert base.found("「供热」*补贴!") == ["供热补贴怎么领"]


def test_a_snippet_shows_what_was_found(base: Base) -> None:
    base.publish(entry_short="甲" * 60 + "补贴按月发。")
    row = base.search("补贴").rows[0]
    pieces = knowledge.snippet(row, "补贴")
    assert [one.text for one in pieces if one.is_hit] == ["补贴"]
    assert pieces[0].text == "…"


def test_what_is_asked_in_vain_again_and_again_is_to_be_written_once_by_whose_duty_it_is(city: City) -> None:
    asked = {"matter_type": "CONSULT", "agent_can_answer": True, "category_l1": "劳动和社会保障", "title": "社保卡丢了"}
    seen = []
    for place in range(6):
        given = {**asked, "phone": f"1390000000{place}", "confidential": place == 0}
        number = city.file(
            **given, text=f"社保卡丢了怎么补办，这是第{place}位来电人在问。", address=f"中心街{place}号"
        )["number"]
        city.complete(str(number), "answer-directly", public_reply_text="带身份证到社区服务中心当场补办。")
        seen.append([one["candidateGroups"] for one in _to_write(city)])
    # The first is confidential, and told to nobody.
    assert seen[:5] == [[]] * 5
    assert seen[5] == [["dept-labour:UNIT_HANDLER", "dept-labour:UNIT_LIAISON"]]


def _to_write(city: City) -> list[dict[str, Any]]:
    asked = {"filter": {"elementId": "write-entry", "state": "CREATED"}}
    found: list[dict[str, Any]] = city.ask("POST", "/v2/user-tasks/search", asked)["items"]
    return found
