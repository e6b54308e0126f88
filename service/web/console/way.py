"""The way of a matter on the diagrams of the versions that it ran on: replayed step by step, and beside today's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Response, render_template, request
from sqlalchemy import Connection

from service.errors import NotFound
from service.hotline import deployed, model_changes
from service.hotline.replay import Step, standing, steps
from service.web import here
from service.web.auth import caller
from service.web.console import matter, picture_signs
from service.web.console.languages import language
from service.web.console.picture import draw
from service.web.console.studio_drafts import HOW, facet
from service.web.hotline import matters
from service.web.permissions import may_ask


def page(number: str) -> str:
    """One of its processes, as it stood after a step, or by now."""
    told = matters.way(number)
    processes = list(all_of(told))
    process = _chosen(processes)
    taken = _steps(process) if process else []
    at = _step(len(taken))
    return render_template(
        "console/way.html",
        processes=processes,
        process=process,
        by_key={one["process_instance_key"]: one for one in processes},
        callers={key: (one, it) for one in processes for it in one["elements"] for key in it["called"]},
        steps=taken,
        at=at,
        current=taken[at - 1] if at else None,
        link=_link,
        called=called,
        may_read_forms=may_ask(caller(), "GET /studio/<kind>/<id_>"),
        rules=_rules(process) if process else {},
        **matter.head(number),
    )


def changes(number: str) -> str:
    """What the version that counts today says otherwise than the one that a process ran on."""
    process = _chosen(list(all_of(matters.way(number))))
    if process is None:
        raise NotFound("The matter has no process.")
    with here().database.read() as connection:
        thing, before, after = _versions(connection, process)
        found = model_changes.between("process", before, after, thing.newest.file) if before != after else []
    return render_template(
        "console/way_changes.html",
        process=process,
        today=thing.newest,
        changes=found,
        link=_link,
        how=HOW,
        facet=facet,
        called=called,
        **matter.head(number),
    )


def picture(number: str, key: int) -> Response:
    """The diagram of the version that ran, with the way that was taken; or with what is otherwise today, on this
    version or on today's."""
    process = _known(list(all_of(matters.way(number))), str(key))
    compared = request.args.get("compared", "")
    with here().database.read() as connection:
        if compared:
            drawn = _compared(connection, process, is_today=compared == "today")
        else:
            name, xml = deployed.named_content(connection, "process", int(process["process_definition_key"]))
            drawn = _drawn(process, name, xml)
    answer = Response(drawn, mimetype="image/svg+xml")
    answer.cache_control.no_store = True
    if "save" in request.args:
        answer.headers.set("Content-Disposition", "attachment", filename=f"{number}-{process['process_id']}.svg")
    return answer


def all_of(told: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The processes of a path: its own with those that it called, then those beside it with theirs."""
    ahead = [one for one in (told["process"], *told["beside"]) if one is not None]
    while ahead:
        yield ahead[0]
        ahead[:1] = ahead[0]["called"]


def called(element: Mapping[str, Any]) -> str:
    """What an element, or a process, is called in the language of this request."""
    in_english = element["name_en"] if language() == "en" else ""
    return str(in_english or element["name"] or element.get("id") or element["process_id"])


def _chosen(processes: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The process that the address names, else the first; raises NotFound."""
    key = request.args.get("process", "")
    return _known(processes, key) if key else next(iter(processes), None)


def _known(processes: Sequence[Mapping[str, Any]], key: str) -> Mapping[str, Any]:
    found = next((one for one in processes if one["process_instance_key"] == key), None)
    if found is None:
        raise NotFound(f"The matter has no process {key[:40]}.")
    return found


def _steps(process: Mapping[str, Any]) -> list[Step]:
    with here().database.read() as connection:
        model = here().engine.process_model(connection, int(process["process_definition_key"]))
    return steps(model, process)


def _step(last: int) -> int:
    """Which step the address asks for; the last unless it names one that there was."""
    told = request.args.get("step", "")
    number = int(told) if told.isascii() and told.isdecimal() and len(told) < 7 else last
    return min(number, last)


def _link(process: Mapping[str, Any], **more: Any) -> str:
    told = {"process": process["process_instance_key"], **{name: value for name, value in more.items() if value != ""}}
    return "?" + urlencode(told)


def _rules(process: Mapping[str, Any]) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """By element: the tables of which rules fired there."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for decision in process["decisions"]:
        tables = (one for one in decision["evaluated"] if one["rules"])
        found.setdefault(decision["element_id"], []).extend(tables)
    return found


def _drawn(process: Mapping[str, Any], name: str, xml: bytes) -> bytes:
    is_english = language() == "en"
    if request.args.get("step") == "none":
        return draw(xml, name, in_english=is_english)
    taken = _steps(process)
    at = _step(len(taken))
    seen = standing(taken, at)
    marks = dict.fromkeys({*seen.visits, *seen.flows}, picture_signs.MARKED)
    if at < len(taken) or "step" in request.args:
        marks |= {id_: picture_signs.CURRENT for one in taken[at - 1 : at] for id_ in (one.element["id"], *one.flows)}
    return draw(xml, name, visits=seen.visits, waiting=seen.waiting, marks=marks, in_english=is_english)


def _compared(connection: Connection, process: Mapping[str, Any], *, is_today: bool) -> bytes:
    """Either version with what is otherwise in the other."""
    thing, before, after = _versions(connection, process)
    gone = picture_signs.ADDED if is_today else picture_signs.REMOVED
    shown = (gone, picture_signs.CHANGED)
    found = model_changes.between("process", before, after, thing.newest.file) if before != after else []
    marks = {one.part.id: one.how for one in found if one.how in shown}
    return draw(after if is_today else before, thing.newest.file, marks=marks, in_english=language() == "en")


def _versions(connection: Connection, process: Mapping[str, Any]) -> tuple[deployed.Thing, bytes, bytes]:
    """The diagram of a process, the version that it ran on, and the one that counts today."""
    thing = deployed.get(connection, "process", process["process_id"], here().engine.clock())
    before = deployed.content(connection, "process", int(process["process_definition_key"]))
    return thing, before, deployed.content(connection, "process", thing.newest.key)
