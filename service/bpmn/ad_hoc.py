"""Ad-hoc sub-processes: what is in them is activated one by one, in any order, as often as somebody wants.

As Camunda 8 has it: each activated element begins a chain of its own, with a scope of its own. It is over when all
chains are, or when its completion condition holds after one of them; what remains then is ended or waited for.

One with a task definition is a worker's: a job asks what is to be done in it when it begins, and a new one instead
each time that a chain is done, until the worker says that it is enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from service import feel
from service.bpmn import events, tool_parameters
from service.bpmn.model import AdHoc, Element, ProcessModel
from service.errors import Invalid, NotFound, Problem, StuckError

if TYPE_CHECKING:
    from service.bpmn.run import Run
    from service.bpmn.standing import Standing

# The element of a chain is named like its ad-hoc sub-process with this behind, as clients know it.
INNER = "#innerInstance"
INNER_TYPE = "adHocSubProcessInnerInstance"
# The task specification of the token that waits for a worker's choice is named like its element with this behind.
CHOICE = "/choice"
KIND = "choice"
# The variable that tells what can be activated.
ELEMENTS = "adHocSubProcessElements"
# More chains than anybody draws for: a list from outside must not fill the memory.
MAX_CHAINS = 1_000

# What the token keeps: how many chains are done, and whether that is enough.
_KEPT = "ad-hoc"


def activatable(model: ProcessModel, id_: str) -> tuple[Element, ...]:
    """The elements of an ad-hoc sub-process that can begin a chain, in the order of the file."""
    return tuple(one for one in model.elements.values() if one.parent_id == id_ and _begins(one))


def begin(run: Run, task: Task, element: Element) -> None:
    """Activate what its collection names; with none it stays as it is. Raises StuckError for what is not in it."""
    prepare(run, task)
    drawn, known = _drawn(element), {one.id for one in activatable(run.model, element.id)}
    wanted = run.evaluate(drawn.active, task, element.id) if drawn.active else []
    text = drawn.active.text if drawn.active else ""
    if not isinstance(wanted, list) or not all(isinstance(one, str) for one in wanted):
        instead = run.instead(drawn.active, task) if drawn.active else ""
        raise _fail(element, f"The active elements collection is no list of texts{instead}", text)
    strange = [one for one in wanted if one not in known]
    if strange:
        why = "(only what is drawn in it, with no flow to it)"
        raise _fail(element, f"{', '.join(strange[:5])} cannot be activated {why}", text)
    if len(wanted) > MAX_CHAINS:
        raise _fail(element, f"The active elements collection has more than {MAX_CHAINS} members", text)
    events.listen_inside(run, task, element.id)
    if run.stays(task):
        for id_ in wanted:
            run.arrive(id_, open_chain(run, task), None)
        ask(run, task)


def ask(run: Run, task: Task) -> None:
    """Ask a worker, if it is one's, what is to be done next, unless it was enough already.

    Who was asked before and has not answered, does not know what has happened since.
    """
    if run.element(task).job is None or task.internal_data[_KEPT]["enough"]:
        return
    for child in list(task.children):
        if is_choice(child):
            run.remove(child)
    data = {"scope": run.scope_of(task), "flow": None}
    run.wait(run.place(run.element(task).id + CHOICE, task, TaskState.WAITING, data), KIND)


def is_choice(task: Task) -> bool:
    """Whether a token waits for what a worker chooses."""
    return bool(task.internal_data.get("kind") == KIND)


def choose(
    run: Run,
    wait_id: str,
    variables: Mapping[str, Any],
    wanted: Sequence[tuple[str, Mapping[str, Any]]] = (),
    *,
    enough: bool = False,
    cancel: bool = False,
) -> None:
    """Do what a worker has chosen: begin chains, or let it be `enough`; `cancel` ends what is active in it first.

    Its variables become those of the ad-hoc sub-process. Raises NotFound, Invalid.
    """
    token = run.waiting(wait_id)
    task = token.parent
    if enough and wanted:
        text = "It cannot be enough when elements are to be activated."
        raise Invalid(text, [Problem(run.element(task).id, text, "Say one of both.")])
    _check(run, task, wanted)
    run.remove(token)
    run.scopes.put(run.scope_of(task), feel.checked(variables), run.changed)
    _begin_chains(run, task, wanted, cancel=cancel)
    if enough:
        task.internal_data[_KEPT]["enough"] = True
        run.end_if_done(task)


def prepare(run: Run, task: Task) -> None:
    """One has begun: its own variables."""
    element = run.element(task)
    told = [_told(one) for one in activatable(run.model, element.id)]
    run.scopes.put(task.id, {ELEMENTS: told}, run.changed)
    if output := _drawn(element).output:
        run.scopes.keep(task.id, output, [])  # told when it goes out, as that of a multi-instance activity
    task.internal_data[_KEPT] = {"done": 0, "enough": False}


def activate(run: Run, number: str, wanted: Iterable[tuple[str, Mapping[str, Any]]], *, cancel: bool) -> None:
    """Begin chains in an active ad-hoc sub-process, each with variables of its own; `cancel` ends the others first.

    Raises NotFound if it is not active, Invalid for elements that cannot be activated there.
    """
    task, asked = run.active(number), list(wanted)
    if _KEPT not in task.internal_data:
        raise NotFound(f"The element {run.element(task).id} is no active ad-hoc sub-process.")
    _check(run, task, asked)
    _begin_chains(run, task, asked, cancel=cancel)


def _check(run: Run, task: Task, asked: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    """Raises Invalid for elements that cannot be activated."""
    element = run.element(task)
    ids, known = [id_ for id_, _ in asked], {one.id for one in activatable(run.model, element.id)}
    problems = [
        Problem(id_, f"“{id_}” cannot be activated in “{element.id}”.", "Name an element in it that no flow leads to.")
        for id_ in ids
        if id_ not in known
    ]
    problems += [Problem(id_, f"“{id_}” is named twice.", "Name it once.") for id_ in {*ids} if ids.count(id_) > 1]
    if len(run.inside(task)) + len(ids) > MAX_CHAINS:
        problems.append(Problem(element.id, f"More than {MAX_CHAINS} would be active.", "Complete some of them first."))
    if problems:
        raise Invalid("; ".join(one.message for one in problems), problems)
    if events.is_interrupted(run, task) or task.internal_data[_KEPT]["enough"]:
        text = f"“{element.id}” is coming to its end."
        raise Invalid(text, [Problem(element.id, text, "Nothing can be activated in it any more.")])


def _begin_chains(run: Run, task: Task, asked: Sequence[tuple[str, Mapping[str, Any]]], *, cancel: bool) -> None:
    for chain in _chains(task) if cancel else ():
        run.terminate(chain)
    for id_, variables in asked:
        chain = open_chain(run, task)
        run.scopes.put(chain.id, variables, run.changed)
        run.arrive(id_, chain, None)


def open_chain(run: Run, task: Task) -> Task:
    """A chain with nothing in it yet."""
    chain: Task = run.open_below(task, run.element(task).id + INNER)
    return chain


def is_ad_hoc(task: Task) -> bool:
    """Whether a token is that of an ad-hoc sub-process that has begun."""
    return _KEPT in task.internal_data


def is_idle(run: Standing, task: Task) -> bool:
    """Whether an ad-hoc sub-process waits for somebody to activate something."""
    return is_ad_hoc(task) and not run.inside(task)


def interrupt(task: Task) -> None:
    """An event sub-process has ended the chains: it is over when that is."""
    task.internal_data[_KEPT]["enough"] = True


def collect(run: Run, chain: Task) -> None:
    """A chain is done: add its output, and see whether that is enough. Raises StuckError."""
    task = chain.parent
    element, kept = run.element(task), task.internal_data[_KEPT]
    drawn = _drawn(element)
    if drawn.output and drawn.output_element:
        collected = run.scopes.own(task.id).get(drawn.output)
        if not isinstance(collected, list):
            raise _fail(element, "The output collection was overwritten and is no list any more", drawn.output)
        value = run.evaluate(drawn.output_element, chain, element.id)
        run.scopes.keep(task.id, drawn.output, [*collected, value])
    kept["done"] += 1
    if drawn.condition:
        answer = run.evaluate(drawn.condition, task, element.id)
        if not isinstance(answer, bool):
            instead = run.instead(drawn.condition, task)
            raise _fail(element, f"The completion condition is neither true nor false{instead}", drawn.condition.text)
        kept["enough"] = kept["enough"] or answer
    ask(run, task)


def is_done(run: Run, task: Task) -> bool:
    """Whether it is over, after something in it has ended."""
    element, kept = run.element(task), task.internal_data[_KEPT]
    drawn = _drawn(element)
    if kept["enough"] and drawn.cancels_remaining and not element.job:
        for chain in _chains(task):
            run.terminate(chain)
    if run.inside(task):
        return False
    return bool(kept["enough"] or (kept["done"] and drawn.condition is None and not element.job))


def give_out(run: Run, task: Task) -> None:
    """Set the output collection around it, once it is done."""
    name = _drawn(run.element(task)).output
    if name:
        run.scopes.propagate(task.internal_data["scope"], {name: run.scopes.own(task.id)[name]}, run.changed)


def _chains(task: Task) -> list[Task]:
    return [one for one in task.children if one.task_spec.element.type == INNER_TYPE]


def _begins(one: Element) -> bool:
    apart = one.attached_to or one.is_handler or one.type in ("startEvent", "endEvent", "eventSubProcess")
    return not (apart or one.incoming or (one.event == "link" and one.type == "intermediateCatchEvent"))


def _told(one: Element) -> dict[str, Any]:
    told = {
        "elementId": one.id,
        "elementName": one.name or one.id,
        "documentation": one.documentation,
        "properties": dict(one.properties),
        "parameters": tool_parameters.of(one),
    }
    return {name: value for name, value in told.items() if value}


def _drawn(element: Element) -> AdHoc:
    if element.ad_hoc is None:
        raise StuckError(element.id, "It is drawn as no ad-hoc sub-process.", "STATE_ERROR")
    return element.ad_hoc


def _fail(element: Element, what: str, text: str) -> StuckError:
    return StuckError(element.id, f"{what} at “{element.name or element.id}”: {text}", "EXTRACT_VALUE_ERROR")
