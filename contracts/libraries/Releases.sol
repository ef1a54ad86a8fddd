// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEncumbrances} from "../interfaces/IEncumbrances.sol";
import {IFinancing} from "../interfaces/IFinancing.sol";
import {ITitles} from "../interfaces/ITitles.sol";
import {ITradeOrders} from "../interfaces/ITradeOrders.sol";
import {ADVERSE_KINDS, KindSet} from "../types/EvidenceKinds.sol";
import {
    Condition,
    Conditions,
    Facility,
    FinancingState,
    FinancingTerms,
    Tranche
} from "../types/Financings.sol";
import {AssetKey, FinancingId, NO_ASSET, NO_TITLE, ParticipantId, TitleId} from "../types/Ids.sol";
import {Book, Books, Origin, Registers} from "./Books.sol";
import {Cash} from "./Cash.sol";
import {Limits} from "./Limits.sol";
import {Shares} from "./Shares.sol";
import {Terms} from "./Terms.sol";
import {Waterfall} from "./Waterfall.sol";

/// @title The one predicate that money waits for, and the payment when it holds. Every condition is
/// looked at, none hides another; what the release itself would use up counts as used. Linked: its
/// code runs for Financing.
library Releases {
    using Terms for FinancingTerms;
    using Waterfall for Facility;

    /// @dev What the predicate looks at, read once.
    /// @param parts What the release adds to each lender's outstanding.
    struct Sight {
        FinancingId financingId;
        ParticipantId exporter;
        Origin origin;
        KindSet once;
        KindSet twice;
        TitleId titleId;
        uint256[] parts;
    }

    /// @notice See IFinancing.release.
    function release(
        Book storage book,
        Registers memory registers,
        bytes calldata sent,
        uint8 tranche
    ) external {
        // Check:
        (FinancingId financingId, FinancingTerms calldata terms) = book.known(sent);
        (Conditions memory c, Sight memory seen) =
            _examine(book, registers, financingId, terms, tranche);
        require(c.unmet == 0, IFinancing.Financing_ConditionsNotMet(financingId, tranche, c));

        // Effect:
        uint128 amount = terms.tranches[tranche].amount;
        _book(book, terms, tranche, seen);
        _announce(book, registers, terms, tranche, seen);

        // Interaction:
        registers.encumbrances.commit(financingId, amount);
        if (terms.tranches[tranche].titlePledged) {
            // The predicate has seen which bill it is.
            // slither-disable-next-line unused-return
            registers.titles.takePledge(terms.orderId, financingId);
            registers.encumbrances.link(financingId, _keyOf(seen.titleId));
        }
        Cash.pay(registers.participants, terms.token, seen.exporter, amount);
    }

    /// @notice See IFinancing.conditions.
    function conditions(
        Book storage book,
        Registers memory registers,
        bytes calldata sent,
        uint8 tranche
    ) external view returns (Conditions memory c) {
        (FinancingId financingId, FinancingTerms calldata terms) = book.known(sent);
        (c,) = _examine(book, registers, financingId, terms, tranche);
    }

    function _book(
        Book storage book,
        FinancingTerms calldata terms,
        uint8 tranche,
        Sight memory seen
    ) private {
        Facility storage f = book.facilities[seen.financingId];
        uint128 amount = terms.tranches[tranche].amount;
        f.settle(terms, block.timestamp);
        f.escrow -= amount;
        f.outstanding += amount;
        f.drawn += amount;
        f.releasedSet |= uint8(1) << tranche;
        f.titleId = seen.titleId;
        if (f.state == FinancingState.FUNDED) {
            book.advance(seen.financingId, FinancingState.FUNDED, FinancingState.RELEASED);
        }
        bytes3 currency = seen.origin.currency;
        for (uint256 i; i < seen.parts.length; ++i) {
            book.limits.draw(terms.lenders[i].lender, seen.exporter, currency, seen.parts[i]);
        }
        book.limits.sandboxes[seen.origin.corridor][currency].used += amount;
    }

    function _announce(
        Book storage book,
        Registers memory registers,
        FinancingTerms calldata terms,
        uint8 tranche,
        Sight memory seen
    ) private {
        Facility storage f = book.facilities[seen.financingId];
        emit IFinancing.TrancheReleased(
            terms.orderId,
            seen.financingId,
            registers.participants.participantOf(msg.sender),
            tranche,
            terms.tranches[tranche].amount,
            f.outstanding,
            f.reserve,
            seen.once,
            seen.twice,
            seen.titleId
        );
    }

    /// @dev A tranche that the terms do not have is unmet as such and has nothing else to look at.
    function _examine(
        Book storage book,
        Registers memory registers,
        FinancingId financingId,
        FinancingTerms calldata terms,
        uint8 index
    ) private view returns (Conditions memory c, Sight memory seen) {
        if (index >= terms.tranches.length) {
            c.unmet = _unless(false, Condition.TRANCHE);
            return (c, seen);
        }
        Tranche calldata tranche = terms.tranches[index];
        Facility storage f = book.facilities[financingId];
        seen = _see(book, registers, financingId, terms, tranche);
        c.missing = tranche.required.missingFrom(seen.once);
        c.missingTwice = tranche.requiredTwice.missingFrom(seen.twice);
        c.blocking = tranche.blocking.union(ADVERSE_KINDS).intersect(seen.once);
        c.unmet = _unless(c.missing.isEmpty(), Condition.EVIDENCE)
            | _unless(c.missingTwice.isEmpty(), Condition.EVIDENCE_TWICE)
            | _unless(c.blocking.isEmpty(), Condition.BLOCKED)
            | _unless(Books.isOpen(f.releasedSet | f.lapsedSet, index), Condition.TRANCHE)
            | _unmetByFacility(terms, tranche, f)
            | _unmetByOthers(registers, terms, tranche, seen, f.documentRoot)
            | _unmetByLimits(book, terms, tranche, seen);
    }

    function _see(
        Book storage book,
        Registers memory registers,
        FinancingId financingId,
        FinancingTerms calldata terms,
        Tranche calldata tranche
    ) private view returns (Sight memory seen) {
        seen.financingId = financingId;
        Facility storage f = book.facilities[financingId];
        seen.exporter = f.exporter;
        seen.origin = book.origins[financingId];
        (seen.once, seen.twice) = registers.evidence.kinds(terms.orderId);
        seen.titleId = tranche.titlePledged
            ? registers.titles.titleFor(terms.orderId, financingId)
            : f.titleId;
        uint256 drawn = f.drawn;
        seen.parts = Shares.between(drawn, drawn + tranche.amount, terms.fundingBps());
    }

    function _unmetByFacility(
        FinancingTerms calldata terms,
        Tranche calldata tranche,
        Facility storage f
    ) private view returns (uint32) {
        bool paying = f.state == FinancingState.FUNDED || f.state == FinancingState.RELEASED;
        bool begun = tranche.notBefore <= block.timestamp;
        bool expired = block.timestamp > tranche.expiresAt;
        uint256 kept = Shares.portionUp(uint256(f.outstanding) + tranche.amount, terms.reserveBps);
        return _unless(paying, Condition.STATE) | _unless(begun && !expired, Condition.DATES)
            | _unless(!f.held, Condition.HOLD) | _unless(f.reserve >= kept, Condition.RESERVE);
    }

    function _unmetByOthers(
        Registers memory registers,
        FinancingTerms calldata terms,
        Tranche calldata tranche,
        Sight memory seen,
        bytes32 documentRoot
    ) private view returns (uint32) {
        // slither-disable-next-line unused-return
        (ITradeOrders.OrderState state, uint32 version,) = registers.orders.standing(terms.orderId);
        bool accepted = state == ITradeOrders.OrderState.ACCEPTED;
        bool standing = version == terms.orderVersion
            && registers.evidence.documentRoot(terms.orderId, terms.basis) == documentRoot;
        bool pledged = !tranche.titlePledged
            || _isTitleReady(registers.titles, seen.titleId, seen.origin.importer);
        return _unless(accepted, Condition.ORDER) | _unless(standing, Condition.APPROVALS)
            | _unless(pledged, Condition.TITLE)
            | _unless(_areActive(registers, terms, seen.exporter), Condition.PARTIES)
            | _unless(_isEncumbered(registers, tranche, seen), Condition.ENCUMBRANCE);
    }

    function _unmetByLimits(
        Book storage book,
        FinancingTerms calldata terms,
        Tranche calldata tranche,
        Sight memory seen
    ) private view returns (uint32) {
        Origin memory origin = seen.origin;
        bool fits = true;
        for (uint256 i; i < seen.parts.length; ++i) {
            ParticipantId lender = terms.lenders[i].lender;
            fits = fits && book.limits.fits(lender, seen.exporter, origin.currency, seen.parts[i]);
        }
        bool capped =
            Limits.fits(book.limits.sandboxes[origin.corridor][origin.currency], tranche.amount);
        bool clear = book.recourses[seen.exporter] == 0;
        return _unless(fits, Condition.LIMIT) | _unless(capped, Condition.SANDBOX)
            | _unless(clear, Condition.RECOURSE);
    }

    /// @dev An offer stands until it is taken or withdrawn, and is only ever of a bill that its
    /// possessor may pledge: Titles sees to both.
    function _isTitleReady(ITitles titles, TitleId titleId, ParticipantId importer)
        private
        view
        returns (bool)
    {
        if (titleId == NO_TITLE) return false;
        ITitles.Pledge memory offer = titles.pledge(titleId);
        return offer.pledgee == address(this) && offer.deliverTo == importer;
    }

    /// @dev The bill joins the goods' family, so it must not belong to another consignment.
    function _isEncumbered(Registers memory registers, Tranche calldata tranche, Sight memory seen)
        private
        view
        returns (bool)
    {
        IEncumbrances.Holding memory held = registers.encumbrances.holding(seen.financingId);
        if (held.reserved < tranche.amount || block.timestamp > held.expiresAt) return false;
        if (!tranche.titlePledged) return true;
        AssetKey family = registers.encumbrances.familyOf(_keyOf(seen.titleId));
        return family == NO_ASSET || family == held.family;
    }

    function _areActive(
        Registers memory registers,
        FinancingTerms calldata terms,
        ParticipantId exporter
    ) private view returns (bool active) {
        active = registers.participants.isActive(exporter);
        for (uint256 i; i < terms.lenders.length; ++i) {
            // Terms.MAX_LENDERS bounds it.
            // slither-disable-next-line calls-loop
            active = active && registers.participants.isActive(terms.lenders[i].lender);
        }
    }

    function _keyOf(TitleId titleId) private pure returns (AssetKey) {
        return AssetKey.wrap(TitleId.unwrap(titleId));
    }

    function _unless(bool met, Condition condition) private pure returns (uint32) {
        return met ? 0 : uint32(1) << uint8(condition);
    }
}
