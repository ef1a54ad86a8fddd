"""Logs: one JSON object a line, made of a named event and of fields from a list.

Nothing free gets in. Of another library's record we keep the template, never its arguments (they
may hold an address or a query string); of an exception its type and place, and its text only
when it is one of ours. So no personal data, key or document can reach a log.
"""

import contextlib
import json
import logging
import sys
import traceback
from collections.abc import Generator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from hmac import compare_digest
from typing import Final, Never, TextIO, final

Field = bool | int | float | str | None

FIELDS: Final = frozenset(
    (
        # where we are
        *("request_id", "operation_id", "outbox_id", "step", "scenario", "component"),
        # the chain
        *("block", "block_hash", "parent_hash", "depth", "tx_hash", "nonce", "chain_id"),
        *("contract", "log_event", "selector"),
        # the business, by id only
        *("participant_id", "order_id", "title_id", "financing_id", "evidence_id"),
        *("document_id", "voyage_id", "tranche", "kind", "state"),
        # what happened
        *("method", "route", "status", "code", "count", "limit", "attempt", "reason"),
        *("duration_ms", "lag_blocks", "blocks_per_s"),
        # the machine
        *("pid", "port", "folder", "version", "signal", "bytes"),
    )
)
TEXT_LENGTH_MAX: Final = 200
OURS: Final = "entrepot"
PLAIN: Final[Mapping[str, Field]] = {}

_context: ContextVar[Mapping[str, Field]] = ContextVar("log_context", default=PLAIN)


@final
class Secret:
    """A text that never shows itself: not printed, formatted, serialised or pickled."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Keep that text."""
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one place that needs it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __format__(self, _: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and compare_digest(
            self._text.encode(), other._text.encode()
        )

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __reduce__(self) -> Never:
        raise TypeError("a secret does not travel")


class Log:
    """One module's log: ``log.info("block_mined", block=7, count=2)``."""

    def __init__(self, name: str) -> None:
        """Write as that logger, usually ``__name__``."""
        self._logger = logging.getLogger(name)

    def debug(self, event: str, **fields: Field) -> None:
        """Say what only a developer wants to know."""
        self._write(logging.DEBUG, event, fields)

    def info(self, event: str, **fields: Field) -> None:
        """Say what happened as it should."""
        self._write(logging.INFO, event, fields)

    def warning(self, event: str, **fields: Field) -> None:
        """Say what happened as it should not, and was mended."""
        self._write(logging.WARNING, event, fields)

    def error(self, event: str, **fields: Field) -> None:
        """Say what stays broken; inside an ``except``, with that exception's type and place."""
        self._write(logging.ERROR, event, fields)

    def _write(self, level: int, event: str, fields: Mapping[str, Field]) -> None:
        if self._logger.isEnabledFor(level):
            caught = sys.exc_info() if level >= logging.ERROR else None
            self._logger.log(level, event, exc_info=caught, extra={"fields": fields})


@contextlib.contextmanager
def context(**fields: Field) -> Generator[None]:
    """Give every line written inside (by this thread or task) these fields."""
    token = _context.set({**_context.get(), **fields})
    try:
        yield
    finally:
        _context.reset(token)


def configure(level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Send every logger of this process to that stream (stderr), one JSON object a line."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)


class JsonLines(logging.Formatter):
    """The one shape of a line: at, level, log, event, then the fields that are on the list."""

    def format(self, record: logging.LogRecord) -> str:
        """Render the record without its arguments."""
        given: Mapping[str, Field] = getattr(record, "fields", PLAIN)
        fields = {**_context.get(), **given}
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "log": record.name,
            "event": shorten(str(record.msg)),
        }
        line |= {name: safe(value) for name, value in fields.items() if name in FIELDS}
        if dropped := sorted(fields.keys() - FIELDS):
            line["dropped"] = dropped
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = describe(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, separators=(",", ":"))


def describe(error: BaseException) -> dict[str, object]:
    """An exception as type and places; its text only if the type is ours."""
    frames = traceback.extract_tb(error.__traceback__)
    told: dict[str, object] = {
        "type": f"{type(error).__module__}.{type(error).__qualname__}",
        "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-5:]],
    }
    if type(error).__module__.partition(".")[0] == OURS:
        told["text"] = shorten(str(error))
    if error.__cause__ is not None:
        told["cause"] = describe(error.__cause__)
    return told


def safe(value: object) -> Field:
    """A field's value as JSON has it; anything that is no plain value only by its type."""
    if value is None or isinstance(value, bool | int | float):
        return value
    return shorten(value) if isinstance(value, str) else f"<{type(value).__name__}>"


def shorten(text: str) -> str:
    """A text of bounded length."""
    return text if len(text) <= TEXT_LENGTH_MAX else text[: TEXT_LENGTH_MAX - 1] + "…"
