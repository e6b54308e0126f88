"""How commands reach the service: over HTTP where one runs, otherwise by opening its database here."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import click
import httpx

from service import exact_json
from service.app import create_app, furnish
from service.config import BadSetting, Settings
from service.errors import HotlineError
from service.worker import Worker

TIMEOUT_SECONDS = 60


class Refused(click.ClickException):
    """The service said no; `status` is that of HTTP."""

    def __init__(self, status: int, answer: Any) -> None:
        told = answer if isinstance(answer, dict) else {}
        lines = [str(told.get("detail") or answer or f"The service answered {status}.")]
        for one in told.get("problems") or ():
            where = ": ".join(part for part in (one.get("file"), one.get("element")) if part)
            lines.append(f"  {where}: {one.get('message')}" + (f" → {one['mend']}" if one.get("mend") else ""))
        super().__init__("\n".join(lines if len(lines) == 1 else [f"{len(lines) - 1} problem(s):", *lines[1:]]))
        self.status, self.answer = status, told


class Connection:
    """Answers the JSON of a request; raises Refused with the service's own words, or ClickException if none answers."""

    def __init__(self, client: httpx.Client, where: str, after: Callable[[], object] | None = None) -> None:
        self.where = where
        self._client, self._after = client, after

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        files: Sequence[Any] | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> Any:
        sent: dict[str, Any] = {"headers": headers, "files": files, "data": fields}
        if body is not None:
            sent = {
                "headers": {**(headers or {}), "Content-Type": "application/json"},
                "content": exact_json.dumps(body),
            }
        try:
            answer = self._client.request(method, path, **sent)
        except httpx.HTTPError as error:
            message = f"{self.where} does not answer ({error}). Is the service running? `make run` starts it."
            raise click.ClickException(message) from None
        if answer.is_error:
            raise Refused(answer.status_code, _read(answer))
        if self._after:
            self._after()
        return _read(answer)


def settings() -> Settings:
    """The settings of the environment; ends the command with a word about the way out if one does not fit."""
    try:
        return Settings.from_environment(os.environ)
    except BadSetting as error:
        raise click.ClickException(str(error)) from None


def connect(url: str | None, token: str | None) -> Connection:
    """The service at an address; without one, that on this machine, or its database if none runs."""
    here = _remote(url or f"http://127.0.0.1:{settings().port}", token)
    return here if url or _answers(here) else _local(token)


def _remote(url: str, token: str | None) -> Connection:
    where = url.rstrip("/").removesuffix("/v2")
    if not where.startswith(("http://", "https://")):
        raise click.ClickException(f"“{url}” is no address; it must begin with http:// or https://.")
    return Connection(httpx.Client(base_url=where, headers=_signed(token), timeout=TIMEOUT_SECONDS), where)


def _local(token: str | None) -> Connection:
    """The service's own app, in this process; what it leaves to the tick is done after each request."""
    chosen = settings()
    try:
        app = create_app(chosen)
        furnish(app)
    except HotlineError as error:
        raise click.ClickException(error.message) from None
    parts = app.extensions["hotline"]
    click.get_current_context().call_on_close(parts.database.close)
    worker = Worker(parts.database, parts.engine, longest=timedelta(seconds=chosen.tick_seconds))
    transport = httpx.WSGITransport(app=app, raise_app_exceptions=False)
    client = httpx.Client(transport=transport, base_url="http://127.0.0.1", headers=_signed(token))
    return Connection(client, parts.database.engine.url.render_as_string(), worker.tick)


def _answers(connection: Connection) -> bool:
    try:
        connection.call("GET", "/v2/topology")
    except Refused:
        return True
    except click.ClickException:
        return False
    return True


def _signed(token: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def _read(answer: httpx.Response) -> Any:
    try:
        return exact_json.loads(answer.content) if answer.content else None
    except ValueError:
        return answer.text
