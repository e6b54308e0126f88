"""What columns are made of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Index,
    MetaData,
    Text,
    TypeDecorator,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """A moment: aware in Python, always in UTC; refuses naive values. SQLite keeps UTC text that sorts by time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json = JSON().with_variant(JSONB(), "postgresql")
# Where there may be none: NULL, which is found by an index, and no `null`.
OptionalJson = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def key_column() -> Column[int]:
    return Column("key", BigInteger, primary_key=True, autoincrement=False)


def ref_column(name: str, *, nullable: bool = False, index: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable, index=index)


def instance_column(*, nullable: bool = False) -> Column[int]:
    """The owner. Deleting goes by it; a foreign key would cost a lookup for every row of every step."""
    return Column("instance_key", BigInteger, nullable=nullable, index=True)


def text_column(name: str, **options: Any) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="", default="", **options)


def index_where(name: str, condition: str, *columns: str) -> Index:
    return Index(name, *columns, sqlite_where=sql(condition), postgresql_where=sql(condition))
