"""What is kept of a matter: who set which variable when, what was heard and told, what was stuck, what happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from flask import render_template, request

from service.web.console import matter
from service.web.console.way import all_of, called
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

# The kinds of lines in the history of a process.
EVENTS: Mapping[str, str] = {
    "started": named("Began"),
    "completed": named("Finished"),
    "cancelled": named("Called off"),
    "ended-as-told": named("Ended where it was told to"),
    "suspended": named("Suspended"),
    "resumed": named("Resumed"),
    "modified": named("Its way was changed by hand"),
    "activated": named("Chosen to be done"),
    "migrated": named("Moved to another version"),
    "variables-set": named("Values set by hand"),
    "task-created": named("Task for somebody"),
    "task-assigned": named("Task taken or given"),
    "task-unassigned": named("Task put back"),
    "task-updated": named("Task changed"),
    "task-completed": named("Task completed"),
    "job-completed": named("Done by a system"),
    "job-failed": named("A system failed"),
    "job-updated": named("Work of a system changed"),
    "error-thrown": named("A system told an error"),
    "message-received": named("Message heard"),
    "signal-received": named("Signal heard"),
    "timer-fired": named("The time had come"),
    "condition-true": named("A condition came true"),
    "incident": named("Got stuck"),
    "incident-resolved": named("Went on"),
    "contact-read": named("Name and number shown"),
    "quarantine-read": named("What is kept apart shown"),
    "kept-apart": named("Taken out and kept apart"),
    "personal-data-erased": named("Personal data erased"),
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
        happenings=EVENTS,
        called=called,
        **matter.head(number),
    )
