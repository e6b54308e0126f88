"""The web server: uvicorn, with connections that end when the patience with a client does."""

from __future__ import annotations

import logging
import resource
import socket
from contextlib import suppress
from functools import partial
from typing import Any, cast

import uvicorn

from service.web.connection import Connection
from service.web.front import Front
from service.web.seats import MOST_HELD

# Seconds for what is being answered when the server is told to stop.
_FAREWELL = 10
_BACKLOG = 2_048
# Open files that are no connections of clients: those to the database, what is imported, what is logged.
_OTHER_FILES = 200


class WebServer(uvicorn.Server):
    """Serves until it is told to stop; who waits then is answered. Connections beyond `most_open` are closed."""

    def __init__(self, front: Front, *, most_open: int = 2 * MOST_HELD) -> None:
        self._front = front
        connection = partial(Connection, patience=front.patience, most_open=most_open)
        super().__init__(
            uvicorn.Config(
                front,
                interface="asgi3",
                loop="asyncio",
                http=cast(Any, connection),
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
                timeout_keep_alive=cast(int, front.patience),
                timeout_graceful_shutdown=_FAREWELL,
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
    most_open = _allow_connections()
    with suppress(KeyboardInterrupt):  # that of the signal, once more when all is answered
        WebServer(front, most_open=most_open).run(sockets)
    front.close()


def _allow_connections() -> int:
    """How many connections there may be: each is an open file, of which systems allow few unless they are asked."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * MOST_HELD + _OTHER_FILES
    wanted = wanted if most == resource.RLIM_INFINITY else min(most, wanted)
    if allowed != resource.RLIM_INFINITY and allowed < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
    return max(wanted - _OTHER_FILES, 1)
