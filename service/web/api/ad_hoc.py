"""Choosing what is done in ad-hoc sub-processes."""

from __future__ import annotations

from flask import Blueprint
from marshmallow import fields, validate

from service.engine import ad_hoc
from service.web import here
from service.web.access import require_free
from service.web.api.operations import described
from service.web.api.wire import Body, body, flag, key_of, name, variables
from service.web.auth import caller

blueprint = Blueprint("ad_hoc", __name__)


class ActivatedElement(Body):
    elementId = name(required=True)
    variables = variables()


class AdHocActivation(Body):
    elements = fields.List(fields.Nested(ActivatedElement), required=True, validate=validate.Length(1, 100))
    cancelRemainingInstances = flag(default=False)


@blueprint.post("/element-instances/ad-hoc-activities/<key>/activation")
@described("activateAdHocSubProcessActivities", takes=AdHocActivation, fails=(409,))
def activate(key: str) -> tuple[str, int]:
    """Begin elements of an active ad-hoc sub-process, each with variables of its own."""
    asked, parts = body(), here()
    wanted = [(one["elementId"], one["variables"] or {}) for one in asked["elements"]]
    with parts.database.write() as connection:
        require_free(connection, key_of(key))
        ad_hoc.activate(
            connection,
            parts.engine,
            key_of(key),
            wanted,
            cancel=bool(asked["cancelRemainingInstances"]),
            by=caller().id,
        )
    return "", 204
