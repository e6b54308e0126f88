"""Matters: filed, found, followed by their own number; personal data stay in their row, never in the process."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, text, update

from service.clock import CITY_ZONE
from service.engine import Engine, audit, messages, process_instances
from service.errors import Conflict, NotFound
from service.hotline import duplicates, fields, masking, protections, query_codes, sealed_fields
from service.hotline.fields import Eyes
from service.hotline.people import Viewer, visible_to
from service.hotline.protections import NOTHING, Marks
from service.hotline.sealed_fields import Contact
from service.store.keys import new_key
from service.store.secrets import KeyRing
from service.store.tables import history, matter, process_instance

PROCESS = "hotline-intake"

CHANNELS = ("PHONE", "WECHAT", "WEIBO", "SMS", "WEB", "APP", "MAILBOX", "PROVINCIAL", "LINK_110", "MEDIA")
SUBJECTS = ("CITIZEN", "LEGAL_PERSON", "OTHER_ORG")
TYPES = ("CONSULT", "HELP", "COMPLAINT", "REPORT", "SUGGESTION", "PRAISE")
STATUSES = (
    "RECEIVED",
    "INCOMPLETE",
    "UNDER_REVIEW",
    "ACCEPTED",
    "TO_ASSIGN",
    "DISPATCHED",
    "IN_HANDLING",
    "IN_REVIEW",
    "RETURN_REQUESTED",
    "IN_DISPUTE",
    "CO_HANDLING",
    "REPLIED",
    "VISITING",
    "CLOSED",
    "ANSWERED",
    "REFUSED",
    "REFERRED",
    "REDIRECTED",
    "WITHDRAWN",
    "MERGED",
    "TERMINATION_REQUESTED",
    "TERMINATED",
    "PLAN_PENDING",
    "PLAN_RUNNING",
    "HARD_CASE_L1",
    "HARD_CASE_L2",
)

# What the process begins with where nothing else is told; nothing in it says who the person is.
DEFAULTS: Mapping[str, Any] = {
    "channel": "PHONE",
    "subject_type": "CITIZEN",
    "matter_type": "HELP",
    "title": "",
    "text": "",
    "category_l1": "",
    "category_l2": "",
    "division_code": "",
    "address": "",
    "location_bound": False,
    "has_contact": True,
    "confidential": False,
    "truth_declaration": None,
    "facts_reviewed": False,
    "hazard": "NONE",
    "ongoing": False,
    "procedure_required": "NONE",
    "petition_entered": False,
    "secrecy": "NONE",
    "breaches_order_morals": False,
    "prior_conclusion": "NONE",
    "new_facts": False,
    "other_law_citation": "",
    "stated_scope": "NONE",
    "kb_hit": "NONE",
    "agent_can_answer": False,
    "action_asked": False,
    "accused_unit": None,
    "origin": "LOCAL",
    "imported_deadline": None,
    "statutory_days": None,
    "statutory_citation": "",
    "statutory_unit": "WORKING",
    "urgency": "NORMAL",
    "extension_approved_days": None,
    "determined_unit": None,
    "designated_unit": None,
    "decided_unit": None,
    "excluded_units": [],
    "merged_into": None,
}
# What it is told of every matter besides.
TOLD_TOO = ("matter_no", "received_at", "similar_matters")

_IN_ROW = (
    "channel",
    "category_l1",
    "category_l2",
    "division_code",
    "confidential",
    "matter_type",
)
_COMPLETING = ("address", "has_contact", "confidential", "truth_declaration")
_REPLIED = ("REPLIED", "VISITING", "CLOSED", "ANSWERED")
_EVALUATION = "survey-answered"
# What a service object may say later → the message that the diagrams catch.
HEARD: Mapping[str, str] = {
    "withdrawal": "matter-withdrawn",
    "urge": "matter-urged",
    "supplement": "citizen-supplement",
    "survey": _EVALUATION,
}
_LOCK = 12346
_AREA = re.compile(r"\d{6}")


@dataclass(frozen=True, slots=True)
class Filed:
    """A matter that was filed now (`created`, with its query code, told this once), or before from the same source."""

    number: str
    created: bool
    query_code: str | None
    status: str


def file(
    connection: Connection,
    engine: Engine,
    secrets: KeyRing,
    given: Mapping[str, Any],
    code: query_codes.Code,
    *,
    by: str,
) -> Filed:
    """Write down what somebody has said, and start its process.

    `given` holds what is known of DEFAULTS, and `received_at`, `name`, `phone`, `source`, `source_id`.
    The same source and source id again is the same matter. Raises NotFound if the process is not deployed.
    """
    _in_line(connection)
    known = _from_source(connection, given.get("source"), given.get("source_id"))
    if known is not None:
        return Filed(known["number"], False, None, known["status"])
    at = engine.clock()
    number = _next_number(connection, at)
    told = {**DEFAULTS, **{name: value for name, value in given.items() if name in DEFAULTS}}
    received_at = given.get("received_at") or at
    area = _AREA.match(told["division_code"])
    similar = duplicates.similar_to(connection, secrets, told, given.get("phone") or "", received_at)
    contact = Contact(given.get("name") or "", given.get("phone") or "")
    said = {name: told[name] for name in sealed_fields.TOLD}
    said |= {"person_name": contact.name, "person_phone": contact.phone}
    connection.execute(
        insert(matter).values(
            {
                **{name: told[name] for name in _IN_ROW},
                **sealed_fields.sealed(secrets, number, said),
                "confidential": bool(told["confidential"]),
                "number": number,
                "query_code_hash": code.hash,
                "received_at": received_at,
                "area": area[0] if area else "",
                "status": STATUSES[0],
                "source": given.get("source"),
                "source_id": given.get("source_id"),
                "updated_at": at,
            }
        )
    )
    variables = {**told, "matter_no": number, "received_at": _instant(received_at), "similar_matters": similar}
    if is_kept_from_units(connection, engine, told["confidential"], told["secrecy"]):
        variables = _unnamed(engine, variables, contact, "" if told["location_bound"] else told["address"])
    variables["imported_deadline"] = _instant(told["imported_deadline"])
    process_instances.start(connection, engine, process_id=PROCESS, variables=variables, by=by, business_id=number)
    return Filed(number, True, code.text, get(connection, number)["status"])


def is_kept_from_units(connection: Connection, engine: Engine, confidential: Any, secrecy: Any) -> bool:
    """Whether whoever handles a matter must not learn who has raised it, as the table field-access says (Art. 11)."""
    marks = Marks(str(secrecy or NOTHING.secrecy), confidential=True)
    return bool(confidential) and not fields.eyes(connection, engine, "HANDLER").of("name", marks).may_be_asked_for


def unnamed_row(secrets: KeyRing, row: RowMapping) -> dict[str, Any]:
    """The row of a matter as whoever must not learn who has raised it reads it: a place that has to be known to handle
    it stands in the task."""
    told = sealed_fields.opened(secrets, row)
    contact = sealed_fields.contact(secrets, row)
    return masking.unnamed(told, frozenset(sealed_fields.TOLD), contact, told["address"]) | {"address": ""}


def told_to(secrets: KeyRing, row: RowMapping, eyes: Eyes, marks: Marks) -> dict[str, Any]:
    """The row with what was said; where its name is kept from somebody, the words do not tell it either."""
    is_kept = row["confidential"] and not eyes.of("name", marks).may_be_asked_for
    return unnamed_row(secrets, row) if is_kept else sealed_fields.opened(secrets, row)


def _unnamed(engine: Engine, variables: Mapping[str, Any], contact: Contact, home: str) -> dict[str, Any]:
    """Where a matter is bound to no place, its address is where somebody lives: that goes no further than its row."""
    told = masking.unnamed(variables, engine.protection.names, contact, home)
    return {**told, "address": ""} if home and "address" in told else told


def get(connection: Connection, number: str, viewer: Viewer | None = None) -> RowMapping:
    """The row of a matter, with what is secret in it (`secrecy`); raises NotFound, also for one that the viewer may
    not see."""
    query = protections.matters_with_marks().where(matter.c.number == number)
    if viewer is not None:
        query = query.where(visible_to(viewer))
    row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFound(f"There is no matter {number[:40]}.")
    return row


def public_reply(connection: Connection, engine: Engine, row: RowMapping) -> str | None:
    """What the unit, or the desk, has answered the service object; None before it is sent."""
    if row["status"] not in _REPLIED:
        return None
    query = (
        select(process_instance)
        .where(process_instance.c.root_key == row["instance_key"])
        .order_by(process_instance.c.key.desc())
    )
    found = connection.execute(query).mappings()
    replies = (engine.protection.variables(one).get("public_reply_text") for one in found)
    return next((reply for reply in replies if reply), None)


def tell(
    connection: Connection,
    engine: Engine,
    secrets: KeyRing,
    number: str,
    what: str,
    given: Mapping[str, Any],
    *,
    by: str,
) -> None:
    """Give a matter's process a message of its service object: `what` is one of MESSAGES.

    Raises Conflict if it does not wait for it now.
    """
    message, variables = MESSAGES[what](given)
    if what == "supplement":
        _complete_row(connection, secrets, number, given)
    row = get(connection, number)
    about = variables_of(connection, engine, row)
    if is_kept_from_units(connection, engine, row["confidential"], about.get("secrecy")):
        home = "" if about.get("location_bound") else sealed_fields.opened(secrets, row)["address"]
        contact = sealed_fields.contact(secrets, row)
        variables = _unnamed(engine, variables, contact, home)
        if row["confidential"] and not about.get("confidential"):
            # It was asked for only now: what has been said before is told anew.
            before = {name: about.get(name) for name in sealed_fields.TOLD if name in about}
            again = _unnamed(engine, before, contact, home)
            key = row["instance_key"]
            process_instances.set_variables(connection, engine, key, again, local=False, by=by)
    key = heard_by(message, row)
    try:
        messages.correlate(connection, engine, name=message, correlation_key=key, variables=variables, by=by)
    except NotFound:
        status = row["status"]
        raise Conflict(f"The matter {number} does not take this now; it is {status}.", status=status) from None


def heard_by(message: str, row: RowMapping) -> str:
    """The key by which the diagrams wait for a message about a matter; for an evaluation it is that of one round."""
    return f"{row['number']}/{row['round']}" if message == _EVALUATION else str(row["number"])


def variables_of(connection: Connection, engine: Engine, row: RowMapping) -> Mapping[str, Any]:
    """Those of the first process of a matter."""
    mine = select(process_instance).where(process_instance.c.key == row["instance_key"])
    found = connection.execute(mine).mappings().first()
    return engine.protection.variables(found) if found else {}


def note(connection: Connection, engine: Engine, row: RowMapping, kind: str, *, by: str, **told: Any) -> None:
    """A line of the history of a matter's process; what it tells is sealed."""
    instance_key = row["instance_key"]
    if instance_key is None:
        return
    values = {"key": new_key(), "instance_key": instance_key, "element_id": None, "kind": kind, "data": {}}
    if told:
        query = select(process_instance.c.data_key).where(process_instance.c.key == instance_key)
        seal = engine.protection.of(instance_key, connection.execute(query).scalar_one())
        values["sealed"] = seal.close(told, "history", values["key"], "data")
    connection.execute(insert(history).values(**values, at=engine.clock(), by=by))


def contact_asked(
    connection: Connection, engine: Engine, row: RowMapping, *, granted: bool, reason: str, by: str
) -> None:
    """Tell auditors that somebody asked for the name and the phone number, and whether they were shown.

    Why, in somebody's own words, is in the history of the matter, which can be erased; auditors have its hash.
    """
    subject, at = f"matter {row['number']}", engine.clock()
    if not granted:
        audit.record(connection, at, "contact-refused", who=by, subject=subject)
        return
    note(connection, engine, row, "contact-read", by=by, reason=reason)
    why = hashlib.sha256(f"{row['number']}:{reason}".encode()).hexdigest()
    audit.record(connection, at, "contact-read", who=by, subject=subject, why_sha256=why)


def _withdrawn(given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    return HEARD["withdrawal"], {"withdrawal_reason": given["reason"]}


def _urged(given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    return HEARD["urge"], {"urge_text": given["text"]}


def _supplemented(given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    told = {name: given[name] for name in _COMPLETING if name in given}
    # A new phone number goes to the row alone.
    if given.get("phone"):
        told["has_contact"] = True
    return HEARD["supplement"], {**told, "supplement": given.get("text", "")}


def _answered(given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    return _EVALUATION, {
        "visit_solved": given["solved"],
        "visit_reply_true": given["reply_true"],
        "visit_unit_contacted": given["unit_contacted"],
        "visit_process_sat": given["process_satisfaction"],
        "visit_result_sat": given["result_satisfaction"],
        "visit_comment": given["comment"],
    }


# What a service object may say later → its message, with its variables.
MESSAGES: Mapping[str, Callable[[Mapping[str, Any]], tuple[str, dict[str, Any]]]] = {
    "withdrawal": _withdrawn,
    "urge": _urged,
    "supplement": _supplemented,
    "survey": _answered,
}


def _complete_row(connection: Connection, secrets: KeyRing, number: str, given: Mapping[str, Any]) -> None:
    said = {}
    if given.get("address") is not None:
        said["address"] = given["address"]
    if given.get("phone") is not None:
        said["person_phone"] = given["phone"]
    if given.get("text"):
        before = sealed_fields.opened(secrets, get(connection, number))
        said |= {"title": before["title"], "text": f"{before['text']}\n补充：{given['text']}"}
    values = sealed_fields.sealed(secrets, number, said)
    if given.get("confidential") is not None:
        values["confidential"] = given["confidential"]
    if values:
        connection.execute(update(matter).where(matter.c.number == number).values(values))


def _in_line(connection: Connection) -> None:
    """One matter is filed at a time, so that numbers have no gaps and a source is never filed twice."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _from_source(connection: Connection, source: str | None, source_id: str | None) -> RowMapping | None:
    if source is None or source_id is None:
        return None
    same = (matter.c.source == source) & (matter.c.source_id == source_id)
    return connection.execute(select(matter.c.number, matter.c.status).where(same)).mappings().first()


def _next_number(connection: Connection, at: datetime) -> str:
    day = f"WF{at.astimezone(CITY_ZONE):%Y%m%d}-"
    of_day = matter.c.number.between(f"{day}000000", f"{day}999999")
    last = connection.execute(select(matter.c.number).where(of_day).order_by(matter.c.number.desc()).limit(1)).scalar()
    return f"{day}{int(last[len(day) :]) + 1 if last else 1:06d}"


def _instant(value: datetime | None) -> str | None:
    return value.astimezone(CITY_ZONE).isoformat(timespec="seconds") if value else None
