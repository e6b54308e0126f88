"""An anchor says how far the chain was, where nobody who can write to the database can change it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from sqlalchemy import select

from service.clock import CITY_ZONE
from service.config import BadSetting, Settings
from service.engine import audit, audit_anchors
from service.engine.audit_anchors import Anchor, Anchoring
from service.errors import Invalid
from service.store.tables import audit_record
from service.worker import Worker
from tests.world import World

MADE = Anchor(date(2026, 2, 10), 7, "ab" * 32, datetime(2026, 2, 11, 0, 0, 3, tzinfo=CITY_ZONE))
EVENING = datetime(2026, 2, 10, 23, 59, 50, tzinfo=CITY_ZONE)


@pytest.fixture(scope="module")
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def tell(world: World) -> None:
    with world.database.write() as connection:
        audit.record(connection, world.now, "kind", who="somebody")


def kept(world: World) -> list[Anchor]:
    with world.database.read() as connection:
        return audit_anchors.kept(connection)


def test_the_tick_keeps_the_anchor_of_a_day_that_is_over_in_the_city(world: World, tmp_path: Path) -> None:
    file = tmp_path / "anchors.jsonl"
    world.now = EVENING
    worker = Worker(world.database, world.engine, longest=timedelta(seconds=15), anchoring=Anchoring(file=file))
    tell(world)
    world.now += timedelta(seconds=9)
    worker.tick()
    assert kept(world) == []
    for _ in range(3):
        world.now += timedelta(seconds=6)
        tell(world)
        worker.tick()
    [anchor] = kept(world)
    with world.database.read() as connection:
        hashes = connection.execute(select(audit_record.c.hash).order_by(audit_record.c.sequence)).scalars().all()
    assert len(hashes) == 4
    assert (anchor.day, anchor.sequence, anchor.hash) == (date(2026, 2, 10), 1, hashes[0])
    assert list(audit_anchors.read_file(file)) == [anchor]


def test_two_nodes_keep_one_anchor_of_a_day(world: World) -> None:
    tell(world)
    world.now += timedelta(days=1)
    assert audit_anchors.keep_daily(world.database, world.now, Anchoring()) is not None
    assert audit_anchors.keep_daily(world.database, world.now, Anchoring()) is None
    assert len(kept(world)) == 1


def test_an_anchor_that_cannot_be_stored_elsewhere_is_tried_again_and_holds_no_deadline_up(
    world: World, tmp_path: Path
) -> None:
    folder = tmp_path / "elsewhere"
    anchoring = Anchoring(file=folder / "anchors.jsonl")
    worker = Worker(world.database, world.engine, longest=timedelta(seconds=15), anchoring=anchoring)
    tell(world)
    world.now += timedelta(days=1)
    assert worker.tick() == timedelta(seconds=15)
    assert kept(world) == []
    folder.mkdir()
    world.now += timedelta(seconds=5)
    worker.tick()
    assert len(kept(world)) == 1


def test_nothing_is_anchored_before_anything_has_happened(world: World) -> None:
    assert audit_anchors.keep_daily(world.database, world.now, Anchoring()) is None
    with world.database.read() as connection:
        assert audit_anchors.now(connection, world.now, Anchoring()) is None


def test_a_line_is_read_as_it_was_written(key: Ed25519PrivateKey) -> None:
    assert Anchor.read(MADE.line()) == MADE
    assert Anchor.read(MADE.signed(key).line()) == MADE.signed(key)


@pytest.mark.parametrize("line", ["", "no JSON", "[]", "{}", MADE.line().replace("7", '"7"', 1), '{"day": 1}'])
def test_what_is_no_anchor_is_refused_with_its_line(line: str, tmp_path: Path) -> None:
    file = tmp_path / "anchors.jsonl"
    file.write_text(f"{MADE.line()}\n{line or '-'}\n", "utf-8")
    with pytest.raises(Invalid, match=r"Line 2 of anchors\.jsonl is no anchor"):
        list(audit_anchors.read_file(file))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda one: one, ""),
        (lambda one: replace(one, sequence=8), "was changed"),
        (lambda one: replace(one, hash="cd" * 32), "was changed"),
        (lambda one: replace(one, day=date(2026, 2, 9)), "was changed"),
        (lambda one: replace(one, signature="bm8="), "was changed"),
        (lambda one: replace(one, signature=""), "is not signed"),
        (lambda one: one.signed(Ed25519PrivateKey.generate()), "signed by another key"),
    ],
)
def test_a_signature_fits_what_was_signed_alone(
    key: Ed25519PrivateKey, change: Callable[[Anchor], Anchor], told: str
) -> None:
    fault = change(MADE.signed(key)).fault(key.public_key())
    assert told in fault
    assert bool(told) == bool(fault)


def test_keys_are_read_from_files_and_others_refused(key: Ed25519PrivateKey, tmp_path: Path) -> None:
    private, public = tmp_path / "private.pem", tmp_path / "public.pem"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    given = Anchoring.of(Settings(audit_signing_key=str(private), audit_anchors=str(tmp_path / "a"))).key
    assert given is not None
    assert MADE.signed(given).fault(audit_anchors.public_key(public)) == ""
    for wrong in (public, tmp_path / "none"):
        with pytest.raises(BadSetting, match="AUDIT_SIGNING_KEY"):
            Anchoring.of(Settings(audit_signing_key=str(wrong)))
    with pytest.raises(Invalid, match=r"private\.pem is no public Ed25519 key"):
        audit_anchors.public_key(private)
