"""Matters that were kept long enough lose what is personal in them, once the head of the agency confirms it."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select

from service.store.tables import audit_pending, audit_record, matter, metadata, process_instance
from tests.city import MATTER, City

WORDS = ("欧阳震华", "13987650123", "三盏路灯")


def close(city: City, **values: Any) -> str:
    filed = city.file(name="欧阳震华", phone="13987650123", **values)
    city.ask("POST", f"/hotline/v1/matters/{filed['number']}/contact", {"reason": "欧阳震华要求回电"})
    city.ask("POST", f"/hotline/v1/matters/{filed['number']}/withdrawal", {"reason": "已修好"}, expect=204)
    city.tick()
    assert city.matter(filed["number"])["closed_at"]
    return str(filed["number"])


def begin(city: City) -> None:
    """As the timer does on the first of a month."""
    begun = {"processDefinitionId": "retention", "startInstructions": [{"elementId": "read-parameters"}]}
    city.ask("POST", "/v2/process-instances", begun)
    city.tick()


def tasks(city: City) -> list[dict[str, Any]]:
    asked = {"filter": {"state": "CREATED", "elementId": "confirm-erasure"}}
    found: list[dict[str, Any]] = city.ask("POST", "/v2/user-tasks/search", asked)["items"]
    return found


def opened(city: City) -> str:
    """All that the keys open in the store, as text."""
    protection, secrets = city.parts.engine.protection, city.parts.secrets
    with city.parts.database.read() as connection:
        owners = connection.execute(select(process_instance)).mappings().all()
        told = [str(protection.variables(one)) for one in owners if protection.of_row(one)]
        rows = connection.execute(select(matter)).mappings().all()
        told += [secrets.open(row[name], "matter", row["number"], name) for row in rows for name in ("title", "text")]
        told += [str(row) for table in metadata.sorted_tables for row in connection.execute(select(table))]
    return " ".join(told)


def test_what_is_personal_goes_and_the_way_of_the_matter_stays(city: City) -> None:
    old, kept = close(city), close(city, division_code="370702", category_l1="交通运输")
    begin(city)
    assert tasks(city) == []
    city.now = city.now.replace(year=2031, month=3)
    recent = city.file(text=MATTER["text"][::-1], title="新的")["number"]
    begin(city)
    (task,) = tasks(city)
    variables = city.ask("POST", f"/v2/user-tasks/{task['userTaskKey']}/effective-variables/search", {})["items"]
    (expired,) = (one["value"] for one in variables if one["name"] == "expired_matters")
    assert sorted(json.loads(expired)) == [old, kept]
    answers = {"erasure_answer": "ERASE", "matters_kept": kept}
    city.ask("POST", f"/v2/user-tasks/{task['userTaskKey']}/completion", {"variables": answers}, expect=204)
    city.tick()
    rows = {number: city.matter(number) for number in (old, kept, recent)}
    assert [rows[number]["text"] != "" for number in (old, kept, recent)] == [False, True, True]
    path = city.ask("GET", f"/hotline/v1/matters/{old}/path")["process"]
    assert [one["id"] for one in path["elements"]][-1] == "matter-withdrawn"
    assert path["events"][-1]["kind"] == "personal-data-erased"
    with city.parts.database.read() as connection:
        told = [connection.execute(select(one.c.subject, one.c.kind)).all() for one in (audit_pending, audit_record)]
    assert [subject for part in told for subject, kind in part if kind == "personal-data-erased"] == [f"matter {old}"]


def test_no_key_opens_it_any_more(city: City) -> None:
    close(city)
    assert all(word in opened(city) for word in WORDS[2:])
    city.now = city.now.replace(year=2031, month=3)
    begin(city)
    (task,) = tasks(city)
    path = f"/v2/user-tasks/{task['userTaskKey']}/completion"
    city.ask("POST", path, {"variables": {"erasure_answer": "ERASE"}}, expect=204)
    city.tick()
    assert not [word for word in WORDS if word in opened(city)]
    begin(city)
    assert tasks(city) == []
