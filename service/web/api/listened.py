"""What is asked of a user task, answered when its listeners have."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response
from sqlalchemy import Connection

from service.engine import user_tasks
from service.errors import Conflict
from service.web import here
from service.web.api.waiting import DEFAULT_WAIT, WaitingRoom
from service.web.problems import problem
from service.web.seats import is_repeated

Answered = tuple[str, int] | Response


def answered(key: int, ask: Callable[[Connection], int | None]) -> Answered:
    """Ask it once, in a transaction; where listeners are asked, the answer waits for them: 204 when it is done, 409
    with the reason when they have denied it, 504 when they take longer, while the task goes on.
    """
    asked = None if is_repeated() else _asked(ask)
    if asked is None and not is_repeated():
        return "", 204
    with WaitingRoom.here().seat() as seat:
        if seat is None:
            return _late(key)
        mine = seat.once(lambda: asked)
        assert mine is not None
        outcome = seat.wait(("task", key), lambda: _outcome(key, mine), DEFAULT_WAIT.total_seconds())
    if outcome is None:
        return _late(key)
    if outcome.denied is not None:
        reason = f" Reason: {outcome.denied}" if outcome.denied else ""
        return problem(409, f"A listener has denied what was asked of user task {key}.{reason}", "INVALID_STATE")
    if outcome.state == "CANCELED":
        raise Conflict(f"User task {key} was cancelled before its listeners had answered.")
    return "", 204


def _asked(ask: Callable[[Connection], int | None]) -> int | None:
    with here().database.write() as connection:
        return ask(connection)


def _outcome(key: int, asked: int) -> user_tasks.Outcome | None:
    with here().database.read() as connection:
        return user_tasks.outcome(connection, key, asked)


def _late(key: int) -> Response:
    return problem(504, f"The listeners of user task {key} have not answered in time. What was asked goes on.")
