"""The results of assessments as they were published: a unit reads its own, the agency all."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from typing import Any

from flask import Response
from marshmallow import Schema, fields

from service.engine import audit
from service.hotline import periods
from service.hotline.protections import NOTHING
from service.web import here
from service.web.auth import caller
from service.web.eyes import eyes_to_take_away
from service.web.hotline.wire import Section, csv_file, instant

section = Section("assessments", "Frozen figures and rankings of months and years.")


class Place(Schema):
    unit_id = fields.String(required=True)
    group = fields.String(required=True)
    place = fields.Integer(required=True)
    score = fields.Float(required=True)


class OfUnit(Schema):
    unit_id = fields.String(required=True)
    group = fields.String(required=True)
    figures = fields.Dict(required=True)


class Assessment(Schema):
    id = fields.String(required=True)
    period = fields.String(required=True)
    begins_on = fields.Date(required=True)
    ends_on = fields.Date(required=True)
    frozen_at = instant(required=True)
    published_at = instant(required=True)
    exported_at = instant(required=True, allow_none=True)
    rankings = fields.List(fields.Nested(Place), required=True)
    units = fields.List(fields.Nested(OfUnit), required=True)


class Assessments(Schema):
    items = fields.List(fields.Nested(Assessment), required=True)


@section.on("GET", "/assessments")
@section.answers(200, Assessments)
def list_assessments() -> Any:
    """What is published, the latest first."""
    with here().database.read() as connection:
        return {"items": periods.published(connection, caller())}


@section.on("POST", "/assessments/<period_id>/export")
def export_assessment(period_id: str) -> Response:
    """What is published of a period as CSV, figure by figure as it was frozen; its SHA-256 is in `Content-Digest`.

    Who took it, and its hash, is kept for auditors.
    """
    parts, columns = here(), ("unit_id", "group", "figure", "numerator", "denominator", "value")
    with parts.database.write() as connection:
        lines = [({name: one[name] for name in columns}, NOTHING) for one in periods.lines(connection, period_id)]
        told = eyes_to_take_away(connection, "PUBLISH").lines(lines)
        answer = csv_file(f"results-{period_id}", columns, (line.values() for line in told))
        digest = hashlib.sha256(answer.get_data())
        what = {"subject": f"assessment {period_id}", "sha256": digest.hexdigest()}
        audit.record(connection, parts.engine.clock(), "export", who=caller().id, **what)
    answer.headers["Content-Digest"] = f"sha-256=:{b64encode(digest.digest()).decode()}:"
    return answer
