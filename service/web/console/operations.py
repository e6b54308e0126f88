"""The page of operations: what is stuck, and trying it again; jobs, timers, deployments, the chain of records."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from service.engine import incidents
from service.errors import Conflict, StuckError
from service.hotline import operations
from service.web import here
from service.web.access import require_free
from service.web.api.wire import key_of
from service.web.auth import caller
from service.web.console import languages
from service.web.console.clocks import shown
from service.web.permissions import may_ask

_AT_ONCE = 50


def page() -> str:
    return _page()


def retry(key: str) -> Any:
    """Try again where an incident holds something up; whether that helped, the page tells."""
    parts = here()
    try:
        with parts.database.write() as connection:
            require_free(connection, key_of(key))
            incidents.resolve(connection, parts.engine, key_of(key), by=caller().id)
    except (Conflict, StuckError) as error:
        return _page(wrong=error.message), 409
    return _back()


def _back() -> Response:
    kept = {name: value for name, value in request.form.items() if name in ("process", "error") and value}
    return redirect(url_for("console.operations") + (f"?{urlencode(kept)}" if kept else ""))


def _page(wrong: str = "") -> str:
    parts, asked = here(), request.values
    at, before = parts.engine.clock(), asked.get("before", type=int)
    only = {name: asked.get(name, "") for name in ("process", "error")}
    with parts.database.read() as connection:
        seen = operations.look(connection, caller(), at)
        rows = operations.incidents(connection, caller(), **only, before=before, limit=_AT_ONCE)
    return render_template(
        "console/operations.html",
        language=languages.language(),
        wrong=wrong,
        seen=seen,
        rows=rows,
        only=only,
        more=rows[-1]["key"] if len(rows) == _AT_ONCE else None,
        now=at,
        shown=shown,
        may_retry=may_ask(caller(), "POST /operations/incidents/<key>/retry"),
        store="SQLite" if parts.database.is_sqlite else "PostgreSQL",
    )
