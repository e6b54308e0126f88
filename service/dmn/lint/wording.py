"""Sets of input values in the words of a table: its labels, and what its cells could hold."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_

from service import feel
from service.dmn.columns import bits
from service.dmn.lint.coverage import Box, Column
from service.dmn.lint.drawn import DrawnTable
from service.dmn.lint.intervals import NULL, Axis, Piece

_MOST_PARTS = 6


def example_of(table: DrawnTable, axes: Sequence[Axis], box: Box) -> str:
    """One input of a box: `channel = "WEB", amount = 7`; columns without pieces are left out."""
    told = []
    for column, axis, pieces in zip(table.inputs, axes, box, strict=True):
        if pieces:
            value = chosen(axis, pieces).example
            told.append(f"{column.label} = {written(value)}")
    return ", ".join(told)


def described(table: DrawnTable, axes: Sequence[Axis], columns: Sequence[Column], box: Box) -> tuple[str, str]:
    """A box as it could stand in cells, columns apart in which it holds everything, and an example out of it."""
    told, is_wide = [], False
    for column, axis, cut, pieces in zip(table.inputs, axes, columns, box, strict=True):
        everything = reduce(or_, (atom.pieces for atom in cut.expected), 0)
        is_wide |= pieces.bit_count() > 1 or (pieces != 0 and not chosen(axis, pieces).is_point)
        if pieces and pieces != everything:
            told.append(f"{column.label}: {cell_of(axis, pieces, everything)}")
    return "; ".join(told) if is_wide else "", example_of(table, axes, box)


def chosen(axis: Axis, pieces: int) -> Piece:
    """The piece that makes the best example: a value that the table names, if there is one; null at last."""
    found = [axis.pieces[index] for index in bits(pieces)]
    return min(found, key=lambda piece: (piece.kind == NULL, not piece.is_point))


def cell_of(axis: Axis, pieces: int, everything: int) -> str:
    """What a cell would hold to let just these pieces pass."""
    rest = [axis.pieces[index] for index in bits(everything & ~pieces)]
    if rest and all(piece.is_point for piece in rest) and pieces.bit_count() > len(rest):
        return f"not({_listed([written(piece.example) for piece in rest])})"
    parts, run = list[str](), list[Piece]()
    for index in bits(pieces):
        piece = axis.pieces[index]
        if run and (pieces >> index - 1 & 1 and axis.pieces[index - 1] is run[-1] and piece.kind == run[-1].kind):
            run.append(piece)
        else:
            parts += [_span(run)] if run else []
            run = [piece]
    parts.append(_span(run))
    return _listed(parts)


def _listed(parts: Sequence[str]) -> str:
    return ", ".join(parts) if len(parts) <= _MOST_PARTS else ", ".join([*parts[:_MOST_PARTS], "…"])


def _span(run: Sequence[Piece]) -> str:
    """Pieces beside each other as one interval."""
    first, last = run[0], run[-1]
    if first.kind == NULL:
        return "null"
    if first.kind == "boolean":
        return ", ".join(written(piece.example) for piece in run)
    if first is last and first.is_point:
        return written(first.example)
    return interval(feel.Range(first.low, last.high, first.is_point, last.is_point))


def interval(range_: feel.Range) -> str:
    """A range as a cell holds it: `5`, `> 5`, `[5..9)`."""
    low, high = range_.start, range_.end
    if low is None or high is None:
        if low is not None:
            return f"{'>=' if range_.start_included else '>'} {written(low)}"
        return f"{'<=' if range_.end_included else '<'} {written(high)}" if high is not None else "-"
    if feel.equal(low, high) is True:
        return written(low)
    return (
        f"{'[' if range_.start_included else '('}{written(low)}..{written(high)}{']' if range_.end_included else ')'}"
    )


def written(value: object) -> str:
    """A value as a cell holds it."""
    shown = feel.show(value, inside=True)
    return shown if feel.kind(value) in ("number", "string", "boolean", "null") else f'@"{shown}"'
