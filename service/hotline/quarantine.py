"""What the table kept-apart takes out of a matter, as of a state secret: sealed in rows of its own, and opened for whom
the table field-access shows it alone, who says why (Art. 7, Art. 19(3)).

It is taken out of the row of the matter, of its processes, and of their history, as often as something is said anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from service import exact_json
from service.engine import Engine, audit
from service.engine.followed import FollowedStep
from service.engine.step import RUNNING, Step
from service.errors import Conflict, Forbidden
from service.hotline import fields, matters, notes, protections, sealed_fields
from service.hotline.fields import Eyes
from service.hotline.protections import NOTHING
from service.store.keys import new_key
from service.store.secrets import KeyRing
from service.store.tables import element_instance, history, matter, process_instance, quarantine

# The lines of history that hold what variables held; those of who has read something stay.
_TELLING = ("variables", "decision")


class Kept(NamedTuple):
    """What was taken out at once: field → what it held."""

    taken_at: datetime
    told: Mapping[str, Any]


def follow(engine: Engine) -> Callable[[Connection, FollowedStep], None]:
    """A follower, in the step's own transaction; after that of protections, which says how secret a matter is."""

    def told(connection: Connection, step: FollowedStep) -> None:
        marks = protections.of(connection, [step.root_key]).get(step.root_key, NOTHING)
        if marks.secrecy == NOTHING.secrecy:
            return
        judged = fields.eyes(connection, engine, "")
        names = judged.kept_apart(marks)
        number = _number(connection, step) if names else None
        if number is not None:
            noted = notes.taken_out(connection, engine, number) if judged.keeps_apart(notes.INTERNAL, marks) else {}
            _take_out(connection, engine, number, names, step, noted)

    return told


def opened(connection: Connection, engine: Engine, row: RowMapping, eyes: Eyes, *, reason: str, by: str) -> list[Kept]:
    """What was taken out of a matter, the oldest first; why it is asked is sealed in the history of the matter, and
    auditors have its hash.

    Raises Forbidden for whom the table does not show it, Conflict if nothing is kept apart.
    """
    number, secrets = row["number"], engine.protection.secrets
    if not eyes.sees_what_is_kept_apart(protections.of_row(row)):
        raise Forbidden("What touches a state secret is kept from you (Art. 7, Art. 19).", because="STATE_SECRET")
    query = select(quarantine).where(quarantine.c.number == number).order_by(quarantine.c.key)
    kept = [Kept(one["taken_at"], _opened(secrets, one)) for one in connection.execute(query).mappings()]
    if not kept:
        raise Conflict(f"Nothing of the matter {number} is kept apart.")
    matters.note(connection, engine, row, "quarantine-read", by=by, reason=reason)
    why = hashlib.sha256(f"{number}:{reason}".encode()).hexdigest()
    audit.record(connection, engine.clock(), "quarantine-read", who=by, subject=f"matter {number}", why_sha256=why)
    return kept


def forget(connection: Connection, number: str) -> None:
    connection.execute(delete(quarantine).where(quarantine.c.number == number))


def sealed_again(secrets: KeyRing, row: RowMapping) -> Mapping[str, Any]:
    """The column of a row, sealed by the newest key."""
    place = _place(row["key"])
    return {"sealed": secrets.seal(secrets.open(row["sealed"], *place), *place)}


def _number(connection: Connection, step: FollowedStep) -> str | None:
    """Of the matter that a step is about: its own, or what a process of its own goes on about."""
    # The first step of a matter is told before its row knows the instance.
    mine = (matter.c.instance_key == step.root_key) | (matter.c.number == (step.business_id or ""))
    if isinstance(about := step.variables.get("matter_no"), str):
        mine |= matter.c.number == about
    return connection.execute(select(matter.c.number).where(mine)).scalars().first()


def _take_out(
    connection: Connection,
    engine: Engine,
    number: str,
    names: frozenset[str],
    step: FollowedStep,
    noted: Mapping[str, Any],
) -> None:
    told = {**noted, **dict(_of_row(connection, engine.protection.secrets, number, names))}
    tree = select(process_instance).where(process_instance.c.root_key == step.root_key)
    for owner in connection.execute(tree).mappings().all():
        told.update(_of_instance(connection, engine, owner, names, step.by))
    if told:
        key = new_key()
        sealed = engine.protection.secrets.seal(exact_json.dumps(told), *_place(key))
        values = {"key": key, "number": number, "sealed": sealed, "taken_at": step.at}
        connection.execute(insert(quarantine).values(values))


def _of_row(connection: Connection, secrets: KeyRing, number: str, names: frozenset[str]) -> Iterator[tuple[str, str]]:
    row = connection.execute(select(matter).where(matter.c.number == number)).mappings().one()
    now = {name: str(value) for name, value in sealed_fields.opened(secrets, row).items() if name in sealed_fields.TOLD}
    told = {name: value for name, value in now.items() if name in names and value}
    if told:
        values = sealed_fields.sealed(secrets, number, now | dict.fromkeys(told, ""))
        connection.execute(update(matter).where(matter.c.number == number).values(**values))
    yield from told.items()


def _of_instance(
    connection: Connection, engine: Engine, owner: RowMapping, names: frozenset[str], by: str
) -> Mapping[str, Any]:
    variables = engine.protection.variables(owner)
    told, local = _told(variables, names), list(_locals(connection, engine, owner, names))
    for _, mine in local:
        told = {**mine, **told}
    if not told:
        return told
    if owner["state"] in RUNNING:
        # Not as somebody sets variables: one that is suspended keeps nothing back either.
        with Step(connection, engine, by=by) as step:
            step.note(owner["key"], "kept-apart", names=sorted(told))
            row = step.instance(owner["key"])
            step.act(row, lambda run: _empty(run, _told(variables, names), local), even_suspended=True)
    else:
        plain, sealed = engine.protection.of_row(owner).apart(
            variables | dict.fromkeys(_told(variables, names), ""), "process_instance", owner["key"], "variables"
        )
        mine = process_instance.c.key == owner["key"]
        connection.execute(update(process_instance).where(mine).values(variables=plain, sealed=sealed))
    lines = (history.c.instance_key == owner["key"]) & history.c.kind.in_(_TELLING)
    connection.execute(update(history).where(lines).values(sealed=None))
    elements = element_instance.c.instance_key == owner["key"]
    connection.execute(update(element_instance).where(elements).values(sealed=None))
    return told


def _empty(run: Any, own: Mapping[str, Any], local: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
    for number, mine in local:
        run.set_variables(str(number), dict.fromkeys(mine, ""), local=True)
    run.set_variables("", dict.fromkeys(own, ""), local=False)


def _locals(
    connection: Connection, engine: Engine, owner: RowMapping, names: frozenset[str]
) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """What stands in the own variables of the elements that are active."""
    element, seal = element_instance.c, engine.protection.of_row(owner)
    held = (element.instance_key == owner["key"]) & element.sealed.is_not(None) & element.ended_at.is_(None)
    for row in connection.execute(select(element_instance).where(held)).mappings():
        place = "element_instance", owner["key"], row["number"], "variables"
        if mine := _told(seal.whole(row["variables"], row["sealed"], *place), names):
            yield row["number"], mine


def _told(variables: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: variables[name] for name in names & variables.keys() if variables[name] not in (None, "", [], {})}


def _opened(secrets: KeyRing, row: RowMapping) -> Mapping[str, Any]:
    told: Mapping[str, Any] = exact_json.loads(secrets.open(row["sealed"], *_place(row["key"])))
    return told


def _place(key: int) -> tuple[str, str, str]:
    return "quarantine", str(key), "sealed"
