"""Matters to be taken away from pages: a log of events of one or of a list, the file of one as PDF."""

from __future__ import annotations

from typing import Any

from flask import request

from service.errors import Invalid, Problem
from service.web.console import file_pdf, matters
from service.web.hotline import exports

_PDF = "pdf"


def one(number: str) -> Any:
    format_ = request.form.get("format", "")
    if format_ == _PDF:
        content = file_pdf.written(number)
        exports.note(f"matter {number}", {"format": _PDF})
        return exports.sent([content], "application/pdf", f"{number}.pdf")
    return exports.one(number, _known(format_))


def chosen() -> Any:
    """All that the list shows by the same filters."""
    format_ = _known(request.form.get("format", ""))
    told = {name: value for name in matters.FILTERS if (value := request.form.get(name, "").strip())}
    wanted, wrong = matters.wished(told)
    if wrong:
        raise Invalid(wrong[0], [Problem("filter", one) for one in wrong])
    return exports.chosen({**{name: value for name, value in wanted.items() if name != "limit"}, "format": format_})


def _known(format_: str) -> str:
    if format_ not in exports.LOGS:
        raise Invalid("There is no such format.", [Problem("format", f"It is none of {', '.join(exports.LOGS)}.")])
    return format_
