"""Every table, so that metadata is complete once this package is imported."""

from entrepot.store.tables.access import (
    Ceremony,
    Client,
    IdempotencyRecord,
    Invitation,
    Login,
    Passkey,
    Person,
    RequestCount,
    SeenProof,
    Token,
)
from entrepot.store.tables.audit import AuditEntry
from entrepot.store.tables.chain import Block, Log, Network
from entrepot.store.tables.consents import (
    AccessRecord,
    Consent,
    ConsentResource,
    ConsentUse,
)
from entrepot.store.tables.decisions import Breach, Decision, Standing
from entrepot.store.tables.documents import Document, NearMatchDecision, PaperFingerprint
from entrepot.store.tables.evidence import EvidenceConflict, EvidenceItem, Title, VoyageLink
from entrepot.store.tables.examinations import Examination
from entrepot.store.tables.financings import (
    Approval,
    ApprovalBands,
    AssetLink,
    Credit,
    Facility,
    FacilityLender,
    Holding,
    LenderLimit,
    Payment,
    SandboxCap,
    Tranche,
    UnlinkedFamily,
)
from entrepot.store.tables.journal import Posting, Progress
from entrepot.store.tables.notes import FacilityNote
from entrepot.store.tables.offers import Offer, OfferWithdrawal, Quote, QuoteFacts
from entrepot.store.tables.orders import OrderAttester, OrderReference, TradeOrder
from entrepot.store.tables.outbox import (
    Lane,
    Operation,
    Outbox,
    OutboxState,
    ReleaseHold,
    ReleaseRequest,
    Replaced,
)
from entrepot.store.tables.parties import Participant, ParticipantKey, Profile
from entrepot.store.tables.proposals import PolicyProposal
from entrepot.store.tables.vault import VaultContent, VaultWrap
from entrepot.store.tables.webhooks import (
    WebhookDelivery,
    WebhookEndpoint,
    WebhookNotice,
    WebhookSecret,
)

PROJECTIONS = (
    Participant,
    ParticipantKey,
    TradeOrder,
    OrderAttester,
    EvidenceItem,
    EvidenceConflict,
    VoyageLink,
    Title,
    Facility,
    FacilityLender,
    Tranche,
    Approval,
    Payment,
    Credit,
    Holding,
    AssetLink,
    UnlinkedFamily,
    LenderLimit,
    ApprovalBands,
    SandboxCap,
)
"""The tables that are a pure fold of logs: each row names its `stream`."""

__all__ = [
    "PROJECTIONS",
    "AccessRecord",
    "Approval",
    "ApprovalBands",
    "AssetLink",
    "AuditEntry",
    "Block",
    "Breach",
    "Ceremony",
    "Client",
    "Consent",
    "ConsentResource",
    "ConsentUse",
    "Credit",
    "Decision",
    "Document",
    "EvidenceConflict",
    "EvidenceItem",
    "Examination",
    "Facility",
    "FacilityLender",
    "FacilityNote",
    "Holding",
    "IdempotencyRecord",
    "Invitation",
    "Lane",
    "LenderLimit",
    "Log",
    "Login",
    "NearMatchDecision",
    "Network",
    "Offer",
    "OfferWithdrawal",
    "Operation",
    "OrderAttester",
    "OrderReference",
    "Outbox",
    "OutboxState",
    "PaperFingerprint",
    "Participant",
    "ParticipantKey",
    "Passkey",
    "Payment",
    "Person",
    "PolicyProposal",
    "Posting",
    "Profile",
    "Progress",
    "Quote",
    "QuoteFacts",
    "ReleaseHold",
    "ReleaseRequest",
    "Replaced",
    "RequestCount",
    "SandboxCap",
    "SeenProof",
    "Standing",
    "Title",
    "Token",
    "TradeOrder",
    "Tranche",
    "UnlinkedFamily",
    "VaultContent",
    "VaultWrap",
    "VoyageLink",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookNotice",
    "WebhookSecret",
]
