"""Incidents: where the model or the world cannot go on, until a person has mended it."""

from __future__ import annotations

from sqlalchemy import Connection, RowMapping, select, update

from service.engine import Engine, process_instances
from service.engine.step import Step
from service.errors import Conflict, NotFound
from service.store.keys import new_key
from service.store.tables import history, incident, job, process_instance, timer


def get(connection: Connection, key: int) -> RowMapping:
    """The row of an incident; raises NotFound."""
    row = connection.execute(select(incident).where(incident.c.key == key)).mappings().first()
    if row is None:
        raise NotFound(f"There is no incident {key}.", key=str(key))
    return row


def _retry(connection: Connection, engine: Engine, row: RowMapping, held: str, *, by: str) -> None:
    with Step(connection, engine, by=by) as step:
        step.lock(process_instance, row["instance_key"])
        step.note(row["instance_key"], "incident-resolved", row["element_id"], incident=str(row["key"]))
        step.act(step.instance(row["instance_key"]), lambda run: run.retry(held))


def resolve(connection: Connection, engine: Engine, key: int, *, by: str) -> None:
    """Try again: what is held goes on, the job gets at least one more try, stuck timers are due now.

    Raises NotFound, Conflict, StuckError.
    """
    row, at = get(connection, key), engine.clock()
    instance = process_instances.get(connection, row["instance_key"])
    if instance["state"] == "SUSPENDED":
        text = f"Process instance {row['instance_key']} is suspended. Resume it first."
        raise Conflict(text, state=instance["state"])
    held = next((wait_id for wait_id, entry in instance["waits"].items() if entry[:2] == ["incident", key]), None)
    if held is not None and row["state"] == "ACTIVE":
        _retry(connection, engine, row, held, by=by)
        return
    open_still = (incident.c.key == key) & (incident.c.state == "ACTIVE")
    if not connection.execute(update(incident).where(open_still).values(state="RESOLVED", resolved_at=at)).rowcount:
        raise Conflict(f"Incident {key} is resolved already.", key=str(key))
    mine = process_instance.c.key == row["instance_key"]
    connection.execute(update(process_instance).where(mine).values(incidents=process_instance.c.incidents - 1))
    if row["job_key"] is not None:
        held = connection.execute(select(job.c.retries).where(job.c.key == row["job_key"])).scalar()
        again = {"state": "READY", "due_at": at, "retries": max(held or 0, 1)}
        connection.execute(update(job).where(job.c.key == row["job_key"]).values(**again))
    else:
        stuck = (timer.c.instance_key == row["instance_key"]) & (timer.c.element_id == row["element_id"])
        connection.execute(update(timer).where(stuck).values(due_at=at))
    connection.execute(
        history.insert().values(
            key=new_key(),
            instance_key=row["instance_key"],
            kind="incident-resolved",
            element_id=row["element_id"],
            at=at,
            by=by,
            data={"incident": str(key)},
        )
    )
    engine.wake(connection, None)


def resolve_all(connection: Connection, engine: Engine, instance_key: int, *, by: str) -> None:
    """Try again all that an instance is stuck at. Raises Conflict, StuckError."""
    stuck = (incident.c.instance_key == instance_key) & (incident.c.state == "ACTIVE")
    for key in connection.execute(select(incident.c.key).where(stuck).order_by(incident.c.key)).scalars().all():
        resolve(connection, engine, key, by=by)
