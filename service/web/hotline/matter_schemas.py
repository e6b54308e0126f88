"""Matters on the wire: what may be said of one, and what is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from service.hotline.matters import CHANNELS, STATUSES, SUBJECTS, TYPES
from service.web.hotline.wire import Body, given_instant, instant, words

HAZARDS = ("NONE", "CRIME_POLICE", "FIRE", "MEDICAL", "TRAFFIC_ACCIDENT", "GAS_LEAK_EXPLOSION", "MARITIME")
PROCEDURES = ("NONE", "LITIGATION", "ARBITRATION", "DISCIPLINE", "ADMIN_REVIEW", "INFO_DISCLOSURE", "OTHER_PROCEDURE")
SECRECIES = ("NONE", "STATE", "COMMERCIAL", "PRIVACY")
CONCLUSIONS = ("NONE", "EXISTS_LAWFUL", "EXISTS_DISPUTED")
SCOPES = ("NONE", "CONSULT_INFO", "REQUEST_LAWFUL", "DOMAIN_OPINION", "CONDUCT_COMPLAINT", "OUT_OF_SCOPE")
SOLVED = ("YES", "PARTIAL", "PLAN", "NO")
HITS = ("NONE", "PARTIAL", "EXACT")
ORIGINS = ("LOCAL", "PROVINCIAL", "NATIONAL", "OTHER_ASSIGNED")
URGENCIES = ("NORMAL", "LIVELIHOOD", "LIFE_PROPERTY")
LIGHTS = ("GREEN", "YELLOW", "RED")


def one_of(values: tuple[str, ...], **options: Any) -> fields.String:
    return fields.String(validate=validate.OneOf(values), **options)


def about(what: str) -> dict[str, str]:
    return {"description": what}


class Source(Body):
    """Where a matter comes from, so that it is filed once."""

    source = words(120, metadata=about("The system or file that it comes from."))
    source_id = words(120, metadata=about("Its id there. The same source and id again is the same matter."))


class Intake(Source):
    """A matter as it is filed. Only `text` is needed; the rest is what the call taker knows already."""

    text = words(20_000, required=True, metadata=about("What the service object says."))
    title = words(300, metadata=about("In a few words; the beginning of the text if it is not given."))
    channel = one_of(CHANNELS, metadata=about("How it came in; PHONE if it is not given."))
    received_at = given_instant("When it came in; now if it is not given.")
    subject_type = one_of(SUBJECTS, metadata=about("Who raises it; CITIZEN if it is not given (Art. 1, Art. 2)."))
    matter_type = one_of(TYPES)
    name = words(100, metadata=about("The person's name. Kept beside the process, never in it."))
    phone = words(40, metadata=about("The person's phone number. Kept beside the process, never in it."))
    category_l1 = words(100)
    category_l2 = words(100)
    division_code = fields.String(
        validate=validate.Regexp(r"^(\d{6}|\d{9})?\Z"),
        metadata=about("Code of the county or town, six or nine digits."),
    )
    address = words(300)
    location_bound = fields.Boolean(metadata=about("Whether it is about a place, so that the address is needed."))
    has_contact = fields.Boolean(metadata=about("Whether the person can be reached."))
    confidential = fields.Boolean(
        allow_none=True, metadata=about("Whether the person's identity is kept from the units (Art. 11).")
    )
    truth_declaration = fields.Boolean(
        allow_none=True, metadata=about("Whether the person declared that it is true; null: not asked.")
    )
    facts_reviewed = fields.Boolean()
    hazard = one_of(HAZARDS)
    ongoing = fields.Boolean(metadata=about("Whether the hazard is going on now."))
    procedure_required = one_of(PROCEDURES)
    petition_entered = fields.Boolean()
    secrecy = one_of(SECRECIES)
    breaches_order_morals = fields.Boolean()
    prior_conclusion = one_of(CONCLUSIONS)
    new_facts = fields.Boolean()
    other_law_citation = words(300)
    stated_scope = one_of(SCOPES)
    kb_hit = one_of(HITS)
    agent_can_answer = fields.Boolean()
    action_asked = fields.Boolean()
    accused_unit = words(80, allow_none=True)
    origin = one_of(ORIGINS)
    imported_deadline = given_instant("The limit that whoever passes it on has set.", allow_none=True)
    statutory_days = fields.Integer(strict=True, allow_none=True, validate=validate.Range(1, 3650))
    statutory_citation = words(300)
    statutory_unit = one_of(("WORKING", "CALENDAR"))
    urgency = one_of(URGENCIES)
    designated_unit = words(80, allow_none=True)


class Filed(Schema):
    """The receipt of a matter."""

    number = fields.String(required=True)
    created = fields.Boolean(required=True, metadata=about("False if the same source had filed it before."))
    query_code = fields.String(
        required=True, allow_none=True, metadata=about("For following the matter. Told this once, kept by nobody.")
    )
    status = one_of(STATUSES, required=True)


class Matter(Schema):
    """A matter in a list."""

    number = fields.String(required=True)
    process_instance_key = fields.String(required=True, allow_none=True)
    channel = fields.String(required=True)
    matter_type = fields.String(required=True)
    title = fields.String(required=True)
    category_l1 = fields.String(required=True)
    category_l2 = fields.String(required=True)
    division_code = fields.String(required=True)
    area = fields.String(required=True)
    status = fields.String(required=True)
    light = fields.String(required=True, metadata=about("Empty until the matter has a deadline."))
    outcome = fields.String(required=True)
    refusal_ground = fields.String(required=True)
    unit_id = fields.String(required=True, allow_none=True)
    merged_into = fields.String(
        required=True, allow_none=True, metadata=about("The matter that it is handled as one with.")
    )
    round = fields.Integer(required=True)
    confidential = fields.Boolean(required=True)
    phone = fields.String(required=True, allow_none=True, metadata=about("Masked; null where it may not be known."))
    received_at = instant(required=True)
    accepted_at = instant(required=True, allow_none=True)
    deadline_at = instant(required=True, allow_none=True)
    deadline_provisional = fields.Boolean(
        required=True, metadata=about("The calendar of that year is not final; the deadline may move.")
    )
    closed_at = instant(required=True, allow_none=True)


class WholeMatter(Matter):
    """A matter by itself."""

    text = fields.String(required=True)
    address = fields.String(required=True)
    name = fields.String(required=True, allow_none=True, metadata=about("Masked; null where it may not be known."))
    source = fields.String(required=True, allow_none=True)
    source_id = fields.String(required=True, allow_none=True)
    updated_at = instant(required=True)


class Matters(Schema):
    items = fields.List(fields.Nested(Matter), required=True)
    total = fields.Integer(
        required=True,
        metadata=about("How many there are; more than 10,000 are not counted, with words more than 1,000."),
    )
    next = fields.String(required=True, allow_none=True, metadata=about("`after` of the next page; null: no more."))


class Wanted(Body):
    """Which matters, newest first."""

    unit = words(80)
    status = one_of(STATUSES)
    light = one_of(LIGHTS)
    category = words(100, metadata=about("First or second level."))
    area = words(9, metadata=about("Division code, or its beginning."))
    channel = one_of(CHANNELS)
    received_from = given_instant("The first moment that counts.")
    received_to = given_instant("The first moment that counts no more.")
    text = words(
        100,
        metadata=about(
            "The beginning of a number, with WF or without; or words: each two neighbouring signs of them in the title "
            "or the text, which are sealed."
        ),
    )
    after = words(400, metadata=about("`next` of the page before."))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class OfCaller(Body):
    """Whose matters, newest first."""

    phone = words(40, required=True, metadata=about("However it is written."))
    after = words(400, metadata=about("`next` of the page before."))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class Contact(Schema):
    name = fields.String(required=True)
    phone = fields.String(required=True)


class KeptApart(Schema):
    taken_at = fields.AwareDateTime(required=True)
    told = fields.Dict(required=True)


class AllKeptApart(Schema):
    items = fields.List(fields.Nested(KeptApart), required=True)


class Reason(Body):
    reason = words(500, required=True)


class Withdrawal(Body):
    """The service object takes the matter back."""

    reason = words(500, load_default="")


class Urge(Body):
    """The service object asks to hurry."""

    text = words(2_000, load_default="")


class Supplement(Body):
    """The service object adds what was missing."""

    text = words(20_000)
    address = words(300)
    has_contact = fields.Boolean()
    confidential = fields.Boolean()
    truth_declaration = fields.Boolean()
    phone = words(40)


class Survey(Body):
    """The service object says how the result is (Art. 25)."""

    solved = one_of(SOLVED, required=True, metadata=about("PLAN: not yet, but it is promised by a day."))
    reply_true = fields.Boolean(load_default=True, metadata=about("Whether what the unit replied is so."))
    unit_contacted = fields.Boolean(load_default=True, metadata=about("Whether the unit has been in touch."))
    process_satisfaction = fields.Integer(
        strict=True, load_default=None, allow_none=True, validate=validate.Range(1, 5)
    )
    result_satisfaction = fields.Integer(strict=True, required=True, validate=validate.Range(1, 5))
    comment = words(2_000, load_default="")


# What a service object may say later, and how: under these words at the matter, for the desk and by its code alike.
SAID: Mapping[str, type[Body]] = {
    "withdrawal": Withdrawal,
    "urge": Urge,
    "supplement": Supplement,
    "survey": Survey,
}
