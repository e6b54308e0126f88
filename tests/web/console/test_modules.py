"""What pages load is small on the line, and asked for once a version."""

from __future__ import annotations

import re

import pytest

from tests.desk import Desk

pytestmark = pytest.mark.of_one_store

BROWSER = {"Accept-Encoding": "gzip, deflate", "Accept": "text/html"}


def test_a_browser_keeps_styles_until_they_change(desk: Desk) -> None:
    page = desk.client.get("/about", headers={"Accept": "text/html"}).text
    (address,) = re.findall(r'href="(/console/static/parts.css\?v=[0-9a-f]{12})"', page)
    named, bare = desk.client.get(address), desk.client.get("/console/static/parts.css")
    assert named.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "max-age" not in bare.headers["Cache-Control"]
    assert named.data == bare.data


def test_pages_and_styles_travel_compressed_and_what_programs_read_does_not(desk: Desk) -> None:
    for path in ("/about", "/console/static/parts.css"):
        long, short = desk.client.get(path, headers={"Accept": "text/html"}), desk.client.get(path, headers=BROWSER)
        assert short.headers["Content-Encoding"] in ("gzip", "deflate")
        assert len(short.data) < len(long.data) / 2, path
    assert "Content-Encoding" not in desk.client.get("/v2/topology", headers=BROWSER).headers
