"""The live tokens of a run, in SpiffWorkflow's task tree, and the specification that they follow."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from SpiffWorkflow.specs import WorkflowSpec
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState
from SpiffWorkflow.workflow import Workflow

from service.bpmn import ad_hoc, listeners, multi_instance
from service.bpmn.elements import (
    ROOT_TOKEN,
    AdHocChain,
    AdHocChoice,
    ListenerJob,
    LoopBody,
    MultiInstanceBody,
    behaviour,
)
from service.bpmn.model import Element, ProcessModel, StandardLoop

if TYPE_CHECKING:
    from service.bpmn.standing import Standing


def specification(model: ProcessModel) -> WorkflowSpec:
    """The specification of a model, made once and kept on it."""
    found = model.__dict__.get("specification")
    if found is None:
        found = WorkflowSpec(model.id, addstart=True)
        found.task_specs.clear()  # its start, which no token of an element is looked up by; diagrams have their own
        for element in model.elements.values():
            if element.loop:
                before = tuple(one for one in element.listeners if one.event == listeners.BEFORE_ALL)
                body = replace(element, type="multiInstanceBody", inputs=(), outputs=(), call=None, listeners=before)
                (LoopBody if isinstance(element.loop, StandardLoop) else MultiInstanceBody)(found, model, body)
                each = replace(element, incoming=(), outgoing=())
                behaviour(element)(found, model, each, element.id + multi_instance.EACH)
            else:
                behaviour(element)(found, model, element)
            if element.ad_hoc:
                chain = Element(element.id + ad_hoc.INNER, element.name, ad_hoc.INNER_TYPE, element.id)
                AdHocChain(found, model, chain, chain.id)
                if element.job:
                    AdHocChoice(found, model, element, element.id + ad_hoc.CHOICE)
            if element.listeners:
                ListenerJob(found, model, element, element.id + listeners.LISTENER)
        if model.listeners:
            process = Element(model.id, model.name, "process", "", listeners=model.listeners)
            ListenerJob(found, model, process, model.id + listeners.LISTENER)
        model.__dict__["specification"] = found
    return found


class Tokens(Workflow):  # type: ignore[misc]
    """SpiffWorkflow's task tree, holding live tokens only."""

    def __init__(self, model: ProcessModel, run: Standing) -> None:
        super().__init__(specification(model), deserializing=True)
        self.run = run
        self.task_tree = Task(self, self.spec.start, state=TaskState.STARTED, id=ROOT_TOKEN)

    def _task_completed_notify(self, task: Task) -> None:
        """Who waits is found by what it waits for; nobody is asked in vain."""
