"""The front of the service: reads requests, has a few threads answer them, and holds those that wait."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from time import monotonic
from typing import Any

import structlog
from flask import Flask
from werkzeug.wrappers import Response

from service.web.problems import problem_at
from service.web.seats import HELD, MOST_HELD, Held

log = structlog.get_logger()

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# Requests beyond those that the threads are at: some seconds of work.
LONGEST_QUEUE = 1_000
# All that has been read of requests which are not answered yet.
MOST_BYTES = 268_435_456
# Fields of the head of a request; what proxies and browsers send has a few dozen.
MOST_FIELDS = 100
_EXHAUSTED = "RESOURCE_EXHAUSTED"
# Of a stream, in seconds: how long it is open at most, when it gives a sign of life, and how long it rests after it
# has told something.
_FLOWS, _BEAT, _REST = 300, 20, 2


class _Refused(Exception):
    """A request that is answered by the front itself."""

    def __init__(self, status: int, detail: str, title: str = "", *, closes: bool = False) -> None:
        self.told = status, detail, title
        self.headers = {"Connection": "close"} if closes else {}
        if title == _EXHAUSTED:
            self.headers["Retry-After"] = "1"


class _Gone(Exception):
    """There is nobody to answer any more."""


class _Answer(Response):
    """As the app gave it."""

    default_mimetype = None


class Front:
    """The app as ASGI: a request is read wholly before it takes a thread, so that slow clients cost none.

    An adapter of others would take a thread for each request that waits; here the app says that there is nothing yet
    (`seats.StandBy`), and the request is repeated when there may be something.
    """

    def __init__(
        self, app: Flask, *, threads: int, most_bytes: int, patience: float = 120, longest_queue: int = LONGEST_QUEUE
    ) -> None:
        """`patience`, in seconds, is how long it may take to send a request."""
        self._app, self._most_bytes, self.patience = app, most_bytes, patience
        self._pool = ThreadPoolExecutor(threads, "request")
        self._most_asking, self._asking = threads + longest_queue, 0
        self._bytes = 0
        self._held: set[Held] = set()
        self._closes = False

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        called, loop = asyncio.Event(), asyncio.get_running_loop()

        def call() -> None:
            loop.call_soon_threadsafe(called.set)

        held = Held(call, is_over=self._closes)
        self._held.add(held)
        body = bytearray()
        try:
            await self._read(scope, receive, body)
            wsgi = _wsgi(scope, body) | {HELD: held}
            response = await self._answer(wsgi, body, held, called, receive)
            if held.stream:
                await _flow(response, held, called, receive, send)
                return
        except _Refused as refused:
            response = problem_at(scope["path"], *refused.told)
            response.headers.extend(refused.headers)
        except _Gone:
            return
        except Exception as error:
            log.error("unforeseen", path=scope["path"], error=type(error).__name__, exc_info=True)
            response = problem_at(scope["path"], 500, "Something went wrong here. It has been logged.")
        finally:
            self._bytes -= len(body)
            self._held.discard(held)
            held.leave()
        await _send(response, send)

    def stop_holding(self) -> None:
        """Have all be answered now who wait, and nobody wait any more."""
        self._closes = True
        for held in self._held:
            held.is_over = True
            held.call()

    def close(self) -> None:
        """Wait for the threads."""
        self._pool.shutdown()

    async def _read(self, scope: Mapping[str, Any], receive: Receive, body: bytearray) -> None:
        if len(self._held) > MOST_HELD + self._most_asking or self._asking >= self._most_asking:
            raise _Refused(503, "Too many requests are being answered. Try again soon.", _EXHAUSTED)
        too_large = _Refused(413, f"A request may have {self._most_bytes:,} bytes at most.", closes=True)
        fields = dict(scope["headers"])
        _check(scope, fields)
        if int(fields.get(b"content-length", b"0")) > self._most_bytes:
            raise too_large
        try:
            async with asyncio.timeout(self.patience):
                more = True
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise _Gone
                    body += message["body"]
                    self._bytes += len(message["body"])
                    more = message["more_body"]
                    if len(body) > self._most_bytes:
                        raise too_large
                    if self._bytes > MOST_BYTES:
                        detail = "Too much is being sent at once. Try again soon."
                        raise _Refused(503, detail, _EXHAUSTED, closes=True)
        except TimeoutError:
            raise _Refused(408, f"It took longer than {self.patience} seconds.", closes=True) from None
        if body and fields.get(b"content-encoding", b"identity").lower() != b"identity":
            raise _Refused(415, "Send the body as it is: no Content-Encoding is read here.")

    async def _answer(
        self, wsgi: dict[str, Any], body: bytearray, held: Held, called: asyncio.Event, receive: Receive
    ) -> Response:
        leaving: asyncio.Task[None] | None = None

        def gone(_: object) -> None:
            held.is_gone = True
            called.set()

        try:
            while True:
                response = await self._ask(wsgi, body)
                if held.stands_by_until is None and not held.undo:
                    return response
                if leaving is None:
                    leaving = asyncio.create_task(_left(receive))
                    leaving.add_done_callback(gone)
                    await asyncio.sleep(0)
                if held.stands_by_until is None:
                    return await self._unless_gone(response, held, leaving)
                until, held.stands_by_until = held.stands_by_until, None
                try:
                    async with asyncio.timeout(until - monotonic()):
                        await called.wait()
                except TimeoutError:
                    held.is_over = True
                called.clear()
                if held.is_gone:
                    raise _Gone
        finally:
            if leaving:
                leaving.remove_done_callback(gone)
                leaving.cancel()

    async def _unless_gone(self, response: Response, held: Held, leaving: asyncio.Task[None]) -> Response:
        if not leaving.done():
            return response
        if held.undo:
            await asyncio.get_running_loop().run_in_executor(self._pool, held.undo)
        raise _Gone

    async def _ask(self, wsgi: Mapping[str, Any], body: bytearray) -> Response:
        """The app's answer, by a thread."""
        fresh = {**wsgi, "wsgi.input": BytesIO(body)}
        self._asking += 1
        try:
            run = asyncio.get_running_loop().run_in_executor
            return await run(self._pool, lambda: _Answer.from_app(self._app.wsgi_app, fresh, buffered=True))
        finally:
            self._asking -= 1


def _check(scope: Mapping[str, Any], fields: Mapping[bytes, bytes]) -> None:
    if len(scope["headers"]) > MOST_FIELDS:
        raise _Refused(431, f"The head of a request may have {MOST_FIELDS} fields at most.", closes=True)
    if b"transfer-encoding" in fields and (b"content-length" in fields or scope["http_version"] == "1.0"):
        # A proxy may take the other of the two, and the rest for the next request, of somebody else (RFC 9112, 6.1).
        told = "Transfer-Encoding is not read beside Content-Length, nor in a request of HTTP/1.0."
        raise _Refused(400, told, closes=True)


async def _left(receive: Receive) -> None:
    """Until the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _wsgi(scope: Mapping[str, Any], body: bytearray) -> dict[str, Any]:
    """PEP 3333 of an ASGI request that has been read."""
    host, port = scope["server"] or ("", None)
    wsgi: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port or ""),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": (scope["client"] or ("",))[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
    }
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").upper(), raw_value.decode("latin-1")
        # A name with an underscore would pass for the one with a dash.
        if "_" in name or name in ("CONTENT-LENGTH", "TRANSFER-ENCODING"):
            continue
        key = "CONTENT_TYPE" if name == "CONTENT-TYPE" else f"HTTP_{name.replace('-', '_')}"
        separator = "; " if name == "COOKIE" else ","
        wsgi[key] = f"{wsgi[key]}{separator}{value}" if key in wsgi else value
    if body or scope["method"] in ("POST", "PUT", "PATCH"):
        wsgi["CONTENT_LENGTH"] = str(len(body))
    return wsgi


async def _send(response: Response, send: Send) -> None:
    content = response.get_data()
    await send({"type": "http.response.start", "status": response.status_code, "headers": _headers(response)})
    await send({"type": "http.response.body", "body": content})


async def _flow(response: Response, held: Held, called: asyncio.Event, receive: Receive, send: Send) -> None:
    """Tell each time that it is called that something has changed, until its time is over or the client is gone.

    No thread is at it meanwhile; the browser asks again, and is let in again or not.
    """
    headers = [one for one in _headers(response) if one[0] != b"content-length"]
    leaving = asyncio.create_task(_left(receive))
    leaving.add_done_callback(lambda _: called.set())
    end = monotonic() + _FLOWS
    try:
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": b"retry: 3000\n: here\n\n", "more_body": True})
        while not (held.is_over or leaving.done()) and monotonic() < end:
            try:
                async with asyncio.timeout(_BEAT):
                    await called.wait()
                said = b"data: changed\n\n"
            except TimeoutError:
                # So that a proxy does not take it for dead, and we hear of a client that is.
                said = b": still here\n\n"
            if leaving.done() or held.is_over:
                break
            called.clear()
            await send({"type": "http.response.body", "body": said, "more_body": True})
            await asyncio.sleep(_REST if said.startswith(b"data") else 0)
        if not leaving.done():
            await send({"type": "http.response.body", "body": b""})
    finally:
        leaving.cancel()


def _headers(response: Response) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
