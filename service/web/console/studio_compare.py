"""Two versions of a thing beside each other: in words, and a diagram on its picture by colour and sign."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template, request
from sqlalchemy import Connection

from service.errors import NotFound
from service.hotline import deployed, drawn, model_changes, model_drafts
from service.web import here
from service.web.console import picture_signs, studio
from service.web.console.languages import language
from service.web.console.picture import draw
from service.web.console.studio_drafts import HOW, facet, thing_of

DRAFT = "draft"


def page(kind: str, id_: str) -> str:
    """Which two stands in the URL; of the later one a draft may be told."""
    with here().database.read() as connection:
        thing, (before, after), contents = _both(connection, kind, id_)
        has_draft = model_drafts.find(connection, kind, id_) is not None
    changes = model_changes.between(kind, *contents, thing.newest.file)
    rows = {one.part.id: one.how for one in changes}
    return render_template(
        "console/studio_compare.html",
        thing=thing,
        before=before,
        after=after,
        has_draft=has_draft,
        changes=changes,
        rows=rows,
        tables=[drawn.decisions(one, thing.newest.file) for one in contents] if kind == "decision" else (),
        how=HOW,
        facet=facet,
        **studio.words(),
    )


def picture(kind: str, id_: str) -> Response:
    """One side: what is not in the other, and what is told otherwise there, are marked."""
    if kind != "process":
        raise NotFound("Only diagrams have a picture.")
    is_after = request.args.get("side") == "after"
    with here().database.read() as connection:
        thing, _, contents = _both(connection, kind, id_)
    alone = picture_signs.ADDED if is_after else picture_signs.REMOVED
    found = model_changes.between(kind, *contents, thing.newest.file)
    marks = {one.part.id: one.how for one in found if one.how in (alone, picture_signs.CHANGED)}
    shown = draw(contents[is_after], thing.newest.file, marks=marks, in_english=language() == "en")
    return Response(shown, mimetype="image/svg+xml")


def _both(connection: Connection, kind: str, id_: str) -> tuple[deployed.Thing, tuple[str, str], tuple[bytes, bytes]]:
    """The thing, the names of the two, and what each of them says."""
    thing = thing_of(connection, kind, id_)
    if not thing.versions:
        raise NotFound("It is new: there is nothing to compare it with.")
    draft = model_drafts.find(connection, kind, id_)
    newest = str(thing.newest.number)
    after = request.args.get("after") or (DRAFT if draft is not None else newest)
    before = request.args.get("before") or newest
    return thing, (before, after), (_said(connection, thing, draft, before), _said(connection, thing, draft, after))


def _said(connection: Connection, thing: deployed.Thing, draft: Any, name: str) -> bytes:
    if name == DRAFT and draft is not None:
        return bytes(draft["content"])
    if not (name.isascii() and name.isdecimal() and len(name) < 10):
        raise NotFound("There is no such version.")
    return deployed.content(connection, thing.kind, thing.version(int(name)).key)
