"""Regular expressions of XPath (F&O 3.1, section 5.6; XML Schema, appendix F) on the engines that run them.

RE2 takes linear time whatever the pattern. What it does not know (back references, lines of a text that ends with a
newline) runs on an engine that goes back, for a limited time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache
from time import thread_time
from typing import Any

import re2
import regex

from service.feel.pattern_text import BadPattern, translated
from service.feel.values import FeelLimit

SECONDS = 0.2  # for one search by the engine that goes back
Step = Callable[[int], None]
_STEPS_A_SECOND = 500_000  # so that many searches end together
# The longest text by the largest program that one search may take: it cannot be interrupted.
_MOST_WORK = 100_000_000
_LARGEST_PROGRAM = 2_000_000  # bytes
MAX_PATTERN, MAX_GROUPS = 5_000, 100
_ON_RE2 = {"^": r"\A", "$": r"\z", "^m": "(?m:^)", "$m": "(?m:$)", "back": "x"}
# A newline at the very end begins no line of its own.
_ON_BACK = {"^": r"\A", "$": r"\Z", "^m": r"(?:\A|(?<=\n)(?!\Z))", "$m": r"(?:(?=\n)|(?<!\n)\Z)"}


class Pattern:
    """One compiled pattern; `step` counts the work, and raises FeelLimit when it is too much."""

    def __init__(self, pattern: str, flags: str) -> None:
        if len(pattern) > MAX_PATTERN:
            raise BadPattern(f"the pattern is longer than {MAX_PATTERN} characters")
        self.text, self.flags = pattern, flags
        self.parts = translated(pattern, flags)
        self.groups = self.parts.groups
        if self.groups > MAX_GROUPS:
            raise BadPattern(f"the pattern has more than {MAX_GROUPS} groups")
        self._linear = self._on_re2()

    def _on_re2(self) -> Any:
        options = re2.Options()
        options.log_errors = False
        options.max_mem = _LARGEST_PROGRAM
        options.case_sensitive = "i" not in self.flags
        try:
            return re2.compile(self.parts.text(_ON_RE2), options)
        except re2.error:
            raise BadPattern(f"the pattern “{self.text[:80]}” is too large") from None

    @cached_property
    def _back(self) -> Any:
        # What RE2 took is small enough for this engine too, which would fill the memory with repetitions.
        return regex.compile(self.parts.text(_ON_BACK), regex.IGNORECASE if "i" in self.flags else 0)

    @cached_property
    def matches_nothing(self) -> bool:
        """Whether it matches a text of length 0, which nothing can be replaced or split by."""
        return self.found_in("", lambda count: None)

    def found_in(self, text: str, step: Step) -> bool:
        """Whether it occurs in the text. Raises FeelLimit."""
        return next(self.all_in(text, step), None) is not None

    def all_in(self, text: str, step: Step) -> Iterator[Any]:
        """The places where it occurs, from left to right, as match objects. Raises FeelLimit."""
        goes_back = self.parts.looks_back or (self.parts.has_lines and text.endswith("\n"))
        if len(text) * self._linear.programsize > _MOST_WORK:
            raise FeelLimit(f"the pattern “{self.text[:80]}” takes too long on this text")
        places = self._back.finditer(text, timeout=SECONDS) if goes_back else self._linear.finditer(text)
        started = thread_time()
        try:
            for found in places:
                step(1 + int((thread_time() - started) * _STEPS_A_SECOND))
                yield found
                started = thread_time()
        except TimeoutError:
            raise FeelLimit(f"the pattern “{self.text[:80]}” takes too long on this text") from None
        step(int((thread_time() - started) * _STEPS_A_SECOND))


@lru_cache(maxsize=500)
def _compiled(pattern: str, flags: str) -> Pattern:
    return Pattern(pattern, flags)


def compile_pattern(pattern: str, flags: str, step: Step) -> Pattern:
    """The pattern; raises BadPattern, and FeelLimit where many patterns are made."""
    started = thread_time()
    try:
        return _compiled(pattern, flags)
    finally:
        step(int((thread_time() - started) * _STEPS_A_SECOND))
