"""The ledger's words in plain English: one phrase for each, which the console translates."""

STATES = {
    "PLACED": "placed",
    "ACCEPTED": "accepted",
    "FULFILLED": "fulfilled",
    "CANCELLED": "cancelled",
    "DISPUTED": "disputed",
    "REQUESTED": "awaiting approval",
    "APPROVED": "approved",
    "FUNDED": "funded",
    "RELEASED": "released",
    "REPAID": "repaid",
    "DECLINED": "declined",
    "LAPSED": "lapsed",
    "OVERDUE": "overdue",
    "DEFAULTED": "defaulted",
    "RECOVERED": "recovered",
    "WRITTEN_OFF": "written off",
    "PENDING": "pending",
}

KINDS = {
    "PURCHASE_ORDER": "Purchase order",
    "INVOICE": "Invoice",
    "PACKING_LIST": "Packing list",
    "CERTIFICATE_OF_ORIGIN": "Certificate of origin",
    "INSURANCE_CERTIFICATE": "Insurance certificate",
    "INSPECTION_CERTIFICATE": "Inspection certificate",
    "TRANSPORT_DOCUMENT": "Transport document",
    "BUYER_ACKNOWLEDGEMENT": "Acknowledgement by the buyer",
    "EXAMINATION_PASSED": "Documents examined and passed",
    "GATED_IN": "Gated in at the terminal",
    "LOADED": "Loaded",
    "SHIPPED_ON_BOARD": "Shipped on board",
    "VESSEL_DEPARTED": "Vessel departed",
    "VESSEL_ARRIVED": "Vessel arrived",
    "DISCHARGED": "Discharged",
    "GATED_OUT": "Gated out of the terminal",
    "EXPORT_ACCEPTED": "Export declaration accepted",
    "EXPORT_RELEASED": "Export released by customs",
    "EXPORT_EXITED": "Export exit confirmed",
    "IMPORT_ACCEPTED": "Import declaration accepted",
    "IMPORT_RELEASED": "Import released by customs",
    "CUSTOMS_HOLD": "Held by customs",
    "DISPUTED": "Dispute",
    "SANCTIONS_HOLD": "Held for sanctions",
    "CARRIER_HOLD": "Held by the carrier",
    "FRAUD_ALERT": "Fraud alert",
}

GOODS_KINDS = frozenset(
    {
        "INSPECTION_CERTIFICATE",
        "TRANSPORT_DOCUMENT",
        "GATED_IN",
        "LOADED",
        "SHIPPED_ON_BOARD",
        "VESSEL_DEPARTED",
        "VESSEL_ARRIVED",
        "DISCHARGED",
        "GATED_OUT",
        "EXPORT_ACCEPTED",
        "EXPORT_RELEASED",
        "EXPORT_EXITED",
        "IMPORT_ACCEPTED",
        "IMPORT_RELEASED",
        "CUSTOMS_HOLD",
        "CARRIER_HOLD",
    }
)
"""Kinds that speak of where the goods are; the rest speak of the order."""

EVENTS = {
    "OrderPlaced": ("order", "Order placed"),
    "OrderAccepted": ("order", "Order accepted"),
    "OrderCancelled": ("order", "Order cancelled"),
    "AmendmentProposed": ("order", "Amendment proposed"),
    "OrderAmended": ("order", "Order amended"),
    "OrderDisputed": ("order", "Order disputed"),
    "DisputeResolved": ("order", "Dispute resolved"),
    "OrderFulfilled": ("order", "Order fulfilled"),
    "VoyageLinked": ("goods", "Put on a voyage"),
    "VoyageUnlinked": ("goods", "Taken off a voyage"),
    "TitleIssued": ("goods", "Bill of lading issued"),
    "TitleReissued": ("goods", "Amended bill of lading issued"),
    "TitleTransferred": ("goods", "Bill of lading transferred"),
    "TitleEndorsed": ("goods", "Bill of lading endorsed"),
    "TitleBlankEndorsed": ("goods", "Bill of lading endorsed in blank"),
    "TitleSigned": ("goods", "Bill of lading signed for"),
    "PledgeOffered": ("goods", "Bill of lading offered in pledge"),
    "PledgeOfferWithdrawn": ("goods", "Offer of pledge withdrawn"),
    "TitlePledged": ("goods", "Bill of lading pledged"),
    "TitleDelivered": ("goods", "Bill of lading handed over"),
    "TitleEnforced": ("goods", "Pledge of the bill enforced"),
    "TitleSurrendered": ("goods", "Bill of lading surrendered"),
    "SurrenderRejected": ("goods", "Surrender rejected"),
    "TitleAccomplished": ("goods", "Goods delivered against the bill"),
    "TitleVoided": ("goods", "Bill of lading voided"),
    "FinancingRequested": ("money", "Financing requested"),
    "ApprovalGiven": ("money", "Sign-off recorded"),
    "FinancingApproved": ("money", "Financing approved"),
    "FinancingDeclined": ("money", "Financing declined"),
    "LenderFunded": ("money", "Lender's share paid in"),
    "FinancingFunded": ("money", "Financing funded"),
    "TrancheReleased": ("money", "Tranche released"),
    "TrancheLapsed": ("money", "Tranche lapsed"),
    "FinancingLapsed": ("money", "Financing lapsed"),
    "Repaid": ("money", "Repayment received"),
    "FinancingRepaid": ("money", "Financing repaid in full"),
    "TitleHandOverPostponed": ("money", "Hand-over of the title postponed"),
    "FinancingOverdue": ("money", "Financing overdue"),
    "FinancingDefaulted": ("money", "Default declared"),
    "RecourseClaimed": ("money", "Exporter called on to answer for the default"),
    "CollateralEnforced": ("money", "Security enforced"),
    "FinancingRecovered": ("money", "Financing recovered in full"),
    "WriteOffAgreed": ("money", "Lender agrees to write off"),
    "FinancingWrittenOff": ("money", "Financing written off"),
    "CreditBooked": ("money", "Payment kept for a recipient who cannot be paid"),
    "CreditClaimed": ("money", "Kept payment paid out"),
    "HoldPlaced": ("money", "Hold placed by the regulator"),
    "HoldLifted": ("money", "Hold lifted by the regulator"),
    "EncumbranceReserved": ("money", "Goods reserved for this financing"),
    "EncumbranceCommitted": ("money", "Goods committed to this financing"),
    "EncumbranceFreed": ("money", "Goods freed"),
    "AssetLinked": ("money", "Goods linked in the register"),
    "AssetsUnlinked": ("money", "Goods free for another order"),
}
"""The flow that an event belongs to, and what it says. Evidence speaks by its kind instead."""

CONDITIONS = {
    "STATE": "All lenders have approved and paid in",
    "TRANCHE": "Tranche not released or lapsed before",
    "DATES": "Inside the tranche's dates",
    "HOLD": "No hold by the regulator",
    "ORDER": "Order accepted by the buyer",
    "APPROVALS": "Approvals still match the evidence they rest on",
    "EVIDENCE": "Evidence recorded",
    "EVIDENCE_TWICE": "Evidence confirmed by a second, unrelated attester",
    "BLOCKED": "Nothing adverse reported",
    "TITLE": "Bill of lading pledged to the lenders",
    "PARTIES": "Exporter and lenders in good standing",
    "LIMIT": "Inside every lender's limit for the exporter",
    "SANDBOX": "Inside the regulator's cap for the corridor",
    "RESERVE": "Cash reserve high enough",
    "ENCUMBRANCE": "Goods not financed elsewhere",
    "RECOURSE": "No recourse claim open against the exporter",
}

OUTBOX = {
    "QUEUED": "queued",
    "SIGNED": "signed",
    "SENT": "sent",
    "MINED": "mined",
    "FINAL": "final",
    "FAILED": "refused",
    "REVERTED": "reverted",
}


def kind_in_words(kind: str) -> str:
    """ "EXPORT_RELEASED" as "Export released by customs"; an unknown kind as it is spelled."""
    return KINDS.get(kind, kind)


def state_in_words(state: str) -> str:
    return STATES.get(state, state.lower())


def flow_of_kind(kind: str) -> str:
    return "goods" if kind in GOODS_KINDS else "order"
