"""How a route of /v2 is described; what describes it is what checks its requests.

A route is described between its rule and its view:

    @blueprint.post("/jobs/<key>/failure")
    @described("failJob", takes=Failure)
    def fail(key: str) -> tuple[str, int]:
        \"\"\"Give the job back with the tries that are left; none left is an incident.\"\"\"
        asked = body()                       # wire.body: checked by `takes`; wire.query(): by `query`

* The name is that of the operation in the interface of Camunda 8, in camel case.
* `takes` is the schema of a JSON body (none: the request has no body), `query` that of the query's parameters.
* `gives` is the schema of the answer 200, from `schemas/`; None: the answer is 204. `or_nothing`: 204 happens too.
* `fails` are statuses that only this route fails with. 400, 413 and 415 (there is a body or a query), 401, 403, 404
  (there is a key in the path) and 503 are described already.
* `is_idempotent`: the header Idempotency-Key is heard (`idempotent.once(asked_key(), …)`).
* The docstring is published: its first line as the summary, the rest as the description.
* A search: `@searches("searchJobs", Job, FIELDS, custom fields…)` of filters.py, then `found(query, key, FIELDS, …)`.

tests/web/api/test_openapi.py names each route that is not described.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import current_app, request
from marshmallow import Schema

from service.web.api.schemas import KEY_PATTERN

_View = TypeVar("_View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Media:
    """A body that is not JSON: its content type and the JSON schema of what it holds."""

    type: str
    schema: Mapping[str, Any]


XML = Media("text/xml", {"type": "string"})


@dataclass(frozen=True, slots=True)
class Operation:
    """What a route takes, gives and fails with."""

    name: str
    takes: type[Schema] | Media | None = None
    query: type[Schema] | None = None
    gives: type[Schema] | Media | None = None
    or_nothing: bool = False
    fails: tuple[int, ...] = ()
    is_open: bool = False
    is_idempotent: bool = False
    key_pattern: str = KEY_PATTERN


def described(name: str, **more: Any) -> Callable[[_View], _View]:
    """Describe a view; what is given are the fields of Operation."""
    operation = Operation(name, **more)

    def describe(view: _View) -> _View:
        view.__dict__["operation"] = operation
        return view

    return describe


def operation_of(view: Callable[..., Any]) -> Operation | None:
    """How a view is described, if it is."""
    told: Operation | None = getattr(view, "operation", None)
    return told


def asked_operation() -> Operation:
    """How the view of this request is described."""
    told = operation_of(current_app.view_functions[request.endpoint or ""])
    if told is None:
        raise TypeError(f"{request.endpoint} is not described.")
    return told
