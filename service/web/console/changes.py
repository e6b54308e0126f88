"""What pages in sight listen to: each stream tells that something has changed, and the page asks for itself again."""

from __future__ import annotations

from flask import Response, request
from sqlalchemy import select

from service.errors import NotFound
from service.hotline import matters
from service.store.tables import user_task
from service.web import here, streams
from service.web.access import groups, may_oversee, require_seen
from service.web.api.wire import key_of
from service.web.auth import caller
from service.web.console.portal import own
from service.web.hotline.track import own as row_of


def tasks() -> Response:
    """Those that are offered to somebody, or that they have; of who oversees and looks at all, all."""
    me = caller()
    if request.args.get("whose") == "all" and may_oversee(me):
        return streams.listen(me.id, [streams.TASKS])
    return streams.listen(me.id, [*map(streams.of_group, groups(me)), streams.of_person(me.id)])


def task(key: str) -> Response:
    """Whatever happens to the matter of a task: somebody takes it, or it is over."""
    number = key_of(key)
    with here().database.read() as connection:
        require_seen(connection, number)
        root: int = connection.execute(select(user_task.c.root_key).where(user_task.c.key == number)).scalar_one()
    return streams.listen(caller().id, [streams.of_instance(root)])


def matter(number: str) -> Response:
    with here().database.read() as connection:
        row = matters.get(connection, number, caller())
    return _of_matter(caller().id, row["instance_key"])


def operations() -> Response:
    return streams.listen(caller().id, [streams.OPERATIONS])


def followed() -> Response:
    """The matter that is followed in the portal, by the number and the code that the browser keeps."""
    mine = own()
    if mine is None:
        raise NotFound("No matter is followed here.")
    return _of_matter(f"matter {mine.number}", row_of(*mine)["instance_key"])


def _of_matter(who: str, root_key: int | None) -> Response:
    return streams.listen(who, [streams.of_instance(root_key)] if root_key else [])
