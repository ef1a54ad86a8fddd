"""Whatever is wrong is refused with its cause, and chain and database stay as they were."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

from tests.walk.stage import Walk, open_walk

pytestmark = [pytest.mark.postgres, pytest.mark.anvil]

INPUTS = "inputs/straight-walk"
TOO_LARGE = 8 * 1024 * 1024 + 1


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """The straight walk up to where only the departure is missing for the second tranche."""
    folder: Path = tmp_path_factory.mktemp("bad-input")
    with open_walk("straight-walk", folder) as walk:
        walk.play(list(takewhile(lambda step: step.name != "departed", walk.scenario.steps)))
        yield walk


@dataclass(frozen=True)
class Bad:
    """A request that must be refused, and what the problem must say."""

    says: str
    actor: str
    path: str
    status: int
    code: str
    detail: str
    body: dict[str, Any] | None = None
    form: dict[str, str] | None = None
    file: tuple[str, bytes | None, str] | None = None
    content: tuple[str, tuple[str, str]] | None = None


CASES = (
    Bad(
        "a malformed file",
        "exporter",
        "/v1/orders/{order}/documents",
        422,
        "malformed-document",
        "",
        form={"kind": "INVOICE"},
        file=("invoice.xml", b"<Invoice><ID>1</ID>", ""),
    ),
    Bad(
        "an oversized file",
        "exporter",
        "/v1/orders/{order}/documents",
        413,
        "",
        "",
        form={"kind": "INVOICE"},
        file=("invoice.xml", b"x" * TOO_LARGE, ""),
    ),
    Bad(
        "an unknown order",
        "exporter",
        "/v1/orders/0x" + "00" * 31 + "01/documents",
        404,
        "not-found",
        "order",
        form={"kind": "INVOICE"},
        file=("invoice.xml", None, "invoice.xml"),
    ),
    Bad(
        "an attester whom the order does not name for it",
        "importer",
        "/v1/orders/{order}/documents",
        403,
        "attester-not-named",
        "INVOICE",
        form={"kind": "INVOICE"},
        file=("invoice.xml", None, "invoice.xml"),
    ),
    Bad(
        "a second release of a tranche",
        "exporter",
        "/v1/facilities/{facility}/tranches/0:release",
        409,
        "wrong-state",
        "RELEASED",
    ),
    Bad(
        "a release one fact short",
        "exporter",
        "/v1/facilities/{facility}/tranches/1:release",
        409,
        "financing-conditions-not-met",
        "VESSEL_DEPARTED",
    ),
    Bad(
        "an event for another order",
        "carrier",
        "/v1/shipments/{voyage}/events",
        422,
        "other-order",
        "PO-2026-9999",
        content=("events-export.json", ("PO-2026-1187", "PO-2026-9999")),
    ),
    Bad(
        "an event of another voyage",
        "carrier",
        "/v1/shipments/{voyage}/events",
        422,
        "other-voyage",
        "047W",
        content=("events-export.json", ("046W", "047W")),
    ),
    Bad(
        "a payment in a wrong currency",
        "importer.officer-1",
        "/v1/facilities/{facility}/repayments",
        422,
        "wrong-currency",
        "EUR",
        body={"amount": {"amount": "10.00", "currency": "EUR"}, "reference": "EUR-1"},
    ),
    Bad(
        "an invoice in a wrong currency",
        "exporter",
        "/v1/orders/{order}/documents",
        422,
        "wrong-currency",
        "EUR",
        form={"kind": "INVOICE"},
        file=("invoice.xml", None, "invoice.xml USD EUR"),
    ),
    Bad(
        "a deposit under a used rail reference",
        "bank.officer-1",
        "/v1/deposits",
        409,
        "already-asked",
        "",
        body={
            "participant": "ENTR00LANTERNFINCE96",
            "amount": {"amount": "1.00", "currency": "USD"},
            "rail_reference": "HBK-IN-20261102-0417",
        },
    ),
)


def read(walk: Walk, name: str) -> bytes:
    """An input file of the scenario, with a word replaced if two are given."""
    file, *words = name.split()
    content = walk.scenario.read(f"{INPUTS}/{file}")
    return content.replace(words[0].encode(), words[1].encode()) if words else content


def request_of(walk: Walk, bad: Bad) -> dict[str, Any]:
    """How httpx sends it."""
    if bad.file is not None:
        name, content, source = bad.file
        data = content if content is not None else read(walk, source)
        return {"data": bad.form or {}, "files": {"file": (name, data)}}
    if bad.content is not None:
        name, (old, new) = bad.content
        content = read(walk, f"{name} {old} {new}")
        return {"content": content, "headers": {"Content-Type": "application/json"}}
    return {"json": bad.body or {}}


@pytest.mark.parametrize("bad", CASES, ids=[case.says for case in CASES])
def test_bad_input_is_refused_with_its_cause_and_changes_nothing(walk: Walk, bad: Bad) -> None:
    before = walk.fingerprint()
    request = request_of(walk, bad)
    request["headers"] = {
        **request.get("headers", {}),
        "Idempotency-Key": bad.says.replace(" ", "-"),
    }
    answer = walk.ask(bad.actor, "POST", bad.path, **request)
    problem = answer.json()
    if bad.content is not None:  # a message of many events: each is answered by itself
        refused = [item for item in problem["result"]["items"] if item["status"] == "refused"]
        assert refused
        for item in refused:
            assert item["problem"]["code"] == bad.code
            assert bad.detail.lower() in item["problem"]["detail"].lower()
            assert item["evidence_ids"] == []
        return
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, problem["status"]) == (bad.status, bad.status), problem
    assert bad.code in problem["code"], problem
    assert bad.detail.lower() in problem["detail"].lower(), problem
    assert problem["title"]
    assert problem["request_id"]
    assert walk.fingerprint() == before


def test_replayed_request_gets_its_first_answer_and_changes_nothing(walk: Walk) -> None:
    path, body = (
        "/v1/limits",
        {
            "exporter": "ENTR00NINGBOHAISHU13",
            "limit": {"amount": "1000001.00", "currency": "USD"},
        },
    )
    headers = {"Idempotency-Key": "limit-raised-once", "Prefer": "wait=20"}
    first = walk.ask("bank.officer-1", "POST", path, json=body, headers=headers)
    assert first.status_code == 200, first.text
    before = walk.fingerprint()
    again = walk.ask("bank.officer-1", "POST", path, json=body, headers=headers)
    assert again.status_code in (200, 202)
    assert again.json()["operation_id"] == first.json()["operation_id"]
    other = {**body, "limit": {"amount": "2.00", "currency": "USD"}}
    refused = walk.ask("bank.officer-1", "POST", path, json=other, headers=headers)
    assert refused.status_code == 422
    assert "idempotency" in refused.json()["code"]
    assert walk.fingerprint() == before


def test_the_same_answer_of_customs_again_is_a_duplicate(walk: Walk) -> None:
    name = "export-response-cleared.xml"
    before = walk.fingerprint()
    files, key = {"file": (name, read(walk, name))}, {"Idempotency-Key": "customs-again"}
    again = walk.ask("export_customs", "POST", "/v1/customs-events", files=files, headers=key)
    [item] = again.json()["result"]["items"]
    assert item["status"] == "duplicate"
    after = walk.fingerprint()
    assert {**after, "operation": ""} == {**before, "operation": ""}, "but for the asking itself"


def test_the_walk_goes_on_as_if_nothing_had_been(walk: Walk) -> None:
    rest = walk.scenario.steps[len(walk.played) :]
    walk.play(rest)
    statement = walk.statement()
    assert len(statement.releases) == 3
    assert statement.sum_minor == 0
    assert statement.audit.differences == ()
