"""What we answer and take, against the models of the Python client: required fields, words, filters, sorts, paths."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import camunda_orchestration_sdk as sdk
import pytest

from service.web.api.openapi import description
from service.web.api.schemas import values
from tests.api import Api
from tests.conftest import NewUrl
from tests.samples import SEARCHES, Samples

FOLDER = Path(sdk.__file__).parent
# Beyond this client: what only this service serves, and what a client of Node asks for under a path of its own.
OURS = {("POST", "/process-instances/migration-check"), ("PATCH", "/user-tasks/*/update")}


@pytest.fixture(scope="module")
def api(new_url: NewUrl) -> Iterator[Api]:
    api = Api(new_url("sqlite"), threads=1)
    Samples(api)
    yield api
    api.parts.database.close()


@pytest.fixture(scope="module")
def told(api: Api) -> Any:
    return description(api.app)


@cache
def operations() -> dict[tuple[str, str], str]:
    """Method and path, a star for each parameter → the text of the client's function."""
    found = {}
    for file in sorted((FOLDER / "api").glob("*/*.py")):
        text = file.read_text()
        method = re.search(r'"method": "(\w+)"', text)
        url = re.search(r'"url": "([^"]+)"', text)
        if method and url:
            found[method[1].upper(), re.sub(r"\{\w+\}", "*", url[1])] = text
    return found


def served(told: Any) -> dict[tuple[str, str], Any]:
    return {
        (method.upper(), re.sub(r"\{\w+\}", "*", path).removeprefix("/v2")): one
        for path, item in told["paths"].items()
        for method, one in item.items()
    }


def model_of(text: str, name: str) -> Any:
    module = re.search(rf"from \.\.\.models\.(\w+) import \(?\s*{name}\b", text)
    assert module, name
    return getattr(import_module(f"camunda_orchestration_sdk.models.{module[1]}"), name)


def answered(text: str) -> Any:
    """The model that the client makes of an answer 200, if it makes one."""
    name = re.search(r"response_200 = (\w+)\.from_dict", text)
    return model_of(text, name[1]) if name else None


def required(model: Any) -> set[str]:
    text = Path(import_module(model.__module__).__file__ or "").read_text()
    return set(re.findall(r'pop_required\(\s*"([^"]+)"', text))


def names_in(file: str, pattern: str) -> list[str]:
    path = FOLDER / "models" / file
    return re.findall(pattern, path.read_text()) if path.exists() else []


def test_every_route_is_one_of_the_clients_or_said_to_be_our_own(told: Any) -> None:
    assert set(served(told)) - set(operations()) == OURS


def test_answers_hold_what_the_client_requires(told: Any) -> None:
    compared = 0
    for which, operation in served(told).items():
        model = answered(operations().get(which, ""))
        media = operation["responses"].get("200", {}).get("content", {}).get("application/json")
        if model is None or media is None:
            continue
        schema = media["schema"]
        if "anyOf" in schema:  # the first is that of the original
            schema = schema["anyOf"][0]
        if "$ref" not in schema:
            continue
        missing = required(model) - set(told["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]["required"])
        assert missing == set(), which
        compared += 1
    assert compared > 35


@pytest.mark.parametrize("noun", SEARCHES)
def test_the_client_reads_what_is_found(api: Api, noun: str) -> None:
    model: Any = answered(operations()["POST", f"/{noun}/search"])
    page = model.from_dict(api.post(f"/{noun}/search", {}))
    assert page.items


# Our words for the values of a field, and where the client has its own.
WORDS = {
    "ACTOR_TYPES": "audit_log_actor_type_enum",
    "AUDIT_CATEGORIES": "audit_log_category_enum",
    "AUDIT_ENTITY_TYPES": "audit_log_entity_type_enum",
    "AUDIT_OPERATION_TYPES": "audit_log_operation_type_enum",
    "AUDIT_RESULTS": "audit_log_result_enum",
    "BATCH_ITEM_STATES": "batch_operation_item_state_enum",
    "BATCH_OPERATION_STATES": "batch_operation_state_enum",
    "BATCH_OPERATION_TYPES": "batch_operation_type_enum",
    "DECISION_INSTANCE_STATES": "decision_instance_state_enum",
    "DECISION_TYPES": "decision_definition_type_enum",
    "DEFINITION_STATES": "process_definition_result_state",
    "ELEMENT_INSTANCE_STATES": "element_instance_state_enum",
    "ELEMENT_TYPES": "element_instance_result_type",
    "INCIDENT_ERROR_TYPES": "incident_error_type_enum",
    "INCIDENT_STATES": "incident_state_enum",
    "JOB_KINDS": "job_kind_enum",
    "JOB_STATES": "job_state_enum",
    "LISTENER_EVENT_TYPES": "job_listener_event_type_enum",
    "MESSAGE_SUBSCRIPTION_STATES": "message_subscription_state_enum",
    "MESSAGE_SUBSCRIPTION_TYPES": "message_subscription_type_enum",
    "PROCESS_INSTANCE_STATES": "process_instance_state_enum",
    "USER_TASK_STATES": "user_task_state_enum",
}


def test_fields_that_are_one_of_some_words_have_those_of_the_client() -> None:
    # What resources there are is a list of our own: the client has none.
    assert {name for name in vars(values) if name.isupper()} - {"RESOURCE_KINDS"} == set(WORDS)
    for name, file in WORDS.items():
        assert set(getattr(values, name)) == set(names_in(f"{file}.py", r'= "([A-Z_]+)"')), name


def search_schema(told: Any, noun: str, part: str) -> Any:
    schemas = told["components"]["schemas"]
    body = told["paths"][f"/v2/{noun}/search"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    found = schemas[body["$ref"].rsplit("/", 1)[1]]["properties"][part]
    named = re.search(r"schemas/(\w+)", str(found))
    assert named
    return schemas[named[1]]


def stem(noun: str) -> str:
    return noun.removesuffix("s").replace("-", "_") if noun != "decision-requirements" else "decision_requirements"


# What nothing can be found by here: it is refused with 400.
NOT_KEPT = {
    # A number that only the original makes of a message, and that is told nowhere here.
    "process-instances": {"incidentErrorHashCode"},
    # Which of several instances of a sub-process an element is in is not kept.
    "element-instances": {"elementInstanceScopeKey"},
    "audit-logs": {
        "agentElementId",
        "batchOperationType",
        "decisionDefinitionId",
        "decisionDefinitionKey",
        "decisionEvaluationKey",
        "decisionRequirementsId",
        "decisionRequirementsKey",
        "elementInstanceKey",
        "formKey",
        "inboundChannelToolName",
        "inboundChannelType",
        "relatedEntityKey",
        "relatedEntityType",
        "resourceKey",
        "batchOperationKey",
    },
}


@pytest.mark.parametrize("noun", [*SEARCHES])
def test_each_search_filters_and_sorts_by_what_the_client_names(api: Api, told: Any, noun: str) -> None:
    filters = names_in(f"{stem(noun)}_filter.py", r'field_dict\["([^"]+)"\]')
    sorts = names_in(f"{stem(noun)}_search_query_sort_request_field.py", r'= "([^"]+)"')
    assert filters
    assert sorts
    ours = set(search_schema(told, noun, "filter")["properties"])
    assert set(filters) - ours == NOT_KEPT.get(noun, set()) & set(filters)
    for name in set(filters) - ours:
        assert name in api.post(f"/{noun}/search", {"filter": {name: "1"}}, status=400)["detail"]
    known = set(search_schema(told, noun, "sort")["properties"]["field"]["enum"])
    assert set(sorts) - known == NOT_KEPT.get(noun, set()) & set(sorts)


def test_what_the_client_can_ask_and_is_not_served_is_told_as_a_problem(api: Api, told: Any) -> None:
    others = set(operations()) - set(served(told))
    assert len(others) > 100
    for method, path in sorted(others):
        answer = api.ask(method, path.replace("*", "1"))
        assert answer.status_code in (404, 405), (method, path)
        assert answer.mimetype == "application/problem+json"
        assert answer.status_code == 405 or "/v2/openapi.json" in answer.text


@pytest.mark.parametrize("path", ["/topology", "/process-instances/search", "/jobs/activation", "/nothing/here"])
def test_whatever_the_method_the_answer_is_a_problem_or_empty(api: Api, path: str) -> None:
    for method in ("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "PURGE"):
        answer = api.ask(method, path)
        if method == "HEAD":
            assert answer.data == b""
        elif answer.status_code >= 400:
            assert answer.mimetype == "application/problem+json", method
        else:
            assert (method, answer.status_code) in (("GET", 200), ("OPTIONS", 200))
            assert method == "GET" or "OPTIONS" in answer.headers["Allow"]
