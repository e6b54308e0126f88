"""What is kept of a matter: who set which variable when, what was heard and told, what was stuck, what happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from flask import render_template, request

from service.web.console import matter
from service.web.console.way import all_of
from service.web.console.words import named
from service.web.hotline import matters, record

KINDS: Mapping[str, str] = {
    record.HEARD: named("Heard"),
    record.PUBLISHED: named("Waiting to be heard"),
    record.TOLD: named("Told"),
}
# Parts of this service that act by themselves.
DOERS: Mapping[str, str] = {
    "in-process": named("this service"),
    "timer": named("a timer"),
    "message": named("a message"),
    "calendar": named("the calendar"),
    "hotline": named("this service"),
    "service-object": named("the service object"),
}


def page(number: str) -> str:
    """All of it, or the values of one variable."""
    kept, way = record.of_matter(number), matters.way(number)
    name = request.args.get("name", "")[:200]
    counts = Counter(one["name"] for one in kept["variables"])
    events = [{**one, "process": each} for each in all_of(way) for one in each["events"]]
    return render_template(
        "console/matter_record.html",
        name=name if name in counts else "",
        counts=dict(sorted(counts.items())),
        variables=[one for one in kept["variables"] if name not in counts or one["name"] == name],
        messages=kept["messages"],
        incidents=[(each, one) for each in all_of(way) for one in each["incidents"]],
        events=sorted(events, key=lambda one: one["at"]),
        kinds=KINDS,
        agents=DOERS,
        **matter.head(number),
    )
