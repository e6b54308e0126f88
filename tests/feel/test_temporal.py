"""Dates, times and durations: from the first year to the last, to the nanosecond, and in every zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from service import feel
from tests.feel.speaking import cases, environment, evaluate

READ_AND_PRINTED = """
    2017-12-31
    0000-01-01
    -0001-12-31
    -999999999-01-01
    999999999-12-31
    12017-06-30
    23:59:01.123456789
    11:22:33.5
    00:01:00@Etc/UTC
    13:20:00+02:00
    13:20:00-02:45:55
    13:20:00+18:00
    11:22:33Z
    999999999-12-31T23:59:59.999999999@Europe/Paris
    -999999999-12-31T23:59:59.999999999+02:00
    -2021-01-01T10:10:10@Australia/Melbourne
    2017-09-05T09:15:30.987654321@Europe/Paris
    P1DT2H3M4.123456789S
    -PT0.000000001S
    P99999999999D
    P1Y2M
    -P83333333Y3M
    PT0S
    P0M
"""

SAME_VALUE = """
    -0000-01-01 => 0000-01-01
    11:22:33+00:00 => 11:22:33Z
    11:22:33-00:00 => 11:22:33Z
    11:22:33z => 11:22:33Z
    T11:22:33 => 11:22:33
    07:20 => 07:20:00
    07:20@Europe/Paris => 07:20:00@Europe/Paris
    2026-02-10T07:20+01:00 => 2026-02-10T07:20:00+01:00
    24:00:00 => 00:00:00
    2017-12-31T24:00:00 => 2018-01-01T00:00:00
    2017-12-31T24:00:00.000 => 2018-01-01T00:00:00
    11:22:33.500000000 => 11:22:33.5
    11:22:33.1234567899 => 11:22:33.123456789
    2021-03-28T02:30:00@Europe/Paris => 2021-03-28T03:30:00@Europe/Paris
    PT24H => P1D
    PT1000M0.999999999S => PT16H40M0.999999999S
    -P0D => PT0S
    PT0.S => PT0S
    P26M => P2Y2M
    -P12M => -P1Y
"""

NONE_AT_ALL = """
    998-12-31
    01211-12-31
    +2012-12-02
    9999999999-12-25
    2017-13-10
    2017-00-10
    2017-02-29
    1900-02-29
    2017-1-01
    2012-12-25T
    ٢٠١٧-01-01
    2012/12/25
    23:59:60
    24:00:01
    24:00:00.000000001
    25:00:00
    00:60:00
    7:00:00
    07:2
    07:20.5
    07
    13:20:00.
    13:20:00+19:00
    13:20:00+18:01
    13:20:00+02:60
    13:20:00+5
    13:20:00@xyz/abc
    13:20:00@Europe
    13:20:00@../etc/passwd
    13:20:00+02:00@Europe/Paris
    2017-12-31T13:20:00+02:00@Europe/Paris
    999999999-12-31T24:00:00
    P
    PT
    P1DT
    P0
    P1H
    PT1D
    P1.5D
    PT.5S
    P1Y2M3D
    P1W
    --P1D
"""

ARITHMETIC = """
    @"2021-01-31" + @"P1M" => "2021-02-28"
    @"2020-01-31" + @"P1M" => "2020-02-29"
    @"2020-02-29" + @"P1Y" => "2021-02-28"
    @"2020-02-29" - @"P4Y" => "2016-02-29"
    @"2021-03-31" - @"P13M" => "2020-02-29"
    @"0001-01-31" - @"P1M" => "0000-12-31"
    @"0000-02-29" + @"P400Y" => "0400-02-29"
    @"-0004-02-29" + @"P1Y" => "-0003-02-28"
    @"9999-12-31" + @"P1D" => "10000-01-01"
    @"0000-03-01" - @"P1D" => "0000-02-29"
    @"-0001-01-01" - @"P1D" => "-0002-12-31"
    @"2021-01-01" + @"PT36H" => "2021-01-02"
    @"2021-01-02" - @"PT1M" => "2021-01-01"
    @"2021-01-02" - @"-PT1M" => "2021-01-02"
    @"P1D" + @"2021-01-01" => "2021-01-02"
    @"P1D" - @"2021-01-01" => null
    @"999999999-12-31" + @"P1D" => null
    @"-999999999-01-01" - @"P1M" => null
    @"999999999-12-31" - @"-999999999-01-01" => "P730484999633D"
    @"2021-01-02T10:10:10" - @"2021-01-01T10:10:10" => "P1D"
    @"2021-01-02T10:10:10.5" - @"2021-01-02T10:10:10.499999999" => "PT0.000000001S"
    @"2021-01-02T10:10:10Z" - @"2021-01-01T10:10:10" => null
    @"2021-01-02T10:10:10@Europe/Paris" - @"2021-01-01T10:10:10@Asia/Dhaka" => "P1DT5H"
    @"2021-01-02T10:10:10+01:00" - @"2021-01-01" => "P1DT9H10M10S"
    @"2021-01-02" - @"2021-01-01T10:10:10" => null
    @"10:10:10+01:00" - @"10:10:10+02:00" => "PT1H"
    @"10:10:10Z" - @"10:10:10" => null
    @"00:30:00" - @"PT1H" => "23:30:00"
    @"23:30:00+08:00" + @"P3DT1H" => "00:30:00+08:00"
    @"10:00:00" + @"P1M" => null
    @"2021-01-01T23:59:59.999999999" + @"PT0.000000001S" => "2021-01-02T00:00:00"
    string(@"-2021-01-01T10:10:10@Australia/Melbourne" - @"P1D") => "-2022-12-31T10:10:10@Australia/Melbourne"
    string(@"2021-03-27T12:00:00@Europe/Paris" + @"P1D") => "2021-03-28T13:00:00@Europe/Paris"
    string(@"2021-02-28T02:30:00@Europe/Paris" + @"P1M") => "2021-03-28T03:30:00@Europe/Paris"
    (@"2021-10-31T02:30:00@Europe/Paris" + @"PT1H") - @"2021-10-31T02:30:00@Europe/Paris" => "PT1H"
    string(@"2021-10-31T02:30:00@Europe/Paris" + @"PT1H") => "2021-10-31T02:30:00+01:00"
    string(@"2021-10-31T02:30:00@Europe/Paris" + @"PT2H") => "2021-10-31T03:30:00@Europe/Paris"
    @"P1D" + @"P1M" => null
    @"P1Y" - @"P2M" => "P10M"
    -@"PT1.5S" => "-PT1.5S"
    -@"2021-01-01" => null
    1.5 * @"P4DT1H" => "P6DT1H30M"
    @"P1Y11M" * -2.5 => "-P4Y9M"
    @"P10Y11M" / -2.5 => "-P4Y4M"
    @"P1D" / 3 => "PT8H"
    @"P1D" / @"PT1H" => 24
    @"P1Y" / @"P5M" => 2.4
    @"P1D" / 0 => null
    @"P1D" / @"PT0S" => null
    1 / @"P1D" => null
    @"P1D" * @"P1D" => null
    @"P1D" * 10 ** 30 => null
    sum([@"P1D", @"PT1H"]) => "P1DT1H"
    abs(@"-P1DT1H") => "P1DT1H"
    abs(@"-P13M") => "P1Y1M"
    abs(@"2021-01-01") => null
"""

COMPARED = """
    @"-999999999-01-01" < @"999999999-12-31" => true
    @"-0001-12-31" < @"0000-01-01" => true
    @"2021-01-01" < @"2021-01-01T00:00:00" => null
    @"2021-01-01" = @"2021-01-01T00:00:00" => null
    @"2021-01-01T10:00:00+01:00" = @"2021-01-01T09:00:00Z" => true
    @"2021-07-01T10:00:00@Europe/Paris" = @"2021-07-01T10:00:00+02:00" => true
    @"2021-01-01T10:00:00@Europe/Paris" = @"2021-01-01T10:00:00+02:00" => false
    @"2021-01-01T10:00:00.1" = @"2021-01-01T10:00:00.2" => true
    @"2021-01-01T10:00:00.1" < @"2021-01-01T10:00:00.2" => false
    @"2021-01-01T10:00:00.1" <= @"2021-01-01T10:00:00.2" => true
    @"2021-01-01T10:00:00" = @"2021-01-01T10:00:00Z" => false
    @"2021-01-01T10:00:00" < @"2021-01-01T10:00:01+05:00" => true
    @"10:00:00+01:00" = @"09:00:00Z" => true
    @"10:00:00@Europe/Paris" = @"10:00:00+01:00" => true
    @"10:00:00" = @"10:00:00Z" => false
    @"10:00:00" <= @"10:00:00Z" => false
    @"10:00:01" > @"10:00:00+08:00" => true
    @"PT24H" = @"P1D" => true
    @"P1Y" = @"P12M" => true
    @"P1Y" = @"P365D" => null
    @"PT0.000000001S" > @"PT0S" => true
    is(@"23:00:50Z", @"23:00:50+00:00") => true
    is(@"23:00:50Z", @"23:00:50@Etc/UTC") => false
    is(@"10:00:00+01:00", @"09:00:00Z") => false
    is(@"2021-07-01T10:00:00@Europe/Paris", @"2021-07-01T10:00:00+02:00") => false
    is(@"10:00:00.1", @"10:00:00.2") => false
    is(@"P0Y", @"P0D") => false
    is(value1: @"2021-01-01") => false
    is(@"2021-01-01") => null
"""

PARTS = """
    @"-2018-12-10".year => -2018
    @"2018-12-10".weekday => 1
    @"-999999999-01-01".weekday => 1
    @"2018-12-10".hour => null
    @"2018-12-10T10:30:01".day => 10
    @"2018-12-10T10:30:01.25".second => 1.25
    @"10:30:01".minute => 30
    @"10:30:01".year => null
    @"2018-12-10T10:30:00-05:30".time offset => "-PT5H30M"
    @"2018-12-10T10:30:00".time offset => null
    @"2018-07-10T10:30:00@Europe/Paris".time offset => "PT2H"
    @"12018-07-10T10:30:00@Europe/Paris".time offset => "PT2H"
    @"-2018-07-10T10:30:00@Europe/Paris".time offset => "PT9M21S"
    @"10:30:00@Australia/Melbourne".time offset => "PT10H"
    @"10:30:00@Europe/London".time offset => "PT0S"
    @"2018-12-10T10:30:00@Etc/UTC".timezone => "Etc/UTC"
    @"2018-12-10T10:30:00Z".timezone => null
    @"-P1DT2H3M4.5S".days => -1
    @"-P1DT2H3M4.5S".hours => -2
    @"-P1DT2H3M4.5S".minutes => -3
    @"-P1DT2H3M4.5S".seconds => -4.5
    @"P1D".years => null
    @"-P14M".years => -1
    @"-P14M".months => -2
    @"P14M".days => null
"""

MADE = """
    date(999999999, 12, 31) => "999999999-12-31"
    date(1000000000, 1, 1) => null
    date(2017, 2, 29) => null
    date(2017, 8, -2) => null
    date(2017.5, 1, 1) => null
    date(null, 2, 1) => null
    date(@"2017-08-14T14:25:00.123456789") => "2017-08-14"
    date(year: 2017, month: 08, day: 30) => "2017-08-30"
    date("2012-12-25T11:00:00Z") => null
    time(11, 59, 45.123456789) => "11:59:45.123456789"
    time(11, 59, 45, null) => "11:59:45"
    time(11, 59, 45, duration("PT0H")) => "11:59:45Z"
    time(11, 59, 45, duration("-PT2H45M55S")) => "11:59:45-02:45:55"
    time(11, 59, 45, duration("PT18H1S")) => null
    time(11, 59, 45, duration("PT0.5S")) => null
    time(23, 59, 59.99999999999999999999999999999999) => "23:59:59.999999999"
    time(24, 0, 0) => null
    time(23, -1, 0) => null
    time(23, 59, 60) => null
    time(12, null, 45, null) => null
    time(date and time("2017-08-10T10:20:00-01:00")) => "10:20:00-01:00"
    string(time(date and time("2017-08-10T10:20:00@Europe/Paris"))) => "10:20:00@Europe/Paris"
    date and time("2012-12-24") => "2012-12-24T00:00:00"
    date and time("2012-03-07Z") => "2012-03-07T00:00:00Z"
    date and time(@"2017-01-01", @"23:59:01.987654321Z") => "2017-01-01T23:59:01.987654321Z"
    date and time(@"2017-08-10T10:20:00+02:00", @"23:59:01") => "2017-08-10T23:59:01"
    date and time(@"2017-07-01", @"10:00:00@Europe/Paris") => "2017-07-01T10:00:00+02:00"
    date and time(@"2017-01-01", null) => null
    string(date and time(@"2020-07-31T14:27:30@Europe/Berlin", "Asia/Dhaka")) => "2020-07-31T18:27:30@Asia/Dhaka"
    date and time(@"2020-07-31T14:27:30+02:00", "Z") => "2020-07-31T12:27:30Z"
    date and time(@"2020-07-31T14:27:30", "Z") => "2020-07-31T06:27:30Z"
    date and time(@"2020-07-31T14:27:30Z", "Nowhere") => null
    duration(@"P1D") => "P1D"
    duration(2017) => null
    years and months duration(@"2013-08-24", @"2011-12-22") => "-P1Y8M"
    years and months duration(@"2021-01-31", @"2021-02-28") => "P0M"
    years and months duration(@"2014-12-31T23:59:59", @"-2019-10-01T12:32:59") => "-P4033Y2M"
    years and months duration(@"2017-02-28T23:59:59", @"2019-07-23") => "P2Y4M"
    years and months duration(from: @"2016-01-21", to: @"2015-01-21") => "-P1Y"
    day of year(@"-0004-12-31") => 366
    day of week(@"2019-09-17T10:00:00Z") => "Tuesday"
    week of year(@"2003-12-29") => 1
    week of year(@"2005-01-01") => 53
    month of year(@"999999999-12-31") => "December"
    last day of month(@"1900-02-10") => "1900-02-28"
    last day of month(@"999999999-12-01T10:00:00") => "999999999-12-31"
    for day in @"-0001-12-31"..@"0000-01-02" return day => ["-0001-12-31", "0000-01-01", "0000-01-02"]
    for day in @"10000-01-01"..@"9999-12-31" return day => ["10000-01-01", "9999-12-31"]
    @"2021-02-30" => null
"""


@pytest.mark.parametrize("text", READ_AND_PRINTED.split())
def test_a_literal_prints_as_it_was_written(text: str) -> None:
    assert evaluate(f'string(@"{text}")') == text


@pytest.mark.parametrize("line", [line.strip() for line in SAME_VALUE.strip().splitlines()])
def test_a_literal_prints_in_its_plain_form(line: str) -> None:
    text, _, plain = line.partition(" => ")
    assert evaluate(f'string(@"{text}")') == plain
    assert evaluate(f'is(@"{text}", @"{plain}")') is True


@pytest.mark.parametrize("text", NONE_AT_ALL.split())
def test_what_is_no_date_time_or_duration_is_null(text: str) -> None:
    functions = ("date", "time", "date and time", "duration")
    assert [evaluate(f'{function}("{text}")') for function in functions] == [None] * 4


@pytest.mark.parametrize(("expression", "expected"), cases(ARITHMETIC + COMPARED + PARTS + MADE))
def test_dates_times_and_durations_are_the_standards(expression: str, expected: Any) -> None:
    found = evaluate(expression)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ('@"999999999-12-31" + @"P1D"', "“+”: the day is out of range (years -999999999 to 999999999)"),
        ('@"10:00:00" - @"10:00:00Z"', "“-”: one has an offset from UTC, the other has none"),
        ('@"2021-01-01" * 2', "“*” has no meaning for date and number"),
        ('@"2021-01-01".hour', "date has no “hour”"),
        ('is working day(@"12021-01-01")', "is working day: the year 12021 is out of range (0001-01-02 to 9999-12-30)"),
        ('date and time(@"2021-01-01T00:00:00Z", "Nowhere")', "date and time: unknown zone “Nowhere”"),
    ],
)
def test_null_says_what_is_out_of_range_or_has_no_meaning(expression: str, reason: str) -> None:
    class Always:
        def is_working_day(self, day: date) -> bool:
            return True

        def add(self, day: date, count: int) -> date:
            return day

        def between(self, start: date, end: date) -> int:
            return 0

        def is_provisional(self, day: date) -> bool:
            return False

    env = environment(Always())
    assert evaluate(expression, env=env) is None
    assert reason in "; ".join(env.warnings)


PYTHON = [
    date(1, 1, 2),
    date(9999, 12, 30),
    datetime(2026, 2, 10, 9, 30, 0, 123456),
    datetime(2026, 2, 10, 9, 30, tzinfo=UTC),
    datetime(2026, 2, 10, 9, 30, tzinfo=timezone(-timedelta(hours=3, minutes=30))),
    datetime(2026, 7, 10, 9, 30, tzinfo=ZoneInfo("Europe/Paris")),
    datetime(2021, 10, 31, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Paris")),
    time(23, 59, 59, 999999),
    time(9, tzinfo=ZoneInfo("Asia/Shanghai")),
    timedelta(days=-1, microseconds=1),
]


@pytest.mark.parametrize("value", PYTHON, ids=str)
def test_what_comes_from_python_goes_back_as_it_came(value: Any) -> None:
    back = feel.to_python(feel.from_python(value))
    assert (back, back.tzinfo if hasattr(back, "tzinfo") else None) == (value, getattr(value, "tzinfo", None))
    if isinstance(value, datetime) and value.tzinfo:
        assert back.utcoffset() == value.utcoffset()


def test_a_python_value_inside_of_a_variable_is_one_of_feel() -> None:
    variables = {"told": {"at": [datetime(2026, 2, 10, tzinfo=UTC)], "length": timedelta(hours=1)}}
    assert evaluate("told.at[1] + told.length", variables) == "2026-02-10T01:00:00Z"


@pytest.mark.parametrize("text", ["9999-12-31", "0001-01-01T00:00:00+08:00", "-0001-01-01T10:00:00Z", "P999999999999D"])
def test_what_python_cannot_hold_says_so(text: str) -> None:
    with pytest.raises(ValueError, match=r"out of range \(0001-01-02 to 9999-12-30\)|too long"):
        feel.to_python(feel.parse_literal(text))
