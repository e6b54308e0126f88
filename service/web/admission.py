"""Who is let in: the rule of a route is asked before anything is done for a request."""

from __future__ import annotations

from functools import partial

from flask import Flask, request
from werkzeug.routing import Rule as UrlRule

from service.errors import Forbidden
from service.web import scopes
from service.web.auth import caller, require_person
from service.web.pace import Pace
from service.web.permissions import ROUTES, lets_in
from service.web.rules import Rule


def register(app: Flask) -> None:
    """Ask the rule of its route before anything is done for a request."""
    app.before_request(partial(_check, Pace()))


def _check(pace: Pace) -> None:
    """Raises Unauthorized, Forbidden for whoever has none of the roles of the route, and TooManyRequests."""
    # What is not served is told so to anybody.
    if request.url_rule is None:
        return
    rule = _rule(request.url_rule, request.method)
    if rule is not None and rule.is_open:
        if rule.is_paced:
            pace.check()
        return
    require_person()
    if rule is None:
        raise Forbidden("Nobody may ask this: service/web/permissions.py has no rule for it.")
    if rule.roles is not None and not lets_in(rule, caller()):
        raise Forbidden(f"Only the roles {', '.join(sorted(rule.roles | rule.of_units))} may do this.")
    scope, mine = scopes.needed(f"{_method(request.method)} {request.url_rule.rule}"), caller().scopes
    if scope is not None and mine is not None and scope not in mine:
        raise Forbidden(f"This token is not for this: it has no scope {scope}.", scope=scope)


def _rule(url_rule: UrlRule, method: str) -> Rule | None:
    if method == "OPTIONS":
        # What may be asked of a path is told to whoever may ask one of it.
        asked = (ROUTES.get(f"{one} {url_rule.rule}") for one in sorted(url_rule.methods or ()))
        return next((rule for rule in asked if rule is not None), None)
    return ROUTES.get(f"{_method(method)} {url_rule.rule}")


def _method(asked: str) -> str:
    return "GET" if asked == "HEAD" else asked
