"""First come, first served; one look at a time, whoever waits."""

from __future__ import annotations

import threading
from collections.abc import Collection, Hashable, Mapping

import pytest

from service.web.waiting import Place, Room

PATIENCE = 20  # seconds; what should happen does so within milliseconds


class Looks:
    """What is looked up for all: told in advance, and counted."""

    def __init__(self) -> None:
        self.asked: list[set[Hashable]] = []
        self.answers: dict[Hashable, float] = {}
        self.happened = threading.Semaphore(0)

    def __call__(self, topics: Collection[Hashable]) -> Mapping[Hashable, float]:
        self.asked.append(set(topics))
        self.happened.release()
        return {topic: rest for topic, rest in self.answers.items() if topic in topics}


class Somebody:
    """Waits, and is called."""

    def __init__(self, room: Room, topic: str) -> None:
        self.called = threading.Semaphore(0)
        place = room.reserve(self.called.release, 10_000)
        assert place
        self.place: Place = place
        room.queue(place, topic)

    @property
    def has_turn(self) -> bool:
        return self.place.has_turn


@pytest.fixture
def looks() -> Looks:
    return Looks()


@pytest.fixture
def room(looks: Looks) -> Room:
    return Room(looks)


def test_the_first_looks_and_the_others_come_after(room: Room) -> None:
    first, second, third = (Somebody(room, "letter") for _ in range(3))
    assert [one.has_turn for one in (first, second, third)] == [True, False, False]
    room.leave(first.place)  # has found something
    assert [one.has_turn for one in (second, third)] == [True, False]
    room.looked(second.place)  # in vain: nobody else need look
    assert [one.has_turn for one in (second, third)] == [False, False]
    room.ring(["letter"])
    assert [one.has_turn for one in (second, third)] == [True, False]
    assert second.called.acquire(timeout=PATIENCE)


def test_who_goes_when_it_is_their_turn_passes_it_on(room: Room) -> None:
    first, second = Somebody(room, "letter"), Somebody(room, "letter")
    room.leave(first.place)
    room.leave(first.place)
    assert second.has_turn
    assert second.called.acquire(timeout=PATIENCE)
    assert room.seated == 1


def test_what_rings_while_somebody_looks_is_looked_for_once_more(room: Room) -> None:
    first = Somebody(room, "letter")
    room.ring(["letter"])
    room.looked(first.place)
    assert first.has_turn
    room.looked(first.place)
    assert not first.has_turn


def test_the_bell_for_one_wakes_nobody_who_waits_for_another(room: Room) -> None:
    letter, parcel = Somebody(room, "letter"), Somebody(room, "parcel")
    room.looked(letter.place)
    room.looked(parcel.place)
    room.ring(["letter"])
    assert (letter.has_turn, parcel.has_turn) == (True, False)


def test_thousands_are_looked_up_together(room: Room, looks: Looks) -> None:
    some = [Somebody(room, f"unknown-{number}") for number in range(2_000)]
    for one in some:
        room.looked(one.place)
    while sum(len(asked) for asked in looks.asked) < 2_000:
        assert looks.happened.acquire(timeout=PATIENCE)
    few = len(looks.asked)
    assert few < 100
    looks.answers = {"unknown-7": 0}
    room.ring_all()
    assert some[7].called.acquire(timeout=PATIENCE)
    assert len(looks.asked) == few + 1
    assert [one for one in some if one.has_turn] == [some[7]]
    for one in some:
        room.leave(one.place)


def test_what_becomes_due_is_looked_for_then(room: Room, looks: Looks) -> None:
    looks.answers = {"letter": 0.05}
    somebody = Somebody(room, "letter")
    room.looked(somebody.place)
    assert somebody.called.acquire(timeout=PATIENCE)
    assert somebody.has_turn


def test_a_look_that_fails_is_done_again(looks: Looks) -> None:
    failed = threading.Event()

    def look_up(topics: Collection[Hashable]) -> Mapping[Hashable, float]:
        if not failed.is_set():
            failed.set()
            raise ConnectionError("the database is away")
        return looks(topics)

    room = Room(look_up)
    somebody = Somebody(room, "letter")
    room.looked(somebody.place)
    assert failed.wait(PATIENCE)
    assert somebody.called.acquire(timeout=PATIENCE)  # looks itself


def test_where_others_write_unheard_all_are_looked_up_again(looks: Looks) -> None:
    room = Room(looks, 0.05)
    somebody = Somebody(room, "letter")
    room.looked(somebody.place)
    for _ in range(3):
        assert looks.happened.acquire(timeout=PATIENCE)
    looks.answers = {"letter": 0}
    assert somebody.called.acquire(timeout=PATIENCE)
    room.leave(somebody.place)
