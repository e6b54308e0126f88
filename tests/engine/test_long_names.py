"""What something is found by is short: PostgreSQL cannot hold longer ones in its indexes."""

from __future__ import annotations

import random
import string

import pytest

from service.bpmn import MAX_NAME
from service.engine import messages
from service.errors import Invalid, ModelRejected
from tests.diagrams import Node, diagram, end, event, job, message, message_root, start, user
from tests.world import World

# Not the same letter over and over, which would be stored in little room.
LONG = "".join(random.Random(1).choices(string.ascii_letters, k=6000))


def through(node: Node, root: str = "", process_id: str = "p") -> bytes:
    return diagram(process_id, [start(), node, end()], [f"begin -> {node.id}", f"{node.id} -> done"], root=root)


def signalled(name: str) -> bytes:
    return through(event("intermediateCatchEvent", "wait", "signal", "s"), f'<bpmn:signal id="s" name="{name}" />')


def listened(kind: str, event_: str) -> str:
    return f'<zeebe:{kind}s><zeebe:{kind} eventType="{event_}" type="{LONG}" /></zeebe:{kind}s>'


@pytest.mark.parametrize(
    ("diagram_", "where", "what"),
    [
        (through(user("work"), process_id=LONG), LONG, "process id"),
        (signalled(LONG), "wait", "signal name"),
        (through(message("intermediateCatchEvent", "wait"), message_root(LONG)), "wait", "message name"),
        (through(job("work", LONG)), "work", "job type"),
        (through(user("work", f"clerk, {LONG}")), "work", "candidate group"),
        (through(user("work", more=listened("taskListener", "creating"))), "work", "listener"),
        (through(user("work", more=listened("executionListener", "end"))), "work", "listener"),
    ],
)
def test_a_long_one_is_refused_when_it_is_deployed(world: World, diagram_: bytes, where: str, what: str) -> None:
    with pytest.raises(ModelRejected) as refused:
        world.deploy(diagram_)
    assert [(one.element_id, one.mend) for one in refused.value.problems] == [(where, f"Use {MAX_NAME} at the most.")]
    assert f"{what} has 6000 characters" in refused.value.problems[0].message


@pytest.mark.parametrize(
    ("diagram_", "what"),
    [
        (signalled("=given"), "The signal's name"),
        (through(message("intermediateCatchEvent", "wait"), message_root("reply", "=given")), "The correlation key"),
        (through(job("wait", "=given")), "The job type"),
        (through(user("wait", "=[given]")), "The candidate groups"),
    ],
)
def test_a_long_one_that_is_computed_is_an_incident_until_it_is_shorter(
    world: World, diagram_: bytes, what: str
) -> None:
    world.deploy(diagram_)
    key = world.start("p", given=LONG)
    [told] = world.incidents()
    assert (told["element_id"], told["error_type"]) == ("wait", "EXTRACT_VALUE_ERROR")
    assert told["message"].startswith(f"{what} with 6000 characters, {MAX_NAME} at the most,")
    world.mend(key, given="x" * MAX_NAME)
    assert world.incidents() == []


def test_of_a_message_that_waits_name_key_and_id_are_short_together(world: World) -> None:
    rare = [chr(0x20000 + at) for at in random.Random(1).sample(range(40_000), 3 * MAX_NAME)]  # of four bytes each
    name, key, id_ = ("".join(rare[at::3]) for at in range(3))
    with world.database.write() as connection:
        messages.publish(connection, world.engine, name=name, correlation_key=key, message_id="1", by="caller")
        with pytest.raises(Invalid, match="too long together"):
            messages.publish(connection, world.engine, name=name, correlation_key=key, message_id=id_, by="caller")
