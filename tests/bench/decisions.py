"""What an expression and a decision cost, beside plain Python that does the same by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from statistics import median
from time import process_time
from timeit import Timer

from service import dmn, feel
from tests.bench import by_hand, drawn, report
from tests.bench.floor import Act

ITEMS, GRAPH = 1_000, 10
# Seconds that one sample of a small act takes at least: many rounds of it.
_SAMPLE = 0.005
_NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Pair:
    """An act and its floor; it should be at most so many `times` the floor, or take under so many seconds."""

    measure: str
    act: Act
    floor: Act
    times: float | None = None
    under: float | None = None


def pairs() -> list[Pair]:
    """All measures of FEEL and DMN."""
    text = "amount > 500"
    amounts = [{"id": f"n{number}", "amount": Decimal(number)} for number in range(ITEMS)]
    case = {
        "amount": Decimal(700),
        "matter": {"address": {"district": "north"}},
        "items": amounts,
        "received": date(2026, 2, 20),
    }
    return [
        Pair("compile a comparison", partial(feel.Expression, text), partial(compile, text, "", "eval"), under=160e-6),
        Pair("a comparison", _alone(text, case), partial(by_hand.comparison, case), times=5),
        Pair("a path", _alone("matter.address.district", case), partial(by_hand.path, case)),
        Pair(f"a filter of {ITEMS:,}", _evaluated("items[amount > 500]", case), partial(by_hand.large, case), times=5),
        Pair(
            "date arithmetic", _evaluated('received + @"P10D" >= @"2026-03-01"', case), partial(by_hand.is_late, case)
        ),
        _table(50, 5, under=60e-6),
        _table(500, 10, under=300e-6),
        _graph(GRAPH),
    ]


def measure(samples: int) -> list[report.Row]:
    """Every measure with its floor, by the median of the processor's time; all take turns."""
    found = pairs()
    timers = [(_Rounds(one.act), _Rounds(one.floor)) for one in found]
    taken: list[list[tuple[float, float]]] = [[] for _ in found]
    for _ in range(samples):
        for of_one, (act, floor) in zip(taken, timers, strict=True):
            of_one.append((act.seconds(), floor.seconds()))
    return [_row(one, *map(median, zip(*of_one, strict=True))) for one, of_one in zip(found, taken, strict=True)]


class _Rounds:
    """A small act, done as often as it takes to be timed; waiting for others who use the machine does not count."""

    def __init__(self, act: Act) -> None:
        self._timer, self._rounds = Timer(act, timer=process_time), 1
        act()  # what is prepared at the first time is not timed, nor taken for the length of a round
        while self._timer.timeit(self._rounds) < _SAMPLE:
            self._rounds *= 2

    def seconds(self) -> float:
        return self._timer.timeit(self._rounds) / self._rounds


def _row(pair: Pair, taken: float, floor: float) -> report.Row:
    if pair.under:
        aim, met = f"under {pair.under * 1e6:,.0f} µs", taken < pair.under
        return report.beside(pair.measure, taken, floor, aim, met)
    if pair.times:
        return report.beside(pair.measure, taken, floor, f"{pair.times:g} × by hand", taken <= pair.times * floor)
    return report.beside(pair.measure, taken, floor)


def _alone(text: str, case: by_hand.Case) -> Act:
    """An expression that makes no steps, so that one environment serves all rounds."""
    return partial(feel.compile_expression(text).evaluate, case, _environment())


def _evaluated(text: str, case: by_hand.Case) -> Act:
    expression = feel.compile_expression(text)
    return lambda: expression.evaluate(case, _environment())


def _environment() -> feel.Environment:
    return feel.Environment(now=lambda: _NOW)


def _table(rules: int, inputs: int, *, under: float) -> Pair:
    rows = drawn.rows(rules, inputs)
    case = drawn.case_of(rows[rules // 2])
    act = _decided("table", drawn.table("table", rows), case)
    return Pair(f"a table of {rules} by {inputs}", act, partial(by_hand.table, rows, case), under=under)


def _graph(decisions: int) -> Pair:
    case = {"amount": Decimal(7)}
    act = _decided("graph", drawn.graph("graph", decisions), case)
    return Pair(f"a graph of {decisions} decisions", act, partial(by_hand.graph, decisions, case))


def _decided(name: str, xml: bytes, case: by_hand.Case) -> Act:
    model = dmn.read_model(xml, f"{name}.dmn")
    return lambda: dmn.evaluate(model, name, case, _environment()).output
