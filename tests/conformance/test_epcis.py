"""GS1's own EPCIS 2.0 documents, all of which are valid."""

from pathlib import Path

import pytest

from entrepot.domain.documents.epcis_events import BIZ_STEPS, EpcisEvents
from entrepot.domain.documents.reading import read
from entrepot.domain.errors import MalformedDocument
from tests.conformance.suite import name_of, needs_suite, samples

pytestmark = needs_suite


FILES = samples("epcis", ".jsonld")
# This one has the member eventID twice, with two values: two readers would read two documents.
TWICE = "AssociationEvent-h.jsonld"


@pytest.mark.parametrize("path", [p for p in FILES if p.name == TWICE], ids=name_of)
def test_document_with_two_ids_for_one_event_is_refused(path: Path) -> None:
    with pytest.raises(MalformedDocument, match="eventID: the member is there twice"):
        read(path.read_bytes())


@pytest.mark.parametrize("path", [p for p in FILES if p.name != TWICE], ids=name_of)
def test_document_reads(path: Path) -> None:
    document = read(path.read_bytes())
    assert isinstance(document, EpcisEvents)
    assert document.events
    assert all(event.biz_step in BIZ_STEPS for event in document.events)
