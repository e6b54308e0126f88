"""One user task: what the matter is about, the form, and completing it; then the next of the same list."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from flask import redirect, render_template, request, url_for
from sqlalchemy import Connection, RowMapping, select

from service.engine import user_tasks as engine_tasks
from service.errors import Conflict, Forbidden, HotlineError, Invalid, NotFound, StuckError
from service.hotline import attachments as kept_files
from service.hotline import task_drafts, units
from service.hotline.attachments import Attachment, Limits, Listed
from service.hotline.fields import VEIL
from service.store.tables import form, matter, user_task
from service.web import here
from service.web.access import require_own, require_seen
from service.web.api import user_tasks
from service.web.api.wire import key_of
from service.web.auth import caller
from service.web.console import attachments, drawn, tasks, words
from service.web.console.clocks import clock, shown
from service.web.console.form_fields import Reader, Shown
from service.web.console.languages import language, translated
from service.web.console.tasks import Wish
from service.web.console.words import named
from service.web.eyes import eyes, marks, tell_secret
from service.web.hotline import matters

# What the check of forms says of a field, for those who read Chinese; `%(number)s` stands for the limit.
WORDS = (
    named("must be filled in"),
    named("must be a number"),
    named("must be ticked"),
    named("must be one of the choices"),
    named("must have the form that is asked for"),
    named("must have %(number)s characters or more"),
    named("may have %(number)s characters at most"),
    named("must be %(number)s or more"),
    named("must be %(number)s or less"),
    named("must be an e-mail address"),
    named("must be a phone number with its country, such as +86 …"),
    named("must be a date (2026-03-01), a time (09:30), or both"),
    named("Not a valid string."),
)
_NO_MATTER = named("This task is about no matter: files cannot be kept with it.")
_OVER = named("This task is open no more; what you have written stands below, to be copied.")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]\d+)?")


@dataclass(frozen=True, slots=True)
class Told:
    """What became of what was asked: the words of the API, beside their fields where they are about one."""

    message: str = ""
    status: int = 200
    wrong: Mapping[str, str] | None = None


def page(key: str) -> str:
    return _page(key_of(key), tasks.wished(request.args))


def act(key: str) -> Any:
    """Complete it with what was filled in; keep that for later; or only look at what the form asks for now."""
    number, wish = key_of(key), tasks.wished_in(request.form.get("back", ""))
    try:
        reader = _reader(number)
    except Forbidden as error:
        # Somebody else has done it meanwhile. What was written is not to be lost for that.
        if "quiet" in request.form or request.form.get("act") == "look":
            raise
        return _lost(error, wish), 403
    written = reader.written(request.form) if reader else {}
    if request.form.get("act") in ("finish", "draft", "attach", "claim", "put-back"):
        try:
            written = _attach(number, reader, written)
        except (Invalid, Conflict, Forbidden) as error:
            _save(number, written)
            wrong = Told(attachments.said(error), tasks.status_of(error) if isinstance(error, Forbidden) else 400)
            return _page(number, wish, written, wrong), wrong.status
    match request.form.get("act"):
        case "look" if reader:
            fields = replace(reader, typed=written).fields()
            files = _documents(number)
            return render_template(
                "console/form_fields.html", language=language(), fields=fields, said=said, documents=files
            )
        case "more":
            return _page(number, wish, written, Told())
        case "draft" | "attach":
            return _keep(number, wish, written)
        case "claim" | "put-back" as what:
            return _pass(number, wish, written, is_claim=what == "claim")
        case "forget":
            with here().database.write() as connection:
                task_drafts.drop(connection, number, caller().id)
            return redirect(_address(number, wish), 303)
    try:
        tasks.settled(user_tasks.finish(number, reader.answers(written) if reader else {}))
    except (Invalid, Conflict, Forbidden, NotFound, StuckError) as error:
        _save(number, written)
        told = _told(error)
        return _page(number, wish, written, told), told.status
    with here().database.read() as connection:
        following = tasks.following(connection, wish)
    if following is None:
        return redirect(tasks.link_of(wish, done=str(number)), 303)
    return redirect(_address(following, wish, done=str(number)), 303)


def _lost(error: Forbidden, wish: Wish) -> str:
    typed = [(name, value) for name, value in request.form.items(multi=True) if name not in ("act", "back") and value]
    left = [(name, value) for name, value in typed if "#" not in name]
    return render_template("console/task_left.html", language=language(), left=left, message=error.message, wish=wish)


def _address(key: int, wish: Wish, **more: str) -> str:
    told = "&".join(one for one in (str(wish), urlencode(more)) if one)
    return url_for("console.task", key=key) + (f"?{told}" if told else "")


def _pass(key: int, wish: Wish, written: Mapping[str, Any], *, is_claim: bool) -> Any:
    """Take it, and go on writing; or put it back. What is written is kept for whoever has written it."""
    _save(key, written)
    try:
        if is_claim:
            tasks.settled(user_tasks.give(key, caller().id, override=False))
        else:
            tasks.settled(user_tasks.put_back(key))
    except (Conflict, Forbidden, NotFound) as error:
        return _page(key, wish, written, _told(error)), tasks.status_of(error)
    return redirect(_address(key, wish) if is_claim else tasks.link_of(wish, given=str(key)), 303)


def _attach(key: int, reader: Reader | None, written: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the files that were sent with the form; what was written, with those that its fields ask for."""
    parts = here()
    pickers = reader.pickers() if reader else []
    chosen = {name: found for name in pickers if (found := attachments.sent(f"{name}#files"))}
    others = attachments.sent()
    told = dict(written)
    if not chosen and not others:
        return told
    limits = Limits.of(parts.settings)
    checked = {name: kept_files.checked(limits, found) for name, found in {**chosen, "": others}.items()}
    with parts.database.write() as connection:
        require_own(connection, key)
        number = _number_of(connection, engine_tasks.get(connection, key)["root_key"])
        if number is None:
            raise Conflict(_NO_MATTER)
        for name, files in checked.items():
            added = kept_files.add(
                connection, parts.engine, limits, number, files, by=caller().id, of_object=False, task_key=key
            )
            if name:
                told[name] = [*(told.get(name) or []), *map(str, added)]
    return told


def _documents(key: int) -> Mapping[str, Attachment]:
    """The files that were added in a task, by their ids."""
    parts = here()
    with parts.database.read() as connection:
        number = _number_of(connection, engine_tasks.get(connection, key)["root_key"])
        own = kept_files.of_task(connection, parts.engine, number, key) if number else []
    return attachments.names(own)


def _number_of(connection: Connection, root_key: int) -> str | None:
    return connection.execute(select(matter.c.number).where(matter.c.instance_key == root_key)).scalar()


def _keep(key: int, wish: Wish, written: Mapping[str, Any]) -> Any:
    """Keep a draft; whoever types goes on, or sees the page again."""
    try:
        is_kept = _save(key, written)
    except Invalid as error:
        return _page(key, wish, written, Told(error.message, 400)), 400
    if not is_kept:
        return _page(key, wish, written, Told(_OVER, 409)), 409
    if "quiet" in request.form:
        return {"at": shown(here().engine.clock())[-5:]}
    return redirect(_address(key, wish), 303)


def _save(key: int, written: Mapping[str, Any]) -> bool:
    """Whether it was kept: of a task that is open, and of whoever sees it."""
    parts = here()
    with parts.database.write() as connection:
        require_seen(connection, key)
        row = engine_tasks.get(connection, key)
        if row["state"] != "CREATED":
            return False
        if any(one not in (None, [], False) for one in written.values()):
            task_drafts.save(connection, parts.engine, row, caller().id, written)
    return True


def _told(error: HotlineError) -> Told:
    if isinstance(error, Invalid):
        wrong = {one.element_id: _without_label(one.message) for one in error.problems}
        return Told(error.message, 400, wrong)
    at = error.details.get("field")
    return Told(error.message, tasks.status_of(error), {at: error.message} if at else {})


def _without_label(message: str) -> str:
    """The label stands above already."""
    return said(message.partition(": ")[2] or message)


def said(message: str) -> str:
    """What the check of forms says, in the language of the page."""
    whole = translated(message)
    number = _NUMBER.search(message)
    if number is None or whole != message:
        return whole
    return translated(message.replace(number[0], "%(number)s", 1)).replace("%(number)s", number[0])


def _page(key: int, wish: Wish, written: Mapping[str, Any] | None = None, told: Told | None = None) -> str:
    """`written` is what was typed just now; else what was kept of it before."""
    parts = here()
    now = parts.engine.clock()
    with parts.database.read() as connection:
        require_seen(connection, key)
        row = connection.execute(user_tasks.rows().where(user_task.c.key == key)).mappings().one()
        name = drawn.name(connection, row["definition_key"], row["element_id"], row["name"])
        basis = drawn.properties(connection, row["definition_key"], row["element_id"]).get("legalBasis", "")
        refused = _refused(connection, row)
        people = units.people(connection, (row["assignee"], row["completed_by"]))
        number = _number_of(connection, row["root_key"])
        own = kept_files.of_task(connection, parts.engine, number, key) if number else []
        done = tasks.done_just_now(connection)
        draft = task_drafts.find(connection, parts.engine, row, caller().id) if row["state"] == "CREATED" else None
    reader = _reader(key, row) if row["state"] == "CREATED" or written else None
    if reader:
        typed = written if written is not None else draft.told if draft else None
        reader = replace(reader, typed=typed, wrong=(told.wrong or {}) if told else {})
    fields = reader.fields() if reader else []
    seen = _matter(number)
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
        matter=seen,
        files=attachments.files_of(seen["number"]) if seen else Listed(own),
        documents=attachments.names(own),
        number=number,
        fields=fields,
        left=list(_left(fields)) if reader and reader.typed and (refused or row["state"] != "CREATED") else [],
        draft=shown(draft.changed_at) if draft else "",
        said=said,
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


def _left(fields: Iterable[Shown]) -> Iterator[tuple[str, str]]:
    """What somebody has written in a form that is theirs no more: by the names of the fields."""
    for one in fields:
        yield from _left(one.inside)
        for row in one.rows:
            yield from _left(row)
        words_ = [option.label for option in one.options if option.is_chosen] or ([one.told] if one.told else [])
        if one.name and not one.is_fixed and words_:
            yield one.label, "、".join(words_)


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
