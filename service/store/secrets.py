"""Personal data at rest: sealed field by field by AES-256-GCM, and found again by marks that tell nothing.

What is sealed is bound to its place (table, row, field): moved elsewhere it opens no more. NIST SP 800-38D.
"""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from secrets import token_bytes
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from service.config import BadSetting
from service.errors import StuckError

_KEY = re.compile(r"([A-Za-z0-9_-]{1,20}):([A-Za-z0-9_-]{43}=?)")
_SEALED = re.compile(r"v1:([A-Za-z0-9_-]{1,20}):([A-Za-z0-9_-]+=*)")
_NONCE, _KEY_LENGTH = 12, 32  # bytes
_SHORT = 6  # signs of 16


@dataclass(frozen=True)
class KeyRing:
    """Data keys of 32 bytes by their id; the first one seals, the others open what they have sealed before."""

    keys: Mapping[str, bytes]

    @classmethod
    def read(cls, text: str) -> Self:
        """`id:key id:key`, the newest first, each key in base64url. Raises BadSetting."""
        keys: dict[str, bytes] = {}
        for one in text.split():
            found = _KEY.fullmatch(one)
            if found is None or found[1] in keys:
                raise BadSetting(
                    "DATA_KEYS must be keys with spaces between, each with an id of its own, "
                    "as `hotline keys new` prints them."
                )
            keys[found[1]] = urlsafe_b64decode(found[2].ljust(44, "="))
        if not keys:
            raise BadSetting("DATA_KEYS is empty. `hotline keys new` prints a key.")
        return cls(keys)

    @property
    def newest(self) -> str:
        """The id of the key that seals."""
        return next(iter(self.keys))

    def seal(self, plain: str, *place: str) -> str:
        """Readable only with a key, and only at this place. Nothing stays nothing."""
        if not plain:
            return ""
        nonce = token_bytes(_NONCE)
        sealed = self._ciphers[self.newest].encrypt(nonce, plain.encode(), _bound(place))
        return f"v1:{self.newest}:{urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, *place: str) -> str:
        """Raises StuckError if its key is not here, or if it was changed or moved."""
        if not sealed:
            return ""
        found = _SEALED.fullmatch(sealed)
        cipher = self._ciphers.get(found[1]) if found else None
        if found is None or cipher is None:
            raise StuckError("", "Personal data are sealed with a key that DATA_KEYS does not have.", "SEALED")
        packed = urlsafe_b64decode(found[2])
        try:
            return cipher.decrypt(packed[:_NONCE], packed[_NONCE:], _bound(place)).decode()
        except InvalidTag:
            raise _moved() from None

    def new_data_key(self, *place: str) -> tuple[str, DataKey]:
        """A key for what belongs together, sealed by the newest; whoever deletes that text has deleted all of it."""
        key = token_bytes(_KEY_LENGTH)
        return self.seal(urlsafe_b64encode(key).decode(), *place), DataKey(key)

    def data_key(self, sealed: str, *place: str) -> DataKey:
        """Raises StuckError like `open`."""
        return DataKey(urlsafe_b64decode(self.open(sealed, *place)))

    def marks(self, plain: str, field: str) -> list[str]:
        """What equal values of a field have in common, under each key, the newest first: a blind index."""
        told = f"{field}\0{plain}".encode()
        return [hmac.digest(key, told, "sha256").hex() for key in self._markers]

    def short_marks(self, several: Iterable[str], field: str) -> list[set[str]]:
        """The same of several values, so short that a few others have the same: who reads them learns less."""
        told = [f"{field}\0{plain}".encode() for plain in several]
        return [{hmac.digest(key, one, "sha256").hex()[:_SHORT] for one in told} for key in self._markers]

    def proof(self, id_: str) -> str:
        """What tells whether two keys with one id are the same."""
        return hmac.new(_derived(self.keys[id_], b"proof"), id_.encode(), sha256).hexdigest()

    @cached_property
    def _markers(self) -> Sequence[bytes]:
        return [_derived(key, b"mark") for key in self.keys.values()]

    @cached_property
    def _ciphers(self) -> Mapping[str, AESGCM]:
        return {id_: AESGCM(_derived(key, b"seal")) for id_, key in self.keys.items()}

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(self.keys)})"  # never the keys


class DataKey:
    """What seals all that is kept of one process instance."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, plain: bytes, *place: str) -> bytes:
        nonce = token_bytes(_NONCE)
        return nonce + self._cipher.encrypt(nonce, plain, _bound(place))

    def open(self, sealed: bytes, *place: str) -> bytes:
        """Raises StuckError if it was changed or moved."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], _bound(place))
        except (InvalidTag, ValueError):
            raise _moved() from None


def new_key(id_: str) -> str:
    """A key as `KeyRing.read` takes it."""
    return f"{id_}:{urlsafe_b64encode(token_bytes(_KEY_LENGTH)).decode()}"


def is_sealed_by(id_: str) -> str:
    """What all that is sealed with a key begins with."""
    return f"v1:{id_}:"


def _moved() -> StuckError:
    return StuckError("", "Sealed personal data were changed or moved.", "SEALED")


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), _KEY_LENGTH, salt=None, info=b"hotline " + purpose).derive(key)


def _bound(place: tuple[str, ...]) -> bytes:
    return "\0".join(place).encode()
