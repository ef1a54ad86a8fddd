"""Databases of other programs on our server, for measuring beside ours; never used in earnest."""

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import ProgrammingError


class Foreign:
    """A new database, empty, in place of any that has the name."""

    def __init__(self, url: str, name: str) -> None:
        ours = create_engine(url, isolation_level="AUTOCOMMIT")
        with ours.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
            connection.execute(text(f'CREATE DATABASE "{name}"'))
        ours.dispose()
        there = make_url(url).set(database=name)
        plain = there.set(drivername="postgresql")
        self.url = plain.render_as_string(hide_password=False)
        """As programs that know no SQLAlchemy spell it."""
        self._engine = create_engine(there, isolation_level="AUTOCOMMIT")

    def count(self, table: str) -> int | None:
        """How many rows the table has that other sessions may see; None while it is not there."""
        with self._engine.connect() as connection:
            try:
                return connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608 (a name of ours)
            except ProgrammingError:
                return None

    def close(self) -> None:
        self._engine.dispose()
