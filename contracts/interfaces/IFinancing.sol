// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {KindSet} from "../types/EvidenceKinds.sol";
import {
    Band,
    Conditions,
    Facility,
    FinancingState,
    FinancingTerms,
    Owed,
    Payout,
    SignOff
} from "../types/Financings.sol";
import {FinancingId, OrderId, ParticipantId, TitleId} from "../types/Ids.sol";

/// @title Facilities: what was asked, who approved it, what has been released and what is owed.
/// @notice States: NONE > REQUESTED > APPROVED > FUNDED > RELEASED > REPAID; REQUESTED > DECLINED;
/// REQUESTED, APPROVED or FUNDED > LAPSED; RELEASED > OVERDUE > REPAID or DEFAULTED; DEFAULTED >
/// RECOVERED or WRITTEN_OFF. The terms are stored as a hash: every verb is given them in full, as
/// the FinancingRequested event published them. All amounts are minor units of the token's
/// currency.
interface IFinancing {
    event FinancingRequested(
        OrderId indexed orderId,
        FinancingId indexed financingId,
        ParticipantId indexed exporter,
        FinancingTerms terms,
        bytes32 termsHash,
        bytes32 documentRoot
    );
    event ApprovalGiven(
        OrderId indexed orderId,
        FinancingId indexed financingId,
        ParticipantId indexed lender,
        bytes32 keyId,
        bytes32 digest,
        uint8 given,
        uint8 needed
    );
    /// @param lender Whose sign-off was the last one needed; zero when fewer are needed than
    /// before.
    event FinancingApproved(
        OrderId indexed orderId, FinancingId indexed financingId, ParticipantId indexed lender
    );
    event FinancingDeclined(
        OrderId indexed orderId, FinancingId indexed financingId, ParticipantId indexed lender
    );
    /// @param principal Posted towards the release, by funding share.
    /// @param trueUp Posted because the loss share exceeds the funding share.
    /// @param reserve Posted into the reserve, by loss share.
    event LenderFunded(
        OrderId indexed orderId,
        FinancingId indexed financingId,
        ParticipantId indexed lender,
        uint128 principal,
        uint128 trueUp,
        uint128 reserve
    );
    event FinancingFunded(
        OrderId indexed orderId, FinancingId indexed financingId, ParticipantId indexed lender
    );
    /// @param caller Whoever asked; zero when it is nobody's key.
    /// @param once Kinds attested when the tranche was released.
    /// @param twice As `Evidence.kinds`.
    event TrancheReleased(
        OrderId indexed orderId,
        FinancingId indexed financingId,
        ParticipantId indexed caller,
        uint8 tranche,
        uint128 amount,
        uint128 outstanding,
        uint128 reserve,
        KindSet once,
        KindSet twice,
        TitleId titleId
    );
    /// @dev One of a batch that was refused; nothing of it has happened.
    /// @param caller Whoever asked; zero when it is nobody's key.
    /// @param reason What `release` would have reverted with; empty when its gas was short.
    event TrancheNotReleased(
        OrderId indexed orderId,
        FinancingId indexed financingId,
        ParticipantId indexed caller,
        uint8 tranche,
        bytes reason
    );
    event TrancheLapsed(
        OrderId indexed orderId,
        FinancingId indexed financingId,
        ParticipantId indexed caller,
        uint8 tranche,
        uint128 amount
    );
    event FinancingLapsed(
        OrderId indexed orderId,
        FinancingId indexed financingId,
        ParticipantId indexed caller,
        Payout[] returned
    );
    /// @param payouts Where the payment went, to the minor unit; their sum is `amount`.
    event Repaid(
        OrderId indexed orderId,
        FinancingId indexed financingId,
        ParticipantId indexed payer,
        bytes32 paymentReference,
        uint128 amount,
        uint128 outstanding,
        Payout[] payouts
    );
    /// @param returned Reserve, true-up and undrawn escrow back to the lenders.
    event FinancingRepaid(
        OrderId indexed orderId,
        FinancingId indexed financingId,
        ParticipantId indexed payer,
        Payout[] returned
    );
    /// @dev The title could not move when the last payment came; `handOverTitle` moves it later.
    event TitleHandOverPostponed(
        OrderId indexed orderId, FinancingId indexed financingId, ParticipantId indexed payer
    );
    event FinancingOverdue(
        OrderId indexed orderId,
        FinancingId indexed financingId,
        ParticipantId indexed caller,
        uint128 outstanding
    );
    /// @param covered Principal that the reserve paid.
    /// @param loss Principal that is left, which the lenders bear by their loss shares.
    /// @param payouts Where escrow and reserve went, to the minor unit.
    event FinancingDefaulted(
        OrderId indexed orderId,
        FinancingId indexed financingId,
        ParticipantId indexed lender,
        uint128 covered,
        uint128 loss,
        Payout[] payouts
    );
    /// @param amount All that is owed at this block.
    event RecourseClaimed(
        OrderId indexed orderId,
        FinancingId indexed financingId,
        ParticipantId indexed lender,
        ParticipantId exporter,
        uint128 amount
    );
    /// @dev `lender` now has the bill, for all lenders.
    event CollateralEnforced(
        OrderId indexed orderId,
        FinancingId indexed financingId,
        ParticipantId indexed lender,
        TitleId titleId
    );
    event FinancingRecovered(
        OrderId indexed orderId, FinancingId indexed financingId, ParticipantId indexed payer
    );
    event WriteOffAgreed(
        OrderId indexed orderId, FinancingId indexed financingId, ParticipantId indexed lender
    );
    /// @param amount Principal that is given up.
    event FinancingWrittenOff(
        OrderId indexed orderId,
        FinancingId indexed financingId,
        ParticipantId indexed lender,
        uint128 amount
    );
    /// @dev A recipient could not be paid, so its money waits here until `claimCredit`.
    event CreditBooked(
        OrderId indexed orderId,
        FinancingId indexed financingId,
        ParticipantId indexed participant,
        uint128 amount
    );
    event CreditClaimed(
        OrderId indexed orderId,
        FinancingId indexed financingId,
        ParticipantId indexed participant,
        uint256 amount
    );
    event HoldPlaced(
        OrderId indexed orderId, FinancingId indexed financingId, ParticipantId indexed regulator
    );
    event HoldLifted(
        OrderId indexed orderId, FinancingId indexed financingId, ParticipantId indexed regulator
    );
    event LimitSet(
        ParticipantId indexed lender, ParticipantId indexed exporter, bytes3 currency, uint128 limit
    );
    event BandsSet(ParticipantId indexed lender, bytes3 indexed currency, Band[] bands);
    /// @param corridor Origin and destination country codes, four characters.
    event SandboxCapSet(
        bytes4 indexed corridor,
        bytes3 indexed currency,
        ParticipantId indexed regulator,
        uint128 cap,
        uint64 endsAt
    );

    error Financing_WrongState(
        FinancingId financingId, FinancingState current, FinancingState needed
    );
    error Financing_AlreadyRequested(FinancingId financingId);
    error Financing_TermsDiffer(FinancingId financingId, bytes32 current, bytes32 given);
    /// @param field Name of the field of FinancingTerms that breaks a rule, as ASCII.
    error Financing_InvalidTerms(bytes32 field);
    error Financing_NotExporter(OrderId orderId, ParticipantId actor);
    error Financing_NotLender(FinancingId financingId, ParticipantId participant);
    error Financing_SignatureInvalid(FinancingId financingId, bytes32 keyId);
    error Financing_SignatureExpired(FinancingId financingId, uint64 deadline);
    error Financing_AlreadyApproved(FinancingId financingId, bytes32 keyId);
    /// @dev Thrown when the lender has all the signatures that it needs.
    error Financing_ApprovedEnough(FinancingId financingId, ParticipantId lender);
    /// @dev Thrown when the key that requested the facility also tries to approve it.
    error Financing_MakerIsChecker(FinancingId financingId, bytes32 keyId);
    /// @dev Thrown when an item of the basis was withdrawn or superseded since the request.
    error Financing_BasisChanged(FinancingId financingId, bytes32 requested, bytes32 current);
    error Financing_OrderNotAccepted(OrderId orderId);
    error Financing_AlreadyFunded(FinancingId financingId, ParticipantId lender);
    error Financing_ConditionsNotMet(FinancingId financingId, uint8 tranche, Conditions conditions);
    error Financing_LengthsDiffer(uint256 terms, uint256 tranches);
    error Financing_TooManyReleases(uint256 count, uint256 limit);
    error Financing_PaymentRepeated(FinancingId financingId, bytes32 paymentReference);
    error Financing_ZeroPayment(FinancingId financingId);
    error Financing_NotYetLapsed(FinancingId financingId, uint8 tranche, uint64 expiresAt);
    /// @dev Thrown when there is no such tranche, or it has been released or has lapsed already.
    error Financing_TrancheClosed(FinancingId financingId, uint8 tranche);
    /// @dev Thrown when the token moved another amount than it was asked to.
    error Financing_ReceivedDiffers(FinancingId financingId, uint256 asked, uint256 received);
    error Financing_TitleNotPledged(FinancingId financingId);
    error Financing_NotYetDue(FinancingId financingId, uint64 deadline);
    error Financing_NoRecourse(FinancingId financingId);
    error Financing_RecourseClaimed(FinancingId financingId);
    /// @dev Thrown when another lender than the one with the largest loss share acts on the
    /// security.
    error Financing_NotLead(FinancingId financingId, ParticipantId lead, ParticipantId actor);
    error Financing_WriteOffAgreed(FinancingId financingId, ParticipantId lender);
    error Financing_NoCredit(FinancingId financingId, ParticipantId participant);
    error Financing_HoldUnchanged(FinancingId financingId, bool held);
    error Financing_InvalidBands(ParticipantId lender);

    /// @notice Asks for a facility on an accepted order. Caller: the order's exporter, SUBMIT.
    function request(FinancingTerms calldata terms) external returns (FinancingId);

    /// @notice Records officers' signatures over `approvalDigest`, one or many, of one lender or of
    /// all. Anybody may carry them here. The lender's last needed signature completes its approval;
    /// the last lender's completes the facility and reserves the goods for it.
    function approve(FinancingTerms calldata terms, SignOff[] calldata signOffs) external;

    /// @notice Caller: a lender in the terms, DECIDE, before the facility is approved.
    function decline(FinancingTerms calldata terms) external;

    /// @notice Draws a lender's contribution from its account (allowance) once all have approved;
    /// the approvals are the authority, so anybody may ask. Funded by all: FUNDED.
    function fund(FinancingTerms calldata terms, ParticipantId lender) external;

    /// @notice Pays a tranche to the exporter iff every condition holds now; anybody may call.
    /// Money, encumbrance and title move together or not at all.
    function release(FinancingTerms calldata terms, uint8 tranche) external;

    /// @notice As `release`, for many tranches in their order, at most 100: tranches[i] of
    /// terms[i]. Each by itself moves all or nothing, and one that is refused stops none of the
    /// others. For
    /// every pair there is exactly one event, {TrancheReleased} or {TrancheNotReleased} with the
    /// reason. Anybody.
    /// @dev A batch that is short of gas reverts, or refuses what ran out of it for an empty
    /// reason. @return releasedSet Bit i set when tranches[i] has been released.
    function releaseMany(FinancingTerms[] calldata terms, uint8[] calldata tranches)
        external
        returns (uint256 releasedSet);

    /// @notice Pays what is owed, from the payer's account (allowance): fees, penalty, interest,
    /// principal, reserve top-up, each claim to the unit before the next. Of the importer's money
    /// the rest goes to the exporter, up to the order's amount; whatever else is too much goes back
    /// to
    /// the payer. The payment that leaves nothing owed ends the facility (REPAID, after a default
    /// RECOVERED) and hands the title over. Whoever cannot be paid gets a credit. Caller: any
    /// participant, DECIDE, while RELEASED, OVERDUE or DEFAULTED.
    /// @param paymentReference Keyed hash of the payer's own reference; used once per facility and
    /// payer.
    function repay(FinancingTerms calldata terms, uint128 amount, bytes32 paymentReference) external;

    /// @notice Ends a tranche that was not released in time and frees what was kept for it.
    function lapse(FinancingTerms calldata terms, uint8 tranche) external;

    /// @notice RELEASED > OVERDUE, once maturity and grace have passed: nothing is released any
    /// more, and penalty runs. Anybody.
    function markOverdue(FinancingTerms calldata terms) external;

    /// @notice OVERDUE > DEFAULTED, once the days for default have passed too. The reserve pays
    /// outstanding principal first; of the rest every lender bears its loss share (`split` of the
    /// loss), settled now out of the true-ups posted; what is left of escrow and reserve goes back
    /// to whoever posted it. What the debtor owes does not change: what the reserve paid is owed
    /// back to it. Caller: a lender in the terms, DECIDE.
    function declareDefault(FinancingTerms calldata terms) external;

    /// @notice Calls on the exporter to answer for the default. While a claim is open, nothing is
    /// released to that exporter by any lender. Caller: a lender in the terms, DECIDE; the terms
    /// must give recourse.
    function claimRecourse(FinancingTerms calldata terms) external;

    /// @notice Takes the pledged bill after a default, for all lenders. Caller: the lender with the
    /// largest loss share (the first of equals), DECIDE.
    function enforceTitle(FinancingTerms calldata terms) external;

    /// @notice Agrees to give up what is outstanding; with the last lender: DEFAULTED >
    /// WRITTEN_OFF, and goods, limits and a recourse claim are let go. Caller: a lender in the
    /// terms, DECIDE.
    function writeOff(FinancingTerms calldata terms) external;

    /// @notice Pays out what waits for a participant that could not be paid before. Anybody.
    function claimCredit(FinancingTerms calldata terms, ParticipantId participant) external;

    /// @notice Delivers the title of a repaid or recovered facility whose delivery was postponed.
    /// Anybody.
    function handOverTitle(FinancingTerms calldata terms) external;

    /// @notice Stops releases. Caller: role REGULATOR, DECIDE.
    function placeHold(FinancingTerms calldata terms) external;

    /// @notice Caller: role REGULATOR, DECIDE.
    function liftHold(FinancingTerms calldata terms) external;

    /// @notice Sets what a lender is ready to have outstanding with an exporter. Caller: the
    /// lender, DECIDE. Unset is zero: nothing is released.
    function setLimit(ParticipantId exporter, bytes3 currency, uint128 limit) external;

    /// @notice Sets how many signatures the caller's participant needs by amount, at least two
    /// each. Caller: DECIDE. Unset is two.
    function setBands(bytes3 currency, Band[] calldata bands) external;

    /// @notice Caps what may be outstanding in a corridor. Caller: role REGULATOR, DECIDE. Unset is
    /// zero: nothing is released.
    function setSandboxCap(bytes4 corridor, bytes3 currency, uint128 cap, uint64 endsAt) external;

    function facility(FinancingId financingId) external view returns (Facility memory);

    /// @return What stands between a tranche and its release at this block.
    function conditions(FinancingTerms calldata terms, uint8 tranche)
        external
        view
        returns (Conditions memory);

    function owed(FinancingTerms calldata terms) external view returns (Owed memory);

    /// @return EIP-712 digest of Approval(financingId, termsHash, documentRoot, lender, deadline).
    function approvalDigest(FinancingTerms calldata terms, ParticipantId lender, uint64 deadline)
        external
        view
        returns (bytes32);

    /// @return given Signatures of this lender so far.
    /// @return needed What its bands ask for.
    function approvals(FinancingTerms calldata terms, ParticipantId lender)
        external
        view
        returns (uint8 given, uint8 needed);

    /// @return principal Share of the money lent.
    /// @return trueUp Excess of the loss share.
    /// @return reserve Share of the reserve, by loss share.
    function contribution(FinancingTerms calldata terms, ParticipantId lender)
        external
        view
        returns (uint128 principal, uint128 trueUp, uint128 reserve);

    /// @return Minor units that wait for the participant.
    function creditOf(FinancingId financingId, ParticipantId participant)
        external
        view
        returns (uint256);

    /// @return Whether a recourse claim against the exporter is open.
    function isUnderRecourse(ParticipantId exporter) external view returns (bool);

    /// @return limit What the lender allows.
    /// @return used Its share of what is outstanding.
    function limitOf(ParticipantId lender, ParticipantId exporter, bytes3 currency)
        external
        view
        returns (uint128 limit, uint128 used);

    function sandboxOf(bytes4 corridor, bytes3 currency)
        external
        view
        returns (uint128 cap, uint128 used, uint64 endsAt);
}
