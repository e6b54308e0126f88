"""What the hotline is for, how it works and what it publishes: for everybody (Art. 1, 3, 16, 28)."""

from __future__ import annotations

from flask import render_template

from service.clock import in_city
from service.hotline import publications, standards
from service.hotline.matters import CHANNELS, SUBJECTS
from service.web import here
from service.web.auth import visitor
from service.web.console import languages, words


def page() -> str:
    parts = here()
    visitor()
    with parts.database.read() as connection:
        published = publications.in_force(connection)
        standard = standards.in_force(connection, parts.engine, parts.engine.clock())
    return render_template(
        "console/about.html",
        language=languages.language(),
        subjects=[words.SUBJECTS[one] for one in SUBJECTS],
        channels=[words.CHANNELS[one] for one in CHANNELS],
        standards=[(words.STANDARDS[name], value) for name, value in standard.items()],
        published=published,
        kinds=words.PUBLICATIONS,
        day=lambda row: in_city(row["published_at"]).strftime("%Y-%m-%d"),
    )
