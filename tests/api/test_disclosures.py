"""Disclose and verify: single fields with proof; a statement, and nothing for a guess (P7, P8)."""

import json
from typing import Any

import pytest

from entrepot.store.tables import AssetLink, Facility, FacilityLender, Holding
from entrepot.store.vault import VaultLocked
from tests.api.dealing import invoiced, requested
from tests.api.stage import INPUTS, Stage, input_file, lei, member

INVOICE = (INPUTS / "invoice.xml").read_bytes()
STRANGER = "fintech"
NUMBER, CONTENT = "number", "content.sha256"


def document_id(stage: Stage, order_id: bytes) -> str:
    listed = stage.get("exporter", f"/v1/orders/0x{order_id.hex()}/documents").json()
    return str(listed["items"][0]["document_id"])


def disclose(stage: Stage, document: str, *fields: str, actor: str = "exporter") -> Any:
    path = f"/v1/documents/{document}:disclose"
    return stage.post(actor, path, json={"fields": list(fields)})


def verify(stage: Stage, actor: str, file: bytes | None = None, disclosure: Any = None) -> Any:
    files: dict[str, Any] = {}
    if file is not None:
        files["file"] = ("paper", file)
    if disclosure is not None:
        data = disclosure if isinstance(disclosure, bytes) else json.dumps(disclosure).encode()
        files["disclosure"] = ("disclosure.json", data)
    return stage.post(actor, "/v1/documents/verify", files=files)


def codes(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [each["code"] for each in answer.json()["findings"]]


@pytest.fixture
def paper(stage: Stage) -> str:
    return document_id(stage, invoiced(stage))


def test_field_when_disclosed_is_verified_by_a_stranger_with_all_that_the_ledger_has(
    stage: Stage, paper: str
) -> None:
    shown = disclose(stage, paper, NUMBER, "totals.payable").json()
    answer = verify(stage, STRANGER, disclosure=shown)
    said = answer.json()
    assert codes(answer) == ["proofs-hold", "recorded", "not-financed"]
    assert said["integrity"] == "INTACT"
    assert said["fields"] == {NUMBER: "NHA-2026-0931", "totals.payable": "1284000.00"}
    [fact] = said["attested"]
    assert (fact["attester"]["lei"], fact["kind"], fact["state"]) == (
        lei("exporter"),
        "INVOICE",
        "RECORDED",
    )
    assert said["as_of_block"] >= fact["recorded_block"] > 0
    assert said["goods"] == {"status": "FREE", "available": None}


def test_file_when_it_comes_with_its_disclosure_is_held_against_it(
    stage: Stage, paper: str
) -> None:
    shown = disclose(stage, paper, NUMBER, CONTENT).json()
    whole = verify(stage, STRANGER, INVOICE, shown)
    assert codes(whole)[:3] == ["proofs-hold", "file-matches", "fields-match"]
    other = verify(stage, STRANGER, INVOICE.replace(b"0931", b"0932"), shown)
    assert codes(other) == ["proofs-hold", "file-differs", "field-differs", "unknown-here"]
    assert other.json()["integrity"] == "ALTERED"
    assert other.json()["attested"] == []


def test_file_alone_when_its_holder_may_see_it_is_stated(stage: Stage, paper: str) -> None:
    assert paper
    answer = verify(stage, "importer", INVOICE)
    assert codes(answer) == ["file-matches", "recorded", "not-financed"]
    assert answer.json()["integrity"] == "INTACT"


def test_p7_file_alone_of_a_stranger_is_answered_as_nonsense_is(stage: Stage, paper: str) -> None:
    """Bytes can be guessed where there are few of them: only a salt shows that one holds them."""
    assert paper
    known = verify(stage, STRANGER, INVOICE).json()
    nonsense = verify(stage, STRANGER, b"nonsense").json()
    assert known == nonsense
    assert known["integrity"] == "UNKNOWN"
    assert [each["code"] for each in known["findings"]] == ["unknown-here"]


def edits(shown: dict[str, Any]) -> list[dict[str, Any]]:
    """Guesses: the root is public; the salt is not."""
    field = shown["fields"][0]

    def one(**changes: Any) -> dict[str, Any]:
        return {**shown, "fields": [{**field, **changes}]}

    return [
        one(salt="0x" + "00" * 32),
        one(value="NHA-2026-0932"),
        one(name="order_reference"),
        one(proof=[]),
        one(proof=field["proof"][::-1]),
        {**shown, "root": "0x" + "11" * 32},
    ]


def test_p7_disclosure_when_guessed_says_nothing_of_the_document(stage: Stage, paper: str) -> None:
    shown = disclose(stage, paper, NUMBER).json()
    for guess in edits(shown):
        answer = verify(stage, STRANGER, disclosure=guess)
        assert codes(answer) == ["proof-broken", "unknown-here"]
        said = answer.json()
        assert (said["attested"], said["goods"], said["fields"]) == ([], None, {})


def test_p7_document_of_others_is_not_disclosed(stage: Stage, paper: str) -> None:
    for actor in (STRANGER, "carrier"):
        answer = disclose(stage, paper, NUMBER, actor=actor)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_p7_party_whose_key_was_taken_away_discloses_nothing(stage: Stage, paper: str) -> None:
    assert stage.get("importer", f"/v1/documents/{paper}/content").content == INVOICE
    digest = bytes.fromhex(stage.get("importer", f"/v1/documents/{paper}").json()["sha256"][2:])
    with stage.world.store.transaction() as session:
        stage.world.vault.take_away(session, digest, member("importer"), stage.world.clock.now())
    for answer in (
        stage.get("importer", f"/v1/documents/{paper}/content"),
        stage.get("importer", f"/v1/documents/{paper}/fields"),
        disclose(stage, paper, NUMBER, actor="importer"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "document-locked")
    with stage.world.store.reading() as session, pytest.raises(VaultLocked):
        stage.world.vault.get(session, digest, member("importer"))
    assert disclose(stage, paper, NUMBER).status_code == 200


def test_document_that_was_erased_is_gone_and_its_disclosure_still_proves(
    stage: Stage, paper: str
) -> None:
    shown = disclose(stage, paper, NUMBER).json()
    digest = bytes.fromhex(stage.get("exporter", f"/v1/documents/{paper}").json()["sha256"][2:])
    with stage.world.store.transaction() as session:
        later = stage.world.clock.now() + stage.world.vault.keep_for
        stage.world.vault.erase(session, digest, later)
    gone = stage.get("exporter", f"/v1/documents/{paper}/content")
    assert (gone.status_code, gone.json()["code"]) == (410, "document-erased")
    assert disclose(stage, paper, NUMBER).status_code == 410
    said = verify(stage, STRANGER, disclosure=shown)
    assert codes(said) == ["proofs-hold", "recorded", "goods-not-asked"]


def test_fields_that_can_be_disclosed_are_listed(stage: Stage, paper: str) -> None:
    fields = stage.get("importer", f"/v1/documents/{paper}/fields").json()["fields"]
    assert {CONTENT, NUMBER, "seller.lei", "lines.1.hs_code"} <= set(fields)
    every = disclose(stage, paper, *fields).json()
    assert codes(verify(stage, STRANGER, INVOICE, every))[2] == "fields-match"


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [(["nothing"], 404, "not-found"), ([], 422, "invalid-request"), ([""], 422, "invalid-request")],
)
def test_field_that_is_none_is_refused(
    stage: Stage, paper: str, fields: list[str], status: int, code: str
) -> None:
    answer = disclose(stage, paper, *fields)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_paper_that_nothing_reads_discloses_its_hash(stage: Stage) -> None:
    content = b"%PDF-1.7\na certificate\n%%EOF"
    order_id = stage.order()
    path = f"/v1/orders/0x{order_id.hex()}/documents"
    kind = {"kind": "CERTIFICATE_OF_ORIGIN"}
    stage.post("exporter", path, data=kind, files={"file": ("paper", content)})
    stage.record()
    shown = disclose(stage, document_id(stage, order_id), CONTENT).json()
    assert shown["fields"][0]["proof"] == []
    assert codes(verify(stage, STRANGER, content, shown))[:2] == ["proofs-hold", "file-matches"]


def test_fact_that_was_withdrawn_says_so(stage: Stage, paper: str) -> None:
    shown = disclose(stage, paper, NUMBER).json()
    stage.withdraw(bytes.fromhex(shown["ledger"]["evidence_id"][2:]))
    answer = verify(stage, STRANGER, disclosure=shown)
    assert codes(answer)[1] == "withdrawn"
    assert answer.json()["attested"][0]["state"] == "WITHDRAWN"


def test_version_that_was_replaced_says_which_one_took_its_place(stage: Stage, paper: str) -> None:
    shown = disclose(stage, paper, NUMBER).json()
    order_id = stage.get("exporter", f"/v1/documents/{paper}").json()["order_id"]
    answer = stage.post(
        "exporter",
        f"/v1/orders/{order_id}/documents",
        data={"kind": "INVOICE", "supersedes": shown["ledger"]["evidence_id"]},
        files={"file": ("paper", INVOICE + b"\n")},
    )
    assert answer.status_code == 202, answer.text
    stage.record()
    later = answer.json()["result"]["document_id"]
    first = stage.get("importer", f"/v1/documents/{paper}").json()
    second = stage.get("importer", f"/v1/documents/{later}").json()
    assert (first["version"], first["superseded_by"]) == (1, later)
    assert (second["version"], second["superseded_by"]) == (2, None)
    assert codes(verify(stage, STRANGER, disclosure=shown))[1:3] == ["replaced", "withdrawn"]
    assert stage.get("importer", f"/v1/documents/{paper}/content").content == INVOICE


def test_declaration_that_no_fact_speaks_of_is_kept_but_not_recorded(stage: Stage) -> None:
    order_id = stage.order()
    path = f"/v1/orders/0x{order_id.hex()}/documents"
    kind = {"kind": "EXPORT_DECLARATION"}
    stage.post("exporter", path, data=kind, files=input_file("export-declaration.xml"))
    shown = disclose(stage, document_id(stage, order_id), "reference").json()
    assert shown["ledger"]["evidence_id"] is None
    assert codes(verify(stage, STRANGER, disclosure=shown))[1] == "not-recorded"


def test_p7_third_bank_learns_status_and_free_balance_and_nothing_else(stage: Stage) -> None:
    """Of goods that two others finance: no name, reference, amount or id of theirs."""
    path, terms = requested(stage, state="RELEASED")
    financing_id = bytes.fromhex(path.rpartition("0x")[2])
    stage.insert(
        Holding(
            financing_id=financing_id,
            stream=terms.order_id,
            order_id=terms.order_id,
            family=terms.asset_keys[0],
            currency="USD",
            capacity_minor=128_400_000,
            reserved_minor=0,
            committed_minor=25_680_000,
            expires_at=0,
        ),
        *links(terms),
    )
    shown = disclose(stage, document_id(stage, terms.order_id), CONTENT).json()
    answer = verify(stage, "carrier", INVOICE, shown)
    said = answer.json()
    assert codes(answer)[-1] == "financed"
    assert said["goods"] == {
        "status": "COMMITTED",
        "available": {"amount": "1027200.00", "currency": "USD"},
    }
    for secret in (*told_of(stage, financing_id), lei("importer"), "FAC-2026-0311", "256800"):
        assert secret not in answer.text, secret


def links(terms: Any) -> list[Any]:
    return [
        AssetLink(asset_key=key, family=terms.asset_keys[0], round=0, stream=terms.order_id)
        for key in terms.asset_keys
    ]


def told_of(stage: Stage, financing_id: bytes) -> list[str]:
    """What of the facility must stay its parties' own."""
    with stage.world.store.reading() as session:
        facility = session.get_one(Facility, financing_id)
        lender = session.get_one(FacilityLender, (financing_id, member("bank")))
        return [
            financing_id.hex(),
            facility.order_id.hex(),
            facility.terms_hash.hex(),
            lender.lender.decode(),
            lei("fintech"),
            "PO-2026-1187",
        ]


@pytest.mark.parametrize("files", [{}, {"file": ("x", b"")}, {"disclosure": ("x", b"{}")}])
def test_verify_when_nothing_usable_is_sent_is_no_server_error(
    stage: Stage, files: dict[str, Any]
) -> None:
    answer = stage.post("exporter", "/v1/documents/verify", files=files or None)
    assert answer.status_code in (200, 415, 422), answer.text
    assert answer.status_code == 200 or answer.json()["code"]
