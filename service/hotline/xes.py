"""Event logs as XES (IEEE 1849-2016): a trace for each matter, written as it is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import quoteattr

from service.clock import in_city
from service.hotline.event_logs import Case, Cases, Event

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849-2016" xes.features="" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<global scope="trace">
<string key="concept:name" value=""/>
</global>
<global scope="event">
<string key="concept:name" value=""/>
<string key="lifecycle:transition" value="complete"/>
<date key="time:timestamp" value="1970-01-01T00:00:00.000+00:00"/>
</global>
<classifier name="Activity" keys="concept:name"/>
<classifier name="Element" keys="element_id"/>
<string key="lifecycle:model" value="standard"/>
"""
# What no XML can hold.
_UNFIT = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def written(cases: Cases) -> Iterator[str]:
    yield _HEAD
    for case in cases():
        yield "".join(_trace(case))
    yield "</log>\n"


def _trace(case: Case) -> Iterator[str]:
    yield "<trace>\n"
    yield _attribute("concept:name", case.told["number"])
    for name, value in case.told.items():
        if name != "number" and value not in (None, ""):
            yield _attribute(name, value)
    happened = [(moment, step, one) for one in case.events for moment, step in _transitions(one)]
    for moment, step, one in sorted(happened, key=lambda it: (it[0], it[2].key)):
        yield "<event>\n"
        yield _attribute("concept:name", one.name)
        yield f'<string key="concept:instance" value="{one.key}"/>\n'
        yield _attribute("lifecycle:transition", step)
        yield f'<date key="time:timestamp" value="{in_city(moment).isoformat(timespec="milliseconds")}"/>\n'
        if one.groups:
            yield _attribute("org:group", ", ".join(one.groups))
        for name, value in (
            ("element_id", one.element_id),
            ("element_type", one.type),
            ("process_id", one.process.id),
            ("process_version", one.process.version),
            ("process_instance", one.process.key),
        ):
            yield _attribute(name, value)
        yield "</event>\n"
    yield "</trace>\n"


def _transitions(event: Event) -> Iterator[tuple[datetime, str]]:
    """What took no time is told once."""
    if event.ended_at != event.started_at:
        yield event.started_at, "start"
    if event.ended_at is not None:
        yield event.ended_at, "ate_abort" if event.is_given_up else "complete"


@lru_cache(4_096)  # most of what is told of an event is told of others too
def _attribute(key: str, value: Any) -> str:
    kind, told = "string", str(value)
    if isinstance(value, datetime):
        kind, told = "date", in_city(value).isoformat(timespec="milliseconds")
    elif isinstance(value, bool):
        kind, told = "boolean", str(value).lower()
    elif isinstance(value, int):
        kind = "int"
    return f"<{kind} key={quoteattr(key)} value={quoteattr(_UNFIT.sub('', told))}/>\n"
