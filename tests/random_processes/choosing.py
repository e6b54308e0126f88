"""The ad-hoc sub-processes of random processes: what is done in them is chosen while they run."""

from __future__ import annotations

from collections import Counter

from tests.diagrams import Node, mapping
from tests.random_processes import activities, blocks
from tests.random_processes.drawing import Block, Drawing, Passed, Scope, both


def chosen(drawing: Drawing, scope: Scope, depth: int) -> Block:
    """One whose chains its collection names, or a worker."""
    id_, inside = drawing.new("some"), Scope(has_ends=False)
    chains = [_chain(drawing, inside, depth) for _ in range(drawing.chance.randrange(1, 4))]
    attributes, until = dict[str, str](), ""
    way: Passed
    if drawing.likely(30):
        # On a calm way its worker says at once that it is enough.
        told, way = '<zeebe:taskDefinition type="choose" /><zeebe:adHoc{output} />', Counter[str]()
    else:
        told, way = _named(drawing, id_, chains)
        condition, holds = drawing.condition()
        if holds and drawing.likely(50):
            is_last = drawing.likely(50)
            until = f"<bpmn:completionCondition>={condition.replace('>', '&gt;')}</bpmn:completionCondition>"
            attributes["cancelRemainingInstances"] = str(is_last).lower()
            way = None if is_last else way
    number = id_.split("-")[1]
    output = f' outputCollection="out{number}" outputElement="=a"' if drawing.likely(40) else ""
    more = told.replace("{output}", output)
    more += mapping(dict.fromkeys(inside.counters, "0")) if inside.counters else ""
    node = Node("adHocSubProcess", id_, more, drawing.inside(inside, f"{id_}-f") + until, **attributes)
    return activities.with_border(drawing, scope, depth, node, "sub", both(way, Counter({id_: 1})))


def _chain(drawing: Drawing, inside: Scope, depth: int) -> Block:
    """Blocks between tasks: a gateway is neither first nor last."""
    first, way = activities.task(drawing, inside), blocks.sequence(drawing, inside, depth + 1)
    return inside.chain(first, way, activities.task(drawing, inside))


def _named(drawing: Drawing, id_: str, chains: list[Block]) -> tuple[str, Passed]:
    """The attribute that names some of the chains, and what they pass."""
    wanted = [one for one in chains if drawing.likely(60)] or chains[:1]
    ids = [one.first for one in wanted]
    collection = "[" + ", ".join(f"&quot;{one}&quot;" for one in ids) + "]"
    if drawing.likely(20):
        collection = drawing.need(f"some{id_.split('-')[1]}", ids)
    way = both(*(one.passed for one in wanted), Counter({f"{id_}#innerInstance": len(ids)}))
    return f'<zeebe:adHoc activeElementsCollection="={collection}"{{output}} />', way
