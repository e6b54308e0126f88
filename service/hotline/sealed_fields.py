"""What is sealed in a matter's row: who has raised it, where, and what was said; found by marks without opening any."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, RowMapping, and_, literal_column

from service.store.secrets import KeyRing
from service.store.tables import matter

_NAME, _PHONE = "person_name", "person_phone"
TOLD = ("title", "text", "address")
COLUMNS = (_NAME, _PHONE, *TOLD)
# Those in which words are looked for.
_WORDS = ("title", "text")
# Pairs of signs that a question is looked for by.
_MOST_PAIRS = 40
_NO_DIGIT = re.compile(r"\D")


class Contact(NamedTuple):
    name: str
    phone: str


def sealed(secrets: KeyRing, number: str, given: Mapping[str, str]) -> dict[str, Any]:
    """The columns of a matter's row for those of COLUMNS that are given.

    Title and text are given together, as words are looked for in both.
    """
    values: dict[str, Any] = {
        name: secrets.seal(value, "matter", number, name) for name, value in given.items() if name in COLUMNS
    }
    if _PHONE in given:
        values["phone_mark"] = secrets.marks(_digits(given[_PHONE]), _PHONE)[0] if given[_PHONE] else ""
    if given.keys() & set(_WORDS):
        values["word_marks"] = word_marks(secrets, *(given[name] for name in _WORDS))
    return values


def word_marks(secrets: KeyRing, *texts: str) -> str:
    """By which the words in some texts are found."""
    pairs = {pair for text in texts for pair in neighbours(text)}
    return f" {' '.join(sorted(secrets.short_marks(pairs, 'words')[0]))} " if pairs else ""


def opened(secrets: KeyRing, row: Mapping[str, Any] | RowMapping) -> dict[str, Any]:
    """The row with what was said; raises StuckError for what was changed, or sealed with a key that is not here."""
    return {**row, **{name: secrets.open(row[name], "matter", row["number"], name) for name in TOLD}}


def contact(secrets: KeyRing, row: Mapping[str, Any] | RowMapping) -> Contact:
    """Raises StuckError like `opened`."""
    return Contact(*(secrets.open(row[name], "matter", row["number"], name) for name in (_NAME, _PHONE)))


def has_phone(secrets: KeyRing, phone: str) -> ColumnElement[bool]:
    """The matters that were raised from a number, however it is written."""
    # In the words of the index of those that have one, too.
    return and_(
        literal_column("matter.phone_mark <> ''"), matter.c.phone_mark.in_(secrets.marks(_digits(phone), _PHONE))
    )


def marks_of_words(secrets: KeyRing, words: str) -> list[set[str]]:
    """By which some words are found: under each key the marks of all pairs of their signs; none where is no pair."""
    pairs = neighbours(words)[:_MOST_PAIRS]
    return secrets.short_marks(pairs, "words") if pairs else []


def neighbours(text: str) -> list[str]:
    """The neighbouring signs of a text, each two once, without case and space: one looks for words as they are said."""
    close = "".join(text.casefold().split())
    return list(dict.fromkeys(close[at : at + 2] for at in range(len(close) - 1)))


def _digits(phone: str) -> str:
    """The number without spaces, dashes and the country's prefix."""
    return _NO_DIGIT.sub("", phone.removeprefix("+86").removeprefix("0086"))
