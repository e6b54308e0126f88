"""Moving the tokens of process instances."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from marshmallow import fields, validate

from service.bpmn import Activation, Move
from service.engine import modification
from service.errors import Invalid, Problem
from service.web import here
from service.web.access import require_free
from service.web.api.batch_operations import Chosen, begin
from service.web.api.operations import described
from service.web.api.schemas.batch_operations import BegunBatchOperation
from service.web.api.wire import Act, Body, Key, body, key_of, name, variables
from service.web.auth import caller

blueprint = Blueprint("modifications", __name__)

_MANY = validate.Length(0, 100)


class Variables(Body):
    variables = variables()
    scopeId = name()


class Activated(Body):
    elementId = name(required=True)
    ancestorElementInstanceKey = Key(load_default=None, allow_none=True)
    variableInstructions = fields.List(fields.Nested(Variables), load_default=list, allow_none=True, validate=_MANY)


class Source(Body):
    sourceType = name()  # byId or byKey, as the others say
    sourceElementId = name()
    sourceElementInstanceKey = Key(load_default=None, allow_none=True)


class Ancestor(Body):
    """Where the source's own scope fits, a token stays in it; otherwise the key says in which one it begins."""

    ancestorScopeType = name()
    ancestorElementInstanceKey = Key(load_default=None, allow_none=True)


class Moved(Body):
    sourceElementInstruction = fields.Nested(Source, required=True)
    targetElementId = name(required=True)
    ancestorScopeInstruction = fields.Nested(Ancestor, load_default=None, allow_none=True)
    variableInstructions = fields.List(fields.Nested(Variables), load_default=list, allow_none=True, validate=_MANY)


class Terminated(Body):
    elementId = name()
    elementInstanceKey = Key(load_default=None, allow_none=True)


class Modification(Act):
    activateInstructions = fields.List(fields.Nested(Activated), load_default=list, allow_none=True, validate=_MANY)
    moveInstructions = fields.List(fields.Nested(Moved), load_default=list, allow_none=True, validate=_MANY)
    terminateInstructions = fields.List(fields.Nested(Terminated), load_default=list, allow_none=True, validate=_MANY)


class MovedByElement(Body):
    sourceElementId = name(required=True)
    targetElementId = name(required=True)


class ModificationOfMany(Chosen):
    moveInstructions = fields.List(fields.Nested(MovedByElement), required=True, validate=validate.Length(1, 100))


@blueprint.post("/process-instances/<key>/modification")
@described("modifyProcessInstance", takes=Modification, fails=(409,))
def modify(key: str) -> tuple[str, int]:
    """Begin, move and end elements of an instance, all of it or nothing."""
    asked, parts = body(), here()
    moves = [
        Move(
            _source(one["sourceElementInstruction"], "sourceElementId", "sourceElementInstanceKey"),
            _activation(one, one["targetElementId"], (one["ancestorScopeInstruction"] or {})),
        )
        for one in asked["moveInstructions"] or ()
    ]
    ended = [_source(one, "elementId", "elementInstanceKey") for one in asked["terminateInstructions"] or ()]
    begun = [_activation(one, one["elementId"], one) for one in asked["activateInstructions"] or ()]
    with parts.database.write() as connection:
        require_free(connection, key_of(key))
        modification.modify(
            connection,
            parts.engine,
            key_of(key),
            activate=begun,
            move=moves,
            terminate=ended,
            by=caller().id,
        )
    return "", 204


@blueprint.post("/process-instances/modification")
@described("modifyProcessInstancesBatchOperation", takes=ModificationOfMany, gives=BegunBatchOperation)
def modify_many() -> dict[str, Any]:
    """Move the tokens of many instances from element to element."""
    asked = body()
    moves = [[one["sourceElementId"], one["targetElementId"]] for one in asked["moveInstructions"]]
    return begin("MODIFY_PROCESS_INSTANCE", asked["filter"], {"moves": moves})


def _activation(one: dict[str, Any], element_id: str, scope: dict[str, Any]) -> Activation:
    ancestor = scope.get("ancestorElementInstanceKey")
    given = tuple((each["scopeId"] or "", each["variables"] or {}) for each in one["variableInstructions"] or ())
    return Activation(element_id, None if ancestor == -1 else ancestor, given)


def _source(one: dict[str, Any], by_id: str, by_key: str) -> str | int:
    source: str | int | None = one[by_id] if one[by_key] is None else one[by_key]
    if source is None or (one[by_id] and one[by_key] is not None):
        text = f"Give either {by_id} or {by_key}."
        raise Invalid(text, [Problem(by_id, text)])
    return source
