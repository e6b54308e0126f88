"""The OpenAPI 3.1 description of /v2, put together from what each route is described with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Blueprint, Flask, Response, current_app, json
from marshmallow import Schema
from werkzeug.routing import Rule

from service.web import PROBLEM, docs
from service.web.api.filters import COMPARISONS, Filter
from service.web.api.operations import Media, Operation, operation_of
from service.web.api.schemas import Problem
from service.web.idempotent import Headers

PREFIX = "/v2"
KEPT = "hotline.openapi"
_ABOUT = """The process engine, by the conventions of Camunda 8's Orchestration Cluster REST interface.

Keys are decimal numbers as text. Every field of an answer is always there, some of them null. Errors are
problem details (RFC 9457)."""

blueprint = Blueprint("api_openapi", __name__, url_prefix=PREFIX)
docs.serve(blueprint)


@blueprint.get("/openapi.json")
def serve() -> Response:
    """Made once: routes do not change while the app runs."""
    kept: dict[str, Any] = current_app.extensions
    if KEPT not in kept:
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        kept[KEPT] = json.dumps(description(app), ensure_ascii=False)
    return Response(kept[KEPT], content_type="application/json")


def description(app: Flask) -> dict[str, Any]:
    """What is served under /v2, as an OpenAPI document."""
    base = app.extensions["hotline"].settings.base_path
    plugin = MarshmallowPlugin(schema_name_resolver=_name)
    spec = APISpec(
        title="Process engine",
        version="2",
        openapi_version="3.1.0",
        info={"description": _ABOUT},
        plugins=[plugin],
        servers=[{"url": base or "/"}],
        security=[{"bearer": []}, {"basic": []}, {"oauth": []}],
    )
    granted = {"clientCredentials": {"tokenUrl": f"{base}/oauth/token", "scopes": {}}}
    spec.components.security_scheme("oauth", {"type": "oauth2", "flows": granted})
    for kind in ("bearer", "basic"):
        spec.components.security_scheme(kind, {"type": "http", "scheme": kind})
    spec.components.schema("Problem", schema=Problem)
    for name, comparison in COMPARISONS.items():
        spec.components.schema(name, dict(comparison))
    for status in _ERRORS:
        answer: dict[str, Any] = {"description": _ERRORS[status], "content": {PROBLEM: {"schema": Problem}}}
        if status in (429, 503):
            answer["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds, if known."}}
        spec.components.response(_error_name(status), answer)
    tags: dict[str, None] = {}
    for rule, operation in sorted(described_rules(app), key=lambda one: one[0].rule):
        tag = rule.endpoint.split(".")[-2]
        tags.setdefault(tag)
        for schema in (operation.takes, operation.gives):
            if isinstance(schema, type):
                _add_filters(spec, schema)
        told = _told(operation, rule, app.view_functions[rule.endpoint].__doc__ or "")
        method = next(iter(_methods(rule)))
        spec.path(path_of(rule), operations={method.lower(): {"tags": [tag], **told}})
    for tag in tags:
        spec.tag({"name": tag, "description": tag.replace("_", " ").capitalize()})
    made: dict[str, Any] = spec.to_dict()
    return made


def described_rules(app: Flask) -> Iterator[tuple[Rule, Operation]]:
    for rule in app.url_map.iter_rules():
        operation = operation_of(app.view_functions[rule.endpoint])
        if rule.rule.startswith(PREFIX) and operation is not None:
            yield rule, operation


def path_of(rule: Rule) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)


def _methods(rule: Rule) -> list[str]:
    return sorted(set(rule.methods or ()) - {"HEAD", "OPTIONS"})


_ERRORS = {
    400: "The request does not fit: each field that does not is named.",
    401: "Nobody has signed in, or with a token or password that is not known.",
    403: "The caller may not do this.",
    404: "There is no such thing.",
    406: "It is of another type than is answered here.",
    409: "It cannot be done in the state that the thing is in.",
    413: "The request is too large.",
    415: "The body is of another type than is taken here.",
    422: "The Idempotency-Key was used for another request.",
    429: "Too much at once: try again later.",
    503: "The database is busy, or too many requests wait: try again later.",
    504: "It has not come to its end in time, and goes on.",
}


def _error_name(status: int) -> str:
    return HTTPStatus(status).phrase.title().replace(" ", "")


def _told(operation: Operation, rule: Rule, words: str) -> dict[str, Any]:
    summary, _, rest = words.partition("\n")
    told: dict[str, Any] = {"operationId": operation.name, "summary": summary.strip()}
    if rest.strip():
        told["description"] = re.sub(r"\n +", "\n", rest).strip()
    if operation.is_open:
        told["security"] = []
    parameters: list[Any] = [_key(name, operation.key_pattern) for name in sorted(rule.arguments)]
    if operation.query is not None:
        parameters.append({"in": "query", "schema": operation.query})
    if operation.is_idempotent:
        parameters.append({"in": "header", "schema": Headers})
    if parameters:
        told["parameters"] = parameters
    if operation.takes is not None:
        needed = isinstance(operation.takes, Media) or any(one.required for one in operation.takes().fields.values())
        told["requestBody"] = {"required": needed, "content": _content(operation.takes)}
    told["responses"] = _responses(operation, rule)
    return told


def _key(name: str, pattern: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": pattern}}


def _responses(operation: Operation, rule: Rule) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    if operation.gives is not None:
        responses["200"] = {"description": "What was asked for.", "content": _content(operation.gives)}
    if operation.gives is None or operation.or_nothing:
        responses["204"] = {"description": "There is none." if operation.or_nothing else "Done."}
    fails = {503, *operation.fails}
    if not operation.is_open:
        fails |= {401, 403, 429}
    if rule.arguments:
        fails.add(404)
    if operation.takes is not None:
        fails |= {400, 413, 415}
    if operation.query is not None:
        fails.add(400)
    if operation.is_idempotent:
        fails.add(422)
    return responses | {str(status): _error_name(status) for status in sorted(fails)}


def _content(what: type[Schema] | Media) -> dict[str, Any]:
    if isinstance(what, Media):
        return {what.type: {"schema": what.schema}}
    return {"application/json": {"schema": what}}


def _add_filters(spec: APISpec, schema: type[Schema]) -> None:
    for field in schema._declared_fields.values():
        if isinstance(field, Filter) and field.name_of_schema not in spec.components.schemas:
            spec.components.schema(field.name_of_schema, dict(field.described()))


def _name(schema: Any) -> str:
    """Answers and searches are named as their class, bodies of requests with the noun before."""
    made: type[Schema] = schema if isinstance(schema, type) else type(schema)
    noun = made.__module__.removeprefix("service.web.api.")
    if noun.startswith("schemas") or noun in ("wire", "filters"):
        return made.__name__
    return noun.title().replace("_", "") + made.__name__
