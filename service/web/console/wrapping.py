"""Words of a picture in lines: no browser breaks those of an SVG."""

from __future__ import annotations

from collections.abc import Iterator


def wrapped(text: str, width: float, size: float) -> Iterator[str]:
    """Lines no wider than that in letters of this size, by how wide signs are about.

    Chinese breaks anywhere, words between them.
    """
    line, used = "", 0.0
    for word in _pieces(text):
        long = sum(size if sign > "\u2e7f" else size * 0.56 for sign in word)
        if line and used + long > width:
            yield line.strip()
            line, used = "", 0.0
        line, used = line + word, used + long
    if line.strip():
        yield line.strip()


def _pieces(text: str) -> Iterator[str]:
    word = ""
    for sign in " ".join(text.split()):
        if sign > "\u2e7f":
            if word:
                yield word
            word = ""
            yield sign
        else:
            word += sign
            if sign == " ":
                yield word
                word = ""
    if word:
        yield word
