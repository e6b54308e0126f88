"""What an element says of its jobs and listeners: a part of the reader of diagrams."""

from __future__ import annotations

from collections.abc import Callable

from service.bpmn.model import Job, Listener, Text
from service.bpmn.vocabulary import BPMN, ZEEBE, Xml, is_read, name_of

# The value of an element's attribute, compiled if it is FEEL; the words say of what.
Read = Callable[[str | None, Xml, str], Text | None]

_TRIES = "3"


def job(xml: Xml, read: Read) -> Job | None:
    """The job of an element; None for one that is none."""
    drawn = extension(xml, "taskDefinition")
    if drawn is None:
        return None
    type_ = read(drawn.get("type"), xml, "job type") or Text("")
    return Job(type_, _retries(drawn, xml, read), priority(xml, read))


def priority(xml: Xml, read: Read) -> Text | None:
    """The priority that an element gives its job, or a process all jobs."""
    drawn = extension(xml, "jobPriorityDefinition")
    return read(drawn.get("priority"), xml, "job priority") if drawn is not None else None


def execution_listeners(xml: Xml, read: Read) -> tuple[Listener, ...]:
    """In the order of the file, which is that in which they are done."""
    return _listeners(xml, read, "executionListener")


def task_listeners(xml: Xml, read: Read) -> tuple[Listener, ...]:
    """Those of a user task, in the order of the file."""
    return _listeners(xml, read, "taskListener")


def _listeners(xml: Xml, read: Read, name: str) -> tuple[Listener, ...]:
    found = extension(xml, f"{name}s")
    return tuple(
        Listener(
            one.get("eventType", ""),
            read(one.get("type"), xml, "listener's job type") or Text(""),
            _retries(one, xml, read),
            headers(one),
        )
        for one in (found.findall(f"{{{ZEEBE}}}{name}") if found is not None else ())
    )


def _retries(drawn: Xml, xml: Xml, read: Read) -> Text:
    return read(drawn.get("retries", _TRIES), xml, "retries") or Text(_TRIES)


def extension(xml: Xml, name: str) -> Xml | None:
    """An extension of an element, where Camunda 8 reads it."""
    return xml.find(f"{{{BPMN}}}extensionElements/{{{ZEEBE}}}{name}") if is_read(name, name_of(xml)) else None


def headers(holder: Xml) -> dict[str, str]:
    """The task headers in an element; what has no key or no value is no header, as element templates leave it."""
    found = ((one.get("key"), one.get("value")) for one in holder.iter(f"{{{ZEEBE}}}header"))
    return {key: value for key, value in found if key and value}
