"""Names and phone numbers are nowhere to be read but by those who have the keys, which change without losing any."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import RowMapping, Table, select, update
from sqlalchemy.engine import make_url

from service.app import create_app
from service.config import BadSetting, Settings
from service.engine import messages
from service.errors import StuckError
from service.hotline import data_keys, notices, sealed_fields
from service.store.secrets import KeyRing
from service.store.tables import history, matter, notice, process_instance
from tests.conftest import NewUrl
from tests.desk import TEXT, Desk

NAME, PHONE = "欧阳震华", "13987650123"
OLD, NEW = "old:" + "A" * 43, "new:" + "Q" * 43
ANOTHER = "old:" + "g" * 43


def rows(desk: Desk) -> str:
    """All that is in the tables, as text."""
    with desk.parts.database.read() as connection:
        tables = matter.metadata.sorted_tables
        return " ".join(str(row) for table in tables for row in connection.execute(select(table)))


def publish(desk: Desk) -> None:
    with desk.parts.database.write() as connection:
        day, said = timedelta(days=1), {"text": TEXT}
        messages.publish(connection, desk.parts.engine, name="later", time_to_live=day, variables=said, by="li")


def told(desk: Desk, number: str) -> list[object]:
    """What was said in a matter: in its row, in the variables of its process, and in its history."""
    protection = desk.parts.engine.protection
    with desk.parts.database.read() as connection:
        roots = select(process_instance).where(process_instance.c.parent_key.is_(None))
        owner = connection.execute(roots).mappings().one()
        lines = (history.c.instance_key == owner["key"]) & (history.c.kind == "variables")
        first = connection.execute(select(history).where(lines).order_by(history.c.key)).mappings().first()
    assert first
    line = protection.line(first, owner["data_key"])
    row = desk.ask("GET", f"/matters/{number}").json
    return [row["text"], protection.variables(owner)["text"], line["variables"]["text"]]


def unseal(desk: Desk) -> None:
    """Leave everything as a release has that has sealed nothing."""
    protection = desk.parts.engine.protection
    with desk.parts.database.write() as connection:

        def put(table: Table, key: str, row: RowMapping, **values: object) -> None:
            connection.execute(update(table).where(table.c[key] == row[key]).values(sealed=None, **values))

        for owner in connection.execute(select(process_instance)).mappings().all():
            mine = {"variables": protection.variables(owner), "data_key": None}
            state = protection.of_row(owner).dumped(owner["state_blob"], owner["key"])
            of_owner = history.c.instance_key == owner["key"]
            for line in connection.execute(select(history).where(of_owner)).mappings().all():
                put(history, "key", line, data=protection.line(line, owner["data_key"]))
            for one in connection.execute(select(notice).where(notice.c.instance_key == owner["key"])).mappings().all():
                put(notice, "key", one, body=notices.body(connection, desk.parts.engine, one))
            put(process_instance, "key", owner, **mine, state_blob=state)
        for row in connection.execute(select(matter)).mappings().all():
            values = {**sealed_fields.opened(desk.parts.secrets, row), "word_marks": ""}
            connection.execute(update(matter).where(matter.c.number == row["number"]).values(values))


def contact(desk: Desk, number: str) -> object:
    return desk.ask("POST", f"/matters/{number}/contact", {"reason": "回电"}).json


def test_a_name_and_a_number_are_in_no_table(desk: Desk) -> None:
    number = desk.dispatched(name=NAME, phone=PHONE)["number"]
    told = rows(desk)
    assert (NAME in told, PHONE in told) == (False, False)
    assert contact(desk, number) == {"name": NAME, "phone": PHONE}


def test_nor_in_the_file_of_the_database_or_its_log(new_url: NewUrl) -> None:
    url = new_url("sqlite")
    desk = Desk(url)
    desk.dispatched(name=NAME, phone=PHONE)
    folder = Path(make_url(url).database or "")
    files = list(folder.parent.glob(f"{folder.name}*"))
    assert files
    assert all(word.encode() not in one.read_bytes() for one in files for word in (NAME, PHONE))
    desk.close()


def test_matters_are_found_by_the_number_however_it_is_written(desk: Desk) -> None:
    first, second = desk.file(name=NAME, phone="+86 139-8765-0123"), desk.file(phone=PHONE)
    desk.file(phone="13987650124")
    desk.file()

    def of(phone: str, by: str = "li-min") -> object:
        answer = desk.ask("POST", "/matters/of-caller", {"phone": phone}, by=by)
        return [one["number"] for one in answer.json["items"]] if answer.status_code == 200 else answer.status_code

    assert of("0086 13987650123") == [second["number"], first["number"]]
    assert of("1") == []
    assert of(PHONE, by="dept-housing.handler") == 403


def test_keys_change_and_nothing_is_lost(database_url: str) -> None:
    url = database_url
    desk = Desk(url, data_keys=OLD)
    number = desk.dispatched(name=NAME, phone=PHONE)["number"]
    publish(desk)
    desk.close()
    desk = Desk(url, data_keys=f"{NEW} {OLD}")
    assert contact(desk, number) == {"name": NAME, "phone": PHONE}
    # The matter, the two instances of its process, and a message that waits.
    assert list(data_keys.reseal(desk.parts.database, desk.parts.secrets)) == [1, 3, 4]
    desk.close()
    desk = Desk(url, data_keys=NEW)
    assert contact(desk, number) == {"name": NAME, "phone": PHONE}
    assert desk.ask("POST", "/matters/of-caller", {"phone": PHONE}).json["total"] == 1
    assert desk.ask("GET", f"/matters?text={TEXT[3:9]}").json["total"] == 1
    assert told(desk, number) == [TEXT, TEXT, TEXT]
    desk.close()


@pytest.mark.parametrize("keys", [NEW, ANOTHER, f"{NEW} {ANOTHER}"], ids=["missing", "another", "another behind"])
def test_without_the_key_that_has_sealed_something_nothing_starts(database_url: str, keys: str) -> None:
    url = database_url
    desk = Desk(url, data_keys=OLD)
    desk.file(name=NAME)
    desk.close()
    with pytest.raises(BadSetting, match="sealed with the key old"):
        create_app(Settings(database_url=url, log_level="ERROR", data_keys=keys))


def test_a_contact_that_was_moved_to_another_matter_is_told_to_nobody(desk: Desk) -> None:
    one, two = desk.file(name=NAME)["number"], desk.file(name="李四")["number"]
    with desk.parts.database.write() as connection:
        taken = select(matter.c.person_name).where(matter.c.number == one).scalar_subquery()
        connection.execute(update(matter).where(matter.c.number == two).values(person_name=taken))
    with desk.parts.database.read() as connection:
        row = connection.execute(select(matter).where(matter.c.number == two)).mappings().one()
    with pytest.raises(StuckError, match="changed or moved"):
        sealed_fields.contact(desk.parts.secrets, row)


def test_what_was_written_before_there_were_keys_is_sealed_at_the_first_start(database_url: str) -> None:
    desk = Desk(database_url)
    number = desk.dispatched(name=NAME, phone=PHONE)["number"]
    unseal(desk)
    assert TEXT in rows(desk)
    desk.close()
    desk = Desk(database_url)
    assert not [word for word in (NAME, PHONE, TEXT) if word in rows(desk)]
    assert contact(desk, number) == {"name": NAME, "phone": PHONE}
    assert told(desk, number) == [TEXT, TEXT, TEXT]
    desk.close()


def test_beside_an_sqlite_file_a_key_is_made_that_only_its_owner_reads(new_url: NewUrl) -> None:
    url = new_url("sqlite")
    for _ in range(2):
        desk = Desk(url, data_keys="")
        desk.file(name=NAME)
        desk.close()
    file = Path(make_url(url).database or "").with_name("data.keys")
    assert file.stat().st_mode & 0o777 == 0o600
    assert KeyRing.read(file.read_text())


def test_postgresql_asks_for_keys(new_url: NewUrl) -> None:
    with pytest.raises(BadSetting, match="hotline keys new"):
        create_app(Settings(database_url=new_url("postgresql"), log_level="ERROR"))
