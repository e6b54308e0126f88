"""Plays a random process without a store: two runs side by side, of which one is forgotten after every step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

from service import bpmn
from service.errors import StuckError
from tests.random_processes.drawing import ERRORS, ESCALATIONS, MATTER, RESULTS, Drawing

# So many steps at random, then only what leads to the end; no process needs more than so many in all.
AT_RANDOM, AT_MOST = 25, 600
# The diagram is forgotten too, but not after every step: to read it costs ten times what the step does.
READ_AGAIN = 10

Change = Callable[[bpmn.Run], None]


@dataclass
class Played:
    """What came of a run: all that happened, in order, and in how many steps."""

    events: list[bpmn.StepEvent] = field(default_factory=list)
    steps: int = 0

    @property
    def completed(self) -> Counter[str]:
        return Counter(event.element_id for event in self.events if event.kind == "element-completed")


class Play:
    """One run of a drawing. `calm`: only what is drawn as the main way happens."""

    def __init__(self, drawing: Drawing, model: bpmn.ProcessModel, chance: Random, *, calm: bool) -> None:
        self.drawing, self.model, self.chance, self.calm = drawing, model, chance, calm
        self.now = datetime(2026, 2, 10, 9, tzinfo=UTC)
        self.played = Played()
        self._again = self.model
        self.last = b""
        self.kept: bpmn.Run
        self.reread: bpmn.Run
        self.waits: bpmn.Waits
        self.variables = {**drawing.given, "matter": MATTER}
        self._context = bpmn.RunContext(lambda: self.now, _decide, outside=lambda _event, _code: "")

    def to_the_end(self) -> Played:
        self._start()
        while not self.waits.ended:
            assert self.played.steps < AT_MOST, "the run does not come to its end"
            self._step(*self._choose())
        assert not self.waits.items
        _, scopes, tokens = bpmn.state.load(self.kept.dump())
        assert [number for number, *_ in scopes] == [0], f"scopes are left: {scopes}"
        assert not tokens, f"tokens are left: {tokens}"
        return self.played

    # Steps -----------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        try:
            runs = [bpmn.Run.start(self.model, self.variables, self._context) for _ in range(2)]
            self._settle(*runs)
        except StuckError as error:
            self.variables |= self._missing(error)
            self._start()

    def _step(self, told: str, change: Change) -> None:
        """Change both runs in the same way; what is missing is set, and then the step is tried again."""
        try:
            change(self.kept)
            change(self.reread)
            self._settle(self.kept, self.reread)
        except StuckError as error:
            needed = self._missing(error)
            # A run that is stuck is of no use; what was written before counts.
            self.kept, self.reread = self._restored(), self._restored()
            seen = self.kept.variables
            assert any(name not in seen for name in needed), f"stuck, and nothing is missing: {told}"
            self._set(self.kept, needed)
            self._set(self.reread, needed)
            self._settle(self.kept, self.reread)

    def _missing(self, error: StuckError) -> dict[str, Any]:
        """What is to be set before the step is tried again; raises the error if nothing can be."""
        if not self.drawing.needed:
            raise error
        return dict(self.drawing.needed)

    def _set(self, run: bpmn.Run, variables: Mapping[str, Any]) -> None:
        run.set_variables("", variables, local=False)

    def _settle(self, kept: bpmn.Run, reread: bpmn.Run) -> None:
        """Let both advance, hear the signals that were thrown, and compare them as a whole."""
        self.kept, self.reread = kept, reread
        self._advance()
        heard = 0
        while signals := [one for one in self._new if one.kind == "signal-thrown" and not self.calm]:
            heard += 1
            assert heard < 50, "signals make signals without end"
            for one in signals:
                self._hear(one)
            self._advance()
        self.last = self.kept.dump()
        self.played.steps += 1
        self.reread = self._restored()
        assert self.reread.dump() == self.last
        assert dict(self.reread.variables) == dict(self.kept.variables)
        there, here = (sorted(map(_place, run.waits.values())) for run in (self.reread, self.kept))
        assert there == here, f"restored: {there}; kept: {here}"
        for wait in self.kept.waits:
            assert self.reread.visible(wait) == self.kept.visible(wait)

    def _advance(self) -> None:
        self.waits, again = self.kept.advance(), self.reread.advance()
        assert again.events == self.waits.events, "a run that was restored does otherwise than one that was not"
        assert again.ended == self.waits.ended
        assert again.variables == self.waits.variables
        assert self.kept.dump() == self.reread.dump()
        self._new = self.waits.events
        self.played.events += self._new

    def _hear(self, thrown: bpmn.StepEvent) -> None:
        name, variables = thrown.data["name"], thrown.data["variables"]
        elements = self.model.elements
        hearing = [
            key
            for key, wait in self.kept.waits.items()
            if wait.kind == "signal" and (caught := elements[wait.element_id].signal) and caught.text == name
        ]
        self.kept.receive_signal(hearing, variables)
        self.reread.receive_signal(hearing, variables)

    def _restored(self) -> bpmn.Run:
        if self.played.steps % READ_AGAIN == 1:
            self._again = bpmn.read_deployed(self.drawing.xml, "random.bpmn", self.model.id)
        return bpmn.Run.restore(self._again, self.last, self._context)

    # Choosing --------------------------------------------------------------------------------------------------

    def _choose(self) -> tuple[str, Change]:
        """What happens next, in words and as a change of the run."""
        waits = list(self.waits.items)
        leads_on = self.calm or self.played.steps > AT_RANDOM
        if leads_on:
            # The oldest first: what goes on beside something else ends with it.
            waits = sorted((one for one in waits if self._leads_on(one)), key=lambda wait: wait.number)[:2]
        if not waits:
            return self._setting(self._closed())
        if not leads_on and self.chance.randrange(12) == 11:
            return self._setting({**self._result(), **self._some_needed(), **self._some_gate()})
        wait = self.chance.choice(waits)
        thrown = "" if self.calm else self._thrown(wait)
        key, result = wait.id, self._result()
        match wait.kind, thrown:
            case "call", "error" | "escalation":
                told = {"event": thrown, "code": self._code, "variables": result, "ends": False}
                return f"{thrown} {self._code} out of {wait.element_id}", lambda run: run.throw_in(
                    key, bpmn.StepEvent("thrown-out", "", 0, told)
                )
            case _, "error":
                code = self._code
                return f"error {code} at {wait.element_id}", lambda run: run.throw_error(key, code, "", result)
            case "timer", _:
                due = wait.attributes["due"] if wait.attributes else self.now
                self.now = max(self.now, due)
                return f"time passes at {wait.element_id}", lambda run: run.fire_timer(key)
            case "message" | "signal", _:
                return f"{wait.kind} at {wait.element_id}", lambda run: run.receive(key, result)
        return f"{wait.element_id} is done", lambda run: run.complete(key, result)

    def _setting(self, values: Mapping[str, Any]) -> tuple[str, Change]:
        return f"set {values}", lambda run: self._set(run, values)

    def _result(self) -> dict[str, Any]:
        """What a job brings; not for ever, as it may make a condition true whose way brings something again."""
        if self.calm or self.played.steps > AT_RANDOM:
            return {}
        return {self.chance.choice(RESULTS): self.chance.randrange(9)}

    def _closed(self) -> dict[str, Any]:
        """The variables that the conditions on the main way still wait for."""
        closed = [name for name in self.drawing.gates if name not in self.kept.variables]
        assert closed, f"the run is not ended, but nothing leads on from here: {self.waits.items}"
        return dict.fromkeys(closed, True)

    def _some_gate(self) -> dict[str, Any]:
        gates = self.drawing.gates + self.drawing.other_gates
        return {self.chance.choice(gates): True} if gates and self.chance.randrange(2) else {}

    def _leads_on(self, wait: bpmn.Wait) -> bool:
        element = self.model.elements[wait.element_id]
        if element.attached_to or element.type == "startEvent":
            return False
        behind = any(
            self.model.elements[self.model.flows[flow].source].type == "eventBasedGateway" for flow in element.incoming
        )
        return not (self.calm and behind) or element.id in self.drawing.first_choices

    def _thrown(self, wait: bpmn.Wait) -> str:
        """Whether the one who does this throws something that is caught."""
        kind = self.chance.choice(("error", "escalation", ""))
        if not kind or wait.kind not in ("job", "call") or (kind == "escalation" and wait.kind == "job"):
            return ""
        self._code = self.chance.choice(ERRORS if kind == "error" else ESCALATIONS)
        return kind if self.kept.catches(wait.id, kind, self._code) else ""

    def _some_needed(self) -> dict[str, Any]:
        return dict(self.drawing.needed) if self.chance.randrange(2) else {}


def _place(wait: bpmn.Wait) -> tuple[Any, ...]:
    due = sorted(wait.attributes.items(), key=str) if wait.kind == "timer" else None
    return wait.number, wait.id, wait.kind, wait.element_id, wait.name, str(due)


def _decide(_reference: bpmn.Reference, variables: Mapping[str, Any]) -> bpmn.DecisionOutcome:
    return bpmn.DecisionOutcome(variables["a"] + 1, {"inputs": {"a": variables["a"]}})
