"""The hotline's own tasks: each template, applied in the editor, makes a diagram that lints and runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from service.engine import companions, deployments
from tests.browser.conftest import Visit
from tests.browser.drafts import begun_new
from tests.served import ServedCity

FOLDER = Path(__file__).parents[2] / ".camunda/element-templates"
WORDS = Path(__file__).parents[2] / "frontend/src/words/templates.json"
# What somebody fills in, by the ids of the fields.
FILLED = {"notice": "accepted", "unit": "=asked", "basis": "Art. 20"}
APPLY = """async (filled) => {
  const modeler = editor.editor, templates = modeler.get('elementTemplates'), made = {}
  const begun = (await modeler.saveXML()).xml
  for (const template of templates.getAll()) {
    await modeler.importXML(begun)
    const properties = template.properties.map((one) => one.value || !(one.id in filled) ? one :
      { ...one, value: filled[one.id] })
    templates.applyTemplate(modeler.get('elementRegistry').get('first-step'), { ...template, properties })
    await new Promise((done) => setTimeout(done, 700))
    made[template.id] = { xml: (await modeler.saveXML()).xml, seen: document.getElementById('seen').innerText }
  }
  return made
}"""
MATTER = {
    "asked": "dept-housing",
    "unit_id": "dept-housing",
    "category_l1": "城乡建设",
    "category_l2": "",
    "title": "路灯不亮",
    "address": "",
    "division_code": "370705",
    "county_of_place": "county-370705",
    "excluded_units": [],
    "reply_errors": [],
}


def test_each_template_makes_a_diagram_that_lints_and_runs(visit: Visit, house: ServedCity) -> None:
    page = begun_new(visit("shen-yi", language="en"), "process", "of-template")
    made: dict[str, Any] = page.evaluate(APPLY, FILLED)
    assert len(made) == len(list(FOLDER.glob("*.json")))
    assert {id_: one["seen"] for id_, one in made.items() if "Nothing is wrong" not in one["seen"]} == {}
    ran = {id_: _run(house, one["xml"].encode()) for id_, one in made.items()}
    # The fourth is a Saturday on which one works, and the fifth comes after the Spring Festival.
    third, fifth = (f"2026-02-{day}T15:59:59.000Z" for day in (13, 24))
    assert ran["hotline.notify-caller"] == ("COMPLETED", [])
    assert ran["hotline.duty-directory"] == ("COMPLETED", [])
    groups = ["dept-housing:UNIT_LIAISON", "dept-housing:UNIT_HANDLER"]
    assert ran["hotline.ask-unit"] == ("ACTIVE", [[third, *groups]])
    assert ran["hotline.working-days"] == ("ACTIVE", [[fifth, *groups]])


def _run(house: ServedCity, xml: bytes) -> tuple[str, list[list[str]]]:
    """What has become of an instance, and the deadline and the groups of the tasks that wait in it."""
    with house.parts.database.write() as connection:
        files = companions.files(connection, house.parts.engine, "of-template.bpmn", xml, house.now)
        assert deployments.deploy(connection, house.parts.engine, files, by="shen-yi")
    with house.as_("shen-yi"):
        started = house.ask(
            "POST", "/v2/process-instances", {"processDefinitionId": "of-template", "variables": MATTER}
        )
        house.tick()
        key = started["processInstanceKey"]
        state = house.ask("GET", f"/v2/process-instances/{key}")["state"]
        asked = {"filter": {"processInstanceKey": key, "state": "CREATED"}}
        tasks = house.ask("POST", "/v2/user-tasks/search", asked)["items"]
    return state, [[one["dueDate"], *one["candidateGroups"]] for one in tasks]


def test_what_people_read_of_a_template_is_in_both_languages() -> None:
    english = json.loads(WORDS.read_text(encoding="utf-8"))
    read = {text for file in FOLDER.glob("*.json") for text in _read(json.loads(file.read_text(encoding="utf-8")))}
    assert read - set(english) == set()


def _read(told: Any, name: str = "") -> list[str]:
    if isinstance(told, dict):
        return [text for key, value in told.items() if key != "binding" for text in _read(value, key)]
    if isinstance(told, list):
        return [text for one in told for text in _read(one)]
    return [told] if isinstance(told, str) and name in ("name", "label", "description", "message") else []
