"""A real `hotline serve` on a free port of this machine, started and stopped by a test."""

from __future__ import annotations

import multiprocessing
import os
import socket
import sys
import threading
from collections.abc import Mapping
from io import TextIOWrapper
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Self

from service.cli import main
from tests.stores import DATA_KEYS

PATIENCE = 120  # seconds; a start takes one, on a busy machine more
# Each server is a process of its own with its own memory, files and connections. It is forked from one that has
# imported the service and done nothing else: to read a thousand modules again shows nothing at the second time.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(
    [__name__, "tests.forked", "service.web.api", "service.web.hotline", "service.web.console", "holidays.countries"]
)


class Server:
    """`with Server(database_url, AUTH="required") as server:`; the keywords are settings of the environment.

    `kill()` ends the process as a power cut would, `restart()` starts it again on the same port and database.
    """

    def __init__(self, database_url: str, **env: str) -> None:
        self.database_url = database_url
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.lines: list[str] = []
        bare = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
        asked = {
            "DATABASE_URL": database_url,
            "PORT": str(self.port),
            "LOG_LEVEL": "WARNING",
            "DATA_KEYS": DATA_KEYS,
            **env,
        }
        self._env = bare | asked

    def __enter__(self) -> Self:
        try:
            self.restart()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def restart(self) -> None:
        """Stop the process if it runs, start it again, and come back when it answers."""
        self.stop()
        output, theirs = _PROCESSES.Pipe(duplex=False)
        self.process = _PROCESSES.Process(target=_serve, args=(theirs, self._env), daemon=True)
        self.process.start()
        theirs.close()
        told, self._serves = threading.Event(), False
        self._reader = threading.Thread(target=self._read, args=(output, told), daemon=True)
        self._reader.start()
        told.wait(PATIENCE)
        if not self._serves:
            raise RuntimeError(f"The server does not serve:\n{self.log()}")

    def kill(self) -> None:
        """End the process without any farewell."""
        self.process.kill()
        self.process.join(PATIENCE)
        self._reader.join(PATIENCE)

    def stop(self) -> None:
        """End the process as Ctrl-C would."""
        process = getattr(self, "process", None)
        if process is None or not process.is_alive():
            return
        process.terminate()
        process.join(30)
        if process.is_alive():
            self.kill()
        self._reader.join(PATIENCE)

    def log(self) -> str:
        """What all processes of this server have written so far."""
        return "".join(self.lines)

    def _read(self, output: Connection, told: threading.Event) -> None:
        with output, open(output.fileno(), "rb", closefd=False) as written:
            for line in written:
                self.lines.append(line.decode(errors="replace"))
                # Said once the port is open: from then on requests are kept until they are answered.
                if line.startswith(b"Open http://"):
                    self._serves = True
                    told.set()
        told.set()


def _serve(output: Connection, env: Mapping[str, str]) -> None:
    """What the process of a server does: the command, in an environment of its own, heard by the test alone."""
    os.environ.clear()
    os.environ.update(env)
    os.chdir(Path(__file__).parents[1])
    for number, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(output.fileno(), number)
        setattr(sys, name, TextIOWrapper(os.fdopen(number, "wb", 0, closefd=False), "utf-8", write_through=True))
    output.close()
    main(["serve"], prog_name="hotline")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
