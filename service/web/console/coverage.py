"""The page of the regulation: beside each clause what carries it, in the versions that count."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from flask import render_template, request

from service.clock import in_city
from service.hotline import coverage_in_force
from service.hotline.carriers import ASKED, WRITTEN, Carrier
from service.hotline.coverage_in_force import Version
from service.web import here
from service.web.console import languages, words

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
        file_of=_file_of,
        day=lambda version: in_city(version.effective_at).strftime("%Y-%m-%d"),
    )


def _others(by: tuple[Carrier, ...]) -> list[Carrier]:
    return [one for one in by if one.kind in ASKED | WRITTEN]


def _name(names: Mapping[str, str], language: str) -> str:
    return names.get(language) or names.get("zh", "")


def _file_of(version: Version) -> str:
    return request.script_root + _FILES[version.kind].format(version.key)
