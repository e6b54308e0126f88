"""The texts of forms: what is in double braces is filled in by FEEL, and two stars make bold. Never markup."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from service import feel

_PIECE = re.compile(r"\{\{(.*?)\}\}(?!\})", re.DOTALL)
_BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
_MOST = 200  # rounds of a loop


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    is_bold: bool = False


@dataclass(frozen=True, slots=True)
class _Part:
    """A text, an expression, or what stands between `{{#if …}}` or `{{#loop …}}` and its end."""

    kind: str
    said: str
    inside: list[_Part] = field(default_factory=list)


def paragraphs(text: str, seen: Mapping[str, Any], env: feel.Environment) -> list[list[Piece]]:
    """What a text says for these variables, paragraph by paragraph; those that are empty are left out."""
    if text.startswith("="):
        filled = _shown(text[1:], seen, env)
    else:
        filled = _filled(_read(text), seen, env)
    return [_pieces(one.strip()) for one in re.split(r"\n\s*\n", filled) if one.strip()]


def _pieces(text: str) -> list[Piece]:
    found = _BOLD.split(text)
    return [Piece(one, is_bold=bool(number % 2)) for number, one in enumerate(found) if one]


def _read(text: str) -> list[_Part]:
    root: list[_Part] = []
    open_ = [root]
    found = _PIECE.split(text)
    for number, piece in enumerate(found):
        if number % 2 == 0:
            open_[-1].append(_Part("text", piece))
            continue
        said = piece.strip()
        word, _, rest = said.partition(" ")
        if word in ("#if", "#loop"):
            part = _Part(word, rest)
            open_[-1].append(part)
            open_.append(part.inside)
        elif word in ("/if", "/loop"):
            if len(open_) > 1:
                open_.pop()
        else:
            open_[-1].append(_Part("value", said))
    return root


def _filled(parts: Sequence[_Part], seen: Mapping[str, Any], env: feel.Environment) -> str:
    said = []
    for part in parts:
        match part.kind:
            case "text":
                said.append(part.said)
            case "value":
                said.append(_shown(part.said, seen, env))
            case "#if":
                if value(part.said, seen, env) is True or _is_filled(value(part.said, seen, env)):
                    said.append(_filled(part.inside, seen, env))
            case _:
                listed = value(part.said, seen, env)
                for one in listed[:_MOST] if isinstance(listed, list) else ():
                    own = one if isinstance(one, Mapping) else {}
                    said.append(_filled(part.inside, {**seen, **own, "this": one}, env))
    return "".join(said)


def value(expression: str, seen: Mapping[str, Any], env: feel.Environment) -> Any:
    """What an expression comes to; null for one that cannot be read."""
    try:
        return feel.compile_expression(expression.strip().removeprefix("=")).evaluate(seen, env)
    except feel.FeelSyntaxError:
        return None


def _is_filled(told: Any) -> bool:
    """As form-js takes it: what is there counts, but for false, nothing and an empty text."""
    return told not in (None, False, "", 0)


def _shown(expression: str, seen: Mapping[str, Any], env: feel.Environment) -> str:
    told = value(expression, seen, env)
    return "" if told is None else feel.show(told)
