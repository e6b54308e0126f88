"""Drawing something new in the studio: its kind, its id and its name, then the editor."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for

from service.errors import Conflict, Invalid, NotFound
from service.hotline import deployed, model_drafts, model_starts
from service.web import here
from service.web.auth import caller
from service.web.console import studio


def page(wrong: dict[str, str] | None = None) -> str:
    return render_template("console/studio_new.html", typed=request.form, wrong=wrong or {}, **studio.words())


def begin() -> Any:
    """Keep the first draft of something new; what is wrong stands beside its field, and what was typed stays."""
    told, parts = request.form, here()
    kind = told.get("kind", "")
    try:
        id_, file, content = model_starts.begun(kind, told.get("id", "").strip(), told.get("name", ""))
        with parts.database.write() as connection:
            try:
                deployed.get(connection, kind, id_, parts.engine.clock())
            except NotFound:
                revision = model_drafts.save(
                    connection, parts.engine, kind, id_, file, content, by=caller().id, revision=0
                )
            else:
                raise Conflict("Something of this kind has this id already. Change that, or choose another id.")
    except Invalid as error:
        return page({one.element_id: one.message for one in error.problems}), 400
    except Conflict as error:
        return page({"id": error.message}), 409
    assert revision == 1
    return redirect(url_for("console.studio_drafts.edit", kind=kind, id_=id_), 303)
