"""The studio: versions of what is deployed, with what runs by them, as text and as files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from io import BytesIO

import pytest

from tests.api import Api
from tests.conftest import NewUrl
from tests.diagrams import diagram, end, start, user

TABLE = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"
 id="fees" name="&lt;b&gt;Fees" namespace="urn:f">
<decision id="fee" name="Fee"><variable id="v" name="fee" /><decisionTable id="t" hitPolicy="FIRST">
<input id="i" label="Age"><inputExpression id="e"><text>age</text></inputExpression></input><output id="o" name="fee" />
<rule id="young"><description>Art. 1</description><inputEntry id="a"><text>&lt; 7</text></inputEntry>
<outputEntry id="b"><text>0</text></outputEntry></rule></decisionTable></decision></definitions>"""
FORM = {"id": "tell", "components": [{"type": "textfield", "key": "told", "label": "<i>Told", "id": "told-1"}]}


def drawn(groups: str = "clerk") -> bytes:
    return diagram("look", [start(), user("see", groups), end()], ["begin -> see", "see -> done"])


@pytest.fixture
def api(new_url: NewUrl) -> Iterator[Api]:
    opened = Api(new_url("sqlite"))
    assert opened.deploy(drawn(), fees_dmn=TABLE, tell_form=json.dumps(FORM).encode()).status_code == 200
    yield opened
    opened.parts.database.close()


def read(api: Api, path: str) -> str:
    answer = api.client.get(path)
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def test_it_lists_what_is_in_force_what_is_to_come_and_what_runs(api: Api) -> None:
    api.start("look")
    sent = {"resources": (BytesIO(drawn("head")), "d0.bpmn"), "effectiveFrom": "2027-01-01"}
    assert api.client.post("/v2/deployments", data=sent).status_code == 200
    assert re.search(r"look 1 2026-02-10 09:00 version 2 from 2027-01-01 00:00 1 ", read(api, "/studio?lang=en"))
    api.pass_(days=400)
    assert "look 2 2027-01-01 00:00 – 1 by version 1" in read(api, "/studio?lang=en")
    assert "还有1件正在按第1版办理" in read(api, "/studio/process/look?lang=zh")


def test_it_is_searched_by_name_and_kind(api: Api) -> None:
    assert "Fees" in read(api, "/studio?kind=decision&text=FEE")
    assert "Fees" not in read(api, "/studio?kind=form&text=fee")
    assert "Nothing that is deployed is called so" in read(api, "/studio?text=nothing&lang=en")


def test_a_diagram_is_a_picture_a_table_and_a_form_are_text(api: Api) -> None:
    picture = re.search(r'src="(/coverage/pictures/[^"]+)"', api.client.get("/studio/process/look").text)
    assert picture
    assert api.client.get(picture[1]).mimetype == "image/svg+xml"
    assert "# Age fee → Basis 1 &lt; 7 0 Art. 1" in read(api, "/studio/decision/fees?lang=en")
    assert "told &lt;i&gt;Told textfield" in read(api, "/studio/form/tell?lang=en")


def test_the_file_of_a_version_is_saved_as_it_was_deployed(api: Api) -> None:
    answer = api.client.get("/studio/decision/fees/file?version=1")
    assert answer.data == TABLE
    assert answer.headers["Content-Disposition"] == "attachment; filename=fees.dmn"
    for lost in ("decision/fees/file?version=2", "decision/fees?version=x", "decision/nothing", "thing/look"):
        assert api.client.get(f"/studio/{lost}").status_code == 404
