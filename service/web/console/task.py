"""One user task: what the matter is about, the form, and completing it; then the next of the same list."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import redirect, render_template, request, url_for
from sqlalchemy import Connection, RowMapping, select

from service.engine import user_tasks as engine_tasks
from service.errors import Conflict, Forbidden, HotlineError, Invalid, NotFound, StuckError
from service.hotline import units
from service.hotline.fields import VEIL
from service.store.tables import form, matter, user_task
from service.web import here
from service.web.access import require_own, require_seen
from service.web.api import user_tasks
from service.web.api.wire import key_of
from service.web.auth import caller
from service.web.console import drawn, tasks, words
from service.web.console.clocks import clock, shown
from service.web.console.form_fields import Reader
from service.web.console.languages import language, translated
from service.web.console.tasks import Wish
from service.web.console.words import named
from service.web.eyes import eyes, marks, tell_secret
from service.web.hotline import matters

# What the check of forms says of a field, for those who read Chinese.
WORDS = (
    named("Missing data for required field."),
    named("must be filled in"),
    named("must be a number"),
    named("must be ticked"),
    named("must be one of the choices"),
    named("must have the form that is asked for"),
    named("Field may not be null."),
    named("Not a valid string."),
)


@dataclass(frozen=True, slots=True)
class Told:
    """What became of what was asked: the words of the API, beside their fields where they are about one."""

    message: str = ""
    status: int = 200
    wrong: Mapping[str, str] | None = None


def page(key: str) -> str:
    return _page(key_of(key), tasks.wished(request.args))


def act(key: str) -> Any:
    """Complete it with what was filled in; or only look at what the form asks for now."""
    number, wish = key_of(key), tasks.wished_in(request.form.get("back", ""))
    reader = _reader(number)
    answers = reader.answers(request.form) if reader else {}
    what = request.form.get("act")
    if what == "look" and reader:
        fields = replace(reader, typed=answers, is_typed=True).fields()
        return render_template("console/form_fields.html", language=language(), fields=fields)
    if what == "more":
        return _page(number, wish, answers, Told())
    try:
        tasks.settled(user_tasks.finish(number, answers))
    except (Invalid, Conflict, Forbidden, NotFound, StuckError) as error:
        told = _told(error)
        return _page(number, wish, answers, told), told.status
    with here().database.read() as connection:
        following = tasks.following(connection, wish)
    if following is None:
        return redirect(url_for("console.tasks") + (f"?{wish}" if str(wish) else ""), 303)
    return redirect(f"{url_for('console.task', key=following)}?{wish}{'&' if str(wish) else ''}done={number}", 303)


def _told(error: HotlineError) -> Told:
    if isinstance(error, Invalid):
        wrong = {one.element_id: _without_label(one.message) for one in error.problems}
        return Told(error.message, 400, wrong)
    at = error.details.get("field")
    return Told(error.message, tasks.status_of(error), {at: error.message} if at else {})


def _without_label(message: str) -> str:
    """The label stands above already."""
    said = message.partition(": ")[2] or message
    return translated(said)


def _page(key: int, wish: Wish, answers: Mapping[str, Any] | None = None, told: Told | None = None) -> str:
    parts = here()
    now = parts.engine.clock()
    with parts.database.read() as connection:
        require_seen(connection, key)
        row = connection.execute(user_tasks.rows().where(user_task.c.key == key)).mappings().one()
        name = drawn.name(connection, row["definition_key"], row["element_id"], row["name"])
        basis = drawn.properties(connection, row["definition_key"], row["element_id"]).get("legalBasis", "")
        refused = _refused(connection, row)
        people = units.people(connection, (row["assignee"], row["completed_by"]))
        number = connection.execute(select(matter.c.number).where(matter.c.instance_key == row["root_key"])).scalar()
        done = _done(connection)
    reader = _reader(key, row) if row["state"] == "CREATED" else None
    if reader and told:
        reader = replace(reader, typed=answers or {}, is_typed=True, wrong=told.wrong or {})
    fields = reader.fields() if reader else []
    beside = _names(fields)
    return render_template(
        "console/task.html",
        language=language(),
        row=row,
        name=name,
        basis=basis,
        refused=refused,
        is_mine=row["assignee"] == caller().id,
        who={
            id_: str(one["name_en"] if language() == "en" and one["name_en"] else one["name"])
            for id_, one in people.items()
        },
        clock=clock(row["due_at"], now) if row["state"] == "CREATED" else None,
        matter=_matter(number),
        number=number,
        fields=fields,
        reacts=reader.reacts if reader else False,
        told=told,
        others=[f"{at}: {said}" for at, said in ((told.wrong or {}) if told else {}).items() if at not in beside],
        wish=wish,
        done=done,
        shown=shown,
        statuses=words.STATUSES,
        types=words.TYPES,
        channels=words.CHANNELS,
    )


def _names(fields: Any) -> set[str]:
    """Of all fields on the page, beside which an error has its place."""
    return {name for one in fields for name in ({one.name} | _names(one.inside))}


def _refused(connection: Connection, row: RowMapping) -> str:
    """Why whoever looks may not complete the task, in the words of the API."""
    try:
        require_own(connection, row["key"])
    except Forbidden as error:
        return error.message
    return ""


def _done(connection: Connection) -> str:
    """The name of the task that was completed just now."""
    told = request.args.get("done", "")
    if not told.isdecimal() or len(told) > 18:
        return ""
    mine = (user_task.c.key == int(told)) & (user_task.c.completed_by == caller().id)
    row = connection.execute(select(user_task).where(mine)).mappings().first()
    return drawn.name(connection, row["definition_key"], row["element_id"], row["name"]) if row else ""


def _matter(number: str | None) -> Mapping[str, Any] | None:
    """What may be seen of it; a unit that only helps may not see the matter, but has its task."""
    if number is None:
        return None
    try:
        return matters.whole(number)
    except NotFound:
        return None


def _reader(key: int, row: RowMapping | None = None) -> Reader | None:
    """The form of an open task; None if it has none."""
    parts = here()
    with parts.database.read() as connection:
        require_seen(connection, key)
        task = row or engine_tasks.get(connection, key)
        query = select(form.c.schema_json).where(form.c.key == task["form_key"])
        schema = connection.execute(query).scalar()
        if schema is None:
            return None
        seen = engine_tasks.variables(connection, parts.engine, key)
    secret = marks(task["root_key"])
    tell_secret(f"user-task {key}", secret)
    told = eyes().told(seen, secret)
    return Reader(json.loads(schema), seen, told, parts.engine.environment(), language(), VEIL)
