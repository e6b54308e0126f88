"""Whether an answer of /v2 is one that the description of its operation foresees."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from jsonschema_rs import Draft202012Validator
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from service.web import PROBLEM
from service.web.api import openapi
from service.web.api.operations import operation_of

Description = dict[str, Any]
_KNOWN: list[Described] = []


class DescribedClient(FlaskClient):
    """Asks an app, and looks at each answer of /v2."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        answer: TestResponse = super().open(*args, **kwargs)
        wrong = _described(self.application).amiss(answer)
        assert wrong is None, f"{answer.request.method} {answer.request.path}: {wrong}"
        return answer


class Described:
    """What is described, to compare answers with."""

    def __init__(self, app: Flask, description: Description) -> None:
        self._routes = app.url_map.bind("localhost")
        self._views = app.view_functions
        self._description = close_answers(description)
        self._validators: dict[str, Draft202012Validator] = {}

    def amiss(self, answer: TestResponse) -> str | None:
        """What is not as it is described, or None."""
        status, operation = str(answer.status_code), self._operation(answer.request.path, answer.request.method)
        if operation is None or status == "500":
            is_ours = answer.request.path.startswith(f"{openapi.PREFIX}/") and answer.request.method != "HEAD"
            return _differs(PROBLEM, answer) if is_ours and status >= "400" else None
        if status not in operation["responses"]:
            return f"{status} is not described. {answer.text[:500]}"
        foreseen = operation["responses"][status]
        if "$ref" in foreseen:
            foreseen = self._description["components"]["responses"][foreseen["$ref"].rsplit("/", 1)[1]]
        if "content" not in foreseen:
            return f"{status} has a body." if answer.data else None
        ((kind, media),) = foreseen["content"].items()
        return _differs(kind, answer) or (self._unfit(media["schema"], answer.data) if kind.endswith("json") else None)

    def _operation(self, path: str, method: str) -> Any:
        """None for what is not described, as it is not served."""
        try:
            rule, _ = self._routes.match(path, method, return_rule=True)
        except HTTPException:
            return None
        if not path.startswith(f"{openapi.PREFIX}/") or operation_of(self._views[rule.endpoint]) is None:
            return None
        return self._description["paths"][openapi.path_of(rule)].get(method.lower())

    def _unfit(self, schema: Any, data: bytes) -> str | None:
        name = json.dumps(schema)
        if name not in self._validators:
            whole = {**schema, "components": self._description["components"]}
            self._validators[name] = Draft202012Validator(whole)
        found = next(iter(self._validators[name].iter_errors(json.loads(data))), None)
        return None if found is None else f"{found.message} at {found.instance_path}"


def _described(app: Flask) -> Described:
    """Every app of a process serves the same: what the first one describes is made once."""
    if not _KNOWN:
        _KNOWN.append(Described(app, openapi.description(app)))
    return _KNOWN[0]


def _differs(kind: str, answer: TestResponse) -> str | None:
    return None if answer.mimetype == kind else f"it is {answer.mimetype}, not {kind}."


def close_answers(raw: Description) -> Description:
    """Answers hold what is described and nothing else, though it is no promise to clients."""
    schemas = raw["components"]["schemas"]
    operations = [one for item in raw["paths"].values() for name, one in item.items() if name != "parameters"]
    taken = set(_named(schemas, [one.get("requestBody") for one in operations]))
    for name, schema in schemas.items():
        if name not in taken and schema.get("type") == "object":
            schema.setdefault("additionalProperties", False)
    return raw


def _named(schemas: Any, inside: Any, known: frozenset[str] = frozenset()) -> Iterator[str]:
    """The schemas that are referred to, and those that they refer to."""
    if isinstance(inside, dict):
        name = str(inside.get("$ref", "")).rsplit("/", 1)[-1]
        if name in schemas and name not in known:
            yield name
            yield from _named(schemas, schemas[name], known | {name})
        inside = list(inside.values())
    if isinstance(inside, list):
        for one in inside:
            yield from _named(schemas, one, known)
