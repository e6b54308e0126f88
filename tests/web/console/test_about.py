"""What the hotline is for and what it publishes: read by everybody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from service.handlers import Job, publish_information
from service.hotline import publications
from tests.api import Api
from tests.conftest import NewUrl

TEXT = "打12345。<b>或0536-8222222，联系人手机13912345678"


@pytest.fixture(scope="module")
def city(new_url: NewUrl) -> Iterator[Api]:
    api = Api(new_url("sqlite", furnished=True), auth="required")
    yield api
    api.parts.database.close()


def test_everybody_reads_what_the_hotline_is_for(city: Api) -> None:
    told = {"publication_kind": "CHANNELS", "publication_title": "怎么找到我们", "publication_text": TEXT}
    publish = publish_information.handler(publications.publish(city.parts.database, city.parts.engine))
    publish(Job(1, "publish-information", 1, 1, "publish-information", {}, told, 3))
    page = city.client.get("/about?lang=en").text
    for said in ("rights of citizens, legal persons and other organizations", "People come first", "Legal person"):
        assert said in page
    assert '<dt>A call is answered within, seconds</dt><dd class="number">15</dd>' in page
    assert "怎么找到我们" in page
    # An office has a number; whose mobile phone it is, is nobody's to publish.
    assert ("0536-8222222" in page, "13912345678" in page) == (True, False)
    assert "打12345。&lt;b&gt;" in page
    assert "以人民为中心，党委领导、政府主导、部门协同、社会参与" in city.client.get("/about?lang=zh").text


def test_who_raises_a_matter_is_one_of_three(city: Api) -> None:
    described = city.client.get("/hotline/v1/openapi.json").get_json()
    intake = described["components"]["schemas"]["Intake"]["properties"]["subject_type"]
    assert intake["enum"] == ["CITIZEN", "LEGAL_PERSON", "OTHER_ORG"]
