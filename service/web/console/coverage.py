"""The page of the regulation: beside each clause what carries it, in the versions that count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import groupby

from flask import Response, render_template, request, url_for
from sqlalchemy import select

from service.clock import in_city
from service.errors import NotFound
from service.hotline import coverage_in_force
from service.hotline.carriers import NAMED, Carrier
from service.hotline.coverage_in_force import Version
from service.store.tables import process_definition
from service.web import here
from service.web.console import languages, words
from service.web.console.picture import draw

_LONGEST, _A_DAY = 4_000, 86_400

# Where the file of a version is to be had; a diagram and a table are XML, which a modeler opens.
_FILES = {
    "process": "/v2/process-definitions/{}/xml",
    "decision": "/v2/decision-requirements/{}/xml",
    "form": "/v2/resources/{}/content",
}


def page() -> str:
    parts = here()
    with parts.database.read() as connection:
        seen = coverage_in_force.look(connection, parts.engine.clock())
    carried = set(seen.coverage.carried)
    only_open = request.args.get("show") == "open"
    shown = [one for one in seen.coverage.clauses.values() if not only_open or one.id not in carried]
    language = languages.language()
    return render_template(
        "console/coverage.html",
        language=language,
        articles=[(number, list(clauses)) for number, clauses in groupby(shown, lambda one: one.article)],
        carried=carried,
        count=len(seen.coverage.clauses),
        only_open=only_open,
        versions=seen.versions,
        others={id_: _others(by) for id_, by in seen.coverage.by.items()},
        kinds=words.CARRIERS,
        name=lambda one: _name(one.name, language) or one.id,
        names=lambda some: ", ".join(_name(one.name, language) or one.id for one in some),
        file_of=_file_of,
        picture_of=_picture_of,
        day=lambda version: in_city(version.effective_at).strftime("%Y-%m-%d"),
    )


def picture(key: int) -> Response:
    """A diagram, with the elements of `at` marked, and without `whole` no more than what is around them."""
    parts, asked = here(), request.args
    columns = process_definition.c.xml, process_definition.c.resource_name
    with parts.database.read() as connection:
        row = connection.execute(select(*columns).where(process_definition.c.key == key)).first()
    if row is None:
        raise NotFound("There is no diagram with this key.")
    drawn = _drawn(row.xml, row.resource_name, asked.get("at", "")[:_LONGEST], "whole" in asked)
    answer = Response(drawn, mimetype="image/svg+xml")
    # What was deployed never changes.
    answer.cache_control.max_age, answer.cache_control.private = _A_DAY, True
    return answer


# The page shows the same pictures to everybody: over a hundred of them.
@lru_cache(500)
def _drawn(xml: bytes, name: str, at: str, whole: bool) -> bytes:
    return draw(xml, name, at.split(), whole=whole)


def _picture_of(version: Version, carriers: Sequence[Carrier], *, whole: bool = False) -> str | None:
    """Where the picture of what carries a clause is to be had; None for what is no diagram."""
    if version.kind != "process":
        return None
    at = " ".join(one.id for one in carriers)
    return url_for("console.picture", key=version.key, at=at, whole="1" if whole else None)


def _others(by: tuple[Carrier, ...]) -> list[Carrier]:
    return [one for one in by if one.kind in NAMED]


def _name(names: Mapping[str, str], language: str) -> str:
    return names.get(language) or names.get("zh", "")


def _file_of(version: Version) -> str:
    return request.script_root + _FILES[version.kind].format(version.key)
