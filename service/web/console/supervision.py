"""What is supervised now, how far up the ladder and what comes next; whose duty is in dispute (Art. 22, 26)."""

from __future__ import annotations

from flask import render_template

from service.hotline import units
from service.web import here
from service.web.console.clocks import clock, shown
from service.web.console.doers import doers
from service.web.console.languages import language
from service.web.eyes import titles
from service.web.hotline import supervision


def page() -> str:
    going_on = supervision.going_on()
    courses = [one for some in going_on.values() for one in some]
    now = here().engine.clock()
    with here().database.read() as connection:
        known = {row["id"]: row for row in units.listed(connection)}
        people = units.people(connection, (wait.assignee for one in courses for wait in one.waits))
    is_english = language() == "en"
    return render_template(
        "console/supervision.html",
        language=language(),
        supervised=going_on["items"],
        disputes=going_on["disputes"],
        titles=titles({one.number for one in courses}),
        units={id_: row["name_en"] if is_english and row["name_en"] else row["name"] for id_, row in known.items()},
        people={id_: row["name_en"] if is_english and row["name_en"] else row["name"] for id_, row in people.items()},
        clock=lambda wait: clock(wait.due_at, now),
        shown=shown,
        doers=doers,
    )
