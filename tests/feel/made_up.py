"""Expressions of every kind, made up from a seed: each has a type, so that most of them have a value."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

PATTERNS = ['"^a"', '"b$"', '"[0-9]"', '"a.c"', '"B"']
Make = Callable[[int], str]


class MadeUp:
    """`number(2)` is the text of a number, at most two operators deep; so for the other types."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.types: list[Make] = [
            self.number, self.number, self.text, self.boolean, self.boolean, self.numbers, self.texts, self.context,
            self.date, self.time, self.moment, self.length, self.months, self.nothing,
        ]  # fmt: skip

    def any(self, depth: int) -> str:
        return self.random.choice(self.types)(depth)

    def test(self) -> tuple[str, int]:
        """A cell of a table and the number that it tests."""
        return self._cell(), self.random.randint(-3, 9)

    def _one(self, depth: int, literals: list[str], deeper: list[Callable[[], str]]) -> str:
        if depth <= 0 or self.random.random() < 0.15:
            return self.random.choice(literals)
        return self.random.choice(deeper)()

    def _cell(self) -> str:
        def n() -> str:
            return self.number(1)

        cells: list[Callable[[], str]] = [
            n, lambda: f"< {n()}", lambda: f">= {n()}", lambda: f"[{n()}..{n()}]", lambda: f"({n()}..{n()}]",
            lambda: f"]{n()}..{n()})", lambda: f"{n()}, {n()}", lambda: f"not({n()}, < {n()})", lambda: "-",
            lambda: f"? > {n()}", lambda: f"odd(?) or ? = {n()}", lambda: f"< {n()}, > {n()}", lambda: self.numbers(1),
        ]  # fmt: skip
        return self.random.choice(cells)()

    def nothing(self, depth: int) -> str:
        """A mix of types that has a value seldom."""
        sign = self.random.choice(["+", "-", "*", "/", "=", "!=", "<", ">=", "and", "or"])
        return f"{self.any(depth - 2)} {sign} {self.any(depth - 2)}" if depth > 0 else "null"

    def number(self, depth: int) -> str:
        r, n, d = self.random, self.number, depth - 1
        literals = [str(r.randint(-20, 99)), f"{r.randint(0, 9)}.{r.randint(1, 99)}", "0", "1", "0.1", "-2.5"]
        return self._one(depth, literals, [
            lambda: f"({n(d)} {r.choice('+-*/')} {n(d)})", lambda: f"({n(d)} {r.choice('+-*/')} {n(d)})",
            lambda: f"({n(d)} ** {r.randint(0, 4)})", lambda: f"-({n(d)})", lambda: f"abs({n(d)})",
            lambda: f"floor({n(d)})", lambda: f"ceiling({n(d)})", lambda: f"decimal({n(d)}, {r.randint(0, 3)})",
            lambda: f"round {r.choice(['up', 'down', 'half up', 'half down'])}({n(d)}, {r.randint(0, 3)})",
            lambda: f"modulo({n(d)}, {n(d)})", lambda: f"sqrt({n(d)})", lambda: f"number(string({n(d)}))",
            lambda: f"string length({self.text(d)})", lambda: f"(if {self.boolean(d)} then {n(d)} else {n(d)})",
            lambda: f"{r.choice(['count', 'sum', 'min', 'max', 'mean', 'median', 'product'])}({self.numbers(d)})",
            lambda: f"({self.numbers(d)})[{r.randint(-3, 4)}]", lambda: f"({self.context(d)}).{r.choice('abx')}",
            lambda: f"({self.date(d)}).{r.choice(['year', 'month', 'day', 'weekday'])}",
            lambda: f"({self.time(d)}).{r.choice(['hour', 'minute', 'second'])}",
            lambda: f"({self.length(d)}).{r.choice(['days', 'hours', 'minutes', 'seconds'])}",
            lambda: f"({self.months(d)}).{r.choice(['years', 'months'])}", lambda: f"day of year({self.date(d)})",
            lambda: f"(({self.date(d)} - {self.date(d)}) / duration(\"P1D\"))",
            lambda: f"(function(x, y) x {r.choice('+-*')} y)({n(d)}, {n(d)})",
            lambda: f"{{a: {n(d)}, b: a * 2}}.b", lambda: f"count({self.texts(d)})",
        ])  # fmt: skip

    def text(self, depth: int) -> str:
        r, t, d = self.random, self.text, depth - 1
        return self._one(depth, ['"a"', '"abc"', '""', '"b c"', '"变量"', '"ß"', '"x1y2"', '"\\"q\\""', '"A😀b"'], [
            lambda: f"({t(d)} + {t(d)})", lambda: f"substring({t(d)}, {r.choice([1, 2, -1, -2])})",
            lambda: f"substring({t(d)}, {r.choice([1, 2, -2])}, {r.randint(1, 3)})",
            lambda: f"upper case({t(d)})", lambda: f"lower case({t(d)})", lambda: f"substring before({t(d)}, {t(d)})",
            lambda: f"substring after({t(d)}, {t(d)})", lambda: f"string join({self.texts(d)}, {t(0)})",
            lambda: f'replace({t(d)}, "[a-c]+", {t(0)})',
            lambda: f"string({self.number(d)})", lambda: f"string({self.boolean(d)})",
            lambda: f"string({self.date(d)})",
            lambda: f"string({self.length(d)})", lambda: f"(if {self.boolean(d)} then {t(d)} else {t(d)})",
            lambda: f"({self.texts(d)})[{r.randint(1, 3)}]", lambda: f"day of week({self.date(d)})",
            lambda: f"month of year({self.date(d)})", lambda: f"({self.context(d)}).c",
        ])  # fmt: skip

    def boolean(self, depth: int) -> str:
        r, b, n, d = self.random, self.boolean, self.number, depth - 1
        sign = r.choice(["=", "!=", "<", "<=", ">", ">="])
        kind = r.choice([n, self.text, self.date, self.time, self.moment, self.length, self.months])
        return self._one(depth, ["true", "false", "true", "false", "null"], [
            lambda: f"({kind(d)} {sign} {kind(d)})", lambda: f"({kind(d)} {sign} {kind(d)})",
            lambda: f"({b(d)} {r.choice(['and', 'or'])} {b(d)})", lambda: f"not({b(d)})",
            lambda: f"({n(d)} between {n(d)} and {n(d)})", lambda: f"({n(d)} in (< {n(d)}, [{n(d)}..{n(d)}]))",
            lambda: f"({n(d)} in [{n(d)}..{n(d)}])", lambda: f"contains({self.text(d)}, {self.text(d)})",
            lambda: f"{r.choice(['starts', 'ends'])} with({self.text(d)}, {self.text(d)})",
            lambda: f'matches({self.text(d)}, {r.choice(PATTERNS)})',
            lambda: f"list contains({self.numbers(d)}, {n(d)})", lambda: f"odd({r.randint(-9, 9)})",
            lambda: f"({r.choice(['some', 'every'])} x in {self.numbers(d)} satisfies x {sign} {n(d)})",
            lambda: f"({self.any(d)} instance of {r.choice(['number', 'string', 'boolean', 'date', 'time'])})",
            lambda: f"({self.any(d)} = null)", lambda: f"({self.numbers(d)} = {self.numbers(d)})",
            lambda: f"{r.choice(['all', 'any'])}([{b(d)}, {b(d)}])", lambda: f"({self.context(d)} = {self.context(d)})",
            lambda: f"{r.choice(['before', 'after'])}({n(d)}, {n(d)})",
            lambda: f"includes([{n(0)}..{n(0)}], {n(d)})", lambda: f"({self.context(d)}).d",
        ])  # fmt: skip

    def numbers(self, depth: int) -> str:
        r, n, many, d = self.random, self.number, self.numbers, depth - 1
        return self._one(depth, ["[1, 2, 3]", "[]", "[5]", "[3, 1, 2, 1]", "[0.1, 0.2]"], [
            lambda: f"[{n(d)}, {n(d)}]", lambda: f"append({many(d)}, {n(d)})",
            lambda: f"concatenate({many(d)}, {many(d)})",
            lambda: f"reverse({many(d)})", lambda: f"sort({many(d)}, function(x, y) x {r.choice('<>')} y)",
            lambda: f"distinct values({many(d)})", lambda: f"union({many(d)}, {many(d)})",
            lambda: f"flatten([{many(d)}, [{n(d)}]])",
            lambda: f"sublist({many(d)}, {r.choice([1, 2, -1])})", lambda: f"remove({many(d)}, {r.choice([1, 2, -1])})",
            lambda: f"insert before({many(d)}, {r.choice([1, 2, -1])}, {n(d)})", lambda: f"index of({many(d)}, {n(d)})",
            lambda: f"({many(d)})[item {r.choice(['<', '>', '=', '<='])} {n(d)}]",
            lambda: f"(for x in {many(d)} return x {r.choice('+-*')} {n(d)})",
            lambda: f"(for x in {r.randint(-2, 3)}..{r.randint(-2, 5)} return x * {n(d)})",
            lambda: f"(for x in {many(d)}, y in {many(d)} return x + y)",
            lambda: f"[{self.context(d)}, {self.context(d)}].a",
            lambda: f"list replace({many(d)}, {r.randint(1, 2)}, {n(d)})",
        ])  # fmt: skip

    def texts(self, depth: int) -> str:
        t, d = self.text, depth - 1
        return self._one(depth, ['["a", "b"]', "[]", '["x"]'], [
            lambda: f"[{t(d)}, {t(d)}]", lambda: f'split({t(d)}, ",")',
            lambda: f"(for x in {self.texts(d)} return x + {t(d)})",
            lambda: f"reverse({self.texts(d)})", lambda: f"({self.texts(d)})[item != {t(d)}]",
        ])  # fmt: skip

    def context(self, depth: int) -> str:
        c, d = self.context, depth - 1
        return self._one(depth, ["{a: 1, b: 2}", "{}", '{a: 5, c: "x", d: true}'], [
            lambda: f"{{a: {self.number(d)}, c: {self.text(d)}}}",
            lambda: f'context put({c(d)}, "a", {self.number(d)})', lambda: f"context merge([{c(d)}, {c(d)}])",
            lambda: f"{{a: {self.number(d)}, d: {self.boolean(d)}, x: a + 1}}",
        ])  # fmt: skip

    def date(self, depth: int) -> str:
        r, d = self.random, depth - 1
        day = f"{r.choice([1999, 2000, 2023, 2024])}-{r.randint(1, 12):02}-{r.choice([1, 15, 28, 29, 30, 31]):02}"
        return self._one(depth, [f'date("{day}")', f'@"{day}"', 'date("2024-02-29")', "date(2020, 2, 28)"], [
            lambda: f"({self.date(d)} {r.choice('+-')} {self.months(d)})",
            lambda: f"({self.date(d)} {r.choice('+-')} duration(\"P{r.randint(0, 400)}D\"))",
            lambda: f"date({self.moment(d)})",
        ])  # fmt: skip

    def time(self, depth: int) -> str:
        r, d = self.random, depth - 1
        clock = f"{r.randint(0, 23):02}:{r.choice([0, 30, 59]):02}:{r.choice([0, 1, 59]):02}"
        zone = r.choice(["", "", "Z", "+02:00", "-05:30"])
        return self._one(depth, [f'time("{clock}{zone}")', f'@"{clock}{zone}"', "time(10, 30, 0)"], [
            lambda: f"({self.time(d)} {r.choice('+-')} {self.length(d)})", lambda: f"time({self.moment(d)})",
        ])  # fmt: skip

    def moment(self, depth: int) -> str:
        r, d = self.random, depth - 1
        day = f"{r.choice([1999, 2024])}-{r.randint(1, 12):02}-{r.randint(1, 28):02}T{r.randint(0, 23):02}:30:00"
        zone = r.choice(["", "", "Z", "+02:00"])
        return self._one(depth, [f'date and time("{day}{zone}")', f'@"{day}{zone}"'], [
            lambda: f"({self.moment(d)} {r.choice('+-')} {self.length(d)})",
            lambda: f"({self.moment(d)} {r.choice('+-')} {self.months(d)})",
            lambda: f"date and time({self.date(d)}, {self.time(d)})",
        ])  # fmt: skip

    def length(self, depth: int) -> str:
        r, d = self.random, depth - 1
        literals = ['duration("P1D")', 'duration("PT36H")', '@"-PT1H30M"', 'duration("P2DT3H4M5S")', 'duration("PT0S")']
        return self._one(depth, literals, [
            lambda: f"({self.length(d)} {r.choice('+-')} {self.length(d)})",
            lambda: f"({self.date(d)} - {self.date(d)})", lambda: f"abs({self.length(d)})",
        ])  # fmt: skip

    def months(self, depth: int) -> str:
        r, d = self.random, depth - 1
        return self._one(depth, ['duration("P1Y")', 'duration("P14M")', '@"-P1Y2M"', 'duration("P0M")'], [
            lambda: f"({self.months(d)} {r.choice('+-')} {self.months(d)})",
            lambda: f"years and months duration({self.date(d)}, {self.date(d)})",
        ])  # fmt: skip
