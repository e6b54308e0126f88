"""How often an activity is done, as its file says: a part of the reader of diagrams."""

from __future__ import annotations

from collections.abc import Callable

from service import feel
from service.bpmn.model import MultiInstance
from service.bpmn.vocabulary import ACTIVITIES, BPMN, ZEEBE, Xml, name_of

# Told of an element, what is wrong with it and how to mend it.
Told = Callable[[Xml, str, str], None]
# Compiles the FEEL of an element's attribute; tells of a problem and answers None if it is none.
Compiled = Callable[[str, Xml, str], feel.Expression | None]


def multi_instance(xml: Xml, problem: Told, compiled: Compiled) -> MultiInstance | None:
    """What an activity says of its instances; None for one that is done once, or with a problem told."""
    loop = next((one for one in xml if name_of(one).endswith("LoopCharacteristics")), None)
    if loop is None:
        return None
    if name_of(loop) != "multiInstanceLoopCharacteristics" or name_of(xml) not in ACTIVITIES:
        mend = "Make it multi-instance, or draw the loop with a gateway."
        problem(xml, f"A {name_of(loop)} is not run on a {name_of(xml)}.", mend)
        return None
    drawn = loop.find(f"{{{BPMN}}}extensionElements/{{{ZEEBE}}}loopCharacteristics")
    given: dict[str, str] = dict(drawn.attrib) if drawn is not None else {}
    for other in loop:
        if name_of(other) not in ("extensionElements", "completionCondition", "documentation", ""):
            mend = "Give it an input collection, like =for i in 1..3 return i."
            problem(xml, f"The {name_of(other)} of a multi-instance activity is not read.", mend)
    if not given.get("inputCollection"):
        problem(xml, "It is multi-instance, but over no collection.", "Fill in its input collection.")
        return None
    collection = compiled(given["inputCollection"], xml, "input collection")
    name, output = given.get("outputCollection", ""), given.get("outputElement", "")
    if bool(name) != bool(output):
        text = "Of its output collection and output element there is only one."
        problem(xml, text, "Fill in both, or none.")
    if collection is None:
        return None
    condition = (loop.findtext(f"{{{BPMN}}}completionCondition") or "").strip()
    return MultiInstance(
        is_sequential=loop.get("isSequential") == "true",
        collection=collection,
        member=given.get("inputElement", ""),
        output=name,
        output_element=compiled(output, xml, "output element") if output else None,
        condition=compiled(condition, xml, "completion condition") if condition else None,
    )
