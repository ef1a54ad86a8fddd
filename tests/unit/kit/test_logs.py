"""A log line has a known shape and lets nothing else through."""

import io
import json
import logging
import pickle
from collections.abc import Iterator

import pytest

from entrepot.kit import logs
from entrepot.kit.logs import Log, Secret


class TradeError(Exception):
    """An error of ours."""


TradeError.__module__ = "entrepot.domain.errors"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    written = io.StringIO()
    logs.configure(stream=written)
    yield written
    root.handlers[:], root.level = handlers, level


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_line_has_time_level_name_event_and_listed_fields(stream: io.StringIO) -> None:
    Log("entrepot.devnet").info("block_mined", block=7, count=2)
    (line,) = lines(stream)
    assert str(line.pop("at")).endswith("+00:00")
    assert line == {
        "level": "info",
        "log": "entrepot.devnet",
        "event": "block_mined",
        "block": 7,
        "count": 2,
    }


def test_field_that_is_not_on_the_list_is_dropped_and_named(stream: io.StringIO) -> None:
    Log("entrepot").info("signed_up", email="erika@example.org", block=1)
    (line,) = lines(stream)
    assert line["dropped"] == ["email"]
    assert "erika" not in stream.getvalue()


def test_value_that_is_no_plain_value_shows_only_its_type(stream: io.StringIO) -> None:
    Log("entrepot").info("odd", reason=Secret("k3y"), state={"name": "Erika"})  # type: ignore[arg-type]
    (line,) = lines(stream)
    assert (line["reason"], line["state"]) == ("<Secret>", "<dict>")


def test_long_text_is_cut(stream: io.StringIO) -> None:
    Log("entrepot").info("long", reason="x" * 10_000)
    (line,) = lines(stream)
    assert len(str(line["reason"])) == logs.TEXT_LENGTH_MAX


def test_line_breaks_cannot_forge_a_second_line(stream: io.StringIO) -> None:
    Log("entrepot").info("one", reason='\n{"level":"info"}')
    assert len(stream.getvalue().splitlines()) == 1


def test_context_reaches_every_line_inside_and_none_after(stream: io.StringIO) -> None:
    log = Log("entrepot")
    with logs.context(request_id="r-1"), logs.context(operation_id="o-1"):
        log.info("inside")
    log.info("outside")
    inside, outside = lines(stream)
    assert (inside["request_id"], inside["operation_id"]) == ("r-1", "o-1")
    assert "request_id" not in outside


def test_other_libraries_arguments_stay_out(stream: io.StringIO) -> None:
    logging.getLogger("another.library").warning('%s "%s"', "203.0.113.9", "GET /?name=Erika")
    (line,) = lines(stream)
    assert line["event"] == '%s "%s"'
    assert "Erika" not in stream.getvalue()
    assert "203.0.113.9" not in stream.getvalue()


def test_foreign_exception_shows_type_and_place_but_no_text(stream: io.StringIO) -> None:
    try:
        raise ValueError("IBAN DE02120300000000202051")
    except ValueError:
        Log("entrepot").error("failed")
    (line,) = lines(stream)
    error = line["error"]
    assert isinstance(error, dict)
    assert error["type"] == "builtins.ValueError"
    assert "test_logs.py" in error["at"][-1]
    assert "DE02" not in stream.getvalue()


def test_our_exception_shows_its_text_and_its_foreign_cause_does_not(stream: io.StringIO) -> None:
    try:
        try:
            raise KeyError("Erika")
        except KeyError as cause:
            raise TradeError("order 0x12 is unknown") from cause
    except TradeError:
        Log("entrepot").error("failed")
    (line,) = lines(stream)
    error = line["error"]
    assert isinstance(error, dict)
    assert error["text"] == "order 0x12 is unknown"
    assert error["cause"]["type"] == "builtins.KeyError"
    assert "Erika" not in stream.getvalue()


@pytest.mark.parametrize("show", [str, repr, "{}".format, "%s".__mod__, lambda s: f"{s:>9}"])
def test_secret_never_shows_itself(show) -> None:
    assert "k3y" not in show(Secret("k3y"))


def test_secret_compares_reveals_and_does_not_travel() -> None:
    assert Secret("k3y") == Secret("k3y") != Secret("other")
    assert Secret("k3y").reveal() == "k3y"
    with pytest.raises(TypeError):
        pickle.dumps(Secret("k3y"))
    with pytest.raises(TypeError):
        json.dumps(Secret("k3y"))
