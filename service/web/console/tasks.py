"""The inbox: the open user tasks of whoever looks, soonest first; its whole state is in the address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Response, redirect, render_template, request, url_for
from sqlalchemy import ColumnElement, Connection, RowMapping, and_, case, func, or_, select
from werkzeug.wrappers import Response as Answer

from service.clock import in_city
from service.errors import Conflict, Forbidden, HotlineError, Invalid, NotFound
from service.hotline import saved_filters, units
from service.hotline.matter_searches import conditions
from service.hotline.people import is_agency, visible_to
from service.store.queries import Page, Search, search
from service.store.tables import matter, user_task, user_task_candidate
from service.web import here
from service.web.access import groups, own_tasks, seen_tasks
from service.web.api import user_tasks
from service.web.api.wire import key_of
from service.web.auth import caller
from service.web.console import drawn
from service.web.console.clocks import Clock, clock
from service.web.console.languages import language
from service.web.console.words import named
from service.web.eyes import eyes, titles

_PAGE, _LONGEST, _MOST_KINDS = 50, 100, 60
_task = user_task.c

WHOSE: Mapping[str, str] = {
    "": named("To do"),
    "mine": named("Mine"),
    "unit": named("My unit's"),
    "all": named("All that I may see"),
}
DUE: Mapping[str, str] = {
    "": named("Any time"),
    "over": named("Overdue"),
    "today": named("Due today"),
    "week": named("Due in seven days"),
}
_UNNAMED = named("Give the filter a name of 40 characters at most.")
_MANY = named("You keep 20 filters already. Delete one first.")


@dataclass(frozen=True, slots=True)
class Wish:
    """What of the inbox is asked for, as it stands in the address."""

    whose: str = ""
    kind: str = ""
    due: str = ""
    text: str = ""

    def __str__(self) -> str:
        told = (("whose", self.whose), ("kind", self.kind), ("due", self.due), ("text", self.text))
        return urlencode([one for one in told if one[1]])


@dataclass(frozen=True, slots=True)
class Row:
    key: int
    name: str
    number: str
    title: str
    clock: Clock | None
    assignee: str
    is_mine: bool


def wished(given: Mapping[str, str]) -> Wish:
    """What is not known is passed over: an old bookmark still opens."""
    told = {
        name: given.get(name, "").replace("\x00", "").strip()[:_LONGEST] for name in ("whose", "kind", "due", "text")
    }
    wish = Wish(**told)
    return replace(wish, whose=wish.whose if wish.whose in WHOSE else "", due=wish.due if wish.due in DUE else "")


def wished_in(query: str) -> Wish:
    """The same, of an address that a form brings back."""
    return wished(dict(parse_qsl(query[: 10 * _LONGEST])))


def page() -> str:
    return _page(wished(request.args), request.args.get("after") or None)


def act() -> Any:
    """Claim one or several, or put some back; keep or delete a filter; then the list as it was."""
    form = request.form
    wish = wished_in(form.get("back", ""))
    if "keep" in form or "drop" in form:
        return _filter(wish)
    put = form.getlist("put-back")[:_PAGE]
    keys = put or ([form["claim"]] if form.get("claim") else form.getlist("key")[:_PAGE])
    refused: list[HotlineError] = []
    done: list[int] = []
    for key in map(key_of, keys):
        try:
            settled(user_tasks.put_back(key) if put else user_tasks.give(key, caller().id, override=False))
            done.append(key)
        except (Conflict, Forbidden, NotFound) as error:
            refused.append(error)
    if not refused:
        told = {"given" if put else "claimed": ".".join(map(str, done)) or None}
        return redirect(_link(wish, **told), 303)
    return _page(wish, None, refused=refused, claimed=[] if put else done), status_of(refused[0])


def _filter(wish: Wish) -> Any:
    """Keep what the address says under a name, or delete what is kept."""
    parts, me = here(), caller().id
    name, dropped = request.form.get("name", ""), request.form.get("drop", "")
    try:
        with parts.database.write() as connection:
            if "drop" in request.form:
                gone = saved_filters.drop(connection, parts.secrets, me, key_of(dropped))
                return redirect(_link(wished_in(gone.query), deleted=gone.name), 303)
            saved_filters.keep(connection, parts.secrets, me, name, str(wish))
    except Invalid:
        return _page(wish, None, unkept=(name, _UNNAMED)), 400
    except Conflict:
        return _page(wish, None, unkept=(name, _MANY)), 409
    return redirect(_link(wish), 303)


def settled(answer: tuple[str, int] | Response) -> None:
    """Raises Conflict with the reason, where listeners have denied what was asked, or take long."""
    if isinstance(answer, Answer):
        raise Conflict(str(answer.get_json()["detail"]))


def status_of(error: HotlineError) -> int:
    return {NotFound: 404, Forbidden: 403}.get(type(error), 409)


def following(connection: Connection, wish: Wish) -> int | None:
    """The first task of a list."""
    found = _found(connection, wish, None, limit=1).rows
    return found[0]["key"] if found else None


def _page(
    wish: Wish,
    after: str | None,
    *,
    refused: Iterable[HotlineError] = (),
    claimed: Iterable[int] = (),
    unkept: tuple[str, str] = ("", ""),
) -> str:
    """`unkept` is the name of a filter that could not be kept, and why."""
    parts = here()
    now = parts.engine.clock()
    with parts.database.read() as connection:
        found = _found(connection, wish, after)
        kinds = list(_kinds(connection, wish))
        counts = _counts(connection, wish, now)
        numbers = _numbers(connection, (row["root_key"] for row in found.rows))
        people = units.people(connection, (row["assignee"] for row in found.rows))
        names = {row["key"]: _name(connection, row) for row in found.rows}
        filters = saved_filters.listed(connection, parts.secrets, caller().id)
        mine = _still(connection, claimed or _told_keys("claimed"), caller().id)
        given = _still(connection, _told_keys("given"), None)
        finished = done_just_now(connection)
    said = titles(set(numbers.values()))
    rows = [
        Row(
            row["key"],
            names[row["key"]],
            number := numbers.get(row["root_key"], ""),
            said.get(number, ""),
            clock(row["due_at"], now),
            _called(people, row["assignee"]),
            row["assignee"] == caller().id,
        )
        for row in found.rows
    ]
    more = found.end_cursor if len(found.rows) == _PAGE else None
    return render_template(
        "console/tasks.html",
        language=language(),
        wish=wish,
        rows=rows,
        total=found.total,
        has_more=found.has_more,
        kinds=kinds,
        counts=counts,
        whose={value: name for value, name in WHOSE.items() if value != "unit" or caller().unit_id},
        due=DUE,
        link=lambda **given: _link(replace(wish, **given)),
        first=after is not None,
        next=f"{_link(wish, after=more)}" if more else None,
        refused=refused,
        filters=[(one, link_of(wished_in(one.query)), one.query == str(wish)) for one in filters],
        unkept=unkept,
        deleted=request.args.get("deleted", "")[: saved_filters.LONGEST],
        mine=mine,
        given=given,
        finished=finished,
    )


def link_of(wish: Wish, **more: str) -> str:
    """The address of a list."""
    return _link(wish, **more)


def done_just_now(connection: Connection) -> str:
    """The name of the task that was completed just now, as the address tells."""
    told = request.args.get("done", "")
    if not told.isdecimal() or len(told) > 18:
        return ""
    mine = (_task.key == int(told)) & (_task.completed_by == caller().id)
    row = connection.execute(select(user_task).where(mine)).mappings().first()
    return _name(connection, row) if row else ""


def _told_keys(name: str) -> list[int]:
    """Those of the tasks that were claimed or put back just now, as the address tells them."""
    told = request.args.get(name, "").split(".")[:_PAGE]
    return [int(one) for one in told if one.isdecimal() and len(one) < 19]


def _still(connection: Connection, keys: Iterable[int], assignee: str | None) -> list[int]:
    """Which of these tasks are still as they were left: what an old address tells is passed over."""
    wanted = set(keys)
    if not wanted:
        return []
    of_it = _task.assignee.is_(None) if assignee is None else _task.assignee == assignee
    query = select(_task.key).where(_task.key.in_(wanted), _task.state == "CREATED", of_it, seen_tasks())
    return sorted(connection.execute(query).scalars())


def _link(wish: Wish, **more: str | None) -> str:
    told = "&".join(one for one in (str(wish), urlencode({k: v for k, v in more.items() if v})) if one)
    return url_for("console.tasks") + (f"?{told}" if told else "")


def _found(connection: Connection, wish: Wish, after: str | None, limit: int = _PAGE) -> Page:
    asked = Search(filter={"state": "CREATED"}, sort=[("dueDate", False)], limit=limit, after=after)
    meant = and_(*_meant(connection, wish))
    return search(connection, user_tasks.rows(), _task.key, user_tasks.FIELDS, asked, meant=meant)


def _meant(connection: Connection, wish: Wish) -> Iterator[ColumnElement[bool]]:
    yield _whose(wish.whose)
    if wish.kind:
        yield _task.element_id == wish.kind
    if wish.due:
        yield _due(wish.due, here().engine.clock())
    if wish.text:
        may_compare = eyes().may_compare("text", matter.c.instance_key)
        sees_all = is_agency(caller())
        named_ = conditions(connection, here().secrets, {"text": wish.text}, may_compare, sees_all=sees_all)
        yield _task.root_key.in_(select(matter.c.instance_key).where(visible_to(caller()), *named_))


def _whose(whose: str) -> ColumnElement[bool]:
    me = caller()
    match whose:
        case "all":
            return seen_tasks()
        case "mine":
            return and_(own_tasks(), _task.assignee == me.id)
        case "unit":
            candidate = user_task_candidate.c
            home = [one for one in groups(me) if one.partition(":")[0] == me.unit_id]
            theirs = select(candidate.task_key).where(candidate.kind == "group", candidate.name.in_(home))
            return and_(own_tasks(), _task.key.in_(theirs))
    return and_(own_tasks(), or_(_task.assignee.is_(None), _task.assignee == me.id))


def _due(due: str, now: datetime) -> ColumnElement[bool]:
    midnight = in_city(now).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    match due:
        case "over":
            return _task.due_at < now
        case "today":
            return and_(_task.due_at >= now, _task.due_at < midnight)
    return and_(_task.due_at >= now, _task.due_at < now + timedelta(days=7))


def _counts(connection: Connection, wish: Wish, now: datetime) -> Mapping[str, int]:
    """How many are overdue, and due today, of those whose they are."""
    sums = [func.sum(case((_due(one, now), 1), else_=0)).label(one) for one in ("over", "today")]
    row = connection.execute(select(*sums).where(_whose(wish.whose), _task.state == "CREATED")).mappings().one()
    return {name: int(number or 0) for name, number in row.items()}


def _kinds(connection: Connection, wish: Wish) -> Iterator[tuple[str, str, int]]:
    """What elements these are tasks of: id, name, how many."""
    query = (
        select(_task.element_id, func.max(_task.name), func.max(_task.definition_key), func.count())
        .where(_whose(wish.whose), _task.state == "CREATED")
        .group_by(_task.element_id)
        .order_by(func.count().desc(), _task.element_id)
        .limit(_MOST_KINDS)
    )
    for id_, name, definition_key, number in connection.execute(query):
        yield id_, drawn.name(connection, definition_key, id_, name), number


def _numbers(connection: Connection, root_keys: Iterable[int]) -> dict[int, str]:
    columns = matter.c
    query = select(columns.instance_key, columns.number).where(columns.instance_key.in_(set(root_keys)))
    return {row.instance_key: row.number for row in connection.execute(query)}


def _name(connection: Connection, row: RowMapping) -> str:
    return drawn.name(connection, row["definition_key"], row["element_id"], row["name"])


def _called(people: Mapping[str, RowMapping], id_: str | None) -> str:
    if not id_:
        return ""
    row = people.get(id_)
    if row is None:
        return id_
    return str(row["name"] if language() == "zh" or not row["name_en"] else row["name_en"])
