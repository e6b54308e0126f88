"""How commands reach the service: over HTTP where one runs, otherwise by opening its database here."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Protocol

import click

from service.app import create_app, furnish
from service.config import BadSetting, Settings
from service.errors import HotlineError
from service.worker import Worker

TIMEOUT_SECONDS = 60


class Connection(Protocol):
    """Answers the JSON of a request; raises click.ClickException with the service's own words when it refuses."""

    where: str

    def call(
        self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None, raw: bytes = b""
    ) -> Any: ...


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


def settings() -> Settings:
    """The settings of the environment; ends the command with a word about the way out if one does not fit."""
    try:
        return Settings.from_environment(os.environ)
    except BadSetting as error:
        raise click.ClickException(str(error)) from None


def connect(url: str | None, token: str | None) -> Connection:
    """The service at an address; without one, that on this machine, or its database if none runs."""
    if url:
        return _Remote(url, token)
    here = _Remote(f"http://127.0.0.1:{settings().port}", token)
    return here if here.answers() else _Local()


class _Remote:
    def __init__(self, url: str, token: str | None) -> None:
        self.where = url.rstrip("/").removesuffix("/v2")
        if not self.where.startswith(("http://", "https://")):
            raise click.ClickException(f"“{url}” is no address; it must begin with http:// or https://.")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def answers(self) -> bool:
        try:
            self.call("GET", "/v2/topology")
        except Refused:
            return True
        except click.ClickException:
            return False
        return True

    def call(
        self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None, raw: bytes = b""
    ) -> Any:
        sent = raw or (json.dumps(body).encode() if body is not None else None)
        request = urllib.request.Request(self.where + path, sent, method=method)  # noqa: S310: http or https, checked
        for name, value in {"Content-Type": "application/json", **self._headers, **(headers or {})}.items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
                return _read(answer.read())
        except urllib.error.HTTPError as error:
            raise Refused(error.code, _read(error.read())) from None
        except OSError as error:
            reason = getattr(error, "reason", error)
            message = f"{self.where} does not answer ({reason}). Is the service running? `make run` starts it."
            raise click.ClickException(message) from None


class _Local:
    def __init__(self) -> None:
        chosen = settings()
        try:
            self._app = create_app(chosen)
            furnish(self._app)
        except HotlineError as error:
            raise click.ClickException(error.message) from None
        parts = self._app.extensions["hotline"]
        self.where = str(parts.database.engine.url.render_as_string())
        self._worker = Worker(parts.database, parts.engine, longest=timedelta(seconds=chosen.tick_seconds))

    def call(
        self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None, raw: bytes = b""
    ) -> Any:
        sent: dict[str, Any] = {"data": raw} if raw else {"json": body} if body is not None else {}
        answer = self._app.test_client().open(path, method=method, headers=dict(headers or {}), **sent)
        if answer.status_code >= 400:
            raise Refused(answer.status_code, _read(answer.data))
        self._worker.tick()
        return _read(answer.data)


def _read(answer: bytes) -> Any:
    try:
        return json.loads(answer) if answer else None
    except ValueError:
        return answer.decode(errors="replace")
