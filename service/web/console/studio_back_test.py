"""The back-test of the studio: what a drafted table would have decided in past matters, and in which."""

from __future__ import annotations

from flask import render_template, request

from service.errors import ModelRejected, NotFound
from service.hotline import back_tests, model_drafts
from service.web import here
from service.web.console import studio
from service.web.console.studio_drafts import thing_of
from service.web.eyes import eyes


def page(kind: str, id_: str) -> str:
    """How far it looks back stands in the URL; without JavaScript each step further is a link."""
    if kind != "decision":
        raise NotFound("Past matters are asked of tables. A diagram is tried by its scenarios.")
    parts, told, wrong = here(), None, None
    steps = back_tests.STEPS
    asked = request.args.get("most", "")
    most = next((one for one in steps if str(one) == asked), steps[0])
    with parts.database.read() as connection:
        row, thing = model_drafts.get(connection, kind, id_), thing_of(connection, kind, id_)
        try:
            told = back_tests.run(connection, parts.engine, eyes(), row["resource_name"], row["content"], id_, most)
        except ModelRejected as error:
            wrong = error
    further = next((one for one in steps if told and one > most and told.kept > most), None)
    return render_template(
        "console/studio_back_test.html", thing=thing, told=told, wrong=wrong, further=further, **studio.words()
    )
