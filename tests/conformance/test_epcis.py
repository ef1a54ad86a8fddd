"""GS1's own EPCIS 2.0 documents, all of which are meant to be valid."""

from pathlib import Path

import pytest

from entrepot.domain.documents.epcis_events import BIZ_STEPS, EpcisEvents
from entrepot.domain.documents.reading import read
from tests.conformance.suite import exclude, name_of, needs_suite, samples

pytestmark = needs_suite


FILES = samples("epcis", ".jsonld")
# Two readers would read two documents.
TWICE = "AssociationEvent-h.jsonld"
exclude("epcis", TWICE, "an event has the member eventID twice, with two values: it is refused")


@pytest.mark.parametrize("path", [p for p in FILES if p.name != TWICE], ids=name_of)
def test_document_reads(path: Path) -> None:
    document = read(path.read_bytes())
    assert isinstance(document, EpcisEvents)
    assert document.events
    assert all(event.biz_step in BIZ_STEPS for event in document.events)
