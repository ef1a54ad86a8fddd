"""Brings a database to this version's tables, by Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

FOLDER = Path(__file__).parent / "migrations"


def migrate(url: str) -> None:
    """Applies what is missing; does nothing when there is nothing to do.

    RoleMissing when an administrator has to create a role first.
    """
    command.upgrade(_config(url), "head")


def start_anew(url: str) -> None:
    """Takes every table away, with all that is in them: for benches."""
    config = _config(url)
    config.attributes["lay"] = False
    command.downgrade(config, "base")


def version(url: str) -> tuple[str | None, str | None]:
    """The revision that the database has, and the one that this code wants."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            has = MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()
    return has, ScriptDirectory.from_config(_config(url)).get_current_head()


def draft(url: str, message: str) -> None:
    """Writes a new revision from the difference between a migrated database and the tables; a
    person reads and mends it before it is committed."""
    command.revision(_config(url), message=message, autogenerate=True)


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["url"] = url
    config.attributes["lay"] = True
    return config
