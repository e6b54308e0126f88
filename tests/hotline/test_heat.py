"""The heat of diagrams: what is added up as elements end is what a recount of all of them comes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from service.hotline import heat, heat_counts
from service.hotline.heat import Asked, Heat
from service.store.tables import accusation, element_instance, element_span, process_instance
from service.web.auth import Person
from tests.desk import Desk


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    opened = Desk(database_url)
    yield opened
    opened.close()


def _spans(desk: Desk) -> Counter[tuple[Any, ...]]:
    with desk.parts.database.read() as connection:
        return Counter({tuple(row[:-1]): row[-1] for row in connection.execute(select(element_span))})


def _withdraw(desk: Desk, number: str) -> None:
    assert desk.ask("POST", f"/matters/{number}/withdrawal", {"reason": "it is mended"}).status_code < 300


def test_what_is_counted_piece_by_piece_is_what_a_recount_comes_to(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heat_counts, "_AT_ONCE", 3)
    for unit, hours in (("dept-housing", 3), ("dept-water", 80), ("dept-housing", 0)):
        number = desk.dispatched(designated_unit=unit, category_l1="供水", division_code="370702")["number"]
        heat_counts.count(desk.parts.database)
        desk.now += timedelta(hours=hours)
        _withdraw(desk, number)
    assert heat_counts.count(desk.parts.database) > 3
    assert heat_counts.count(desk.parts.database) == 0
    counted = _spans(desk)
    with desk.parts.database.write() as connection:
        assert connection.execute(select(element_instance.c.key).where(heat_counts.UNCOUNTED)).first() is None
        heat_counts.count_all(connection)
        by_hand = connection.execute(select(element_instance).where(element_instance.c.ended_at.is_not(None))).all()
    assert _spans(desk) == counted
    for dimension in ("day", "month"):
        assert sum(n for cell, n in counted.items() if cell[0] == dimension) == len(by_hand)
    assert {cell[2] for cell in counted if cell[0] == "unit"} == {"dept-housing", "dept-water"}
    assert {cell[2] for cell in counted if cell[0] == "category"} == {"供水"}


def test_a_count_that_is_broken_off_leaves_nothing_half_counted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.dispatched()
    with monkeypatch.context() as broken:
        broken.setattr(heat_counts, "update", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            heat_counts.count(desk.parts.database)
    assert not _spans(desk)
    assert heat_counts.count(desk.parts.database)
    assert set(_spans(desk).values()) == {1}


@pytest.mark.of_one_store
def test_what_is_not_counted_yet_is_found_by_its_index(desk: Desk) -> None:
    for query in (
        select(func.min(element_instance.c.ended_at)).where(heat_counts.UNCOUNTED),
        select(element_instance.c.key).where(heat_counts.UNCOUNTED).order_by(element_instance.c.ended_at),
    ):
        with desk.parts.database.read() as connection:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query.compile(desk.parts.database.engine)}")
            assert "ix_element_instance_uncounted" in str(plan.all())


def test_of_a_matter_against_the_viewer_nothing_is_told(desk: Desk) -> None:
    numbers = [desk.dispatched(category_l1="供水")["number"] for _ in range(2)]
    heat_counts.count(desk.parts.database)
    viewer = Person("zheng-hong", "郑红", "weifang-12345", ("AGENCY_LEAD",))
    with desk.parts.database.write() as connection:
        roots = connection.execute(
            select(process_instance.c.root_key).where(process_instance.c.business_id == numbers[0])
        ).scalars()
        connection.execute(insert(accusation).values(root_key=roots.first(), kind="person", name=viewer.id))
        handling, intake = (heat.versions(connection, id_)[0]["key"] for id_ in ("handling", "hotline-intake"))
        day = desk.now.date()
        for dimension in ({}, {"dimension": "category", "value": "供水"}):
            asked = Asked("hotline-intake", [intake], day, day, **dimension)
            assert heat.look(connection, viewer, asked, desk.now)["notify-accepted"].through == 1
        asked = Asked("handling", [handling], day, day)
        assert heat.look(connection, viewer, asked, desk.now)["handle"].waiting == 1
        assert len(heat.waiting(connection, viewer, asked, desk.now, "handle", is_late=False, limit=9)) == 1
        late = desk.now + timedelta(days=30)
        assert heat.look(connection, viewer, asked, late)["handle"].late == 1
        through, following = heat.gone_through(connection, viewer, asked, "dispatch-begins", limit=9)
    assert [row["number"] for row in through] == [numbers[1]]
    assert following is None


def test_what_went_through_is_listed_page_by_page(desk: Desk) -> None:
    for _ in range(5):
        desk.dispatched()
        desk.now += timedelta(minutes=1)
    viewer, day, found, before = (
        Person("zheng-hong", "郑红", "weifang-12345", ("AGENCY_LEAD",)),
        desk.now.date(),
        [],
        None,
    )
    with desk.parts.database.read() as connection:
        asked = Asked("handling", [heat.versions(connection, "handling")[0]["key"]], day, day)
        while True:
            rows, before = heat.gone_through(connection, viewer, asked, "dispatch-begins", limit=2, before=before)
            found += [row["number"] for row in rows]
            if before is None:
                break
    assert len(found) == len(set(found)) == 5
    assert found == sorted(found, reverse=True)


def test_shares_of_lengths_lie_where_so_many_took_no_longer() -> None:
    of = Heat()
    for hours, number in ((0, 1), (3, 8), (5, 1)):
        of.lengths[heat_counts.stretch(timedelta(hours=hours))] += number
    median, most = of.within(0.5), of.within(0.9)
    assert median
    assert timedelta(hours=2) <= median <= timedelta(hours=4)
    assert most == timedelta(hours=4)
    assert Heat().within(0.5) is None
