"""What each field of an answer tells: something open, something commercial, or of a person.

Whoever sees a thing by its own part in it is told all of it. A third party that reads under a
consent gets what is commercial or personal only where the consent names the field: `orders.amount`
is the field `amount` of every answer of the kind `orders`. Every field of every answer stands here.

public: ids, states, times, kinds, commitments. commercial: money, prices and terms, every partner
(also as an attester: buyers attest), and the parties' own words and papers. personal: what leads to
a person, a label or a key of an officer's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Class(StrEnum):
    """How much a field tells."""

    PUBLIC = "public"
    COMMERCIAL = "commercial"
    PERSONAL = "personal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Classified:
    """The fields of a view. kind: what a consent calls them by. of: the fields that say whose it
    is, an id or a member; none where the path says it, or where it is everybody's or the reader's
    own. told_with: the field of another kind that opens all of them."""

    kind: str
    fields: Mapping[str, Class]
    of: tuple[str, ...] = ()
    told_with: str | None = None

    def name_of(self, field: str) -> str | None:
        """What a consent calls the field; None of one that is open."""
        if self.fields[field] is Class.PUBLIC:
            return None
        return self.told_with or f"{self.kind}.{field}"


def _view(
    kind: str, public: str = "", commercial: str = "", personal: str = "", of: str = ""
) -> Classified:
    classes = zip(Class, (public, commercial, personal), strict=True)
    fields = {name: each for each, names in classes for name in names.split()}
    told_with = "orders.amount" if kind == "quotes" else None
    return Classified(kind=kind, fields=fields, of=tuple(of.split()), told_with=told_with)


CATALOGUE: Final[Mapping[str, Classified]] = {
    "OrderView": _view(
        "orders",
        "order_id state version origin destination commitment accept_by ship_by placed_block"
        " attesters",
        "reference exporter importer amount details",
        of="order_id",
    ),
    "AttesterView": _view("orders", "kinds", "participant"),
    "TimelineEntry": _view(
        "orders",
        "cursor block log_index tx_hash at flow event kind words withdrawn tranche given needed"
        " facility_id evidence_id final",
        "actor to amount",
    ),
    "EvidenceView": _view(
        "orders",
        "evidence_id subject on_voyage kind state commitment occurred_at recorded_at"
        " recorded_block withdrawn_block supersedes",
        "attester",
        of="evidence_id",
    ),
    "TitleView": _view(
        "orders",
        "title_id order_id state form medium may_endorse surrender_reason commitment"
        " replaces replaced_by",
        "carrier shipper possessor endorsee surrendered_by deliver_to pledged_for",
        of="order_id",
    ),
    "DocumentView": _view(
        "documents",
        "document_id order_id owner kind format size_bytes commitment evidence_id version"
        " superseded_by stored_at",
        "reference sha256 summary",
        of="document_id",
    ),
    "FieldNamesView": _view("disclosures", commercial="fields"),
    "FacilityView": _view(
        "facilities",
        "facility_id order_id state held corridor terms document_root title_id requested_block"
        " requested_at lenders tranches approvals",
        "order_reference order_amount exporter importer amount drawn outstanding escrow reserve"
        " token terms_hash near_matches",
        of="facility_id",
    ),
    "TermsView": _view(
        "facilities",
        "order_version product basis",
        "interest_bps penalty_bps fee_bps reserve_bps platform platform_share_bps day_count"
        " matures_at grace_days default_days recourse",
    ),
    "LenderView": _view(
        "facilities",
        "approvals_given approvals_needed approved funded",
        "lender funding_bps loss_bps share principal true_up reserve outstanding",
    ),
    "TrancheView": _view(
        "facilities",
        "position state required required_twice blocking title_pledged not_before expires_at"
        " released_at released_block released_tx",
        "amount",
    ),
    "ApprovalView": _view(
        "facilities", "digest given needed block at", "lender", personal="officer key_id"
    ),
    "TrancheConditions": _view(
        "facilities", "tranche state decided_block met items holds", "amount"
    ),
    "HoldView": _view(
        "facilities",
        "tranche number held_at ended_at",
        "holder reason ended_because",
        "officer ended_by",
    ),
    "ConditionItem": _view("facilities", "condition kind met words proofs"),
    "Proof": _view("facilities", "evidence_id kind block at on_voyage state", "attester"),
    "PaymentView": _view(
        "facilities",
        "facility_id payouts block at",
        "reference payer amount outstanding",
        of="facility_id",
    ),
    "PayoutView": _view("facilities", "kind", "to amount"),
    "BreachView": _view(
        "breaches", "facility_id tranche block at mended_block causes", of="facility_id"
    ),
    "BreachCause": _view("breaches", "kind words cause evidence"),
    "DecisionView": _view(
        "decisions",
        "facility_id tranche block block_hash rules_hash met",
        "facts outcome",
        of="facility_id",
    ),
    "ReleaseView": _view(
        "releases",
        "facility_id order_id tranche state released_at released_block released_tx request"
        " attempts error holds",
        "amount",
        of="facility_id",
    ),
    "NearMatchView": _view("matches", "match_id status alike papers", "available decision"),
    "AlikeView": _view("matches", "kind", "text"),
    "OwnPaperView": _view("matches", "document_id kind", "reference"),
    "VerdictView": _view("matches", "verdict decided_at", "reason", "officer"),
    "ExaminationView": _view(
        "examinations",
        "examination_id order_id number state presented_on answer_by documents findings waivers"
        " evidence_id rules_hash examined_at",
        "bank",
        of="order_id",
    ),
    "ExaminedView": _view("examinations", "document_id kind", "sha256"),
    "FindingView": _view("examinations", "rule article severity", "asked found text text_zh"),
    "PlaceView": _view("examinations", "by place", "value"),
    "WaiverView": _view("examinations", "at", "participant reason", "label"),
    "VerificationView": _view("verification", "integrity findings attested", "fields goods"),
    "SayingView": _view("verification", "code about", "text"),
    "AttestedView": _view(
        "verification",
        "evidence_id kind state attester occurred_at recorded_at recorded_block withdrawn_block",
    ),
    "GoodsView": _view("verification", "status", "available"),
    "NoteView": _view(
        "notes", "number kind answers written_at", "author recipient text", "officer"
    ),
    "OfferView": _view(
        "offers",
        "offer_id version bank product currency settlement_bank day_count recourse lenders"
        " tranches corridors valid_from valid_until published_at withdrawn_at",
        "reference amount_min amount_max advance_bps tenor_days_max interest_bps penalty_bps"
        " fee_bps reserve_bps platform_share_bps grace_days default_days buyer_max country_max"
        " partners",
        of="bank",
    ),
    "OfferLenderView": _view("offers", "lender", "funding_bps loss_bps"),
    "OfferTrancheView": _view(
        "offers", "required required_twice blocking title_pledged open_days", "share_bps"
    ),
    "PolicyProposalView": _view(
        "policies",
        "proposal_id participant number policy currency offer_id state effective_at proposed_at"
        " decided_at version",
        "reference reason decision_reason changes",
        "proposed_by decided_by",
        of="participant",
    ),
    "PolicyChangeView": _view("policies", "field", "before after"),
    "QuoteView": _view(
        "quotes",
        "quote_id order_id order_version exporter partner matures_at block block_hash at"
        " expires_at facts_hash hash state accepted_offer accepted_at facility_id",
        "wanted offers unmatched",
        of="exporter partner",
    ),
    "QuotedOfferView": _view(
        "quotes",
        "offer_id version product tranches conditions terms_hash",
        "reference bank lenders advance interest fee cost net repayment platform_share reserve"
        " days annual_rate_bps interest_bps penalty_bps fee_bps reserve_bps platform_share_bps"
        " day_count matures_at grace_days default_days recourse",
    ),
    "QuotedLenderView": _view("quotes", commercial="participant funding_bps loss_bps"),
    "QuotedTrancheView": _view(
        "quotes",
        "required required_twice blocking missing title_pledged not_before expires_at",
        "amount",
    ),
    "ReasonView": _view("quotes", "code", "text"),
    "UnmatchedOfferView": _view("quotes", "offer_id version reasons", "reference bank"),
    "StatementView": _view("statements", "items totals next"),
    "StatementLineView": _view(
        "statements",
        "at block tx log_index facility_id order_id kind",
        "payer interest share_bps amount",
    ),
    "StatementTotalView": _view("statements", "month kind payouts", "amount"),
    "DepositView": _view("deposits", "participant account", "balance", of="participant"),
    "LimitView": _view(
        "limits", commercial="lender exporter limit used free", of="lender exporter"
    ),
    "BandsView": _view("bands", "lender currency", "bands", of="lender"),
    "BandView": _view("bands", commercial="up_to approvals"),
    "SandboxView": _view("members", "corridor cap used ends_at"),
    "ParticipantView": _view(
        "members",
        "participant state roles jurisdiction kyc_expires_at group account keys",
        of="participant",
    ),
    "KeyView": _view("members", "permissions added_at revoked_at", personal="key_id signer"),
    "ChainStatus": _view("chain", "chain_id genesis_hash first_block contracts as_of events"),
    "AsOf": _view("chain", "block block_hash timestamp final_block finality"),
    "CloudEvent": _view(
        "events",
        "specversion id source type subject time datacontenttype blocknumber blockhash txhash"
        " ledgerevent finality cursor",
        "data",
        of="subject",
    ),
    "ClientView": _view(
        "clients", "client_id lei scopes keys jwks_uri created_at disabled_at", "", "label key"
    ),
    "ClientKeyView": _view("clients", "kid thumbprint kty"),
    "WebhookView": _view(
        "webhooks",
        "webhook_id types order_id state reason waiting cursor failing_since created_at",
        "url description secret",
    ),
    "DeliveryView": _view(
        "webhooks",
        "delivery_id event_id type cursor state attempts status error tried_at next_at"
        " delivered_at",
    ),
    "ConsentView": _view(
        "consents",
        "consent_id consent_status owner third_party purpose access fields recurring_indicator"
        " frequency_per_day valid_until combined_service_indicator authorisations created_at"
        " changed_at",
    ),
    "ConsentStatusView": _view("consents", "consent_status"),
    "AccessView": _view("consents", "kind ids"),
    "AuthorisationView": _view("consents", "at", personal="label"),
    "AccessRecordView": _view(
        "consents",
        "record_id at owner reader consent_id purpose reason request_id read resources fields",
    ),
}
"""By the name of the view."""

EVERYBODYS: Final = ("chain", "members")
"""Kinds that every member may know; only what is not open in them is anybody's."""

CONTENT: Final = "documents.content"
"""A document's bytes: no field of an answer, and commercial."""


def nameable(kinds: tuple[str, ...]) -> tuple[str, ...]:
    """What a consent on these kinds may name, in the order of the alphabet."""
    found = {CONTENT} if "documents" in kinds else set[str]()
    for view in CATALOGUE.values():
        if view.kind in kinds:
            found.update(name for field in view.fields if (name := view.name_of(field)))
    return tuple(sorted(found))
