// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Facility, FinancingTerms, Owed, Payout, PayoutKind} from "../types/Financings.sol";
import {FinancingId, ParticipantId} from "../types/Ids.sol";
import {Book} from "./Books.sol";
import {Shares} from "./Shares.sol";
import {Terms} from "./Terms.sol";

/// @title Who receives what of a payment, and of what is left when a facility ends.
library Payouts {
    using SafeCast for uint256;
    using Terms for FinancingTerms;

    /// @dev Four lenders, four kinds each, and one each for the platform and the exporter.
    uint256 private constant MOST = 18;

    struct List {
        Payout[] items;
        uint256 count;
    }

    /// @notice Splits a payment. Every claim is split on its running total, before and after, so
    /// that many small payments bring everybody the same, to the unit, as one large payment.
    /// @param f Before the payment is booked.
    /// @param rest What exceeds the claims: the exporter's.
    function ofPayment(
        FinancingTerms calldata terms,
        Facility memory f,
        Owed memory paid,
        uint128 rest
    ) internal pure returns (Payout[] memory) {
        List memory list = List(new Payout[](MOST), 0);
        _addShares(list, terms, PayoutKind.FEES, f.feesPaid, f.feesPaid + paid.fees);
        _addShares(list, terms, PayoutKind.PENALTY, f.penaltyPaid, f.penaltyPaid + paid.penalty);
        _addInterest(list, terms, f.interestPaid, f.interestPaid + paid.interest);
        uint256 repaid = f.drawn - f.outstanding;
        _addShares(list, terms, PayoutKind.PRINCIPAL, repaid, repaid + paid.principal);
        _add(list, f.exporter, PayoutKind.RESIDUAL, rest);
        return _trim(list);
    }

    /// @notice Takes out of escrow and reserve all that is left, for those who posted it.
    function empty(
        Book storage book,
        FinancingId financingId,
        FinancingTerms calldata terms,
        Facility memory f
    ) internal returns (Payout[] memory returned) {
        returned = ofRemainder(terms, f, book.fundedSets[financingId]);
        f.escrow = 0;
        f.reserve = 0;
        book.store(financingId, f);
    }

    /// @notice What the lenders posted and the facility does not need any more.
    /// @param fundedSet Bit i set when lender i has posted its contribution.
    function ofRemainder(FinancingTerms calldata terms, Facility memory f, uint256 fundedSet)
        internal
        pure
        returns (Payout[] memory)
    {
        List memory list = List(new Payout[](MOST), 0);
        (uint256[] memory principal, uint256[] memory trueUp, uint256[] memory reserve) =
            terms.contributions();
        uint256[] memory drawn = Shares.split(f.drawn, terms.fundingBps());
        for (uint256 i; i < terms.lenders.length; ++i) {
            if (fundedSet & (uint256(1) << i) == 0) continue;
            ParticipantId lender = terms.lenders[i].lender;
            uint256 escrow = principal[i] - drawn[i] + trueUp[i];
            _add(list, lender, PayoutKind.ESCROW_RETURNED, escrow);
            _add(list, lender, PayoutKind.RESERVE_RETURNED, reserve[i]);
        }
        return _trim(list);
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

    /// @dev The platform's part is rounded down, on the running total: the rest is the lenders'.
    function _addInterest(List memory list, FinancingTerms calldata terms, uint256 from, uint256 to)
        private
        pure
    {
        uint256 before = Shares.portionDown(from, terms.platformShareBps);
        uint256 now_ = Shares.portionDown(to, terms.platformShareBps);
        _addShares(list, terms, PayoutKind.INTEREST, from - before, to - now_);
        _add(list, terms.platform, PayoutKind.PLATFORM_SHARE, now_ - before);
    }

    function _addShares(
        List memory list,
        FinancingTerms calldata terms,
        PayoutKind kind,
        uint256 from,
        uint256 to
    ) private pure {
        uint256[] memory parts = Shares.between(from, to, terms.fundingBps());
        for (uint256 i; i < parts.length; ++i) {
            _add(list, terms.lenders[i].lender, kind, parts[i]);
        }
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
