"""Tokens: given to people and systems, for some scopes and for a time."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from service.errors import Forbidden
from service.hotline import tokens
from service.web import here, scopes
from service.web.auth import caller, hash_token
from service.web.hotline.wire import Body, Section, instant, words

section = Section("tokens", "Tokens by which people and systems sign in.")


class TokenWish(Body):
    """A token for some scopes: there is none for everything."""

    scopes = fields.List(
        fields.String(validate=validate.OneOf(list(scopes.SCOPES))),
        required=True,
        validate=validate.Length(min=1),
        metadata={"description": "; ".join(f"{name}: {about}" for name, about in scopes.SCOPES.items())},
    )
    label = words(80, load_default="", metadata={"description": "What it is for."})
    days = fields.Integer(strict=True, load_default=365, validate=validate.Range(1, tokens.MOST_DAYS))


class Token(Schema):
    id = fields.String(required=True)
    label = fields.String(required=True)
    scopes = fields.List(fields.String(), required=True)
    created_at = instant(required=True)
    expires_at = instant(required=True, allow_none=True)


class GivenToken(Schema):
    id = fields.String(required=True)
    token = fields.String(required=True, metadata={"description": "Told this once, kept by nobody."})
    scopes = fields.List(fields.String(), required=True)
    expires_at = instant(required=True)


class Tokens(Schema):
    items = fields.List(fields.Nested(Token), required=True)


@section.on("GET", "/people/<person_id>/tokens")
@section.answers(200, Tokens)
def list_tokens(person_id: str) -> Any:
    """The tokens of somebody; none of them lets in anybody who reads it here."""
    with here().database.read() as connection:
        rows = tokens.listed(connection, person_id)
    return {"items": [{**row, "id": tokens.id_of(row), "scopes": row["scopes"].split()} for row in rows]}


@section.on("POST", "/people/<person_id>/tokens")
@section.takes(TokenWish)
@section.answers(201, GivenToken)
def give_token(given: dict[str, Any], person_id: str) -> Any:
    """Give somebody a token."""
    token, asked, parts = tokens.new(), scopes.written(given["scopes"]), here()
    mine = caller().scopes
    if mine is not None and not mine.issuperset(asked.split() or scopes.SCOPES):
        raise Forbidden("Your own token is not for all of these scopes.")
    with parts.database.write() as connection:
        kept = {"scopes": asked, "label": given["label"], "days": given["days"]}
        hash_, at = hash_token(token), parts.engine.clock()
        expires_at = tokens.give(connection, person_id, hash_, **kept, at=at, by=caller().id)
    return {"id": hash_[: tokens.ID], "token": token, "scopes": asked.split(), "expires_at": expires_at}


@section.on("DELETE", "/tokens/<token_id>")
@section.answers(204)
def take_token_back(token_id: str) -> None:
    """Take a token back: it lets nobody in from now on."""
    parts = here()
    with parts.database.write() as connection:
        tokens.take_back(connection, token_id, at=parts.engine.clock(), by=caller().id)
