"""Which form an element shows: one that is deployed, one that stands in the process, or one of another application."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from service.bpmn.embedded import EMBEDDED, embedded_id
from service.bpmn.model import Reference, Text
from service.bpmn.read.jobs import Read
from service.bpmn.vocabulary import BPMN, ZEEBE, Xml, name_of

Tell = Callable[..., None]  # where, message, mend; is_warning

_WAYS = ("formId", "formKey", "externalReference")


@dataclass(frozen=True, slots=True)
class Shown:
    """What a form definition means; both are None where nothing of it is shown."""

    form: Reference | None = None
    outside: Text | None = None


def embedded(process: Xml, tell: Tell) -> dict[str, bytes]:
    """The forms that stand in a process, by the ids under which they are kept."""
    found: dict[str, bytes] = {}
    for one in process.findall(f"{{{BPMN}}}extensionElements/{{{ZEEBE}}}userTaskForm"):
        id_ = one.get("id", "")
        if not id_:
            tell(process, "A form that stands in it has no id.", "Deploy it as a file of its own.")
        key = embedded_id(process.get("id", ""), id_)
        if key in found:
            tell(process, f"Several forms that stand in it have the id “{id_}”.", "Give each an id of its own.")
        found[key] = (one.text or "").strip().encode()
    return found


def shown(
    xml: Xml, process_id: str, forms: Mapping[str, bytes], tell: Tell, text: Read, refer: Callable[..., Reference]
) -> Shown:
    """`forms` are those of the process; `refer` reads the attribute of an extension that names something deployed."""
    drawn = xml.find(f"{{{BPMN}}}extensionElements/{{{ZEEBE}}}formDefinition")
    if drawn is None:
        return Shown()
    begins, named = name_of(xml) == "startEvent", [one for one in _WAYS if drawn.get(one)]
    if not named:
        tell(xml, "Its form is not named.", "Choose a form of the project by its id, or write an external reference.")
        return Shown()
    if len(named) > 1:
        tell(xml, f"It names its form in several ways: {', '.join(named)}.", "Keep one of them.")
        return Shown()
    if named == ["formId"]:
        return Shown(replace(refer(xml, drawn, "formId"), is_start=begins))
    value = drawn.get(named[0], "")
    if value.startswith(EMBEDDED):
        own = value.removeprefix(EMBEDDED)
        if (key := embedded_id(process_id, own)) in forms:
            return Shown(Reference(xml.get("id", ""), key, "deployment", is_start=begins))
        tell(xml, f"Its form “{own}” does not stand in the process.", "Choose a form of the project by its id.")
        return Shown()
    if begins:
        mend = "Choose a form of the project by its id."
        tell(xml, f"Its {named[0]} is not read: nobody is shown it before the start.", mend, is_warning=True)
        return Shown()
    return Shown(outside=text(value, xml, named[0]))
