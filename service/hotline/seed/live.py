"""Made-up matters that are still open: filed now, and worked on for a while, by the engine itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from sqlalchemy import select

from service.engine import Engine, jobs, user_tasks
from service.errors import Invalid
from service.hotline import matters, query_codes, units
from service.hotline.seed import people, play, wording
from service.store.secrets import KeyRing
from service.store.tables import matter, process_instance, unit, user_task
from service.store.unit_of_work import Database

# Nobody is asked for more; most wait for the first or the second.
_MOST_TASKS = 3


def left_open(database: Database, engine: Engine, secrets: KeyRing, number: int, seed: int) -> Iterator[str]:
    """File so many matters and do some of their tasks; tells their numbers."""
    (subjects, words), usual = wording.read(), play.told()["answers"]
    chance = Random(seed)  # noqa: S311 nothing is kept secret by it
    with database.read() as connection:
        counties = connection.execute(select(unit.c.name, unit.c.division_code).where(unit.c.kind == "COUNTY")).all()
    for _ in range(number):
        (subject,) = chance.choices(subjects, [one["weight"] for one in subjects])
        government, area = chance.choice(counties)
        name, phone = people.somebody(chance)
        street = people.street(chance)
        told = {"street": street, "house": "", "title": subject["title"], "text": subject["text"]}
        given = {"matter_type": "HELP", "truth_declaration": True}
        given |= {kind: words.of(kind, chance, **told) for kind in ("title", "text")}
        given |= {"category_l1": subject["l1"], "category_l2": subject["l2"], "division_code": area}
        given |= {"address": people.address(chance, government, street), "name": name, "phone": phone}
        code = query_codes.Code("", people.NO_CODE)
        with database.write() as connection:
            filed = matters.file(connection, engine, secrets, given, code, by="seed")
        for _ in range(chance.randint(0, _MOST_TASKS)):
            while jobs.run_due(database, engine):
                pass
            task = _first_task(database, filed.number)
            if task is None or task.element_id not in usual:
                break
            by = play.somebody_of(task.candidate_groups)
            answers = {
                name: words.of(play.WORDS[value], chance, **told) if value in play.WORDS else value
                for name, value in usual[task.element_id].items()
            }
            if "body_unit" in answers:
                answers["body_unit"] = _body(database, task.candidate_groups)
            try:
                with database.write() as connection:
                    user_tasks.complete(connection, engine, task.key, answers, by=by)
            except Invalid:
                # It asks for more than usual, as where others have not done their part yet: so it is left to wait.
                break
        yield filed.number


def _body(database: Database, groups: Sequence[str]) -> str:
    """The first of the departments among which a county chooses."""
    found = units.bodies(database)(groups[0].partition(":")[0])
    return next(one.value for one in found if one.kind == "COUNTY_DEPT")


def _first_task(database: Database, number: str) -> Any:
    mine = select(matter.c.instance_key).where(matter.c.number == number).scalar_subquery()
    keys = select(process_instance.c.key).where(process_instance.c.root_key == mine)
    is_open = (user_task.c.state == "CREATED") & user_task.c.instance_key.in_(keys)
    with database.read() as connection:
        return connection.execute(select(user_task).where(is_open).order_by(user_task.c.key).limit(1)).first()
