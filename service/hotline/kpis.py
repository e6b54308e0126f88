"""What each figure is (regulation/kpis.yaml): FEEL over the facts of what it counts, as conditions of SQL."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from operator import add, eq, ge, gt, le, lt, sub
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import ColumnElement, Integer, and_, bindparam, case, literal, not_, null, or_, true

from service import feel
from service.errors import Invalid
from service.feel import nodes as n
from service.hotline import countable
from service.hotline.clauses import FOLDER, LANGUAGES, PROJECT
from service.hotline.countable import MATTERS, Countable
from service.store.tables import Instant

FILE = "kpis.yaml"
NOW = "now"
_SIGNS: Mapping[str, Callable[[Any, Any], ColumnElement[Any]]] = {
    **{"=": eq, "<": lt, "<=": le, ">": gt, ">=": ge},
    **{"+": add, "-": sub},
}


@dataclass(frozen=True, slots=True)
class Figure:
    """`numerator` and `denominator` are what one of those counted adds to them; a number has no denominator."""

    id: str
    counts: Countable
    name: Mapping[str, str]
    formula: Mapping[str, str]
    source: str
    at: str
    said: Mapping[str, str]
    numerator: ColumnElement[int]
    denominator: ColumnElement[int] | None

    @property
    def is_rate(self) -> bool:
        return self.denominator is not None


@cache
def shipped() -> Mapping[str, Figure]:
    """The figures of the project folder."""
    return read()


@cache
def checksum() -> str:
    """Tells whether figures are counted by other definitions than before."""
    return hashlib.sha256((PROJECT / FOLDER / FILE).read_bytes()).hexdigest()


def read(folder: Path = PROJECT) -> dict[str, Figure]:
    """The figures by their ids, in the order of the file; raises Invalid for a file that tells them wrongly."""
    file = folder / FOLDER / FILE
    found: dict[str, Figure] = {}
    try:
        for one in yaml.safe_load(file.read_text("utf-8"))["figures"]:
            found[one["id"]] = _figure(one)
    except OSError as error:
        raise Invalid(f"{file} cannot be read: {error.strerror}. A project keeps its figures there.") from None
    except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise Invalid(f"{file.name} does not tell the figures: {error!r}. Its head says how each is told.") from None
    return found


def by_countable(figures: Iterable[Figure]) -> dict[Countable, list[Figure]]:
    """Those that count the same, together."""
    found: dict[Countable, list[Figure]] = {}
    for one in figures:
        found.setdefault(one.counts, []).append(one)
    return found


def condition(text: str, counts: Countable = MATTERS) -> ColumnElement[Any]:
    """A FEEL expression over facts and `now` as SQL; raises ValueError for what cannot be asked of a database."""
    try:
        return _compiled(feel.compile_expression(text, [*counts.facts.c.keys(), NOW]).node, counts)
    except feel.FeelSyntaxError as error:
        raise ValueError(f"“{text}” is no FEEL: {error}") from None


def _figure(told: Mapping[str, Any]) -> Figure:
    counts = countable.get(told.get("counts", MATTERS.id))
    at = counts.facts.c[told["at"]]
    if not isinstance(at.type, Instant):
        raise ValueError(f"{told['id']}: {told['at']} is no instant")
    said = {name: str(told[name]) for name in ("of", "where", "sum", "sum_of") if name in told}
    of = condition(said["of"], counts) if "of" in said else true()
    where = condition(said["where"], counts) if "where" in said else true()
    return Figure(
        id=told["id"],
        counts=counts,
        name={language: str(told[language]) for language in LANGUAGES},
        formula={language: str(told["formula"][language]) for language in LANGUAGES},
        source=str(told["source"]),
        at=told["at"],
        said=said,
        numerator=_adds(and_(of, where), condition(said.get("sum", "1"), counts)),
        denominator=_adds(of, condition(said.get("sum_of", "1"), counts)) if "of" in said else None,
    )


def _adds(holds: ColumnElement[bool], amount: ColumnElement[int]) -> ColumnElement[int]:
    return case((holds, amount), else_=literal(0, Integer))


def _compiled(node: n.Node, counts: Countable) -> ColumnElement[Any]:
    match node:
        case n.Literal(value=None):
            return null()
        case n.Literal(value=bool() as value):
            return literal(value)
        case n.Literal(value=Decimal() as value) if value == int(value):
            return literal(int(value), Integer)
        case n.Literal(value=str() as value):
            return literal(value)
        case n.Name(name=name) if name == NOW:
            return bindparam(NOW, type_=Instant())
        case n.Name(name=name) if name in counts.facts.c:
            return counts.facts.c[name]
        case n.And(left=left, right=right):
            return and_(_compiled(left, counts), _compiled(right, counts))
        case n.Or(left=left, right=right):
            return or_(_compiled(left, counts), _compiled(right, counts))
        case n.Comparison(operator="=", left=left, right=n.Literal(value=None)):
            return _compiled(left, counts).is_(None)
        case n.Comparison(operator="!=", left=left, right=n.Literal(value=None)):
            return _compiled(left, counts).is_not(None)
        case n.Comparison(operator="!=", left=left, right=right):
            return _compiled(left, counts).is_distinct_from(_compiled(right, counts))
        case n.Comparison(operator=sign) | n.Arithmetic(operator=sign) if sign in _SIGNS:
            return _SIGNS[sign](_compiled(node.left, counts), _compiled(node.right, counts))
        case n.If(condition=asked, then=then, otherwise=otherwise):
            return case((_compiled(asked, counts), _compiled(then, counts)), else_=_compiled(otherwise, counts))
        case n.Call(function=n.Name(name="not"), positional=(operand,)):
            return not_(_compiled(operand, counts))
    raise ValueError(f"figures cannot ask {type(node).__name__} of a database; facts, comparisons, + − and if they can")


def asked_at(now: datetime) -> dict[str, Any]:
    """What statements with figures need beside."""
    return {NOW: now}
