// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IFinancing} from "../interfaces/IFinancing.sol";
import {Facility, FinancingState, FinancingTerms, Payout} from "../types/Financings.sol";
import {FinancingId, ParticipantId} from "../types/Ids.sol";
import {Book, Books, Registers} from "./Books.sol";
import {Cash} from "./Cash.sol";
import {Payouts} from "./Payouts.sol";
import {Terms} from "./Terms.sol";

/// @title What the lenders post, and what goes back to them when a facility ends undrawn. Linked:
/// its code runs for Financing.
library Escrows {
    using SafeCast for uint256;
    using Terms for FinancingTerms;

    /// @notice See IFinancing.fund. Escrow counts principal and true-up.
    function fund(
        Book storage book,
        Registers memory registers,
        bytes calldata sent,
        ParticipantId lender
    ) external {
        // Check:
        (FinancingId financingId, FinancingTerms calldata terms) = book.known(sent);
        book.requireState(financingId, FinancingState.APPROVED);
        uint256 index = Books.requireLender(financingId, terms, lender);
        require(
            book.facilities[financingId].fundedSet & _bit(index) == 0,
            IFinancing.Financing_AlreadyFunded(financingId, lender)
        );
        book.requireStanding(registers, financingId, terms);

        // Effect:
        uint256 amount = _post(book, financingId, terms, index);

        // Interaction:
        Cash.pull(registers.participants, financingId, terms.token, lender, amount);
    }

    /// @notice See IFinancing.lapse. While something else may still be released or is outstanding,
    /// the cash of a lapsed tranche stays in escrow and goes back with the rest when the facility
    /// ends. When every tranche has lapsed, each lender gets exactly what it posted, at once.
    function lapse(
        Book storage book,
        Registers memory registers,
        bytes calldata sent,
        uint8 tranche
    ) external {
        // Check:
        (FinancingId financingId, FinancingTerms calldata terms) = book.known(sent);
        Facility memory f = book.load(financingId);
        _requireLapsing(financingId, terms, f, tranche);

        // Effect:
        bool reserved = f.state != FinancingState.REQUESTED;
        uint128 amount = terms.tranches[tranche].amount;
        ParticipantId caller = registers.participants.participantOf(msg.sender);
        f.lapsedSet |= uint8(1) << tranche;
        book.store(financingId, f);
        emit IFinancing.TrancheLapsed(terms.orderId, financingId, caller, tranche, amount);
        Payout[] memory returned;
        if (f.lapsedSet == (uint256(1) << terms.tranches.length) - 1) {
            returned = Payouts.empty(book, financingId, terms, f);
            book.advance(financingId, f.state, FinancingState.LAPSED);
            emit IFinancing.FinancingLapsed(terms.orderId, financingId, caller, returned);
        }

        // Interaction:
        if (reserved) registers.encumbrances.free(financingId, amount, 0);
        Payout[] memory none = new Payout[](0);
        Cash.distribute(book, registers.participants, financingId, terms, returned, none);
    }

    /// @notice See IFinancing.contribution.
    function contribution(Book storage book, bytes calldata sent, ParticipantId lender)
        external
        view
        returns (uint128 principal, uint128 trueUp, uint128 reserve)
    {
        (FinancingId financingId, FinancingTerms calldata terms) = book.known(sent);
        return _contribution(terms, Books.requireLender(financingId, terms, lender));
    }

    /// @return All that the lender posts.
    function _post(
        Book storage book,
        FinancingId financingId,
        FinancingTerms calldata terms,
        uint256 index
    ) private returns (uint256) {
        ParticipantId lender = terms.lenders[index].lender;
        Facility storage f = book.facilities[financingId];
        (uint128 principal, uint128 trueUp, uint128 reserve) = _contribution(terms, index);
        f.escrow += principal + trueUp;
        f.reserve += reserve;
        f.fundedSet |= _bit(index);
        emit IFinancing.LenderFunded(terms.orderId, financingId, lender, principal, trueUp, reserve);
        if (f.fundedSet == (uint256(1) << terms.lenders.length) - 1) {
            book.advance(financingId, FinancingState.APPROVED, FinancingState.FUNDED);
            emit IFinancing.FinancingFunded(terms.orderId, financingId, lender);
        }
        return uint256(principal) + trueUp + reserve;
    }

    function _requireLapsing(
        FinancingId financingId,
        FinancingTerms calldata terms,
        Facility memory f,
        uint8 tranche
    ) private view {
        bool live = f.state >= FinancingState.REQUESTED && f.state <= FinancingState.RELEASED
            || f.state == FinancingState.OVERDUE;
        require(
            live, IFinancing.Financing_WrongState(financingId, f.state, FinancingState.RELEASED)
        );
        require(
            tranche < terms.tranches.length && Books.isOpen(f.releasedSet | f.lapsedSet, tranche),
            IFinancing.Financing_TrancheClosed(financingId, tranche)
        );
        uint64 expiresAt = terms.tranches[tranche].expiresAt;
        require(
            block.timestamp > expiresAt,
            IFinancing.Financing_NotYetLapsed(financingId, tranche, expiresAt)
        );
    }

    function _bit(uint256 index) private pure returns (uint8) {
        return (uint256(1) << index).toUint8();
    }

    function _contribution(FinancingTerms calldata terms, uint256 index)
        private
        pure
        returns (uint128 principal, uint128 trueUp, uint128 reserve)
    {
        (uint256[] memory a, uint256[] memory b, uint256[] memory c) = terms.contributions();
        return (a[index].toUint128(), b[index].toUint128(), c[index].toUint128());
    }
}
