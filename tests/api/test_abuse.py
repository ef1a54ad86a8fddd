"""What no client would send, over a raw socket to the server as it is run: too much, too slow, and
bytes that two readers would read in two ways."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import httpx
import pytest

from entrepot.api.door import HEAD_BYTES_MAX
from entrepot.api.problems import TOO_LARGE
from entrepot.settings import Settings
from tests.api.serving import serve
from tests.api.stage import Stage
from tests.api.wire import ask, drip, open_line, said, statuses

TOKEN = b"Authorization: Bearer token-of-exporter\r\n"
HEAD = b"Host: api\r\n" + TOKEN
JSON = b"Content-Type: application/json\r\n"
SECONDS = 1


@pytest.fixture(scope="module")
def url(running: Stage) -> Iterator[str]:
    """The server, patient for a second."""
    settings: Settings = running.world.settings.model_copy(
        update={"request_seconds_max": float(SECONDS)}
    )
    with serve(replace(running.world, settings=settings)) as address:
        yield address


@pytest.fixture(autouse=True)
def rows(stage: Stage) -> Stage:
    return stage


def get(url: str, path: bytes, *more: bytes) -> bytes:
    lines = b"".join(line + b"\r\n" for line in more)
    return ask(url, b"GET " + path + b" HTTP/1.1\r\n" + HEAD + lines + b"Connection: close\r\n\r\n")


# ---------------------------------------------------------------- too much


def test_ten_megabytes_of_json_are_refused_before_they_are_sent(url: str) -> None:
    with closing(open_line(url)) as line:
        line.sendall(b"POST /v1/orders HTTP/1.1\r\n" + HEAD + JSON)
        line.sendall(b"Content-Length: 10000000\r\n\r\n")
        answer = said(line)
    assert statuses(answer) == [413]
    assert TOO_LARGE.code.encode() in answer


def test_ten_megabytes_that_do_not_say_so_are_not_read_to_the_end(url: str) -> None:
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    sent = 0
    with closing(open_line(url)) as line:
        line.sendall(b"POST /v1/orders HTTP/1.1\r\n" + HEAD + JSON)
        line.sendall(b"Transfer-Encoding: chunked\r\n\r\n")
        try:
            for _ in range(1600):  # a hundred megabytes
                line.sendall(chunk)
                sent += len(chunk)
        except (BrokenPipeError, ConnectionResetError):
            pass
    assert sent < 30_000_000


def test_deep_json_is_refused_quickly(url: str) -> None:
    body = b'{"details":' + b'{"a":' * 40_000 + b"1" + b"}" * 40_000 + b"}"
    began = time.monotonic()
    answer = ask(
        url,
        b"POST /v1/orders HTTP/1.1\r\n"
        + HEAD
        + JSON
        + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
        + body,
    )
    assert statuses(answer)[0] in (400, 422)
    assert time.monotonic() - began < 10


def test_headers_without_an_end_are_cut_off(url: str) -> None:
    answer = get(url, b"/v1/orders", b"X-Long: " + b"x" * (HEAD_BYTES_MAX + 70_000))
    assert statuses(answer) in ([400], [431])


def test_a_path_without_an_end_is_cut_off(url: str) -> None:
    assert statuses(get(url, b"/v1/orders?after=" + b"x" * 110_000)) in ([400], [431])


# ---------------------------------------------------------------- too slow


def test_a_head_that_drips_is_cut_off(url: str) -> None:
    """Slowloris."""
    drops = (b"X-%d: y\r\n" % number for number in range(100))
    answer, took_s = drip(url, b"GET /healthz HTTP/1.1\r\nHost: api\r\n", drops, 0.2)
    assert answer == b""
    assert SECONDS <= took_s < SECONDS + 8


def test_a_connection_that_says_nothing_is_cut_off(url: str) -> None:
    answer, took_s = drip(url, b"", (), 0)
    assert answer == b""
    assert took_s < SECONDS + 8


def test_a_second_request_that_drips_on_the_same_line_is_cut_off(url: str) -> None:
    first = b"GET /healthz HTTP/1.1\r\nHost: api\r\n\r\n"
    drops = itertools.chain([b"GET /healthz HTTP/1.1\r\n"], itertools.repeat(b"X: y\r\n", 100))
    answer, took_s = drip(url, first, drops, 0.2)
    assert statuses(answer) == [200]
    assert took_s < SECONDS + 10


def test_a_body_that_drips_is_cut_off(url: str) -> None:
    start = b"POST /v1/orders HTTP/1.1\r\n" + HEAD + JSON + b"Content-Length: 5000\r\n\r\n"
    answer, took_s = drip(url, start, itertools.repeat(b" ", 100), 0.2)
    assert statuses(answer) in ([408], [])
    assert SECONDS <= took_s < SECONDS + 8


def test_a_body_that_never_comes_is_answered_408(url: str) -> None:
    start = b"POST /v1/orders HTTP/1.1\r\n" + HEAD + JSON + b"Content-Length: 5000\r\n\r\n"
    answer, _ = drip(url, start, (), 0)
    assert statuses(answer) == [408]
    assert b"request-too-slow" in answer
    assert b"connection: close" in answer.lower()


def test_a_body_that_is_there_is_waited_with(url: str) -> None:
    """Patience is with what comes in, not with what we do: an answer may take longer."""
    with httpx.stream(
        "GET", f"{url}/v1/events/stream", headers={"Authorization": "Bearer token-of-exporter"}
    ) as stream:
        time.sleep(SECONDS + 1)
        assert stream.status_code == 200


# ---------------------------------------------------------------- two ways to read it

SECOND = b"GET /v1/participants HTTP/1.1\r\n" + HEAD + b"\r\n"
SMUGGLED = {
    "a length and chunks": b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and a length": b"Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 0\r\nContent-Length: 44\r\n\r\n",
    "two lengths in one": b"Content-Length: 0, 44\r\n\r\n",
    "a signed length": b"Content-Length: +0\r\n\r\n",
    "a length in hex": b"Content-Length: 0x10\r\n\r\n",
    "a space before the colon": b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "another coding": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "two codings": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "the coding twice": b"Transfer-Encoding: chunked\r\n" * 2 + b"\r\n0\r\n\r\n",
    "a folded header": b"X: y\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a bad size of a chunk": b"Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n",
    "a NUL in a header": b"X: a\0b\r\n\r\n",
    "a bare CR in a header": b"X: a\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two hosts": b"Host: other\r\n\r\n",
}


@pytest.mark.parametrize("rest", SMUGGLED.values(), ids=SMUGGLED)
def test_request_that_hides_another_gets_one_answer_at_most(url: str, rest: bytes) -> None:
    answer = ask(url, b"POST /v1/orders HTTP/1.1\r\n" + HEAD + JSON + rest + SECOND)
    if rest == SMUGGLED["a folded header"]:  # then it is no header, and the rest is what it was
        assert statuses(answer)[0] >= 400
        return
    assert len(statuses(answer)) == 1, answer
    assert statuses(answer)[0] >= 400
    assert b'"items"' not in answer


@pytest.mark.parametrize(
    "name", [b"Authorization", b"Idempotency-Key", b"Content-Type", b"Entrepot-Version"]
)
def test_header_that_stands_there_twice_is_refused(url: str, name: bytes) -> None:
    answer = get(url, b"/v1/orders", name + b": one", name.lower() + b": two")
    assert statuses(answer) == [400]
    assert b"ambiguous-request" in answer


@pytest.mark.parametrize(
    "line",
    [b"GET /v1/orders", b"\x16\x03\x01\x02\x00", b"G\0T / HTTP/1.1"],
)
def test_what_is_no_http_is_refused(url: str, line: bytes) -> None:
    answer = ask(url, line + b"\r\n" + HEAD + b"\r\n")
    assert statuses(answer) == [400]


def test_two_good_requests_on_one_line_are_two_answers(url: str) -> None:
    """The tests above could tell."""
    assert statuses(ask(url, SECOND + SECOND)) == [200, 200]


# ---------------------------------------------------------------- tricks with paths and headers


@pytest.mark.parametrize(
    "path",
    [
        b"/v1/orders/../participants",
        b"/v1/orders/%2e%2e/participants",
        b"/v1/orders/..%2fparticipants",
        b"/v1/orders%00",
        b"/v1/orders%0d%0aX-Injected:%20yes",
        b"/v1//orders",
        b"//v1/orders",
        b"/V1/ORDERS",
        b"/v1/orders/",
        b"/v1/orders;x=y",
        b"/v1/orders%3flimit=1",
        b"/v1/%6frders%2f%2e%2e%2fparticipants",
        b"/console/../v1/orders",
        b"/v1/orders/0x%s/..%%2f..%%2fparticipants" % (b"5a" * 32),
        b"/static/../../../../etc/passwd",
        b"/docs/..%2f..%2f..%2fetc%2fpasswd",
    ],
)
def test_trick_with_a_path_finds_nothing(url: str, path: bytes) -> None:
    answer = get(url, path)
    assert statuses(answer) in ([404], [400]), answer
    assert b"X-Injected" not in answer.partition(b"\r\n\r\n")[0]


def test_encoded_letters_are_the_same_path_and_no_way_around_a_token(url: str) -> None:
    assert statuses(get(url, b"/v1/%6frders")) == [200]
    bare = ask(url, b"GET /v1/%6frders HTTP/1.1\r\nHost: api\r\nConnection: close\r\n\r\n")
    assert statuses(bare) == [401]


def test_another_method_in_a_header_or_the_query_changes_nothing(url: str) -> None:
    answer = get(
        url,
        b"/v1/orders?_method=DELETE",
        b"X-HTTP-Method-Override: DELETE",
        b"X-HTTP-Method: POST",
        b"X-Method-Override: PATCH",
    )
    assert statuses(answer) == [200]


@pytest.mark.parametrize("method", [b"TRACE", b"TRACK", b"CONNECT", b"OPTIONS", b"PUT", b"DEBUG"])
def test_method_that_nothing_is_asked_by_is_refused(url: str, method: bytes) -> None:
    request = (
        method + b" /v1/orders HTTP/1.1\r\n" + HEAD + b"X: secret\r\nConnection: close\r\n\r\n"
    )
    answer = ask(url, request)
    assert statuses(answer) == [405]
    assert b"secret" not in answer


FORWARDED = (
    b"X-Forwarded-For: 127.0.0.1",
    b"X-Forwarded-Host: evil.example",
    b"X-Forwarded-Proto: https",
    b"X-Forwarded-Prefix: /evil",
    b"Forwarded: for=127.0.0.1;host=evil.example;proto=https",
    b"X-Real-IP: 127.0.0.1",
    b"X-Original-URL: /v1/participants",
    b"X-Rewrite-URL: /v1/participants",
)


def test_what_a_stranger_says_was_forwarded_is_not_believed(url: str) -> None:
    plain = get(url, b"/.well-known/oauth-authorization-server")
    told = get(url, b"/.well-known/oauth-authorization-server", *FORWARDED)
    body = plain.partition(b"\r\n\r\n")[2]
    assert told.partition(b"\r\n\r\n")[2] == body
    assert b"evil" not in told
    listed = get(url, b"/v1/participants?limit=1", *FORWARDED)
    [link] = [line for line in listed.split(b"\r\n") if line.lower().startswith(b"link:")]
    assert b"evil" not in listed
    assert link.startswith(b"link: </v1/participants?")


def test_websocket_is_not_spoken(url: str) -> None:
    upgrade = (b"Upgrade: websocket", b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Key: eA==")
    head = b"GET /v1/orders HTTP/1.1\r\n" + HEAD + b"Connection: Upgrade, close\r\n"
    answer = ask(url, head + b"".join(line + b"\r\n" for line in upgrade) + b"\r\n")
    assert 101 not in statuses(answer)


def test_no_answer_says_what_it_runs_on_or_lets_another_origin_in(url: str) -> None:
    for path in (b"/v1/orders", b"/nothing", b"/openapi.json", b"/healthz"):
        head = get(url, path, b"Origin: https://evil.example").partition(b"\r\n\r\n")[0].lower()
        assert b"server:" not in head
        assert b"access-control-allow" not in head
        assert b"x-powered-by" not in head
        assert b"x-content-type-options: nosniff" in head
        assert b"content-security-policy:" in head


def test_a_problem_never_shows_the_code_behind_it(url: str) -> None:
    answers: list[Any] = [get(url, b"/v1/orders?limit=x"), get(url, b"/nothing")]
    for answer in answers:
        assert b"Traceback" not in answer
        assert b".py" not in answer
