"""Reads one diagram and plays it to its end, to see what becomes of the element `here` in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from service import bpmn
from service.errors import ModelRejected

HERE = "here"
NOW = datetime(2026, 2, 10, 1, 0, tzinfo=UTC)
# No diagram here needs more steps.
STEPS = 40
# What a conditional event waits for.
GATE = "ready"


def listens(wait: bpmn.Wait) -> bool:
    """Whether it is the job of a listener."""
    return wait.attributes.get("kind") == "EXECUTION_LISTENER"


@dataclass
class Played:
    """What was seen of a run."""

    model: bpmn.ProcessModel
    events: list[bpmn.StepEvent] = field(default_factory=list)
    waits: dict[str, bpmn.Wait] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    decided: list[bpmn.Reference] = field(default_factory=list)

    def count(self, kind: str, element_id: str = HERE) -> int:
        return Counter((one.kind, one.element_id) for one in self.events)[kind, element_id]

    def told(self, name: str) -> list[Any]:
        """What the waits at `here`, or of the process, told by this name, in their order."""
        waits = [one for one in self.waits.values() if one.element_id in (HERE, self.model.id)]
        return [one.attributes[name] for one in waits if name in one.attributes]

    def local(self, name: str) -> list[Any]:
        """The values that a variable had in scopes within the process."""
        set_ = [one.data for one in self.events if one.kind == "variable"]
        return [one["value"] for one in set_ if one["name"] == name and one["scope"]]


Check = Callable[[Played], bool]


@dataclass(frozen=True)
class Case:
    """A diagram with an element `here`, and what is to be seen of it when it runs.

    `done` are completed, `begun` only begun; `event` is made to happen if it can be; at one of `at` a fault is told;
    `brings` is what comes of a job, user task or call.
    """

    xml: bytes
    done: tuple[str, ...] = (HERE,)
    begun: tuple[str, ...] = ()
    start: str | None = None
    event: str = HERE
    at: tuple[str, ...] = (HERE,)
    check: Check = lambda _: True
    variables: Mapping[str, Any] = field(default_factory=dict)
    brings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Seen:
    """What became of a case: `runs`, `warned` or `refused`, and in which words (reason, mend)."""

    became: str
    words: tuple[tuple[str, str], ...] = ()

    @property
    def has_no_place(self) -> bool:
        """Whether it is an extension at an element that has no such thing, or is not run at all."""
        nowhere = (" is not run on a", " is not read on a", " is not run here")
        return any(one in reason for reason, _ in self.words for one in nowhere)


def see(case: Case) -> Seen:
    """Raises AssertionError for a fault that is told elsewhere, and for what is accepted but does not run."""
    try:
        (model,) = bpmn.read_models(case.xml, "cell.bpmn")
    except ModelRejected as refused:
        found = [one for one in refused.problems if not one.is_warning]
        assert all(one.element_id in case.at for one in found), f"told elsewhere: {[str(one) for one in found]}"
        return Seen("refused", tuple(dict.fromkeys((one.message, one.mend) for one in found)))
    assert all(one.element_id in case.at for one in model.warnings), f"warned elsewhere: {model.warnings}"
    words = tuple(dict.fromkeys((one.message, one.mend) for one in model.warnings))
    played = _Play(case, model).to_the_end()
    if words:
        return Seen("warned", words)
    for one in case.done:
        assert played.count("element-completed", one), f"{one} was not completed"
    for one in (*case.begun, *case.done):
        assert played.count("element-activated", one), f"{one} was not begun"
    assert case.check(played), f"it has no effect: {played.waits} {played.variables}"
    return Seen("runs")


class _Play:
    def __init__(self, case: Case, model: bpmn.ProcessModel) -> None:
        self.case, self.model, self.played = case, model, Played(model)
        self.context = bpmn.RunContext(lambda: NOW, self._decide)
        self.happened = False
        self.chosen: set[int] = set()  # the ad-hoc sub-processes in which a worker has chosen already
        self.run = bpmn.Run.start(model, {"matter": "M-1", **case.variables}, self.context, start_element=case.start)
        self._settle()

    def to_the_end(self) -> Played:
        for _ in range(STEPS):
            if self.waits.ended:
                return self.played
            self._go_on()
            self._settle()
        raise AssertionError(f"it does not end: {self.waits.items}")

    def _settle(self) -> None:
        """Stand still, be forgotten, and be made again of what was written."""
        self.waits = self.run.advance()
        self.played.events += self.waits.events
        self.played.variables = self.waits.variables
        self.played.waits |= {one.id: one for one in self.waits.items if one.id not in self.played.waits}
        self.run = bpmn.Run.restore(self.model, self.run.dump(), self.context)

    def _go_on(self) -> None:
        """The event in question happens first; then what is on the main way, at last what would end it."""
        wanted = self.model.elements.get(self.case.event)
        waits = sorted(self.waits.items, key=self._only_listens)
        asked = [one for one in waits if wanted and one.element_id == wanted.id and not listens(one)]
        if wanted and not self.happened:
            if asked:
                self.happened = True
                return self._do(asked[0])
            conditions = self.run.at_conditions()
            if any(one.element_id == wanted.id for one in conditions):
                self.happened = True
                return self.run.set_variables("", {GATE: True}, local=False)
            code = wanted.code.text if wanted.code else "ANY"
            working = [one for one in waits if one.kind in ("job", "call") and self._caught(one, code)]
            if wanted.event == "error" and wanted.type in ("boundaryEvent", "startEvent") and working:
                self.happened = True
                return self.run.throw_error(working[0].id, code, "", {})
        if not waits:
            return self.run.set_variables("", {GATE: True}, local=False)
        self._do(waits[0])
        return None

    def _caught(self, wait: bpmn.Wait, code: str) -> bool:
        return self.run.catches(wait.id, "error", code) != ""

    def _do(self, wait: bpmn.Wait) -> None:
        match wait.kind:
            case "timer":
                self.run.fire_timer(wait.id)
            case "message" | "signal":
                self.run.receive(wait.id, {})
            case "job" if self.played.waits[wait.id].attributes.get("kind") == "AD_HOC_SUB_PROCESS":
                enough = wait.number in self.chosen
                self.chosen.add(wait.number)
                bpmn.choose(self.run, wait.id, {}, [] if enough else [("inner", {})], enough=enough)
            case _:
                self.run.complete(wait.id, {} if listens(wait) else self.case.brings)

    def _decide(self, reference: bpmn.Reference, _: Mapping[str, Any]) -> bpmn.DecisionOutcome:
        self.played.decided.append(reference)
        return bpmn.DecisionOutcome({"unit": "roads"}, {})

    def _only_listens(self, wait: bpmn.Wait) -> bool:
        element = self.model.elements.get(wait.element_id)
        return element is not None and element.type in ("boundaryEvent", "startEvent") and not listens(wait)
