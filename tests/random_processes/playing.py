"""Plays a random process without a store, along one path: what happens next, until it has ended."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from service import bpmn
from service.bpmn import ad_hoc
from service.bpmn.elements import ROOT_TOKEN
from service.errors import Invalid, StuckError
from tests.random_processes import moving
from tests.random_processes.drawing import ERRORS, ESCALATIONS, RESULTS, Drawing
from tests.random_processes.two_runs import Change, Played, TwoRuns

# So many steps at random, then only what leads to the end; no process needs more than so many in all.
AT_RANDOM, AT_MOST = 25, 600
# What is left then of a run whose tokens were moved is cancelled.
MOVED_AT_MOST = 40

Models = tuple[bpmn.ProcessModel, bpmn.ProcessModel]


class Play:
    """One path of a drawing. `calm`: only what is drawn as the main way happens, from the first start event."""

    def __init__(self, drawing: Drawing, models: Models, chance: Random, *, calm: bool) -> None:
        self.drawing, self.chance, self.calm = drawing, chance, calm
        self.model = models[0]
        self.runs = TwoRuns(*models, hears=not calm)
        # Whether somebody has put its tokens elsewhere: it may wait for ever then.
        self.is_moved = False
        self._moving: Change | None = None

    def to_the_end(self) -> Played:
        self._start()
        while not self.runs.waits.ended:
            if self.is_moved and self.runs.played.steps > MOVED_AT_MOST:
                self.runs.do(bpmn.Run.terminate_all)
                continue
            assert self.runs.played.steps < AT_MOST, "the run does not come to its end"
            self._step(*self._choose())
        assert not self.runs.waits.items
        _, scopes, tokens = bpmn.state.load(self.runs.kept.dump())
        assert [number for number, *_ in scopes] == [0], f"scopes are left: {scopes}"
        assert not tokens, f"tokens are left: {tokens}"
        return self.runs.played

    # Steps -----------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        begins, told = None, self.drawing.told
        if not self.calm:
            begins = self.chance.choice([None, *self.drawing.begins])
            told = {} if self.drawing.begins.get(begins or "") == "timer" else {**told, **self._some_needed()}
            if self.chance.randrange(8) == 7 and self._begun_at(self.chance.choice(sorted(self.model.elements))):
                return
        try:
            self.runs.start(told, begins)
        except StuckError as error:
            # What the process as a whole waits for cannot be told; then there is no instance.
            if error.number is not None:
                raise
            self.runs.start({**self.drawing.told, **self.drawing.needed}, begins)

    def _begun_at(self, element_id: str) -> bool:
        try:
            self.runs.start({**self.drawing.told, **self.drawing.needed}, None, element_id)
        except (StuckError, Invalid):
            return False
        self.is_moved = True
        return True

    def _step(self, told: str, change: Change) -> None:
        """What is missing is set if a step cannot be made without it; then it is tried again, if it is chosen."""
        try:
            self.runs.do(change)
        except Invalid:
            assert change is self._moving, f"it may not be done: {told}"
        except StuckError as error:
            lacking = self._lacking()
            if not lacking and self.is_moved:
                self.runs.do(bpmn.Run.terminate_all)
            elif not lacking:
                error.add_note(f"stuck, and nothing is missing: {told}")
                raise
            else:
                self.runs.do(lambda run: run.set_variables("", lacking, local=False))

    # Choosing --------------------------------------------------------------------------------------------------

    def _choose(self) -> tuple[str, Change]:
        """What happens next, in words and as a change of the run."""
        waits = list(self.runs.waits.items)
        if self._leads_to_the_end:
            held = [one for one in waits if one.kind == "incident"]
            if held and (lacking := self._lacking()):
                return self._setting(lacking)
            # The oldest first: what goes on beside something else ends with it.
            waits = sorted((one for one in waits if self._leads_on(one)), key=lambda wait: wait.number)[:2]
        if not waits:
            return self._opened()
        if not self._leads_to_the_end and self.chance.randrange(10) == 9:
            return self._anything_set() if self.chance.randrange(4) else self._moved()
        wait = self.chance.choice(waits)
        return self._thrown(wait) or self._done(wait)

    def _done(self, wait: bpmn.Wait) -> tuple[str, Change]:
        key, result = wait.id, self._result()
        if ad_hoc.is_choice(self.runs.kept.active(key)):
            return self._chosen(wait)
        match wait.kind:
            case "incident":
                return f"{wait.element_id} is tried again", lambda run: run.retry(key)
            case "timer":
                due = wait.attributes["due"] if wait.attributes else self.runs.now
                self.runs.now = max(self.runs.now, due)
                return f"time passes at {wait.element_id}", lambda run: run.fire_timer(key)
            case "message" | "signal":
                return f"{wait.kind} at {wait.element_id}", lambda run: run.receive(key, result)
        return f"{wait.element_id} is done", lambda run: run.complete(key, result)

    def _chosen(self, wait: bpmn.Wait) -> tuple[str, Change]:
        """The worker of an ad-hoc sub-process lets something begin in it, or says that it is enough."""
        result, cancel = self._result(), self.chance.randrange(4) == 0
        known = [one.id for one in ad_hoc.activatable(self.model, wait.element_id)]
        ids = [] if self._leads_to_the_end else [one for one in known if self.chance.randrange(3) == 0]
        wanted = [(one, result) for one in ids]
        told = f"{', '.join(ids) or 'enough'} at {wait.element_id}"
        return told, lambda run: bpmn.choose(run, wait.id, result, wanted, enough=not ids, cancel=cancel)

    def _thrown(self, wait: bpmn.Wait) -> tuple[str, Change] | None:
        """What is thrown by the one who does this, if it is caught."""
        kind = "" if self.calm else self.chance.choice(("error", "escalation", ""))
        is_listener = str(wait.number) != wait.id
        if not kind or is_listener or wait.kind not in ("job", "call") or (kind, wait.kind) == ("escalation", "job"):
            return None
        key, result = wait.id, self._result()
        code = self.chance.choice(ERRORS if kind == "error" else ESCALATIONS)
        if not self.runs.kept.catches(key, kind, code):
            return None
        told = f"{kind} {code} at {wait.element_id}"
        if wait.kind == "job":
            return told, lambda run: run.throw_error(key, code, "", result)
        thrown = bpmn.StepEvent("thrown-out", "", 0, {"event": kind, "code": code, "variables": result, "ends": False})
        return told, lambda run: run.throw_in(key, thrown)

    def _setting(self, values: Mapping[str, Any], number: str = "", *, local: bool = False) -> tuple[str, Change]:
        where = f" at {number}" if number else ""
        return f"set {values}{where}", lambda run: run.set_variables(number, values, local=local)

    def _anything_set(self) -> tuple[str, Change]:
        """Variables from outside: of the process, or of an element that is active."""
        active = self.runs.played.active
        if active and self.chance.randrange(2):
            number = self.chance.choice([*active, *(one.number for one in self.runs.waits.items)])
            at = "" if number == ROOT_TOKEN else str(number)  # a listener of the process itself
            return self._setting(self._result(), at, local=self.chance.randrange(2) == 1)
        return self._setting({**self._result(), **self._some_needed(), **self._some_gate()})

    def _moved(self) -> tuple[str, Change]:
        wanted = moving.asked(self.model, self.chance, list(self.runs.played.active.values()), self._result())
        self.is_moved = True
        self._moving = change = lambda run: bpmn.modify(run, **wanted)
        return f"modified: {wanted}", change

    def _result(self) -> dict[str, Any]:
        """What a job brings; not for ever, as it may make a condition true whose way brings something again."""
        if self._leads_to_the_end:
            return {}
        return {self.chance.choice(RESULTS): self.chance.randrange(9)}

    def _opened(self) -> tuple[str, Change]:
        """The variables that the conditions on the main way still wait for are set."""
        closed = [name for name in self.drawing.gates if name not in self.runs.kept.variables]
        if not closed and self.is_moved:
            return "cancelled", bpmn.Run.terminate_all
        assert closed, f"the run is not ended, but nothing leads on from here: {self.runs.waits.items}"
        return self._setting(dict.fromkeys(closed, True))

    def _some_gate(self) -> dict[str, Any]:
        gates = self.drawing.gates + self.drawing.other_gates
        return {self.chance.choice(gates): True} if gates and self.chance.randrange(2) else {}

    def _some_needed(self) -> dict[str, Any]:
        """Now and then what is missing, and sometimes what is of no use."""
        return self.chance.choice((dict, self.drawing.spoilt, lambda: dict(self.drawing.needed)))()

    def _lacking(self) -> dict[str, Any]:
        """What must be set for everything to go on."""
        seen, wanted = self.runs.kept.variables, {**self.drawing.told, **self.drawing.needed}
        return {name: value for name, value in wanted.items() if name not in seen or seen[name] != value}

    @property
    def _leads_to_the_end(self) -> bool:
        return self.calm or self.runs.played.steps > AT_RANDOM

    def _leads_on(self, wait: bpmn.Wait) -> bool:
        if wait.kind in ("job", "incident"):  # listeners too
            return True
        element = self.model.elements[wait.element_id]
        if element.attached_to or element.type == "startEvent":
            return False
        behind = any(
            self.model.elements[self.model.flows[flow].source].type == "eventBasedGateway" for flow in element.incoming
        )
        return not (self.calm and behind) or element.id in self.drawing.first_choices
