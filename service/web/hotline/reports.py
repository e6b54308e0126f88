"""Reports about a matter: bad conduct (Art. 15), a leak (Art. 7), retaliation (Art. 35), misuse (Art. 12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.hotline import matters, reports
from service.web import here
from service.web.auth import caller
from service.web.hotline.track import BY, Code, own
from service.web.hotline.wire import Body, Section, described, words

public = Section("own-reports", "Report about one's own matter, without an account.")
section = Section("reports", "Report about a matter, as its service object says on the phone, or as the desk meets it.")


class _Against(Body):
    """Whom it is against sees nothing of it."""

    text = words(2_000, required=True)
    accused_unit = words(
        80, load_default=None, allow_none=True, metadata={"description": "The unit that handles it, if none is named."}
    )
    accused_person = words(80, load_default=None, allow_none=True)


class ConductComplaint(_Against):
    """The attitude, the manners or the pace of a unit, or of somebody in it; a superior inquires into it."""


class LeakReport(_Against):
    """Something became known that should not have; it is contained at once, and inquired into."""


class RetaliationReport(_Against):
    """Somebody is made to suffer for a matter; the leader of the agency and the supervision department alone see it."""


class Misuse(Body):
    """The hotline is called over and over, or its people are insulted; two people look before anything is done."""

    text = words(2_000, required=True)


# What a service object may report; the desk may report all.
OWN: Mapping[str, type[Body]] = {
    "conduct-complaint": ConductComplaint,
    "leak-report": LeakReport,
    "retaliation-report": RetaliationReport,
}
_ALL: Mapping[str, type[Body]] = {**OWN, "misuse": Misuse}


def _hear(what: str, schema: type[Body]) -> None:
    @section.on("POST", f"/matters/<number>/{what}")
    @section.takes(schema)
    @section.answers(204)
    @described(what, schema)
    def say(given: dict[str, Any], number: str) -> None:
        with here().database.write() as connection:
            row = matters.get(connection, number, caller())
            reports.make(connection, here().engine, row, what, given, by=caller().id)


def _hear_own(what: str, schema: type[Body]) -> None:
    @public.on("POST", f"/track/<number>/{what}")
    @public.takes(schema)
    @public.takes(Code, location="headers")
    @public.answers(204)
    @described(what, schema)
    def say(given: dict[str, Any], headers: dict[str, Any], number: str) -> None:
        row = own(number, headers["code"])
        with here().database.write() as connection:
            reports.make(connection, here().engine, row, what, given, by=BY)


for _what, _schema in _ALL.items():
    _hear(_what, _schema)
for _what, _schema in OWN.items():
    _hear_own(_what, _schema)
