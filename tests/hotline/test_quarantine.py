"""What touches a state secret is in no row and no process: the head of the agency alone opens it, and says why."""

from __future__ import annotations

from sqlalchemy import select

from service.store.tables import audit_pending, audit_record, element_instance, history, matter, process_instance
from tests.city import City

TEXT = "北山仓库里新运来的设备型号是甲七号。"


def kept(city: City) -> str:
    """All that the keys open of matters, variables and history, as text."""
    protection, secrets = city.parts.engine.protection, city.parts.secrets
    with city.parts.database.read() as connection:
        owners = connection.execute(select(process_instance)).mappings().all()
        keys = {one["key"]: one["data_key"] for one in owners}
        lines = connection.execute(select(history)).mappings().all()
        local = connection.execute(select(element_instance).where(element_instance.c.sealed.is_not(None)))
        elements = local.mappings().all()
        rows = connection.execute(select(matter)).mappings().all()
    told = [str(protection.variables(one)) for one in owners]
    told += [str(protection.of_row(one).dumped(one["state_blob"], one["key"])) for one in owners]
    for one in elements:
        seal, place = (
            protection.of(one["instance_key"], keys[one["instance_key"]]),
            ("element_instance", one["instance_key"]),
        )
        told.append(str(seal.whole(one["variables"], one["sealed"], *place, one["number"], "variables")))
    told += [str(protection.line(one, keys[one["instance_key"]])) for one in lines]
    told += [secrets.open(row["text"], "matter", row["number"], "text") for row in rows]
    return " ".join(told)


def audited(city: City) -> list[str]:
    with city.parts.database.read() as connection:
        told = [connection.execute(select(one.c.who, one.c.kind)).all() for one in (audit_pending, audit_record)]
    return [who for part in told for who, kind in part if kind == "quarantine-read"]


def test_it_is_taken_out_as_soon_as_it_is_known_and_whenever_something_is_added(city: City) -> None:
    open_ = city.file(text=TEXT[::-1])["number"]
    number = city.file(text=TEXT, title="甲七号设备", secrecy="STATE", channel="WEB", truth_declaration=None)["number"]
    assert TEXT[::-1] in kept(city)
    path = f"/hotline/v1/matters/{number}/quarantine"
    city.ask("POST", f"/hotline/v1/matters/{number}/supplement", {"text": f"{TEXT}共三台。"}, expect=204)
    city.tick()
    for word in (TEXT, "甲七号", "共三台"):
        assert word not in kept(city)
    with city.as_("wei-qiang"):
        told = city.ask("POST", path, {"reason": "移交保密部门"})["items"]
        city.ask("POST", f"/hotline/v1/matters/{open_}/quarantine", {"reason": "看看"}, expect=409)
    assert (told[0]["told"]["text"], told[0]["told"]["title"]) == (TEXT, "甲七号设备")
    assert "共三台" in told[-1]["told"]["text"]
    for person, status in (("zheng-hong", 403), ("shen-yi", 403), ("county-370705.principal", 404)):
        with city.as_(person):
            city.ask("POST", path, {"reason": "看看"}, expect=status)
    assert audited(city) == ["wei-qiang"]


def test_what_somebody_says_it_is_only_later_is_taken_out_of_all_that_was_kept(city: City) -> None:
    number = city.file(text=TEXT, title="甲七号设备")["number"]
    city.reply(number)
    key = city.matter(number)["process_instance_key"]
    assert TEXT in kept(city)
    city.ask("PUT", f"/v2/element-instances/{key}/variables", {"variables": {"secrecy": "STATE"}}, expect=204)
    for word in (TEXT, "甲七号", "当天更换三盏灯具"):
        assert word not in kept(city)
    # What is told of it is what the process still needs.
    assert "可以放心通行" in kept(city)
