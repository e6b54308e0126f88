"""The file to the model: BPMN 2.0 XML with the extension elements of Camunda 8."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from service import feel
from service.bpmn import lint
from service.bpmn.model import Call, Element, Flow, Message, ProcessModel, Reference, Text, Timer, UserTask
from service.bpmn.read import ad_hoc, condition, flows, forms, jobs, loop, unread
from service.bpmn.vocabulary import (
    BPMN,
    IGNORED,
    MODELER,
    NODES,
    NOT_RUN,
    ZEEBE,
    Xml,
    an,
    drawn,
    name_of,
    refused,
    space_of,
)
from service.errors import ModelRejected, Problem
from service.xml_gate import parse_upload


def read_models(xml: bytes, filename: str) -> tuple[ProcessModel, ...]:
    """Read the executable processes of a file, at least one; raises ModelRejected with all its problems at once.

    What it warns of stands on the models.
    """
    reader = _Reader(parse_upload(xml, filename), filename)
    models = reader.models(xml)
    found = {model.id: lint.problems(model, filename) for model in models}
    problems = [*reader.problems, *(one for of_model in found.values() for one in of_model)]
    if any(not one.is_warning for one in problems):
        raise ModelRejected(problems)
    of_file = [one for one in reader.problems if one.is_warning]
    first, *others = (replace(one, warnings=tuple(found[one.id])) for one in models)
    return (replace(first, warnings=(*of_file, *first.warnings)), *others)


def read_model(xml: bytes, filename: str) -> ProcessModel:
    """The first executable process of a file; raises ModelRejected as `read_models` does."""
    return read_models(xml, filename)[0]


def read_deployed(xml: bytes, filename: str, process_id: str) -> ProcessModel:
    """Read a process that was accepted once; a check that came later does not stop what runs.

    Raises ModelRejected if nothing can be made of it.
    """
    reader = _Reader(parse_upload(xml, filename), filename)
    for model in reader.models(xml):
        if model.id == process_id:
            return model
    raise ModelRejected(reader.problems)


# What FEEL answers anew each time.
_CHANGING = re.compile(r"\b(now|today|uuid|random number|working day)\b")


class _Reader:
    def __init__(self, root: Xml, filename: str) -> None:
        self.root, self.filename = root, filename
        self.problems: list[Problem] = []
        self.messages = {one.get("id", ""): one for one in root if name_of(one) == "message"}
        self.codes = {one.get("id", ""): one for one in root if name_of(one) in ("error", "escalation")}
        self.signals = {one.get("id", ""): one for one in root if name_of(one) == "signal"}
        undoing = {one.get("id", "") for one in root.iter() if one.get("isForCompensation") == "true"}
        joined = [(one.get("sourceRef", ""), one.get("targetRef", "")) for one in root.iter(f"{{{BPMN}}}association")]
        self.handlers = {source: target for source, target in joined if target in undoing}
        self._empty()

    def _empty(self) -> None:
        self.elements: dict[str, Element] = {}
        self.flows: dict[str, Flow] = {}
        self.lanes: dict[str, str] = {}
        self.process_id, self.forms = "", dict[str, bytes]()

    def problem(self, where: Xml | str, message: str, mend: str, *, is_warning: bool = False) -> None:
        id_ = where if isinstance(where, str) else drawn(where).get("id", "") or name_of(where)
        self.problems.append(Problem(id_, message, mend, self.filename, is_warning))

    def models(self, xml: bytes) -> tuple[ProcessModel, ...]:
        if name_of(self.root) != "definitions" or space_of(self.root) != BPMN:
            self.problem(self.root, "This is no BPMN 2.0 file.", "Save it from a BPMN modeler.")
            return ()
        platform = self.root.get(f"{{{MODELER}}}executionPlatform")
        if platform not in (None, "Camunda Cloud"):
            self.problem(self.root, f"The diagram was made for {platform}.", "Choose Camunda 8 as its platform.")
        processes = [one for one in self.root if name_of(one) == "process" and one.get("isExecutable") == "true"]
        if not processes:
            message = "The file has no executable process."
            self.problem(self.root, message, "Draw one, or mark the one that is there as executable.")
        for where, message, mend in (*refused(self.root), *unread.refused(self.root)):
            self.problem(where, message, mend)
        for where, message, mend in unread.warned(self.root):
            self.problem(where, message, mend, is_warning=True)
        return tuple(self._process(process, xml) for process in processes)

    def _process(self, process: Xml, xml: bytes) -> ProcessModel:
        self._empty()
        process_id = process.get("id", "")
        for lane in process.iter(f"{{{BPMN}}}lane"):
            for node in lane.findall(f"{{{BPMN}}}flowNodeRef"):
                self.lanes[(node.text or "").strip()] = lane.get("name", "")
        self.process_id, self.forms = process_id, forms.embedded(process, self.problem)
        self._scope(process, process_id)
        tag = jobs.extension(process, "versionTag")
        return ProcessModel(
            process_id,
            process.get("name", "") or process_id,
            tag.get("value") if tag is not None else None,
            xml,
            flows.joined(self.elements, self.flows, self.problem),
            self.flows,
            listeners=jobs.execution_listeners(process, self._text),
            job_priority=jobs.priority(process, self._text),
            forms=self.forms,
            properties=self._properties(process),
        )

    def _scope(self, scope: Xml, scope_id: str) -> None:
        for one in scope:
            name = name_of(one)
            if name == "sequenceFlow":
                self._flow(one)
            elif name in NODES or name in NOT_RUN:
                # What is not run is there all the same: the flows at it are not wrong as well.
                if name in NOT_RUN:
                    self.problem(one, f"{an(name)} is not run here.", NOT_RUN[name])
                self._node(one, scope_id)
                if name in ("subProcess", "transaction", "adHocSubProcess"):
                    self._scope(one, one.get("id", ""))
            elif name and space_of(one) == BPMN and name not in IGNORED and not name.endswith("LoopCharacteristics"):
                if not (name.endswith("EventDefinition") and scope.tag.endswith("Event")):
                    self.problem(one, f"{an(name)} is not run here.", "Draw it with other elements.")

    def _flow(self, xml: Xml) -> None:
        asked = xml.find(f"{{{BPMN}}}conditionExpression")
        compiled = None
        if asked is not None:
            compiled = self._feel((asked.text or "").strip(), xml, "condition")
        self.flows[xml.get("id", "")] = Flow(
            xml.get("id", ""), xml.get("sourceRef", ""), xml.get("targetRef", ""), xml.get("name", ""), compiled
        )

    def _node(self, xml: Xml, scope_id: str) -> None:
        id_, kind = xml.get("id", ""), name_of(xml)
        definitions = [one for one in xml if name_of(one).endswith("EventDefinition")]
        event = name_of(definitions[0]).removesuffix("EventDefinition") if definitions else ""
        if len(definitions) > 1:
            self.problem(xml, "It has several event definitions.", "Draw an event for each.")
        is_transaction = kind == "transaction"
        if is_transaction:
            kind = "subProcess"
        if kind == "subProcess" and xml.get("triggeredByEvent") == "true":
            kind = "eventSubProcess"
        definition = definitions[0] if definitions else None
        documentation = xml.find(f"{{{BPMN}}}documentation")
        values: dict[str, Any] = {}
        begins = kind == "startEvent" and scope_id not in self.elements
        if kind == "receiveTask" or event == "message":
            values |= self._message(xml, definition, kind, begins=begins)
        if event == "timer" and definition is not None:
            values["timer"] = self._timer(xml, definition)
        if event in ("error", "escalation") and definition is not None:
            values["code"] = self._code(xml, definition, event, kind)
        if event == "signal" and definition is not None:
            values["signal"] = self._signal(xml, definition, begins=begins)
        if event == "conditional" and definition is not None:
            values["condition"] = condition.condition(xml, definition, self.problem, self._feel)
        if event == "link" and definition is not None:
            values["link"] = definition.get("name", "")
        if event == "compensate" and definition is not None:
            values["handler"] = self.handlers.get(id_, "") if kind == "boundaryEvent" else ""
            values["compensated"] = definition.get("activityRef", "")
            if definition.get("waitForCompletion", "true") != "true":
                text = "It goes on without waiting for what it undoes."
                self.problem(xml, text, "Set waitForCompletion to true, and draw what goes on beside it.")
        values |= self._task(xml, kind, event)
        self.elements[id_] = Element(
            id=id_,
            name=" ".join((xml.get("name") or "").split()),
            type=kind,
            parent_id=scope_id,
            event=event,
            incoming=tuple((one.text or "").strip() for one in xml.findall(f"{{{BPMN}}}incoming")),
            outgoing=tuple((one.text or "").strip() for one in xml.findall(f"{{{BPMN}}}outgoing")),
            default=xml.get("default"),
            lane=self.lanes.get(id_, ""),
            documentation=(documentation.text or "").strip() if documentation is not None else "",
            properties=self._properties(xml),
            headers=self._headers(xml),
            inputs=self._mapping(xml, "input"),
            outputs=self._mapping(xml, "output"),
            attached_to=xml.get("attachedToRef") if kind == "boundaryEvent" else None,
            interrupting=xml.get("isInterrupting" if kind == "startEvent" else "cancelActivity", "true") == "true",
            loop=loop.repetition(xml, self.problem, self._feel),
            is_transaction=is_transaction,
            is_handler=xml.get("isForCompensation") == "true",
            **values,
        )

    def _task(self, xml: Xml, kind: str, event: str) -> dict[str, Any]:
        values: dict[str, Any] = {}
        values["job"] = jobs.job(xml, self._text)
        values["listeners"] = jobs.execution_listeners(xml, self._text)
        match kind:
            case "startEvent":
                values["start_form"] = self._form(xml).form
            case "userTask":
                values["user_task"] = self._user_task(xml)
            case "businessRuleTask":
                called = jobs.extension(xml, "calledDecision")
                if called is not None:
                    values["decision"] = self._reference(xml, called, "decisionId")
                    values["result_variable"] = called.get("resultVariable", "")
            case "scriptTask":
                script = jobs.extension(xml, "script")
                if script is not None:
                    values["script"] = self._feel(script.get("expression", ""), xml, "script")
                    values["result_variable"] = script.get("resultVariable", "")
            case "adHocSubProcess":
                values["ad_hoc"] = ad_hoc.drawn(xml, self.problem, self._feel)
            case "callActivity":
                called = jobs.extension(xml, "calledElement")
                if called is not None:
                    values["call"] = Call(
                        self._reference(xml, called, "processId"),
                        called.get("propagateAllParentVariables", "true") == "true",
                        called.get("propagateAllChildVariables", "true") == "true",
                    )
        return values

    def _form(self, xml: Xml) -> forms.Shown:
        return forms.shown(xml, self.process_id, self.forms, self.problem, self._text, self._reference)

    def _user_task(self, xml: Xml) -> UserTask:
        def text(extension: str, attribute: str) -> Text | None:
            found = jobs.extension(xml, extension)
            return self._text(found.get(attribute), xml, attribute) if found is not None else None

        shown = self._form(xml)
        return UserTask(
            assignee=text("assignmentDefinition", "assignee"),
            candidate_groups=text("assignmentDefinition", "candidateGroups"),
            candidate_users=text("assignmentDefinition", "candidateUsers"),
            due_date=text("taskSchedule", "dueDate"),
            follow_up_date=text("taskSchedule", "followUpDate"),
            priority=text("priorityDefinition", "priority"),
            form=shown.form,
            outside_form=shown.outside,
            listeners=jobs.task_listeners(xml, self._text),
            is_job=jobs.extension(xml, "userTask") is None,
        )

    def _reference(self, xml: Xml, extension: Xml, attribute: str) -> Reference:
        target = extension.get(attribute, "")
        computed = self._text(target, xml, attribute) if target.startswith("=") else None
        if computed and name_of(xml) == "startEvent":
            self.problem(
                xml, f"Its {attribute} is computed, but nothing is known before the start.", "Name it directly."
            )
        if not target:
            self.problem(xml, f"It has no {attribute}.", "Fill it in.")
        binding = extension.get("bindingType", "latest")
        tag = extension.get("versionTag")
        if binding not in ("latest", "deployment", "versionTag") or (binding == "versionTag" and not tag):
            self.problem(
                xml, f"The binding “{binding}” cannot be followed.", "Choose latest, deployment or a version tag."
            )
        return Reference(xml.get("id", ""), "" if computed else target, binding, tag, computed=computed)

    def _message(self, xml: Xml, definition: Xml | None, kind: str, *, begins: bool) -> dict[str, Any]:
        if kind in ("intermediateThrowEvent", "endEvent"):
            return {}
        reference = xml.get("messageRef") or (definition.get("messageRef") if definition is not None else None)
        message = self.messages.get(reference or "")
        if message is None:
            self.problem(xml, "It waits for no message.", "Choose or make a message.")
            return {}
        name = self._text(message.get("name"), xml, "message name")
        if name is None:
            self.problem(xml, "Its message has no name.", "Name the message.")
            return {}
        subscription = jobs.extension(message, "subscription")
        key = None
        if subscription is not None and subscription.get("correlationKey"):
            key = self._feel(subscription.get("correlationKey", ""), xml, "correlation key")
        if not begins and key is None:
            self.problem(xml, "Its message has no correlation key.", "Say which variable tells whom it is for.")
        known = self._known_name(xml, name, "message") if begins else name
        return {"message": Message(known, key)} if known else {}

    def _timer(self, xml: Xml, definition: Xml) -> Timer | None:
        for tag, kind in (("timeDate", "date"), ("timeDuration", "duration"), ("timeCycle", "cycle")):
            one = definition.find(f"{{{BPMN}}}{tag}")
            if one is not None and (one.text or "").strip():
                text = self._text((one.text or "").strip(), xml, "timer")
                return Timer(kind, text) if text else None
        self.problem(xml, "The timer has no value.", "Set a date, a duration or a cycle.")
        return None

    def _code(self, xml: Xml, definition: Xml, event: str, kind: str) -> Text | None:
        """The code of an error or escalation; none catches each, and cannot be thrown."""
        reference = definition.get(f"{event}Ref")
        referred = self.codes.get(reference or "")
        if reference and (referred is None or name_of(referred) != event):
            mend = f"Choose or make an {event}."
            self.problem(xml, f"It refers to the {event} {reference}, which is not there.", mend)
            return None
        text = self._text(referred.get(f"{event}Code"), xml, f"{event} code") if referred is not None else None
        catches = kind in ("boundaryEvent", "startEvent")
        if catches and text and text.expression:
            self.problem(xml, f"The {event} code that it catches is computed.", "Write it directly, or catch each.")
        if kind in ("intermediateThrowEvent", "endEvent") and text is None:
            self.problem(xml, f"It throws an {event} without a code.", f"Choose an {event} that has a code.")
        return text

    def _signal(self, xml: Xml, definition: Xml, *, begins: bool) -> Text | None:
        signal = self.signals.get(definition.get("signalRef") or "")
        if signal is None:
            self.problem(xml, "It refers to no signal.", "Choose or make a signal.")
            return None
        name = self._text(signal.get("name"), xml, "signal name")
        if name is None:
            self.problem(xml, "Its signal has no name.", "Name the signal.")
        elif begins:
            return self._known_name(xml, name, "signal")
        return name

    def _known_name(self, xml: Xml, name: Text, what: str) -> Text | None:
        """The name in a start event of the process: it is the same for ever, so it can read no variable and no time."""
        if name.expression is None:
            return name
        if not name.expression.names and not _CHANGING.search(name.text):
            value = name.expression.evaluate({}, feel.Environment(now=lambda: datetime.min.replace(tzinfo=UTC)))
            if isinstance(value, str) and value:
                return Text(value)
        self.problem(xml, f"The name of the {what} is not known before the start.", "Name it directly.")
        return None

    # Attributes ------------------------------------------------------------------------------------------------

    def _properties(self, xml: Xml) -> dict[str, str]:
        found = jobs.extension(xml, "properties")
        items: Collection[Xml] = found.findall(f"{{{ZEEBE}}}property") if found is not None else ()
        return {one.get("name", ""): one.get("value", "") for one in items}

    def _headers(self, xml: Xml) -> dict[str, str]:
        found = jobs.extension(xml, "taskHeaders")
        return jobs.headers(found) if found is not None else {}

    def _mapping(self, xml: Xml, direction: str) -> tuple[tuple[str, Text], ...]:
        found = jobs.extension(xml, "ioMapping")
        mappings = []
        for one in found.findall(f"{{{ZEEBE}}}{direction}") if found is not None else ():
            target = one.get("target", "")
            # A field that is left empty is null.
            text = self._text(one.get("source") or "=null", xml, f"mapping to “{target}”")
            if not target:
                self.problem(xml, f"An {direction} mapping has no target.", "Name the variable that it makes.")
            elif text:
                mappings.append((target, text))
        return tuple(mappings)

    def _text(self, value: str | None, xml: Xml, what: str) -> Text | None:
        if not value:
            return None
        if not value.startswith("="):
            return Text(value)
        expression = self._feel(value, xml, what)
        return Text(value, expression) if expression else None

    def _feel(self, value: str, xml: Xml, what: str) -> feel.Expression | None:
        text = value.removeprefix("=").strip()
        if not value.startswith("="):
            self.problem(xml, f"Its {what} is no FEEL: it has no “=” in front: {value[:80]}", "Write “=” before it.")
            return None
        try:
            expression = feel.compile_expression(text)
        except feel.FeelSyntaxError as error:
            self.problem(xml, f"Its {what} is no FEEL: {error}: {text[:80]}", "Correct the expression.")
            return None
        for problem in expression.problems:
            self.problem(xml, f"In its {what}, {problem}.", "Correct the name or the arguments.")
        for name in sorted(one for one in expression.names if " " in one and f"`{one}`" not in text):
            self.problem(xml, f"Its {what} reads “{name}”, one name.", "Join names by an operator.", is_warning=True)
        return expression
