"""One random path through two stores at once: after every step, both hold the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import zip_longest
from random import Random
from typing import Any

from sqlalchemy import RowMapping

from service import bpmn
from service.store.tables import (
    element_instance,
    job,
    message_subscription,
    process_instance,
    signal_subscription,
    timer,
    user_task,
)
from service.store.unit_of_work import Database
from tests.random_processes import blocks, law, moving, tasks
from tests.random_processes.drawing import ERRORS, MESSAGES, RESULTS, SIGNALS, Drawing
from tests.random_processes.in_store import InStore
from tests.stores import STORES, Stores

# So many steps at random, then only what leads to the end; what has none after so many is cancelled.
AT_RANDOM, AT_MOST = 12, 80

Act = Callable[[InStore], str]


def search(stores: Stores, first_seed: int, steps: int) -> tuple[int, int]:
    """Play a process of each seed until so many steps are done; answers how many they are, and the next seed.

    Raises what a process that breaks the law raises, with its seed and the file of its diagram.
    """
    done = 0
    while done < steps:
        done += _in_both(stores, first_seed)
        first_seed += 1
    return done, first_seed


def _in_both(stores: Stores, seed: int) -> int:
    chance = Random(seed)
    drawing = blocks.draw(chance)
    urls = [stores.new(kind) for kind in STORES]
    first, second = (Database(url) for url in urls)
    try:
        return BothStores((first, second), drawing, chance).to_the_end()
    except Exception as error:
        error.add_note(f"Again: python -m tests.random_processes --stores --steps 1 --seed {seed}")
        error.add_note(f"The diagram: {law.kept(drawing)}")
        raise
    finally:
        for database, url in ((first, urls[0]), (second, urls[1])):
            database.close()
            stores.give_back(url)


class BothStores:
    """The same drawing on each of the databases."""

    def __init__(self, databases: tuple[Database, Database], drawing: Drawing, chance: Random) -> None:
        self.drawing, self.chance, self.steps = drawing, chance, 0
        self.stores = [InStore(database, drawing) for database in databases]
        models = [bpmn.read_model(one.xml, one.id) for one in drawing.all]
        self.models = {model.id: model for model in models}
        # Whether somebody has put its tokens elsewhere: it may wait for ever then.
        self.is_moved = False
        self.gates = [gate for one in drawing.all for gate in one.gates]
        self.wanted = dict(drawing.told)
        for one in drawing.all:
            self.wanted |= one.needed

    def to_the_end(self) -> int:
        """Answers in how many steps."""
        kind = self.chance.choice(["", *self.drawing.begins.values()])
        given = self.chance.choice(({}, self.drawing.spoilt(), self.wanted))
        if self.chance.randrange(8) == 7:
            self.is_moved, at = True, self.chance.choice(sorted(self.models[self.drawing.id].elements))
            self._both(partial(InStore.start_at, element_id=at, variables=self.wanted))
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
        self.stores[0].check_scopes()
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
        open_ = sum(row["state"] == "CREATED" for row in self.stores[0].rows(user_task))
        every += tasks.asked(open_, self.chance, result)
        late = partial(InStore.publish, name=self.chance.choice(MESSAGES), variables=result)
        every.append(partial(late, hours=self.chance.randrange(5)))
        every += [partial(InStore.correlate, name=name, variables=result) for name in MESSAGES]
        every += [partial(InStore.broadcast, name=name, variables=result) for name in SIGNALS]
        if any(not row["suspended"] for row in self.stores[0].rows(timer)):
            every += [InStore.pass_time] * 3
        if self.chance.randrange(10) == 9:
            return self._moved(instances, result)
        return self.chance.choice(every + self._by_operators(len(instances), result))

    def _moved(self, instances: Sequence[RowMapping], result: Mapping[str, Any]) -> Act:
        self.is_moved, at = True, self.chance.randrange(len(instances))
        key, store = instances[at]["key"], self.stores[0]
        rows = [row for row in store.rows(element_instance) if row["instance_key"] == key and row["state"] == "ACTIVE"]
        model = self.models[instances[at]["process_id"]]
        wanted = moving.asked(model, self.chance, [row["element_id"] for row in rows], result)
        return partial(InStore.modify, index=at, **wanted)

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
        answer = tasks.answers(self.chance) if self.steps <= AT_RANDOM else {}
        open_ = sum(row["state"] == "CREATED" for row in store.rows(user_task))
        jobs = len(store.rows(job))
        found += [partial(InStore.complete_task, index=number, variables=result) for number in range(open_)]
        found += [partial(InStore.complete_job, index=n, variables=result, answer=answer) for n in range(jobs)]
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
        if self.is_moved and (not self.gates or self.steps % 2):
            return InStore.cancel
        assert self.gates, "the instance is not ended, but nothing leads on from here"
        values = dict.fromkeys(self.gates, True)
        return lambda store: "".join(store.set(index, values) for index in reversed(range(instances)))

    def _result(self) -> dict[str, Any]:
        if self.steps > AT_RANDOM:
            return {}
        return {self.chance.choice(RESULTS): self.chance.randrange(9)}
