"""The client asks until it is answered, has its effect once, and speaks in types."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec import UNSET

import entrepot.client as client_module
from entrepot.client import Client, Conflict, Credentials, NotFound, Problem, Unreachable, types
from entrepot.client.transport import Transport

URL = "http://api.example:8080"
OPERATION = {
    "operation_id": "op_1",
    "verb": "orders.accept",
    "status": "succeeded",
    "transactions": [],
    "result": {"order_id": "0x01"},
    "error": None,
}

Answer = httpx.Response | Exception


class Server:
    """Answers as it was told to, one after the other; keeps what was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.answers: Iterator[Answer] = iter(answers)
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            return httpx.Response(200, json={"access_token": "t", "expires_in": 300})
        self.asked.append(request)
        answer = next(self.answers)
        if isinstance(answer, Exception):
            raise answer
        return answer


Made = Callable[..., tuple[Client, Server, list[float]]]


@pytest.fixture
def made() -> Iterator[Made]:
    """A client before such a server, and how long it slept each time."""
    clients: list[Client] = []

    def make(*answers: Answer, **options: Any) -> tuple[Client, Server, list[float]]:
        server, slept = Server(*answers), list[float]()
        client = Client(URL, Credentials.new("client_1"), **options)
        client.http.close()
        client.http = httpx.Client(
            base_url=URL, auth=client.auth, transport=httpx.MockTransport(server)
        )
        transport = Transport(client.http, options.get("wait_s", 30), 6, {}, slept.append)
        client._transport = transport
        super(Client, client).__init__(transport)
        clients.append(client)
        return client, server, slept

    yield make
    for client in clients:
        client.close()


def problem(status: int, code: str, **headers: str) -> httpx.Response:
    told = {"code": code, "title": "No", "detail": "because", "mend": "do otherwise"}
    return httpx.Response(status, json=told, headers=headers)


def test_command_waits_bears_a_key_and_is_typed(made: Made) -> None:
    client, server, _ = made(httpx.Response(200, json=OPERATION))
    done = client.orders.accept("0x01")
    [request] = server.asked
    assert (request.method, request.url.path) == ("POST", "/v1/orders/0x01:accept")
    assert request.headers["Prefer"] == "wait=30"
    assert len(request.headers["Idempotency-Key"]) == 36
    assert done == types.OperationOut(
        operation_id="op_1",
        verb="orders.accept",
        status="succeeded",
        transactions=(),
        result={"order_id": "0x01"},
        error=None,
    )


def test_body_is_sent_as_it_was_given_and_nothing_more(made: Made) -> None:
    client, server, _ = made(httpx.Response(200, json=OPERATION))
    paid = types.RepaymentIn(amount=types.MoneyIn(amount="1.00", currency="USD"), reference="R-1")
    client.facilities.repay("0x02", paid, key="mine", wait_s=0)
    [request] = server.asked
    assert json.loads(request.content) == {
        "amount": {"amount": "1.00", "currency": "USD"},
        "reference": "R-1",
    }
    assert request.headers["Idempotency-Key"] == "mine"
    assert "Prefer" not in request.headers


def test_repeated_command_has_the_same_key(made: Made) -> None:
    client, server, slept = made(
        httpx.ConnectError("refused"),
        problem(503, "unavailable", **{"Retry-After": "7"}),
        problem(429, "rate-limited", **{"Retry-After": "20"}),
        problem(409, "idempotency-in-flight", **{"Retry-After": "1"}),
        httpx.Response(200, json=OPERATION),
    )
    client.orders.accept("0x01")
    assert len({request.headers["Idempotency-Key"] for request in server.asked}) == 1
    assert len(server.asked) == 5
    assert slept == [0.5, 7, 20, 1]


def test_two_commands_have_two_keys(made: Made) -> None:
    client, server, _ = made(*[httpx.Response(200, json=OPERATION)] * 2)
    client.orders.accept("0x01")
    client.orders.accept("0x01")
    assert len({request.headers["Idempotency-Key"] for request in server.asked}) == 2


def test_limit_that_lasts_longer_than_a_minute_is_not_waited_for(made: Made) -> None:
    client, server, slept = made(problem(429, "access-exceeded", **{"Retry-After": "40000"}))
    with pytest.raises(client_module.RateLimited):
        client.orders.get("0x01")
    assert (len(server.asked), slept) == (1, [])


def test_nobody_there_is_said_after_six_tries(made: Made) -> None:
    client, server, slept = made(*[httpx.ConnectError("refused")] * 6)
    with pytest.raises(Unreachable, match="does not answer"):
        client.orders.get("0x01")
    assert (len(server.asked), len(slept)) == (6, 5)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(404, NotFound), (409, Conflict), (418, Problem), (500, client_module.Fault)],
)
def test_refusal_is_an_exception_with_all_that_was_told(
    made: Made, status: int, kind: type[Problem]
) -> None:
    client, _, _ = made(problem(status, "some-code"))
    with pytest.raises(kind) as caught:
        client.orders.get("0x01")
    told = caught.value
    assert (told.status, told.code, told.detail, told.mend) == (
        status,
        "some-code",
        "because",
        "do otherwise",
    )


def test_proxy_that_answers_a_page_is_a_problem_too(made: Made) -> None:
    client, _, _ = made(httpx.Response(404, text="<html>nothing here</html>"))
    with pytest.raises(NotFound, match="http-404"):
        client.orders.get("0x01")


def test_pages_are_asked_for_as_they_are_wanted(made: Made) -> None:
    def page(number: int, following: str | None) -> httpx.Response:
        item = {"position": number, "name": f"n{number}"}
        return httpx.Response(200, json={"items": [item], "next": following})

    client, server, _ = made(page(1, "c1"), page(2, None))
    found = client.orders._pages("/v1/orders", dict[str, Any], {"state": "PLACED"}, 1)
    assert next(found) == {"position": 1, "name": "n1"}
    assert len(server.asked) == 1
    assert [one["position"] for one in found] == [2]
    assert [dict(request.url.params) for request in server.asked] == [
        {"state": "PLACED", "limit": "1"},
        {"state": "PLACED", "limit": "1", "after": "c1"},
    ]


def test_events_end_where_the_cursor_stays(made: Made) -> None:
    empty = httpx.Response(200, json={"items": [], "next": "9.0"})
    client, server, _ = made(httpx.Response(200, json={"items": [], "next": "9.0"}), empty)
    assert list(client.events.list(types=["entrepot.customs.*"], page_size=10)) == []
    assert [request.url.params.get("after") for request in server.asked] == [None, "9.0"]
    assert server.asked[0].url.params.get_list("type") == ["entrepot.customs.*"]


def test_files_are_sent_whole_and_again(made: Made, tmp_path: Path) -> None:
    (tmp_path / "invoice.xml").write_bytes(b"<Invoice/>")
    client, server, _ = made(problem(503, "unavailable"), httpx.Response(200, json=OPERATION))
    client.documents.upload("0x01", kind="INVOICE", file=tmp_path / "invoice.xml")
    for request in server.asked:
        content = request.read()
        assert b'name="kind"\r\n\r\nINVOICE' in content
        assert b'filename="invoice.xml"' in content
        assert b"<Invoice/>" in content


def test_pending_operation_is_asked_after_until_it_is_through(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("entrepot.client.calling.LOOK_S", 0)
    pending = httpx.Response(202, json={**OPERATION, "status": "pending"})
    failed = {**OPERATION, "status": "failed", "error": {"status": 409, "code": "wrong-state"}}
    client, server, _ = made(pending, pending, httpx.Response(200, json=failed))
    with pytest.raises(Conflict, match="wrong-state"):
        client.wait(client.orders.accept("0x01"))
    assert [request.url.path for request in server.asked[1:]] == ["/v1/operations/op_1"] * 2


def test_consent_goes_with_every_read_under_it(made: Made) -> None:
    client, server, _ = made(httpx.Response(200, json={"items": [], "next": None}))
    assert list(client.under("con_1").orders.list()) == []
    assert server.asked[0].headers["Consent-ID"] == "con_1"
    assert "Idempotency-Key" not in server.asked[0].headers


def test_what_is_left_out_is_not_sent() -> None:
    change = types.WebhookChangeIn(url="https://x.example")
    assert change.types is UNSET
