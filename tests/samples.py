"""Something of every noun of /v2, in the states that it can be in, for whoever looks at answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tests.api import Api
from tests.diagrams import (
    Node,
    body,
    diagram,
    each,
    end,
    job,
    mapping,
    message,
    message_root,
    script,
    start,
    timer,
    user,
)

SEARCHES = (
    "audit-logs",
    "batch-operation-items",
    "batch-operations",
    "decision-definitions",
    "decision-instances",
    "decision-requirements",
    "element-instances",
    "incidents",
    "jobs",
    "message-subscriptions",
    "process-definitions",
    "process-instances",
    "user-tasks",
)
# The words with which the path of a noun names its key, where they are not those of the noun.
_KEYS = {"decision-instances": "decisionEvaluationInstanceKey", "decision-requirements": "decisionRequirementsKey"}

_FORM = b"""{"type": "default", "id": "look", "schemaVersion": 18, "components": [
{"type": "number", "key": "count", "id": "a", "label": "Count", "validate": {"min": 0, "max": 10}}]}"""
_TABLE = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="posts" name="Posts" namespace="p">
<decision id="postage" name="Postage"><decisionTable id="t" hitPolicy="FIRST">
<input id="i" label="Grams"><inputExpression id="e" typeRef="number"><text>grams</text></inputExpression></input>
<output id="o" name="postage" typeRef="number" />
<rule id="light"><inputEntry id="a"><text>&lt; 500</text></inputEntry>
<outputEntry id="b"><text>5.10</text></outputEntry></rule>
<rule id="heavy"><inputEntry id="c"><text>-</text></inputEntry>
<outputEntry id="d"><text>grams / 75</text></outputEntry></rule>
</decisionTable></decision></definitions>"""

_LOOKED_AT = user(
    "look",
    more=mapping({"mine": "matter"})
    + '<zeebe:formDefinition formId="look" /><zeebe:taskSchedule dueDate="2026-03-01T00:00:00Z" />',
)
CASE = diagram(
    "case",
    [
        start(),
        script("count", "1 / 3", "third"),
        Node("businessRuleTask", "price", '<zeebe:calledDecision decisionId="postage" resultVariable="price" />'),
        Node("parallelGateway", "fork"),
        job("send", "letter"),
        each(job("copy", "copy"), "[1, 2]", member="number"),
        _LOOKED_AT,
        Node(
            "subProcess",
            "part",
            "",
            body([start("in"), user("inside"), end("out")], ["in -> inside", "inside -> out"], "p"),
        ),
        message("intermediateCatchEvent", "reply"),
        timer("intermediateCatchEvent", "wait", "PT1H"),
        Node("callActivity", "call", '<zeebe:calledElement processId="called" />'),
        end(),
    ],
    [
        "begin -> count",
        "count -> price",
        "price -> fork",
        *(f"fork -> {one}" for one in ("send", "copy", "look", "part", "reply", "wait", "call")),
        *(f"{one} -> done" for one in ("send", "copy", "look", "part", "reply", "wait", "call")),
    ],
    root=message_root(),
)
CALLED = diagram("called", [start(), job("work", "work"), end()], ["begin -> work", "work -> done"])
STUCK = diagram(
    "stuck",
    [start(), Node("callActivity", "call", '<zeebe:calledElement processId="=which" />'), end()],
    ["begin -> call", "call -> done"],
)
SHORT = diagram("short", [start(), end()], ["begin -> done"])


class Samples:
    """What is there, by the names of keys and ids: `keys["jobKey"]`."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.keys: dict[str, list[str]] = {}
        answer = api.deploy(CASE, CALLED, STUCK, SHORT, posts_dmn=_TABLE, look_form=_FORM)
        assert answer.json, answer.text
        self._look(answer.json["deployments"])
        self.live()

    def live(self) -> None:
        """Instances that are active, suspended, cancelled, completed and stuck, with all that they hold."""
        api = self._api
        active, suspended, cancelled = (self._start("case", matter=name, grams=900) for name in ("A", "S", "C"))
        self._start("short")
        self._start("stuck", which="nobody")
        api.post(f"/process-instances/{suspended}/suspension", status=204)
        api.post(f"/process-instances/{cancelled}/cancellation", status=204)
        self._fail(active, send=0, copy=1)
        api.take("work", worker="post", maxJobsToActivate=1)
        (mine, *_) = api.tasks(processInstanceKey=active, elementId="look")
        api.post(f"/user-tasks/{mine['userTaskKey']}/assignment", {"assignee": "li"}, status=204)
        again = self._start("case", matter="B", grams=1)
        for task in api.tasks(processInstanceKey=again):
            api.post(f"/user-tasks/{task['userTaskKey']}/completion", {"variables": {"count": 1}}, status=204)
        api.post("/messages/publication", {"name": "reply", "correlationKey": "B", "timeToLive": 0})
        self._fail(again, send=0)
        (incident,) = api.search("/incidents", {"processInstanceKey": again})
        api.ask("PATCH", f"/jobs/{incident['jobKey']}", {"changeset": {"retries": 1}})
        api.post(f"/incidents/{incident['incidentKey']}/resolution", status=204)
        api.post("/process-instances/suspension", {"filter": {"processInstanceKey": again}})
        for noun in SEARCHES:
            self._look(api.search(f"/{noun}"))
        self._look(api.search("/variables", {"processInstanceKey": active}))

    def keys_of(self, noun: str) -> list[str]:
        """Those that may stand in paths under /v2/noun."""
        words = noun.removesuffix("s").split("-")
        usual = words[0] + "".join(word.capitalize() for word in words[1:]) + "Key"
        return self.keys.get(_KEYS.get(noun, usual), [])

    def _start(self, process_id: str, **variables: Any) -> str:
        asked = {
            "processDefinitionId": process_id,
            "variables": variables,
            "tags": ["sample"],
            "businessId": process_id,
        }
        key: str = self._api.post("/process-instances", asked)["processInstanceKey"]
        return key

    def _fail(self, instance: str, **retries: int) -> None:
        jobs = {one["elementId"]: one["jobKey"] for one in self._api.search("/jobs", {"processInstanceKey": instance})}
        for element, left in retries.items():
            failure = {"retries": left, "errorMessage": "no paper", "retryBackOff": 1_000}
            self._api.post(f"/jobs/{jobs[element]}/failure", failure, status=204)

    def _look(self, items: Iterable[Any]) -> None:
        for item in items:
            for name, value in named_keys(item):
                known = self.keys.setdefault(name, [])
                if value not in known:
                    known.append(value)


def named_keys(item: Any) -> Iterator[tuple[str, str]]:
    if isinstance(item, dict):
        for name, value in item.items():
            if name.endswith(("Key", "Id")) and isinstance(value, str):
                yield name, value
            yield from named_keys(value)
