"""Plays a scenario on a diagram: no database, no wall clock, nothing happens that the scenario does not tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service import feel
from service.bpmn.model import DecisionOutcome, ProcessModel, Reference, Wait
from service.bpmn.run import Run
from service.bpmn.scenario_files import Scenario, ScenarioFailed, ScenarioStep, Variables, instant
from service.bpmn.standing import RunContext
from service.clock import CITY_ZONE, Clock
from service.errors import Conflict, Invalid, StuckError

# What an element waits as, for the actions that go on from it.
_KINDS: Mapping[str, str] = {
    "completes": "user-task",
    "candidates": "user-task",
    "does": "job",
    "throws": "job",
    "calls": "call",
    "fires": "timer",
    "receives": "message",
    "hears": "signal",
}


@dataclass(frozen=True, slots=True)
class Stage:
    """What scenarios need of the world; `check_answers` raises Invalid if answers do not fit a form."""

    decide: Callable[[Reference, Variables, Clock], DecisionOutcome]
    check_answers: Callable[[Reference, Variables, Variables, Clock], Variables]
    working_days: feel.WorkingDays | None = None


@dataclass(frozen=True, slots=True)
class Played:
    """The elements that a scenario reached and the sequence flows that it took; `failure` if it did not come true."""

    elements: frozenset[str]
    flows: frozenset[str]
    failure: ScenarioFailed | None = None


def play(model: ProcessModel, scenario: Scenario, stage: Stage) -> Played:
    """Play a scenario to its end, or to the first thing that is not as it says."""
    player, failure = _Player(model, scenario, stage), None
    try:
        player.play()
    except ScenarioFailed as failed:
        failure = failed
    return Played(frozenset(player.elements), frozenset(player.flows), failure)


class _Player:
    """A run that is restored from its state before every step, as the engine does."""

    def __init__(self, model: ProcessModel, scenario: Scenario, stage: Stage) -> None:
        self.model, self.scenario, self.stage = model, scenario, stage
        self.now = scenario.now
        self.elements: list[str] = []
        self.flows: set[str] = set()
        self._context = RunContext(lambda: self.now, self._decide, stage.working_days)
        self._waits: tuple[Wait, ...] = ()
        self._attributes: dict[str, Mapping[str, Any]] = {}
        self._step: ScenarioStep | None = None
        self._ended = False

    def play(self) -> None:
        scenario = self.scenario
        try:
            self._run = Run.start(self.model, scenario.start, self._context, start_element=scenario.at)
        except (Conflict, Invalid) as refused:
            raise self._failed(refused.message, scenario.at or "") from None
        except StuckError as error:
            raise self._failed(f"It is stuck: {error.message}", error.element_id) from None
        self._settle()
        for self._step in scenario.steps:
            if self._ended:
                raise self._failed(f"The run is over already, at {self._last_end() or 'no end event'}.")
            self._do(self._step)
        self._step = None
        if scenario.ends:
            self._check_ends()
        self._check_variables(scenario.expect, self._run.variables)

    def _do(self, step: ScenarioStep) -> None:
        match step.action:
            case "passes":
                self._pass(step.subject)
            case "sets":
                self._set(step.subject, step.options.get("at"))
            case "waits":
                self._check_waits(step.subject)
            case "expect":
                at = step.options.get("at")
                seen = self._run.visible(self._waiting(at).id) if at else self._run.variables
                self._check_variables(step.subject, seen)
            case "candidates":
                self._check_candidates(self._waiting(step.subject, step.action), step.options["groups"])
            case "fires":
                self._fire(self._waiting(step.subject, step.action), step.options.get("on"))
            case _:
                self._go_on(self._waiting(step.subject, step.action), step)

    # What happens ----------------------------------------------------------------------------------------------

    def _go_on(self, wait: Wait, step: ScenarioStep) -> None:
        answers = step.answers
        if step.action == "completes":
            answers = self._fitting(wait, answers)
        self._restore()
        if step.action in ("receives", "hears"):
            self._run.receive(wait.id, answers)
        elif step.action == "throws":
            self._stuck_is_failure(lambda: self._run.throw_error(wait.id, step.options["error"], "", answers))
        else:
            self._run.complete(wait.id, answers)
        self._settle()

    def _set(self, variables: Variables, at: str | None) -> None:
        number = str(self._waiting(at).number) if at else ""
        self._restore()
        self._run.set_variables(number, variables, local=False)
        self._settle()

    def _fire(self, wait: Wait, on: str | None) -> None:
        due = self._attributes[wait.id]["due"]
        if on is not None and instant(on, self._where()) != due:
            raise self._failed(f"It is due at {_told(due)}, not at {on}.", wait.element_id)
        self._refuse_to_pass_over(due)
        self.now = max(self.now, due)
        self._restore()
        self._stuck_is_failure(lambda: self._run.fire_timer(wait.id))
        self._settle()

    def _pass(self, text: str) -> None:
        length = feel.parse_duration(text)
        if isinstance(length, feel.YearsMonths):
            raise self._failed(f"“{text}” has no fixed length. Say it in days and hours, or as an instant.")
        try:
            until = feel.to_python(feel.from_python(self.now).plus(length)) if length else instant(text, self._where())
        except ValueError as error:
            raise self._failed(f"“{text}” is beyond the calendar.") from error
        if until < self.now:
            raise self._failed(f"It is {_told(self.now)} already; time does not go back.")
        self._refuse_to_pass_over(until)
        self.now = until

    def _refuse_to_pass_over(self, until: datetime) -> None:
        for other in self._waits:
            due = self._attributes[other.id]["due"] if other.kind == "timer" else until
            if due < until:
                raise self._failed(
                    f"The timer {other.element_id} is due before, at {_told(due)}; it fires first.", other.element_id
                )

    def _restore(self) -> None:
        self._run = Run.restore(self.model, self._run.dump(), self._context)

    def _settle(self) -> None:
        self._stuck_is_failure(self._advance)

    def _advance(self) -> None:
        now = self._run.advance()
        self._waits = tuple(sorted((*now.items, *self._run.at_conditions()), key=lambda wait: wait.number))
        # A restored run tells only a timer's attributes; of the others those of the beginning count.
        self._attributes |= {wait.id: wait.attributes for wait in now.items if wait.attributes}
        self._ended = now.ended
        self.elements += [event.element_id for event in now.events if event.kind == "element-activated"]
        self.flows |= {event.element_id for event in now.events if event.kind == "flow-taken"}

    def _stuck_is_failure(self, command: Callable[[], None]) -> None:
        try:
            command()
        except StuckError as error:
            raise self._failed(f"It cannot go on at {error.element_id}: {error.message}", error.element_id) from error

    def _decide(self, reference: Reference, variables: Variables) -> DecisionOutcome:
        return self.stage.decide(reference, variables, lambda: self.now)

    def _fitting(self, wait: Wait, answers: Variables) -> Variables:
        drawn = self.model.elements[wait.element_id].user_task
        if drawn is None or drawn.form is None:
            return answers
        try:
            return self.stage.check_answers(drawn.form, answers, self._run.visible(wait.id), lambda: self.now)
        except Invalid as refused:
            told = "; ".join(f"{one.element_id}: {one.message}" for one in refused.problems)
            raise self._failed(f"{refused.message} {told}", wait.element_id) from None

    # What is checked -------------------------------------------------------------------------------------------

    def _waiting(self, element_id: str, action: str = "") -> Wait:
        """The oldest wait of an element, or that of the member that the step names; any kind without an action."""
        self._known(element_id)
        here = [wait for wait in self._waits if wait.element_id == element_id]
        member = self._step.options.get("member") if self._step else None
        if here and member is not None:
            here = [wait for wait in here if self._run.visible(wait.id).get("loopCounter") == member]
            if not here:
                raise self._failed(f"{element_id} does not wait for member {member} now.", element_id)
        kinds = {_KINDS.get(action), "call" if action == "throws" else None}
        fit = [wait for wait in here if not action or wait.kind in kinds]
        if fit:
            return fit[0]
        if here:
            right = next((one for one, kind in _KINDS.items() if kind == here[0].kind), "sets")
            raise self._failed(f"{element_id} waits as {_word(here[0].kind)}; write `{right}`.", element_id)
        raise self._failed(f"{element_id} does not wait now. {self._standing()}", element_id)

    def _check_waits(self, expected: list[Any]) -> None:
        for one in expected:
            self._known(str(one))
        drawn = {wait.element_id: self.model.elements[wait.element_id] for wait in self._waits}
        boundary = {id_ for id_, one in drawn.items() if one.attached_to or one.type == "startEvent"}
        here = Counter(wait.element_id for wait in self._waits)
        wanted = Counter(map(str, expected)) + Counter({one: here[one] for one in boundary - set(expected)})
        for what, found in (("does not wait", wanted - here), ("waits too", here - wanted)):
            if found:
                named = sorted(found)
                raise self._failed(f"{', '.join(named)} {what}. {self._standing()}", named[0])

    def _check_candidates(self, wait: Wait, groups: list[Any]) -> None:
        found = self._attributes[wait.id]["candidate_groups"]
        if sorted(found) != sorted(map(str, groups)):
            raise self._failed(f"Its candidate groups are {', '.join(found) or 'none'}.", wait.element_id)

    def _check_variables(self, expected: Variables, seen: Variables) -> None:
        at = self._step.options.get("at", "") if self._step else ""
        for name, value in expected.items():
            found = _value(seen, name)
            if not _same(found, value):
                raise self._failed(f"{name} is {_shown(found)}, not {_shown(value)}.", at)

    def _check_ends(self) -> None:
        ends = self.scenario.ends
        for one in ends:
            self._known(one)
        if not self._ended:
            raise self._failed(f"It should be over, at {', '.join(ends)}, but is not. {self._standing()}", ends[0])
        last = self._last_end()
        missing = [one for one in ends if one not in self.elements]
        if missing or last not in ends:
            raise self._failed(f"It ended at {last or 'no end event'}, not at {', '.join(ends)}.", (missing or ends)[0])

    def _last_end(self) -> str:
        """The end event of the process itself that was reached last."""
        drawn = (self.model.elements[one] for one in reversed(self.elements) if one in self.model.elements)
        return next((one.id for one in drawn if one.type == "endEvent" and one.parent_id == self.model.id), "")

    def _known(self, element_id: str) -> None:
        if element_id not in self.model.elements:
            raise self._failed(f"The diagram {self.model.id} has no element {element_id}.", element_id)

    # What is told ----------------------------------------------------------------------------------------------

    def _standing(self) -> str:
        if not self._waits:
            return "Nothing waits."
        told = []
        for wait in self._waits:
            due = f", due {_told(self._attributes[wait.id]['due'])}" if wait.kind == "timer" else ""
            told.append(f"{wait.element_id} ({_word(wait.kind)}{due})")
        return f"What waits: {', '.join(told)}."

    def _where(self) -> str:
        at = f", {self._step}" if self._step else ""
        return f"{self.scenario.file} “{self.scenario.title}”{at}"

    def _failed(self, message: str, element_id: str = "") -> ScenarioFailed:
        subject = self._step.subject if self._step and self._step.action in _KINDS else ""
        return ScenarioFailed(self._where(), message, element_id or subject)


def _value(variables: Variables, name: str) -> Any:
    """The value under a dotted name; None where there is none, as FEEL has it."""
    found: Any = variables
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _same(found: Any, expected: Any) -> bool:
    """Equal as JSON is; two instants are equal if they are the same moment."""
    if isinstance(found, Mapping) and isinstance(expected, Mapping):
        return found.keys() == expected.keys() and all(_same(found[key], expected[key]) for key in found)
    if isinstance(found, list) and isinstance(expected, list):
        return len(found) == len(expected) and all(map(_same, found, expected))
    if isinstance(found, str) and isinstance(expected, str):
        moments = [feel.parse_literal(text) for text in (found, expected)]
        aware = all(isinstance(one, feel.DateTime) and one.offset is not None for one in moments)
        return found == expected or (aware and feel.equal(*moments) is True)
    return isinstance(found, bool) == isinstance(expected, bool) and bool(found == expected)


def _told(moment: datetime) -> str:
    return moment.astimezone(CITY_ZONE).isoformat()


def _word(kind: str) -> str:
    return kind.replace("-", " ")


def _shown(value: Any) -> str:
    return feel.show(value, inside=True)
