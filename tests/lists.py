"""Every list and dashboard that somebody sees, as requests: the bench asks for their time, a test for their way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import delete, insert, select
from werkzeug.test import TestResponse

from service.clock import in_city
from service.engine import jobs
from service.hotline import kpis, sealed_fields
from service.store.tables import api_token, matter, unit
from service.web import Hotline
from tests.pages import ANYBODY, CALLS, HANDLER, LEAD, RULES
from tests.tokens import kept

# Who asks: of the agency one who oversees and one who does not, a county with its towns, a unit, the public.
AGENCY, DESK, COUNTY, UNIT, PUBLIC = LEAD, CALLS, "county-370783.liaison", HANDLER, ANYBODY
STAFF = (AGENCY, COUNTY, UNIT)
PHONE = "13800000000"


@dataclass(frozen=True, slots=True)
class Question:
    name: str
    who: str
    method: str
    path: str
    body: Any = None


@dataclass(frozen=True, slots=True)
class Known:
    """What is asked about: a matter that a unit has handled, as its row tells it."""

    number: str
    instance: int
    unit: str
    county: str
    category: str
    second: str
    area: str
    phone: str
    words: str
    day: str
    month_before: str
    year_before: str


def known(parts: Hotline) -> Known:
    """The newest matter of the unit that asks."""
    of_unit = UNIT.partition(".")[0]
    query = select(matter).where(matter.c.unit_id == of_unit)
    with parts.database.read() as connection:
        row = connection.execute(query.order_by(matter.c.received_at.desc()).limit(1)).mappings().one()
        parent = connection.execute(select(unit.c.parent_id).where(unit.c.id == of_unit)).scalar()
    day = in_city(row["received_at"]).date()
    return Known(
        number=row["number"],
        instance=row["instance_key"],
        unit=of_unit,
        county=parent or COUNTY.partition(".")[0],
        category=row["category_l1"],
        second=row["category_l2"],
        area=row["area"],
        phone=sealed_fields.contact(parts.secrets, row).phone,
        words=sealed_fields.opened(parts.secrets, row)["title"][:4],
        day=day.isoformat(),
        month_before=(day - timedelta(days=30)).isoformat(),
        year_before=(day - timedelta(days=364)).isoformat(),
    )


def all_of(one: Known) -> Iterator[Question]:
    yield from _matters(one)
    yield from _one_matter(one)
    yield from _work(one)
    yield from _figures(one)
    yield from _registers()


def _matters(one: Known) -> Iterator[Question]:
    since = {"received_from": f"{one.month_before}T00:00:00+08:00"}
    span = since | {"received_to": f"{one.day}T00:00:00+08:00"}
    filters: dict[str, dict[str, str]] = {
        "all": {},
        "of a unit": {"unit": one.unit},
        "status: closed": {"status": "CLOSED"},
        "status: in handling": {"status": "IN_HANDLING"},
        "red": {"light": "RED"},
        "green": {"light": "GREEN"},
        "category": {"category": one.category},
        "second category": {"category": one.second},
        "county": {"area": one.area},
        "city": {"area": one.area[:4]},
        "by phone": {"channel": "PHONE"},
        "by letter": {"channel": "MAILBOX"},
        "a month": span,
        "status and county": {"status": "REFUSED", "area": one.area},
        "category, county, channel": {"category": one.category, "area": one.area, "channel": "WECHAT"},
        "red of a unit since": {"light": "RED", "unit": one.unit, **since},
        "words": {"text": one.words},
        "words that none has": {"text": "没有人说过这句话"},
        "part of a number": {"text": one.number[2:10]},
        "words, closed, a month": {"text": one.words, "status": "CLOSED", **span},
    }
    for who in STAFF:
        for name, asked in filters.items():
            yield Question(f"matters: {name}", who, "GET", f"/hotline/v1/matters?{urlencode(asked)}")
    yield Question("matters: of a caller", DESK, "POST", "/hotline/v1/matters/of-caller", {"phone": one.phone})


def _one_matter(one: Known) -> Iterator[Question]:
    of_it = {"filter": {"processInstanceKey": str(one.instance)}}
    of_all = {"filter": {"rootProcessInstanceKey": str(one.instance)}}
    for who in (AGENCY, UNIT):
        yield Question("matter: file", who, "GET", f"/hotline/v1/matters/{one.number}")
        yield Question("matter: path", who, "GET", f"/hotline/v1/matters/{one.number}/path")
    yield Question("matter: its instances", AGENCY, "POST", "/v2/process-instances/search", of_all)
    by_number = _wish(businessId=one.number)
    yield Question("matter: by business id", AGENCY, "POST", "/v2/process-instances/search", by_number)
    yield Question("matter: its tasks", AGENCY, "POST", "/v2/user-tasks/search", of_all)
    for name in ("audit-logs", "decision-instances", "element-instances", "variables"):
        yield Question(f"matter: its {name}", AGENCY, "POST", f"/v2/{name}/search", of_it)


def _wish(sort: str = "", *, down: bool = True, limit: int = 50, **filter_: Any) -> dict[str, Any]:
    sorts = [{"field": sort, "order": "DESC" if down else "ASC"}] if sort else []
    return {"filter": filter_, "sort": sorts, "page": {"limit": limit}}


def _work(one: Known) -> Iterator[Question]:
    tasks: dict[str, dict[str, Any]] = {
        "all": {},
        "open": _wish(state="CREATED"),
        "open, the newest": _wish("creationDate", state="CREATED"),
        "open, by limit": _wish("dueDate", down=False, state="CREATED"),
        "open, by weight": _wish("priority", state="CREATED"),
        "done, the newest": _wish("completionDate", state="COMPLETED"),
        "of a kind": _wish(elementId="sign-in", state="CREATED"),
        "done, of a kind": _wish("completionDate", elementId="sign-in", state="COMPLETED"),
        "of a process": _wish("creationDate", processDefinitionId="return-visit"),
        "created since": _wish("creationDate", creationDate={"$gte": f"{one.month_before}T00:00:00Z"}),
    }
    for who in STAFF:
        own = {"of me": _wish(assignee=who), "of my unit": _wish(candidateGroup=who.partition(".")[0], state="CREATED")}
        for name, asked in (tasks | own).items():
            yield Question(f"tasks: {name}", who, "POST", "/v2/user-tasks/search", asked)
    instances: dict[str, dict[str, Any]] = {
        "all": {},
        "active": _wish(state="ACTIVE"),
        "done, the newest": _wish("startDate", state="COMPLETED"),
        "of a process": _wish("startDate", processDefinitionId="hotline-intake"),
        "done, of a process": _wish("startDate", processDefinitionId="hotline-intake", state="COMPLETED"),
        "with incidents": _wish(hasIncident=True),
        "started since": _wish("startDate", startDate={"$gte": f"{one.month_before}T00:00:00Z"}),
    }
    for who in STAFF:
        for name, asked in instances.items():
            yield Question(f"instances: {name}", who, "POST", "/v2/process-instances/search", asked)
    # Keys come in the order of time.
    lists: dict[str, dict[str, Any]] = {
        "audit-logs": _wish("auditLogKey"),
        "element-instances": _wish("elementInstanceKey"),
        "incidents": _wish("creationTime", state="ACTIVE"),
        "jobs": _wish("jobKey"),
        "message-subscriptions": _wish("lastUpdatedDate"),
        "batch-operations": _wish(),
    }
    for name, asked in lists.items():
        yield Question(f"{name}: all, the newest", AGENCY, "POST", f"/v2/{name}/search", asked)


def _figures(one: Known) -> Iterator[Question]:
    month, year = ({"from": begin, "to": one.day} for begin in (one.month_before, one.year_before))
    for who in STAFF:
        for name, span in (("month", month), ("year", year)):
            yield Question(f"page of figures: {name}", who, "GET", f"/figures?{urlencode(span)}")
            for by in ("unit", "category", "channel", "division"):
                asked = urlencode(span | {"by": by})
                yield Question(f"figures by {by}: {name}", who, "GET", f"/hotline/v1/figures?{asked}")
            yield Question(f"page of a figure: {name}", who, "GET", f"/figures/on_time_rate?{urlencode(span)}")
        two = urlencode(year | {"by": "unit", "channel": "PHONE"})
        yield Question("figures by unit, of a channel: year", who, "GET", f"/hotline/v1/figures?{two}")
        for figure in kpis.shipped().values():
            for part in ("numerator", "denominator")[: 1 + figure.is_rate]:
                path = f"/figures/{figure.id}/{part}?{urlencode(year)}"
                yield Question(f"counted in {figure.id}, {part}", who, "GET", path)
    yield Question("statistics", PUBLIC, "GET", "/statistics")


def _registers() -> Iterator[Question]:
    for who in STAFF:
        yield Question("start page", who, "GET", "/")
        for path in ("/units", "/duties", "/roster", "/coverage", "/knowledge?q=供热"):
            yield Question(f"page {path}", who, "GET", path)
        for path in ("units", "duties", "roster", "assessments", "starts", "calendar/closures", "knowledge?q=供热补贴"):
            yield Question(path, who, "GET", f"/hotline/v1/{path}")
    yield Question("sharing", AGENCY, "GET", "/hotline/v1/sharing")
    for path in ("/knowledge", "/knowledge?q=怎么领", "/hotline/v1/knowledge?q=subsidy"):
        yield Question(f"public {path}", PUBLIC, "GET", path)


class Asker:
    """Asks an app that asks everybody to sign in, as each of its people."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.parts: Hotline = app.extensions["hotline"]
        self._client = app.test_client()
        values = [kept(_token(who), who, self.parts.engine.clock()) for who in (*STAFF, DESK, RULES)]
        with self.parts.database.write() as connection:
            connection.execute(delete(api_token).where(api_token.c.label == "lists"))
            connection.execute(insert(api_token), [one | {"label": "lists"} for one in values])

    def file(self) -> None:
        """A matter that goes to the unit that asks."""
        told = {
            "title": "拖欠工资",
            "text": "建筑工地拖欠三个月工资，多次索要没有结果，请帮助处理。",
            "truth_declaration": True,
        }
        told |= {
            "category_l1": "劳动和社会保障",
            "category_l2": "工资福利",
            "division_code": "370705",
            "address": "新华路",
        }
        filed = self.ask(
            Question("file", DESK, "POST", "/hotline/v1/matters", told | {"name": "王小明", "phone": PHONE})
        )
        assert filed.status_code == 201
        while jobs.run_due(self.parts.database, self.parts.engine):
            pass

    def draft(self, who: str, path: str) -> None:
        """A draft of the studio, as its page makes one."""
        signed = {"Authorization": f"Bearer {_token(who)}"}
        answer = self._client.post(path, data={"edit": "1"}, headers=signed)
        assert answer.status_code in (302, 303), answer.status_code

    def ask(self, one: Question) -> TestResponse:
        signed = {"Authorization": f"Bearer {_token(one.who)}"} if one.who else {}
        answer = self._client.open(one.path, method=one.method, json=one.body, headers=signed)
        assert answer.status_code in (200, 201), (one, answer.status_code, answer.get_data(as_text=True)[:500])
        return answer


def _token(who: str) -> str:
    return f"lists: {who}"
