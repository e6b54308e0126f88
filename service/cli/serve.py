"""`hotline serve` and `hotline worker`: the service on one machine, and more ticks for many."""

from __future__ import annotations

import signal
import threading
from datetime import timedelta

import click
import structlog
from flask import Flask

from service.app import create_app, furnish
from service.cli.connection import settings
from service.config import BadSetting, Settings
from service.engine.audit_anchors import Anchoring
from service.errors import HotlineError, ModelRejected
from service.web import Hotline
from service.web.front import Front
from service.web.server import listen
from service.web.server import serve as answer
from service.worker import Worker

log = structlog.get_logger()


@click.command()
@click.option("--tick/--no-tick", default=True, help="Whether this process fires timers and does jobs as well.")
def serve(tick: bool) -> None:
    """Set up the database, deploy what is shipped, and serve until stopped."""
    chosen = settings()
    app = _open(chosen)
    try:
        sockets = listen(chosen.host, chosen.port)
    except OSError as error:
        raise click.ClickException(
            f"Port {chosen.port} cannot be opened ({error}). Choose another: PORT=8081."
        ) from None
    worker = _worker(app, chosen)
    if tick:
        worker.start()
    log.info("serving", url=f"http://{chosen.host}:{chosen.port}", auth=chosen.auth)
    if chosen.auth == "local":
        click.echo("Anybody on this machine is let in without a password. AUTH=required changes that.")
        click.echo(f"Whom of the made-up people one can be: http://{chosen.host}:{chosen.port}/demonstration")
    click.echo(f"Open http://{chosen.host}:{chosen.port} in a browser. Stop with Ctrl-C.")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        front = Front(
            app, threads=chosen.threads, most_bytes=chosen.max_request_bytes, patience=chosen.patience_seconds
        )
        answer(front, sockets)
    finally:
        if tick:
            worker.stop()
        _parts(app).database.close()
        log.info("stopped")


@click.command()
def worker() -> None:
    """Fire timers and do jobs beside other processes, on PostgreSQL."""
    chosen = settings()
    app = _open(chosen)
    ticking = _worker(app, chosen)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    ticking.start()
    log.info("working")
    stopped.wait()
    ticking.stop()
    _parts(app).database.close()
    log.info("stopped")


def _open(chosen: Settings) -> Flask:
    try:
        app = create_app(chosen)
        done = furnish(app)
    except ModelRejected as error:
        lines = "\n".join(f"  {problem}" for problem in error.problems)
        raise click.ClickException(f"What is shipped cannot be deployed:\n{lines}") from None
    except HotlineError as error:
        raise click.ClickException(error.message) from None
    if done:
        log.info("deployed", processes=[row["process_id"] for row in done.process_definitions])
    return app


def _worker(app: Flask, chosen: Settings) -> Worker:
    parts, longest = _parts(app), timedelta(seconds=chosen.tick_seconds)
    try:
        return Worker(parts.database, parts.engine, longest=longest, anchoring=Anchoring.of(chosen))
    except BadSetting as error:
        raise click.ClickException(str(error)) from None


def _parts(app: Flask) -> Hotline:
    parts: Hotline = app.extensions["hotline"]
    return parts


COMMANDS = (serve, worker)
