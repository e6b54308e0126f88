"""What the requests and answers of this surface have in common: checked bodies, plain text, who may."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, NoReturn

from flask_smorest import Blueprint
from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, validate
from webargs.flaskparser import FlaskParser

from service.clock import CITY_ZONE
from service.errors import Forbidden, Invalid, Problem
from service.web.auth import caller, require_person

PREFIX = "/hotline/v1"

# What no form can send and no database keeps: control signs, and halves of characters.
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class Parser(FlaskParser):
    """Refuses what is not described, naming each field."""

    DEFAULT_UNKNOWN_BY_LOCATION: ClassVar[dict[str, str | None]] = {"json": RAISE, "query": RAISE, "headers": EXCLUDE}

    def handle_error(self, error: ValidationError, *_: Any, **__: Any) -> NoReturn:
        problems = [Problem(name, message) for name, message in _messages(error.normalized_messages())]
        named = ", ".join(dict.fromkeys(problem.element_id for problem in problems))
        raise Invalid(f"The request does not fit: {named}. {problems[0].message}", problems)

    def _handle_invalid_json_error(self, error: Any, *_: Any, **__: Any) -> NoReturn:
        raise Invalid("The body is no JSON in UTF-8.")


class Section(Blueprint):  # type: ignore[misc]
    """A part of the surface; everybody who calls it has signed in, unless it is `public`."""

    ARGUMENTS_PARSER = Parser()

    def __init__(self, name: str, description: str, *, public: bool = False) -> None:
        super().__init__(name, __name__, url_prefix=PREFIX, description=description)
        if not public:
            self.before_request(require_person)


class Body(Schema):
    """A body, or a part of one."""

    class Meta:
        unknown = RAISE


def words(longest: int, **options: Any) -> fields.String:
    """Plain text up to a length, without what cannot be stored."""
    return fields.String(validate=(validate.Length(max=longest), _plain), **options)


def instant(**options: Any) -> fields.AwareDateTime:
    """A moment; one without an offset is the city's."""
    return fields.AwareDateTime(format="iso", default_timezone=CITY_ZONE, **options)


def shown(value: datetime | None) -> str | None:
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if value else None


def allow(*roles: str) -> None:
    """Raises Forbidden unless the caller has one of the roles."""
    if not set(roles).intersection(caller().roles):
        raise Forbidden(f"This is for {', '.join(roles)}.")


def _plain(value: str) -> None:
    if _UNFIT.search(value):
        raise ValidationError("It holds control characters.")


def _messages(told: Mapping[str, Any] | list[Any], where: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(told, Mapping):
        for name, inside in told.items():
            # The first level says where it was: in the body, the query, the headers.
            path = f"{where}.{name}" if where else str(name)
            yield from _messages(inside, path.removeprefix("json.").removeprefix("query.").removeprefix("headers."))
    else:
        yield from ((where, str(message)) for message in told)
