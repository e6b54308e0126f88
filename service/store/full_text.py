"""Full text in Chinese and English: how a text is cut into terms, and what matches them, alike on both stores.

Chinese has no spaces between its words, and a dictionary of them is never complete: a run of its signs is cut into
pairs (供热补贴: 供热, 热补, 补贴), as search engines do where no dictionary is to be had. What is looked for is cut the
same way, so that each run is found wherever it stands in a text. SQLite keeps the terms in FTS5, PostgreSQL in tsvector
with GIN; neither cuts or stems anything itself, so that both find the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    cast,
    column,
    delete,
    func,
    insert,
    literal,
    literal_column,
    select,
    table,
    union_all,
)
from sqlalchemy.dialects.postgresql import TSQUERY

_CHINESE = "\u3400-\u9fff\uf900-\ufaff"
_RUN = re.compile(rf"[{_CHINESE}]+|[^\W_{_CHINESE}]+")
_IS_CHINESE = re.compile(rf"[{_CHINESE}]")
# More than these are not looked for: a question that is this long is found by its first words.
MOST_TERMS = 24
# What is not found as a whole is found by this share of its terms.
_ENOUGH = 0.4


def runs(text: str) -> list[str]:
    """The runs of Chinese signs and the words of other scripts, in one shape of letters."""
    return _RUN.findall(unicodedata.normalize("NFKC", text).lower())


def terms(text: str) -> list[str]:
    """What a text is found by. The last sign of a run stands alone too: each sign begins some term."""
    found: list[str] = []
    for run in runs(text):
        found += [*_pairs(run), run[-1]] if _IS_CHINESE.match(run) else [run]
    return found


def wanted(text: str) -> list[str]:
    """The terms that something is looked for by, each once; what ends in * stands for all that begin so."""
    found: list[str] = []
    for run in runs(text):
        is_pair = _IS_CHINESE.match(run) and len(run) > 1
        found += _pairs(run) if is_pair else [f"{run}*"]
    return list(dict.fromkeys(found))[:MOST_TERMS]


def index(connection: Connection, name: str, key: int, texts: Mapping[str, str]) -> None:
    """Let a row be found by its texts, by column, and no longer by those that it had before."""
    kept = _index(name, *texts)
    forget(connection, name, key)
    values: dict[str, object] = {"rowid": key}
    for column_name, text in texts.items():
        cut = terms(text)
        values[column_name] = " ".join(cut) if _is_sqlite(connection) else func.array_to_tsvector(sorted(set(cut)))
    connection.execute(insert(kept).values(values))


def forget(connection: Connection, name: str, key: int) -> None:
    kept = _index(name)
    connection.execute(delete(kept).where(kept.c.rowid == key))


def matching(connection: Connection, name: str, column_name: str, sought: Sequence[str]) -> Select[tuple[int]]:
    """The keys of the rows that have all these terms in a column."""
    kept = _index(name, column_name)
    return select(kept.c.rowid).where(_has(connection, name, column_name, sought))


def found(connection: Connection, name: str, columns: Sequence[str], sought: Sequence[str]) -> Select[tuple[int, int]]:
    """Key and rank of the rows that have all the terms: 0 in the first of the columns, 1 in the second, and so on."""
    ranked = [
        matching(connection, name, one, sought).add_columns(literal_column(str(rank)).label("rank"))
        for rank, one in enumerate(columns)
    ]
    each = union_all(*ranked).subquery()
    return select(each.c.rowid, func.min(each.c.rank).label("rank")).group_by(each.c.rowid)


def nearly(connection: Connection, name: str, column_name: str, sought: Sequence[str]) -> Select[tuple[int, int]]:
    """The same for those that have most of the terms in a column; the rank is how many they lack."""
    each = union_all(*(matching(connection, name, column_name, [one]) for one in sought)).subquery()
    count = func.count()
    least = max(1, round(len(sought) * _ENOUGH))
    return select(each.c.rowid, (len(sought) - count).label("rank")).group_by(each.c.rowid).having(count >= least)


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)]


def _has(connection: Connection, name: str, column_name: str, sought: Sequence[str]) -> ColumnElement[bool]:
    if _is_sqlite(connection):
        each = " AND ".join(f'"{one.rstrip("*")}"{" *" if one.endswith("*") else ""}' for one in sought)
        return literal_column(name).op("MATCH", is_comparison=True)(literal(f"{column_name} : ({each})"))
    each = " & ".join(f"'{one.rstrip('*')}'{':*' if one.endswith('*') else ''}" for one in sought)
    return column(column_name).op("@@", is_comparison=True)(cast(literal(each), TSQUERY))


def _index(name: str, *columns: str):  # type: ignore[no-untyped-def]
    return table(name, column("rowid", BigInteger), *(column(one) for one in columns))


def _is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"
