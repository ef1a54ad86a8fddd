"""Evidence: facts about orders and voyages, and which orders are aboard."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from entrepot.bindings import evidence as words
from entrepot.bindings.evidence import EvidenceState
from entrepot.kit.abi import Event
from entrepot.steps.indexing.projections.place import (
    Handler,
    Place,
    Plain,
    ProjectionBroken,
    Rows,
    need,
)
from entrepot.store.tables import EvidenceConflict, EvidenceItem, VoyageLink

Recorded = words.EvidenceRecorded | words.VoyageFactRecorded
Withdrawn = words.EvidenceWithdrawn | words.VoyageFactWithdrawn


def _recorded(rows: Rows, e: Recorded, at: Place) -> None:
    _add(rows, e, at, _superseded(rows, e))


def _recorded_first(rows: Rows, e: Recorded, at: Place) -> None:
    _add(rows, e, at, bytes(32))


def _replaces_nothing(e: Any) -> NDArray[np.bool]:
    return ~e.fact.supersedes.any(axis=1)


def _add(rows: Rows, e: Recorded, at: Place, supersedes: bytes) -> None:
    rows.add(
        EvidenceItem,
        evidence_id=e.evidence_id,
        stream=at.stream,
        on_voyage=isinstance(e, words.VoyageFactRecorded),
        attester=e.attester,
        kind=e.fact.kind.name,
        state=EvidenceState.RECORDED.name,
        source_key=e.fact.source_key,
        commitment=e.fact.commitment,
        occurred_at=e.fact.occurred_at,
        recorded_at=at.timestamp,
        recorded_block=at.block_number,
        supersedes=supersedes,
        voyage_key=e.voyage_key if isinstance(e, words.VoyageFactRecorded) else None,
    )


def _superseded(rows: Rows, e: Recorded) -> bytes:
    """The id of the fact that this one replaces; zeros when it replaces none."""
    if not any(e.fact.supersedes):
        return bytes(32)
    said = (e.attester, e.fact.kind.name, e.fact.supersedes)
    for item in rows.of_stream(EvidenceItem):
        if (item.attester, item.kind, item.source_key) == said:
            return item.evidence_id
    raise ProjectionBroken(f"no fact that {e.evidence_id.hex()} replaces")


def _withdrawn(rows: Rows, e: Withdrawn, at: Place) -> None:
    item = need(rows, EvidenceItem, e.evidence_id)
    item.state = EvidenceState.WITHDRAWN.name
    item.withdrawn_block = at.block_number


def _conflict_raised(rows: Rows, e: words.ConflictRaised, at: Place) -> None:
    rows.put(
        EvidenceConflict,
        order_id=e.order_id,
        place=e.place,
        stream=at.stream,
        kind=e.kind.name,
        source_key=e.source_key,
    )


def _linked(rows: Rows, e: words.VoyageLinked, at: Place) -> None:
    rows.add(
        VoyageLink,
        order_id=e.order_id,
        voyage_id=e.voyage_id,
        stream=at.stream,
        carrier=e.carrier,
    )


def _unlinked(rows: Rows, e: words.VoyageUnlinked, _: Place) -> None:
    need(rows, VoyageLink, e.order_id, e.voyage_id)
    rows.remove(VoyageLink, e.order_id, e.voyage_id)


HANDLERS: dict[type[Event], Handler] = {
    words.EvidenceRecorded: _recorded,
    words.VoyageFactRecorded: _recorded,
    words.EvidenceWithdrawn: _withdrawn,
    words.VoyageFactWithdrawn: _withdrawn,
    words.ConflictRaised: _conflict_raised,
    words.VoyageLinked: _linked,
    words.VoyageUnlinked: _unlinked,
}

PLAIN: dict[type[Event], Plain] = {
    words.EvidenceRecorded: Plain(_recorded_first, _replaces_nothing),
    words.VoyageFactRecorded: Plain(_recorded_first, _replaces_nothing),
}
