"""The activities of random processes that are done several times: for many, or while a condition holds."""

from __future__ import annotations

from collections import Counter

from tests.diagrams import Node, again, each
from tests.random_processes import activities
from tests.random_processes.drawing import Block, Drawing, Passed, Scope, both, times


def many(drawing: Drawing, scope: Scope, depth: int) -> Block:
    """A multi-instance activity."""
    node, kind, passed = _repeated(drawing, depth)
    node, number = for_many(drawing, node)
    all_passed = None if number is None else both(times(passed, number), Counter({node.id: 1}))
    return activities.with_border(drawing, scope, depth, node, kind, all_passed)


def for_many(drawing: Drawing, node: Node) -> tuple[Node, int | None]:
    """The node done for the members of a collection, and how many a calm run completes; None if unknown."""
    variable, members = f"list{node.id.split('-')[1]}", drawing.chance.randrange(4)
    collection = "[" + ", ".join(str(number) for number in range(members)) + "]"
    if drawing.likely(20):
        drawing.needed[variable] = list(range(members))
        collection = variable
    is_sequential, names, until = drawing.likely(50), {}, ""
    if drawing.likely(50):
        names = {"member": f"member{variable}", "output": f"out{variable}", "result": f"member{variable}"}
    done: int | None = members
    if drawing.likely(30):
        enough = drawing.chance.randrange(1, 4)
        until = f"numberOfCompletedInstances >= {enough}"
        done = min(members, enough) if is_sequential or enough >= members else None
    return each(node, collection, sequential=is_sequential, until=until, **names), done


def looped(drawing: Drawing, scope: Scope, depth: int) -> Block:
    """An activity that is done while its condition holds."""
    node, kind, passed = _repeated(drawing, depth)
    tested, rounds, at_most = drawing.likely(40), drawing.chance.randrange(4), drawing.chance.randrange(1, 4)
    attributes: dict[str, object] = {"testBefore": tested}
    condition = f"loopCounter < {rounds}" if drawing.likely(80) else ""
    done = (rounds if tested else max(rounds, 1)) if condition else at_most
    if not condition or drawing.likely(30):
        attributes["loopMaximum"], done = at_most, min(done, at_most)
    node = again(node, condition, **attributes)
    return activities.with_border(drawing, scope, depth, node, kind, both(times(passed, done), Counter({node.id: 1})))


def _repeated(drawing: Drawing, depth: int) -> tuple[Node, str, Passed]:
    if drawing.likely(40):
        node, passed = activities.inner(drawing, depth)
        return node, "sub", passed
    return activities.one_task(drawing)
