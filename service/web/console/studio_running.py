"""What runs by which version of a diagram, and how its instances go on by another: checked first, then in a batch."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for

from service.bpmn import MigrationPlan
from service.engine import batches
from service.errors import Conflict, HotlineError, Invalid, NotFound, Problem
from service.hotline import deployed, running_versions
from service.web import here
from service.web.api import batch_operations
from service.web.console import studio
from service.web.console.words import named

_TO = "to-"
STATES = {
    "ACTIVE": named("going on"),
    "COMPLETED": named("done"),
    "CANCELED": named("stopped"),
    "SUSPENDED": named("standing still"),
}


def page(id_: str, wrong: HotlineError | None = None) -> str:
    """From which version to which, what becomes of the elements, and whether it is to be checked stand in the URL."""
    parts, told = here(), request.values
    with parts.database.read() as connection:
        thing = deployed.get(connection, "process", id_, parts.engine.clock())
        old = _version(thing, told.get("from", "")) or next((it for it in thing.running if it != thing.newest), None)
        new = _version(thing, told.get("into", "")) or thing.newest
        places = []
        if old is not None and old != new:
            models = [parts.engine.process_model(connection, one.key) for one in (old, new)]
            places = running_versions.places(connection, old.key, *models)
    plan = _plan()
    problems: dict[int, tuple[Problem, ...]] = {}
    has_more = False
    if "check" in told and old is not None and old != new:
        problems, has_more = batch_operations.checked(_of(old), new.key, plan)
    return render_template(
        "console/studio_running.html",
        thing=thing,
        old=old,
        new=new,
        standing=places,
        mapping=plan.mapping,
        is_checked="check" in told and old is not None and old != new,
        fine=sum(not one for one in problems.values()),
        problems=[(key, one) for key, one in problems.items() if one],
        has_more=has_more,
        wrong=wrong,
        **studio.words(),
    )


def migrate(id_: str) -> Any:
    """Begin it for all that run by a version; what cannot go on so stays, and the next page says why."""
    parts = here()
    try:
        with parts.database.read() as connection:
            thing = deployed.get(connection, "process", id_, parts.engine.clock())
        old, new = _version(thing, request.form.get("from", "")), _version(thing, request.form.get("into", ""))
        if old is None or new is None or old == new:
            raise Invalid("Choose two different versions.")
        plan = _plan()
        told = {"target": str(new.key), "mapping": dict(plan.mapping), "equal_ids": True}
        begun = batch_operations.begin("MIGRATE_PROCESS_INSTANCE", _of(old), told)
    except (Conflict, Invalid) as error:
        return page(id_, error), 409 if isinstance(error, Conflict) else 400
    return redirect(url_for("console.studio_migration", id_=id_, key=begun["batchOperationKey"]), 303)


def progress(id_: str, key: int) -> str:
    """How far a migration is, and what could not go on, with why."""
    parts = here()
    with parts.database.read() as connection:
        thing = deployed.get(connection, "process", id_, parts.engine.clock())
        operation = batches.get(connection, key)
        if operation["kind"] != "MIGRATE_PROCESS_INSTANCE":
            raise NotFound("This is no migration.")
        failed = running_versions.failed(connection, key)
    return render_template(
        "console/studio_migration.html", thing=thing, it=operation, failed=failed, stages=STATES, **studio.words()
    )


def _of(version: deployed.Version) -> dict[str, Any]:
    return {"processDefinitionKey": str(version.key)}


def _version(thing: deployed.Thing, number: str) -> deployed.Version | None:
    return next((one for one in thing.versions if str(one.number) == number), None)


def _plan() -> MigrationPlan:
    """What is named becomes what is chosen; anything else keeps its id."""
    chosen = {name.removeprefix(_TO): value for name, value in request.values.items() if name.startswith(_TO) and value}
    return MigrationPlan({name: value for name, value in chosen.items() if name != value}, True)
