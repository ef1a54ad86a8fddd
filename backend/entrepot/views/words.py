"""The ledger's words in plain English: one phrase for each, which the console translates."""

from collections.abc import Mapping
from typing import Any

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
    "ACTIVE": "active",
    "SUSPENDED": "suspended",
    "REMOVED": "removed",
    "QUEUED": "queued",
    "SIGNED": "signed",
    "SENT": "sent",
    "MINED": "mined",
    "FINAL": "final",
    "FAILED": "refused",
    "REVERTED": "reverted",
    "ISSUED": "issued",
    "PLEDGED": "pledged",
    "SURRENDERED": "surrendered",
    "ACCOMPLISHED": "accomplished",
    "VOID": "void",
    "ELECTRONIC": "electronic",
    "PAPER": "on paper",
    "STRAIGHT": "straight",
    "TO_ORDER": "to order",
    "BLANK": "in blank",
    "RECORDED": "recorded",
    "WITHDRAWN": "withdrawn",
    "SUPERSEDED": "replaced",
    "OPEN": "waits for a second person",
    "OVERTAKEN": "overtaken",
    "SCHEDULED": "scheduled",
    "IN_FORCE": "in force",
    "ENDED": "ended",
}

STEPS = {
    "conditions": "Conditions judged up to",
    "repayment": "Repayments booked up to",
}
PAYOUTS = {
    "FEES": "Fees",
    "PENALTY": "Penalty interest",
    "INTEREST": "Interest",
    "PLATFORM_SHARE": "Share of the platform",
    "PRINCIPAL": "Principal",
    "RESIDUAL": "Rest to the exporter",
    "RESERVE_RETURNED": "Reserve given back",
    "ESCROW_RETURNED": "Escrow given back",
    "REFUND": "Refund",
    "RESERVE_COVER": "Covered by the reserve",
    "LOSS_SHARE": "Share of the loss",
    "RESERVE_RESTORED": "Reserve restored",
}
"""Where the parts of a payment go, by the ledger's PayoutKind."""

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
    "CREDIT_NOTE": "Credit note",
    "PAYMENT_UNDERTAKING": "Payment undertaking by the buyer",
    "GOODS_RECEIVED": "Goods received by the buyer",
    "EXAMINATION_WAIVED": "Discrepancies waived",
    "BOOKING_CONFIRMED": "Booking confirmed",
    "RECEIVED_FOR_SHIPMENT": "Received for shipment",
    "EMPTY_PICKED_UP": "Empty container picked up",
    "STUFFED": "Container stuffed",
    "INSPECTED": "Container inspected",
    "RESEALED": "Container resealed",
    "SEAL_REMOVED": "Seal removed",
    "CARRIER_RELEASED": "Released by the carrier",
    "STRIPPED": "Container stripped",
    "EMPTY_RETURNED": "Empty container returned",
    "CUSTOMS_SELECTED_FOR_SCAN": "Selected for scan by customs",
    "CUSTOMS_SELECTED_FOR_INSPECTION": "Selected for inspection by customs",
    "CUSTOMS_RELEASED": "Container released by customs",
    "EXPORT_LODGED": "Export declaration lodged",
    "EXPORT_DOCUMENTS_REQUIRED": "Documents for export wanted by customs",
    "EXPORT_UNDER_CONTROL": "Under control by customs at export",
    "EXPORT_DETAINED": "Detained by customs at export",
    "EXPORT_CLEARED": "Export cleared by customs",
    "EXPORT_REJECTED": "Export declaration rejected",
    "EXPORT_INVALIDATED": "Export declaration invalidated",
    "IMPORT_LODGED": "Import declaration lodged",
    "IMPORT_DOCUMENTS_REQUIRED": "Documents for import wanted by customs",
    "IMPORT_UNDER_CONTROL": "Under control by customs at import",
    "IMPORT_DETAINED": "Detained by customs at import",
    "IMPORT_CLEARED": "Import cleared by customs",
    "IMPORT_REJECTED": "Import declaration rejected",
    "IMPORT_INVALIDATED": "Import declaration invalidated",
    "EXAMINATION_REFUSED": "Documents examined and refused",
    "EVIDENCE_CONFLICT": "Attesters contradict each other",
}

PAPERS = {
    "EXPORT_DECLARATION": "Export declaration",
    "IMPORT_DECLARATION": "Import declaration",
    "CUSTOMS_RESPONSE": "Response by customs",
    "TRACKING_EVENT": "Tracking event",
}
"""Papers that are no evidence by themselves."""

FIELDS = {
    "amount": "Amount",
    "due_date": "Due on",
    "invoices": "Invoices",
    "origins": "Countries of origin",
    "type_code": "Type of declaration",
    "items": "Items of goods",
    "port_of_loading": "Port of loading",
    "port_of_discharge": "Port of discharge",
    "containers": "Containers",
    "gross_kg": "Gross weight, kg",
    "packages": "Packages",
    "function": "Answer",
    "mrn": "MRN of the declaration",
    "code": "Code",
    "occurred_at": "Happened at",
    "originator": "Told by",
}
"""What a paper's summary is of."""

ROLES = {
    "EXPORTER": "Exporter",
    "IMPORTER": "Importer",
    "BANK": "Bank",
    "FINTECH": "Fintech platform",
    "CARRIER": "Carrier",
    "CUSTOMS": "Customs",
    "INSURER": "Insurer",
    "REGULATOR": "Regulator",
    "ARBITER": "Arbiter",
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
        "BOOKING_CONFIRMED",
        "RECEIVED_FOR_SHIPMENT",
        "EMPTY_PICKED_UP",
        "STUFFED",
        "INSPECTED",
        "RESEALED",
        "SEAL_REMOVED",
        "CARRIER_RELEASED",
        "STRIPPED",
        "EMPTY_RETURNED",
        "CUSTOMS_SELECTED_FOR_SCAN",
        "CUSTOMS_SELECTED_FOR_INSPECTION",
        "CUSTOMS_RELEASED",
        "EXPORT_LODGED",
        "EXPORT_DOCUMENTS_REQUIRED",
        "EXPORT_UNDER_CONTROL",
        "EXPORT_DETAINED",
        "EXPORT_CLEARED",
        "EXPORT_REJECTED",
        "EXPORT_INVALIDATED",
        "IMPORT_LODGED",
        "IMPORT_DOCUMENTS_REQUIRED",
        "IMPORT_UNDER_CONTROL",
        "IMPORT_DETAINED",
        "IMPORT_CLEARED",
        "IMPORT_REJECTED",
        "IMPORT_INVALIDATED",
        "GOODS_RECEIVED",
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
    "DisputeClosed": ("order", "Dispute closed: nobody resolved it in time"),
    "ConflictRaised": ("order", "Attesters contradict each other"),
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
    "TrancheNotReleased": ("money", "Release of the tranche refused"),
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

BREACHES = {
    "ReleaseBreached": "Breach: what the money went out on no longer holds",
    "BreachMended": "Breach mended: what the money went out on holds again",
}
"""What is found of a released tranche, and no transaction says."""

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

OBSTACLES = {
    "basis-changed": "a document or the order is not what it was; look at the facility again",
    "asset-keys-differ": "the terms name other goods than the order's papers; do not sign",
    "near-match-stands": "papers look like those of other goods; decide about each first",
    "wrong-state": "it was decided meanwhile; look at the facility again",
    "already-asked": "it is on its way already",
    "not-permitted": "you may not sign this, or have signed it with another key of yours",
    "conflict": "it cannot be signed as it is now; look at the facility again",
    "not_held:wrong-state": "the release is signed already, or a colleague of yours was before you",
    "not_held:not-permitted": "this is for officers of the facility's lenders who may decide",
    "not-confirmed": "your device did not confirm you, or signed something else than was shown",
}
"""Why something cannot be signed or held, by the code of the refusal."""

REFUSALS = {
    "Financing_ApprovedEnough": "enough of your colleagues signed before you",
    "Financing_AlreadyApproved": "your key has signed already",
    "Financing_MakerIsChecker": "who asks for the money does not sign",
    "Financing_SignatureInvalid": "the signature is not your key's over what the ledger has",
    "Financing_SignatureExpired": "the signature came too late; sign again",
    "Financing_BasisChanged": "a document was changed before your signature came",
    "Financing_OrderNotAccepted": "the order was changed before your signature came",
    "Financing_WrongState": "it was decided before your signature came",
    "Financing_HoldUnchanged": "another regulator was before you; look at the facility again",
    "Financing_ConditionsNotMet": "a condition was not met",
    "Financing_TrancheClosed": "it was released or lapsed before",
    "Held": "held before it was signed",
    "Cancelled": "called off",
}
"""Why a signature or a call was not taken, by the contract's or the outbox's error."""

OUTBOX = {
    "QUEUED": "queued",
    "SIGNED": "signed",
    "SENT": "sent",
    "MINED": "mined",
    "FINAL": "final",
    "FAILED": "refused",
    "REVERTED": "reverted",
}


MATCHES = {
    "INVOICE": "the same invoice",
    "INVOICE_WITHOUT_AMOUNT": "the same seller and invoice number, with another date or amount",
    "INVOICE_NUMBER": "the same seller, and an invoice number that reads alike",
    "BILL_OF_LADING": "the same carrier, and a bill of lading whose number reads alike",
    "DECLARATION": "the same customs declaration",
    "CONTAINER_AND_DATE": "the same container, shipped within two weeks",
}


def match_in_words(kind: str) -> str:
    """What two papers have in common."""
    return MATCHES[kind]


def refused_because(error: Mapping[str, Any] | None) -> str:
    """Why the ledger did not take a signature; an error without words by its name."""
    name = str((error or {}).get("name", "?"))
    return REFUSALS.get(name, name)


def kind_in_words(kind: str) -> str:
    """ "EXPORT_RELEASED" as "Export released by customs"; an unknown kind as it is spelled."""
    return (KINDS | PAPERS).get(kind, kind)


def state_in_words(state: str) -> str:
    return STATES.get(state, state.lower())


def flow_of_kind(kind: str) -> str:
    return "goods" if kind in GOODS_KINDS else "order"
