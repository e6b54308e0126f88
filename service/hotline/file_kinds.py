"""What kind a file is, by what is in it: of the few that matters may have, all others are refused.

Names and what a browser says of a file count for nothing. A picture is kept without what it tells besides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from zipfile import BadZipFile, ZipFile, is_zipfile

from service.errors import Invalid
from service.hotline.image_parts import Damaged, bare_jpeg, bare_png, bare_webp

LONGEST_NAME = 100
# Of an office document: its parts, all of them unpacked, and how much smaller they may be when packed.
_MOST_PARTS, _MOST_UNPACKED, _MOST_TIGHT = 2_000, 100_000_000, 150
_OFFICE: Mapping[str, str] = {
    "word/document.xml": "docx",
    "xl/workbook.xml": "xlsx",
}
_FILMS = (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"avc1", b"mp41", b"mp42", b"M4V ", b"MSNV", b"3gp", b"qt  ")
_RUNS = re.compile(rb"/(JavaScript|Launch|EmbeddedFile|RichMedia)")
_OUTSIDE = re.compile(r"(^|[/\\])\.\.([/\\]|$)|^[/\\]|^[A-Za-z]:")

# extension → media type. What each is called, pages say.
KINDS: Mapping[str, str] = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "amr": "audio/amr",
    "mp4": "video/mp4",
}
_OTHER_NAMES: Mapping[str, frozenset[str]] = {
    "jpg": frozenset({"jpg", "jpeg"}),
    "mp4": frozenset({"mp4", "mov", "3gp"}),
}

UNKNOWN = "This kind of file is not taken. Taken are photos (JPEG, PNG, WebP), PDF, Word and Excel, sound and film."
DAMAGED = "The file is damaged, or not what it begins like."
TOO_TIGHT = "The document unpacks to far too much. Save it again without pictures."
RUNS = "The file has something in it that runs by itself. Print it to PDF without that."
EMPTY = "The file is empty."


@dataclass(frozen=True, slots=True)
class File:
    """A file that may be kept: `kind` is an extension of KINDS."""

    name: str
    kind: str
    content: bytes


def checked(name: str, content: bytes) -> File:
    """Raises Invalid for what is not taken, in words for whoever sends it."""
    if not content:
        raise Invalid(EMPTY)
    kind = _kind(content)
    if kind is None:
        raise Invalid(UNKNOWN)
    try:
        return File(named(name, kind), kind, _BARE.get(kind, bytes)(content))
    except Damaged:
        raise Invalid(DAMAGED) from None


def named(name: str, kind: str) -> str:
    """A name that leads nowhere and hides nothing, with the extension of what the file is."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    plain = "".join(" " if unicodedata.category(one)[0] in "CZ" else one for one in last)
    plain = " ".join(re.sub(r'[<>:"|?*%]', "_", plain).split()).strip(". ")
    stem, dot, extension = plain.rpartition(".")
    if dot and extension.lower() in (*KINDS, *(one for many in _OTHER_NAMES.values() for one in many)):
        plain = stem
    allowed = _OTHER_NAMES.get(kind, frozenset({kind}))
    end = extension.lower() if extension.lower() in allowed else kind
    return f"{plain[: LONGEST_NAME - 6].strip('. ') or 'file'}.{end}"


def _kind(content: bytes) -> str | None:
    head = content[:16]
    if head.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head.startswith(b"%PDF-"):
        return _pdf(content)
    if head.startswith(b"PK\x03\x04"):
        return _office(content)
    if head.startswith((b"#!AMR\n", b"#!AMR-WB\n")):
        return "amr"
    if head[4:8] == b"ftyp":
        return "m4a" if head[8:11] == b"M4A" else "mp4" if head[8:12].startswith(_FILMS) else None
    return "mp3" if _is_mp3(content) else None


def _is_mp3(content: bytes) -> bool:
    """A tag before sound, or sound at once: frames that follow each other."""
    at = 0
    if content.startswith(b"ID3") and len(content) > 10:
        size = content[6:10]
        if any(one & 0x80 for one in size):
            return False
        at = 10 + (size[0] << 21 | size[1] << 14 | size[2] << 7 | size[3])
        at += len(content[at : at + 4096]) - len(content[at : at + 4096].lstrip(b"\0"))
    head = content[at : at + 3]
    if len(head) < 3 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    return bool(head[1] & 0x06) and head[1] & 0x18 != 0x08 and head[2] & 0xF0 != 0xF0 and head[2] & 0x0C != 0x0C


def _pdf(content: bytes) -> str:
    if b"%%EOF" not in content[-1_024:] or is_zipfile(BytesIO(content)):
        raise Invalid(DAMAGED)
    if _RUNS.search(content):
        raise Invalid(RUNS)
    return "pdf"


def _office(content: bytes) -> str | None:
    """Only the table of contents is read: nothing is unpacked."""
    try:
        with ZipFile(BytesIO(content)) as packed:
            parts = packed.infolist()
            if packed.comment or min((one.header_offset for one in parts), default=1) != 0:
                raise Invalid(DAMAGED)
    except (BadZipFile, ValueError, NotImplementedError):
        raise Invalid(DAMAGED) from None
    names = {one.filename for one in parts}
    kind = next((kind for name, kind in _OFFICE.items() if name in names), None)
    if kind is None or "[Content_Types].xml" not in names:
        return None
    unpacked = sum(one.file_size for one in parts)
    packed_size = max(1, sum(one.compress_size for one in parts))
    if len(parts) > _MOST_PARTS or unpacked > _MOST_UNPACKED or unpacked / packed_size > _MOST_TIGHT:
        raise Invalid(TOO_TIGHT)
    is_odd = any(one.flag_bits & 1 or _OUTSIDE.search(one.filename) for one in parts)
    # What is packed once and listed often is one file no more.
    if is_odd or len(names) < len(parts) or packed_size > len(content):
        raise Invalid(DAMAGED)
    if any(name.endswith(("vbaProject.bin", ".exe", ".dll")) or "/embeddings/" in name for name in names):
        raise Invalid(RUNS)
    return kind


_BARE: Mapping[str, Callable[[bytes], bytes]] = {"jpg": bare_jpeg, "png": bare_png, "webp": bare_webp}
