"""What somebody has written turns the direction of its own words only (Unicode annex 9), not of those that follow."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from markupsafe import Markup

# Embeddings and overrides end by POP DIRECTIONAL FORMATTING, isolates by POP DIRECTIONAL ISOLATE.
_ENDS = dict.fromkeys("\u202a\u202b\u202d\u202e", "\u202c") | dict.fromkeys("\u2066\u2067\u2068", "\u2069")
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")


def teach(app: Flask) -> None:
    """Let all that templates write end what it begins."""
    app.jinja_env.finalize = ended


def ended(value: Any) -> Any:
    if not isinstance(value, str) or value.isascii() or not _TURNS.search(value):
        return value
    open_: list[str] = []
    for sign in _TURNS.findall(value):
        if sign in _ENDS:
            open_.append(_ENDS[sign])
        elif sign in open_:
            # An isolate takes with it what was begun inside of it; an override ends nothing but itself.
            del open_[len(open_) - 1 - open_[::-1].index(sign) :]
    return value + Markup("").join(reversed(open_)) if isinstance(value, Markup) else value + "".join(reversed(open_))
