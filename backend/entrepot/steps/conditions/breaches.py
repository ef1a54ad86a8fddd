"""What no longer holds of what money went out on: breaches, for the lenders to act on.

A released tranche is past undoing, so a fact that is withdrawn afterwards, or a hold that comes
after it, cannot stop it; it is written down instead, with the evidence, until it is mended. The
rules are the release's own, so a breach is exactly what would have stopped the money.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby

from entrepot.domain.terms import Outcome, evaluate
from entrepot.steps.conditions import repository
from entrepot.store.facts import Moment, gather_all
from entrepot.store.session import Session
from entrepot.store.tables import Breach, EvidenceItem, Facility, Tranche


def note(session: Session, page: Sequence[bytes], block: Moment, financing: bytes) -> None:
    """Writes a row for each released tranche of these facilities of which other things no longer
    hold than before. It stands at the block of the last change, and goes with it in a fork."""
    pairs = repository.doubtful(session, page)
    before = repository.latest_breaches(session, page) if pairs else {}
    for _, group in groupby(pairs, key=lambda pair: pair[0].financing_id):
        of_facility = list(group)
        facility, tranches = of_facility[0][0], [tranche for _, tranche in of_facility]
        items = repository.evidence_about(session, facility.order_id)
        for tranche, known in zip(
            tranches, gather_all(session, facility, tranches, block, financing), strict=True
        ):
            causes = _causes(evaluate(known.facts), items)
            key = (facility.financing_id, tranche.position)
            if causes != before.get(key, []):
                repository.keep_breach(session, _breach(facility, tranche, items, causes))


def _causes(outcome: Outcome, items: Iterable[EvidenceItem]) -> list[dict[str, object]]:
    """Each kind that is gone, or stands against the money now, with the facts that say so."""
    gone = dict.fromkeys((*outcome.missing, *outcome.missing_twice), "WITHDRAWN")
    against = dict.fromkeys(outcome.blocking, "ADVERSE")
    states = {"WITHDRAWN": "WITHDRAWN", "ADVERSE": "RECORDED"}
    return [
        {
            "kind": kind,
            "cause": cause,
            "evidence_ids": [
                "0x" + item.evidence_id.hex()
                for item in items
                if item.kind == kind and item.state == states[cause]
            ]
            or list(outcome.contested),
        }
        for kind, cause in {**gone, **against}.items()
    ]


def _breach(
    facility: Facility,
    tranche: Tranche,
    items: Sequence[EvidenceItem],
    causes: list[dict[str, object]],
) -> Breach:
    changed = (max(item.recorded_block, item.withdrawn_block or 0) for item in items)
    return Breach(
        financing_id=facility.financing_id,
        tranche=tranche.position,
        block_number=max(changed),
        causes=causes,
    )
