// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IFinancing} from "../interfaces/IFinancing.sol";
import {Facility, FinancingState, FinancingTerms, Owed, Payout} from "../types/Financings.sol";
import {FinancingId, NO_TITLE, OrderId, ParticipantId} from "../types/Ids.sol";
import {Permission} from "../types/Roles.sol";
import {Book, Books, Registers} from "./Books.sol";
import {Cash} from "./Cash.sol";
import {Payouts} from "./Payouts.sol";
import {Terms} from "./Terms.sol";
import {Waterfall} from "./Waterfall.sol";

/// @title Payments, and the end of a facility that is fully repaid or recovered. Linked: its code
/// runs for Financing.
library Repayments {
    using SafeCast for uint256;
    using Terms for FinancingTerms;
    using Waterfall for Facility;
    using Waterfall for Owed;

    /// @dev A payment of `amount` by `payer`, as it is applied.
    struct Payment {
        ParticipantId payer;
        uint128 amount;
        bytes32 paymentReference;
    }

    /// @notice See IFinancing.repay.
    function repay(
        Book storage book,
        Registers memory registers,
        bytes calldata sent,
        uint128 amount,
        bytes32 paymentReference
    ) external {
        // Check:
        (FinancingId financingId, FinancingTerms calldata terms) = book.known(sent);
        Facility memory f = book.load(financingId);
        require(
            _isPayable(f.state),
            IFinancing.Financing_WrongState(financingId, f.state, FinancingState.RELEASED)
        );
        ParticipantId payer = registers.participants.actor(msg.sender, Permission.DECIDE);
        Payment memory payment = Payment(payer, amount, paymentReference);
        bytes32 made = _requireNew(book, financingId, payment);

        // Effect:
        book.paid[financingId][made] = true;
        Payout[] memory payouts = _apply(book, registers, financingId, terms, f, payment);
        bool ends = f.outstanding == 0 && f.restored == f.covered;
        Payout[] memory returned;
        if (ends) returned = _close(book, financingId, terms, f, payer);

        // Interaction:
        Cash.pull(registers.participants, financingId, terms.token, payer, amount);
        Cash.distribute(book, registers.participants, financingId, terms, payouts, returned);
        if (ends) _letGo(book, registers, financingId, terms, f, payer);
    }

    /// @notice See IFinancing.claimCredit.
    function claimCredit(
        Book storage book,
        Registers memory registers,
        bytes calldata sent,
        ParticipantId participant
    ) external {
        // Check:
        (FinancingId financingId, FinancingTerms calldata terms) = book.known(sent);
        uint256 amount = book.credits[financingId][participant];
        require(amount != 0, IFinancing.Financing_NoCredit(financingId, participant));

        // Effect:
        book.credits[financingId][participant] = 0;
        emit IFinancing.CreditClaimed(terms.orderId, financingId, participant, amount);

        // Interaction:
        Cash.pay(registers.participants, terms.token, participant, amount);
    }

    /// @notice See IFinancing.handOverTitle.
    function handOver(Book storage book, Registers memory registers, bytes calldata sent) external {
        // Check:
        (FinancingId financingId, FinancingTerms calldata terms) = book.known(sent);
        FinancingState state = book.facilities[financingId].state;
        require(
            state == FinancingState.REPAID || state == FinancingState.RECOVERED,
            IFinancing.Financing_WrongState(financingId, state, FinancingState.REPAID)
        );
        require(
            !(registers.titles.titleFor(terms.orderId, financingId) == NO_TITLE),
            IFinancing.Financing_TitleNotPledged(financingId)
        );

        // Interaction:
        registers.titles.deliver(terms.orderId, financingId);
    }

    /// @notice See IFinancing.owed.
    function owed(Book storage book, bytes calldata sent) external view returns (Owed memory) {
        (FinancingId financingId, FinancingTerms calldata terms) = book.known(sent);
        Facility memory f = book.load(financingId);
        f.accrue(terms, block.timestamp);
        return f.owed(terms);
    }

    /// @dev The waterfall: fees, penalty, interest, principal, reserve top-up, the rest.
    function _apply(
        Book storage book,
        Registers memory registers,
        FinancingId financingId,
        FinancingTerms calldata terms,
        Facility memory f,
        Payment memory payment
    ) private returns (Payout[] memory payouts) {
        f.accrue(terms, block.timestamp);
        (Owed memory paid, uint128 rest) = f.owed(terms).run(payment.amount);
        uint128 refund = payment.payer == book.origins[financingId].importer
            ? _overpaid(registers, terms.orderId, f, payment.amount, rest)
            : rest;
        payouts = Payouts.join(
            Payouts.ofPayment(terms, f, paid),
            Payouts.ofRest(payment.payer, refund, f.exporter, rest - refund)
        );
        book.relieve(financingId, terms, f, paid.principal);
        f.book(paid);
        book.store(financingId, f);
        emit IFinancing.Repaid(
            terms.orderId,
            financingId,
            payment.payer,
            payment.paymentReference,
            payment.amount,
            f.outstanding,
            payouts
        );
    }

    /// @dev Nothing is owed any more: what was not drawn lapses, what was posted goes back.
    function _close(
        Book storage book,
        FinancingId financingId,
        FinancingTerms calldata terms,
        Facility memory f,
        ParticipantId payer
    ) private returns (Payout[] memory returned) {
        if (f.state == FinancingState.DEFAULTED) {
            book.advance(financingId, FinancingState.DEFAULTED, FinancingState.RECOVERED);
            emit IFinancing.FinancingRecovered(terms.orderId, financingId, payer);
            return returned;
        }
        Books.lapseRest(financingId, terms, f, payer);
        returned = Payouts.empty(book, financingId, terms, f);
        book.advance(financingId, f.state, FinancingState.REPAID);
        emit IFinancing.FinancingRepaid(terms.orderId, financingId, payer, returned);
    }

    /// @dev Repayment never waits for the title: what cannot move now is handed over later.
    function _letGo(
        Book storage book,
        Registers memory registers,
        FinancingId financingId,
        FinancingTerms calldata terms,
        Facility memory f,
        ParticipantId payer
    ) private {
        // The event tells how the call ended, and the verbs that come here are nonReentrant.
        // slither-disable-next-line reentrancy-events
        book.letGo(registers, financingId, f);
        if (f.titleId == NO_TITLE) return;
        try registers.titles.deliver(terms.orderId, financingId) {
            return;
        } catch {
            emit IFinancing.TitleHandOverPostponed(terms.orderId, financingId, payer);
        }
    }

    /// @dev The importer owes the exporter the order's amount, however much of it was financed.
    /// @return What of `rest` is beyond that. What anybody else pays too much is its own anyway.
    function _overpaid(
        Registers memory registers,
        OrderId orderId,
        Facility memory f,
        uint128 amount,
        uint128 rest
    ) private view returns (uint128) {
        f.paidByImporter += amount;
        if (rest == 0) return 0;
        uint256 price = registers.orders.order(orderId).terms.amount;
        return Math.min(rest, Math.saturatingSub(f.paidByImporter, price)).toUint128();
    }

    /// @return made What this payment is kept under: a reference is its payer's own.
    function _requireNew(Book storage book, FinancingId financingId, Payment memory payment)
        private
        view
        returns (bytes32 made)
    {
        require(payment.amount != 0, IFinancing.Financing_ZeroPayment(financingId));
        made = keccak256(abi.encode(payment.payer, payment.paymentReference));
        require(
            !book.paid[financingId][made],
            IFinancing.Financing_PaymentRepeated(financingId, payment.paymentReference)
        );
    }

    function _isPayable(FinancingState state) private pure returns (bool) {
        return state == FinancingState.RELEASED || state == FinancingState.OVERDUE
            || state == FinancingState.DEFAULTED;
    }
}
