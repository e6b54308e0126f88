"""What is wrong, as deployment and the studio say it, in the language of the page: by patterns, as names stand in it.

The catalogue is translations/faults.json: an English sentence with {parts} → the Chinese one. What a part holds is
looked up by itself, as it may be a word or a sentence of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from flask import Flask

from service.web.console import languages

_CATALOGUE = Path(__file__).with_name("translations") / "faults.json"
_PART = re.compile(r"\{(\w+)\}")
_ARTICLE = re.compile(r"^(An?|an?) (?=\w+$)")
# A part that holds a sentence holds a part that holds a word at the most.
_DEEP = 4


def teach(app: Flask) -> None:
    app.jinja_env.globals["problem"] = told


def told(text: str) -> str:
    """A sentence that names what is wrong, or what to do about it; as it is where the catalogue has none."""
    return text if languages.language() != "zh" else in_chinese(text) or text


def in_chinese(text: str) -> str | None:
    """None if the catalogue has not all of it."""
    return _said(text, _DEEP)


def _said(text: str, deep: int) -> str | None:
    words, patterns = _catalogue()
    if text in words:
        return words[text]
    for start, matching, chinese in patterns:
        if not text.startswith(start):
            continue
        if found := matching.fullmatch(text):
            parts = {name: _inner(part, deep) for name, part in found.groupdict().items()}
            return _PART.sub(lambda it, parts=parts: parts[it[1]], chinese)  # type: ignore[misc]
    return None


def _inner(part: str, deep: int) -> str:
    """A word or sentence within a sentence; Chinese has no article."""
    told = _ARTICLE.sub("", part)
    return (_said(told, deep - 1) if deep else None) or told


@cache
def _catalogue() -> tuple[Mapping[str, str], Sequence[tuple[str, re.Pattern[str], str]]]:
    """Whole sentences, and patterns with how they begin; what is longer is tried first, as it says more."""
    read: dict[str, str] = json.loads(_CATALOGUE.read_text("utf-8"))
    words = {text: chinese for text, chinese in read.items() if not _PART.search(text)}
    patterns = []
    for text, chinese in sorted(read.items(), key=lambda it: -len(_PART.sub("", it[0]))):
        if text in words:
            continue
        pieces = _PART.split(text)
        named = [re.escape(one) if place % 2 == 0 else f"(?P<{one}>.+?)" for place, one in enumerate(pieces)]
        patterns.append((pieces[0], re.compile("".join(named), re.DOTALL), chinese))
    return words, patterns
