"""The log tells events for people or machines, and nothing personal."""

from __future__ import annotations

import json
import subprocess
import sys

SAY = """
import structlog
from service import logs
logs.configure("INFO", "json")
log = structlog.get_logger()
try:
    raise ValueError("Zhang San, 13800000000")
except ValueError:
    log.exception("step-failed", instance=7, kind=ValueError)
"""


def test_a_machine_reads_an_event_a_line_without_what_the_error_quotes() -> None:
    # A process of its own, because the configuration holds for the whole process.
    told = subprocess.run([sys.executable, "-c", SAY], capture_output=True, text=True, check=True).stdout
    event = json.loads(told)
    assert (event["event"], event["instance"], event["error"]) == ("step-failed", 7, "ValueError")
    assert "Zhang San" not in told
