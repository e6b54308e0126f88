"""The file of a matter: what was said, who is asked for by a reason, and its way on the diagram and as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Response, redirect, render_template, request, url_for
from sqlalchemy import select

from service.errors import Conflict, Forbidden, NotFound
from service.hotline import units
from service.store.tables import process_definition, process_instance
from service.web import here
from service.web.console import tasks, words
from service.web.console.clocks import clock, shown
from service.web.console.languages import language
from service.web.console.picture import draw
from service.web.hotline import matters

_LONGEST = 500


def page(number: str) -> str:
    return _page(number)


def unmask(number: str) -> Any:
    """The name and the phone number, for whoever says why."""
    reason = request.form.get("reason", "").strip()[:_LONGEST]
    if not reason:
        return _page(number, refused="Say why you need to know."), 400
    try:
        return _page(number, contact=matters.unmasked(number, reason))
    except (Conflict, Forbidden) as error:
        return _page(number, refused=error.message), tasks.status_of(error)


def urge(number: str) -> Any:
    """The service object asks to hurry."""
    try:
        matters.tell(number, "urge", {"text": request.form.get("text", "").strip()[:_LONGEST]})
    except (Conflict, Forbidden) as error:
        return _page(number, refused=error.message), tasks.status_of(error)
    return redirect(url_for("console.matter", number=number, told="urge"), 303)


def picture(number: str, key: int) -> Response:
    """The diagram of the version that ran, with the way that was taken."""
    process = next(
        (one for one in _all(matters.way(number)["process"]) if one["process_instance_key"] == str(key)), None
    )
    if process is None:
        raise NotFound(f"The matter has no process {key}.")
    definition = process_definition.c
    query = select(definition.xml, definition.resource_name).join(
        process_instance, process_instance.c.definition_key == definition.key
    )
    with here().database.read() as connection:
        row = connection.execute(query.where(process_instance.c.key == key)).one()
    visits = Counter(one["id"] for one in process["elements"])
    waiting = {one["id"] for one in process["elements"] if one["ended_at"] is None}
    drawn = draw(row.xml, row.resource_name, {*visits, *process["flows"]}, visits=visits, waiting=waiting)
    answer = Response(drawn, mimetype="image/svg+xml")
    answer.cache_control.no_store = True
    return answer


def _page(number: str, *, contact: Mapping[str, str] | None = None, refused: str = "") -> str:
    told, way = matters.whole(number), matters.way(number)
    now = here().engine.clock()
    with here().database.read() as connection:
        known = {row["id"]: row for row in units.listed(connection)}
    home = known.get(told["unit_id"] or "")
    return render_template(
        "console/matter.html",
        language=language(),
        matter=told,
        contact=contact,
        refused=refused,
        is_told=request.args.get("told") == "urge",
        clock=None if told["closed_at"] else clock(told["deadline_at"], now, told["light"] or ""),
        processes=list(_all(way["process"])),
        unit=(home["name_en"] if language() == "en" and home["name_en"] else home["name"]) if home else told["unit_id"],
        shown=shown,
        statuses=words.STATUSES,
        lights=words.LIGHTS,
        channels=words.CHANNELS,
        types=words.TYPES,
    )


def _all(process: Mapping[str, Any] | None) -> Iterator[Mapping[str, Any]]:
    """A process, and those that it called."""
    if process is not None:
        yield process
        for one in process["called"]:
            yield from _all(one)
