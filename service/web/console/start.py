"""The start page: what runs, what waits, what is stuck, and how to go on."""

from __future__ import annotations

from collections.abc import Mapping

from flask import render_template, request

from service.hotline import overview
from service.web import here
from service.web.auth import caller
from service.web.console import languages, words
from service.web.console.clocks import shown


def page() -> str:
    parts = here()
    with parts.database.read() as connection:
        seen = overview.look(connection, caller(), parts.engine.clock())
    return render_template(
        "console/start.html",
        language=languages.language(),
        seen=seen,
        caller=caller(),
        now=shown(parts.engine.clock()),
        shown=shown,
        store="SQLite" if parts.database.is_sqlite else "PostgreSQL",
        is_open=parts.settings.auth == "local",
        address=request.url_root.rstrip("/"),
        statuses=_in_order(words.STATUSES, seen.by_status),
        lights=_in_order(words.LIGHTS, seen.by_light),
        roles=words.ROLES,
    )


def _in_order(names: Mapping[str, str], counted: Mapping[str, int]) -> list[tuple[str, str, int]]:
    """Value, name and number of those that occur; a value without a name is shown as it is."""
    known = [(value, name, counted[value]) for value, name in names.items() if counted.get(value)]
    return known + [(value, value, number) for value, number in counted.items() if value and value not in names]
