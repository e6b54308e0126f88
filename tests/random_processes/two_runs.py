"""Two runs of a process side by side, of which one is forgotten after every step: both must do the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from service import bpmn
from service.errors import Invalid, StuckError

MOST_HEARD = 50

Change = Callable[[bpmn.Run], None]


class EndlessSignals(Exception):
    """Signals call each other forth for ever, as drawn: an engine does not make such a step."""


@dataclass
class Played:
    """What came of a run: all that happened, in order, and in how many steps."""

    events: list[bpmn.StepEvent] = field(default_factory=list)
    steps: int = 0

    @property
    def active(self) -> dict[int, str]:
        """The elements that have begun and not ended, by their numbers."""
        found: dict[int, str] = {}
        for event in self.events:
            if event.kind == "element-activated":
                found[event.number] = event.element_id
            elif event.kind in ("element-completed", "element-terminated"):
                found.pop(event.number, None)
        return found

    @property
    def completed(self) -> Counter[str]:
        return Counter(event.element_id for event in self.events if event.kind == "element-completed")


class TwoRuns:
    """`kept` stays in memory; the other is restored after every step, now and then by a migration.

    The diagram was read anew for the one that is restored. To do so after every step as well costs ten times what the
    step does, and shows no more.
    """

    def __init__(self, model: bpmn.ProcessModel, again: bpmn.ProcessModel, *, hears: bool) -> None:
        self.model, self._again, self.hears = model, again, hears
        self.now = datetime(2026, 2, 10, 9, tzinfo=UTC)
        self.played = Played()
        self.last = b""
        self.kept: bpmn.Run
        self.waits: bpmn.Waits
        self._reread: bpmn.Run
        self._new: tuple[bpmn.StepEvent, ...] = ()
        self._context = bpmn.RunContext(lambda: self.now, _decide, outside=lambda _event, _code: "")

    def start(self, variables: Mapping[str, Any], element_id: str | None, at: str = "") -> None:
        """By itself, by the start event with an id, or `at` another element, for which it may raise Invalid."""

        def begun() -> bpmn.Run:
            if at:
                return bpmn.begin_at(self.model, variables, self._context, [bpmn.Activation(at)])
            return bpmn.Run.start(self.model, variables, self._context, start_element=element_id)

        self.kept, self._reread = begun(), begun()
        self._attempt(lambda run: None, begun)
        self._hear_all()

    def do(self, change: Change) -> None:
        """One step. Raises StuckError, Invalid if it cannot be made as a whole; both are as they were before then."""
        try:
            self._attempt(change, self._restored)
        except (StuckError, Invalid):
            self.kept, self._reread = self._restored(), self._restored()
            raise
        self._hear_all()

    def _attempt(self, change: Change, anew: Callable[[], bpmn.Run]) -> None:
        """Change both and let them advance; what cannot go on is held, and the step is made again, as engines do."""
        held: dict[int, StuckError] = {}
        while stuck := self._changed(change, held):
            if stuck.number is None or stuck.number in held:
                raise stuck
            held[stuck.number] = stuck
            self.kept, self._reread = anew(), anew()
        self._compare()

    def _changed(self, change: Change, held: Mapping[int, StuckError]) -> StuckError | None:
        came: list[bpmn.Waits | StuckError | Invalid] = []
        for run in (self.kept, self._reread):
            run.held = held
            try:
                change(run)
                came.append(run.advance())
            except (StuckError, Invalid) as error:
                came.append(error)
        first, second = came
        if isinstance(first, Invalid):
            assert isinstance(second, Invalid), f"only the one that was not restored refuses it: {first}"
            assert first.message == second.message
            raise first
        if isinstance(first, StuckError):
            assert isinstance(second, StuckError), f"only the one that was not restored is stuck: {first}"
            assert (first.number, first.message) == (second.number, second.message)
            return first
        assert isinstance(second, bpmn.Waits), f"only the one that was restored is stuck: {second}"
        assert second.events == first.events, "a run that was restored does otherwise than one that was not"
        assert (second.ended, second.variables) == (first.ended, first.variables)
        self.waits, self._new = first, first.events
        return None

    def _compare(self) -> None:
        """Remember the step, and compare both as a whole."""
        self.last = self.kept.dump()
        assert self._reread.dump() == self.last
        self.played.events += self._new
        self.played.steps += 1
        self._reread = self._restored() if self.played.steps % 7 or self.waits.ended else self._migrated()
        assert self._reread.dump() == self.last
        assert dict(self._reread.variables) == dict(self.kept.variables)
        there, here = (sorted(map(_place, run.waits.values())) for run in (self._reread, self.kept))
        assert there == here, f"restored: {there}; kept: {here}"
        for wait in self.kept.waits:
            assert self._reread.visible(wait) == self.kept.visible(wait)

    def _hear_all(self) -> None:
        """Let the signals be heard that were thrown, and those that come of them."""
        heard = 0
        while thrown := [one for one in self._new if one.kind == "signal-thrown" and self.hears]:
            following: list[bpmn.StepEvent] = []
            for one in thrown:
                heard += 1
                if heard > MOST_HEARD:
                    raise EndlessSignals
                self._attempt(self._heard(one), self._restored)
                following += self._new
            self._new = tuple(following)
        self._new = ()

    def _heard(self, thrown: bpmn.StepEvent) -> Change:
        hearing = self._hearing(thrown.data["name"])
        return lambda run: run.receive_signal(hearing, thrown.data["variables"])

    def _hearing(self, name: str) -> list[str]:
        elements = self.model.elements
        return [
            key
            for key, wait in self.kept.waits.items()
            if wait.kind == "signal" and (caught := elements[wait.element_id].signal) and caught.text == name
        ]

    def _restored(self) -> bpmn.Run:
        return bpmn.Run.restore(self._again, self.last, self._context)

    def _migrated(self) -> bpmn.Run:
        return bpmn.migrate(self.model, self._again, bpmn.MigrationPlan(), self.last, self._context)


def _place(wait: bpmn.Wait) -> tuple[Any, ...]:
    due = sorted(wait.attributes.items(), key=str) if wait.kind == "timer" else None
    return wait.number, wait.id, wait.kind, wait.element_id, wait.name, str(due)


def _decide(_reference: bpmn.Reference, variables: Mapping[str, Any]) -> bpmn.DecisionOutcome:
    given = variables.get("a")
    return bpmn.DecisionOutcome(None if given is None else given + 1, {"inputs": {"a": given}})
