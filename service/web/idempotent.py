"""`Idempotency-Key`: a request that comes twice is done once (draft-ietf-httpapi-idempotency-key-header)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import request
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate
from sqlalchemy import Connection
from werkzeug.exceptions import UnprocessableEntity

from service.errors import Invalid, Problem, StuckError
from service.hotline import idempotency
from service.web import here
from service.web.auth import caller

Do = Callable[[Connection], tuple[int, dict[str, Any]]]


class Headers(Schema):
    class Meta:
        unknown = EXCLUDE

    key = fields.String(
        data_key="Idempotency-Key",
        validate=validate.Length(1, 255),
        metadata={"description": "A new random text for each request; the same request again gets the same answer."},
    )


def asked_key() -> str | None:
    """The key of this request, where no schema has read it; raises Invalid."""
    try:
        key: str | None = Headers().load(dict(request.headers)).get("key")
    except ValidationError:
        text = "Idempotency-Key must have between 1 and 255 characters."
        raise Invalid(text, [Problem("Idempotency-Key", text)]) from None
    return key


def once(key: str | None, do: Do, *, sealed: str = "", by: str = "") -> tuple[Mapping[str, Any], int]:
    """Do something in one transaction and answer it, or answer what was answered before.

    `sealed` names the field of the answer that may not be kept in clear; `by` is who asks, if not who has signed in.
    """
    parts = here()
    if key is None:
        with parts.database.write() as connection:
            status, body = do(connection)
        return body, status
    asked = idempotency.Request(key, f"{by or caller().id} {request.method} {request.path}"[:120], request.get_data())
    with parts.database.write() as connection:
        try:
            before = idempotency.begin(connection, asked, parts.engine.clock())
        except idempotency.OtherRequest as error:
            raise UnprocessableEntity(error.message) from None
        if before is not None:
            return _opened(before.body, sealed, asked), before.status
        try:
            status, body = do(connection)
        except StuckError:
            # Its incident is committed; the key must not be.
            idempotency.give_up(connection, asked)
            raise
        idempotency.finish(connection, asked, idempotency.Answer(status, _sealed(body, sealed, asked)))
    return body, status


def _sealed(body: dict[str, Any], name: str, asked: idempotency.Request) -> dict[str, Any]:
    secret = body.get(name)
    return body if secret is None else {**body, name: asked.sealed(secret.encode().hex())}


def _opened(body: Mapping[str, Any], name: str, asked: idempotency.Request) -> Mapping[str, Any]:
    kept = body.get(name)
    return body if kept is None else {**body, name: bytes.fromhex(asked.sealed(kept)).decode()}
