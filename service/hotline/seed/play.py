"""Plays the archetypes of a made-up year by the engine, one after the other, in a store of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

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
TITLE, ADDRESS, AREA, CHANNEL = "【标题】", "【地址】", "370705", "PHONE"
# So long that its length is no other number.
TEXT = f"【内容{'在这里' * 31}】"
REPLY, ACCOUNT, REMARK = "【这里是给来电人的答复】", "【这里是办理的经过和结果】", "【这里是看过以后的意见】"
# Those of them that answers hold, and which kind of words comes in their place.
WORDS: Mapping[str, str] = {REPLY: "reply", ACCOUNT: "account", REMARK: "remark"}
# Who handles it → categories for which the duty directory says so, and more words of the title if it goes by those.
COUNTY, DEPARTMENT, SHARED = "county", "department", "shared"
CATEGORIES = {
    COUNTY: ("城乡建设", "城市建设和市政管理"),
    DEPARTMENT: ("劳动和社会保障", "工资福利"),
    SHARED: ("环境保护", ""),
}
DECISION = "responsibility"
_FILE = Path(__file__).with_name("archetypes.yaml")
# No round number: nothing that is counted in hours comes at the same instant.
_USUAL = timedelta(minutes=31, seconds=17)
_LONGEST = 200  # moments
# The role of a unit's people → the name of who has it.
_OF_UNIT = {
    "UNIT_HANDLER": "handler",
    "UNIT_LIAISON": "liaison",
    "UNIT_PRINCIPAL": "principal",
    "COUNTY_DISPATCHER": "liaison",
    "TOWN_HANDLER": "handler",
}


@dataclass(frozen=True, slots=True)
class Archetype:
    id: str
    share: int
    start: Mapping[str, Any]
    answers: Mapping[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    takes: Mapping[str, timedelta] = field(default_factory=dict)
    says: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    # Whether it ends at the desk, without a unit.
    is_direct: bool = False
    by: tuple[str, ...] = (COUNTY,)


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
        self._usual, self._survey = told()["answers"], told()["survey"]
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
            "title": TITLE,
            "text": TEXT,
            "address": ADDRESS,
            "division_code": AREA,
        }
        given |= {"category_l1": CATEGORIES[by][0], "category_l2": CATEGORIES[by][1], "truth_declaration": True}
        given |= {"received_at": self.now} | dict(archetype.start)
        done: dict[str, int] = {}
        with self._database.write() as connection:
            code = query_codes.Code("", "")
            filed = matters.file(connection, self._engine, self._secrets, given, code, by=somebody_of(["CALL_TAKER"]))
        begun = self.now
        self._waits.clear()
        for _ in range(_LONGEST):
            self._tick()
            task = self._open_task()
            if task is not None:
                self._do(archetype, filed.number, task, done)
            elif archetype.says.get("survey") is not None and self._is_awaited("survey-answered"):
                self._pass(_USUAL)
                self._tell("survey-answered", filed.number, self._survey | dict(archetype.says["survey"]))
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

    def _do(self, archetype: Archetype, number: str, task: Any, done: dict[str, int]) -> None:
        element = task.element_id
        said = archetype.says.get("withdrawal")
        if said is not None and said["at"] == element:
            self._pass(_USUAL)
            self._tell("matter-withdrawn", number, {"withdrawal_reason": said["reason"]})
            return
        self._pass(archetype.takes.get(element, _USUAL), task.key)
        usual = self._usual.get(element)
        if usual is None:
            raise Invalid(f"Nobody knows what to answer at {element}: write it into {_FILE.name}.")
        own = archetype.answers.get(element, [{}])
        answers = {**usual, **own[min(done.get(element, 0), len(own) - 1)]}
        done[element] = done.get(element, 0) + 1
        if not answers.get("visit_reached", True):
            answers = {"visit_reached": False}
        with self._database.write() as connection:
            user_tasks.complete(connection, self._engine, task.key, answers, by=somebody_of(task.candidate_groups))

    def _pass(self, length: timedelta, task_key: int | None = None) -> None:
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
            messages.correlate(
                connection, self._engine, name=message, correlation_key=number, variables=variables, by="citizen"
            )

    def _open_task(self) -> Any:
        query = select(user_task).where(user_task.c.state == "CREATED").order_by(user_task.c.key).limit(1)
        with self._database.read() as connection:
            return connection.execute(query).first()

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


def _archetype(told: Mapping[str, Any], usual: Mapping[str, str]) -> Archetype:
    lengths = {**usual, **told.get("takes", {})}
    takes = {element: timedelta(days=int(text[1:-1])) + _USUAL for element, text in lengths.items()}
    return Archetype(
        id=told["id"],
        share=int(told["share"]),
        start=told["start"],
        answers=told.get("answers", {}),
        takes=takes,
        says=told.get("says", {}),
        is_direct=bool(told.get("is_direct")),
        by=tuple(told.get("by", (COUNTY,))),
    )
