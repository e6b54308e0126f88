"""What the requests and answers of this surface have in common: checked bodies, plain text, who may."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from io import StringIO
from typing import Any, NoReturn, Protocol, TypeVar, cast

from flask import Response
from flask_smorest import Blueprint
from marshmallow import RAISE, Schema, ValidationError, fields, validate
from webargs.flaskparser import FlaskParser

from service.clock import CITY_ZONE, KNOWN_YEARS, in_city
from service.errors import Invalid, Problem

PREFIX = "/hotline/v1"

_View = TypeVar("_View", bound=Callable[..., Any])


class Decorator(Protocol):
    """Leaves the view with the type that it has."""

    def __call__(self, view: _View, /) -> _View: ...


# What no form can send and no database keeps: control signs, and halves of characters.
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


# The same as clock.KNOWN_YEARS, for who reads the description by a program.
_YEAR = "^(190[2-9]|19[1-9][0-9]|[2-8][0-9]{3}|9[0-8][0-9]{2}|99[0-8][0-9]|999[0-8])-"


class Parser(FlaskParser):
    """Refuses what is not described, naming each field."""

    def handle_error(self, error: ValidationError, *_: Any, **__: Any) -> NoReturn:
        problems = [Problem(name, message) for name, message in _messages(error.messages_dict)]
        named = ", ".join(dict.fromkeys(problem.element_id for problem in problems))
        raise Invalid(f"The request does not fit: {named}. {problems[0].message}", problems)

    def load_json(self, req: Any, schema: Any) -> Any:
        try:
            return super().load_json(req, schema)
        except RecursionError:
            raise Invalid("The body is nested too deep.") from None

    def _handle_invalid_json_error(self, error: Any, *_: Any, **__: Any) -> NoReturn:
        raise Invalid("The body is no JSON in UTF-8.")


class Section(Blueprint):  # type: ignore[misc]  # the library brings no types
    """A part of the surface; permissions.py says who may ask for what of it."""

    # What is not described is refused or passed over as each schema says.
    ARGUMENTS_PARSER = Parser(unknown=None)

    def __init__(self, name: str, description: str) -> None:
        super().__init__(name, __name__, url_prefix=PREFIX, description=description)

    def on(self, method: str, path: str) -> Decorator:
        """Answer a method on a path."""
        return cast(Decorator, self.route(path, methods=[method]))

    def takes(self, schema: type[Schema], location: str = "json") -> Decorator:
        """Hand the checked body, query or headers to the view."""
        return cast(Decorator, self.arguments(schema, location=location))

    def answers(self, status: int, schema: type[Schema] | None = None) -> Decorator:
        return cast(Decorator, self.response(status, schema))

    def may_answer(self, status: int, schema: type[Schema], description: str) -> Decorator:
        return cast(Decorator, self.alt_response(status, schema=schema, description=description))


class Body(Schema):
    """A body, or a part of one."""

    class Meta:
        unknown = RAISE


def described(name: str, schema: type[Schema]) -> Decorator:
    """Name a view that is made for several bodies, and describe it by what its own says."""

    def describe(view: _View) -> _View:
        view.__name__, view.__doc__ = name, schema.__doc__
        return view

    return describe


def words(longest: int, **options: Any) -> fields.String:
    """Plain text up to a length, without what cannot be stored."""
    return fields.String(validate=(validate.Length(max=longest), _plain), **options)


class _Moment(fields.AwareDateTime):
    """Read with any offset, shown with the city's."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return in_city(value).isoformat(timespec="seconds") if value else None


def instant(**options: Any) -> fields.AwareDateTime:
    """A moment that is told."""
    return _Moment(format="iso", default_timezone=CITY_ZONE, **options)


def given_instant(about: str, **options: Any) -> fields.AwareDateTime:
    """A moment that is asked or told of, of a year that the city's clock knows; without an offset it is the city's."""
    described = f"{about} From {KNOWN_YEARS[0]} to {KNOWN_YEARS[-1]}; without an offset by the city's clock."
    return instant(validate=_in_years, metadata={"description": described, "pattern": _YEAR}, **options)


def csv_file(name: str, head: Iterable[str], lines: Iterable[Iterable[Any]]) -> Response:
    """A table to be taken away."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows([_in_cell(value) for value in line] for line in lines)
    # With a mark of its encoding, without which office programs take Chinese for something else.
    answer = Response("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def _in_cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return in_city(value).isoformat(timespec="seconds")
    # What begins so would be reckoned by office programs.
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value


def _in_years(value: datetime) -> None:
    if value.year not in KNOWN_YEARS:
        raise ValidationError(
            f"The year {value.year} is none that is known here: {KNOWN_YEARS[0]} to {KNOWN_YEARS[-1]}."
        )


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
