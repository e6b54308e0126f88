"""A real `hotline serve` on a free port of this machine, started and stopped by a test."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

PATIENCE = 120  # seconds; a start takes two or three, on a busy machine more


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
        asked = {"DATABASE_URL": database_url, "PORT": str(self.port), "LOG_LEVEL": "WARNING", **env}
        self._env = bare | {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"} | asked

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
        command = [sys.executable, "-c", "from service.cli import main; main()", "serve"]
        self.process = subprocess.Popen(
            command, cwd=Path(__file__).parents[1], env=self._env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        answers = threading.Event()
        self._reader = threading.Thread(target=self._read, args=(self.process, answers), daemon=True)
        self._reader.start()
        answers.wait(PATIENCE)
        if not answers.is_set() or self.process.poll() is not None:
            raise RuntimeError(f"The server does not serve:\n{self.log()}")

    def kill(self) -> None:
        """End the process without any farewell."""
        self.process.kill()
        self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)

    def stop(self) -> None:
        """End the process as Ctrl-C would."""
        process = getattr(self, "process", None)
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
        self._reader.join(PATIENCE)

    def log(self) -> str:
        """What all processes of this server have written so far."""
        return "".join(self.lines)

    def _read(self, process: subprocess.Popen[bytes], answers: threading.Event) -> None:
        assert process.stdout
        with process.stdout as output:
            for line in output:
                self.lines.append(line.decode(errors="replace"))
                # Said once the port is open: from then on requests are kept until they are answered.
                if line.startswith(b"Open http://"):
                    answers.set()
        answers.set()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
