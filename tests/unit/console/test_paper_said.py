"""What a paper's page tells of its summary, and of two versions of it."""

from typing import Any

from entrepot.console.screens.documents import differences, said
from entrepot.views.documents import DocumentView
from entrepot.views.values import Party, amount

OWNER = Party(lei="529900T8BM49AURSDO55", name="Exporter", name_zh="")


def paper(**summary: Any) -> DocumentView:
    return DocumentView(
        document_id="0x01",
        order_id="0x02",
        owner=OWNER,
        kind="INVOICE",
        format="ubl-invoice",
        reference="INV-1",
        sha256="0x03",
        size_bytes=1,
        commitment="0x04",
        evidence_id=None,
        version=1,
        superseded_by=None,
        stored_at=None,
        summary=summary,
    )


def test_summary_tells_its_amount_as_money_and_nothing_that_is_ours() -> None:
    found = said(paper(amount_minor="128400", currency="USD", due_date=None, natural_key="ab"))
    assert found == {"Amount": amount(128_400, "USD"), "Due on": None}


def test_versions_differ_by_what_their_summaries_tell_only() -> None:
    before = paper(amount_minor="100", currency="USD", natural_key="ab", version=1)
    after = paper(amount_minor="200", currency="USD", natural_key="cd", version=2)
    assert differences(before, after) == [("Amount", amount(100, "USD"), amount(200, "USD"))]
