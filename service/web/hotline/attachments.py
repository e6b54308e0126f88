"""The files of a matter: listed, taken away, and added by the desk."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterable
from io import BytesIO
from typing import Any

from flask import Response, send_file
from marshmallow import Schema, fields

from service.errors import Invalid, Problem
from service.hotline import attachments, matters, protections
from service.hotline.attachments import Attachment, Limits
from service.hotline.file_kinds import KINDS, LONGEST_NAME
from service.web import here
from service.web.auth import caller
from service.web.eyes import eyes, tell_secret
from service.web.hotline.matter_schemas import about
from service.web.hotline.wire import Body, Section, instant, words

section = Section("attachments", "The files of a matter, as far as you may see them.")

# Whoever opens it in a browser all the same: nothing of it runs, and nothing is loaded by it.
POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"


class File(Schema):
    key = fields.String(required=True)
    name = fields.String(required=True)
    media_type = fields.String(required=True, metadata=about("As its content says, not its name."))
    size = fields.Integer(required=True, metadata=about("In bytes."))
    of_service_object = fields.Boolean(required=True)
    added_by = fields.String(required=True)
    added_at = instant(required=True)


class Files(Schema):
    items = fields.List(fields.Nested(File), required=True)
    kept_back = fields.Integer(
        required=True, metadata=about("How many more there are that are kept from you: they may tell who somebody is.")
    )


class Sent(Body):
    """A file: JPEG, PNG, WebP, PDF, DOCX, XLSX, MP3, M4A, AMR or MP4, which its content says."""

    name = words(LONGEST_NAME, required=True)
    content = fields.String(required=True, metadata=about("In base64 (RFC 4648, section 4)."))


class Key(Schema):
    key = fields.String(required=True)


@section.on("GET", "/matters/<number>/attachments")
@section.answers(200, Files)
def list_attachments(number: str) -> Any:
    """The files of a matter, the oldest first."""
    found = listed(number)
    return {"items": [_told(one) for one in found.items], "kept_back": found.kept_back}


@section.on("POST", "/matters/<number>/attachments")
@section.takes(Sent)
@section.answers(201, Key)
def add_attachment(given: dict[str, Any], number: str) -> Any:
    """Add a file that the service object has sent. Of a picture, where and by what it was taken is not kept."""
    try:
        content = b64decode(given["content"], validate=True)
    except (NotBase64, ValueError):
        raise Invalid("The content is no base64.", [Problem("content", "is no base64")]) from None
    return {"key": str(add(number, [(given["name"], content)])[0])}


@section.on("GET", "/matters/<number>/attachments/<int:key>")
def read_attachment(number: str, key: int) -> Response:
    """A file, to be saved."""
    return taken_away(number, key)


def listed(number: str) -> attachments.Listed:
    """The same, as pages ask for it."""
    with here().database.read() as connection:
        row = matters.get(connection, number, caller())
        return attachments.shown(connection, here().engine, row, eyes())


def add(number: str, given: Iterable[tuple[str, bytes]]) -> list[int]:
    """The same, as pages ask for it."""
    parts = here()
    limits = Limits.of(parts.settings)
    with parts.database.read() as connection:
        matters.get(connection, number, caller())
    files = attachments.checked(limits, given)
    with parts.database.write() as connection:
        return attachments.add(connection, parts.engine, limits, number, files, by=caller().id, of_object=True)


def taken_away(number: str, key: int) -> Response:
    """The same, as pages ask for it."""
    with here().database.read() as connection:
        row = matters.get(connection, number, caller())
        found, content = attachments.read(connection, here().engine, row, key, eyes())
    tell_secret(f"matter {number}", protections.of_row(row))
    answer = send_file(
        BytesIO(content), KINDS[found.kind], as_attachment=True, download_name=found.name, etag=False, conditional=False
    )
    answer.headers.update(
        {
            "Content-Security-Policy": POLICY,
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "no-store",
        }
    )
    return answer


def _told(one: Attachment) -> dict[str, Any]:
    told = {"key": str(one.key), "name": one.name, "media_type": KINDS[one.kind], "size": one.size}
    return {**told, "of_service_object": one.of_object, "added_by": one.added_by, "added_at": one.added_at}
