"""What every tick asks, made into SQL once and put to psycopg itself, much of it at a time.

To find a made statement again and to make objects of rows, the ORM takes several times as long as
PostgreSQL takes to answer; and each answer that is waited for by itself costs a way there and back.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, LiteralString, cast

from psycopg import Connection
from psycopg.pq import TransactionStatus
from sqlalchemy import BindParameter, ClauseElement, bindparam
from sqlalchemy.dialects.postgresql.psycopg import dialect
from sqlmodel import Session

from entrepot.store.columns import Row, Whole


class Question:
    """A statement of SQLAlchemy's, put together at its first use.

    Its rows come as named tuples, by the labels of its columns. Parameters are what psycopg takes:
    lists for `= ANY(...)`, text for JSONB.
    """

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement

    @cached_property
    def _made(self) -> tuple[LiteralString, Mapping[str, Any], Callable[[Any], Any] | None]:
        statement: Any = self._statement
        made = statement.compile(dialect=dialect(), compile_kwargs={"render_postcompile": True})
        columns = list(statement.exported_columns)
        wholes = [at for at, column in enumerate(columns) if isinstance(column.type, Whole)]
        row: Any = namedtuple("Row", [column.name for column in columns])

        def read(values: Sequence[Any]) -> Any:
            told = list(values)
            for at in wholes:
                told[at] = None if told[at] is None else int(told[at])
            return row._make(told)

        return cast("LiteralString", str(made)), made.params, read if columns else None

    @property
    def sql(self) -> LiteralString:
        return self._made[0]

    def parameters(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """With those that the statement brings itself."""
        return {**self._made[1], **asked}

    @property
    def answers(self) -> bool:
        """Whether it has rows for an answer, be it none."""
        return self._made[2] is not None

    def rows(self, answered: Sequence[Sequence[Any]]) -> list[Any]:
        read = self._made[2]
        return [read(values) for values in answered] if read else []


Asked = tuple[Question, Mapping[str, Any]]

PLANNED_ONCE: LiteralString = "SET LOCAL plan_cache_mode = force_generic_plan"
PLANNED_AS_IT_COMES: LiteralString = "SET LOCAL plan_cache_mode = auto"


def ask(session: Session, question: Question, **asked: Any) -> list[Any]:
    """The rows that answer it, or none if it writes."""
    return ask_all(session, [(question, asked)])[0]


def ask_all(session: Session, asked: Sequence[Asked]) -> list[list[Any]]:
    """The same of several, in this order and all in one way there and back."""
    if not asked:
        return []
    connection = driver(session)
    begun = connection.info.transaction_status is TransactionStatus.INTRANS
    if len(asked) == 1 and begun:
        return [_rows(connection, *asked[0])()]
    with connection.pipeline():
        answers = [_rows(connection, question, given) for question, given in asked]
        return [answer() for answer in answers]


def ask_again(session: Session, asked: Sequence[Asked]) -> list[list[Any]]:
    """As `ask_all`, for what every request asks for a participant: under the policies, planning
    takes ten times as long as answering, and so each connection does it once. For questions about a
    few rows by their keys only, whose best plan does not depend on which."""
    connection = driver(session)
    with connection.pipeline():
        connection.execute(PLANNED_ONCE)
        answers = ask_all(session, asked)
        connection.execute(PLANNED_AS_IT_COMES)
    return answers


def ask_driver(
    connection: Connection[Any], question: Question, asked: Mapping[str, Any]
) -> list[Any]:
    """As `ask`, of a connection of psycopg's."""
    return _rows(connection, question, asked)()


def _rows(
    connection: Connection[Any], question: Question, given: Mapping[str, Any]
) -> Callable[[], list[Any]]:
    cursor = connection.execute(question.sql, question.parameters(given), binary=True)
    return lambda: question.rows(cursor.fetchall()) if question.answers else []


def driver(session: Session) -> Connection[Any]:
    """psycopg's own connection of this session, which has written all that was pending."""
    session.flush()
    return cast("Connection[Any]", session.connection().connection.driver_connection)


def named(table: type[Row], *without: str) -> dict[str, BindParameter[Any]]:
    """Every column of a table by a parameter of its name, to insert a row with."""
    columns = table.metadata.tables[str(table.__tablename__)].columns
    return {c.name: bindparam(c.name, type_=c.type) for c in columns if c.name not in without}
