"""The page of operations: what is stuck, jobs, timers, deployments, the chain of records."""

from __future__ import annotations

from flask import render_template, request

from service.hotline import operations
from service.web import here
from service.web.auth import caller
from service.web.console import languages
from service.web.console.clocks import shown

_AT_ONCE = 50


def page() -> str:
    parts, asked = here(), request.values
    at, before = parts.engine.clock(), asked.get("before", type=int)
    only = {name: asked.get(name, "") for name in ("process", "error")}
    with parts.database.read() as connection:
        seen = operations.look(connection, caller(), at)
        rows = operations.incidents(connection, caller(), **only, before=before, limit=_AT_ONCE)
    return render_template(
        "console/operations.html",
        language=languages.language(),
        seen=seen,
        rows=rows,
        only=only,
        more=rows[-1]["key"] if len(rows) == _AT_ONCE else None,
        now=at,
        shown=shown,
        store="SQLite" if parts.database.is_sqlite else "PostgreSQL",
    )
