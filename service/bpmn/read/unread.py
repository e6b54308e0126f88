"""What a file says that nothing here reads: told with its element, so that it is never just ignored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from lxml import etree

from service.bpmn.vocabulary import BPMN, IGNORED, NODES, NOT_RUN, ZEEBE, Xml, an, holder_of, is_read, name_of, space_of

# Extension of Camunda 8 → its attributes that are read, or that modelers keep for themselves; then what it may hold.
_BINDING = "bindingType versionTag"
_TEMPLATE = "modelerConfigurationTemplate modelerConfigurationName"
_SAYS: Mapping[str, tuple[str, str]] = {
    "userTask": ("", ""),
    "assignmentDefinition": ("assignee candidateGroups candidateUsers", ""),
    "formDefinition": (f"formId formKey externalReference {_BINDING}", ""),
    "userTaskForm": ("id", ""),
    "taskSchedule": ("dueDate followUpDate", ""),
    "priorityDefinition": ("priority", ""),
    "jobPriorityDefinition": ("priority", ""),
    "taskHeaders": ("", "header"),
    "header": ("id key value", ""),
    "taskDefinition": ("type retries", ""),
    "executionListeners": ("", "executionListener"),
    "executionListener": ("eventType type retries", "taskHeaders"),
    "taskListeners": ("", "taskListener"),
    "taskListener": ("eventType type retries", "taskHeaders"),
    "calledDecision": (f"decisionId resultVariable {_BINDING}", ""),
    "script": ("expression resultVariable", ""),
    "calledElement": (f"processId propagateAllChildVariables propagateAllParentVariables {_BINDING}", ""),
    "ioMapping": ("", "input output"),
    "input": (f"source target {_TEMPLATE}", ""),
    "output": ("source target", ""),
    "versionTag": ("value", ""),
    "subscription": ("correlationKey", ""),
    "conditionalFilter": ("variableNames variableEvents", ""),
    "loopCharacteristics": ("inputCollection inputElement outputCollection outputElement", ""),
    "agentDefinition": ("agentType", ""),
    "adHoc": ("activeElementsCollection outputCollection outputElement", ""),
    "properties": ("", "property"),
    "property": (f"name value {_TEMPLATE}", ""),
}
_MENDS: Mapping[str, str] = {
    "processIdExpression": "Write the expression as the process id, with “=” in front.",
}
# Extensions of which there may be several.
_SEVERAL = frozenset({"userTaskForm"})
_BOUND = ("formDefinition", "calledDecision", "calledElement")
_YES_OR_NO = frozenset({"propagateAllChildVariables", "propagateAllParentVariables"})
_WRITTEN = frozenset({"value of a versionTag", *(f"versionTag of a {one}" for one in _BOUND)})
# What is true or false; anything else would count as either.
_FLAGS = (
    *("isExecutable", "isInterrupting", "cancelActivity", "triggeredByEvent", "isForCompensation", "isSequential"),
    *("cancelRemainingInstances", "testBefore"),
)
# Attribute of BPMN 2.0 → its values with which an element runs as if it were not there, and what to draw instead.
_ONLY: Mapping[str, tuple[tuple[str, ...], str]] = {
    "instantiate": (("false",), "Begin the process with message start events, one for each message."),
    "eventGatewayType": (("Exclusive",), "Wait for all the events in branches of a parallel gateway."),
    "startQuantity": (("1",), "Join the flows before it by a parallel gateway."),
    "completionQuantity": (("1",), "Draw a flow to what comes after it for each time."),
    "behavior": (("All",), "Throw the event inside of the activity."),
    **dict.fromkeys(_FLAGS, (("true", "false"), "Write true or false.")),
}
# What BPMN has for persons and scripts is not what Camunda 8 reads: → where it is written instead.
_ELSEWHERE: Mapping[str, str] = {
    "potentialOwner": "Write candidate groups or users of the assignment.",
    "humanPerformer": "Write the assignee of the assignment.",
    "performer": "Write the assignee of the assignment.",
    "resourceRole": "Write candidate groups or users of the assignment.",
    "script": "Write it as FEEL expression of the task, or let a worker do it, and remove it here.",
}

_SCOPES = frozenset({"subProcess", "transaction", "adHocSubProcess"})
# What an event, task or gateway may hold besides what is read of it.
_PARTS = IGNORED | frozenset(_ELSEWHERE) | {"ioBinding", "rendering", "activationCondition", "inputSet", "outputSet"}
_PARTS |= {"dataInput", "dataOutput"}

Told = Iterator[tuple[Xml, str, str]]  # what holds it, message, mend


def refused(root: Xml) -> Told:
    """What could mean that it runs otherwise than it would here."""
    for one in root.iter():
        if space_of(one) == ZEEBE:
            if not _is_passed_over(one):
                yield from _extension(one)
        elif space_of(one) == BPMN:
            yield from _standard(one)


def warned(root: Xml) -> Told:
    """What Camunda 8 does not read either."""
    for one in root.iter(f"{{{BPMN}}}*"):
        if f"{{{ZEEBE}}}retryCounter" in one.attrib:
            yield one, "Its retryCounter is not read.", "Write the number of tries of its task definition."
        if name_of(one) == "callActivity" and one.get("calledElement"):
            yield one, "Its attribute calledElement is not read.", "Name the process in zeebe:calledElement alone."
        for child in one:
            if space_of(child) == BPMN and name_of(child) in _ELSEWHERE:
                yield one, f"Its {name_of(child)} is not read.", _ELSEWHERE[name_of(child)]
        extensions = [child for child in one.findall(f"{{{BPMN}}}extensionElements/*") if space_of(child) == ZEEBE]
        for child in filter(_is_passed_over, extensions):
            text = f"{an(name_of(child))} is not read on {an(name_of(one), begins=False)}."
            yield one, text, "Remove it from the element."
        held = {name_of(child) for child in extensions if not _is_passed_over(child)}
        if "jobPriorityDefinition" in held and "taskDefinition" not in held and name_of(one) != "process":
            yield one, "It has a job priority, but is no job.", "Remove it."
        if name_of(one) == "userTask" and "userTask" not in held:
            text = "It is drawn as the job of a worker; a person may do it too."
            yield one, text, "Choose “Camunda user task” as its implementation."
        if "taskHeaders" in held and "taskDefinition" not in held and name_of(one) != "userTask":
            yield one, "It has task headers, but nobody is given them.", "Remove them."


def _is_passed_over(one: Xml) -> bool:
    """Whether Camunda 8 does not look for an extension, or for what holds it, where it stands; modelers leave such."""
    while name_of(one.getparent()) != "extensionElements":
        if space_of(one.getparent()) != ZEEBE:
            return False
        one = one.getparent()
    host = name_of(holder_of(one))
    return name_of(one) in _SAYS and host not in NOT_RUN and not is_read(name_of(one), host)


def _extension(one: Xml) -> Told:
    name, holder = name_of(one), holder_of(one)
    attributes, children = _SAYS.get(name, ("", ""))
    inside, parent = one.getparent(), name_of(one.getparent())
    if space_of(inside) == BPMN and parent != "extensionElements":
        yield holder, f"{an(name)} stands outside of the extension elements.", "Put it into bpmn:extensionElements."
    if name not in _SAYS:
        return
    for attribute in map(etree.QName, one.attrib):
        if attribute.namespace in (None, ZEEBE) and (
            attribute.namespace or attribute.localname not in attributes.split()
        ):
            text = f"The {attribute.localname} of {an(name, begins=False)} is not read."
            yield holder, text, _MENDS.get(attribute.localname, "Remove it.")
        if attribute.localname in _YES_OR_NO and one.get(attribute.text) not in ("true", "false"):
            text = f"The {attribute.localname} of {an(name, begins=False)} is “{one.get(attribute.text)}”."
            yield holder, text, "Write true or false."
        if f"{attribute.localname} of a {name}" in _WRITTEN and one.get(attribute.text).startswith("="):
            yield holder, f"The {attribute.localname} of {an(name, begins=False)} is computed.", "Write it directly."
    for child in one:
        if name_of(child) and name_of(child) not in children.split():
            text = f"{an(name_of(child))} in {an(name, begins=False)} is not read."
            yield holder, text, "Remove it, or put it where it belongs."


def _standard(one: Xml) -> Told:
    for attribute in map(etree.QName, one.attrib):
        if attribute.namespace == ZEEBE and not attribute.localname.startswith(("modelerTemplate", "retryCounter")):
            yield one, f"Its attribute zeebe:{attribute.localname} is not read.", "Remove it."
    for name, (values, mend) in _ONLY.items():
        if one.get(name, values[0]) not in values:
            yield one if one.get("id") else holder_of(one), f"Its {name} “{one.get(name)}” is not run here.", mend
    if one.get("attachedToRef") is not None and name_of(one) != "boundaryEvent":
        yield one, "It stands on no border, so its attachedToRef is not read.", "Remove it, or draw it on the border."
    if name_of(one) in NODES - _SCOPES:
        for child in one:
            name = name_of(child)
            if space_of(child) == BPMN and name not in _PARTS and not name.endswith(("Definition", "Characteristics")):
                yield one, f"{an(name)} is no part of {an(name_of(one), begins=False)}.", "Remove it."
    if name_of(one) == "extensionElements":
        for name, times in Counter(name_of(child) for child in one if space_of(child) == ZEEBE).items():
            if times > 1 and name not in _SEVERAL:
                yield holder_of(one), f"It has {times} of the extension {name}; one alone is read.", "Keep one."
