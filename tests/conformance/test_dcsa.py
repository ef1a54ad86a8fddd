"""DCSA's own messages: the right ones read, the wrong ones are refused."""

import json
from pathlib import Path

import pytest

from entrepot.domain.documents.dcsa_events import DcsaEvents, ShipmentEvent
from entrepot.domain.documents.dcsa_transport_document import TransportDocument
from entrepot.domain.documents.reading import read
from entrepot.domain.errors import InvalidInput, UnknownDocument
from tests.conformance.suite import SUITE, exclude, name_of, needs_suite, samples

pytestmark = needs_suite

EVENTS = samples("dcsa/tnt", ".json")
LEI = "529900T8BM49AURSDO55"
# The issuance message is a template of the conformance gateway; these are its blanks.
BLANKS = {
    "TRANSPORT_DOCUMENT_REFERENCE_PLACEHOLDER": "HHL71800000",
    "SHIPPER_CODE_LIST_PROVIDER": "GLEIF",
    "CONSIGNEE_CODE_LIST_PROVIDER": "GLEIF",
    "ISSUING_PARTY_CODE_LIST_PROVIDER": "GLEIF",
    "SHIPPER_CODE_LIST_NAME_PLACEHOLDER": "LEI",
    "CONSIGNEE_CODE_LIST_NAME_PLACEHOLDER": "LEI",
    "ISSUING_PARTY_CODE_LIST_NAME_PLACEHOLDER": "LEI",
    "SHIPPER_PARTY_CODE_PLACEHOLDER": LEI,
    "CONSIGNEE_PARTY_CODE_PLACEHOLDER": LEI,
    "ISSUING_PARTY_PARTY_CODE_PLACEHOLDER": LEI,
}


for surrender in samples("dcsa/ebl-surrender", ".json"):
    exclude("dcsa", surrender.name, "a template of a surrender request or error, which is no paper")


@pytest.mark.parametrize("path", [p for p in EVENTS if "wrong" in p.name], ids=name_of)
def test_wrong_events_are_refused(path: Path) -> None:
    with pytest.raises(InvalidInput):
        read(path.read_bytes())


def test_wrong_attribute_values_are_refused_also_with_event_ids() -> None:
    (path,) = [p for p in EVENTS if "wrong-attribute-values" in p.name]
    message = json.loads(path.read_text())
    for number, event in enumerate(message):
        event.setdefault("eventID", f"3cecb101-7a1a-43a4-9d62-e88a1316510{number}")
    with pytest.raises(InvalidInput, match="/0/transportCall"):
        read(json.dumps(message).encode())


def test_right_events_read() -> None:
    (path,) = [p for p in EVENTS if p.name == "tnt-220-response.json"]
    document = read(path.read_bytes())
    assert isinstance(document, DcsaEvents)
    assert len(document.events) == 7
    assert sum(isinstance(event, ShipmentEvent) for event in document.events) == 3


@pytest.mark.parametrize("path", [p for p in EVENTS if "tnt-300" in p.name], ids=name_of)
def test_version_3_events_read_with_the_codes_of_2_2(path: Path) -> None:
    document = read(path.read_bytes())
    assert isinstance(document, DcsaEvents)
    (event,) = document.events
    assert event.header.classifier == "ACT"
    assert event.header.code in {"LOAD", "MEAS", "ARRI"}
    assert event.header.originator == "SMDG:LCL:EXCO"


def test_transport_document_of_the_issuance_message_reads() -> None:
    path = SUITE / "dcsa/ebl-issuance/eblissuance/messages/eblissuance-v3.0.0-request.json"
    text = path.read_text()
    for blank, value in BLANKS.items():
        text = text.replace(blank, value)
    document = read(json.dumps(json.loads(text)["document"]).encode())
    assert isinstance(document, TransportDocument)
    assert document.parties.consignee is not None
    assert document.parties.consignee.lei == LEI
    assert document.items[0].cargo[0].container == "NARU3472484"


@pytest.mark.parametrize("path", samples("dcsa/ebl/ebl", ".json"), ids=name_of)
def test_shipping_instructions_are_no_transport_document(path: Path) -> None:
    with pytest.raises(UnknownDocument):
        read(path.read_bytes())
