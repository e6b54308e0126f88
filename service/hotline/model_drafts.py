"""Changes of diagrams, tables and forms: drafted by some, approved by somebody else, then deployed from a day on."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select, update

from service.engine import Engine, audit, companions, deployments
from service.errors import Conflict, Forbidden, Invalid, ModelRejected, NotFound, Problem
from service.hotline import model_checks
from service.store import rows
from service.store.keys import new_key
from service.store.tables import model_draft
from service.xml_gate import parse_upload

DRAFT, PROPOSED, DEPLOYED, DROPPED = "DRAFT", "PROPOSED", "DEPLOYED", "DROPPED"
_OPEN = (DRAFT, PROPOSED)
LONGEST = 2_000


def find(connection: Connection, kind: str, id_: str) -> RowMapping | None:
    """The change of a thing that is not decided yet."""
    mine = (model_draft.c.kind == kind) & (model_draft.c.resource_id == id_) & model_draft.c.state.in_(_OPEN)
    return connection.execute(select(model_draft).where(mine)).mappings().first()


def get(connection: Connection, kind: str, id_: str) -> RowMapping:
    """Raises NotFound."""
    found = find(connection, kind, id_)
    if found is None:
        raise NotFound(f"Nobody is changing “{id_}”.")
    return found


def waiting(connection: Connection) -> list[RowMapping]:
    """All that are not decided, the oldest first."""
    columns = [one for one in model_draft.c if one.name != "content"]
    query = select(*columns).where(model_draft.c.state.in_(_OPEN)).order_by(model_draft.c.key)
    return list(connection.execute(query).mappings())


def save(
    connection: Connection,
    engine: Engine,
    kind: str,
    id_: str,
    name: str,
    content: bytes,
    *,
    by: str,
    revision: int | None = None,
) -> int:
    """Keep a change; answers its revision. What was proposed has to be proposed again.

    Raises ModelRejected for what no editor could open; Conflict where somebody has saved since `revision`.
    """
    _readable(kind, name, content)
    row, at = find(connection, kind, id_), engine.clock()
    if row is None:
        values = {"kind": kind, "resource_id": id_, "resource_name": name, "content": content, "state": DRAFT}
        moments = {"created_at": at, "changed_at": at}
        whole = {"key": new_key(), "revision": 1, "authors": [by], **values, **moments}
        if not rows.add_once(connection, model_draft, whole):
            raise Conflict("Somebody else has begun to change this just now. Look at their draft.")
        return 1
    if revision is not None and revision != row["revision"]:
        raise Conflict("Somebody has saved this draft since you opened it. Keep your file, and look at theirs.")
    authors = row["authors"] if by in row["authors"] else [*row["authors"], by]
    following = int(row["revision"]) + 1
    _change(connection, row, changed_at=at, content=content, revision=following, authors=authors, state=DRAFT)
    return following


def propose(
    connection: Connection, engine: Engine, row: RowMapping, *, effective_at: datetime | None, note: str, by: str
) -> None:
    """Ask somebody else for approval; raises ModelRejected for what could not be deployed, Invalid without a reason."""
    if not note.strip() or len(note) > LONGEST:
        raise Invalid(f"Say why, in {LONGEST} characters at most.")
    at = engine.clock()
    refused = [one for one in _problems(connection, engine, row, max(at, effective_at or at)) if not one.is_warning]
    if refused:
        raise ModelRejected(refused)
    authors = row["authors"] if by in row["authors"] else [*row["authors"], by]
    _change(connection, row, state=PROPOSED, effective_at=effective_at, note=note.strip(), authors=authors, answer="")
    _record(connection, engine, row, "change-proposed", by)


def approve(connection: Connection, engine: Engine, row: RowMapping, *, by: str) -> deployments.Deployment:
    """Deploy what was proposed, with what has to go along; raises Forbidden for whoever had a hand in it."""
    _refuse_author(row, by)
    at, wanted = engine.clock(), row["effective_at"]
    files = companions.files(connection, engine, row["resource_name"], row["content"], max(at, wanted or at))
    done = deployments.deploy(connection, engine, files, by=by, effective_at=wanted)
    _change(connection, row, state=DEPLOYED, decided_by=by, decided_at=at, deployment_key=done.key)
    _record(connection, engine, row, "change-approved", by)
    return done


def give_back(connection: Connection, engine: Engine, row: RowMapping, *, answer: str, by: str) -> None:
    """What was proposed is not approved as it is: it is a draft again, with the reason."""
    _refuse_author(row, by)
    if not answer.strip() or len(answer) > LONGEST:
        raise Invalid(f"Say what is to be changed, in {LONGEST} characters at most.")
    _change(connection, row, state=DRAFT, answer=answer.strip())
    _record(connection, engine, row, "change-given-back", by)


def drop(connection: Connection, engine: Engine, row: RowMapping, *, by: str) -> None:
    """What counts stays as it is."""
    _change(connection, row, state=DROPPED, decided_by=by, decided_at=engine.clock())
    _record(connection, engine, row, "change-dropped", by)


def dropped(connection: Connection, kind: str, id_: str) -> RowMapping | None:
    """The newest change of a thing that was thrown away, unless one was decided since."""
    mine = (model_draft.c.kind == kind) & (model_draft.c.resource_id == id_)
    query = select(model_draft).where(mine).order_by(model_draft.c.key.desc()).limit(1)
    row = connection.execute(query).mappings().first()
    return row if row is not None and row["state"] == DROPPED else None


def take_back(connection: Connection, engine: Engine, kind: str, id_: str, *, by: str) -> None:
    """What was thrown away is a draft again; raises Conflict where there is none, or another."""
    row = dropped(connection, kind, id_)
    if row is None or find(connection, kind, id_) is not None:
        raise Conflict("There is no draft to be taken back, or somebody has begun another.")
    following = int(row["revision"]) + 1
    _change(connection, row, state=DRAFT, revision=following, decided_by=None, decided_at=None)
    _record(connection, engine, row, "change-taken-back", by)


def _refuse_author(row: RowMapping, by: str) -> None:
    if row["state"] != PROPOSED:
        raise Conflict("This draft is not proposed. Whoever drafts it proposes it first.")
    if by in row["authors"]:
        raise Forbidden("Somebody else has to approve this: you have had a hand in it.")


def _problems(connection: Connection, engine: Engine, row: RowMapping, at: datetime) -> list[Problem]:
    named = (row["kind"], row["resource_id"], row["resource_name"], row["content"])
    return model_checks.problems(connection, engine, *named, at)


def _readable(kind: str, name: str, content: bytes) -> None:
    if kind != "form":
        parse_upload(content, name)
        return
    try:
        drawn = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ModelRejected([Problem(name, f"The form is no JSON: {error}", "Save it again.", name)]) from None
    if not isinstance(drawn, dict):
        raise ModelRejected([Problem(name, "The file is no form.", "Make it with a form editor.", name)])


def _change(connection: Connection, row: RowMapping, **values: Any) -> None:
    """Raises Conflict where it has changed meanwhile."""
    mine = (model_draft.c.key == row["key"]) & (model_draft.c.revision == row["revision"])
    mine &= model_draft.c.state == row["state"]
    if connection.execute(update(model_draft).where(mine).values(**values)).rowcount == 0:
        raise Conflict("This draft has changed meanwhile. Look at it again.")


def _record(connection: Connection, engine: Engine, row: RowMapping, act: str, by: str) -> None:
    subject = f"{row['kind']} {row['resource_id']}"
    audit.record(connection, engine.clock(), act, who=by, subject=subject, revision=row["revision"])
