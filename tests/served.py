"""A city that is served: its app answers on a port of this machine, and each person asks with a token of their own."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from types import TracebackType
from typing import Any, ClassVar, Self

import httpx
from flask import Flask
from sqlalchemy import insert

from service.store.tables import api_token
from service.web.front import Front
from service.web.server import WebServer, listen
from tests.city import City
from tests.tokens import kept

_PATIENCE = 60  # seconds


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address on this machine at which the app answers meanwhile."""
    front = Front(app, threads=2, most_bytes=10_000_000)
    sockets = listen("127.0.0.1", 0)
    server = WebServer(front)
    thread = threading.Thread(target=server.run, args=(sockets,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(_PATIENCE)
        front.close()


class ServedCity(City):
    """`with ServedCity(url, now) as city:`; nobody is let in without a token, and the clock is the city's."""

    settings: ClassVar[Mapping[str, Any]] = {"auth": "required"}

    def __init__(self, url: str, now: datetime) -> None:
        self._tokens: set[str] = set()
        super().__init__(url, now)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def open(self) -> None:
        super().open()
        self._stack = ExitStack()
        self.address = self._stack.enter_context(served(self.app))
        self._http = self._stack.enter_context(httpx.Client(base_url=self.address, timeout=_PATIENCE))

    def close(self) -> None:
        self._stack.close()
        super().close()

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        by: str,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> httpx.Response:
        """What the service answers to somebody; to nobody in particular if `by` is empty."""
        told = self.signed(by) if by else {}
        return self._http.request(method, path, json=body, headers={**told, **(headers or {})}, **more)

    def signed(self, person_id: str) -> Mapping[str, str]:
        """The headers by which somebody is known."""
        token = f"token of {person_id}"
        if person_id not in self._tokens:
            with self.parts.database.write() as connection:
                connection.execute(insert(api_token).values(kept(token, person_id, self.now)))
            self._tokens.add(person_id)
        return {"Authorization": f"Bearer {token}"}
