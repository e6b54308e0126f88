"""Pages for people, in Chinese and English; they work without JavaScript."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, g, request
from werkzeug.exceptions import BadRequest

from service.web.auth import is_our_page
from service.web.console import (
    about,
    attachments,
    changes,
    coverage,
    demonstration,
    directions,
    exports,
    faults,
    figures,
    heat,
    incidents,
    intake,
    knowledge,
    languages,
    matter,
    matter_decisions,
    matter_record,
    matters,
    modeler,
    modules,
    navigation,
    operations,
    problems,
    provider,
    signing_in,
    start,
    statistics,
    studio,
    studio_back_test,
    studio_compare,
    studio_drafts,
    studio_new,
    studio_running,
    supervision,
    task,
    tasks,
    track,
    units,
    way,
)
from service.web.console.words import named
from service.web.oidc import PROVIDER, Provider

_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

blueprint = Blueprint("console", __name__, static_folder="static", static_url_path="/console/static")
blueprint.add_url_rule("/", view_func=start.page)
blueprint.add_url_rule("/tasks", "tasks", tasks.page)
blueprint.add_url_rule("/tasks", "claim", tasks.act, methods=["POST"])
blueprint.add_url_rule("/tasks/<key>", "task", task.page)
blueprint.add_url_rule("/tasks/<key>", "finish", task.act, methods=["POST"])
blueprint.add_url_rule("/matters", "matters", matters.page)
blueprint.add_url_rule("/matters/<number>", "matter", matter.page)
blueprint.add_url_rule("/matters/<number>/way", "way", way.page)
blueprint.add_url_rule("/matters/<number>/way/changes", "way_changes", way.changes)
blueprint.add_url_rule("/matters/<number>/ways/<int:key>", "way_picture", way.picture)
blueprint.add_url_rule("/matters/<number>/contact", "unmask", matter.unmask, methods=["POST"])
blueprint.add_url_rule("/matters/<number>/attachments", "add_files", attachments.add, methods=["POST"])
blueprint.add_url_rule("/matters/<number>/attachments", "files", attachments.page)
blueprint.add_url_rule("/matters/<number>/attachments/<int:key>", "take_file", attachments.take)

blueprint.add_url_rule("/matters/export", "export_matters", exports.chosen, methods=["POST"])
blueprint.add_url_rule("/matters/<number>/export", "export_matter", exports.one, methods=["POST"])
blueprint.add_url_rule("/matters/<number>/decisions", view_func=matter_decisions.page, endpoint="matter_decisions")
blueprint.add_url_rule("/matters/<number>/record", view_func=matter_record.page, endpoint="matter_record")
blueprint.add_url_rule("/matters/<number>/notes", "note", matter.note, methods=["POST"])
blueprint.add_url_rule("/matters/<number>/public-notes", "public_note", matter.public_note, methods=["POST"])
blueprint.add_url_rule("/matters/<number>/supervision", "supervise", matter.supervise, methods=["POST"])
blueprint.add_url_rule("/supervision", "supervision", supervision.page)
blueprint.add_url_rule("/matters/<number>/urge", "urge", matter.urge, methods=["POST"])
blueprint.add_url_rule("/coverage", "coverage", coverage.page)
blueprint.add_url_rule("/coverage/pictures/<int:key>", "picture", coverage.picture)
blueprint.add_url_rule("/about", "about", about.page)
blueprint.add_url_rule("/knowledge", "knowledge", knowledge.page)
blueprint.add_url_rule("/knowledge/<entry_id>", "knowledge_entry", knowledge.entry)
blueprint.add_url_rule("/units", "units", units.page)
blueprint.add_url_rule("/units/<unit_id>", "unit", units.unit)
blueprint.add_url_rule("/duties", "duties", units.directory)
blueprint.add_url_rule("/roster", "roster", units.roster)
blueprint.add_url_rule("/figures", "figures", figures.overview)
blueprint.add_url_rule("/figures/export", "export_figures", figures.export, methods=["POST"])
blueprint.add_url_rule("/figures/<figure>", "figure", figures.one)
blueprint.add_url_rule("/figures/<figure>/<part>", "counted", figures.counted)
blueprint.add_url_rule("/heat", "heats", heat.page)
blueprint.add_url_rule("/heat/<process_id>", "heat", heat.one)
blueprint.add_url_rule("/heat/<process_id>/<element_id>", "heat_behind", heat.behind)
blueprint.add_url_rule("/intake", "intake", intake.page)
blueprint.add_url_rule("/intake", "file_matter", intake.file, methods=["POST"])
blueprint.add_url_rule("/intake/check", "check_matter", intake.check, methods=["POST"])
blueprint.add_url_rule("/statistics", "statistics", statistics.page)
blueprint.add_url_rule("/demonstration", "demonstration", demonstration.page)
blueprint.add_url_rule("/demonstration", "become", demonstration.become, methods=["POST"])
blueprint.add_url_rule("/changes/tasks", "tasks_changes", changes.tasks)
blueprint.add_url_rule("/changes/tasks/<key>", "task_changes", changes.task)
blueprint.add_url_rule("/changes/matters/<number>", "matter_changes", changes.matter)
blueprint.add_url_rule("/changes/operations", "operations_changes", changes.operations)
blueprint.add_url_rule("/portal/changes", "own_changes", changes.followed)
blueprint.add_url_rule("/operations", "operations", operations.page)
blueprint.add_url_rule("/operations/incidents/<key>", "incident", incidents.page)
blueprint.add_url_rule("/operations/incidents/<key>/retry", "retry", incidents.retry, methods=["POST"])
blueprint.add_url_rule("/operations/incidents/<key>/values", "set_value", incidents.set_value, methods=["POST"])
blueprint.add_url_rule("/studio", "studio", studio.page)
blueprint.add_url_rule("/studio/new", "new_model", studio_new.page)
blueprint.add_url_rule("/studio/new", "begin_model", studio_new.begin, methods=["POST"])
blueprint.add_url_rule("/studio/<kind>/<id_>", "studio_thing", studio.thing)
blueprint.add_url_rule("/studio/<kind>/<id_>/compare", "studio_compare", studio_compare.page)
blueprint.add_url_rule("/studio/<kind>/<id_>/compare/picture", "studio_compared", studio_compare.picture)
blueprint.add_url_rule("/studio/<kind>/<id_>/draft/back-test", "studio_back_test", studio_back_test.page)
blueprint.add_url_rule("/studio/process/<id_>/running", "studio_running", studio_running.page)
blueprint.add_url_rule("/studio/process/<id_>/running", "studio_migrate", studio_running.migrate, methods=["POST"])
blueprint.add_url_rule("/studio/process/<id_>/running/<int:key>", "studio_migration", studio_running.progress)
blueprint.add_url_rule("/studio/<kind>/<id_>/file", "studio_file", studio.file)
blueprint.register_blueprint(studio_drafts.blueprint)
blueprint.register_blueprint(modeler.blueprint)
blueprint.register_blueprint(signing_in.blueprint)
blueprint.register_blueprint(provider.blueprint)
blueprint.register_blueprint(track.blueprint)


@blueprint.before_request
def _refuse_others() -> None:
    # Another page must do nothing here in the name of whoever is signed in, nor sign anybody in or out; it cannot send
    # a token.
    if request.method == "POST" and "Authorization" not in request.headers and not is_our_page():
        raise BadRequest(named("This form was not sent by a page of this service."))


@blueprint.after_app_request
def _guard(answer: Response) -> Response:
    if request.blueprints and request.blueprints[-1] != blueprint.name:
        return answer  # Of another surface; an address that nothing serves is of this one.
    answer.headers["Content-Security-Policy"] = g.get("policy", _POLICY)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "same-origin"
    return answer


def register(app: Flask) -> None:
    """Serve the pages."""
    languages.teach(app)
    directions.teach(app)
    navigation.teach(app)
    modules.teach(app)
    problems.teach(app)
    attachments.teach(app)
    faults.teach(app)
    settings = app.extensions["hotline"].settings
    app.extensions[PROVIDER] = Provider(settings) if settings.oidc_issuer else None
    app.register_blueprint(blueprint)
