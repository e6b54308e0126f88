"""What is wrong with ad-hoc sub-processes: a part of the lint of a diagram."""

from __future__ import annotations

from collections.abc import Iterator

from service.bpmn import ad_hoc
from service.bpmn.model import ProcessModel
from service.bpmn.vocabulary import ACTIVITIES

Found = Iterator[tuple[str, str, str]]  # element id, message, mend


def activated(model: ProcessModel) -> Found:
    for one in model.elements.values():
        if one.ad_hoc is None:
            continue
        if one.job and (one.ad_hoc.active or one.ad_hoc.condition):
            text = "A worker chooses what is done in it (task definition), and so does the diagram."
            yield one.id, text, "Remove the task definition, or the active elements and the completion condition."
        inside = [each for each in model.elements.values() if each.parent_id == one.id]
        for each in inside:
            if each.type in ("startEvent", "endEvent"):
                text = f"A {each.type} stands in the ad-hoc sub-process “{one.name or one.id}”."
                yield each.id, text, "Remove it: what no flow leads to is activated, and ends where no flow leaves."
        if not any(each.type in ACTIVITIES for each in ad_hoc.activatable(model, one.id)):
            text = "There is no activity in it that can be activated."
            yield one.id, text, "Draw one that no flow leads to."
