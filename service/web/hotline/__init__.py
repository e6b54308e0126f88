"""/hotline/v1: the call desk's, the units' and the service objects' own words, described by OpenAPI 3.1."""

from __future__ import annotations

from flask import Blueprint, Flask
from flask_smorest import Api
from marshmallow import Schema, fields

from service.web import PROBLEM, docs
from service.web.hotline import (
    assessments,
    attachments,
    calendar,
    calls,
    explanations,
    exports,
    figures,
    knowledge,
    matters,
    notes,
    people,
    record,
    reports,
    sharing,
    starts,
    supervision,
    tokens,
    track,
    units,
)
from service.web.hotline.wire import PREFIX

_SETTINGS = {
    "API_TITLE": "12345 hotline",
    "API_VERSION": "1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": PREFIX,
    "API_SPEC_OPTIONS": {
        "info": {"description": "Matters from the call to the closed file."},
        "security": [{"bearer": []}, {"basic": []}],
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "basic": {"type": "http", "scheme": "basic"},
            }
        },
    },
}


class _Problem(Schema):
    """RFC 9457."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    instance = fields.String(required=True)
    problems = fields.List(fields.Dict())


class _Api(Api):  # type: ignore[misc]
    ERROR_SCHEMA = _Problem

    def _register_responses(self) -> None:
        """Those that the library describes itself are errors."""
        self.DEFAULT_RESPONSE_CONTENT_TYPE = PROBLEM
        super()._register_responses()
        del self.DEFAULT_RESPONSE_CONTENT_TYPE

    def _register_error_handlers(self) -> None:
        """The app answers errors already, on every surface alike."""


def register(app: Flask) -> None:
    """Serve this surface."""
    app.config.update(_SETTINGS)
    base = app.extensions["hotline"].settings.base_path
    app.config["API_SPEC_OPTIONS"] = {**app.config["API_SPEC_OPTIONS"], "servers": [{"url": base or "/"}]}
    api = _Api(app)
    about_matters = (matters, attachments, exports, notes, record, supervision, track)
    for module in (*about_matters, knowledge, units, starts, calendar, tokens, people, figures, assessments, sharing):
        api.register_blueprint(module.section)
    for section in (calls.section, explanations.public, explanations.section, reports.public, reports.section):
        api.register_blueprint(section)
    pages = Blueprint("hotline-docs", __name__, url_prefix=PREFIX)
    docs.serve(pages)
    app.register_blueprint(pages)
