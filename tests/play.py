"""Plays the units and the agency: works matters to their end through /v2, as their own systems would.

`python -m tests.play [--url URL] [--matters 200]` after `hotline import`; prints what became of all matters.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from random import Random
from typing import Any

import httpx
from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.answers import answer, survey

PAGE = 1000
ROUNDS = 60  # no matter has more tasks in a row
TRIES = 20  # so often somebody thinks of another answer to a task


class Play:
    def __init__(self, url: str, seed: int) -> None:
        self._http = httpx.Client(base_url=url, timeout=60)
        self._chance = Random(seed)
        self.completed: Counter[str] = Counter()

    def close(self, numbers: list[str], wanted: int, console: Console) -> int:
        """Work matters until so many are closed; answers how many are."""
        closed = 0
        while numbers and closed < wanted:
            batch, rest = numbers[: wanted - closed], numbers[wanted - closed :]
            before = self.completed.total()
            left = [number for number in track(batch, "working", console=console) if not self.work(number)]
            closed += len(batch) - len(left)
            # What nobody could do anything about waits for a time, not for the next job.
            numbers = left + rest if self.completed.total() > before else rest
        return closed

    def work(self, number: str) -> bool:
        """Complete the matter's tasks until it waits for no person; whether its file is closed."""
        for _ in range(ROUNDS):
            instances = [str(one["processInstanceKey"]) for one in self._instances(number)]
            if not instances:
                return True
            asked = {"state": "CREATED", "processInstanceKey": {"$in": instances}}
            tasks = self.search("user-tasks", asked)
            if not tasks and not self._answer_survey(number):
                return False
            for task in tasks:
                self._do(task)
        raise RuntimeError(f"{number} has had {ROUNDS} rounds of tasks and is not closed.")

    def matters(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        page: dict[str, Any] = {"limit": 200}
        while True:
            told = self._ask("GET", "/hotline/v1/matters", params=page)
            found += told["items"]
            if told["next"] is None:
                return found
            page["after"] = told["next"]

    def search(self, what: str, asked: dict[str, Any]) -> list[dict[str, Any]]:
        body = {"filter": asked, "page": {"limit": PAGE}}
        items: list[dict[str, Any]] = self._ask("POST", f"/v2/{what}/search", json=body)["items"]
        return items

    def _instances(self, number: str) -> list[dict[str, Any]]:
        """The active instances of a matter, called ones included."""
        roots = self.search("process-instances", {"businessId": number, "state": "ACTIVE"})
        found, parents = list(roots), roots
        while parents:
            keys = [one["processInstanceKey"] for one in parents]
            asked = {"parentProcessInstanceKey": {"$in": keys}, "state": "ACTIVE"}
            parents = self.search("process-instances", asked)
            found += parents
        return found

    def _do(self, task: dict[str, Any]) -> None:
        path = f"/v2/user-tasks/{task['userTaskKey']}"
        group = (task["candidateGroups"] or ["clerk"])[0]
        claim = self._http.post(f"{path}/assignment", json={"assignee": group, "allowOverride": False})
        if claim.status_code == httpx.codes.CONFLICT:  # what a colleague has done has made it needless
            return
        for _ in range(TRIES):
            answers = answer(task["elementId"], self._chance)
            told = self._http.post(f"{path}/completion", json={"variables": answers})
            if told.status_code != httpx.codes.CONFLICT:  # a choice that is not open as things stand
                break
        if told.is_error:
            raise RuntimeError(f"{task['elementId']} of {path}: {told.status_code} {told.text}")
        self.completed[task["elementId"]] += 1

    def _answer_survey(self, number: str) -> bool:
        """The service object answers the return visit; False if it has not been asked."""
        key = f"{number}/{self._ask('GET', f'/hotline/v1/matters/{number}')['round']}"
        body = {"name": "survey-answered", "correlationKey": key, "variables": survey(self._chance)}
        told = self._http.post("/v2/messages/correlation", json=body)
        self.completed["survey-answered"] += told.is_success
        return told.is_success

    def _ask(self, method: str, path: str, **request: Any) -> Any:
        told = self._http.request(method, path, **request)
        if told.is_error:
            raise RuntimeError(f"{method} {path}: {told.status_code} {told.text}")
        return told.json() if told.content else None


def became(matters: list[dict[str, Any]]) -> Counter[str]:
    """How many matters were accepted, refused by which ground, answered at once, assigned, closed, overdue."""
    told: Counter[str] = Counter()
    for one in matters:
        told["filed"] += 1
        told["accepted"] += one["accepted_at"] is not None
        if one["refusal_ground"]:
            told[f"not accepted: {one['refusal_ground']}"] += 1
        told["answered at once"] += one["status"] == "ANSWERED"
        told["assigned"] += one["unit_id"] is not None
        told["closed"] += one["closed_at"] is not None
        told["overdue"] += one["light"] == "RED"
    return told


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.play", description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    parser.add_argument("--matters", type=int, default=200, help="how many matters are worked to their end")
    parser.add_argument("--seed", type=int, default=12345)
    chosen = parser.parse_args()
    play, console = Play(chosen.url, chosen.seed), Console()
    try:
        open_ = [one["number"] for one in play.matters() if one["closed_at"] is None]
    except httpx.ConnectError:
        parser.error(f"No service answers at {chosen.url}. Start it with `make run`, or say --url.")
    closed = play.close(open_, chosen.matters, console)
    table = Table("matters", "number", box=None)
    for name, number in sorted(became(play.matters()).items()):
        table.add_row(name, str(number))
    console.print(table)
    done = Table("tasks completed", "number", box=None)
    for name, number in play.completed.most_common():
        done.add_row(name, str(number))
    console.print(done)
    return 0 if closed >= chosen.matters else 1


if __name__ == "__main__":
    sys.exit(main())
