"""Consents: what they give, to whom, how often and how long (P7; Berlin Group NextGenPSD2)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import select

from entrepot.store import visibility
from entrepot.store.tables import Consent, ConsentUse, Document, Facility, Participant, TradeOrder
from entrepot.store.tenancy import Acting
from tests.api.dealing import requested
from tests.api.stage import NOW, Stage, lei, member

OUTSIDER = "regulator"
"""A member that has no part in anything here: its role is taken from it."""
UNKNOWN = "con_" + "0f" * 16


@pytest.fixture
def facility(stage: Stage) -> str:
    """The path of a facility on the exporter's order, to which customs have no part."""
    path, _ = requested(stage)
    return path


@pytest.fixture
def order(stage: Stage, facility: str) -> str:
    return "/v1/orders/" + stage.get("exporter", facility).json()["order_id"]


def asked(**change: Any) -> dict[str, Any]:
    return {
        "purpose": "INSURANCE",
        "access": {"orders": []},
        "fields": [],
        "recurring_indicator": True,
        "frequency_per_day": 100,
        "valid_until": "2026-12-31",
        **change,
    }


def granted(stage: Stage, to: str = OUTSIDER, **change: Any) -> str:
    """A consent of the exporter's that is valid."""
    answer = stage.post("exporter", "/v1/consents", json=asked(third_party=lei(to), **change))
    assert answer.status_code == 200, answer.text
    assert answer.json()["result"]["consent_status"] == "valid"
    return str(answer.json()["result"]["consent_id"])


def under(stage: Stage, consent_id: str, path: str, who: str = OUTSIDER, **more: Any) -> Any:
    return stage.get(who, path, headers={"Consent-ID": consent_id}, **more)


@pytest.fixture(autouse=True)
def outsider(stage: Stage) -> None:
    with stage.world.store.transaction() as session:
        session.get_one(Participant, member("regulator")).roles = 0


def is_problem(answer: Any, status: int, code: str) -> bool:
    return (answer.status_code, answer.json()["code"]) == (status, code)


def test_what_is_asked_for_is_given_once_it_is_authorised(stage: Stage, order: str) -> None:
    body = asked(owner=lei("exporter"))
    made = stage.post(OUTSIDER, "/v1/consents", json=body).json()["result"]
    path = f"/v1/consents/{made['consent_id']}"
    assert made["consent_status"] == "received"
    assert is_problem(under(stage, made["consent_id"], order), 403, "consent-invalid")
    done = stage.post("exporter", f"{path}:authorise").json()["result"]
    assert done["consent_status"] == "valid"
    assert under(stage, made["consent_id"], order).json()["order_id"] == order.rpartition("/")[2]
    assert stage.get(OUTSIDER, f"{path}/status").json()["consent_status"] == "valid"


def test_it_gives_what_it_names_and_nothing_else(stage: Stage, order: str, facility: str) -> None:
    consent_id = granted(stage)
    order_id = order.rpartition("/")[2]
    assert [o["order_id"] for o in under(stage, consent_id, "/v1/orders").json()["items"]] == [
        order_id
    ]
    for part in ("timeline", "evidence", "titles"):
        assert under(stage, consent_id, f"{order}/{part}").status_code == 200
    timeline = under(stage, consent_id, f"{order}/timeline").json()["items"]
    assert not any(entry["facility_id"] for entry in timeline)
    assert under(stage, consent_id, f"{order}/documents").json()["items"] == []
    assert is_problem(under(stage, consent_id, facility), 404, "not-found")
    assert under(stage, consent_id, "/v1/facilities").json()["items"] == []
    assert is_problem(stage.get(OUTSIDER, order), 404, "not-found")
    other = stage.order("PO-2026-2000", exporter=member("bank"), importer=member("carrier"))
    assert is_problem(under(stage, consent_id, f"/v1/orders/0x{other.hex()}"), 404, "not-found")


def test_one_thing_is_given_without_the_others_of_its_kind(stage: Stage, order: str) -> None:
    other = stage.order("PO-2026-2000")
    consent_id = granted(stage, access={"orders": [f"0x{other.hex()}"]})
    items = under(stage, consent_id, "/v1/orders").json()["items"]
    assert [each["order_id"] for each in items] == [f"0x{other.hex()}"]
    assert is_problem(under(stage, consent_id, order), 404, "not-found")


def test_a_facility_and_a_document_are_given_by_themselves(
    stage: Stage, order: str, facility: str
) -> None:
    facility_id = facility.rpartition("/")[2]
    document = stage.get("exporter", f"{order}/documents").json()["items"][0]["document_id"]
    consent_id = granted(stage, access={"facilities": [facility_id], "documents": [document]})
    assert under(stage, consent_id, facility).json()["facility_id"] == facility_id
    assert under(stage, consent_id, f"{facility}/conditions").status_code == 200
    assert under(stage, consent_id, f"{facility}/repayments").status_code == 200
    assert under(stage, consent_id, f"/v1/documents/{document}").status_code == 200
    assert is_problem(under(stage, consent_id, order), 404, "not-found")


def test_a_documents_bytes_are_given_only_when_they_are_named(stage: Stage, order: str) -> None:
    document = stage.get("exporter", f"{order}/documents").json()["items"][0]["document_id"]
    path = f"/v1/documents/{document}/content"
    bare = granted(stage, access={"documents": []})
    assert is_problem(under(stage, bare, path), 404, "not-found")
    full = granted(stage, access={"documents": []}, fields=["documents.content"])
    own = stage.get("exporter", path)
    assert under(stage, full, path).content == own.content
    stage.post("exporter", f"/v1/consents/{full}:revoke")
    assert is_problem(under(stage, full, path), 403, "consent-invalid")
    assert is_problem(stage.get(OUTSIDER, path), 404, "not-found")


def test_it_gives_what_is_the_owners_and_no_more(stage: Stage, order: str) -> None:
    """All documents of the exporter's, and not those of others on its orders."""
    consent_id = granted(stage, access={"orders": [], "documents": []})
    stage.post(
        "importer",
        f"{order}/documents",
        data={"kind": "BUYER_ACKNOWLEDGEMENT"},
        files={"file": ("a.pdf", b"%PDF-1.7 we owe this")},
    )
    owners = {
        each["owner"]["lei"]
        for each in under(stage, consent_id, f"{order}/documents").json()["items"]
    }
    assert owners == {lei("exporter")}


def test_revoked_it_gives_nothing_at_once(stage: Stage, order: str) -> None:
    consent_id = granted(stage)
    assert under(stage, consent_id, order).status_code == 200
    stage.post("exporter", f"/v1/consents/{consent_id}:revoke")
    answer = under(stage, consent_id, order)
    assert is_problem(answer, 403, "consent-invalid")
    assert "revokedByPsu" in answer.json()["detail"]


def test_expired_it_gives_nothing(stage: Stage, order: str) -> None:
    consent_id = granted(stage, valid_until="2026-11-20")
    assert under(stage, consent_id, order).status_code == 200
    with stage.world.store.transaction() as session:
        session.get_one(Consent, consent_id).valid_until = date(2026, 11, 19)
    answer = under(stage, consent_id, order)
    assert is_problem(answer, 403, "consent-invalid")
    assert "expired" in answer.json()["detail"]
    told = stage.get("exporter", f"/v1/consents/{consent_id}").json()
    assert told["consent_status"] == "expired"


@pytest.mark.usefixtures("order")
def test_p7_the_database_itself_ends_it(stage: Stage) -> None:
    """Whoever gets past the count: neither the module nor a plain SELECT finds anything."""
    consent_id = granted(stage, access={"orders": [], "documents": [], "facilities": []})
    here = NOW.date()
    tables = (TradeOrder, Document, Facility)

    def seen(day: date = here, who: str = OUTSIDER) -> list[int]:
        acting = Acting(participant_id=member(who), consent_id=consent_id, today=day)
        with stage.world.store.reading(acting) as session:
            plain = [len(session.exec(select(table)).all()) for table in tables]
            conditions = (
                visibility.orders_seen(session, acting.participant_id),
                visibility.documents_seen(session, acting.participant_id),
                visibility.facilities_seen(session, acting.participant_id),
            )
        with stage.world.store.reading() as session:
            session.info.update({"acting": acting})
            told = [
                len(session.exec(select(table).where(condition)).all())
                for table, condition in zip(tables, conditions, strict=True)
            ]
        assert plain == told
        return plain

    assert seen() == [1, 1, 1]
    assert seen(who="carrier") == [0, 0, 0]
    assert seen(day=date(2027, 1, 1)) == [0, 0, 0]
    stage.post("exporter", f"/v1/consents/{consent_id}:revoke")
    assert seen() == [0, 0, 0]


@pytest.mark.parametrize("attempt", range(3))
def test_of_two_that_race_for_the_last_access_one_is_refused(
    stage: Stage, order: str, attempt: int
) -> None:
    consent_id = granted(stage, frequency_per_day=3 + attempt)
    for _ in range(2 + attempt):
        assert under(stage, consent_id, order).status_code == 200
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: under(stage, consent_id, order), range(8)))
    assert sorted(a.status_code for a in answers) == [200, *[429] * 7]
    refused = next(a for a in answers if a.status_code == 429)
    assert is_problem(refused, 429, "access-exceeded")
    assert refused.headers["retry-after"] == str(12 * 60 * 60)


def test_one_that_does_not_recur_is_for_one_access(stage: Stage, order: str) -> None:
    consent_id = granted(stage, recurring_indicator=False, frequency_per_day=1)
    assert under(stage, consent_id, order).status_code == 200
    assert is_problem(under(stage, consent_id, order), 429, "access-exceeded")
    with stage.world.store.transaction() as session:
        # As if all that had been yesterday.
        session.get_one(Consent, consent_id).created_at -= timedelta(days=1)
        session.get_one(ConsentUse, (consent_id, NOW.date())).day -= timedelta(days=1)
    assert is_problem(under(stage, consent_id, order), 429, "access-exceeded")


def test_a_new_recurring_one_ends_the_former(stage: Stage, order: str) -> None:
    first, other = granted(stage), granted(stage, purpose="AUDIT")
    second = granted(stage)
    assert is_problem(under(stage, first, order), 403, "consent-invalid")
    assert under(stage, other, order).status_code == 200
    assert under(stage, second, order).status_code == 200


def test_as_many_keys_authorise_as_must(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    two = stage.world.settings.model_copy(update={"consent_authorisations": 2})
    monkeypatch.setattr(type(stage.world), "settings", two, raising=False)
    made = stage.post(OUTSIDER, "/v1/consents", json=asked(owner=lei("exporter"))).json()
    path = f"/v1/consents/{made['result']['consent_id']}"
    for who, status in (
        ("exporter", "partiallyAuthorised"),
        ("exporter", "partiallyAuthorised"),
        ("exporter.officer-1", "valid"),
        ("exporter.officer-2", "valid"),
    ):
        assert stage.post(who, f"{path}:authorise").json()["result"]["consent_status"] == status


@pytest.mark.parametrize(
    ("who", "method", "verb", "ends"),
    [
        ("exporter", "POST", ":reject", "rejected"),
        (OUTSIDER, "DELETE", "", "terminatedByTpp"),
    ],
)
def test_what_was_ended_stays_so(stage: Stage, who: str, method: str, verb: str, ends: str) -> None:
    made = stage.post(OUTSIDER, "/v1/consents", json=asked(owner=lei("exporter"))).json()
    path = f"/v1/consents/{made['result']['consent_id']}"
    for _ in range(2):
        answer = stage.client.request(method, path + verb, headers=stage.headers(who))
        assert answer.json()["result"]["consent_status"] == ends
    before = stage.digest()
    stage.refused(stage.post("exporter", f"{path}:authorise"), 409, "wrong-state", before)
    stage.refused(stage.post("exporter", f"{path}:revoke"), 409, "wrong-state", before)


def test_only_the_owner_decides_and_only_its_two_know(stage: Stage) -> None:
    made = stage.post(OUTSIDER, "/v1/consents", json=asked(owner=lei("exporter"))).json()
    path = f"/v1/consents/{made['result']['consent_id']}"
    before = stage.digest()
    stage.refused(stage.post(OUTSIDER, f"{path}:authorise"), 403, "not-permitted", before)
    answer = stage.client.request("DELETE", path, headers=stage.headers("exporter"))
    stage.refused(answer, 403, "not-permitted", before)
    for verb in (":authorise", ":reject", ":revoke"):
        stage.refused(stage.post("carrier", path + verb), 404, "not-found", before)
    assert is_problem(stage.get("carrier", path), 404, "not-found")
    assert stage.get("carrier", "/v1/consents").json()["items"] == []
    assert len(stage.get(OUTSIDER, "/v1/consents").json()["items"]) == 1


def test_a_consent_of_others_and_none_look_the_same(stage: Stage, order: str) -> None:
    consent_id = granted(stage)
    for who, named in (("carrier", consent_id), ("exporter", consent_id), ("carrier", UNKNOWN)):
        assert is_problem(under(stage, named, order, who), 403, "consent-unknown")


@pytest.mark.parametrize(
    "change",
    [
        {"valid_until": "2026-11-19"},
        {"valid_until": "2028-11-20"},
        {"recurring_indicator": False, "frequency_per_day": 2},
        {"frequency_per_day": 0},
        {"access": {}},
        {"owner": lei("importer")},
        {"third_party": None},
        {"third_party": lei("exporter")},
        {"third_party": "529900T8BM49AURSDO55"},
        {"purpose": "BECAUSE"},
        {"fields": ["amount"]},
    ],
    ids=str,
)
def test_what_is_no_consent_is_refused(stage: Stage, change: dict[str, Any]) -> None:
    before = stage.digest()
    body = {**asked(third_party=lei(OUTSIDER)), **change}
    answer = stage.post("exporter", "/v1/consents", json=body)
    assert answer.status_code == 422, answer.text
    assert stage.digest() == before


def test_what_is_not_ones_own_cannot_be_given(stage: Stage, order: str) -> None:
    body = asked(third_party=lei(OUTSIDER), access={"orders": [order.rpartition("/")[2]]})
    before = stage.digest()
    stage.refused(stage.post("carrier", "/v1/consents", json=body), 404, "not-found", before)
    body["access"] = {"orders": ["0x" + "ab" * 32]}
    stage.refused(stage.post("carrier", "/v1/consents", json=body), 404, "not-found", before)


def test_asked_twice_with_one_key_there_is_one(stage: Stage) -> None:
    body = asked(owner=lei("exporter"))
    key = {"Idempotency-Key": "once"}
    one, two = (stage.post(OUTSIDER, "/v1/consents", json=body, headers=key) for _ in range(2))
    assert one.json()["result"] == two.json()["result"]
    assert len(stage.get("exporter", "/v1/consents").json()["items"]) == 1


def test_a_consent_has_a_tag_that_changes_with_it(stage: Stage) -> None:
    path = f"/v1/consents/{granted(stage)}"
    tag = stage.get("exporter", path).headers["etag"]
    assert stage.get("exporter", path, headers={"If-None-Match": tag}).status_code == 304
    stage.post("exporter", f"{path}:revoke")
    assert stage.get("exporter", path, headers={"If-None-Match": tag}).status_code == 200


def test_what_no_consent_gives_is_not_asked_for_under_one(stage: Stage) -> None:
    consent_id = granted(stage)
    for path in ("/v1/deposits", "/v1/limits", "/v1/consents", "/v1/events"):
        assert is_problem(under(stage, consent_id, path), 422, "consent-not-applicable")
