"""Every refusal has one shape, names its cause, and repeats nothing that was sent (P8)."""

import io
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest

from entrepot.domain.errors import DomainError
from entrepot.kit import logs
from entrepot.store.session import Store
from tests.api.stage import Stage, input_file, lei

MEMBERS = {
    "type",
    "title",
    "status",
    "code",
    "detail",
    "instance",
    "request_id",
    "contract_error",
    "mend",
}


def check(answer: Any, status: int, code: str) -> dict[str, Any]:
    told: dict[str, Any] = answer.json()
    assert (answer.status_code, told["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert told.keys() >= MEMBERS
    assert told["status"] == status
    assert told["type"].endswith("/" + code)
    assert told["request_id"] == answer.headers["x-request-id"]
    assert told["title"]
    assert told["detail"]
    return told


def test_no_such_path(stage: Stage) -> None:
    check(stage.get("exporter", "/v1/treasure"), 404, "not-found")


def test_no_such_method(stage: Stage) -> None:
    answer = stage.client.delete("/v1/orders", headers=stage.headers("exporter"))
    check(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET, POST"


def test_no_such_method_of_a_page_that_is_not_described(stage: Stage) -> None:
    answer = stage.client.delete("/docs")
    check(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET"


@pytest.mark.parametrize("verb", ["accept", "explode"])
def test_a_verb_is_no_thing_to_read(stage: Stage, verb: str) -> None:
    path = f"/v1/orders/0x{stage.order().hex()}:{verb}"
    known = verb == "accept"
    status, code = (405, "method-not-allowed") if known else (404, "not-found")
    check(stage.get("exporter", path), status, code)
    if not known:
        check(stage.post("exporter", path), status, code)


@pytest.mark.parametrize("body", [b"{", b"", b"[]", b'"text"', b"\xff\xfe", b"null", b"[" * 9000])
def test_a_body_that_is_no_order(stage: Stage, body: bytes) -> None:
    before = stage.digest()
    answer = stage.post(
        "exporter", "/v1/orders", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert stage.digest() == before


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "multipart/form-data"])
def test_another_media_type(stage: Stage, media_type: str) -> None:
    answer = stage.post(
        "exporter", "/v1/orders", content=b"{}", headers={"Content-Type": media_type}
    )
    told = check(answer, 415, "unsupported-media-type")
    assert "application/json" in told["mend"]


def test_json_where_a_file_is_needed(stage: Stage) -> None:
    order_id = stage.order()
    answer = stage.post("exporter", f"/v1/orders/0x{order_id.hex()}/documents", json={})
    check(answer, 415, "unsupported-media-type")


def test_a_body_that_says_it_is_too_large(stage: Stage) -> None:
    answer = stage.post("exporter", "/v1/orders", content=b"x" * (9 * 1024 * 1024))
    check(answer, 413, "body-too-large")


def test_a_command_that_is_larger_than_any(stage: Stage) -> None:
    answer = stage.post("exporter", "/v1/orders", json={"details": {"a": "x" * 300_000}})
    check(answer, 413, "body-too-large")


def test_a_body_that_does_not_say_how_large_it_is(stage: Stage) -> None:
    def flood() -> Iterator[bytes]:
        for _ in range(12):
            yield b"x" * (1024 * 1024)

    before = stage.digest()
    answer = stage.post(
        "exporter", "/v1/orders", content=flood(), headers={"Content-Type": "application/json"}
    )
    check(answer, 413, "body-too-large")
    assert stage.digest() == before


def test_a_file_that_is_too_large(stage: Stage) -> None:
    order_id = stage.order()
    limit = stage.world.settings.document_bytes_max
    answer = stage.post(
        "exporter",
        f"/v1/orders/0x{order_id.hex()}/documents",
        data={"kind": "CERTIFICATE_OF_ORIGIN"},
        files={"file": ("c.pdf", b"%PDF-1.7" + b"0" * limit)},
    )
    check(answer, 413, "oversized-document")


@pytest.mark.parametrize(
    "path", ["/v1/orders?limit=0", "/v1/orders?limit=501", "/v1/orders?limit=x"]
)
def test_a_list_has_a_limit(stage: Stage, path: str) -> None:
    check(stage.get("exporter", path), 422, "invalid-request")


@pytest.mark.parametrize("path", ["orders", "facilities", "events", "participants", "releases"])
def test_a_cursor_of_another_list(stage: Stage, path: str) -> None:
    check(stage.get("exporter", f"/v1/{path}?after=nonsense"), 422, "invalid-input")


@pytest.mark.parametrize("text", ["0x12", "12", "0x" + "zz" * 32, "0x" + "ab" * 33, "%00"])
def test_an_id_that_is_none(stage: Stage, text: str) -> None:
    answer = stage.get("exporter", f"/v1/orders/{text}")
    assert answer.status_code in (404, 422)
    assert answer.headers["content-type"] == "application/problem+json"


def test_p8_what_was_sent_is_not_repeated(stage: Stage) -> None:
    canary = "Canary-4711-Zhang-San"
    answer = stage.post("exporter", "/v1/orders", json={"reference": {"name": canary}})
    check(answer, 422, "invalid-request")
    assert canary not in answer.text


def test_an_error_of_ours_says_so_and_nothing_more(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Store) -> Any:
        raise RuntimeError("secret-detail")

    monkeypatch.setattr(Store, "reading", broken)
    answer = stage.get("exporter", "/v1/orders")
    check(answer, 500, "internal")
    assert "secret-detail" not in answer.text


def test_a_chain_that_does_not_answer(stage: Stage) -> None:
    check(stage.client.get("/readyz"), 503, "unavailable")
    assert stage.client.get("/healthz").json() == {"status": "ok"}


def test_every_error_of_the_business_has_a_code_of_its_own() -> None:
    def below(kind: type[DomainError]) -> Iterator[type[DomainError]]:
        for child in kind.__subclasses__():
            yield child
            yield from below(child)

    codes = [kind.code for kind in below(DomainError) if kind.__module__.startswith("entrepot")]
    assert len(codes) == len(set(codes))
    assert all(re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", code) for code in codes)


def test_every_answer_keeps_browsers_out(stage: Stage) -> None:
    for answer in (stage.get("exporter", "/v1/orders"), stage.client.get("/v1/orders")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "access-control-allow-origin" not in answer.headers


def test_p8_logs_have_neither_tokens_nor_words_of_the_parties(stage: Stage) -> None:
    lines = io.StringIO()
    root = logging.getLogger()
    kept, level = list(root.handlers), root.level
    logs.configure(stream=lines)
    try:
        order_id = stage.order("PO-CANARY-99")
        path = f"/v1/orders/0x{order_id.hex()}"
        stage.post(
            "exporter",
            f"{path}/documents",
            data={"kind": "INVOICE"},
            files=input_file("invoice.xml"),
        )
        stage.post("importer", f"{path}:dispute", json={"reason": "CANARY reason"})
        stage.get("exporter", "/v1/orders?after=CANARY-cursor")
    finally:
        root.handlers[:] = kept
        root.setLevel(level)
    told = lines.getvalue()
    for canary in ("CANARY", "token-of", "NHA-2026-0931", "Ningbo Haishu", order_id.hex()):
        assert canary not in told
    requests = [json.loads(line) for line in told.splitlines() if '"request"' in line]
    assert [line["status"] for line in requests] == [422, 202, 422]
    assert requests[0]["route"] == "/v1/orders/{order_id}/documents"
    assert requests[0]["participant_id"] == lei("exporter")
    assert requests[0]["code"] == "other-order"
    assert all(line["request_id"].startswith("req_") for line in requests)
