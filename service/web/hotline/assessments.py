"""The results of assessments as they were published: a unit reads its own, the agency all."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from service.hotline import periods
from service.web import here
from service.web.auth import caller
from service.web.hotline.wire import Section, instant

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
