"""The list of matters: filters in the address, words or a number, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import render_template, request
from marshmallow import ValidationError
from sqlalchemy import RowMapping

from service.hotline import units
from service.web import here
from service.web.console import words
from service.web.console.clocks import clock, shown
from service.web.console.languages import language
from service.web.hotline import matters
from service.web.hotline.matter_schemas import Wanted

_KNOWN = ("text", "status", "light", "unit", "channel", "category", "area", "after")
# What stands in the address, and in the form that takes the list away.
FILTERS = (*(name for name in _KNOWN if name != "after"), "from", "to")


def page() -> str:
    told = {name: value for name in (*FILTERS, "after") if (value := request.args.get(name, "").strip())}
    wanted, wrong = wished(told)
    found: Mapping[str, Any] = {"items": [], "total": 0, "next": None} if wrong else matters.listed(wanted)
    now = here().engine.clock()
    with here().database.read() as connection:
        known = {row["id"]: row for row in units.listed(connection)}
    only = {name: value for name, value in told.items() if name != "after"}
    return render_template(
        "console/matters.html",
        language=language(),
        told=told,
        wrong=wrong,
        found=found,
        units={id_: _name(row) for id_, row in known.items()},
        statuses=words.STATUSES,
        lights=words.LIGHTS,
        channels=words.CHANNELS,
        shown=shown,
        clock=lambda row: None if row["closed_at"] else clock(row["deadline_at"], now, row["light"] or ""),
        next=f"?{urlencode({**only, 'after': found['next']})}" if found["next"] else None,
        first=f"?{urlencode(only)}",
    )


def wished(told: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """What the API is asked for; and which of it does not fit, in its words."""
    asked: dict[str, Any] = {name: told[name] for name in _KNOWN if name in told}
    wrong = []
    for name, field, days in (("from", "received_from", 0), ("to", "received_to", 1)):
        if name in told:
            try:
                asked[field] = f"{date.fromisoformat(told[name]) + timedelta(days=days)}T00:00:00+08:00"
            except (ValueError, OverflowError):
                wrong.append(f"{name}: it is no day. Write it as 2026-11-28.")
    try:
        return Wanted().load(asked), wrong
    except ValidationError as error:
        return {}, [*wrong, *(f"{name}: {said}" for name, said in error.messages_dict.items())]


def _name(row: RowMapping) -> str:
    return str(row["name"] if language() == "zh" or not row["name_en"] else row["name_en"])
