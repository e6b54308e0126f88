"""The engine's verbs: every public function of this package is one step, in the caller's transaction."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any, TypeVar

from cachetools import LRUCache
from sqlalchemy import Connection, Table, select

from service import bpmn, dmn, feel, forms
from service.clock import Clock
from service.engine.followed import FollowedStep
from service.errors import NotFound
from service.handlers import JobHandler
from service.store.protection import Protection
from service.store.tables import decision_requirements, form, process_definition
from service.store.unit_of_work import after_commit

_WORD = re.compile(r"\w+")
_Model = TypeVar("_Model", bpmn.ProcessModel, dmn.DecisionModel, forms.Form)


@dataclass
class Engine:
    """What every step needs besides the database: the time, the working days, the handlers, the read models.

    Of each kind of model the `models_kept` used last are kept; another is read again when it is needed.
    """

    clock: Clock
    working_days: feel.WorkingDays | None = None
    handlers: Mapping[str, JobHandler] = field(default_factory=dict)
    # Called before timers are computed again, so that working days are those of now.
    reread_calendar: Callable[[], None] = lambda: None
    listeners: list[Callable[[], None]] = field(default_factory=list)
    # Told the types of jobs that there may be now; None: of any.
    job_listeners: list[Callable[[Collection[str] | None], None]] = field(default_factory=list)
    # Told the keys of instances that have ended.
    end_listeners: list[Callable[[Collection[int]], None]] = field(default_factory=list)
    # Told the keys of user tasks whose listeners have answered, or that have gone meanwhile.
    task_listeners: list[Callable[[Collection[int]], None]] = field(default_factory=list)
    # Told what happened after a step's rows are written, in its transaction: what they raise undoes the step.
    followers: list[Callable[[Connection, FollowedStep], None]] = field(default_factory=list)
    # Whether what a tree of instances waits for may come from somebody: who has sent it, the tree's root, and what the
    # instance holds.
    hears: Callable[[Connection, str, int, Mapping[str, Any]], bool] = lambda *_: True
    models_kept: int = 500
    protection: Protection = field(kw_only=True)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def __post_init__(self) -> None:
        self._processes: LRUCache[int, bpmn.ProcessModel] = LRUCache(self.models_kept)
        self._decisions: LRUCache[int, dmn.DecisionModel] = LRUCache(self.models_kept)
        self._forms: LRUCache[int, forms.Form] = LRUCache(self.models_kept)
        self._touching: set[int] = set()  # the graphs that read something protected

    def process_model(self, connection: Connection, definition_key: int) -> bpmn.ProcessModel:
        """The model of a deployed version; raises NotFound."""

        def read() -> bpmn.ProcessModel:
            columns = process_definition.c
            query = select(columns.xml, columns.resource_name, columns.process_id)
            row = connection.execute(query.where(columns.key == definition_key)).one_or_none()
            if row is None:
                raise _nothing(definition_key)
            return bpmn.read_deployed(bytes(row.xml), row.resource_name, row.process_id)

        return self._kept(self._processes, definition_key, read)

    def decision_model(self, connection: Connection, requirements_key: int) -> dmn.DecisionModel:
        """The model of a deployed decision requirements graph with what it imports; raises NotFound."""

        def read() -> dmn.DecisionModel:
            xml, name = _resource(connection, decision_requirements, "xml", requirements_key)
            imports = imported(connection, requirements_key)
            found = {namespace: self.decision_model(connection, key) for namespace, key in imports.items()}
            words = _WORD.findall(xml.decode("utf-8", "replace"))
            if not (self.protection.names.isdisjoint(words) and self._touching.isdisjoint(imports.values())):
                self._touching.add(requirements_key)
            return dmn.examine(xml, name, found.get)[0]

        return self._kept(self._decisions, requirements_key, read)

    def reads_protected(self, requirements_key: int) -> bool:
        """Whether a graph that was read here, or what it imports, names a variable that is protected."""
        return requirements_key in self._touching

    def form(self, connection: Connection, form_key: int) -> forms.Form:
        """The form of a deployed version; raises NotFound."""

        def read() -> forms.Form:
            schema, name = _resource(connection, form, "schema_json", form_key)
            id_ = connection.execute(select(form.c.form_id).where(form.c.key == form_key)).scalar_one()
            return forms.read_form(schema, name, id_)

        return self._kept(self._forms, form_key, read)

    def _kept(self, kept: LRUCache[int, _Model], key: int, read: Callable[[], _Model]) -> _Model:
        """Two that miss the same at once both read it: a step must not wait for the database of another."""
        with self._lock:
            model = kept.get(key)
        if model is None:
            model = read()
            with self._lock:
                kept[key] = model
        return model

    def environment(self, now: Callable[[], datetime] | None = None) -> feel.Environment:
        """Where FEEL is evaluated: the engine's clock and working days, and nothing else."""
        return feel.Environment(now=now or self.clock, working_days=self.working_days)

    def wake(self, connection: Connection, job_types: Collection[str] | None = ()) -> None:
        """Once this step is committed, tell the listeners that there may be work: an earlier timer, or jobs.

        `job_types` are those of the jobs, None if they may be of any.
        """

        def tell() -> None:
            for listener in self.listeners:
                listener()
            if job_types is None or job_types:
                for told_types in self.job_listeners:
                    told_types(job_types)

        after_commit(connection, tell)

    def tell_end(self, connection: Connection, keys: Collection[int]) -> None:
        """Once this step is committed, tell the listeners which instances have ended in it."""

        def tell() -> None:
            for listener in self.end_listeners:
                listener(keys)

        after_commit(connection, tell)

    def tell_task(self, connection: Connection, key: int) -> None:
        """Once this step is committed, tell who waits for what was asked of a user task."""

        def tell() -> None:
            for listener in self.task_listeners:
                listener((key,))

        after_commit(connection, tell)


def imported(connection: Connection, requirements_key: int) -> dict[str, int]:
    """The keys of the graphs that a graph has imported, by namespace."""
    query = select(decision_requirements.c.imports).where(decision_requirements.c.key == requirements_key)
    return {namespace: int(key) for namespace, key in connection.execute(query).scalar_one().items()}


def _nothing(key: int) -> NotFound:
    return NotFound(f"Nothing is deployed under the key {key}.")


def _resource(connection: Connection, table: Table, column: str, key: int) -> tuple[bytes, str]:
    query = select(table.c[column], table.c.resource_name).where(table.c.key == key)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise _nothing(key)
    content, name = row
    return content.encode() if isinstance(content, str) else bytes(content), name
