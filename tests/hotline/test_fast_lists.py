"""Lists and figures find what they tell by an index: no question reads every matter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import event, text

from service.hotline import figures, kpis
from service.hotline.figures import Asked
from service.store.unit_of_work import Database
from tests.desk import Desk

SPAN = Asked(date(2026, 1, 1), date(2026, 3, 31))


def test_figures_of_a_span_read_days_and_open_matters_only(desk: Desk) -> None:
    def ask() -> None:
        with desk.parts.database.read() as connection:
            for by in ("all", "unit", "channel"):
                figures.told(connection, None, SPAN, desk.now, by=by)
            for only in ({"division": "370705"}, {"unit": "dept-housing"}):
                figures.told(connection, None, Asked(SPAN.begin, SPAN.end, only), desk.now)

    assert _read_whole(desk.parts.database, ask) == []


def test_the_matters_of_a_figure_are_found_by_its_instant(desk: Desk) -> None:
    def ask() -> None:
        with desk.parts.database.read() as connection:
            for figure in kpis.shipped().values():
                figures.matters(connection, _EVERYBODY, SPAN, desk.now, figure, "numerator", limit=50)

    assert _read_whole(desk.parts.database, ask) == []


class _Everybody:
    id, unit_id, roles = "li-min", None, ("ADMIN",)


_EVERYBODY = _Everybody()


def _read_whole(database: Database, ask: Callable[[], None]) -> list[str]:
    """The statements that would read every fact, or every matter, as the store plans them."""
    asked: list[tuple[str, Any]] = []

    def hear(_c: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        asked.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", hear)
    try:
        ask()
    finally:
        event.remove(database.engine, "before_cursor_execute", hear)
    return [statement for statement, parameters in asked if _is_read_whole(database, statement, parameters)]


def _is_read_whole(database: Database, statement: str, parameters: Any) -> bool:
    with database.read() as connection:
        if database.is_sqlite:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            return any(row[3] in ("SCAN matter_fact", "SCAN matter", "SCAN figure_day") for row in plan)
        # A few rows are read whole whatever the index: what it would cost is asked without that way.
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).all()
        return any("Seq Scan on matter" in row[0] or "Seq Scan on figure_day" in row[0] for row in plan)
