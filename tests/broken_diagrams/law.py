"""The law of broken diagrams: refused where they were broken, or run; nothing else is ever raised."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from random import Random

from lxml import etree

from service import bpmn
from service.engine import deployments
from service.errors import Problem, StuckError
from tests.broken_diagrams.breaking import EVERY
from tests.broken_diagrams.shapes import NOWHERE, Broken, nodes, of
from tests.random_processes import blocks
from tests.random_processes.drawing import MATTER

TESTS = Path(__file__).parents[1]
PROCESSES = TESTS.parent / "processes"
GENERATED, STEPS = 40, 30


@dataclass(frozen=True)
class Case:
    """A broken file, made of a seed alone."""

    seed: int
    origin: str
    xml: bytes
    broken: tuple[Broken, ...]

    @property
    def told(self) -> str:
        return f"seed {self.seed}, {self.origin}: {'; '.join(one.what for one in self.broken)}"


@cache
def good() -> tuple[tuple[str, bytes], ...]:
    shipped = [(path.name, path.read_bytes()) for path in sorted(PROCESSES.glob("*.bpmn"))]
    drawn = [(f"drawn {number}", blocks.draw(Random(number)).xml) for number in range(GENERATED)]
    return (*shipped, *drawn, *written())


def written() -> list[tuple[str, bytes]]:
    """The good diagrams of other tests, as far as they have names there."""
    found: dict[bytes, str] = {}
    for folder in ("bpmn", "engine"):
        for path in sorted((TESTS / folder).glob("test_*.py")):
            module = import_module(f"tests.{folder}.{path.stem}")
            for name, value in sorted(vars(module).items()):
                if isinstance(value, bytes) and value.startswith(b"<bpmn:definitions"):
                    found.setdefault(value, f"{folder}/{path.name} {name}")
    return [(origin, xml) for xml, origin in found.items() if not problems(xml)[1]]


def case(seed: int) -> Case:
    """One fault in most files, several in others; a few are broken as bytes."""
    chance = Random(seed)
    origin, xml = good()[seed % len(good())]
    root = etree.fromstring(xml)
    broken: list[Broken] = []
    wanted = chance.choice((1, 1, 1, 2, 3))
    first = EVERY[seed % len(EVERY)]
    for breaking in [first, *chance.choices(EVERY, k=wanted + 8)]:
        if len(broken) < wanted and (done := breaking(root, chance)):
            broken.append(done)
        whole = all(of(root, name) for name in ("process", "startEvent", "endEvent"))
        if not whole or any(one.get("id") is None for one in nodes(root)):
            break  # the others find elements by their ids
    return Case(seed, origin, etree.tostring(root), tuple(broken))


def bytes_of(xml: bytes) -> dict[str, bytes]:
    """What is no XML that may come in, by what is wrong with it."""
    doctype = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    return {
        "cut off": xml[: len(xml) // 2],
        "empty": b"",
        "only spaces": b"   \n",
        "a doctype": doctype + xml,
        "an instruction": b'<?xml-stylesheet href="x.xsl"?>' + xml,
        "no UTF-8": xml.replace(b"begin", b"begin\xff\xfe", 1) + b"\xc3",
        "another encoding": '<?xml version="1.0" encoding="GB18030"?><a b="受理"/>'.encode("gb18030"),
        "an archive": b"PK\x03\x04" + xml,
        "too large": xml + b"<!--" + b"x" * 3_000_000 + b"-->",
        "two roots": xml + xml,
        "nothing but zeros": b"\0" * 100,
        "another root": b"<html><body/></html>",
        "JSON": b'{"id": 1}',
        "elements without end": b"<a>" * 200,
    }


def problems(xml: bytes, name: str = "broken.bpmn") -> tuple[tuple[bpmn.ProcessModel, ...], Sequence[Problem]]:
    """The models of a file if it can be deployed, or else its problems; what it refers to is there, but one name."""
    found, wrong = deployments.examine([(name, xml)])
    wrong = [*wrong, *deployments.missing(found, lambda _, reference: reference.target_id not in ("", NOWHERE))]
    return tuple(one[0] for one in found.processes.values()), wrong


def keeps(one: Case) -> str:
    """`refused` or `runs`; raises AssertionError, or whatever the product should not have raised."""
    try:
        models, wrong = problems(one.xml)
        # A fault that may be none can take away the place of another.
        sure = one.broken if all(broken.sure for broken in one.broken) else ()
        harmless = all(broken.harmless for broken in one.broken)
        sure = () if harmless else sure
        assert not (harmless and wrong), f"it is refused, though it does no harm: {wrong}"
        if not wrong:
            assert not sure, "it is not refused"
            if all(broken.told for broken in one.broken):
                warned = {warning.element_id for model in models for warning in model.warnings}
                assert all(broken.named & warned for broken in one.broken), f"it is not told: {warned}"
            for model in models:
                runs(model, Random(one.seed))
            return "runs"
        assert all(problem.message and problem.mend for problem in wrong), f"no reason or no mend: {wrong}"
        named = {problem.element_id for problem in wrong}
        # One fault can hide another, but some fault is told where it is.
        wanted = [broken.named for broken in sure]
        assert not wanted or any(ids & named for ids in wanted), f"{wanted} are to be named, but {named} are"
        return "refused"
    except Exception as error:
        path = Path(tempfile.gettempdir()) / f"broken-{one.seed}.bpmn"
        path.write_bytes(one.xml)
        error.add_note(
            f"{one.told}; the file: {path}; again: python -m tests.broken_diagrams --first {one.seed} --cases 1"
        )
        raise


def runs(model: bpmn.ProcessModel, chance: Random) -> None:
    """Start it and go on for some steps; it may be stuck where an incident can name it, and nothing else."""
    now = datetime(2026, 2, 10, 9, tzinfo=UTC)
    context = bpmn.RunContext(lambda: now, lambda *_: bpmn.DecisionOutcome({}, {}))
    if not any(one.kind == "none" for one in model.start_events):
        return
    try:
        run = bpmn.Run.start(model, {"a": 1, "b": 2, "c": 3, "matter": MATTER}, context)
        waits = run.advance()
        for _ in range(STEPS):
            if waits.ended or not waits.items:
                return
            run = bpmn.Run.restore(model, run.dump(), context)
            wait = chance.choice(waits.items)
            if wait.kind == "incident":
                return
            match wait.kind:
                case "incident":  # it is told, and waits for a person
                    return
                case "timer":
                    run.fire_timer(wait.id)
                case "message" | "signal":
                    run.receive(wait.id, {})
                case _:
                    run.complete(wait.id, {})
            waits = run.advance()
    except StuckError as error:
        if error.element_id not in {"", *model.elements}:
            raise AssertionError(f"an incident at {error.element_id}, which is not there") from error
