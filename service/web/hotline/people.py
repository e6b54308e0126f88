"""People: what is done about how they sign in."""

from __future__ import annotations

from service.errors import Forbidden, NotFound
from service.hotline import second_factors
from service.web import here
from service.web.auth import caller
from service.web.hotline.wire import Section

section = Section("people", "People of the organisation.")


@section.on("DELETE", "/people/<person_id>/second-factor")
@section.answers(204)
def remove_second_factor(person_id: str) -> None:
    """Somebody has lost the device: the next sign-in begins a new second factor. Nobody does this for oneself."""
    parts, by = here(), caller().id
    if person_id == by:
        raise Forbidden("Another administrator removes your second factor.")
    with parts.database.write() as connection:
        if not second_factors.remove(connection, person_id, parts.engine.clock(), by=by):
            raise NotFound(f"{person_id[:80]} has no second factor.")
