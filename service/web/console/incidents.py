"""What is stuck: the element on its diagram, the cause, the values that it has, and the way on."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for

from service import exact_json
from service.engine import incidents, process_instances
from service.errors import Conflict, Invalid, StuckError
from service.hotline import operations
from service.web import here
from service.web.access import require_free
from service.web.api import variables
from service.web.api.wire import key_of
from service.web.auth import caller
from service.web.console import languages
from service.web.console.clocks import shown
from service.web.console.words import named
from service.web.permissions import may_ask

_NO_NAME = named("Say which value it is.")
_NO_VALUE = named('This is no JSON: text stands in double quotes, like "yes"; numbers, true, false and null do not.')


def page(key: str) -> str:
    return _page(key)


def set_value(key: str) -> Any:
    """Give a variable of the instance another value; who did it stands in the chain of records."""
    parts, name = here(), request.form.get("name", "").strip()
    try:
        value = exact_json.loads(request.form.get("value", ""))
    except (ValueError, RecursionError):
        return _page(key, wrong=_NO_VALUE), 400
    if not name:
        return _page(key, wrong=_NO_NAME), 400
    try:
        with parts.database.write() as connection:
            require_free(connection, key_of(key))
            instance = incidents.get(connection, key_of(key))["instance_key"]
            process_instances.set_variables(
                connection, parts.engine, instance, {name: value}, local=False, by=caller().id
            )
    except (Conflict, Invalid) as error:
        return _page(key, wrong=error.message), 409
    return redirect(url_for("console.incident", key=key) + "#values")


def retry(key: str) -> Any:
    """Try again where an incident holds something up; whether that helped, the page tells."""
    parts = here()
    try:
        with parts.database.write() as connection:
            require_free(connection, key_of(key))
            incidents.resolve(connection, parts.engine, key_of(key), by=caller().id)
    except (Conflict, StuckError) as error:
        return _page(key, wrong=error.message, is_stuck=True), 409
    return redirect(url_for("console.operations"))


def _page(key: str, wrong: str = "", *, is_stuck: bool = False) -> str:
    parts = here()
    with parts.database.read() as connection:
        row = operations.incident_of(connection, caller(), key_of(key))
    return render_template(
        "console/incident.html",
        language=languages.language(),
        row=row,
        values=variables.of_instance(row["instance_key"]),
        wrong=languages.translated(wrong),
        is_stuck=is_stuck,
        typed=request.form,
        shown=shown,
        may_act=may_ask(caller(), "POST /operations/incidents/<key>/retry"),
    )
