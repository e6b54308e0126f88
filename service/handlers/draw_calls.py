"""`draw-calls`: some of the calls of the day before, for the quality inspectors to listen to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from service.handlers import Job, JobHandler

# A share in per cent → the numbers of matters and who took each call; the same day always gives the same.
DrawCalls = Callable[[int], Sequence[tuple[str, str]]]


def handler(draw: DrawCalls) -> JobHandler:
    def draw_calls(job: Job) -> Mapping[str, Any]:
        drawn = draw(int(job.variables["parameters"]["CALL_SAMPLE"]))
        return {"drawn_calls": [{"matter_no": number, "call_taker": taker} for number, taker in drawn]}

    return draw_calls
