"""FEEL counts in the working days of the calendar that it is given."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from service.calendar import Calendar
from tests.feel.speaking import cases, environment, evaluate

# Spring Festival 2026: off from 15 to 23 February, worked on Saturday 14 and Saturday 28.
TABLE = """
    add working days(@"2026-02-10", 5) => "2026-02-24"
    add working days(@"2026-02-10", 0) => "2026-02-10"
    add working days(@"2026-02-24", -5) => "2026-02-10"
    add working days(@"2026-02-13T23:30:00+08:00", 1) => "2026-02-14"
    add working days(@"2026-02-13T16:30:00Z", 1) => "2026-02-24"
    add working days(@"2026-02-10", 1.5) => null
    add working days(@"2026-02-10", 99999) => null
    add working days(@"2098-01-01", 9999) => null
    add working days(null, 1) => null
    add working days(@"2026-02-10", "1") => null
    add working days("2026-02-10", 1) => null
    working days between(@"2026-02-10", @"2026-02-24") => 5
    working days between(@"2026-02-24", @"2026-02-10") => -5
    working days between(@"2026-02-10", @"2026-02-10") => 0
    working days between(null, @"2026-02-10") => null
    elapsed working days(@"2026-02-10", @"2026-02-24") => 5
    working days between(1, 2) => null
    is working day(@"2026-02-14") => true
    is working day(@"2026-02-15") => false
    is working day(@"2026-02-16") => false
    is working day(null) => null
    is working day("2026-02-14") => null
    is provisional(@"2026-12-31") => false
    is provisional(@"2027-01-04") => true
    is provisional(null) => null
    is provisional(1) => null
    end of working day(@"2026-02-24") => "2026-02-24T23:59:59+08:00"
    end of working day(@"2026-02-24T20:00:00Z") => "2026-02-25T23:59:59+08:00"
    end of working day(null) => null
    end of working day(true) => null
"""


@pytest.mark.parametrize(("expression", "expected"), cases(TABLE))
def test_working_days_are_those_of_the_calendar(expression: str, expected: Any) -> None:
    assert evaluate(expression, env=environment(Calendar())) == expected


def test_a_local_closure_moves_them() -> None:
    closed = Calendar({date(2026, 2, 11): "off", date(2026, 2, 21): "work"})
    assert evaluate('add working days(@"2026-02-10", 4)', env=environment(closed)) == "2026-02-21"


def test_without_a_calendar_there_is_no_answer_but_a_reason() -> None:
    env = environment()
    assert evaluate('add working days(@"2026-02-10", 5)', env=env) is None
    assert env.warnings == ["add working days: there is no calendar of working days here"]


def test_counting_far_is_counted_as_work() -> None:
    env = environment(Calendar())
    assert evaluate('for i in 1..100000 return working days between(@"2000-01-01", @"2090-01-01")', env=env) is None
    assert "steps" in env.warnings[-1]
