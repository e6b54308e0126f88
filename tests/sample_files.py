"""Small files of the kinds that matters may have, and of those that only look so."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from io import BytesIO
from types import MappingProxyType
from zipfile import ZIP_DEFLATED, ZipFile

SECRET = b"GPS 36.7N 119.1E, phone of Wang"
SCRIPT = b"<script>alert(1)</script>"


def jpeg(*, turned: int = 1, more: bytes = b"") -> bytes:
    """With where it was taken and how it is to be turned."""
    tiff = b"II\x2a\0" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, turned, 0, 0) + SECRET
    parts = [
        (0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0"),
        (0xE1, b"Exif\0\0" + tiff),
        (0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SECRET),
        (0xFE, SECRET),
        (0xDB, b"\0" + bytes(64)),
        (0xC0, b"\x08\0\1\0\1\1\1\x11\0"),
        (0xC4, b"\0" + bytes(16)),
        (0xDA, b"\1\1\0\0\x3f\0"),
    ]
    said = b"".join(struct.pack(">BBH", 0xFF, marker, len(told) + 2) + told for marker, told in parts)
    return b"\xff\xd8" + said + b"\x12\xff\0\x34" + b"\xff\xd9" + more


def png(*, more: bytes = b"") -> bytes:
    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    parts = [(b"IHDR", head), (b"tEXt", b"Comment\0" + SECRET), (b"IDAT", zlib.compress(b"\0\0")), (b"IEND", b"")]
    whole = (
        struct.pack(">I", len(told)) + name + told + struct.pack(">I", zlib.crc32(name + told)) for name, told in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(whole) + more


def webp() -> bytes:
    parts = [(b"VP8X", b"\x0c" + bytes(9)), (b"VP8L", b"\x2f" + bytes(5)), (b"EXIF", SECRET), (b"XMP ", SECRET)]
    inside = b"WEBP" + b"".join(
        name + struct.pack("<I", len(told)) + told + b"\0" * (len(told) % 2) for name, told in parts
    )
    return b"RIFF" + struct.pack("<I", len(inside)) + inside


def pdf(more: bytes = b"") -> bytes:
    return b"%PDF-1.7\n1 0 obj <<>> endobj\n" + more + b"trailer <<>>\n%%EOF\n"


def docx(
    *, body: bytes = b"<w/>", name: str = "word/document.xml", more: Mapping[str, bytes] = MappingProxyType({})
) -> bytes:
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        packed.writestr(name, body)
        for other, told in more.items():
            packed.writestr(other, told)
    return file.getvalue()


def mp3() -> bytes:
    return b"ID3\4\0\0\0\0\0\0" + b"\xff\xfb\x90\0" + bytes(400)


def mp4(brand: bytes = b"isom") -> bytes:
    return struct.pack(">I", 16) + b"ftyp" + brand + bytes(4) + bytes(40)


TAKEN: dict[str, bytes] = {
    "jpg": jpeg(),
    "png": png(),
    "webp": webp(),
    "pdf": pdf(),
    "docx": docx(),
    "xlsx": docx(name="xl/workbook.xml"),
    "mp3": mp3(),
    "m4a": mp4(b"M4A "),
    "amr": b"#!AMR\n" + bytes(32),
    "mp4": mp4(),
}
# Name → a file that is refused.
REFUSED: dict[str, bytes] = {
    "lamp.svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "page.png": b"<!doctype html>" + SCRIPT,
    "page.html": b"<html></html>",
    "cut.png": png()[:40],
    "wrong.png": png().replace(b"IDAT", b"IDAT"[::-1]),
    "cut.jpg": jpeg()[:-8],
    "bare.jpg": b"\xff\xd8\xff\xd9",
    "cut.webp": webp()[:30],
    "pdf-and-zip.pdf": pdf() + docx(),
    "runs.pdf": pdf(b"<</S /JavaScript /JS (app.alert(1))>>"),
    "half.pdf": b"%PDF-1.7\n",
    "bomb.docx": docx(body=bytes(40_000_000)),
    "macro.docx": docx(more={"word/vbaProject.bin": b"x"}),
    "way-out.docx": docx(more={"../../etc/x": b"x"}),
    "zip-behind.docx": SCRIPT + docx(),
    "archive.zip": docx(name="readme.txt"),
    "program.exe": b"MZ" + bytes(60),
    "old.doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(60),
    "photo.heic": mp4(b"heic"),
    "loud.mp3": b"ID3\4\0\0\0\0\0\0" + SCRIPT,
    "empty.png": b"",
}
