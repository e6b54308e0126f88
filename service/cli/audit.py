"""`hotline audit verify` and `anchor`: is the chain of what happened as it was sealed, and how far was it today?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy.engine import make_url

from service.cli.connection import settings
from service.cli.show import console
from service.clock import CITY_ZONE, in_city, now
from service.config import BadSetting, Settings
from service.engine import audit as records
from service.engine import audit_anchors, audit_chain
from service.engine.audit_anchors import Anchor, Anchoring
from service.errors import HotlineError
from service.store.migrations import is_current
from service.store.unit_of_work import Database, DatabaseBusy

_DAY = click.DateTime(["%Y-%m-%d"])
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def audit() -> None:
    """Check the chain of what happened here, or anchor it; both ask the database itself (DATABASE_URL)."""


@audit.command()
@click.option("--from", "begin", type=_DAY, metavar="DAY", help="Only what happened from this day on, as 2026-11-28.")
@click.option("--to", "end", type=_DAY, metavar="DAY", help="Only what happened until the end of this day.")
@click.option("--anchor", "files", type=_FILE, multiple=True, metavar="FILE", help="Anchors that were kept elsewhere.")
@click.option("--public-key", "key_file", type=_FILE, metavar="FILE", help="The key (PEM) by which these are signed.")
def verify(begin: datetime | None, end: datetime | None, files: tuple[Path, ...], key_file: Path | None) -> None:
    """Compute all hashes anew, and compare them with those of the chain and of the anchors.

    Tells the first record that is not as it was sealed. Ends with 1 if there is one. Changes nothing.
    """
    try:
        given = [one for file in files for one in audit_anchors.read_file(file)]
        key = audit_anchors.public_key(key_file) if key_file else None
        with _opened(guest=True) as database, database.read() as connection:
            kept = audit_anchors.kept(connection)
            first, last = audit_chain.span(connection, _midnight(begin), _midnight(end, after=True))
            bar = Progress(
                TextColumn("records"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
            )
            with bar:
                task = bar.add_task("records", total=max(last - first + 1, 0))
                found = audit_chain.verify(
                    connection, first, last, [*kept, *given], lambda done: bar.update(task, completed=done)
                )
            count, oldest = audit_chain.waiting(connection)
    except HotlineError as error:
        raise click.ClickException(error.message) from None
    wrong = [one.wrong for one in found.faults]
    wrong += [fault for one in given if key and (fault := one.fault(key))]
    click.echo(f"{found.checked} records were checked, from {found.first} to {found.last}.")
    click.echo(_compared(kept, given, is_signed=key is not None))
    if count and oldest:
        since = f"{in_city(oldest):%F %T}"
        click.echo(f"{count} records wait to be sealed, the oldest since {since}; until then nothing shows a change.")
    for one in dict.fromkeys(wrong):
        click.echo(f"BROKEN: {one}")
    if wrong:
        raise click.exceptions.Exit(1)
    click.echo("The chain is as it was sealed.")


@audit.command()
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Add it to this file.")
@click.option("--day", type=_DAY, metavar="DAY", help="That of a day that is over, as the database keeps it.")
def anchor(out: Path | None, day: datetime | None) -> None:
    """Seal what has happened by now, and print the anchor of the last record, to be kept where nobody here can write.

    AUDIT_SIGNING_KEY names the key that signs it.
    """
    chosen = settings()
    try:
        anchoring = Anchoring.of(chosen)
        made = _kept_of(day.date()) if day else _made_now(anchoring)
        if out:
            audit_anchors.add_to(out, made)
    except (HotlineError, BadSetting) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{out} cannot be written: {error.strerror}.") from None
    click.echo(f"Added to {out}: record {made.sequence} of {made.day}." if out else made.line())


def _made_now(anchoring: Anchoring) -> Anchor:
    try:
        with _opened() as database:
            records.seal(database, waits=True)
            with database.read() as connection:
                made = audit_anchors.now(connection, now(), anchoring)
    except DatabaseBusy:
        # The service has the file; it seals every few seconds itself.
        with _opened(guest=True) as database, database.read() as connection:
            made = audit_anchors.now(connection, now(), anchoring)
    if made is None:
        raise click.ClickException("Nothing is sealed yet. A service that runs seals every few seconds.")
    return made


def _kept_of(day: date) -> Anchor:
    with _opened(guest=True) as database, database.read() as connection:
        made = next((one for one in audit_anchors.kept(connection) if one.day == day), None)
    if made is None:
        raise click.ClickException(f"There is no anchor of {day}. The tick keeps that of a day once it is over.")
    return made


@contextmanager
def _opened(*, guest: bool = False) -> Iterator[Database]:
    """The database of the settings, which must be there."""
    chosen: Settings = settings()
    url = make_url(chosen.database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise click.ClickException(f"There is no {url.database}. DATABASE_URL names the database.")
    database = Database(url, guest=guest)
    try:
        if not is_current(database):
            raise click.ClickException("The database is of another version. Start the service once: `hotline serve`.")
        yield database
    finally:
        database.close()


def _midnight(day: datetime | None, *, after: bool = False) -> datetime | None:
    if day is None:
        return None
    return datetime.combine(day.date() + timedelta(days=after), time(), CITY_ZONE)


def _compared(kept: Iterable[Anchor], given: Iterable[Anchor], *, is_signed: bool) -> str:
    here, elsewhere = len([*kept]), len([*given])
    if not elsewhere:
        return (
            f"{here} anchors of the database were compared, none from elsewhere: only those show for sure what was cut."
        )
    checked = "their signatures too" if is_signed else "not their signatures, as --public-key names no key"
    return f"{here} anchors of the database were compared, and {elsewhere} from elsewhere: {checked}."


COMMANDS = (audit,)
