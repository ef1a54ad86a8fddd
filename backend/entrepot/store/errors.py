"""What of the database's troubles passes by itself."""

from sqlalchemy.exc import OperationalError, TimeoutError


def is_passing(error: BaseException) -> bool:
    """Whether trying again later is right: no connection, a lock or a statement timed out."""
    return isinstance(error, OperationalError | TimeoutError)
