"""How often an activity is done, as its file says: a part of the reader of diagrams."""

from __future__ import annotations

from collections.abc import Callable

from service import feel
from service.bpmn.model import MultiInstance, StandardLoop
from service.bpmn.vocabulary import ACTIVITIES, BPMN, ZEEBE, Xml, an, name_of

# Told of an element, what is wrong with it and how to mend it.
Told = Callable[[Xml, str, str], None]
# Compiles the FEEL of an element's attribute; tells of a problem and answers None if it is none.
Compiled = Callable[[str, Xml, str], feel.Expression | None]


def repetition(xml: Xml, problem: Told, compiled: Compiled) -> MultiInstance | StandardLoop | None:
    """What an activity says of its instances or rounds; None for one that is done once, or with a problem told."""
    loops = [one for one in xml if name_of(one).endswith("LoopCharacteristics")]
    if not loops:
        return None
    loop = loops[0]
    if len(loops) > 1:
        problem(xml, "It is both a loop and multi-instance.", "Keep one of them, and draw a sub-process for the other.")
    if name_of(xml) not in ACTIVITIES:
        text = f"{an(name_of(loop))} is not run on {an(name_of(xml), begins=False)}."
        problem(xml, text, "Repeat an activity, or draw the loop with a gateway.")
        return None
    if name_of(loop) == "standardLoopCharacteristics":
        return _standard(xml, loop, problem, compiled)
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


def _standard(xml: Xml, loop: Xml, problem: Told, compiled: Compiled) -> StandardLoop | None:
    condition = (loop.findtext(f"{{{BPMN}}}loopCondition") or "").strip()
    maximum = loop.get("loopMaximum", "")
    if maximum and not (maximum.isdecimal() and int(maximum) > 0):
        problem(xml, f"Its loop maximum “{maximum}” is wrong.", "Write a whole number from 1 on.")
        return None
    if not condition and not maximum:
        problem(xml, "It is a loop that nothing ends.", "Write a loop condition, a loop maximum or both.")
        return None
    return StandardLoop(
        compiled(condition, xml, "loop condition") if condition else None,
        int(maximum) if maximum else None,
        loop.get("testBefore") == "true",
    )
