"""What the planner of SQLite knows of how many rows are alike; PostgreSQL learns it by itself."""

from __future__ import annotations

from service.store.unit_of_work import Database

# Below so many pages any plan is fast; and so much more is another store to plan for.
_SMALL, _GROWN = 10_000, 1.5
# Of each index so many entries are looked at: of a million rows in all it takes some seconds.
_LOOKS = 1_000


def learn(database: Database, known: int = 0) -> int:
    """Look at the store again if it has grown since it had `known` pages; answers how many it had when last looked at.

    Nobody else writes meanwhile.
    """
    if not database.is_sqlite:
        return 0
    with database.read() as connection:
        pages: int = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    if pages < max(_SMALL, known * _GROWN):
        return known
    with database.write() as connection:
        connection.exec_driver_sql(f"PRAGMA analysis_limit={_LOOKS}")
        connection.exec_driver_sql("ANALYZE")
    # Connections read it when they are opened.
    database.engine.dispose()
    return pages
