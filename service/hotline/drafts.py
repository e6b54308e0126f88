"""The drafts of reports: numbers in sentences, from figures alone, so that they hold nothing personal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import select

from service.engine import Engine
from service.handlers.compile_analysis import CompileAnalysis
from service.handlers.compile_annual_report import CompileReport
from service.handlers.list_governments import ListGovernments
from service.hotline import figures, kpis, periods, unit_kinds
from service.hotline.figure_counts import Counted
from service.hotline.figures import Asked
from service.hotline.units import ACTIVE
from service.store.tables import unit
from service.store.unit_of_work import Database

GOVERNMENT = "gov-office"
_TITLES: Mapping[str, str] = {
    "DAY": "热线日报",
    "WEEK": "热线周报",
    "MONTH": "热线月报",
    "SPECIAL": "专题分析",
}
_TOP = 5
_IN_ANALYSIS = ("accepted", "dispatched", "direct_rate", "on_time_rate", "resolution_rate", "satisfaction_rate")


def analysis(database: Database, engine: Engine) -> CompileAnalysis:
    """Volumes, top categories and areas, what rose against the days before; the totals are those of the figures."""

    def compile_(period: str, until: date, subject: str | None) -> tuple[str, str]:
        at, received = engine.clock(), [figures.get("received")]
        with database.read() as connection:
            asked = periods.span(connection, engine, period, until)
            length = asked.end - asked.begin + timedelta(days=1)
            before = Asked(asked.begin - length, asked.begin - timedelta(days=1))
            whole = figures.told(connection, None, asked, at).get("", {})
            tops = {
                by: [figures.told(connection, None, one, at, by=by, figures=received) for one in (asked, before)]
                for by in ("category", "division")
            }
            earlier = figures.told(connection, None, before, at, figures=received).get("", {})
            places = select(unit.c.division_code, unit.c.name).where(unit.c.kind.in_(("COUNTY", "ZONE")))
            names = {row.division_code: row.name for row in connection.execute(places)}
        title = f"{_TITLES.get(period, _TITLES['SPECIAL'])}（{asked.begin}至{asked.end}）"
        total, was = _number(whole, "received"), _number(earlier, "received")
        lines = [
            title + (f"：{subject}" if subject else ""),
            f"共收到事项{total}件，上一期{was}件{_change(total, was)}。" + "，".join(_said(whole, _IN_ANALYSIS)) + "。",
            "主要类别：" + _top(tops["category"][0], {}) + "。",
            "主要区域：" + _top(tops["division"][0], names) + "。",
            "上升较多：" + _risen(*tops["category"]) + "。",
        ]
        ending = f"-{subject}" if subject else ""
        return f"{period}-{until}{ending}"[:80], "\n".join(lines)

    return compile_


def annual(database: Database) -> CompileReport:
    def compile_(period_id: str, year: int) -> str:
        with database.read() as connection:
            row = periods.get(connection, period_id)
            names = {one.id: one.name for one in connection.execute(select(unit.c.id, unit.c.name))}
        whole: Counted = {id_: (numbers[0], numbers[1]) for id_, numbers in row["figures"]["all"].items()}
        rates = {one["unit_id"]: one["figures"]["on_time"] for one in row["figures"]["units"]}
        late = sorted((rate, unit_id) for unit_id, rate in rates.items() if rate is not None and rate < 1)
        told = "、".join(f"{names.get(unit_id, unit_id)}{rate:.1%}" for rate, unit_id in late[:_TOP])
        lines = [
            f"{year}年热线工作报告（数字截至{row['ends_on']}，已冻结，编号{period_id}）",
            "全年" + "，".join(_said(whole, list(kpis.shipped()))) + "。",
            f"按时办结率较低的单位：{told or '没有'}。",
        ]
        return "\n".join(lines)

    return compile_


def governments(database: Database, engine: Engine) -> ListGovernments:
    """The governments that put the hotline into a budget, as the table unit-kind says; the city's comes first."""

    def list_() -> Sequence[tuple[str, str]]:
        with database.read() as connection:
            query = select(unit.c.id, unit.c.name, unit.c.kind)
            found = list(connection.execute(query.where((unit.c.state == ACTIVE) | (unit.c.id == GOVERNMENT))))
            kinds = unit_kinds.rules(connection, engine, (row.kind for row in found))
        budgets = [(row.id, row.name) for row in found if kinds[row.kind].has_budget]
        return sorted(budgets, key=lambda one: (one[0] != GOVERNMENT, one[0]))

    return list_


def _said(counted: Counted, ids: Sequence[str]) -> list[str]:
    said = []
    for id_ in ids:
        figure, (numerator, denominator) = figures.get(id_), counted.get(id_, (0, 0))
        if not figure.is_rate:
            said.append(f"{figure.name['zh']}{numerator}")
        elif denominator:
            said.append(f"{figure.name['zh']}{numerator / denominator:.1%}（{numerator}/{denominator}）")
    return said


def _number(counted: Counted, id_: str) -> int:
    return counted.get(id_, (0, 0))[0]


def _change(now: int, before: int) -> str:
    if not before:
        return ""
    return f"，{'上升' if now >= before else '下降'}{abs(now - before) / before:.1%}"


def _top(now: Mapping[str, Counted], names: Mapping[str, str]) -> str:
    ranked = sorted(now, key=lambda value: (-_number(now[value], "received"), value))[:_TOP]
    told = [f"{names.get(value, value) or '未注明'}{_number(now[value], 'received')}件" for value in ranked]
    return "、".join(told) or "没有"


def _risen(now: Mapping[str, Counted], before: Mapping[str, Counted]) -> str:
    more = {
        value: _number(counted, "received") - _number(before.get(value, {}), "received")
        for value, counted in now.items()
    }
    ranked = sorted((value for value in more if more[value] > 0), key=lambda value: (-more[value], value))[:_TOP]
    return "、".join(f"{value or '未注明'}（多{more[value]}件）" for value in ranked) or "没有"
