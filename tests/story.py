"""A story of the regulation, played against a served city: who does what, when, and which way the matter went.

`python -m tests.story s01` plays the files of tests/stories/ whose names begin so, and prints the way of each.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml

from service import feel
from service.clock import CITY_ZONE
from tests.changed_law import changed_law
from tests.city import MATTER
from tests.served import ServedCity
from tests.stores import Stores, stop_the_calendar

FOLDER = Path(__file__).with_name("stories")
FILES = sorted(FOLDER.glob("*.yaml"))

# Who deploys and looks at everything afterwards, and who writes down what comes in.
ADMIN, DESK = "shen-yi", "li-min"
_FILES: Mapping[str, Callable[[], list[tuple[str, bytes]]]] = {"changed-law": changed_law}
_NAME = re.compile(r"\{([\w-]+)\}")
_PAGE = {"limit": 1000}
_MANY = 5


@dataclass(frozen=True, slots=True)
class Story:
    title: str
    now: datetime
    steps: list[dict[str, Any]]
    path: dict[str, list[str]]

    @classmethod
    def read(cls, file: Path) -> Story:
        told = yaml.safe_load(file.read_text("utf-8"))
        path = {process: [ways] if isinstance(ways, str) else ways for process, ways in told["path"].items()}
        return cls(told["title"], _instant(told["now"]), told["steps"], path)


class Telling:
    """Plays the steps of one story; raises AssertionError where it does not come true."""

    def __init__(self, city: ServedCity) -> None:
        self.city = city
        # What later steps may name in braces: the number and query code of the last matter, and what was `kept`.
        self.known: dict[str, str] = {}
        self._plays: Mapping[str, Callable[[Any, Mapping[str, Any]], None]] = {
            "files": self._files,
            "completes": self._completes,
            "asks": self._asks,
            "rules": self._rules,
            "deploys": self._deploys,
            "passes": self._passes,
            "waits": self._waits,
            "restarts": lambda _, __: city.restart(),
        }

    def play(self, story: Story) -> None:
        for number, step in enumerate(story.steps, 1):
            kind = next(iter(step))
            try:
                self._plays[kind](self._filled(step[kind]), self._filled(step))
            except AssertionError as error:
                raise AssertionError(f"Step {number} ({kind}: {step[kind]}): {error}") from None
            self.city.tick()

    def way(self) -> dict[str, list[str]]:
        """The elements of each instance, in the order in which they began, by the id of its process.

        Many of the same in a row are told once, with how many there were.
        """
        found: dict[str, list[str]] = {}
        for one in self._search("process-instances", {}):
            elements = self._search("element-instances", {"processInstanceKey": one["processInstanceKey"]})
            ids = [it["elementId"] for it in elements if it["type"] != "PROCESS"]
            found.setdefault(one["processDefinitionId"], []).append(" ".join(_counted(ids)))
        return {process: _counted(ways) for process, ways in found.items()}

    def _files(self, given: Mapping[str, Any], step: Mapping[str, Any]) -> None:
        filed = self._ask("POST", "/hotline/v1/matters", {**MATTER, **given}, step.get("by", DESK), 201)
        name = step.get("as", "")
        self.known |= {f"{name}number": filed["number"], f"{name}code": filed["query_code"]}

    def _completes(self, element_id: str, step: Mapping[str, Any]) -> None:
        by, expected = step["by"], step.get("expect", 204)
        task = self._task(element_id, by, step.get("at", 1))
        path = f"/v2/user-tasks/{task['userTaskKey']}"
        answer = self.city.request("POST", f"{path}/assignment", {"assignee": by}, by=by)
        if answer.is_success or task["assignee"] == by:
            answer = self.city.request("POST", f"{path}/completion", {"variables": step.get("answers", {})}, by=by)
        assert answer.status_code == expected, f"{answer.status_code} {answer.text}"

    def _asks(self, what: str, step: Mapping[str, Any]) -> None:
        method, path = what.split(" ", 1)
        headers = {"Query-Code": step["code"]} if "code" in step else {}
        answer = self.city.request(method, path, step.get("body"), by=step.get("by", ""), headers=headers)
        assert answer.status_code == step.get("expect", 200), f"{answer.status_code} {answer.text}"
        missing = [text for text in step.get("contains", []) if text not in answer.text]
        assert not missing, f"It does not contain {missing}."
        told: Any = answer.json() if answer.content and "json" in answer.headers["Content-Type"] else None
        for name, value in step.get("finds", {}).items():
            found = told
            for part in name.split("."):
                found = found[int(part)] if isinstance(found, list) else found[part]
            assert found == value, f"{name} is {found!r}"
        for name, part in step.get("keeps", {}).items():
            self.known[name] = told[part]

    def _rules(self, expected: list[str], step: Mapping[str, Any]) -> None:
        """These rules have fired in a matter, among others."""
        told = self._ask("GET", f"/hotline/v1/matters/{step['of']}/path", None, ADMIN, 200)
        fired = set(_fired(told["process"]))
        assert fired.issuperset(expected), f"Those that fired are {sorted(fired)}."

    def _deploys(self, what: str, step: Mapping[str, Any]) -> None:
        files = [("resources", (name, content, "application/xml")) for name, content in _FILES[what]()]
        answer = self.city.request(
            "POST", "/v2/deployments", by=ADMIN, files=files, data={"effectiveFrom": step["from"]}
        )
        assert answer.status_code == 200, f"{answer.status_code} {answer.text}"
        stop_the_calendar(self.city.parts)

    def _passes(self, until: str | datetime, step: Mapping[str, Any]) -> None:
        if isinstance(until, str) and until.startswith("P"):
            self.city.pass_to(self.city.now + feel.to_python(feel.parse_duration(until)))
        else:
            self.city.pass_to(_instant(until))
        # Of a version that has taken effect meanwhile, too.
        stop_the_calendar(self.city.parts)

    def _waits(self, expected: list[str], step: Mapping[str, Any]) -> None:
        found = sorted(task["elementId"] for task in self._tasks())
        assert found == sorted(expected), f"{found} wait."

    def _task(self, element_id: str, by: str, at: int) -> dict[str, Any]:
        """One that somebody may do, or else one of others, to be refused."""
        waits = [task for task in self._tasks() if task["elementId"] == element_id]
        told = self._ask("POST", "/v2/user-tasks/search", {"page": _PAGE}, by, 200)["items"]
        seen = {task["userTaskKey"] for task in told}
        mine = [task for task in waits if task["userTaskKey"] in seen] or waits
        assert len(mine) >= at, f"It does not wait, but {[task['elementId'] for task in self._tasks()]}."
        return mine[at - 1]

    def _tasks(self) -> list[dict[str, Any]]:
        return self._search("user-tasks", {"state": "CREATED"})

    def _search(self, what: str, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
        key = {"user-tasks": "userTaskKey", "process-instances": "processInstanceKey"}.get(what, "elementInstanceKey")
        items: list[dict[str, Any]] = self._ask(
            "POST", f"/v2/{what}/search", {"filter": asked, "page": _PAGE}, ADMIN, 200
        )["items"]
        return sorted(items, key=lambda one: int(one[key]))

    def _ask(self, method: str, path: str, body: Any, by: str, expected: int) -> Any:
        answer = self.city.request(method, path, body, by=by)
        assert answer.status_code == expected, f"{answer.status_code} {answer.text}"
        return answer.json()

    def _filled(self, told: Any) -> Any:
        """The same with what is in braces replaced by what is known."""
        if isinstance(told, str):
            return _NAME.sub(lambda found: self.known[found[1]], told)
        if isinstance(told, dict):
            return {name: self._filled(value) for name, value in told.items()}
        if isinstance(told, list):
            return [self._filled(value) for value in told]
        return told


def _counted(ids: list[str]) -> list[str]:
    groups = [(one, len(list(same))) for one, same in groupby(ids)]
    return [told for one, n in groups for told in ([f"{n}× {one}"] if n >= _MANY else [one] * n)]


def _fired(process: Mapping[str, Any]) -> Iterator[str]:
    for decision in process["decisions"]:
        for evaluated in decision["evaluated"]:
            yield from (rule["rule_id"] for rule in evaluated["rules"])
    for called in process["called"]:
        yield from _fired(called)


def _instant(told: str | datetime) -> datetime:
    instant = told if isinstance(told, datetime) else datetime.fromisoformat(told)
    return instant if instant.tzinfo else instant.replace(tzinfo=CITY_ZONE)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.story", description=__doc__)
    parser.add_argument("names", nargs="+")
    failed = 0
    with Stores() as stores:
        for file in [one for one in FILES for name in parser.parse_args().names if one.stem.startswith(name)]:
            story = Story.read(file)
            print(f"# {file.stem}: {story.title}")
            with ServedCity(stores.new("sqlite", furnished=True), story.now) as city:
                telling = Telling(city)
                try:
                    telling.play(story)
                except AssertionError as error:
                    failed += 1
                    print(error)
                print(yaml.safe_dump({"path": telling.way()}, width=100, sort_keys=False))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
