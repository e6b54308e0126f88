"""A made-up year: shaped as the engine writes it, and its figures counted anew by hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select

from service.app import create_app, shipped
from service.clock import CITY_ZONE
from service.config import Settings
from service.engine import history as engine_history
from service.errors import Conflict
from service.hotline import facts, figures, heat, knowledge, matters, notices, sealed_fields
from service.hotline.figures import Asked
from service.hotline.seed import entries, live, write
from service.store.tables import element_instance, history, matter, metadata, notice, phone_call, process_instance
from service.web import Hotline
from service.web.auth import Person
from tests.conftest import NewUrl
from tests.stores import DATA_KEYS, STORES

NOW = datetime(2026, 11, 2, 9, tzinfo=CITY_ZONE)
DAYS, MATTERS = 120, 600
_LEAD = Person("zheng-hong", "郑红", "weifang-12345", ("AGENCY_LEAD",))


@pytest.fixture(scope="module")
def theatre(new_url: NewUrl) -> Iterator[write.Theatre]:
    """Every way, played once for all tests."""
    parts = _opened(new_url("sqlite"))
    made = write.Theatre(parts.database, parts.engine, parts.secrets)
    made.play(shipped(), NOW.date() - timedelta(days=DAYS), lambda *_: None)
    yield made
    parts.database.close()


@pytest.fixture(scope="module", params=STORES)
def seeded(request: pytest.FixtureRequest, new_url: NewUrl, theatre: write.Theatre) -> Iterator[Hotline]:
    parts = _opened(new_url(request.param, furnished=True))
    own = parts.database, parts.engine, parts.secrets
    write.year(*own, theatre, days=DAYS, number=MATTERS, seed=7, tell=lambda *_: None)
    yield parts
    parts.database.close()


def test_figures_of_a_made_up_year_are_those_counted_by_hand_from_its_history(seeded: Hotline) -> None:
    span = (NOW - timedelta(days=100)).date(), (NOW - timedelta(days=10)).date()
    all_by_hand = _by_hand(seeded, Asked(*span))
    with seeded.database.read() as connection:
        for by, fact, only in (
            ("all", None, {}), ("unit", "unit", {}), ("channel", "channel", {}), ("unit", "unit", {"channel": "PHONE"}),
        ):  # fmt: skip
            told = figures.told(connection, None, Asked(*span, only), NOW, by=by)
            by_hand = [one for one in all_by_hand if one[0].items() >= only.items()]
            counted = _sum(by_hand, fact)
            if fact is None:
                counted[""] |= _of_calls(connection, Asked(*span))
            values = {value for value, numbers in told.items() if any(any(pair) for pair in numbers.values())}
            assert values == set(counted)
            for value in values:
                assert {id_: pair for id_, pair in told[value].items() if any(pair)} == counted[value]


def test_its_heat_is_that_counted_by_hand_from_its_elements(seeded: Hotline) -> None:
    begin, end = NOW.date() - timedelta(days=75), NOW.date() - timedelta(days=9)
    with seeded.database.read() as connection:
        instances = {row.key: row for row in connection.execute(select(process_instance))}
        of_root = {row.instance_key: row for row in connection.execute(select(matter))}
        by_hand: dict[tuple[str, str, str], int] = defaultdict(int)
        for row in connection.execute(select(element_instance)):
            instance = instances[row.instance_key]
            unit = of_root[instance.root_key].unit_id if instance.root_key in of_root else None
            day = row.ended_at and row.ended_at.astimezone(CITY_ZONE).date()
            if day and begin <= day <= end:
                by_hand[instance.process_id, "", row.element_id] += 1
            if day and begin.replace(day=1) <= day < NOW.date().replace(day=1) and unit == "dept-housing":
                by_hand[instance.process_id, unit, row.element_id] += 1
        told = {}
        for process_id in {one[0] for one in by_hand}:
            keys = [one["key"] for one in heat.versions(connection, process_id)]
            for only in ("", "dept-housing"):
                asked = heat.Asked(process_id, keys, begin, end, "unit" if only else "", only)
                for element, one in heat.look(connection, _LEAD, asked, NOW).items():
                    if one.through:
                        told[process_id, only, element] = one.through
    assert len(told) > 100
    assert told == by_hand


def test_its_facts_are_those_of_its_history(seeded: Hotline) -> None:
    assert [other for _, others in facts.rebuild(seeded.database, changes=False) for other in others] == []


def test_it_is_not_mixed_with_real_matters(seeded: Hotline) -> None:
    with pytest.raises(Conflict):
        write.refuse_real(seeded.database)
    with seeded.database.read() as connection:
        told = connection.execute(select(matter.c.number, matter.c.status)).all()
    assert len(told) == MATTERS
    assert {row.status for row in told} <= {*matters.STATUSES}


def test_what_is_said_in_it_is_sealed_as_the_engine_seals_it(seeded: Hotline) -> None:
    instance, texts = process_instance.c, list[str]()
    with seeded.database.read() as connection:
        rows = connection.execute(select(matter)).mappings().all()
        # Everybody says it in words of their own.
        assert len({sealed_fields.opened(seeded.secrets, row)["text"] for row in rows}) > 0.9 * MATTERS
        some = [row for row in rows if row["unit_id"]][:10]
        for row in some:
            own = connection.execute(select(process_instance).where(instance.key == row["instance_key"])).mappings()
            texts.append(seeded.engine.protection.variables(own.one())["text"])
            assert sealed_fields.opened(seeded.secrets, row)["text"].split() == texts[-1].split()
            letters = connection.execute(select(notice).where(notice.c.instance_key == row["instance_key"]))
            told = [notices.body(connection, seeded.engine, letter) for letter in letters.mappings()]
            assert {one["matter_no"] for one in told} == {row["number"]}
        of_some = select(instance.key).where(instance.root_key.in_([row["instance_key"] for row in some]))
        tables = [one for one in metadata.sorted_tables if "instance_key" in one.columns]
        kept = " ".join(
            str(row)
            for table in tables
            for row in connection.execute(select(table).where(table.c.instance_key.in_(of_some)))
        )
        kept += str(connection.execute(select(process_instance).where(instance.key.in_(of_some))).all())
    assert "在这里" not in kept
    assert not [text for text in texts if text[:12] in kept or text[-12:] in kept]


def test_files_of_its_matters_can_be_read(seeded: Hotline) -> None:
    with seeded.database.read() as connection:
        longest = select(matter).where(matter.c.unit_id.is_not(None)).order_by(matter.c.number)
        row = connection.execute(longest.limit(1)).mappings().one()
        way = engine_history.path(connection, seeded.engine, row["instance_key"])
    assert [one["element_id"] for one in way.elements][:2] == ["matter-received", "read-parameters"]
    assert all(row["data"]["output"] is not None for row in way.decisions)
    assert way.children


def test_the_same_seed_makes_the_same_year_in_however_many_processes(theatre: write.Theatre, new_url: NewUrl) -> None:
    made = []
    for processes in (1, 2):
        parts = _opened(new_url("sqlite", furnished=True))
        own = parts.database, parts.engine, parts.secrets
        write.year(*own, theatre, days=5, number=30, seed=3, tell=lambda *_: None, processes=processes)
        with parts.database.read() as connection:
            rows = [sealed_fields.opened(parts.secrets, row) for row in connection.execute(select(matter)).mappings()]
        made.append(
            [
                [row[name] for name in ("number", "instance_key", "text", "status", "unit_id", "closed_at")]
                for row in rows
            ]
        )
        parts.database.close()
    assert made[0] == made[1]
    assert len(made[0]) == 30


def test_entries_of_the_knowledge_base_are_published_to_everybody(new_url: NewUrl) -> None:
    parts = _opened(new_url("sqlite", furnished=True))
    titles = list(entries.publish(parts.database, parts.engine))
    with parts.database.read() as connection:
        found = knowledge.search(connection, None, NOW, knowledge.Wish(limit=50))
    assert sorted(row["title"] for row in found.rows) == sorted(titles)
    assert len(titles) == entries.number()
    parts.database.close()


# Of these one is a matter of a county, which chooses among its own bodies.
def test_what_is_left_open_waits_for_its_units(seeded: Hotline) -> None:
    numbers = list(live.left_open(seeded.database, seeded.engine, seeded.secrets, 4, seed=6))
    query = select(matter.c.closed_at, matter.c.person_phone).where(matter.c.number.in_(numbers))
    with seeded.database.read() as connection:
        rows = connection.execute(query).all()
    assert [row.closed_at for row in rows] == [None] * 4
    assert all(row.person_phone.startswith("v1:") for row in rows)


def _opened(url: str) -> Hotline:
    app = create_app(Settings(database_url=url, log_level="ERROR", data_keys=DATA_KEYS), clock=lambda: NOW)
    parts: Hotline = app.extensions["hotline"]
    return parts


# By hand: dicts and loops over the rows of the history, and nothing that the service counts with.


class ByHand:
    """What one matter's history says: the instants at which elements began, and what variables were set to."""

    def __init__(self) -> None:
        self.began: dict[str, list[datetime]] = defaultdict(list)
        self.set: dict[str, list[tuple[datetime, Any]]] = defaultdict(list)
        self.ended: datetime | None = None

    def first(self, *elements: str) -> datetime | None:
        return min((at for element in elements for at in self.began[element]), default=None)

    def last(self, *names: str) -> Any:
        told = sorted(((at, value) for name in names for at, value in self.set[name]), key=lambda one: one[0])
        return told[-1][1] if told else None

    def instant(self, *names: str) -> datetime | None:
        """The first that a variable was set to."""
        told = sorted(value for name in names for _, value in self.set[name] if value is not None)
        return datetime.fromisoformat(told[0]) if told else None

    def limit(self, member: str, until: datetime | None) -> datetime | None:
        """The last limit that was set before something was done."""
        return _last_before([(at, value[member]) for at, value in self.set["limited-handling/limit"]], until)

    def deadline(self, until: datetime | None) -> datetime | None:
        """The last deadline, or one that was extended, before something was done."""
        return _last_before(self.set["limited-handling/deadline"] + self.set["extension/deadline"], until)


def _last_before(told: list[tuple[datetime, Any]], until: datetime | None) -> datetime | None:
    value = max(
        (one for one in told if until is None or one[0] <= until), key=lambda one: one[0], default=(None, None)
    )[1]
    return datetime.fromisoformat(value) if value else None


def _read(parts: Hotline) -> list[ByHand]:
    with parts.database.read() as connection:
        instances = {row.key: row for row in connection.execute(select(process_instance))}
        elements = connection.execute(select(element_instance)).all()
        lines = connection.execute(select(history).where(history.c.kind == "variables").order_by(history.c.key)).all()
    number = {key: row.business_id or row.variables.get("matter_no") for key, row in instances.items()}
    of_root = {key: number[row.root_key] for key, row in instances.items()}
    found: dict[str, ByHand] = defaultdict(ByHand)
    for row in elements:
        one = instances[row.instance_key]
        found[of_root[one.key]].began[f"{one.process_id}/{row.element_id}"].append(row.started_at)
    for row in lines:
        one = instances[row.instance_key]
        for name, value in row.data["variables"].items():
            found[of_root[one.key]].set[f"{one.process_id}/{name}"].append((row.at, value))
    for key, one in instances.items():
        if one.process_id == matters.PROCESS:
            found[of_root[key]].ended = one.ended_at
    return list(found.values())


def _by_hand(parts: Hotline, asked: Asked) -> list[tuple[dict[str, str], dict[str, tuple[int, int]]]]:
    """Of each matter its dimensions, and what it adds to which figures in the period."""
    found = []
    for one in _read(parts):
        told: dict[str, tuple[int, int]] = {}

        def add(id_: str, at: datetime | None, numerator: Any, denominator: Any = 0, into: Any = told) -> None:
            if at is not None and _is_in(at, asked):
                if numerator or denominator:
                    into[id_] = int(bool(numerator) if not isinstance(numerator, int) else numerator), int(denominator)

        _figures(one, add)
        dimensions = {
            "unit": one.last("matter-handling/unit_id", "unit-assignment/unit_id") or "",
            "channel": one.set["hotline-intake/channel"][0][1],
        }
        found.append((dimensions, told))
    return found


def _figures(one: ByHand, add: Callable[..., None]) -> None:
    received, accepted = one.instant("hotline-intake/received_at"), one.first("hotline-intake/notify-accepted")
    dispatched, answered = one.first("limited-handling/dispatch-to-unit"), one.first("hotline-intake/direct-closed")
    add("received", received, 1)
    add("accepted", accepted, 1)
    add("refused", one.first("hotline-intake/refused"), 1)
    add("dispatched", dispatched, 1)
    add("closed", one.ended, 1)
    add("direct_rate", accepted, answered is not None, 1)
    add(
        "redo_rate",
        one.ended,
        dispatched is not None and one.began["matter-handling/begin-new-round"],
        dispatched is not None,
    )
    if dispatched is not None:
        _of_unit(one, dispatched, add)
    visits = one.began["return-visit/judge-outcome"]
    if visits:
        _of_visit(one, max(visits), add)


def _of_unit(one: ByHand, dispatched: datetime, add: Callable[..., None]) -> None:
    redone = len(one.began["matter-handling/begin-new-round"])
    times = len(one.began["limited-handling/dispatch-to-unit"]) - redone
    add("dispatch_accuracy", dispatched, times - len(one.began["return-and-dispute/returned"]), times)
    add("return_rate", dispatched, len(one.began["return-and-dispute/return-asked"]), times)
    signed, by = one.instant("unit-handling/signed_at"), None
    by = one.limit("sign_in_by", signed)
    is_due = signed is not None or (by is not None and by <= NOW and (one.ended is None or one.ended > by))
    add("sign_in_rate", dispatched, signed is not None and by is not None and signed <= by, is_due)
    replied, fed_back = (
        one.instant(f"unit-reply/{name}", f"solution-plan/{name}")
        for name in ("replied_to_object_at", "feedback_to_agency_at")
    )
    deadline, terminated = one.deadline(replied), one.first("termination/terminated")
    assert deadline is not None
    was_due = deadline <= NOW and (one.ended is None or one.ended > deadline)
    is_over = terminated is None and (replied is not None or was_due)
    in_time = replied is not None and fed_back is not None and replied <= deadline and fed_back <= deadline
    add("on_time_rate", deadline, is_over and in_time, is_over)
    contacts = [at for at, value in one.set["unit-handling/contacted"] if value is True]
    contacted = min(contacts, default=None)
    contact_by = one.limit("feedback_at", contacted) or deadline
    is_asked = contacted is not None or (contact_by <= NOW and (one.ended is None or one.ended > deadline))
    add("response_rate", dispatched, contacted is not None and contacted <= contact_by, is_asked)
    daily = len(one.began["supervision/supervise-daily"])
    add("supervision_rate", dispatched, daily > 0, 1)
    add("supervised_daily", dispatched, daily)
    add("rectification_rate", dispatched, daily and one.began["supervision/rectified"], daily > 0)
    add("termination_rate", dispatched, terminated is not None, 1)


def _of_calls(connection: Connection, asked: Asked) -> dict[str, tuple[int, int]]:
    """By what was told of each call alone: 15 seconds, 30 minutes, and who gives up within five seconds."""
    told = [row for row in connection.execute(select(phone_call)) if _is_in(row.offered_at, asked)]
    answered = [row for row in told if row.answered_at]
    waited = [row for row in told if row.abandoned_at and row.abandoned_at - row.offered_at >= timedelta(seconds=5)]
    soon = [row for row in answered if row.answered_at - row.offered_at <= timedelta(seconds=15)]
    long = [row for row in answered if row.ended_at - row.answered_at >= timedelta(minutes=30)]
    assert len(told) > len(answered) > len(soon) > 0 < len(waited)
    found = {"calls": (len(told), 0), "connect_rate": (len(answered), len(answered) + len(waited))}
    return found | {"answer_rate": (len(soon), len(answered)), "occupied_rate": (len(long), len(answered))}


def _is_in(moment: datetime, asked: Asked) -> bool:
    return asked.begin <= moment.astimezone(CITY_ZONE).date() <= asked.end


def _of_visit(one: ByHand, visited: datetime, add: Callable[..., None]) -> None:
    reached, solved, mark = (one.last(f"return-visit/visit_{name}") for name in ("reached", "solved", "result_sat"))
    left_out = one.last("return-visit/visit_outcome")["outcome"] == "CLOSE_EXCLUDED"
    add("reached_rate", visited, reached, 1)
    add("excluded_rate", visited, reached and left_out, reached)
    is_valid = reached and not left_out
    add("resolution_rate", visited, is_valid and solved == "YES", is_valid and solved is not None)
    add("plan_rate", visited, is_valid and solved == "PLAN", is_valid and solved is not None)
    add("satisfaction_rate", visited, is_valid and mark is not None and mark >= 3, is_valid and mark is not None)


def _sum(by_hand: Any, dimension: str | None) -> dict[str, dict[str, tuple[int, int]]]:
    found: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    for dimensions, told in by_hand:
        for id_, (numerator, denominator) in told.items():
            of = found[dimensions[dimension] if dimension else ""]
            before = of.get(id_, (0, 0))
            of[id_] = before[0] + numerator, before[1] + denominator
    return found
