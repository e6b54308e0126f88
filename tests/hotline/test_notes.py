"""Notes beside a matter: for colleagues, or for its service object; sealed, audited, and erased with it."""

from __future__ import annotations

from sqlalchemy import select

from service.hotline import erasure
from service.store.tables import audit_pending, matter_note
from tests.city import City

HANDLER = "county-370705.handler"
SECRET = "北山仓库里的设备是甲七号"


def _note(city: City, number: str, text: str, *, by: str, kind: str = "notes", expect: int = 204) -> None:
    with city.as_(by):
        city.ask("POST", f"/hotline/v1/matters/{number}/{kind}", {"text": text}, expect=expect)


def _read(city: City, number: str, *, by: str) -> list[str]:
    with city.as_(by):
        return [one["text"] for one in city.ask("GET", f"/hotline/v1/matters/{number}/notes")["items"]]


def _told(city: City, number: str, code: str) -> list[str]:
    headers = {"Query-Code": code}
    answer = city.app.test_client().get(f"/hotline/v1/track/{number}", headers=headers)
    return [one["text"] for one in answer.get_json()["notes"]]


def test_a_service_object_reads_what_is_for_them_alone(city: City) -> None:
    filed = city.file()
    number = filed["number"]
    _note(city, number, "  灯具周四到货  ", by="zheng-hong")
    _note(city, number, "我们周五来换灯", by=HANDLER, kind="public-notes")
    _note(city, number, " ", by="zheng-hong", expect=400)
    assert _read(city, number, by=HANDLER) == ["灯具周四到货", "我们周五来换灯"]
    assert _told(city, number, filed["query_code"]) == ["我们周五来换灯"]
    with city.parts.database.read() as connection:
        kept = str(connection.execute(select(matter_note)).all())
        told = connection.execute(select(audit_pending).where(audit_pending.c.kind == "note-added")).mappings().all()
    assert [(one["who"], one["subject"]) for one in told] == [
        (by, f"matter {number}") for by in ("zheng-hong", HANDLER)
    ]
    assert not any(word in kept + str(told) for word in ("周四", "周五"))


def test_a_note_does_not_tell_a_unit_whose_name_is_kept_from_it(city: City) -> None:
    number = city.file(confidential=True, name="王小明", phone="13800001234")["number"]
    _note(city, number, "王小明说晚上打13800001234", by="zheng-hong")
    assert _read(city, number, by="zheng-hong") == ["王小明说晚上打13800001234"]
    assert [word in str(_read(city, number, by=HANDLER)) for word in ("说晚上打", "小明", "1380000")] == [
        True,
        False,
        False,
    ]


def test_what_touches_a_state_secret_is_in_no_note(city: City) -> None:
    number = city.file()["number"]
    _note(city, number, SECRET, by="zheng-hong")
    key = city.matter(number)["process_instance_key"]
    city.ask("PUT", f"/v2/element-instances/{key}/variables", {"variables": {"secrecy": "STATE"}}, expect=204)
    _note(city, number, SECRET, by="zheng-hong", expect=409)
    assert _read(city, number, by="wei-qiang") == []
    with city.as_("wei-qiang"):
        told = city.ask("POST", f"/hotline/v1/matters/{number}/quarantine", {"reason": "移交"})["items"]
    assert SECRET in str(told)


def test_notes_are_erased_with_their_matter(city: City) -> None:
    number = city.file()["number"]
    _note(city, number, "灯具周四到货", by="zheng-hong")
    erasure.erase(city.parts.database, city.parts.engine)([number])
    assert _read(city, number, by="zheng-hong") == []
    _note(city, number, "还有一件", by="zheng-hong", expect=409)
