"""Hundreds of broken diagrams: each is refused where it was broken, or runs; none crashes, hangs or is stored half."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import func, select

from service.store.tables import metadata
from tests.api import Api
from tests.broken_diagrams import law, otherwise
from tests.diagrams import diagram, end, start, user

CASES = 240
SENT = range(1032, 1064)
# Every so many of the good diagrams are written in each other way.
EVERY = 8


def test_each_is_refused_where_it_was_broken_or_runs() -> None:
    became = Counter(law.keeps(law.case(seed)) for seed in range(CASES))
    assert became.total() == CASES
    assert became["refused"] >= 200
    assert became["runs"] >= 20


WHOLE = diagram("p", [start(), user("work"), end()], ["begin -> work", "work -> done"])


@pytest.mark.parametrize("what", law.bytes_of(WHOLE))
def test_what_is_no_such_xml_is_refused_by_the_name_of_its_file(what: str) -> None:
    _, problems = law.problems(law.bytes_of(WHOLE)[what])
    assert problems
    assert all(one.file == "broken.bpmn" and one.message and one.mend for one in problems)


def test_the_same_seed_breaks_the_same_diagram_in_the_same_way() -> None:
    law.good.cache_clear()
    before = [law.case(seed) for seed in (3, 14, 15)]
    law.good.cache_clear()
    assert [law.case(seed) for seed in (3, 14, 15)] == before


def test_what_is_written_in_another_way_is_the_same_diagram() -> None:
    for origin, xml in law.good()[::EVERY]:
        meant = otherwise.read(xml)
        for what, other in otherwise.written(xml).items():
            assert otherwise.read(other) == meant, f"{origin} with {what}"


def test_another_diagram_is_not_the_same() -> None:
    assert otherwise.read(WHOLE) != otherwise.read(WHOLE.replace(b'"=clerk"', b'"=x"').replace(b'"clerk"', b'"chief"'))


def test_over_http_each_is_answered_and_nothing_is_stored_of_what_is_refused(database_url: str) -> None:
    api = Api(database_url)
    answers = Counter[int]()
    files = [law.case(seed).xml for seed in SENT] + list(law.bytes_of(WHOLE).values())
    for xml in files:
        before = rows(api)
        # What is sound of a deployment is not stored either if another file of it is refused.
        answer = api.deploy(WHOLE, xml)
        answers[answer.status_code] += 1
        assert answer.status_code in (200, 400, 413), answer.text
        assert answer.status_code == 200 or rows(api) == before
    api.parts.database.close()
    assert answers[400] > len(files) // 2


def rows(api: Api) -> dict[str, int]:
    with api.parts.database.read() as connection:
        counted = [select(func.count()).select_from(table).scalar_subquery() for table in metadata.sorted_tables]
        found = connection.execute(select(*counted)).one()
    return dict(zip((table.name for table in metadata.sorted_tables), found, strict=True))
