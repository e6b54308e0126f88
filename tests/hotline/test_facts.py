"""What is known of a matter for figures: told step by step, and the same again from its history."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import select, update

from service.app import PROJECT
from service.hotline import fact_sources, facts, matters
from service.store.tables import matter_fact
from tests.answers import answer
from tests.city import City
from tests.test_house_rules import project


@pytest.mark.parametrize(
    ("there", "gone", "told"),
    [
        ("when: termination/terminated", "when: termination/over", "element over of the process termination"),
        ("ends: hotline-intake", "ends: watching", "process watching, which is not there"),
        ("return-visit/visit_reached", "return-visit/visit_met", "variable visit_met of the process"),
    ],
)
def test_a_fact_that_nothing_drawn_tells_is_a_problem_that_names_it(
    tmp_path: Path, there: str, gone: str, told: str
) -> None:
    text = (PROJECT / "regulation/facts.yaml").read_text("utf-8")
    assert there in text
    (tmp_path / "regulation").mkdir()
    (tmp_path / "regulation/facts.yaml").write_text(text.replace(there, gone), "utf-8")
    found = fact_sources.lost(fact_sources.read(tmp_path), project().models, matters.DEFAULTS)
    assert any(told in one.message for one in found)


def test_what_steps_tell_is_what_the_history_tells(city: City) -> None:
    numbers = []
    for place, told in enumerate(_FILED):
        # Nobody takes one for another: by other people, about other things, elsewhere.
        other = {"phone": f"1000000000{place}", "division_code": f"37078{place + 1}", "address": f"中心街{place}号"}
        numbers.append(str(city.file(**other, **told)["number"]))
    chance, returning = Random(7), dict(_RETURNING)
    for _ in range(12):
        for number in numbers:
            while waiting := city.waiting(number):
                given = returning.pop(waiting[0], None) if number == numbers[4] else None
                city.complete(number, waiting[0], **(given or answer(waiting[0], chance)))
        city.pass_to(city.now + timedelta(days=1))
    with city.parts.database.read() as connection:
        known = {row["number"]: row for row in connection.execute(select(matter_fact)).mappings()}
    of_each = [known[number] for number in numbers]
    assert [row["answered_at"] is not None for row in of_each] == [False, True, False, False, False]
    assert [row["refused_at"] is not None for row in of_each] == [False, False, True, False, False]
    assert [row["replied_at"] is not None for row in of_each[:4]] == [True, False, False, True]
    assert [row["returns_accepted"] for row in of_each] == [0, 0, 0, 0, 1]
    found = [other for _, others in facts.rebuild(city.parts.database, changes=False) for other in others]
    assert found == []
    with city.parts.database.write() as connection:
        connection.execute(update(matter_fact).where(matter_fact.c.number == numbers[0]).values(replied_at=None))
    assert [other for _, others in facts.rebuild(city.parts.database) for other in others] == numbers[:1]


_FILED: tuple[dict[str, Any], ...] = (
    {"category_l1": "劳动和社会保障", "title": "拖欠工资", "text": "单位拖欠工资三个月，请帮助处理。"},
    {"matter_type": "CONSULT", "kb_hit": "EXACT", "category_l1": "民政"},
    {"procedure_required": "LITIGATION", "category_l1": "政法"},
    {"urgency": "LIVELIHOOD", "category_l1": "环境保护", "title": "夜间噪声", "text": "附近工地半夜施工，噪声很大。"},
    {"category_l1": "教育文体", "title": "学校门口拥堵", "text": "学校门口上学时很堵，请疏导。"},
)

_RETURNING: dict[str, dict[str, Any]] = {
    "sign-in": {"sign_in_answer": "RETURN", "return_reason": "不归我们管。", "return_legal_basis": "三定方案"},
    "review-return": {"return_finding": "YES", "return_comment": "确实不归该单位管。"},
    "choose-unit": {"unit_id": "dept-housing", "assignment_basis": "DESIGNATED"},
}
