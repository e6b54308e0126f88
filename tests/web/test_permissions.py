"""Every route of every surface has a declared rule, and answers whom the rule says, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from service.web.permissions import ROUTES
from service.web.rules import RELATIONS, ROLES
from service.web.scopes import needed
from tests.api import Api
from tests.conftest import NewUrl
from tests.permissions import asking, page
from tests.permissions.asking import Tried

ABOUT_A_MATTER = [route for route, rule in ROUTES.items() if rule.cells]
# What differs between the stores is how they read the conditions of searches.
ONE_OF_EACH = ("ADMIN", "QA", "UNIT_HANDLER")


@pytest.fixture(scope="module")
def tried(new_url: NewUrl) -> Iterator[Tried]:
    opened = Tried(new_url("sqlite"))
    yield opened
    opened.close()


def served(api: Api) -> set[str]:
    rules = api.app.url_map.iter_rules()
    return {f"{method} {rule.rule}" for rule in rules for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}


def test_every_route_has_a_rule_and_every_rule_a_route(tried: Tried) -> None:
    assert served(tried.api) - set(ROUTES) == set(), "declare them in service/web/permissions.py"
    assert set(ROUTES) - served(tried.api) == set(), "take them out of service/web/permissions.py"


def test_a_route_without_a_rule_is_refused_to_everybody(new_url: NewUrl) -> None:
    api = Api(new_url("sqlite"))
    api.app.add_url_rule("/v2/nobody-thought-of-it", view_func=lambda: "open")
    answer = api.client.get("/v2/nobody-thought-of-it")
    api.parts.database.close()
    assert (answer.status_code, "no rule" in answer.get_json()["detail"]) == (403, True)


def test_the_page_says_what_the_table_says() -> None:
    told = page.PAGE.read_text(encoding="utf-8")
    assert told == page.written(), "write it anew by: python -m tests.permissions"


def test_every_route_about_a_matter_is_asked_in_a_way_of_its_own() -> None:
    assert {*asking.REQUESTS, *asking.ACTS, *asking.SEARCHES} == set(ABOUT_A_MATTER)


@pytest.mark.parametrize("role", ROLES)
def test_each_cell_of_each_route_is_as_the_table_says(tried: Tried, role: str) -> None:
    assert list(wrong(tried, role, asked_as(role))) == []


def test_each_search_is_as_the_table_says_on_postgresql_too(new_url: NewUrl) -> None:
    opened = Tried(new_url("postgresql"))
    try:
        assert [cell for role in ONE_OF_EACH for cell in wrong(opened, role, asking.SEARCHES)] == []
    finally:
        opened.close()


def test_a_token_for_less_needs_a_scope_wherever_its_person_needs_a_role_or_a_matter() -> None:
    free = [route for route, rule in ROUTES.items() if needed(route) is None]
    open_ = {"anybody", "public", "query code", "service object", "secret", "browser", "signed in"}
    assert {ROUTES[route].name for route in free} == open_


def treated(role: str) -> list[bool]:
    return [rule.answers(role, relation) for rule in page.rules() for relation in RELATIONS]


def asked_as(role: str) -> list[str]:
    """All routes about a matter as the first of the roles that are treated alike; as another one of each rule."""
    alike = [one for one in ROLES if treated(one) == treated(role)]
    if role == alike[0]:
        return ABOUT_A_MATTER
    of_rule = [[route for route in ABOUT_A_MATTER if ROUTES[route] == rule] for rule in page.rules() if rule.cells]
    return [routes[alike.index(role) % len(routes)] for routes in of_rule]


def wrong(tried: Tried, role: str, routes: Sequence[str]) -> Iterator[str]:
    """The cells about a matter that are not as the table says."""
    for route in routes:
        for relation in RELATIONS:
            told, declared = tried.is_answered(role, route, relation), ROUTES[route].answers(role, relation)
            if told != declared:
                yield f"{route}, {relation}: {'answered' if told else 'refused'}"


@pytest.mark.parametrize("role", ROLES)
def test_each_route_about_no_matter_answers_the_roles_of_its_rule(tried: Tried, role: str) -> None:
    for route, rule in ROUTES.items():
        if rule.cells or rule.is_open:
            continue
        # What is asked for is not there, and what is sent does not fit: only whether it is looked at is of interest.
        body = None if route.startswith(("GET", "DELETE")) else {"nothing": 1}
        parts = {"key": "1", "day": "1", "int:year": "1", "path:filename": "nothing"}
        told = tried.status(role, route, body, **parts)
        assert (told != 403) is rule.answers(role), f"{role} {route}: {told}"
        assert told != 401
