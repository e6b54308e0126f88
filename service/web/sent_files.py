"""Files that forms send: read into memory, never onto a disk, where they would lie unsealed."""

from __future__ import annotations

from io import BytesIO
from typing import IO

from flask import Request


class InMemory(Request):
    """A request may have no more bytes than MAX_REQUEST_BYTES: so much is read at once anyway."""

    def _get_file_stream(
        self, total_content_length: int | None, content_type: str | None, filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:  # fmt: skip
        return BytesIO()
