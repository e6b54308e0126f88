"""The parts put together: settings, store, engine, surfaces; the only module that knows all of them."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select
from sqlalchemy.engine import make_url

from service import logs, web
from service.clock import Clock, now
from service.config import BadSetting, Settings
from service.engine import Engine, deployments
from service.engine.deployments import Deployment, Files
from service.handlers.registry import Ways, all_handlers
from service.hotline import (
    accusations,
    approvals,
    certificates,
    data_keys,
    drafts,
    erasure,
    facts,
    knowledge,
    lookups,
    notices,
    organisation,
    periods,
    progress,
    protected,
    protections,
    publications,
    quarantine,
    rosters,
    sharing,
    units,
    watches,
)
from service.hotline.calendars import LocalCalendar
from service.store.migrations import migrate
from service.store.protection import Protection
from service.store.secrets import KeyRing, new_key
from service.store.tables import decision_requirements, form, metadata, process_definition
from service.store.unit_of_work import Database, engine_options
from service.web import Hotline, admission, auth, problems, scopes, streams
from service.web.base_path import under
from service.web.sent_files import InMemory

log = structlog.get_logger()

PROJECT = Path(__file__).parents[1]
SHIPPED = ("processes/*.bpmn", "dmn/*.dmn", "forms/*.form")


def create_app(settings: Settings, *, clock: Clock = now) -> Flask:
    """An app over a migrated database, without anything deployed. Raises DatabaseBusy, BadSetting."""
    logs.configure(settings.log_level, settings.log_format)
    app = Flask("service.web", template_folder="console/templates", static_folder=None)
    app.request_class = InMemory
    app.config["MAX_CONTENT_LENGTH"] = settings.max_request_bytes
    app.config["MAX_FORM_MEMORY_SIZE"] = settings.max_request_bytes
    app.config["MAX_FORM_PARTS"] = 1000
    database = _open(app, settings)
    migrate(database)
    calendar = LocalCalendar(database)
    protection = Protection(_secrets(database, settings), protected.names())
    data_keys.know(database, protection, clock())
    engine = Engine(
        clock,
        calendar,
        protection=protection,
        reread_calendar=calendar.forget,
        hears=accusations.hears,
        models_kept=settings.models_kept,
    )
    engine.followers += (
        progress.follow(engine),
        accusations.follow,
        protections.follow(engine),
        quarantine.follow(engine),
        facts.follow,
    )
    ways = _ways(database, engine, protection.secrets, sharing.Ways(settings.own_networks))
    engine.handlers = all_handlers(ways)
    facts.catch_up(database)
    app.extensions["hotline"] = Hotline(database, engine, settings, protection.secrets)
    problems.register(app)
    admission.register(app)
    streams.register(app, database)
    web.register(app)
    if settings.base_path:
        app.wsgi_app = under(settings.base_path, app.wsgi_app)  # type: ignore[assignment, method-assign]
    return app


def furnish(app: Flask) -> Deployment | None:
    """Load the fictional organisation and deploy what is shipped, where they are not there yet."""
    parts: Hotline = app.extensions["hotline"]
    with parts.database.write() as connection:
        given = organisation.seed(
            connection,
            parts.engine.clock(),
            hash_token=auth.hash_token,
            hash_password=auth.hash_password,
            scopes=scopes.usual,
        )
        if given:
            # Before the commit: people whose tokens nobody knows would be of no use.
            file = _beside(parts.database, "demo-people.csv")
            organisation.write_access(given, file)
            log.info("organisation-loaded", people=len(given), tokens=str(file))
    return deploy_new(parts, shipped())


def shipped() -> Files:
    """The diagrams, tables and forms of the project folder."""
    return [(path.name, path.read_bytes()) for pattern in SHIPPED for path in sorted(PROJECT.glob(pattern))]


@cache
def served() -> frozenset[tuple[str, str]]:
    """The methods and endpoints of all surfaces, as an app over an empty database has them."""
    with TemporaryDirectory() as folder:
        app = create_app(Settings(database_url=f"sqlite:///{folder}/empty.db", log_level="ERROR"))
        parts: Hotline = app.extensions["hotline"]
        parts.database.close()
    return frozenset((method, rule.endpoint) for rule in app.url_map.iter_rules() for method in rule.methods or ())


def deploy_new(parts: Hotline, files: Files) -> Deployment | None:
    """Deploy what no version has held yet: what policy staff have deployed since stays the newest.

    The others go along as they are now: a diagram finds its tables and forms in its own deployment.
    """
    with parts.database.write() as connection:
        stored: dict[str, bytes] = {}
        known: set[str] = set()
        for table, content in (
            (process_definition, process_definition.c.xml),
            (decision_requirements, decision_requirements.c.xml),
            (form, form.c.schema_json),
        ):
            query = select(table.c.resource_name, table.c.checksum, content.label("content")).order_by(table.c.key)
            for row in connection.execute(query):
                known.add(row.checksum)
                stored[row.resource_name] = row.content.encode() if isinstance(row.content, str) else row.content
        fresh = {name for name, content in files if hashlib.sha256(content).hexdigest() not in known}
        if not fresh:
            return None
        together = [(name, content if name in fresh else stored.get(name, content)) for name, content in files]
        if waiting := deployments.unapproved(connection, parts.engine, together):
            log.warning("not-approved", files=sorted(waiting))
            together = [(name, stored.get(name, content) if name in waiting else content) for name, content in together]
        return deployments.deploy(connection, parts.engine, together, by="hotline", is_founding=True)


def _beside(database: Database, name: str) -> Path:
    """A file of the service's own: beside the SQLite file, or in `var`, named after the server's database."""
    url = database.engine.url
    if database.is_sqlite and url.database and url.database != ":memory:":
        return Path(url.database).with_name(name)
    stem, _, ending = name.rpartition(".")
    return Path("var") / f"{stem}-{url.database}.{ending}"


def _secrets(database: Database, settings: Settings) -> KeyRing:
    """The keys that are set, or those of a file beside an SQLite database, which is made if it is not there."""
    if settings.data_keys:
        return KeyRing.read(settings.data_keys)
    if not database.is_sqlite:
        raise BadSetting(
            "DATA_KEYS must be set with PostgreSQL, the same on every machine. `hotline keys new` prints a key; keep "
            "it where the database is not."
        )
    file = _beside(database, "data.keys")
    file.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError), open(file, "x", opener=partial(os.open, mode=0o600)) as made:
        made.write(new_key(f"{now():%Y%m%d}"))
        log.info("data-key-made", file=str(file))
    return KeyRing.read(file.read_text())


def _ways(database: Database, engine: Engine, secrets: KeyRing, out: sharing.Ways) -> Ways:
    return Ways(
        post=notices.post(database, engine),
        publish=notices.publish(database, engine),
        publish_entry=knowledge.publish(database, engine),
        withdraw_entry=knowledge.withdraw(database, engine),
        publish_information=publications.publish(database, engine),
        withdraw_information=publications.withdraw(database, engine),
        activate_unit=units.activate(database, engine),
        record_approval=approvals.record(database, engine),
        publish_roster=rosters.publish(database),
        issue_certificate=certificates.issue(database, engine),
        compile_analysis=drafts.analysis(database, engine),
        compile_annual_report=drafts.annual(database),
        export_results=periods.export(database, engine),
        freeze_period=periods.freeze(database, engine),
        list_governments=drafts.governments(database, engine),
        publish_results=periods.publish(database, engine),
        expired=erasure.expired(database, engine),
        erase=erasure.erase(database, engine),
        open_sharing=sharing.open_(database, engine, secrets, out),
        push_shared_matter=sharing.push(database, engine, secrets, out),
        close_sharing=sharing.close(database, engine),
        find_repeats=watches.repeats(database, engine),
        find_long_calls=watches.long_calls(database, engine),
        draw_calls=watches.calls(database, engine),
        count_lookups=lookups.counted(database, engine),
        list_bodies=units.bodies(database),
        find_inactive=units.inactive(database),
        look_up_staff=units.staff(database),
    )


def _open(app: Flask, settings: Settings) -> Database:
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        # Flask-SQLAlchemy would look for a relative path in a folder of its own.
        path = Path(url.database).absolute()
        path.parent.mkdir(parents=True, exist_ok=True)
        url = url.set(database=str(path))
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    orm = SQLAlchemy(metadata=metadata, engine_options=engine_options(url))
    orm.init_app(app)
    with app.app_context():
        return Database(engine=orm.engine)
