"""The web server: uvicorn, with an end to the patience for clients that send or read nothing."""

from __future__ import annotations

import asyncio
import logging
import resource
import socket
from contextlib import suppress
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from service.web.front import PATIENCE, Front
from service.web.seats import MOST_HELD

# Seconds in which the head of a request has to be there.
HEAD_PATIENCE = 30
# Bytes of the head of a request, or of the line that begins a chunk.
LARGEST_HEAD = 65_536
# Seconds for what is being answered when the server is told to stop.
_FAREWELL = 10
_BACKLOG = 2_048


class _Connection(H11Protocol):
    """Closed when the head of a request does not come to its end, or nobody reads what is answered."""

    _head: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
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
            self._head = self.loop.call_later(HEAD_PATIENCE, self.transport.abort)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread = self.loop.call_later(PATIENCE, self.transport.abort)

    def resume_writing(self) -> None:
        if self._unread:
            self._unread.cancel()
            self._unread = None
        super().resume_writing()


class WebServer(uvicorn.Server):
    """Serves until it is told to stop; who waits then is answered."""

    def __init__(self, front: Front) -> None:
        self._front = front
        super().__init__(
            uvicorn.Config(
                front,
                interface="asgi3",
                loop="asyncio",
                http=_Connection,
                ws="none",
                lifespan="off",
                log_config=None,
                # Its errors would quote what a citizen has written; the front tells of its own.
                log_level=logging.CRITICAL,
                access_log=False,
                # Who is behind a proxy is not let in for being on this machine; auth looks at these headers itself.
                proxy_headers=False,
                server_header=False,
                headers=[("Server", "hotline")],
                backlog=_BACKLOG,
                timeout_keep_alive=PATIENCE,
                timeout_graceful_shutdown=_FAREWELL,
                h11_max_incomplete_event_size=LARGEST_HEAD,
            )
        )

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._front.stop_holding()
        await super().shutdown(sockets)


def listen(host: str, port: int) -> list[socket.socket]:
    """From now on requests are kept until they are answered. Raises OSError if the port cannot be opened."""
    opened: list[socket.socket] = []
    try:
        for family, _, _, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            opened.append(socket.create_server(address, family=family, backlog=_BACKLOG))
            # Handed on to each connection: without it the second part of an answer would wait for the client to
            # acknowledge the first, for which some take 40 ms. asyncio sets it for other sockets than these only.
            opened[-1].setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError:
        for one in opened:
            one.close()
        raise
    return opened


def serve(front: Front, sockets: list[socket.socket]) -> None:
    """Until SIGTERM or Ctrl-C; what is being answered then is answered."""
    _allow_connections()
    with suppress(KeyboardInterrupt):  # that of the signal, once more when all is answered
        WebServer(front).run(sockets)
    front.close()


def _allow_connections() -> None:
    """Each connection is an open file, of which systems allow few unless they are asked."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_HELD * 2 if most == resource.RLIM_INFINITY else min(most, MOST_HELD * 2)
    if allowed != resource.RLIM_INFINITY and allowed < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
