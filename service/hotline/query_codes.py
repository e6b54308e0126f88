"""The code by which a service object follows a matter: told once, kept only as a hash that is slow to guess at."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

# Without letters and digits that are taken for each other when heard or read.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 8


@dataclass(frozen=True, slots=True)
class Code:
    """A code with its hash; made before a transaction begins, since hashing takes its time."""

    text: str
    hash: str


def new() -> Code:
    text = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return Code(text, hashed(text))


def hashed(code: str) -> str:
    salt = secrets.token_hex(8)
    return f"{salt}${_digest(code, salt)}"


def matches(code: str, stored: str | None) -> bool:
    """Takes as long for a matter that is not there (None) as for a wrong code."""
    salt, _, digest = (stored or _NOBODY).partition("$")
    return hmac.compare_digest(_digest(_plain(code), salt), digest) and stored is not None


def _plain(code: str) -> str:
    return code.strip().upper()[:40]


def _digest(code: str, salt: str) -> str:
    return hashlib.scrypt(code.encode(), salt=salt.encode(), n=2**12, r=8, p=1, dklen=32).hex()


_NOBODY = hashed("")
