"""Incidents: where the model or the world cannot go on, until a person has mended it."""

from __future__ import annotations

from sqlalchemy import Connection, RowMapping, select, update

from service.engine import Engine, process_instances
from service.errors import Conflict, NotFound
from service.store.keys import new_key
from service.store.tables import history, incident, job, process_instance, timer


def get(connection: Connection, key: int) -> RowMapping:
    """The row of an incident; raises NotFound."""
    row = connection.execute(select(incident).where(incident.c.key == key)).mappings().first()
    if row is None:
        raise NotFound(f"There is no incident {key}.", key=str(key))
    return row


def resolve(connection: Connection, engine: Engine, key: int, *, by: str) -> None:
    """Try again: the job gets at least one more try, stuck timers are due now. Raises NotFound, Conflict."""
    row, at = get(connection, key), engine.clock()
    state = process_instances.get(connection, row["instance_key"])["state"]
    if state == "SUSPENDED":
        raise Conflict(f"Process instance {row['instance_key']} is suspended. Resume it first.", state=state)
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
    engine.wake(connection)
