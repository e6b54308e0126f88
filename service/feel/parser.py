"""Text to nodes: recursive descent, one method a rule of the grammar, loosest binding first."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection
from typing import TypeVar

from service.feel import nodes as n
from service.feel.scanner import NAMED, FeelSyntaxError
from service.feel.texts import parse_literal, parse_number
from service.feel.type_parser import NO_TYPES, TypeParser, Types

_NUMBER = re.compile(r"(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?")

# How many nodes may be below each other: a sum of 200 terms is as deep.
MAX_LEVELS = 200

T = TypeVar("T")


class Parser(TypeParser):
    """`filters` is off where a `[` after an expression ends a range."""

    def __init__(self, text: str, names: Collection[str], types: Types) -> None:
        super().__init__(text, names, types)
        self.filters = True
        # Where the grammar has two readings, both are tried; nested, that would double with every level.
        self.tries = 1_000 + 20 * len(text)

    def expression(self) -> n.Node:
        self.tries -= 1
        if self.tries < 0:
            raise FeelSyntaxError("nested too deeply", self.pos)
        return self.deeper(self._expression)

    def _expression(self) -> n.Node:
        start = self.pos
        if self.known_name():
            self.pos = start  # a name may begin with a keyword: “for sale”
            return self.or_()
        if self.word("if"):
            return self.if_()
        if self.word("for"):
            return self.for_()
        if found := self.word("some", "every"):
            iterators = self.iterators()
            self.need_word("satisfies")
            return n.Quantified(found == "every", iterators, self.expression())
        return self.or_()

    def if_(self) -> n.Node:
        condition = self.expression()
        self.need_word("then")
        then = self.expression()
        self.need_word("else")
        return n.If(condition, then, self.expression())

    def for_(self) -> n.Node:
        iterators = self.iterators()
        self.need_word("return")
        self.learn("partial")
        return n.For(iterators, self.expression())

    def iterators(self) -> tuple[tuple[str, n.Node, n.Node | None], ...]:
        found = []
        while True:
            name = self.name_until(re.compile(r"\s+in\b"), "a name and “in”")
            self.need_word("in")
            start = self.expression()
            end = self.expression() if self.take("..") else None
            self.learn(name)
            found.append((name, start, end))
            if not self.take(","):
                return tuple(found)

    def or_(self) -> n.Node:
        left = self.and_()
        while self.word("or"):
            left = n.Or(left, self.and_())
        return left

    def and_(self) -> n.Node:
        left = self.comparison()
        while self.word("and"):
            left = n.And(left, self.comparison())
        return left

    def comparison(self) -> n.Node:
        left = self.additive()
        while True:
            if sign := self.take("!=", "<=", ">=", "=", "<", ">"):
                left = n.Comparison(sign, left, self.additive())
            elif self.word("between"):
                low = self.additive()
                self.need_word("and")
                left = n.Between(left, low, self.additive())
            elif self.word("in"):
                left = n.In(left, self.in_tests())
            else:
                return left

    def in_tests(self) -> tuple[n.Node, ...]:
        start = self.pos
        if self.take("("):
            try:
                tests = [self.unary_test()]
                while self.take(","):
                    tests.append(self.unary_test())
                self.need(")")
                return tuple(tests)
            except FeelSyntaxError:
                self.pos = start  # it was a range or an expression in parentheses
        return (self.unary_test(),)

    def additive(self) -> n.Node:
        left = self.multiplicative()
        while sign := self.take("+", "-"):
            left = n.Arithmetic(sign, left, self.multiplicative())
        return left

    def multiplicative(self) -> n.Node:
        left = self.power()
        while not self.at("**") and (sign := self.take("*", "/")):
            left = n.Arithmetic(sign, left, self.power())
        return left

    def power(self) -> n.Node:
        left = self.negation()
        while self.take("**"):
            left = n.Arithmetic("**", left, self.negation())
        return left

    def negation(self) -> n.Node:
        signs = 0
        while self.take("-"):
            signs += 1
        operand = self.instance()
        return n.Negation(operand) if signs % 2 else operand

    def instance(self) -> n.Node:
        left = self.postfix()
        while self.word("instance"):
            self.need_word("of")
            left = n.InstanceOf(left, self.type())
        return left

    def postfix(self) -> n.Node:
        left = self.primary()
        while True:
            if not self.at("..") and self.take("."):
                name = self.name()
                if name is None:
                    raise FeelSyntaxError("expected a name after “.”", self.pos)
                left = n.Path(left, name)
            elif self.filters and self.take("["):
                condition = self.inside(self.expression)
                self.need("]")
                left = n.Filter(left, condition)
            elif self.take("("):
                left = self.call(left)
            else:
                return left

    def inside(self, rule: Callable[[], T]) -> T:
        """Within brackets of their own, filters are filters again."""
        before, self.filters = self.filters, True
        try:
            return rule()
        finally:
            self.filters = before

    def call(self, function: n.Node) -> n.Node:
        if self.take(")"):
            return n.Call(function, (), ())
        named: list[tuple[str, n.Node]] = []
        start = self.pos
        if NAMED.match(self.text, self.pos):
            while True:
                name = self.name_until(re.compile(r"\s*:"), "the name of a parameter")
                self.need(":")
                named.append((name, self.inside(self.expression)))
                if not self.take(","):
                    self.need(")")
                    return n.Call(function, (), tuple(named))
        self.pos = start
        positional = [self.inside(self.expression)]
        while self.take(","):
            positional.append(self.inside(self.expression))
        self.need(")")
        return n.Call(function, tuple(positional), ())

    def primary(self) -> n.Node:
        self.space()
        if found := _NUMBER.match(self.text, self.pos):
            self.pos = found.end()
            number = parse_number(found[0])
            if number is None:
                raise FeelSyntaxError("the number is too long or too large", self.pos)
            return n.Literal(number)
        if self.at('"'):
            return n.Literal(self.string())
        if self.take("@"):
            text = self.string()
            value = parse_literal(text)
            if value is None:
                return n.Meaningless(f'@"{text}" is no date, time or duration')
            return n.Literal(value)
        if known := self.known_name():
            return n.Name(known)
        if word := self.word("true", "false", "null"):
            return n.Literal({"true": True, "false": False, "null": None}[word])
        if self.take("{"):
            return self.context()
        if self.take("["):
            return self.inside(self.list_or_range)
        if self.take("]"):
            return self.range(self.inside(self.additive), start_included=False)
        if self.take("("):
            return self.inside(self.parenthesised)
        if self.word("function"):
            return self.function()
        if self.take("?"):
            return n.Name("?")
        name = self.name()
        if name is None:
            found_text = self.text[self.pos : self.pos + 12].strip() or "the end"
            raise FeelSyntaxError(f"expected an expression, found “{found_text}”", self.pos)
        return n.Name(name)

    def context(self) -> n.Node:
        entries: list[tuple[str, n.Node]] = []
        while not self.take("}"):
            if entries:
                self.need(",")
            if self.at('"'):
                key = self.string()
            else:
                key = self.name_until(re.compile(r"\s*:"), "a key and “:”")
            self.need(":")
            entries.append((key, self.inside(self.expression)))
            self.learn(key)
        twice = [key for key, count in Counter(key for key, _ in entries).items() if count > 1]
        return n.Meaningless(f"the key “{twice[0]}” comes twice") if twice else n.ContextOf(tuple(entries))

    def list_or_range(self) -> n.Node:
        if self.take("]"):
            return n.ListOf(())
        first = self.list_item()
        if self.take(".."):
            return self.range_end(first, start_included=True)
        items = [first]
        while self.take(","):
            items.append(self.list_item())
        self.need("]")
        if len(items) == 1 and isinstance(first, n.UnaryComparison):
            return first
        return n.ListOf(tuple(items))

    def list_item(self) -> n.Node:
        return self.unary_comparison() or self.expression()

    def parenthesised(self) -> n.Node:
        first = self.unary_comparison() or self.expression()
        if self.take(".."):
            return self.range_end(first, start_included=False)
        self.need(")")
        return first

    def range(self, start: n.Node, *, start_included: bool) -> n.Node:
        self.need("..")
        return self.range_end(start, start_included=start_included)

    def range_end(self, start: n.Node, *, start_included: bool) -> n.Node:
        position = self.pos
        for filters in (True, False):  # in `]1..5[` the last bracket is no filter
            self.pos, self.filters = position, filters
            try:
                end = self.additive()
                sign = self.take("]", ")", "[")
                if sign:
                    self.filters = True
                    return n.RangeOf(start, end, start_included, sign == "]")
            except FeelSyntaxError:
                if not filters:
                    raise
        raise FeelSyntaxError("the range is not closed", self.pos)

    def function(self) -> n.Node:
        self.need("(")
        parameters: list[tuple[str, n.TypeName | None]] = []
        while not self.take(")"):
            if parameters:
                self.need(",")
            name = self.name_until(re.compile(r"\s*[,:)]"), "the name of a parameter")
            parameters.append((name, self.type() if self.take(":") else None))
            self.learn(name)
        external = self.word("external") is not None
        return n.FunctionOf(tuple(parameters), self.expression(), external)

    # Unary tests -----------------------------------------------------------------------------------------------

    def unary_tests(self) -> tuple[bool, tuple[n.Node, ...]]:
        """Whether negated, and the tests; none at all for `-`, which is always true."""
        start = self.pos
        if self.take("-") and self.pos >= len(self.text.rstrip()):
            return False, ()
        self.pos = start
        if self.word("not") and self.take("("):
            try:
                tests = self.test_list()
                self.need(")")
                self.space()
                if self.pos == len(self.text):
                    return True, tests
            except FeelSyntaxError:
                self.pos = start  # it is the function not(…)
        self.pos = start
        return False, self.test_list()

    def test_list(self) -> tuple[n.Node, ...]:
        tests = [self.unary_test()]
        while self.take(","):
            tests.append(self.unary_test())
        return tuple(tests)

    def unary_test(self) -> n.Node:
        return self.unary_comparison() or self.expression()

    def unary_comparison(self) -> n.Node | None:
        sign = self.take("<=", ">=", "!=", "<", ">", "=")
        return n.UnaryComparison(sign, self.additive()) if sign else None


def parse_expression(text: str, names: Collection[str], types: Types = NO_TYPES) -> n.Node:
    """The node of an expression; raises FeelSyntaxError."""
    parser = Parser(text, names, types)
    return _shallow(lambda: parser.all_of(parser.expression), lambda node: (node,))


def parse_unary_tests(text: str, names: Collection[str], types: Types = NO_TYPES) -> tuple[bool, tuple[n.Node, ...]]:
    """Whether the tests are negated, and the tests; raises FeelSyntaxError."""
    parser = Parser(text, names, types)
    return _shallow(lambda: parser.all_of(parser.unary_tests), lambda found: found[1])


def _shallow(parse: Callable[[], T], nodes: Callable[[T], tuple[n.Node, ...]]) -> T:
    """What was parsed, if whatever goes through it later finds its end; raises FeelSyntaxError."""
    try:
        found = parse()
    except RecursionError:
        raise FeelSyntaxError("nested too deeply", 0) from None
    level: tuple[n.Node, ...] = nodes(found)
    for _ in range(MAX_LEVELS):
        level = tuple(child for node in level for child in node.children())
        if not level:
            return found
    raise FeelSyntaxError("nested too deeply", 0)
