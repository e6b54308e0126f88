"""Every route belongs to a surface, and none is open that is not meant to be."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from service.web import SURFACES
from tests.api import Api

# What can be asked for without signing in: whether all is well, the descriptions, what the query code of a matter
# opens, what is public, and how to sign in.
OPEN = (
    "/statistics",
    "/v2/status",
    "/v2/openapi.json",
    "/v2/docs",
    "/v2/license",
    "/hotline/v1/openapi.json",
    "/hotline/v1/docs",
    "/hotline/v1/track/",
    "/hotline/v1/knowledge",
    "/about",
    "/knowledge",
    "/portal",
    "/console/static/",
    "/oauth/",
    "/.well-known/",
    "/sign-in",
    "/sign-out",
    "/second-factor",
)


@pytest.fixture
def api(database_url: str) -> Iterator[Api]:
    api = Api(database_url, auth="required")
    yield api
    api.parts.database.close()


def routes(api: Api) -> Iterator[tuple[str, str]]:
    """Each method with a path that fits its rule."""
    paths = api.app.url_map.bind("localhost")
    for rule in api.app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, paths.build(rule.endpoint, dict.fromkeys(rule.arguments, "1"), method=method)


def test_every_route_belongs_to_a_surface(api: Api) -> None:
    prefixes = tuple(surface.prefix for surface in SURFACES)
    assert [path for _, path in routes(api) if not path.startswith(prefixes)] == []


def test_every_route_asks_who_is_there_unless_it_is_open(api: Api) -> None:
    for method, path in routes(api):
        answer = api.client.open(path, method=method)
        if not path.startswith(OPEN):
            assert (answer.status_code, answer.mimetype) == (401, "application/problem+json"), f"{method} {path}"


def test_what_is_not_there_is_told_alike_on_every_surface(api: Api) -> None:
    for surface in SURFACES:
        answer = api.client.get(surface.prefix.rstrip("/") + "/nothing-is-here")
        assert (answer.status_code, answer.mimetype) == (404, surface.errors)
