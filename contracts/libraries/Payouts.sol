// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {
    Facility,
    FinancingState,
    FinancingTerms,
    Owed,
    Payout,
    PayoutKind
} from "../types/Financings.sol";
import {FinancingId, ParticipantId} from "../types/Ids.sol";
import {Book} from "./Books.sol";
import {Shares} from "./Shares.sol";
import {Terms} from "./Terms.sol";

/// @title Who receives what of a payment, and of what is left when a facility ends.
library Payouts {
    using SafeCast for uint256;
    using Terms for FinancingTerms;

    struct List {
        Payout[] items;
        uint256 count;
    }

    /// @notice Splits a payment. Every claim is split on its running total, before and after, so
    /// that many small payments bring everybody the same, to the unit, as one large payment.
    /// After a default, principal makes good the loss in the shares in which it was borne, and then
    /// the reserve to those who had posted it.
    /// @param f Before the payment is booked.
    function ofPayment(FinancingTerms calldata terms, Facility memory f, Owed memory paid)
        internal
        pure
        returns (Payout[] memory)
    {
        List memory list = _list(terms);
        uint16[] memory funding = terms.fundingBps();
        _share(list, terms, funding, PayoutKind.FEES, f.feesPaid, paid.fees);
        _share(list, terms, funding, PayoutKind.PENALTY, f.penaltyPaid, paid.penalty);
        _addInterest(list, terms, f.interestPaid, f.interestPaid + paid.interest);
        if (f.state == FinancingState.DEFAULTED) {
            uint16[] memory loss = terms.lossBps();
            uint256 recovered = f.loss - f.outstanding;
            _share(list, terms, loss, PayoutKind.PRINCIPAL, recovered, paid.principal);
            _share(list, terms, loss, PayoutKind.RESERVE_RESTORED, f.restored, paid.reserveTopUp);
        } else {
            uint256 repaid = f.drawn - f.outstanding;
            _share(list, terms, funding, PayoutKind.PRINCIPAL, repaid, paid.principal);
        }
        return _trim(list);
    }

    /// @notice Who gets what a payment was more than the claims: what the payer did not owe is its
    /// own again, the rest is the exporter's.
    function ofRest(ParticipantId payer, uint128 refund, ParticipantId exporter, uint128 residual)
        internal
        pure
        returns (Payout[] memory)
    {
        List memory list = List(new Payout[](2), 0);
        _add(list, payer, PayoutKind.REFUND, refund);
        _add(list, exporter, PayoutKind.RESIDUAL, residual);
        return _trim(list);
    }

    /// @notice Divides escrow and reserve when a default is declared. The reserve pays first, to
    /// each lender what is outstanding with it; of the rest each bears its loss share, which those
    /// who lent less than they bear make good out of the true-up they had posted; what then is left
    /// goes back to whoever posted it.
    /// @param f Before the default is booked.
    /// @param cover Principal that the reserve pays.
    function ofDefault(FinancingTerms calldata terms, Facility memory f, uint128 cover)
        internal
        pure
        returns (Payout[] memory)
    {
        List memory list = _list(terms);
        uint16[] memory funding = terms.fundingBps();
        _share(list, terms, funding, PayoutKind.RESERVE_COVER, f.drawn - f.outstanding, cover);
        uint256 unused = f.reserve - cover;
        _share(list, terms, terms.lossBps(), PayoutKind.RESERVE_RETURNED, cover, unused);
        // slither-disable-next-line unused-return
        (uint256[] memory principal, uint256[] memory trueUp,) = terms.contributions();
        uint256[] memory drawn = Shares.split(f.drawn, funding);
        _addLossShares(list, terms, f, cover, trueUp);
        for (uint256 i; i < trueUp.length; ++i) {
            uint256 left = principal[i] - drawn[i] + trueUp[i];
            _add(list, terms.lenders[i].lender, PayoutKind.ESCROW_RETURNED, left);
        }
        return _trim(list);
    }

    /// @notice Takes out of escrow and reserve all that is left, for those who posted it.
    function empty(
        Book storage book,
        FinancingId financingId,
        FinancingTerms calldata terms,
        Facility memory f
    ) internal returns (Payout[] memory returned) {
        returned = ofRemainder(terms, f);
        f.escrow = 0;
        f.reserve = 0;
        book.store(financingId, f);
    }

    /// @notice What the lenders posted and the facility does not need any more.
    function ofRemainder(FinancingTerms calldata terms, Facility memory f)
        internal
        pure
        returns (Payout[] memory)
    {
        List memory list = _list(terms);
        (uint256[] memory principal, uint256[] memory trueUp, uint256[] memory reserve) =
            terms.contributions();
        uint256[] memory drawn = Shares.split(f.drawn, terms.fundingBps());
        for (uint256 i; i < terms.lenders.length; ++i) {
            if (f.fundedSet & (uint256(1) << i) == 0) continue;
            ParticipantId lender = terms.lenders[i].lender;
            uint256 escrow = principal[i] - drawn[i] + trueUp[i];
            _add(list, lender, PayoutKind.ESCROW_RETURNED, escrow);
            _add(list, lender, PayoutKind.RESERVE_RETURNED, reserve[i]);
        }
        return _trim(list);
    }

    /// @return list The first and then the second.
    function join(Payout[] memory first, Payout[] memory second)
        internal
        pure
        returns (Payout[] memory list)
    {
        list = new Payout[](first.length + second.length);
        for (uint256 i; i < list.length; ++i) {
            list[i] = i < first.length ? first[i] : second[i - first.length];
        }
    }

    /// @return transfers One for each recipient, of all that it receives.
    function merge(Payout[] memory a, Payout[] memory b)
        internal
        pure
        returns (Payout[] memory transfers)
    {
        List memory list = List(new Payout[](a.length + b.length), 0);
        for (uint256 i; i < a.length + b.length; ++i) {
            Payout memory item = i < a.length ? a[i] : b[i - a.length];
            uint256 j;
            while (j < list.count && list.items[j].to != item.to) ++j;
            if (j == list.count) _add(list, item.to, item.kind, item.amount);
            else list.items[j].amount += item.amount;
        }
        return _trim(list);
    }

    /// @dev Takes from `trueUp` what each who bears more than is outstanding with it owes the
    /// others. Rounding can make that a unit more than it had posted: then it is as much less that
    /// they get.
    function _addLossShares(
        List memory list,
        FinancingTerms calldata terms,
        Facility memory f,
        uint128 cover,
        uint256[] memory trueUp
    ) private pure {
        uint256 loss = f.outstanding - cover;
        uint256[] memory bears = Shares.split(loss, terms.lossBps());
        uint256[] memory exposed = Shares.between(f.drawn - loss, f.drawn, terms.fundingBps());
        uint256 pool;
        for (uint256 i; i < bears.length; ++i) {
            if (bears[i] <= exposed[i]) continue;
            uint256 taken = Math.min(bears[i] - exposed[i], trueUp[i]);
            trueUp[i] -= taken;
            pool += taken;
        }
        for (uint256 i; i < bears.length; ++i) {
            if (exposed[i] <= bears[i]) continue;
            uint256 given = Math.min(exposed[i] - bears[i], pool);
            pool -= given;
            _add(list, terms.lenders[i].lender, PayoutKind.LOSS_SHARE, given);
        }
    }

    /// @dev The platform's part is rounded down, on the running total: the rest is the lenders'.
    function _addInterest(List memory list, FinancingTerms calldata terms, uint256 from, uint256 to)
        private
        pure
    {
        uint256 before = Shares.portionDown(from, terms.platformShareBps);
        uint256 now_ = Shares.portionDown(to, terms.platformShareBps);
        uint256 lenders = (to - now_) - (from - before);
        _share(list, terms, terms.fundingBps(), PayoutKind.INTEREST, from - before, lenders);
        _add(list, terms.platform, PayoutKind.PLATFORM_SHARE, now_ - before);
    }

    /// @param from What was paid of this claim before.
    function _share(
        List memory list,
        FinancingTerms calldata terms,
        uint16[] memory bps,
        PayoutKind kind,
        uint256 from,
        uint256 amount
    ) private pure {
        if (amount == 0) return;
        uint256[] memory parts = Shares.between(from, from + amount, bps);
        for (uint256 i; i < parts.length; ++i) {
            _add(list, terms.lenders[i].lender, kind, parts[i]);
        }
    }

    /// @return Room for five kinds to each lender, and one to the platform.
    function _list(FinancingTerms calldata terms) private pure returns (List memory) {
        return List(new Payout[](5 * terms.lenders.length + 1), 0);
    }

    function _add(List memory list, ParticipantId to, PayoutKind kind, uint256 amount)
        private
        pure
    {
        if (amount == 0) return;
        list.items[list.count] = Payout(to, kind, amount.toUint128());
        ++list.count;
    }

    function _trim(List memory list) private pure returns (Payout[] memory items) {
        items = new Payout[](list.count);
        for (uint256 i; i < list.count; ++i) {
            items[i] = list.items[i];
        }
    }
}
