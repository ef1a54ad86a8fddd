"""Kinds of evidence by what they are for: papers that are sent in, and flags that stop money."""

from __future__ import annotations

from typing import Final

from entrepot.bindings.evidence_kinds import EvidenceKind

DOCUMENTS: Final = (
    EvidenceKind.PURCHASE_ORDER,
    EvidenceKind.INVOICE,
    EvidenceKind.PACKING_LIST,
    EvidenceKind.CERTIFICATE_OF_ORIGIN,
    EvidenceKind.INSURANCE_CERTIFICATE,
    EvidenceKind.INSPECTION_CERTIFICATE,
    EvidenceKind.TRANSPORT_DOCUMENT,
    EvidenceKind.BUYER_ACKNOWLEDGEMENT,
    EvidenceKind.EXAMINATION_PASSED,
    EvidenceKind.CREDIT_NOTE,
    EvidenceKind.PAYMENT_UNDERTAKING,
    EvidenceKind.GOODS_RECEIVED,
    EvidenceKind.EXAMINATION_WAIVED,
    EvidenceKind.BOOKING_CONFIRMED,
)
"""What a paper stands for; approvals rest on these unless the request says otherwise."""

ADVERSE: Final = (
    EvidenceKind.CUSTOMS_HOLD,
    EvidenceKind.DISPUTED,
    EvidenceKind.SANCTIONS_HOLD,
    EvidenceKind.CARRIER_HOLD,
    EvidenceKind.FRAUD_ALERT,
    EvidenceKind.EXPORT_DETAINED,
    EvidenceKind.EXPORT_INVALIDATED,
    EvidenceKind.IMPORT_DETAINED,
    EvidenceKind.IMPORT_INVALIDATED,
    EvidenceKind.EXAMINATION_REFUSED,
    EvidenceKind.EVIDENCE_CONFLICT,
)
"""What blocks every release until it is withdrawn: ADVERSE_KINDS of the ledger."""

FLAGS: Final = tuple(
    kind
    for kind in ADVERSE
    if kind not in (EvidenceKind.CUSTOMS_HOLD, EvidenceKind.EVIDENCE_CONFLICT)
)
"""What is raised in words. CUSTOMS_HOLD comes with customs' own answer, and EVIDENCE_CONFLICT is
reckoned by the ledger from what attesters say."""


def barring(blocking: tuple[str, ...]) -> tuple[str, ...]:
    """The kinds that stop a tranche: those its terms list, then the adverse ones."""
    return tuple(dict.fromkeys((*blocking, *(kind.name for kind in ADVERSE))))
