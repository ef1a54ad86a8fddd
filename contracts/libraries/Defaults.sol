// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IEncumbrances} from "../interfaces/IEncumbrances.sol";
import {IFinancing} from "../interfaces/IFinancing.sol";
import {Facility, FinancingState, FinancingTerms, Owed, Payout} from "../types/Financings.sol";
import {FinancingId, NO_TITLE, ParticipantId, TitleId} from "../types/Ids.sol";
import {Permission} from "../types/Roles.sol";
import {Book, Books, Registers} from "./Books.sol";
import {Cash} from "./Cash.sol";
import {Payouts} from "./Payouts.sol";
import {Terms} from "./Terms.sol";
import {Waterfall} from "./Waterfall.sol";

/// @title What happens when a facility is not repaid in time. Linked: its code runs for Financing.
library Defaults {
    using SafeCast for uint256;
    using Terms for FinancingTerms;
    using Waterfall for Facility;

    /// @notice See IFinancing.markOverdue.
    function markOverdue(Book storage book, Registers memory registers, bytes calldata sent)
        external
    {
        // Check:
        (FinancingId financingId, FinancingTerms calldata terms) = book.known(sent);
        // slither-disable-next-line unused-return
        (uint256 overdueAfter,) = terms.deadlines();
        _requirePast(financingId, overdueAfter);

        // Effect:
        book.advance(financingId, FinancingState.RELEASED, FinancingState.OVERDUE);
        ParticipantId caller = registers.participants.participantOf(msg.sender);
        uint128 outstanding = book.facilities[financingId].outstanding;
        emit IFinancing.FinancingOverdue(terms.orderId, financingId, caller, outstanding);
    }

    /// @notice See IFinancing.declareDefault.
    function declare(Book storage book, Registers memory registers, bytes calldata sent) external {
        // Check:
        (FinancingId financingId, FinancingTerms calldata terms, ParticipantId lender) =
            _byLender(book, registers, sent);
        // slither-disable-next-line unused-return
        (, uint256 defaultAfter) = terms.deadlines();
        _requirePast(financingId, defaultAfter);
        book.requireState(financingId, FinancingState.OVERDUE);

        // Effect:
        Facility memory f = book.load(financingId);
        f.accrue(terms, block.timestamp);
        uint128 cover = Math.min(f.reserve, f.outstanding).toUint128();
        Payout[] memory payouts = Payouts.ofDefault(terms, f, cover);
        book.relieve(financingId, terms, f, cover);
        Books.lapseRest(financingId, terms, f, lender);
        f.outstanding -= cover;
        f.covered = cover;
        f.loss = f.outstanding;
        f.escrow = 0;
        f.reserve = 0;
        book.store(financingId, f);
        book.advance(financingId, FinancingState.OVERDUE, FinancingState.DEFAULTED);
        emit IFinancing.FinancingDefaulted(
            terms.orderId, financingId, lender, cover, f.loss, payouts
        );

        // Interaction:
        IEncumbrances.Holding memory held = registers.encumbrances.holding(financingId);
        if (held.reserved != 0) registers.encumbrances.free(financingId, held.reserved, 0);
        Payout[] memory none = new Payout[](0);
        Cash.distribute(book, registers.participants, financingId, terms, payouts, none);
    }

    /// @notice See IFinancing.claimRecourse.
    function claimRecourse(Book storage book, Registers memory registers, bytes calldata sent)
        external
    {
        // Check:
        (FinancingId financingId, FinancingTerms calldata terms, ParticipantId lender) =
            _byLender(book, registers, sent);
        book.requireState(financingId, FinancingState.DEFAULTED);
        require(terms.recourse, IFinancing.Financing_NoRecourse(financingId));
        Facility memory f = book.load(financingId);
        require(!f.recourseClaimed, IFinancing.Financing_RecourseClaimed(financingId));

        // Effect:
        book.facilities[financingId].recourseClaimed = true;
        ++book.recourses[f.exporter];
        f.accrue(terms, block.timestamp);
        Owed memory due = f.owed(terms);
        uint128 amount = due.fees + due.penalty + due.interest + due.principal + due.reserveTopUp;
        emit IFinancing.RecourseClaimed(terms.orderId, financingId, lender, f.exporter, amount);
    }

    /// @notice See IFinancing.enforceTitle.
    function enforceTitle(Book storage book, Registers memory registers, bytes calldata sent)
        external
    {
        // Check:
        (FinancingId financingId, FinancingTerms calldata terms, ParticipantId lender) =
            _byLender(book, registers, sent);
        ParticipantId lead = terms.lead();
        require(lender == lead, IFinancing.Financing_NotLead(financingId, lead, lender));
        Facility storage f = book.facilities[financingId];
        require(
            f.state == FinancingState.DEFAULTED || f.state == FinancingState.WRITTEN_OFF,
            IFinancing.Financing_WrongState(financingId, f.state, FinancingState.DEFAULTED)
        );
        TitleId titleId = f.titleId;
        require(!(titleId == NO_TITLE), IFinancing.Financing_TitleNotPledged(financingId));

        // Effect:
        f.titleId = NO_TITLE;
        emit IFinancing.CollateralEnforced(terms.orderId, financingId, lender, titleId);

        // Interaction:
        registers.titles.enforce(terms.orderId, financingId, lender);
    }

    /// @notice See IFinancing.writeOff.
    function writeOff(Book storage book, Registers memory registers, bytes calldata sent) external {
        // Check:
        (FinancingId financingId, FinancingTerms calldata terms, ParticipantId lender) =
            _byLender(book, registers, sent);
        book.requireState(financingId, FinancingState.DEFAULTED);
        uint256 bit = uint256(1) << terms.indexOf(lender);
        uint256 agreed = book.writeOffSets[financingId];
        require(agreed & bit == 0, IFinancing.Financing_WriteOffAgreed(financingId, lender));

        // Effect:
        agreed |= bit;
        book.writeOffSets[financingId] = agreed;
        emit IFinancing.WriteOffAgreed(terms.orderId, financingId, lender);
        if (agreed != (uint256(1) << terms.lenders.length) - 1) return;
        Facility memory f = book.load(financingId);
        f.accrue(terms, block.timestamp);
        uint128 lost = f.outstanding;
        book.relieve(financingId, terms, f, lost);
        f.outstanding = 0;
        book.store(financingId, f);
        book.advance(financingId, FinancingState.DEFAULTED, FinancingState.WRITTEN_OFF);
        emit IFinancing.FinancingWrittenOff(terms.orderId, financingId, lender, lost);

        // Interaction:
        book.letGo(registers, financingId, f);
    }

    /// @return financingId Of the facility with these terms.
    /// @return terms Those that were sent.
    /// @return lender The caller's participant, which is one of its lenders.
    function _byLender(Book storage book, Registers memory registers, bytes calldata sent)
        private
        view
        returns (FinancingId financingId, FinancingTerms calldata terms, ParticipantId lender)
    {
        (financingId, terms) = book.known(sent);
        lender = registers.participants.actor(msg.sender, Permission.DECIDE);
        // Called for its refusal.
        // slither-disable-next-line unused-return
        Books.requireLender(financingId, terms, lender);
    }

    function _requirePast(FinancingId financingId, uint256 deadline) private view {
        require(
            block.timestamp > deadline,
            IFinancing.Financing_NotYetDue(financingId, deadline.toUint64())
        );
    }
}
