"""How matters are looked for: what is asked, as conditions that an index answers, however many matters there are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, false, func, or_, select, true

from service.hotline import sealed_fields
from service.store import full_text
from service.store.queries import unsought
from service.store.secrets import KeyRing
from service.store.tables import matter

_EQUAL: Mapping[str, ColumnElement[Any]] = {
    "unit": matter.c.unit_id,
    "status": matter.c.status,
    "light": matter.c.light,
    "channel": matter.c.channel,
}
_WORDS = "matter_words"
_AREA = 6  # digits of a county's code
_NUMBER = re.compile(r"(?:WF|(?=20\d\d))(\d{1,8})(?:-(\d{0,6}))?", re.ASCII | re.IGNORECASE)
# Of words that more matters have, the newest matters are looked through for them; of others the index tells all.
_FEW = 2_000


def conditions(
    connection: Connection,
    secrets: KeyRing,
    wanted: Mapping[str, Any],
    may_compare: ColumnElement[bool],
    *,
    sees_all: bool,
) -> Iterator[ColumnElement[bool]]:
    """What `wanted` names; `may_compare` says in which matters words may be looked for, `sees_all` whether in nearly
    all that there are."""
    yield from (column == wanted[name] for name, column in _EQUAL.items() if name in wanted)
    if "category" in wanted:
        yield _of_category(connection, wanted["category"])
    if "area" in wanted:
        yield _in_area(connection, wanted["area"])
    if "received_from" in wanted:
        yield matter.c.received_at >= wanted["received_from"]
    if "received_to" in wanted:
        yield matter.c.received_at < wanted["received_to"]
    if "text" in wanted:
        number = _NUMBER.fullmatch(wanted["text"].strip())
        yield (
            _numbered(number)
            if number
            else and_(may_compare, _has_words(connection, secrets, wanted["text"], sees_all=sees_all))
        )


def _of_category(connection: Connection, name: str) -> ColumnElement[bool]:
    """Of the first level or the second: of both only where both have one of this name, as two indexes give no order."""
    levels = matter.c.category_l1 == name, matter.c.category_l2 == name
    return or_(false(), *(level for level in levels if _is_any(connection, level)))


def _in_area(connection: Connection, code: str) -> ColumnElement[bool]:
    """By a county's code, or more digits of its towns; by fewer wherever there is a matter there."""
    begins = matter.c.division_code.startswith(code, autoescape=True)
    if len(code) == _AREA:
        return matter.c.area == code
    if len(code) > _AREA:
        return and_(matter.c.area == code[:_AREA], begins)
    ends = code.ljust(_AREA, "0"), code.ljust(_AREA, "9")
    # Mostly it is all that there is.
    area = unsought(matter.c.area, is_sqlite=connection.dialect.name == "sqlite")
    return area.between(*ends) if _is_any(connection, matter.c.area.between(*ends)) else false()


def _numbered(begins: re.Match[str]) -> ColumnElement[bool]:
    """Those whose number begins so, as a range of whole numbers: where others come is another matter in each store."""
    day, place = begins[1], begins[2] or ""
    least, most = (f"WF{day.ljust(8, fill)}-{place.ljust(6, fill)}" for fill in "09")
    return matter.c.number.between(least, most)


def _has_words(connection: Connection, secrets: KeyRing, words: str, *, sees_all: bool) -> ColumnElement[bool]:
    """The matters in whose title or text all pairs of neighbouring signs of some words stand."""
    ways = []
    for marks in sealed_fields.marks_of_words(secrets, words):
        having = full_text.matching(connection, _WORDS, "marks", sorted(marks))
        few = select(func.count()).select_from(having.limit(_FEW).subquery())
        is_few = connection.execute(few).scalar_one() < _FEW
        ways.append(matter.c.instance_key.in_(having) if is_few else _is_among(connection, having, sees_all=sees_all))
    return or_(false(), *ways)


def _is_among(connection: Connection, having: Select[tuple[int]], *, sees_all: bool) -> ColumnElement[bool]:
    """Of many: it is faster to ask the newest matters one by one than to find all that have them, and to sort those."""
    if connection.dialect.name == "sqlite":
        return unsought(matter.c.instance_key, is_sqlite=True).in_(having)
    # Not as a condition that PostgreSQL could turn into a join: it takes those that have them for few.
    if not sees_all:
        return case((matter.c.instance_key.in_(having), true()), else_=false())
    own = having.where(having.selected_columns.rowid == matter.c.instance_key).correlate(matter)
    return own.scalar_subquery().is_not(None)


def _is_any(connection: Connection, condition: ColumnElement[bool]) -> bool:
    return connection.execute(select(matter.c.number).where(condition).limit(1)).first() is not None
