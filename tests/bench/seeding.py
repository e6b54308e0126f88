"""How fast a made-up year is written, beside its floor: the same rows, written by the bare driver alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from service.app import create_app, shipped
from service.clock import CITY_ZONE, in_city
from service.config import Settings
from service.hotline.seed import write, writers
from service.hotline.seed.year import Batch, Year
from service.store.bulk import Bulk
from service.web import Hotline
from tests.bench import report
from tests.stores import DATA_KEYS

NOW = datetime(2026, 11, 2, 9, tzinfo=CITY_ZONE)
DAYS, SEED, AIM = 365, 12345, 2_000


def measure(
    furnished_url: str, bare_url: str, matters: int, ways: Collection[str], processes: int
) -> Iterator[report.Row]:
    """`ways`: the archetypes that are played before; all where none is named."""
    with _parts(furnished_url) as seeded, _parts(bare_url) as bare, theatre(ways) as played:
        make = write.prepared(seeded.database, seeded.engine, seeded.secrets, played, SEED)
        works = make().works(in_city(NOW).date() - timedelta(days=DAYS), DAYS, matters)
        begun, counted = perf_counter(), list[tuple[float, int, int]]()
        for number, rows in writers.written(make, write.opening(seeded.database, is_safe=False), works, processes):
            counted.append((perf_counter() - begun, number, rows))
        each = _each(counted)
        floor = _floor(make(), works, write.opening(bare.database, is_safe=False)()) / matters
    rows_of_one = sum(rows for _, _, rows in counted) / matters
    yield report.size("a made-up matter", rows_of_one, "rows")
    yield report.time("floor: its rows by the bare driver", floor, floor)
    yield report.time(f"made and written, {processes} at once", each, floor, f"{AIM:,} a second", 1 / each >= AIM)


def _each(counted: Sequence[tuple[float, int, int]]) -> float:
    """The seconds of a matter once all processes are at it: what is done first is left out if there is more."""
    after, first = (counted[0][0], 1) if len(counted) > 1 else (0.0, 0)
    return (counted[-1][0] - after) / sum(number for _, number, _ in counted[first:])


def _floor(year: Year, works: Sequence[Sequence[Batch]], store: Bulk) -> float:
    """The seconds that writing takes, where making costs nothing."""
    seconds = 0.0
    for batches in works:
        rows = writers.rows_of(year, batches)
        begun = perf_counter()
        store.write(rows)
        seconds += perf_counter() - begun
    store.close()
    return seconds


@contextmanager
def theatre(ways: Collection[str]) -> Iterator[write.Theatre]:
    with TemporaryDirectory() as folder, _parts(f"sqlite:///{Path(folder) / 'played.db'}") as parts:
        played = write.Theatre(parts.database, parts.engine, parts.secrets)
        played.stage.archetypes = [one for one in played.stage.archetypes if not ways or one.id in ways]
        played.play(shipped(), in_city(NOW).date() - timedelta(days=DAYS), lambda *_: None)
        yield played


@contextmanager
def _parts(url: str) -> Iterator[Hotline]:
    app = create_app(Settings(database_url=url, log_level="WARNING", data_keys=DATA_KEYS), clock=lambda: NOW)
    parts: Hotline = app.extensions["hotline"]
    yield parts
    parts.database.close()
