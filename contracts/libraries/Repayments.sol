// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEncumbrances} from "../interfaces/IEncumbrances.sol";
import {IFinancing} from "../interfaces/IFinancing.sol";
import {Facility, FinancingState, FinancingTerms, Owed, Payout} from "../types/Financings.sol";
import {FinancingId, NO_TITLE, ParticipantId} from "../types/Ids.sol";
import {Permission} from "../types/Roles.sol";
import {Book, Books, Origin, Registers} from "./Books.sol";
import {Cash} from "./Cash.sol";
import {Payouts} from "./Payouts.sol";
import {Shares} from "./Shares.sol";
import {Terms} from "./Terms.sol";
import {Waterfall} from "./Waterfall.sol";

/// @title Payments, and the end of a facility that is fully repaid. Linked: its code runs for
/// Financing.
library Repayments {
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
        FinancingTerms calldata terms,
        uint128 amount,
        bytes32 paymentReference
    ) external {
        // Check:
        FinancingId financingId = book.known(terms);
        book.requireState(financingId, FinancingState.RELEASED);
        Payment memory payment;
        payment.payer = registers.participants.actor(msg.sender, Permission.DECIDE);
        payment.amount = amount;
        payment.paymentReference = paymentReference;
        _requireNew(book, financingId, payment);

        // Effect:
        book.paid[financingId][paymentReference] = true;
        Facility memory f = book.load(financingId);
        Payout[] memory payouts = _apply(book, financingId, terms, f, payment);
        bool ends = f.outstanding == 0;
        Payout[] memory returned;
        if (ends) returned = _close(book, financingId, terms, f, payment.payer);

        // Interaction:
        Cash.pull(registers.participants, financingId, terms.token, payment.payer, amount);
        Cash.pay(registers.participants, terms.token, payouts, returned);
        if (ends) _letGo(registers, financingId, terms, f, payment.payer);
    }

    /// @notice See IFinancing.handOverTitle.
    function handOver(Book storage book, Registers memory registers, FinancingTerms calldata terms)
        external
    {
        // Check:
        FinancingId financingId = book.known(terms);
        book.requireState(financingId, FinancingState.REPAID);
        require(
            !(registers.titles.titleFor(terms.orderId, financingId) == NO_TITLE),
            IFinancing.Financing_TitleNotPledged(financingId)
        );

        // Interaction:
        registers.titles.deliver(terms.orderId, financingId);
    }

    /// @notice See IFinancing.owed.
    function owed(Book storage book, FinancingTerms calldata terms)
        external
        view
        returns (Owed memory)
    {
        Facility memory f = book.load(book.known(terms));
        f.accrue(terms, block.timestamp);
        return f.owed(terms);
    }

    /// @dev The waterfall: fees, penalty, interest, principal, reserve top-up, the rest.
    function _apply(
        Book storage book,
        FinancingId financingId,
        FinancingTerms calldata terms,
        Facility memory f,
        Payment memory payment
    ) private returns (Payout[] memory payouts) {
        f.accrue(terms, block.timestamp);
        (Owed memory paid, uint128 rest) = f.owed(terms).run(payment.amount);
        payouts = Payouts.ofPayment(terms, f, paid, rest);
        _relieve(book, financingId, terms, f, paid.principal);
        f.book(paid);
        book.store(financingId, f);
        emit IFinancing.Repaid(
            terms.orderId,
            financingId,
            payment.payer,
            payment.paymentReference,
            payment.amount,
            paid.reserveTopUp,
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
        for (uint8 i; i < terms.tranches.length; ++i) {
            if (!Books.isOpen(f, i)) continue;
            f.lapsedSet |= uint16(1) << i;
            emit IFinancing.TrancheLapsed(
                terms.orderId, financingId, payer, i, terms.tranches[i].amount
            );
        }
        returned = Payouts.empty(book, financingId, terms, f);
        book.advance(financingId, FinancingState.RELEASED, FinancingState.REPAID);
        emit IFinancing.FinancingRepaid(terms.orderId, financingId, payer, returned);
    }

    /// @dev Repayment never waits for the title: what cannot move now is handed over later.
    function _letGo(
        Registers memory registers,
        FinancingId financingId,
        FinancingTerms calldata terms,
        Facility memory f,
        ParticipantId payer
    ) private {
        IEncumbrances.Holding memory held = registers.encumbrances.holding(financingId);
        registers.encumbrances.free(financingId, held.reserved, held.committed);
        if (f.titleId == NO_TITLE) return;
        try registers.titles.deliver(terms.orderId, financingId) {
            return;
        } catch {
            emit IFinancing.TitleHandOverPostponed(terms.orderId, financingId, payer);
        }
    }

    /// @dev Limits and sandbox get back what each lender gets back.
    /// @param f Before the payment is booked.
    function _relieve(
        Book storage book,
        FinancingId financingId,
        FinancingTerms calldata terms,
        Facility memory f,
        uint128 principal
    ) private {
        Origin memory origin = book.origins[financingId];
        uint256 repaid = f.drawn - f.outstanding;
        uint256[] memory parts = Shares.between(repaid, repaid + principal, terms.fundingBps());
        for (uint256 i; i < parts.length; ++i) {
            book.limits.restore(terms.lenders[i].lender, f.exporter, origin.currency, parts[i]);
        }
        book.limits.sandboxes[origin.corridor][origin.currency].used -= principal;
    }

    function _requireNew(Book storage book, FinancingId financingId, Payment memory payment)
        private
        view
    {
        require(payment.amount != 0, IFinancing.Financing_ZeroPayment(financingId));
        require(
            !book.paid[financingId][payment.paymentReference],
            IFinancing.Financing_PaymentRepeated(financingId, payment.paymentReference)
        );
    }
}
