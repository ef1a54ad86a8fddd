// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EvidenceKey, KindSet} from "./EvidenceKinds.sol";
import {AssetKey, OrderId, ParticipantId, TitleId} from "./Ids.sol";

enum FinancingState {
    NONE,
    REQUESTED,
    APPROVED,
    FUNDED,
    RELEASED,
    REPAID,
    DECLINED,
    LAPSED,
    OVERDUE,
    DEFAULTED,
    RECOVERED,
    WRITTEN_OFF
}

/// @dev What is financed. One state machine serves all three; the product says which facts every
/// tranche must ask for at the least (`Terms.minimum`), and `recourse` whether the exporter answers
/// for a default.
/// ORDER_FINANCE before shipment, on the buyer's order. RECEIVABLE_FINANCE after shipment, on what
/// the buyer has acknowledged to owe for goods on board, with the bill of lading pledged.
/// INVOICE_DISCOUNTING on the acknowledged invoice alone.
enum Product {
    ORDER_FINANCE,
    RECEIVABLE_FINANCE,
    INVOICE_DISCOUNTING
}

/// @dev ISDA 2006 4.16(e) and (d): actual days over 360, and over 365 fixed.
enum DayCount {
    ACT_360,
    ACT_365F
}

/// @dev Why a tranche is not released: the bit of the reason in `Conditions.unmet`.
enum Condition {
    STATE,
    TRANCHE,
    DATES,
    HOLD,
    ORDER,
    APPROVALS,
    EVIDENCE,
    EVIDENCE_TWICE,
    BLOCKED,
    TITLE,
    PARTIES,
    LIMIT,
    SANDBOX,
    RESERVE,
    ENCUMBRANCE,
    RECOURSE
}

enum PayoutKind {
    FEES,
    PENALTY,
    INTEREST,
    PLATFORM_SHARE,
    PRINCIPAL,
    RESIDUAL,
    RESERVE_RETURNED,
    ESCROW_RETURNED,
    REFUND,
    RESERVE_COVER,
    LOSS_SHARE,
    RESERVE_RESTORED
}

/// @param fundingBps Share of the money lent, basis points; all together 10,000.
/// @param lossBps Share of a loss, basis points; all together 10,000. What it exceeds
/// fundingBps is posted as cash before release.
struct LenderShare {
    ParticipantId lender;
    uint16 fundingBps;
    uint16 lossBps;
}

/// @param required Kinds that at least one named attester must have attested.
/// @param requiredTwice Kinds that two unrelated named attesters must have attested.
/// @param blocking Kinds that must be absent, besides those that are adverse to any release.
/// @param titlePledged Whether the bill of lading must be pledged, at the latest by this
/// release. @param notBefore Unix seconds.
/// @param expiresAt Unix seconds; not released by then, the tranche lapses.
struct Tranche {
    uint128 amount;
    KindSet required;
    KindSet requiredTwice;
    KindSet blocking;
    bool titlePledged;
    uint64 notBefore;
    uint64 expiresAt;
}

/// @param naturalKey Keyed hash of the facility's reference; with orderId it gives the id.
/// @param token The settlement token lent and repaid in; its currency must be the order's.
/// @param assetKeys Keys of the goods in the register against double financing, the order's
/// first; each lender recomputes them from the documents before it approves.
/// @param product What is financed, and so what every tranche must ask for at the least.
/// @param basis The evidence about this order that the approvals rest on; withdrawn or
/// superseded, they fall.
/// @param interestBps Per year.
/// @param penaltyBps Per year, on top, after maturity.
/// @param feeBps Once, of each amount released.
/// @param reserveBps Cash reserve over outstanding principal, at least 500.
/// @param platform Who earns platformShareBps (at most 2,000) of the interest; zero when
/// nobody.
/// @param maturesAt Unix seconds.
/// @param graceDays Days after maturity without penalty.
/// @param defaultDays Days after grace in which an overdue facility can only be paid; from then on
/// a lender may declare the default.
/// @param recourse Whether the exporter answers for a default.
struct FinancingTerms {
    OrderId orderId;
    uint32 orderVersion;
    bytes32 naturalKey;
    Product product;
    address token;
    AssetKey[] assetKeys;
    EvidenceKey[] basis;
    LenderShare[] lenders;
    Tranche[] tranches;
    uint16 interestBps;
    uint16 penaltyBps;
    uint16 feeBps;
    uint16 reserveBps;
    ParticipantId platform;
    uint16 platformShareBps;
    DayCount dayCount;
    uint64 maturesAt;
    uint16 graceDays;
    uint16 defaultDays;
    bool recourse;
}

/// @param releasedSet Bit i set when tranche i has been released.
/// @param lapsedSet Bit i set when tranche i has lapsed.
/// @param fundedSet Bit i set when lender i has posted its contribution.
/// @param recourseClaimed Whether the exporter has been called on to answer for the default.
/// @param accruedAt Unix seconds up to which principalDays and penaltyDays are counted.
/// @param outstanding Principal released and not repaid.
/// @param escrow Cash posted by the lenders and not yet released, true-ups included.
/// @param reserve Cash held against loss.
/// @param principalDays Sum over days of outstanding principal: interest owed is the ceiling of
/// principalDays x interestBps / (10,000 x year) less what has been paid, so that no rounding
/// ever accumulates.
/// @param paidByImporter All that the order's importer has paid; beyond the order's amount it
/// overpays.
/// @param loss Principal that neither debtor nor reserve had paid when the default was declared.
/// @param covered Principal that the reserve paid at the default: owed back to it.
/// @param restored Of `covered`, what has been paid back since.
/// @dev The first eight slots are all that a release touches, the next two are a repayment's, and
/// the last are written by a default alone.
struct Facility {
    FinancingState state;
    bool held;
    bool recourseClaimed;
    ParticipantId exporter;
    uint8 releasedSet;
    uint8 lapsedSet;
    uint8 fundedSet;
    uint40 accruedAt;
    bytes32 termsHash;
    bytes32 documentRoot;
    uint128 outstanding;
    uint128 drawn;
    uint128 escrow;
    uint128 reserve;
    uint256 principalDays;
    uint256 penaltyDays;
    TitleId titleId;
    uint128 feesPaid;
    uint128 penaltyPaid;
    uint128 interestPaid;
    uint128 paidByImporter;
    uint128 loss;
    uint128 covered;
    uint128 restored;
}

/// @param unmet One bit per Condition that is not met; 0 means releasable.
/// @param missing Kinds of `required` without an attestation.
/// @param missingTwice Kinds of `requiredTwice` without a second, unrelated attestation.
/// @param blocking Kinds present that block.
struct Conditions {
    uint32 unmet;
    KindSet missing;
    KindSet missingTwice;
    KindSet blocking;
}

/// @dev What is owed at this block, in the order in which a payment is applied.
struct Owed {
    uint128 fees;
    uint128 penalty;
    uint128 interest;
    uint128 principal;
    uint128 reserveTopUp;
}

struct Payout {
    ParticipantId to;
    PayoutKind kind;
    uint128 amount;
}

/// @dev One officer's word.
/// @param signer ERC-7913 signer of a DECIDE key of a lender in the terms.
/// @param deadline Unix seconds, signed too.
/// @param signature Over `approvalDigest`.
struct SignOff {
    bytes signer;
    uint64 deadline;
    bytes signature;
}

/// @param upTo Amounts up to this need `approvals` signatures; bands ascend.
struct Band {
    uint128 upTo;
    uint8 approvals;
}
