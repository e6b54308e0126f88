"""What is known of a matter for figures: told step by step, and the same again from its history."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

from sqlalchemy import select, update

from service.hotline import fact_sources, facts
from service.store.tables import matter_fact
from tests.answers import answer
from tests.city import City
from tests.test_house_rules import project


def test_facts_are_told_by_elements_and_variables_that_are_drawn() -> None:
    sources, models = fact_sources.shipped(), {id_: model for id_, (model, _, _) in project().found.processes.items()}
    assert [one for one in sources.processes if one not in models] == []
    unknown = [
        f"{process}/{element}"
        for process, of in sources.at.items()
        for element in of
        if element not in models[process].elements
    ]
    assert unknown == []


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
