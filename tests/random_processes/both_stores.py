"""One random path through two stores at once: after every step, both hold the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import zip_longest
from random import Random
from typing import Any

from sqlalchemy import RowMapping

from service import bpmn
from service.store.tables import job, message_subscription, process_instance, signal_subscription, timer, user_task
from service.store.unit_of_work import Database
from tests.random_processes.drawing import ERRORS, MESSAGES, RESULTS, SIGNALS, Drawing
from tests.random_processes.in_store import InStore

# So many steps at random, then only what leads to the end; what has none after so many is cancelled.
AT_RANDOM, AT_MOST = 12, 80

Act = Callable[[InStore], str]


class BothStores:
    """The same drawing on each of the databases."""

    def __init__(self, databases: tuple[Database, Database], drawing: Drawing, chance: Random) -> None:
        self.drawing, self.chance, self.steps = drawing, chance, 0
        self.stores = [InStore(database, drawing) for database in databases]
        models = [bpmn.read_model(one.xml, one.id) for one in drawing.all]
        self.models = {model.id: model for model in models}
        self.gates = [gate for one in drawing.all for gate in one.gates]
        self.wanted = dict(drawing.told)
        for one in drawing.all:
            self.wanted |= one.needed

    def to_the_end(self) -> int:
        """Answers in how many steps."""
        kind = self.chance.choice(["", *self.drawing.begins.values()])
        given = self.chance.choice(({}, self.drawing.spoilt(), self.wanted))
        if self._both(lambda store: store.start(kind, {**self.drawing.told, **given})):
            self._both(lambda store: store.start(kind, self.wanted))
        while instances := self.stores[0].rows(process_instance):
            if self.steps > AT_MOST:
                # As one may be whose message an older event takes that goes on waiting for the next.
                self._both(InStore.cancel)
                continue
            self._both(self._choose(instances))
            if any(row["incidents"] for row in self.stores[0].rows(process_instance)) and self._mends:
                self._mend()
        assert self.stores[0].left() == []
        return self.steps

    @property
    def _mends(self) -> bool:
        return self.steps > AT_RANDOM or self.chance.randrange(3) == 0

    def _mend(self) -> None:
        for index in range(len(self.stores[0].rows(process_instance))):
            self._both(partial(InStore.set, index=index, variables=self.wanted))
        self._both(InStore.resolve)

    def _both(self, act: Act) -> str:
        self.steps += 1
        told, other = (act(store) for store in self.stores)
        assert told == other
        here, there = (store.kept() for store in self.stores)
        different = [pair for pair in zip_longest(here, there) if pair[0] != pair[1]]
        assert not different, f"the stores hold different rows: {different[0]}"
        return told

    def _choose(self, instances: Sequence[RowMapping]) -> Act:
        result = self._result()
        every = self._main(result)
        if self.steps > AT_RANDOM:
            suspended = [index for index, row in enumerate(instances) if row["state"] == "SUSPENDED"]
            if suspended:
                return partial(InStore.resume, index=suspended[0])
            return every[0] if every else self._open(len(instances))
        jobs = len(self.stores[0].rows(job))
        for number in range(jobs):
            every.append(partial(InStore.throw, index=number, code=self.chance.choice(ERRORS)))
            every.append(partial(InStore.fail, index=number))
        every += [partial(InStore.correlate, name=name, variables=result) for name in MESSAGES]
        every += [partial(InStore.broadcast, name=name, variables=result) for name in SIGNALS]
        if any(not row["suspended"] for row in self.stores[0].rows(timer)):
            every += [InStore.pass_time] * 3
        return self.chance.choice(every + self._by_operators(len(instances), result))

    def _by_operators(self, instances: int, result: Mapping[str, Any]) -> list[Act]:
        """What people do to instances from outside."""
        at, is_local = self.chance.randrange(instances), self.chance.randrange(2) == 1
        return [
            InStore.restart,
            InStore.resolve,
            partial(InStore.set, index=at, variables=result),
            partial(InStore.set_at, index=self.chance.randrange(20), variables=result, local=is_local),
            partial(InStore.suspend, index=at),
            *[partial(InStore.resume, index=at)] * 2,
            partial(InStore.migrate, index=at),
        ]

    def _main(self, result: Mapping[str, Any]) -> list[Act]:
        """What leads to the end, the oldest of each kind first."""
        store = self.stores[0]
        found: list[Act] = []
        tasks = [row for row in store.rows(user_task) if row["state"] == "CREATED"]
        found += [partial(InStore.complete_task, index=number, variables=result) for number in range(len(tasks))]
        found += [partial(InStore.complete_job, index=n, variables=result) for n in range(len(store.rows(job)))]
        for table, act in ((message_subscription, InStore.correlate), (signal_subscription, InStore.broadcast)):
            named = [row["name"] for row in store.rows(table) if self._leads_on(dict(row))]
            found += [partial(act, name=name, variables=result) for name in named]
        if any(self._leads_on(dict(row)) for row in store.rows(timer)):
            found.append(InStore.pass_time)
        return found

    def _leads_on(self, row: Mapping[str, Any]) -> bool:
        element = self.models[self.stores[0].process_of(row)].elements[row["element_id"]]
        return not element.attached_to and element.type != "startEvent"

    def _open(self, instances: int) -> Act:
        assert self.gates, "the instance is not ended, but nothing leads on from here"
        values = dict.fromkeys(self.gates, True)
        return lambda store: "".join(store.set(index, values) for index in reversed(range(instances)))

    def _result(self) -> dict[str, Any]:
        if self.steps > AT_RANDOM:
            return {}
        return {self.chance.choice(RESULTS): self.chance.randrange(9)}
