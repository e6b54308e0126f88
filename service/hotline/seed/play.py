"""Plays the archetypes of a made-up year by the engine, one after the other, in a store of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from sqlalchemy import Connection, delete, select

from service.clock import CITY_ZONE
from service.engine import Engine, decisions, deployments, jobs, messages, timers, user_tasks
from service.engine.deployments import Files
from service.errors import Invalid
from service.hotline import matters, query_codes
from service.store.secrets import KeyRing
from service.store.tables import (
    decision_requirements,
    form,
    message_subscription,
    process_definition,
    process_instance,
    timer,
    user_task,
)
from service.store.unit_of_work import Database

# What stands for what differs from matter to matter; nothing of it is anywhere else.
ADDRESS, AREA, CHANNEL = "【地址】", "370705", "PHONE"
# So long that its length is no other number.
TEXT = f"【内容{'在这里' * 31}】"
REPLY, ACCOUNT, REMARK = "【这里是给来电人的答复】", "【这里是办理的经过和结果】", "【这里是看过以后的意见】"
# Those of them that answers hold, and which kind of words comes in their place.
WORDS: Mapping[str, str] = {REPLY: "reply", ACCOUNT: "account", REMARK: "remark"}
# Who handles it → categories and a title for which the duty directory says so.
COUNTY, DEPARTMENT, SHARED = "county", "department", "shared"
CATEGORIES = {
    COUNTY: ("城乡建设", "城市建设和市政管理"),
    DEPARTMENT: ("劳动和社会保障", "工资福利"),
    SHARED: ("环境保护", ""),
}
TITLES = {COUNTY: "【标题】", DEPARTMENT: "【标题】", SHARED: "【河道的标题】"}
DECISION = "responsibility"
_FILE = Path(__file__).with_name("archetypes.yaml")
# No round number: nothing that is counted in hours comes at the same instant.
_USUAL = timedelta(minutes=31, seconds=17)
_LONGEST = 200  # moments
_AHEAD = re.compile(r"P(\d+)D")
# The role of a unit's people → the name of who has it.
_OF_UNIT = {
    "UNIT_HANDLER": "handler",
    "UNIT_LIAISON": "liaison",
    "UNIT_PRINCIPAL": "principal",
    "COUNTY_DISPATCHER": "liaison",
    "TOWN_HANDLER": "handler",
}


_One = TypeVar("_One")


@dataclass(frozen=True, slots=True)
class Archetype:
    id: str
    share: int
    start: Mapping[str, Any]
    answers: Mapping[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    takes: Mapping[str, tuple[timedelta, ...]] = field(default_factory=dict)
    says: tuple[Mapping[str, Any], ...] = ()
    # Whether it ends at the desk, without a unit.
    is_direct: bool = False
    by: tuple[str, ...] = (COUNTY,)

    @property
    def is_supplemented(self) -> bool:
        """Whether the service object adds to what it has said, which the matter's row tells then, too."""
        return any(one["message"] == "citizen-supplement" for one in self.says)


@dataclass(frozen=True, slots=True)
class Played:
    archetype: Archetype
    # Who handles it; nobody where it is answered at once.
    by: str
    number: str
    # The process instances of the matter, and of what else it has begun.
    instances: tuple[int, ...]
    # Moment → when what is waited for from then on would be due.
    waits: Mapping[datetime, Sequence[datetime]]


class Play:
    """A theatre: an engine over an empty store, whose clock is set by hand."""

    def __init__(self, database: Database, engine: Engine, secrets: KeyRing, begin: datetime) -> None:
        self.now = begin
        self._database, self._engine, self._secrets = database, engine, secrets
        engine.clock = lambda: self.now
        self._waits: dict[datetime, list[datetime]] = {}
        self._usual = told()["answers"]
        self.archetypes = [_archetype(one, told()["takes"]) for one in told()["archetypes"]]

    def deploy(self, files: Files) -> None:
        with self._database.write() as connection:
            deployments.deploy(connection, self._engine, files, by="seed", is_founding=True)
            # What the agency begins by itself would be among what is copied.
            connection.execute(delete(timer).where(timer.c.instance_key.is_(None)))

    def play(self, archetype: Archetype, by: str) -> Played:
        """Raises Invalid for a matter that does not come to its end."""
        given: dict[str, Any] = {
            "channel": CHANNEL,
            "title": TITLES[by],
            "text": TEXT,
            "address": ADDRESS,
            "division_code": AREA,
        }
        given |= {"category_l1": CATEGORIES[by][0], "category_l2": CATEGORIES[by][1], "truth_declaration": True}
        given |= {"received_at": self.now} | dict(archetype.start)
        done: dict[str, int] = {}
        says = list(archetype.says)
        with self._database.write() as connection:
            code = query_codes.Code("", "")
            filed = matters.file(connection, self._engine, self._secrets, given, code, by=somebody_of(["CALL_TAKER"]))
        begun = self.now
        self._waits.clear()
        for _ in range(_LONGEST):
            self._tick()
            task = self._open_task()
            said = next((one for one in says if self._is_time(one, task)), None)
            if said is not None:
                says.remove(said)
                self._pass(_of(archetype.takes.get(said["message"], (_USUAL,)), 0))
                self._tell(said["message"], filed.number, said["variables"])
            elif task is not None:
                self._do(archetype, task, done)
            elif (due := self._next_due()) is not None:
                self.now = max(due, self.now)
            else:
                break
        instances = tuple(self._instances(begun))
        self.now += timedelta(days=1)
        return Played(archetype, by, filed.number, instances, dict(self._waits))

    def duty(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The decision about who handles it, as history tells it but for its number."""
        with self._database.read() as connection:
            found = decisions.evaluate(connection, self._engine, variables, decision_id=DECISION).record
        return {name: told for name, told in found.items() if name != "is_protected"}

    def _is_time(self, said: Mapping[str, Any], task: Any) -> bool:
        """Whether the service object says something now: at a task, or when nothing else is to be done."""
        if "at" in said:
            return task is not None and bool(task.element_id == said["at"])
        return task is None and self._is_awaited(said["message"])

    def _do(self, archetype: Archetype, task: Any, done: dict[str, int]) -> None:
        element = task.element_id
        self._pass(_of(archetype.takes.get(element, (_USUAL,)), done.get(element, 0)))
        if not self._is_open(task.key):
            return
        usual = self._usual.get(element)
        if usual is None:
            raise Invalid(f"Nobody knows what to answer at {element}: write it into {_FILE.name}.")
        answers = {**usual, **_of(archetype.answers.get(element, [{}]), done.get(element, 0))}
        done[element] = done.get(element, 0) + 1
        if not answers.get("visit_reached", True):
            answers = {"visit_reached": False}
        with self._database.write() as connection:
            by = somebody_of(task.candidate_groups)
            user_tasks.complete(connection, self._engine, task.key, self._dated(answers), by=by)

    def _dated(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """With the day in place of a number of working days, and without what is not answered."""
        days = {name: _AHEAD.fullmatch(value) for name, value in answers.items() if isinstance(value, str)}
        calendar = self._engine.working_days
        return {
            name: str(calendar.add(self.now.date(), int(ahead[1]))) if calendar and (ahead := days.get(name)) else value
            for name, value in answers.items()
            if value is not None
        }

    def _pass(self, length: timedelta) -> None:
        """Time goes by; what becomes due on the way is done at its own instant."""
        until = self.now + length
        while (due := self._next_due()) is not None and due <= until:
            self.now = max(due, self.now)
            self._tick()
        self.now = until

    def _tick(self) -> None:
        while True:
            with self._database.read() as connection:
                unseen = messages.unseen(connection, self._engine)
            done = messages.catch_up(self._database, self._engine, unseen)
            done += timers.sweep(self._database, self._engine) + jobs.run_due(self._database, self._engine)
            with self._database.read() as connection:
                dues = connection.execute(select(timer.c.due_at).order_by(timer.c.due_at)).scalars()
                self._waits[self.now] = [due.astimezone(CITY_ZONE) for due in dues]
            if not done:
                return

    def _tell(self, message: str, number: str, variables: Mapping[str, Any]) -> None:
        with self._database.write() as connection:
            key = matters.heard_by(message, matters.get(connection, number))
            messages.correlate(
                connection, self._engine, name=message, correlation_key=key, variables=variables, by="citizen"
            )

    def _open_task(self) -> Any:
        later = user_task.c.element_id.in_(told()["last"])
        query = select(user_task).where(user_task.c.state == "CREATED").order_by(later, user_task.c.key).limit(1)
        with self._database.read() as connection:
            return connection.execute(query).first()

    def _is_open(self, key: int) -> bool:
        mine = (user_task.c.key == key) & (user_task.c.state == "CREATED")
        with self._database.read() as connection:
            return connection.execute(select(user_task.c.key).where(mine)).first() is not None

    def _is_awaited(self, message: str) -> bool:
        with self._database.read() as connection:
            query = select(message_subscription.c.key).where(message_subscription.c.name == message)
            return connection.execute(query.where(message_subscription.c.instance_key.is_not(None))).first() is not None

    def _next_due(self) -> datetime | None:
        with self._database.read() as connection:
            due = timers.next_due(connection, self._engine)
        return due.astimezone(CITY_ZONE) if due else None

    def _instances(self, since: datetime) -> Iterator[int]:
        with self._database.read() as connection:
            for row in connection.execute(select(process_instance).where(process_instance.c.started_at >= since)):
                if row.ended_at is None or row.incidents:
                    raise Invalid(f"{row.process_id} does not come to its end in the made-up year.")
                yield row.key


def in_force(connection: Connection) -> Files:
    """The files that are deployed, each as its newest version."""
    found: dict[str, bytes] = {}
    for table, content in (
        (process_definition, process_definition.c.xml),
        (decision_requirements, decision_requirements.c.xml),
        (form, form.c.schema_json),
    ):
        for name, told in connection.execute(select(table.c.resource_name, content).order_by(table.c.key)):
            found[name] = told.encode() if isinstance(told, str) else bytes(told)
    return list(found.items())


@cache
def told() -> Mapping[str, Any]:
    """The file of archetypes: who does what, what is answered unless an archetype says otherwise, and those."""
    found: Mapping[str, Any] = yaml.safe_load(_FILE.read_text("utf-8"))
    return found


def somebody_of(groups: Sequence[str]) -> str:
    """One of those who may: of a unit its handler, its liaison, its principal, as the organisation names them."""
    unit_id, _, role = groups[0].partition(":")
    if role in _OF_UNIT:
        return f"{unit_id}.{_OF_UNIT[role]}"
    if groups[0] not in told()["people"]:
        raise Invalid(f"Nobody is named for {groups[0]}: write it into {_FILE.name}.")
    return str(told()["people"][groups[0]])


def _of(several: Sequence[_One], number: int) -> _One:
    """The one of this number, or the last again and again."""
    return several[min(number, len(several) - 1)]


def _archetype(told: Mapping[str, Any], usual: Mapping[str, str]) -> Archetype:
    lengths = {**usual, **told.get("takes", {})}
    takes = {
        element: tuple(timedelta(days=int(one[1:-1])) + _USUAL for one in text.split())
        for element, text in lengths.items()
    }
    return Archetype(
        id=told["id"],
        share=int(told["share"]),
        start=told["start"],
        answers=told.get("answers", {}),
        takes=takes,
        says=tuple(told.get("says", ())),
        is_direct=bool(told.get("is_direct")),
        by=tuple(told.get("by", (COUNTY,))),
    )
