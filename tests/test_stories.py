"""The stories of the regulation, and of its change, come true over HTTP, each by the way that is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import NewUrl
from tests.served import ServedCity
from tests.stores import STORES
from tests.story import FILES, Story, Telling


@pytest.mark.parametrize(("number", "file"), list(enumerate(FILES)), ids=[file.stem for file in FILES])
def test_a_story_comes_true_by_the_way_that_is_told(
    number: int, file: Path, new_url: NewUrl, shipped_once: None
) -> None:
    # In turns, as each store plays every kind of step so: what they do alike is proven below.
    story, url = Story.read(file), new_url(STORES[number % 2], furnished=True)
    with ServedCity(url, story.now) as city:
        telling = Telling(city)
        telling.play(story)
        assert telling.way() == story.path
