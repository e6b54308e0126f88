"""The words and signs of FEEL. Names may hold spaces and signs, so the text is read with the known names at hand."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Collection
from functools import lru_cache
from typing import Any, TypeVar

# What a name may begin with and go on with (grammar rules 28 to 30); `?` alone is the tested value.
_START = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufefe\uff00-\ufffd\U00010000-\U000effff"
)
_PART = _START + "0-9\u00b7\u0300-\u036f\u203f\u2040'’"
WORD = re.compile(f"[{_START}][{_PART}]*")
_NAME = re.compile(rf"[{_START}?][{_PART}?./\-+*\s]*")
NAMED = re.compile(rf"\s*[{_START}?][{_PART}?./\-+*\s]*:")
_SPACE = re.compile(r"(?:[\s\u180e\u200b\ufeff]|//[^\n]*|/\*.*?\*/)+", re.S)
# Camunda writes names that hold spaces or signs so.
_ESCAPED_NAME = re.compile(r"`([^`\n]+)`")
_STRING = re.compile(r'"((?:[^"\\\n]|\\.|\n)*)"')
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{6}|.)", re.S)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_PIECE = re.compile(rf"[{_PART}]+|\s+|\S")

# Words that end a name: everywhere else two words in a row are one name.
STOPS = frozenset({"and", "or", "then", "else", "in", "between", "instance", "return", "satisfies"})
_RESERVED = STOPS | {"if", "for", "some", "every", "true", "false", "null", "function"}

MAX_LENGTH, MAX_NAME = 50_000, 500

T = TypeVar("T")
# Names by their pieces, each the key of what may follow; an empty key is the end of a name.
Names = dict[str, Any]


class FeelSyntaxError(ValueError):
    """The text is no FEEL; `position` counts characters from 0."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(f"{message} at character {position + 1}")
        self.message, self.position = message, position


class Scanner:
    """One text, and how far it has been read; names are learned on the way."""

    def __init__(self, text: str, names: Collection[str]) -> None:
        if len(text) > MAX_LENGTH:
            raise FeelSyntaxError(f"the text is longer than {MAX_LENGTH} characters", MAX_LENGTH)
        self.text, self.pos = text, 0
        self.given: Names = _tree(tuple(names))
        self.learnt: Names = {}

    def learn(self, name: str) -> None:
        """A name that is not one plain word must be known before it can be read."""
        _plant(self.learnt, name)

    def space(self) -> None:
        found = _SPACE.match(self.text, self.pos)
        if found:
            self.pos = found.end()

    def at(self, sign: str) -> bool:
        self.space()
        return self.text.startswith(sign, self.pos)

    def take(self, *signs: str) -> str | None:
        self.space()
        for sign in signs:
            if self.text.startswith(sign, self.pos):
                self.pos += len(sign)
                return sign
        return None

    def need(self, sign: str) -> None:
        if not self.take(sign):
            found = self.text[self.pos : self.pos + 12].strip() or "the end"
            raise FeelSyntaxError(f"expected “{sign}”, found “{found}”", self.pos)

    def word(self, *words: str) -> str | None:
        """Take one of these words, if it stands here as a whole word."""
        self.space()
        found = WORD.match(self.text, self.pos)
        if found and found[0] in words:
            self.pos = found.end()
            return found[0]
        return None

    def need_word(self, word: str) -> None:
        if not self.word(word):
            raise FeelSyntaxError(f"expected “{word}”", self.pos)

    def known_name(self) -> str | None:
        """The longest known name of several words or with signs that stands here, even if it begins like a keyword."""
        self.space()
        end = max(_longest(names, self.text, self.pos) for names in (self.given, self.learnt))
        if end > self.pos:
            name = " ".join(self.text[self.pos : end].split())
            self.pos = end
            return name
        return None

    def name(self) -> str | None:
        """A known name, one in backticks, otherwise all plain words in a row."""
        if known := self.known_name() or self.escaped_name():
            return known
        words: list[str] = []
        while (found := WORD.match(self.text, self.pos)) and found[0] not in (STOPS if words else _RESERVED):
            words.append(found[0])
            self.pos = found.end()
            following = _SPACE.match(self.text, self.pos)
            if not following or not WORD.match(self.text, following.end()):
                break
            if WORD.match(self.text, following.end())[0] in STOPS:  # type: ignore[index]
                break
            self.pos = following.end()
        return " ".join(words) or None

    def escaped_name(self) -> str | None:
        """A name in backticks, if one stands here."""
        self.space()
        found = _ESCAPED_NAME.match(self.text, self.pos)
        if not found:
            return None
        self.pos = found.end()
        return found[1]

    def name_until(self, stop: re.Pattern[str], what: str) -> str:
        if (escaped := self.escaped_name()) and stop.match(self.text, self.pos):
            return escaped
        found = stop.search(self.text, self.pos)
        name = " ".join(self.text[self.pos : found.start()].split()) if found else ""
        if not found or not _NAME.fullmatch(name):
            raise FeelSyntaxError(f"expected {what}", self.pos)
        self.pos = found.start()
        return name

    def all_of(self, rule: Callable[[], T]) -> T:
        result = rule()
        self.space()
        if self.pos < len(self.text):
            found = self.text[self.pos : self.pos + 12].strip()
            raise FeelSyntaxError(f"unexpected “{found}”", self.pos)
        return result

    def string(self) -> str:
        self.space()
        found = _STRING.match(self.text, self.pos)
        if not found:
            raise FeelSyntaxError("the text in quotes is not closed", self.pos)
        text = _ESCAPE.sub(_unescape, found[1])
        try:
            text = text.encode("utf-16", "surrogatepass").decode("utf-16")  # two escapes may be one sign
        except UnicodeDecodeError:
            raise FeelSyntaxError("the text holds half a sign", self.pos) from None
        if "\0" in text:
            raise FeelSyntaxError("the text holds the sign 0, which nothing can keep", self.pos)
        self.pos = found.end()
        return text


@lru_cache(maxsize=1_000)
def _tree(names: tuple[str, ...]) -> Names:
    """Names that many texts share, those of the built-ins above all."""
    tree: Names = {}
    for name in names:
        _plant(tree, name)
    return tree


def _plant(names: Names, name: str) -> None:
    if len(name) > MAX_NAME or WORD.fullmatch(name):
        return
    for piece in _PIECE.findall(" ".join(name.split())):
        names = names.setdefault(piece, {})
    names[""] = {}


def _longest(names: Names, text: str, position: int) -> int:
    """Where the longest of the names ends that stands here; the position itself if there is none."""
    end, at = position, position
    while names and (found := _PIECE.match(text, at)):
        piece = found[0]
        names, at = names.get(" " if piece.isspace() else piece, {}), found.end()
        if "" in names:
            end = at
    return end


def _unescape(found: re.Match[str]) -> str:
    code = str(found[1])
    if code[0] in "uU" and len(code) > 1:
        number = int(code[1:], 16)
        return chr(number) if number <= sys.maxunicode else "\0"
    return _ESCAPES.get(code, code if code in "\"'\\/" else "\\" + code)
