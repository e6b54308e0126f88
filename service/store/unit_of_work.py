"""One step, one transaction: opened here by the edge, on SQLite or PostgreSQL."""

from __future__ import annotations

import fcntl
import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from time import monotonic
from typing import IO, Any

import structlog
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DisconnectionError, OperationalError

from service import exact_json
from service.errors import Conflict, HotlineError, Invalid, StuckError
from service.store import variables
from service.store.line import Line

log = structlog.get_logger()

_AFTER_COMMIT = "hotline.after_commit"
_READ_ONLY = "hotline.read_only"
# Moments come in UTC wherever the server stands: some of year 1 and of 9999 are in no year of Python's in another zone.
_SESSION = ("TimeZone=UTC", "lock_timeout=30s", "idle_in_transaction_session_timeout=60s")
# The SQLSTATE of a transaction that PostgreSQL has broken off.
_DEADLOCK = "40P01"
_CANCELED = "57014"
# Steps of SQLite between two looks at the clock: some milliseconds.
_BETWEEN_LOOKS = 100_000


class DatabaseBusy(HotlineError):
    """Another process has the SQLite file open."""


class TakesTooLong(Invalid):
    """Somebody asks for what cannot be found in the time that there is."""


def engine_options(url: str | URL) -> dict[str, Any]:
    """What `create_engine` needs for this database; raises ValueError for a kind that is not supported."""
    backend = make_url(url).get_backend_name()
    common: dict[str, Any] = {
        "json_serializer": exact_json.dumps,
        "json_deserializer": exact_json.loads,
        # An error that quotes a statement must not quote what a citizen has written.
        "hide_parameters": True,
        "pool_size": 20,
        "max_overflow": 60,
    }
    if backend == "sqlite":
        # SQLAlchemy's `begin` event begins the transaction, not the driver: its own mode loses updates.
        return common | {"connect_args": {"isolation_level": None, "timeout": 30, "check_same_thread": False}}
    if backend == "postgresql":
        return common | {
            "isolation_level": "READ COMMITTED",
            "connect_args": {"options": " ".join(f"-c {one}" for one in _SESSION)},
        }
    raise ValueError(f"{backend} is not supported: use sqlite:///… or postgresql+psycopg://…")


class Database:
    """The database of one process; `write` is one step, `read` one consistent look.

    Given an engine (Flask-SQLAlchemy's), it must have been made with `engine_options`.
    Raises DatabaseBusy when another process holds the SQLite file, unless it is opened as a `guest`, who only reads.
    """

    def __init__(self, url: str | URL = "", *, engine: Engine | None = None, guest: bool = False) -> None:
        self.engine = engine or create_engine(url, **engine_options(url))
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        # Waiting in line here is fair; SQLite's own busy handler lets a thread starve for seconds.
        self._line = Line()
        self._writer = self._line if self.is_sqlite else nullcontext()
        self._owner: IO[str] | None = None
        if self.is_sqlite:
            self._owner = None if guest else _own(self.engine.url.database)
            event.listen(self.engine, "connect", configure_sqlite)
            if guest:
                event.listen(self.engine, "connect", _only_read)
            event.listen(self.engine, "begin", _begin_sqlite)
        else:
            event.listen(self.engine, "checkout", _unless_closed)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that may write: committed at the end of the block, rolled back if it raises.

        A StuckError is raised after its incident was written, instead of the step: that is committed. Raises Conflict
        if PostgreSQL has broken it off because two transactions waited for each other.
        """
        callbacks: list[Callable[[], None]] = []
        with self._writer, self.engine.connect() as connection:
            connection.info[_AFTER_COMMIT] = callbacks
            stuck = None
            try:
                with connection.begin():
                    try:
                        yield connection
                    except StuckError as error:
                        stuck = error
            except OperationalError as error:
                if getattr(error.orig, "sqlstate", "") != _DEADLOCK:
                    raise
                raise Conflict("Others are at what this step needs. Repeat it.") from error
            finally:
                connection.info.pop(_AFTER_COMMIT, None)
        for callback in callbacks:
            try:
                callback()
            except Exception:
                # The step is committed; whoever wanted to hear of it will look again by itself.
                log.exception("after-commit-failed")
        if stuck:
            raise stuck

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads and never waits for a writer."""
        with self.engine.connect().execution_options(**{_READ_ONLY: True}) as connection, connection.begin():
            yield connection

    @contextmanager
    def read_within(self, seconds: float) -> Iterator[Connection]:
        """The same; raises TakesTooLong once a statement has taken so long."""
        with self.read() as connection:
            try:
                with self._within(connection, seconds):
                    yield connection
            except OperationalError as error:
                if "interrupted" not in str(error.orig) and getattr(error.orig, "sqlstate", "") != _CANCELED:
                    raise
                raise TakesTooLong(
                    f"This was not found within {seconds} seconds. Ask for less: of one process instance, of one "
                    "definition, or since an instant."
                ) from error

    @contextmanager
    def _within(self, connection: Connection, seconds: float) -> Iterator[None]:
        if not self.is_sqlite:
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {round(seconds * 1000)}")
            yield
            return
        driver, end = connection.connection.driver_connection, monotonic() + seconds
        assert driver is not None
        driver.set_progress_handler(lambda: monotonic() > end, _BETWEEN_LOOKS)
        try:
            yield
        finally:
            driver.set_progress_handler(None, 0)

    @contextmanager
    def glance(self) -> Iterator[Connection]:
        """For one statement that reads: on a server without the two around it that make a transaction."""
        if self.is_sqlite:
            with self.read() as connection:
                yield connection
        else:
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                yield connection

    def is_awaited(self) -> bool:
        """Whether somebody in this process waits to write after whoever is writing."""
        return self._line.is_awaited()

    def close(self) -> None:
        self.engine.dispose()
        if self._owner:
            self._owner.close()
            self._owner = None


def after_commit(connection: Connection, callback: Callable[[], None]) -> None:
    """Call back once this `write` is committed, outside the transaction; never if it is rolled back."""
    connection.info[_AFTER_COMMIT].append(callback)


def _own(database: str | None) -> IO[str] | None:
    """Lock the file beside the database for the life of the process."""
    if not database or database == ":memory:":
        return None
    path = Path(database)
    path.parent.mkdir(parents=True, exist_ok=True)
    owner = path.with_name(path.name + ".lock").open("w")
    try:
        fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner.close()
        raise DatabaseBusy(
            f"Another process has {path.name} open. Stop it first, or use PostgreSQL (DATABASE_URL) for several."
        ) from None
    return owner


def configure_sqlite(driver_connection: Any, _record: Any = None) -> None:
    """What every connection to a file of SQLite needs."""
    cursor = driver_connection.cursor()
    # LIKE tells letters apart by their case as it does on PostgreSQL.
    # What is erased is overwritten, too.
    safe = ("journal_mode=WAL", "synchronous=FULL", "secure_delete=FAST")
    for pragma in (*safe, "busy_timeout=10000", "foreign_keys=ON", "case_sensitive_like=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
    driver_connection.create_function("variable_key", 2, variables.key_of, deterministic=True)


def _only_read(driver_connection: Any, _record: Any) -> None:
    driver_connection.execute("PRAGMA query_only=ON")


def _begin_sqlite(connection: Connection) -> None:
    read_only = connection.get_execution_options().get(_READ_ONLY, False)
    # A transaction that reads first and writes later fails at once when another has written in between.
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _unless_closed(driver_connection: Any, _record: Any, _proxy: Any) -> None:
    """Another connection is opened instead of one that the server has closed since, as it does when it restarts.

    That shows here without a word to the server: nothing is to be read on a connection that is idle but its end.
    """
    poll = select.poll()
    poll.register(driver_connection.fileno(), select.POLLIN)
    if poll.poll(0):
        raise DisconnectionError("The server has closed the connection.")
