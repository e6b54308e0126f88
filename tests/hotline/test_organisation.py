"""The fictional organisation: complete, loaded once, its tokens for the owner alone."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select

from service.hotline import organisation
from service.hotline.people import AGENCY_ROLES, BODY_ROLES, EXTERNAL
from service.hotline.people import UNIT_ROLES as ROLES_OF_UNITS
from service.store.tables import person, unit
from service.store.unit_of_work import Database

AT = datetime(2026, 2, 10, tzinfo=UTC)
UNIT_ROLES = ("UNIT_HANDLER", "UNIT_LIAISON", "UNIT_PRINCIPAL")


def _seed(database: Database) -> int:
    with database.write() as connection:
        return len(organisation.seed(connection, AT, hash_token=str, hash_password=str, scopes=str))


def test_every_unit_has_somebody_for_each_of_its_roles() -> None:
    people = organisation.shipped()["people"]
    filled = {(one["unit"], role) for one in people for role in one["roles"]}
    small = ("AGENCY", "OTHER", "TOWN", "COUNTY_DEPT")
    units = [one["id"] for one in organisation.shipped()["units"] if one["kind"] not in small]
    assert [(unit_, role) for unit_ in units for role in UNIT_ROLES if (unit_, role) not in filled] == []


def test_every_role_is_one_of_the_regulations_lanes_and_every_body_has_somebody() -> None:
    filled = {role for one in organisation.shipped()["people"] for role in one["roles"]}
    assert sorted(filled - AGENCY_ROLES - ROLES_OF_UNITS - BODY_ROLES) == [EXTERNAL]
    assert sorted(BODY_ROLES - filled) == []


def test_every_town_and_county_department_is_below_its_county_and_has_somebody() -> None:
    units = {one["id"]: one for one in organisation.shipped()["units"]}
    staffed = {one["unit"] for one in organisation.shipped()["people"]}
    small = [one for one in units.values() if one["kind"] in ("TOWN", "COUNTY_DEPT")]
    assert len(small) == 122 + 36
    for one in small:
        assert units[one["parent"]]["division_code"] == one["division_code"][:6], one["id"]
        assert one["id"] in staffed


def test_the_counties_and_zones_of_the_city_are_there() -> None:
    kinds = [one["kind"] for one in organisation.shipped()["units"]]
    assert (kinds.count("COUNTY"), kinds.count("ZONE"), kinds.count("DEPARTMENT")) == (12, 5, 27)


def test_it_is_loaded_once(database: Database) -> None:
    assert _seed(database) > 100
    assert _seed(database) == 0
    with database.read() as connection:
        counted = connection.execute(select(func.count()).select_from(person)).scalar()
        assert counted == len(organisation.shipped()["people"])
        assert connection.execute(select(func.count()).select_from(unit)).scalar() == len(
            organisation.shipped()["units"]
        )


def test_tokens_are_for_the_owner_alone(tmp_path: Path) -> None:
    given = [organisation.Access("a", "u", ("R", "S"), "token", "")]
    file = tmp_path / "new" / "people.csv"
    organisation.write_access(given, file)
    assert file.stat().st_mode & 0o777 == 0o600
    with file.open(newline="") as opened:
        assert next(csv.DictReader(opened)) == {
            "person": "a",
            "unit": "u",
            "roles": "R S",
            "token": "token",
            "password": "",
        }


def test_nothing_secret_is_in_what_is_shipped(project: Path) -> None:
    shipped = (project / "service/hotline/organisation.yaml").read_text("utf-8")
    assert "token" not in shipped
    assert "phone" not in shipped
