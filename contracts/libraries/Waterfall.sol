// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Facility, FinancingTerms, Owed} from "../types/Financings.sol";
import {Interest} from "./Interest.sol";
import {Shares} from "./Shares.sol";
import {Terms} from "./Terms.sol";

/// @title What a facility owes and which claim a payment serves first.
library Waterfall {
    using SafeCast for uint256;
    using Terms for FinancingTerms;

    /// @notice Counts principal days, and late days, up to `now_`.
    function accrue(Facility memory f, FinancingTerms calldata terms, uint256 now_) internal pure {
        (uint256 principal, uint256 late) = _daysOf(terms, f.outstanding, f.accruedAt, now_);
        f.principalDays += principal;
        f.penaltyDays += late;
        f.accruedAt = now_.toUint40();
    }

    /// @notice As `accrue`, on file; what does not grow is not touched.
    function settle(Facility storage f, FinancingTerms calldata terms, uint256 now_) internal {
        (uint256 principal, uint256 late) = _daysOf(terms, f.outstanding, f.accruedAt, now_);
        if (principal != 0) f.principalDays += principal;
        if (late != 0) f.penaltyDays += late;
        f.accruedAt = now_.toUint40();
    }

    /// @param f Accrued up to now. What the reserve has paid out is owed back to it, without
    /// interest: interest runs on what is outstanding.
    function owed(Facility memory f, FinancingTerms calldata terms)
        internal
        pure
        returns (Owed memory due)
    {
        if (f.drawn == 0) return due;
        due.fees = (Shares.portionUp(f.drawn, terms.feeBps) - f.feesPaid).toUint128();
        due.penalty = _unpaid(f.penaltyDays, terms.penaltyBps, terms, f.penaltyPaid);
        due.interest = _unpaid(f.principalDays, terms.interestBps, terms, f.interestPaid);
        due.principal = f.outstanding;
        due.reserveTopUp = f.covered - f.restored;
    }

    /// @notice Applies a payment to the claims in their order.
    /// @return paid What each claim receives; together with `rest` it is the amount.
    function run(Owed memory due, uint128 amount)
        internal
        pure
        returns (Owed memory paid, uint128 rest)
    {
        (paid.fees, rest) = _serve(due.fees, amount);
        (paid.penalty, rest) = _serve(due.penalty, rest);
        (paid.interest, rest) = _serve(due.interest, rest);
        (paid.principal, rest) = _serve(due.principal, rest);
        (paid.reserveTopUp, rest) = _serve(due.reserveTopUp, rest);
    }

    /// @notice Books what a payment brought.
    function book(Facility memory f, Owed memory paid) internal pure {
        f.feesPaid += paid.fees;
        f.penaltyPaid += paid.penalty;
        f.interestPaid += paid.interest;
        f.outstanding -= paid.principal;
        f.restored += paid.reserveTopUp;
    }

    /// @return principal Sum over days of what is outstanding.
    /// @return late As above, over the days after grace.
    function _daysOf(FinancingTerms calldata terms, uint256 outstanding, uint256 from, uint256 to)
        private
        pure
        returns (uint256 principal, uint256 late)
    {
        principal = outstanding * Interest.daysBetween(from, to);
        late = outstanding * Interest.daysLate(from, to, terms.maturesAt, terms.graceDays);
    }

    function _unpaid(
        uint256 principalDays,
        uint256 bps,
        FinancingTerms calldata terms,
        uint128 paid
    ) private pure returns (uint128) {
        return (Interest.total(principalDays, bps, terms.dayCount) - paid).toUint128();
    }

    function _serve(uint128 claim, uint128 money)
        private
        pure
        returns (uint128 paid, uint128 rest)
    {
        paid = claim < money ? claim : money;
        rest = money - paid;
    }
}
