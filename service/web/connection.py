"""One connection of a client: closed when it sends or reads too slowly, or sends what is no HTTP."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from service.web.problems import problem_at

# Seconds in which the head of a request has to be there, unless the patience with clients is shorter.
HEAD_PATIENCE = 30
# Bytes of the head of a request, or of the line that begins a chunk.
LARGEST_HEAD = 65_536
# Each chunk of a body takes the time of all: so many are a few hundred bytes each in the largest body.
MOST_CHUNKS = 10_000
# Bytes of an answer that a client has to read within the patience with it.
LEAST_READ = 65_536
# What `linger` of C holds: on, for no seconds.
_AT_ONCE = struct.pack("ii", 1, 0)


class _Parser(h11.Connection):
    """Notes the status for what it refuses, among it bodies in too many chunks."""

    refused_as = 400
    _chunks = 0

    def next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        try:
            event = super().next_event()
            self._chunks += isinstance(event, h11.Data) and event.chunk_start
            if self._chunks > MOST_CHUNKS:
                raise h11.RemoteProtocolError("too many chunks", error_status_hint=413)
        except h11.RemoteProtocolError as error:
            self.refused_as = error.error_status_hint
            raise
        if isinstance(event, h11.EndOfMessage):
            self._chunks = 0
        return event


class Connection(H11Protocol):
    """Of `most_open` at the same time: each is an open file, and the database needs some too."""

    _head: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None
    _left = 0  # bytes of answers that were not read when we last looked

    def __init__(self, *args: Any, patience: float, most_open: int, **more: Any) -> None:
        super().__init__(*args, **more)
        self.conn = self._parser = _Parser(h11.SERVER, LARGEST_HEAD)
        self._patience, self._most_open = patience, most_open

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if len(self.connections) > self._most_open:
            self.transport.abort()
            return
        # Told of all that is not read: no answer is so short that it may be held for ever.
        transport.set_write_buffer_limits(0)
        self._watch_head()

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._head, self._unread):
            if timer:
                timer.cancel()
        self._head = self._unread = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch_head()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.conn.trailing_data[0]:
            self._watch_head()

    def _watch_head(self) -> None:
        is_answering = self.cycle is not None and not self.cycle.response_complete
        if is_answering and self._head:
            self._head.cancel()
            self._head = None
        elif not is_answering and not self._head and not self.transport.is_closing():
            self._head = self.loop.call_later(min(HEAD_PATIENCE, self._patience), self.transport.abort)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_reader()

    def resume_writing(self) -> None:
        if self._unread:
            self._unread.cancel()
            self._unread = None
        super().resume_writing()

    def _watch_reader(self) -> None:
        self._left = self.transport.get_write_buffer_size()
        self._unread = self.loop.call_later(self._patience, self._look_for_reader)

    def _look_for_reader(self) -> None:
        if self._left - self.transport.get_write_buffer_size() < LEAST_READ:
            # At once: the system would go on offering to the client what it has of the answer.
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            self.transport.abort()
        else:
            self._watch_reader()

    def send_400_response(self, msg: str) -> None:
        """A problem, as all other errors are; nothing where an answer has begun already."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.abort()
            return
        is_answering = self.cycle is not None and not self.cycle.response_complete
        path, status = self.scope["path"] if is_answering else "/", self._parser.refused_as
        told = problem_at(path, status, _WHY[status])
        headers = [*told.headers.items(), ("Connection", "close"), ("Server", "hotline")]
        for event in (
            h11.Response(status_code=told.status_code, headers=headers, reason=told.status.partition(" ")[2]),
            h11.Data(data=told.get_data()),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


_WHY = {
    400: "This is no request of HTTP/1.1.",
    413: f"The body of a request may come in {MOST_CHUNKS:,} chunks at most.",
    431: f"The head of a request may have {LARGEST_HEAD:,} bytes at most.",
    501: "Send the body as it is, or in chunks: no other Transfer-Encoding is read here.",
}
