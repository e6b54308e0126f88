"""The text of a regular expression of XPath, checked and written for other engines."""

from __future__ import annotations

import re
import sys
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import regex

_FLAGS = frozenset("smixq")
_BLANKS = " \t\n\r"
_SINGLE = {"n": "\n", "r": "\r", "t": "\t"} | {sign: sign for sign in "\\|.?*+(){}[]^$-"}
_QUANTIFIER = re.compile(r"(?:[?*+]|\{(\d{1,9})(?:,(\d{0,9}))?\})\??")
_PROPERTY = re.compile(r"\{([A-Za-z0-9-]+)\}")
_BACK = re.compile(r"\\\d+")
_MAX_SETS = 20  # classes that must be written out, of one pattern
_CATEGORY = re.compile("L[ultmo]?|M[nce]?|N[dlo]?|P[cdseifo]?|Z[slp]?|S[mcko]?|C[cfon]?")
_NAME_START = (
    ":A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NAME = _NAME_START + "\\-.0-9\u00b7\u0300-\u036f\u203f-\u2040"
# What `\d`, `\w`, … stand for in a class; a capital letter is the opposite.
# The `_` is a word's sign for Java, which Camunda matches with, though not for XPath.
_CLASSES = {"d": r"\p{Nd}", "s": _BLANKS, "w": r"_\p{L}\p{M}\p{N}\p{S}", "i": _NAME_START, "c": _NAME}


class BadPattern(ValueError):
    """The text is no regular expression of XPath, or the flags are none."""


@dataclass(frozen=True, slots=True)
class Translated:
    """A pattern in the words that all engines share, except for its anchors and back references.

    `^`, `$`, `^m`, `$m` alone are anchors (`m`: of each line), `\\1` alone is a back reference.
    """

    parts: tuple[str, ...]
    groups: int
    looks_back: bool

    @property
    def has_lines(self) -> bool:
        return "^m" in self.parts or "$m" in self.parts

    def text(self, anchors: Mapping[str, str]) -> str:
        """The pattern with these words for its anchors, and `back` for its back references where it is given."""
        back = anchors.get("back")
        return "".join(back if back and _BACK.fullmatch(part) else anchors.get(part, part) for part in self.parts)


def translated(pattern: str, flags: str) -> Translated:
    """Check a pattern and write it anew; raises BadPattern."""
    if set(flags) - _FLAGS:
        raise BadPattern("the flags may be s, m, i, x, q")
    if "q" in flags:
        return Translated((_quoted(pattern),), 0, looks_back=False)
    return _Reader(_without_blanks(pattern) if "x" in flags else pattern, flags).all()


def _without_blanks(pattern: str) -> str:
    """Blanks go, except in a class in brackets."""
    kept, depth, escaped = [], 0, False
    for sign in pattern:
        if depth == 0 and sign in _BLANKS:
            continue
        if not escaped:
            depth += (sign == "[") - (sign == "]" and depth > 0)
        escaped = sign == "\\" and not escaped
        kept.append(sign)
    return "".join(kept)


def _quoted(text: str) -> str:
    return "".join("\\" + sign if sign.isascii() and not sign.isalnum() and sign > " " else sign for sign in text)


@lru_cache(maxsize=1)
def _everything() -> str:
    """Every character there is, in order; 4 MB."""
    return array("I", range(sys.maxunicode + 1)).tobytes().decode("utf-32", "surrogatepass")


@lru_cache(maxsize=200)
def _written_out(class_: str, ignore_case: bool) -> str:
    """A class with sets inside of each other as plain ranges, found by trying every character there is."""
    try:
        compiled = regex.compile(f"{class_}+", regex.V1 | (regex.IGNORECASE if ignore_case else 0))
    except regex.error as error:
        raise BadPattern(f"there is no class {class_}") from error
    runs = [found.group() for found in compiled.finditer(_everything())]
    if not runs:
        return r"[^\x{0}-\x{10FFFF}]"
    return "[" + "".join(f"{_quoted(run[0])}-{_quoted(run[-1])}" for run in runs) + "]"


class _Reader:
    """Recursive descent over branches, pieces and atoms."""

    def __init__(self, pattern: str, flags: str) -> None:
        self.pattern, self.flags, self.pos = pattern, flags, 0
        self.parts: list[str] = []
        self.opened, self.closed = 0, set[int]()
        self.looks_back, self.sets = False, 0

    def all(self) -> Translated:
        depth: list[int | None] = []  # the groups that are open; None captures nothing
        can_repeat = False
        while self.pos < len(self.pattern):
            sign = self.pattern[self.pos]
            if sign in "?*+{":
                if not can_repeat:
                    raise self.wrong("repeats nothing")
                self.quantifier()
                can_repeat = False
                continue
            self.pos += 1
            can_repeat = sign not in "(|"
            if sign == "(":
                depth.append(self.open())
            elif sign == ")":
                if not depth:
                    raise self.wrong("closes no group")
                self.parts.append(")")
                number = depth.pop()
                if number:
                    self.closed.add(number)
            elif sign == "|":
                self.parts.append("|")
            else:
                self.atom(sign)
        if depth:
            raise self.wrong("has an open group")
        return Translated(tuple(self.parts), self.opened, self.looks_back)

    def wrong(self, why: str) -> BadPattern:
        return BadPattern(f"the pattern “{self.pattern[:80]}” {why} at character {self.pos + 1}")

    def open(self) -> int | None:
        if self.pattern.startswith("?:", self.pos):
            self.pos += 2
            self.parts.append("(?:")
            return None
        self.opened += 1
        self.parts.append("(")
        return self.opened

    def quantifier(self) -> None:
        found = _QUANTIFIER.match(self.pattern, self.pos)
        if not found or (found[2] and int(found[1]) > int(found[2])):
            raise self.wrong("has no such repetition")
        self.pos = found.end()
        self.parts.append(found[0])

    def atom(self, sign: str) -> None:
        if sign in "^$":
            self.parts += ["(?:", sign + ("m" if "m" in self.flags else ""), ")"]
        elif sign == ".":
            self.parts.append("(?s:.)" if "s" in self.flags else r"[^\n\r]")
        elif sign == "[":
            class_, is_plain = self.class_()
            self.parts.append(class_ if is_plain else self.written_out(class_))
        elif sign == "\\":
            self.escape()
        elif sign in "]}":
            raise self.wrong(f"holds a “{sign}” without a “\\” before it")
        else:
            self.parts.append(_quoted(sign))

    def escape(self) -> None:
        sign = self.taken()
        if sign in _SINGLE:
            self.parts.append(_quoted(_SINGLE[sign]))
        elif sign.isascii() and sign.isdigit():
            self.back_reference(sign)
        else:
            inside, is_plain = self.class_escape(sign)
            # A class of one opposite is the opposite of a class, which every engine knows.
            class_ = f"[{inside}]" if not inside.startswith("[^") else inside
            self.parts.append(class_ if is_plain or inside.startswith("[^") else self.written_out(class_))

    def written_out(self, class_: str) -> str:
        self.sets += 1
        if self.sets > _MAX_SETS:
            raise self.wrong(f"has more than {_MAX_SETS} classes that take a class away")
        return _written_out(class_, "i" in self.flags)

    def taken(self) -> str:
        if self.pos >= len(self.pattern):
            raise self.wrong("ends in the middle")
        self.pos += 1
        return self.pattern[self.pos - 1]

    def back_reference(self, digits: str) -> None:
        """As many digits as there are groups for; a group must be closed before it is named."""
        while (following := self.pattern[self.pos : self.pos + 1]).isdigit() and int(digits + following) <= self.opened:
            digits += self.taken()
        if int(digits) not in self.closed:
            raise self.wrong(f"names the group {digits}, which is not closed before")
        self.looks_back = True
        self.parts += ["(?:", f"\\{digits}", ")"]

    # Classes ---------------------------------------------------------------------------------------------------

    def class_escape(self, sign: str) -> tuple[str, bool]:
        """What stands in a class for `\\d`, `\\p{L}`, …, and whether every engine can read it there."""
        if sign in "pP":
            found = _PROPERTY.match(self.pattern, self.pos)
            name = found[1] if found else ""
            if not found or not (_CATEGORY.fullmatch(name) or name.startswith("Is")):
                raise self.wrong("names no category and no block")
            self.pos = found.end()
            if _CATEGORY.fullmatch(name):
                return f"\\{sign}{{{name}}}", name != "Cn"
            return f"\\{sign}{{In{name[2:]}}}", False
        if sign.isascii() and not sign.isalnum() and sign > " ":
            return _quoted(sign), True  # Java lets any sign stand for itself so, and people write it
        if sign.lower() not in _CLASSES:
            raise self.wrong(f"has the unknown “\\{sign}”")
        inside = _CLASSES[sign.lower()]
        return (inside, True) if sign.islower() else (f"[^{inside}]", False)

    def class_(self) -> tuple[str, bool]:
        """A class in brackets, `[` being read, and whether every engine can read it."""
        negated = self.pattern.startswith("^", self.pos)
        self.pos += negated
        items: list[str] = []
        is_plain = True
        while True:
            sign = self.taken()
            if sign == "]" and items:
                return f"[{'^' if negated else ''}{''.join(items)}]", is_plain
            if sign == "-" and items and self.pattern.startswith("[", self.pos):
                self.pos += 1
                less, _ = self.class_()
                if self.taken() != "]":
                    raise self.wrong("goes on after a class was taken away")
                return f"[[{'^' if negated else ''}{''.join(items)}]--{less}]", False
            if sign in "[]":
                raise self.wrong(f"holds a “{sign}” without a “\\” before it")
            item, item_is_plain = self.class_item(sign)
            items.append(item)
            is_plain &= item_is_plain

    def class_item(self, sign: str) -> tuple[str, bool]:
        if sign == "\\":
            sign = self.taken()
            if sign not in _SINGLE:
                return self.class_escape(sign)
            sign = _SINGLE[sign]
        rest = self.pattern[self.pos : self.pos + 2]
        if rest[:1] != "-" or rest[1:] in ("", "]", "["):
            return _quoted(sign), True
        self.pos += 1
        end = self.taken()
        if end == "\\":
            end = _SINGLE.get(self.taken(), "")
        if not end or end < sign:
            raise self.wrong("has a range that goes down")
        return f"{_quoted(sign)}-{_quoted(end)}", True
