"""The unit of work: one transaction per request or tick, committed here and nowhere else."""

import math
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
from sqlalchemy import Boolean, Engine, String, bindparam, create_engine, event, func, select, text
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session

from entrepot.store import spans
from entrepot.store.asking import Question, ask, ask_driver, driver
from entrepot.store.tenancy import Acting, note, setting

LOCK_TIMEOUT_MS = 10_000
STATEMENT_TIMEOUT_MS = 60_000
RESTED_S = 1.0
RETURNED = "returned_at"


class StoreUnavailable(Exception):
    """The database is away, or too busy to answer in time; nothing of the unit of work is kept."""


class Store:
    """The database, as the rest of the program sees it.

    `transaction()` gives a session and commits it at the end, or rolls all of it back;
    `reading()` gives one that sees a single moment and cannot write.
    """

    def __init__(
        self, url: str, *, pool_size: int = 10, lock_timeout_ms: int = LOCK_TIMEOUT_MS
    ) -> None:
        self.url = url
        self.engine: Engine = create_engine(
            url,
            pool_size=pool_size,
            max_overflow=pool_size,
            connect_args={
                "options": f"-c statement_timeout={STATEMENT_TIMEOUT_MS}"
                f" -c lock_timeout={lock_timeout_ms} -c jit=off"
            },
        )
        event.listen(self.engine, "checkin", _note_return)
        event.listen(self.engine, "checkout", self._ping)

    def _ping(self, connection: Any, record: ConnectionPoolEntry, _: object) -> None:
        """A connection that has rested may have been closed since; one just used is believed."""
        if time.monotonic() - record.info.get(RETURNED, math.inf) < RESTED_S:
            return
        try:
            self.engine.dialect.do_ping(connection)
        except psycopg.OperationalError as error:
            raise DisconnectionError from error

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One unit of work. Whatever is raised inside leaves the database as it was."""
        with self._session() as session:
            yield session
            self._commit(session)
            spans.tell(session)

    @contextmanager
    def trying(self) -> Iterator[Session]:
        """A unit of work that is only tried: nothing of it is kept."""
        with self._session() as session:
            yield session

    @contextmanager
    def reading(self, acting: Acting | None = None) -> Iterator[Session]:
        """A consistent, read-only view: every query sees the same moment.

        acting: for whom it reads, and so what it can see at all; None for the system itself.
        """
        begin = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
        with self._session() as session:
            told = f"{begin}; {setting(acting)}" if acting else begin
            connection = driver(session)
            connection.execute(told.encode())
            note(session, acting)
            yield session
            connection.commit()  # rolled back, psycopg would forget what it has prepared

    @contextmanager
    def accessing(self, acting: Acting | None) -> Iterator[Session]:
        """As `reading`, but what `beyond` writes of it is kept: who has looked."""
        with self._session() as session:
            begin = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"
            session.execute(text(f"{begin}; {setting(acting)}" if acting else begin))
            note(session, acting)
            yield session
            self._commit(session)

    def at_once(self, question: Question, **asked: Any) -> list[Any]:
        """One question in a transaction of its own, which begins, answers and keeps it in one way
        there and back: for what each request asks before anything else."""
        with _told(), closing(self.engine.raw_connection()) as connection:
            driven: Any = connection.driver_connection
            driven.autocommit = True
            try:
                return ask_driver(driven, question, asked)
            finally:
                driven.autocommit = False

    def _commit(self, session: Session) -> None:
        """The one point at which anything is kept; where the simulator lets a process die."""
        session.commit()

    @contextmanager
    def _session(self) -> Iterator[Session]:
        with _told(), Session(self.engine, expire_on_commit=False) as session:
            yield session

    def close(self) -> None:
        self.engine.dispose()


@contextmanager
def _told() -> Iterator[None]:
    """That the database is away, in one way, whoever has asked it."""
    try:
        yield
    except OperationalError as error:
        raise StoreUnavailable(type(error.orig).__name__) from error
    except psycopg.OperationalError as error:  # from what asks psycopg itself
        raise StoreUnavailable(type(error).__name__) from error


def _note_return(_: object, record: ConnectionPoolEntry) -> None:
    record.info[RETURNED] = time.monotonic()


LEAD = Question(
    select(
        func.pg_try_advisory_xact_lock(func.hashtextextended(bindparam("role", type_=String), 0))
        .cast(Boolean)
        .label("taken")
    )
)
"""As `lead`, to be asked before other things in the same way there and back."""


def lead(session: Session, role: str) -> bool:
    """Takes the named advisory lock until this transaction ends; False when another holds it."""
    return bool(ask(session, LEAD, role=role)[0].taken)


__all__ = ["LEAD", "Session", "Store", "StoreUnavailable", "lead"]
