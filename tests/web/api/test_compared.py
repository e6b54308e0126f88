"""Every operation of /v2 beside what two versions of the Python client send and read: fields, words, keys, moments."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import camunda_orchestration_sdk as sdk
import pytest

from service.web.api.openapi import description
from tests.api import Api
from tests.client_models import Bag, Client, Model, Plain, Several, Shape, Words, starred
from tests.conftest import NewUrl
from tests.samples import Samples
from tests.stores import STORES
from tests.web.api.compared import Told

pytestmark = pytest.mark.of_one_store

FOLDERS = {
    "10.0.1": Path(sdk.__file__).parent,
    "9.0.1": Path(sys.prefix) / "camunda-sdk-9" / "camunda_orchestration_sdk",
}
CLIENTS = {version: Client(folder) for version, folder in FOLDERS.items()}
# What differs and stays so, and why. A line that matches nothing any more has to go.
LEFT = {
    r"cluster-variables/search|authorizations/search": "Nothing is ever listed there, whatever is asked.",
    r"/decision-definitions/evaluation < .* is missing": "Several decisions at once, which this client cannot ask for.",
    r"> .result.activateElements\[\].elementId is asked for": "The original refuses it too, by its engine.",
    r"/assignment > .assignee is asked for": "The original refuses a task for nobody too.",
}
# What the later version added, and the earlier one does not read of any service of that version.
LATER = {
    r"(RESUME_PROCESS_INSTANCE|SUSPEND_PROCESS_INSTANCE|UPDATE_JOB)$": "",
    r"state: SUSPENDED$": "",
    r"errorType: SECRET_RESOLUTION_ERROR$": "",
    r"listenerEventType: CANCEL$": "",
    r"state: (PRIORITY|TIMEOUT)_UPDATED$": "",
    r"audit-logs.* < .*(batchOperationType|relatedEntityType|resourceKey): null": "It cannot read what is of no batch.",
}


@pytest.fixture(scope="module", params=STORES)
def api(request: pytest.FixtureRequest, new_url: NewUrl) -> Iterator[Api]:
    api = Api(new_url(request.param), threads=1)
    Samples(api)
    yield api
    api.parts.database.close()


@pytest.fixture(scope="module")
def told(new_url: NewUrl) -> Iterator[Any]:
    api = Api(new_url("sqlite"), threads=1)
    yield description(api.app)
    api.parts.database.close()


def served(told: Any, client: Client) -> Iterator[tuple[str, str, Any]]:
    """What is served and the client knows."""
    for path, item in told["paths"].items():
        for method, one in item.items():
            if (method.upper(), starred(path)) in client.sources:
                yield method.upper(), starred(path), one


def differences(told: Any, client: Client, method: str, path: str, ours: Any) -> Iterator[str]:
    """`>` what it may send, `?` behind the path, `<` what it reads."""
    schemas, operation = Told(told), client.operation(method, path)
    sent = tuple(one for one in operation.takes if one != Plain("null"))  # null sends no body
    if sent and "requestBody" not in ours:
        yield "> no body is taken"
    elif sent:
        (media,) = ours["requestBody"]["content"].values()
        yield from (f"> {one}" for one in schemas.untaken(sent, media["schema"]))
    queried = {one["name"] for one in ours.get("parameters", ()) if one["in"] == "query"}
    yield from (f"? {name}" for name in operation.query.keys() - queried)
    for status in ours["responses"].keys() & {"200", "201", "202", "204"}:
        read = operation.answers.get(int(status), ())
        if read == ():
            yield f"< {status} is not known"
        for media in ours["responses"][status].get("content", {}).values():
            yield from (f"< {one}" for one in schemas.unread(read or (Plain("anything"),), media["schema"]))


def test_each_operation_takes_what_each_client_sends_and_answers_what_it_reads(told: Any) -> None:
    found: dict[str, list[str]] = {}
    for version, client in CLIENTS.items():
        operations = list(served(told, client))
        assert len(operations) > 70, version
        found[version] = [
            f"{method} {path} {one}"
            for method, path, ours in operations
            for one in differences(told, client, method, path, ours)
        ]
    lasting = {"10.0.1": LEFT, "9.0.1": LEFT | LATER}
    for version, lines in found.items():
        assert [one for one in lines if not any(re.search(known, one) for known in lasting[version])] == [], version
    for version, known in (("10.0.1", LEFT), ("9.0.1", LATER)):
        assert [one for one in known if not any(re.search(one, line) for line in found[version])] == [], version


def samples(shape: Shape) -> Iterator[Any]:
    """Values of a shape, words in small letters; of a model one with all its fields."""
    match shape:
        case Words(values=values):
            yield from (one.lower() for one in sorted(values))
        case Plain(kind=kind):
            known = {"null": None, "integer": 1, "number": 1, "boolean": True, "moment": "2026-02-10T01:00:00Z"}
            yield known.get(kind, "1")
        case Several(of=inside):
            yield [one for each in inside for one in samples(each)]
        case Bag():
            yield {"a": 1}
        case Model(fields=fields):
            yield {name: next(samples(inside[0])) for name, inside in fields.items() if name != "$or"}


def searches(told: Any, client: Client) -> Iterator[tuple[str, Model]]:
    for method, path, _ in served(told, client):
        if path.endswith("/search"):
            (model,) = (one for one in client.operation(method, path).takes if isinstance(one, Model))
            yield path, model


def alternatives(model: Model, name: str) -> list[Any]:
    """What a client may send under a name of a search, one by one."""
    found: list[Any] = []
    for shape in model.fields.get(name, ()):
        match shape:
            case Model(fields=fields):
                found += [{field: one} for field in fields for each in fields[field] for one in samples(each)]
            case Several(of=(Model(fields=fields),)):
                found += [[{"field": one, "order": "asc"}] for each in fields["field"] for one in shape_words(each)]
    return found


def shape_words(shape: Shape) -> list[str]:
    assert isinstance(shape, Words)
    return sorted(shape.values)


def test_each_search_finds_by_whatever_each_client_filters_and_sorts_by(api: Api, told: Any) -> None:
    task, asked = api.search("/user-tasks")[0], []
    for client in CLIENTS.values():
        for path, model in searches(told, client):
            key = "elementInstanceKey" if path.startswith("/element-instances/*") else "processInstanceKey"
            where = path.replace("*", task["userTaskKey" if path.startswith("/user-tasks") else key])
            asked += [(where, part, one) for part in ("filter", "sort") for one in alternatives(model, part)]
    seen: list[Any] = []
    for one in asked:
        if one not in seen and "$or" not in one[2]:
            seen.append(one)
            api.post(one[0], {one[1]: one[2]})
    assert len(seen) > 800
