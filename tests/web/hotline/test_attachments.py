"""The files of a matter: sealed, seen by whom the law lets see them, saved and never shown, gone with the rest."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import func, select

from service.hotline import attachments, data_keys, erasure, saved_filters
from service.hotline.attachments import Limits
from service.store.secrets import new_key
from service.store.tables import attachment
from tests import sample_files as samples
from tests.desk import TEXT, Answer, Desk


def _add(desk: Desk, number: str, name: str, content: bytes, by: str = "li-min") -> Answer:
    body = {"name": name, "content": b64encode(content).decode()}
    return desk.ask("POST", f"/matters/{number}/attachments", body, by=by)


def _list(desk: Desk, number: str, by: str) -> Any:
    return desk.read(f"/matters/{number}/attachments", by=by)


@pytest.fixture
def number(desk: Desk) -> str:
    return str(desk.dispatched()["number"])


def test_a_file_is_sealed_and_saved_by_whoever_sees_the_matter(desk: Desk, number: str) -> None:
    key = _add(desk, number, "路灯.jpeg", samples.jpeg()).json["key"]
    (told,) = _list(desk, number, "dept-housing.handler")["items"]
    assert (told["name"], told["media_type"], told["of_service_object"]) == ("路灯.jpeg", "image/jpeg", True)
    with desk.parts.database.read() as connection:
        row = connection.execute(select(attachment)).mappings().one()
    assert b"JFIF" not in row["sealed"]
    assert "路灯" not in str(dict(row))
    headers = {"Authorization": f"Bearer {desk.token('dept-housing.handler')}"}
    for path in (f"/hotline/v1/matters/{number}/attachments/{key}", f"/matters/{number}/attachments/{key}"):
        saved = desk.client.get(path, headers=headers)
        assert saved.status_code == 200
        assert saved.data.startswith(b"\xff\xd8\xff\xe0")
        assert samples.SECRET not in saved.data
        assert saved.headers["Content-Disposition"].startswith("attachment;")
        assert saved.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in saved.headers["Content-Security-Policy"]
        assert saved.headers["Cache-Control"] == "no-store"
    page = desk.client.get(f"/matters/{number}", headers=headers).text
    assert f'href="/matters/{number}/attachments/{key}" download><bdi>路灯.jpeg</bdi>' in page
    assert f'/attachments/{key}"' not in page.replace(f'href="/matters/{number}/attachments/{key}"', "")


def test_others_the_accused_and_what_is_not_there_are_not_found(desk: Desk, number: str) -> None:
    key = _add(desk, number, "x.pdf", samples.pdf()).json["key"]
    accused = str(desk.dispatched(accused_unit="dept-housing", designated_unit="dept-housing")["number"])
    _add(desk, accused, "x.pdf", samples.pdf())
    for by, of in (("dept-water.handler", number), ("dept-housing.handler", accused)):
        for path in (f"/matters/{of}/attachments", f"/matters/{of}/attachments/{key}"):
            assert desk.ask("GET", path, by=by).status_code == 404
    other = str(desk.dispatched()["number"])
    assert desk.ask("GET", f"/matters/{other}/attachments/{key}", by="li-min").status_code == 404
    assert _add(desk, number, "x.pdf", samples.pdf(), by="dept-housing.handler").status_code == 403


def test_a_confidential_source_is_kept_from_the_unit(desk: Desk) -> None:
    number = str(desk.dispatched(confidential=True, name="王小明", phone="13800000000")["number"])
    key = _add(desk, number, "王小明.jpg", samples.jpeg()).json["key"]
    assert _list(desk, number, "dept-housing.handler") == {"items": [], "kept_back": 1}
    refused = desk.ask("GET", f"/matters/{number}/attachments/{key}", by="dept-housing.handler")
    assert refused.status_code == 403
    headers = {"Authorization": f"Bearer {desk.token('dept-housing.handler')}", "Accept-Language": "en"}
    page = desk.client.get(f"/matters/{number}/attachments", headers=headers).text
    assert "1 file is kept from you" in page
    assert "王小明" not in page
    assert len(_list(desk, number, "li-min")["items"]) == 1


def test_what_is_refused_is_said_and_there_are_limits(desk: Desk, number: str) -> None:
    refused = _add(desk, number, "lamp.svg", samples.REFUSED["lamp.svg"])
    assert (refused.status_code, "This kind of file is not taken." in refused.json["detail"]) == (400, True)
    assert (
        desk.ask("POST", f"/matters/{number}/attachments", {"name": "x", "content": "!"}, by="li-min").status_code
        == 400
    )
    large = samples.jpeg() + bytes(desk.parts.settings.attachment_bytes)
    assert "5 MB at most" in _add(desk, number, "x.jpg", large).json["detail"]
    most = Limits(1_000, 2)
    files = attachments.checked(most, [("x.png", samples.png())] * 2)
    with desk.parts.database.write() as connection:
        attachments.add(connection, desk.parts.engine, most, number, files, by="", of_object=True)
    with pytest.raises(attachments.TooMany), desk.parts.database.write() as connection:
        attachments.add(connection, desk.parts.engine, most, number, files, by="", of_object=True)


def test_a_new_key_seals_them_too(database_url: str) -> None:
    old, new = new_key("old"), new_key("new")
    desk = Desk(database_url, data_keys=old)
    number = str(desk.file()["number"])
    _add(desk, number, "x.pdf", samples.pdf())
    with desk.parts.database.write() as connection:
        saved_filters.keep(connection, desk.parts.secrets, "li-min", "今天", "due=today")
    desk.close()
    desk = Desk(database_url, data_keys=f"{new} {old}")
    list(data_keys.reseal(desk.parts.database, desk.parts.secrets))
    desk.close()
    desk = Desk(database_url, data_keys=new)
    assert [one["name"] for one in _list(desk, number, "")["items"]] == ["x.pdf"]
    with desk.parts.database.read() as connection:
        assert saved_filters.listed(connection, desk.parts.secrets, "li-min")[0].query == "due=today"
    desk.close()


def test_they_are_erased_with_what_is_personal(desk: Desk, number: str) -> None:
    _add(desk, number, "x.png", samples.png())
    erasure.erase(desk.parts.database, desk.parts.engine)([number])
    with desk.parts.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(attachment)).scalar() == 0


def test_they_come_with_a_matter_that_is_filed_and_with_what_is_added(desk: Desk) -> None:
    desk.deploy("parameters", "intake-completeness", "explanation-right")
    client = desk.client
    told = {
        "key": "k1",
        "text": TEXT,
        "address": "东门外",
        "matter_type": "HELP",
        "subject_type": "CITIZEN",
        "phone": "13800001234",
    }
    headers = {"Origin": "http://localhost", "Accept-Language": "en"}
    form = {**told, "truth_declaration": "yes", "files": [(BytesIO(samples.REFUSED["page.png"]), "page.png")]}
    refused = client.post("/portal/file", data=form, headers=headers)
    assert (refused.status_code, 'id="files-wrong"' in refused.text) == (400, True)
    assert "Please choose the files again." in refused.text
    form["files"] = [(BytesIO(samples.png()), "灯<b>.png"), (BytesIO(samples.pdf()), "a.pdf"), (BytesIO(b""), "")]
    assert client.post("/portal/file", data=form, headers=headers).status_code == 303
    page = client.get("/portal/track", headers=headers).text
    assert "<bdi>灯_b_.png</bdi>" in page
    with desk.parts.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(attachment)).scalar() == 2
