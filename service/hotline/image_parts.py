"""A picture without what it tells besides: where and by what it was taken, by whom, and whatever is hidden behind it.

Nothing is decoded: the parts of the file that make the picture are copied, all others are left out. Of how a photo has
to be turned, which stands among the others, a new part tells.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

# Of JPEG (ITU-T T.81): what stands alone, what makes the picture.
_ALONE = frozenset(range(0xD0, 0xD8))
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_TABLES = frozenset({0xC4, 0xCC, 0xDB, 0xDD})
_SCAN, _END = 0xDA, 0xD9
_TURNED = 0x0112
# Of PNG (ISO/IEC 15948), with the parts of moving ones.
_CHUNKS = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP sBIT pHYs bKGD cICP acTL fcTL fdAT".split()
)  # fmt: skip
_PNG = b"\x89PNG\r\n\x1a\n"
# Of WebP (RFC 9649).
_WEBP = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"))
_SAYS_MORE = 0x0C  # flags of VP8X: there is EXIF, there is XMP


class Damaged(ValueError):
    """It is not the picture that it begins like."""


def bare_jpeg(content: bytes) -> bytes:
    """Raises Damaged."""
    kept, turned, has_frame = [b"\xff\xd8"], 1, False
    at = 2
    while True:
        marker, begin, end = _segment(content, at)
        if marker == _END:
            break
        told = content[begin:end]
        if marker == 0xE0 and told.startswith(b"JFIF\0"):
            kept.append(_written(marker, told[:12].ljust(12, b"\0") + b"\0\0"))  # without its own small picture
        elif marker == 0xE1 and told.startswith(b"Exif\0\0"):
            turned = _turned(told[6:])
        elif (
            marker in _FRAMES | _TABLES | {_SCAN}
            or (marker == 0xE2 and told.startswith(b"ICC_PROFILE\0"))
            or (marker == 0xEE and told.startswith(b"Adobe"))
        ):
            kept.append(_written(marker, told))
        has_frame |= marker in _FRAMES
        at = end
        if marker == _SCAN:
            at = _scanned(content, end)
            kept.append(content[end:at])
    if not has_frame or len(kept) < 4:
        raise Damaged
    if turned != 1:
        kept.insert(1, _written(0xE1, b"Exif\0\0" + _turning(turned)))
    return b"".join([*kept, b"\xff\xd9"])


def bare_png(content: bytes) -> bytes:
    """Raises Damaged."""
    kept = [(name, told) for name, told in _png_chunks(content) if name in _CHUNKS]
    names = [name for name, _ in kept]
    if names[:1] != [b"IHDR"] or b"IDAT" not in names or names[-1] != b"IEND":
        raise Damaged
    whole = (
        struct.pack(">I", len(told)) + name + told + struct.pack(">I", zlib.crc32(name + told)) for name, told in kept
    )
    return b"".join([_PNG, *whole])


def bare_webp(content: bytes) -> bytes:
    """Raises Damaged."""
    kept = []
    for name, told in _webp_chunks(content):
        if name == b"VP8X" and told:
            told = bytes([told[0] & ~_SAYS_MORE]) + told[1:]
        if name in _WEBP:
            kept.append(name + struct.pack("<I", len(told)) + told + b"\0" * (len(told) % 2))
    if not any(one.startswith((b"VP8 ", b"VP8L", b"ANMF")) for one in kept):
        raise Damaged
    inside = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(inside)) + inside


def _segment(content: bytes, at: int) -> tuple[int, int, int]:
    """The marker at a place, and where what belongs to it begins and ends."""
    while content[at : at + 2] == b"\xff\xff":
        at += 1
    if content[at : at + 1] != b"\xff" or at + 1 >= len(content):
        raise Damaged
    marker = content[at + 1]
    if marker == _END or marker in _ALONE:
        return marker, at + 2, at + 2
    if at + 4 > len(content):
        raise Damaged
    length = struct.unpack_from(">H", content, at + 2)[0]
    end = at + 2 + length
    if marker == 0 or length < 2 or end > len(content):
        raise Damaged
    return marker, at + 4, end


def _scanned(content: bytes, at: int) -> int:
    """Where what a scan holds ends: at the next marker that is not one of its own."""
    while True:
        at = content.find(b"\xff", at)
        if at < 0 or at + 1 >= len(content):
            raise Damaged
        if content[at + 1] != 0 and content[at + 1] not in _ALONE:
            return at
        at += 2


def _written(marker: int, told: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(told) + 2) + told


def _turned(tiff: bytes) -> int:
    """How a photo is to be turned, from 1 to 8; 1 is not at all."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    try:
        if order is None:
            return 1
        at = struct.unpack_from(f"{order}I", tiff, 4)[0]
        for number in range(min(struct.unpack_from(f"{order}H", tiff, at)[0], 200)):
            tag, _, _, told = struct.unpack_from(f"{order}HHIH", tiff, at + 2 + 12 * number)
            if tag == _TURNED:
                return told if told in range(1, 9) else 1
    except struct.error:
        return 1
    return 1


def _turning(turned: int) -> bytes:
    """TIFF that says this and nothing else."""
    return b"MM\0\x2a" + struct.pack(">IHHHIHHI", 8, 1, _TURNED, 3, 1, turned, 0, 0)


def _png_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_PNG)
    while at + 12 <= len(content):
        length, name = struct.unpack_from(">I4s", content, at)
        end = at + 8 + length
        told = content[at + 8 : end]
        if len(content) < end + 4 or struct.unpack_from(">I", content, end)[0] != zlib.crc32(name + told):
            raise Damaged
        yield name, told
        if name == b"IEND":
            return
        at = end + 4
    raise Damaged


def _webp_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    whole = struct.unpack_from("<I", content, 4)[0] + 8
    at = 12
    if whole > len(content) + 1:
        raise Damaged
    while at + 8 <= min(whole, len(content)):
        name, length = struct.unpack_from("<4sI", content, at)
        told = content[at + 8 : at + 8 + length]
        if len(told) < length:
            raise Damaged
        yield name, told
        at += 8 + length + length % 2
