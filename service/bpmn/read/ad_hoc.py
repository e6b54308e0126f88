"""What the file says of an ad-hoc sub-process: a part of the reader of diagrams."""

from __future__ import annotations

from service.bpmn.model import AdHoc
from service.bpmn.read.loop import Compiled, Told
from service.bpmn.vocabulary import BPMN, ZEEBE, Xml


def drawn(xml: Xml, problem: Told, compiled: Compiled) -> AdHoc:
    """What is activated in it, when it is over and what it collects."""
    extension = xml.find(f"{{{BPMN}}}extensionElements/{{{ZEEBE}}}adHoc")
    given: dict[str, str] = dict(extension.attrib) if extension is not None else {}
    active, name, output = (
        given.get(one, "") for one in ("activeElementsCollection", "outputCollection", "outputElement")
    )
    if bool(name) != bool(output):
        problem(xml, "Of its output collection and output element there is only one.", "Fill in both, or none.")
    if xml.get("ordering", "Parallel") != "Parallel":
        text = "Its elements would be done one at a time (ordering), which nobody here watches over."
        problem(xml, text, "Join what must not be at once by flows, and remove the ordering.")
    cancels = xml.get("cancelRemainingInstances", "true")
    if cancels not in ("true", "false"):
        problem(xml, f"Its cancelRemainingInstances “{cancels}” is wrong.", "Write true or false.")
    condition = (xml.findtext(f"{{{BPMN}}}completionCondition") or "").strip()
    return AdHoc(
        active=compiled(active, xml, "active elements collection") if active else None,
        output=name,
        output_element=compiled(output, xml, "output element") if output else None,
        condition=compiled(condition, xml, "completion condition") if condition else None,
        cancels_remaining=cancels == "true",
    )
