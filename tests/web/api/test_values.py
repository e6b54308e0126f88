"""What a variable holds comes out as it went in, alike in both stores, or is refused by its place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.api import Api
from tests.conftest import NewUrl
from tests.diagrams import diagram, end, job, mapping, script, start, user
from tests.stores import STORES

# The variable, copied by a script, comes to a job, which waits for a step of its own.
COPIED = diagram(
    "copied",
    [start(), script("copy", "given", "copy"), job("look", "look"), end()],
    ["begin -> copy", "copy -> look", "look -> done"],
)
DATED = diagram(
    "dated",
    [start(), script("make", '{day: date("2026-03-01"), at: date and time("2026-03-01T09:00:00+08:00"), '
                             'time: time("09:00:00"), days: duration("P1DT2H"), months: duration("P1Y2M")}', "made"),
     user("wait"), script("use", "[date(made.day) + duration(made.months), "
                                 "date and time(made.at) + duration(made.days)]", "used"), end()],
    ["begin -> make", "make -> wait", "wait -> use", "use -> done"],
)  # fmt: skip
SCOPED = diagram(
    "scoped",
    [start(), user("work", more=mapping({"mine": "1", "both": "1"})), user("after"), end()],
    ["begin -> work", "work -> after", "after -> done"],
)


@pytest.fixture(scope="module", params=STORES)
def api(request: pytest.FixtureRequest, new_url: NewUrl) -> Iterator[Api]:
    api = Api(new_url(request.param))
    api.deployed(COPIED, DATED, SCOPED)
    yield api
    api.parts.database.close()


def begin(api: Api, variables: str) -> Any:
    sent = f'{{"processDefinitionId":"copied","variables":{variables}}}'.encode()
    return api.client.post("/v2/process-instances", data=sent, content_type="application/json")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("9007199254740993", "9007199254740993"),
        ("9223372036854775808", "9223372036854775808"),
        ("0.1234567890123456789012345678901234", "0.1234567890123456789012345678901234"),
        ("0.12345678901234567890123456789012345", "0.1234567890123456789012345678901234"),
        ("1e20", "1" + "0" * 20),
        ("-0", "0"),
        ("-0.0", "0"),
        ("1.10", "1.1"),
        ('"\\ud83d\\ude00"', '"😀"'),
        ('"\\u0001\\u2028"', '"\\u0001\u2028"'),
        ('{"a.b":1,"":2,"ü":3,"q\\"":4}', None),
        ("[" * 55 + "]" * 55, None),
        ("[null,true,{}]", None),
        ('"' + "长" * 300_000 + '"', None),
    ],
)
def test_a_value_comes_to_a_job_and_to_a_search_as_it_was_given(api: Api, given: str, told: str | None) -> None:
    key = begin(api, f'{{"given":{given}}}').json["processInstanceKey"]
    asked = {"type": "look", "timeout": 1000, "maxJobsToActivate": 100, "requestTimeout": -1}
    text = api.ask("POST", "/jobs/activation", asked).text
    [seen] = [one["variables"] for one in json.loads(text)["jobs"] if one["processInstanceKey"] == key]
    assert seen["copy"] == json.loads(told or given)
    found = api.post("/variables/search?truncateValues=false", {"filter": {"processInstanceKey": key, "name": "copy"}})[
        "items"
    ]
    if told is None:
        assert json.loads(found[0]["value"]) == json.loads(given)
    else:
        assert found[0]["value"] == told


@pytest.mark.parametrize("given", ["1e20", "-0.0", "1E2", "1e299"])
def test_a_number_is_told_in_the_same_words_by_both_stores(given: str, api: Api) -> None:
    key = begin(api, f'{{"given":{given}}}').json["processInstanceKey"]
    [found] = api.search("/variables", {"processInstanceKey": key, "name": "given"})
    assert found["value"] == {"1e20": "1" + "0" * 20, "-0.0": "0.0", "1E2": "100.0", "1e299": "1" + "0" * 299}[given]


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ('{"given":1e400}', "variables.given: the number is too large"),
        ('{"given":' + "9" * 60 + "}", "variables.given: the number is too large"),
        ('{"given":"a\\u0000b"}', "variables.given holds the character NUL"),
        ('{"given":[{"\\u0000":1}]}', "holds the character NUL"),
        ('{"given":"\\ud800"}', "variables.given holds half a character"),
        ('{"given":NaN}', "is not JSON"),
        ('{"given":' + "[" * 70 + "]" * 70 + "}", "nested more than 60 deep"),
        ('{"given":' + "[" * 9_000 + "]" * 9_000 + "}", "nested more than 60 deep"),
        ('{"":1}', "A variable has no name"),
    ],
)
def test_a_value_that_cannot_be_kept_is_refused_with_the_reason(api: Api, variables: str, reason: str) -> None:
    answer = begin(api, variables)
    assert answer.status_code == 400
    assert reason in answer.json["detail"]


def test_dates_times_and_durations_are_kept_as_texts_and_read_again_in_a_later_step(api: Api) -> None:
    key = api.start("dated")
    [made] = api.search("/variables", {"processInstanceKey": key, "name": "made"})
    assert json.loads(made["value"]) == {
        "day": "2026-03-01",
        "at": "2026-03-01T09:00:00+08:00",
        "time": "09:00:00",
        "days": "P1DT2H",
        "months": "P1Y2M",
    }
    [task] = api.tasks(processInstanceKey=key)
    api.post(f"/user-tasks/{task['userTaskKey']}/completion", {}, status=204)
    [used] = api.search("/variables", {"processInstanceKey": key, "name": "used"})
    assert json.loads(used["value"]) == ["2027-05-01", "2026-03-02T11:00:00+08:00"]


# Where variables are set ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "local", "given", "task", "process"),
    [
        ("not local, each is set where it is, or else in the process", False,
         {"mine": 2, "both": 2, "outer": 2, "new": 2}, {"mine": 2, "both": 2}, {"both": 0, "outer": 2, "new": 2}),
        ("local, all are set at the element", True,
         {"mine": 2, "outer": 2, "new": 2}, {"mine": 2, "both": 1, "outer": 2, "new": 2}, {"both": 0, "outer": 0}),
    ],
)  # fmt: skip
def test_variables_are_set_at_an_element(
    api: Api, sentence: str, local: bool, given: dict[str, int], task: dict[str, int], process: dict[str, int]
) -> None:
    key = api.start("scoped", both=0, outer=0)
    [waiting] = api.tasks(processInstanceKey=key)
    scope = waiting["elementInstanceKey"]
    sent = {"variables": given, "local": local}
    assert api.ask("PUT", f"/element-instances/{scope}/variables", sent).status_code == 204

    def in_scope(scope_key: str) -> dict[str, int]:
        found = api.search("/variables", {"processInstanceKey": key, "scopeKey": scope_key})
        return {one["name"]: json.loads(one["value"]) for one in found}

    assert (in_scope(scope), in_scope(key)) == (task, process), sentence
    api.post(f"/user-tasks/{waiting['userTaskKey']}/completion", {}, status=204)
    assert in_scope(key) == process, "what is local goes with its element"
    gone = api.ask("PUT", f"/element-instances/{scope}/variables", sent)
    assert gone.status_code == 404
