// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Payouts} from "contracts/libraries/Payouts.sol";
import {Waterfall} from "contracts/libraries/Waterfall.sol";
import {
    DayCount,
    Facility,
    FinancingTerms,
    LenderShare,
    Owed,
    Payout,
    PayoutKind,
    Tranche
} from "contracts/types/Financings.sol";
import {ParticipantId} from "contracts/types/Ids.sol";
import {Test} from "../utils/Test.sol";

contract WaterfallTest is Test {
    using Waterfall for Facility;
    using Waterfall for Owed;

    ParticipantId private constant _EXPORTER = ParticipantId.wrap("exporter");
    ParticipantId private constant _PLATFORM = ParticipantId.wrap("platform");
    uint128 private constant _TOTAL = 100_000_00;

    Facility private _kept;

    function test_Accrue() external view {
        FinancingTerms memory terms = _terms(1);
        Facility memory f = _drawn(1000);
        f.accruedAt = 10 days;
        f = this.accrue(f, terms, 40 days + 5);
        assertEq(f.principalDays, 30_000);
        assertEq(f.penaltyDays, 0);
        assertEq(f.accruedAt, 40 days + 5);
        f = this.accrue(f, terms, 110 days);
        assertEq(f.principalDays, 100_000);
        assertEq(f.penaltyDays, 5000);
    }

    function testFuzz_Settle(uint128 outstanding, uint40 from, uint40 to, uint256 before) external {
        (from, to) = from < to ? (from, to) : (to, from);
        Facility memory f = _drawn(outstanding);
        (f.accruedAt, f.principalDays, f.penaltyDays) = (from, before >> 8, before >> 16);
        _kept = f;
        this.settle(_terms(1), to);
        f = this.accrue(f, _terms(1), to);
        assertEq(keccak256(abi.encode(_kept)), keccak256(abi.encode(f)));
    }

    function test_Settle_GivenOneUnitForADay() external {
        _kept = _drawn(1);
        _kept.accruedAt = 200 days;
        this.settle(_terms(1), 201 days);
        assertEq(_kept.principalDays, 1);
        assertEq(_kept.penaltyDays, 1);
    }

    function test_Owed_GivenNothingOutstanding() external view {
        Facility memory f = _drawn(0);
        f.principalDays = 1000;
        Owed memory due = this.owed(f, _terms(1));
        assertEq(_sum(due), 0);
    }

    function test_Owed_GivenOutstanding() external view {
        Facility memory f = _drawn(10_001);
        f.principalDays = 360_000;
        f.penaltyDays = 36_001;
        (f.feesPaid, f.interestPaid, f.penaltyPaid) = (20, 3, 1);
        (f.covered, f.restored) = (9, 2);
        Owed memory due = this.owed(f, _terms(1));
        vm.assertEq(due.fees, 26 - 20, "0.25 % of 10,001 is 25.0025");
        vm.assertEq(due.interest, 85 - 3, "8.5 % on 1,000 days of 360");
        vm.assertEq(due.penalty, 3 - 1, "2 % on 100.003 days of 360 is 2.00006");
        vm.assertEq(due.principal, 10_001, "principal");
        vm.assertEq(due.reserveTopUp, 7, "reserve");
    }

    function test_Run_ServesInOrder() external pure {
        Owed memory due = Owed(10, 20, 30, 40, 50);
        _assertServed(due, 5, Owed(5, 0, 0, 0, 0), 0);
        _assertServed(due, 15, Owed(10, 5, 0, 0, 0), 0);
        _assertServed(due, 31, Owed(10, 20, 1, 0, 0), 0);
        _assertServed(due, 99, Owed(10, 20, 30, 39, 0), 0);
        _assertServed(due, 101, Owed(10, 20, 30, 40, 1), 0);
        _assertServed(due, 155, Owed(10, 20, 30, 40, 50), 5);
    }

    function testFuzz_Run_ConservesMoney(
        uint120 fees,
        uint120 penalty,
        uint120 interest,
        uint120 principal,
        uint120 topUp,
        uint128 amount
    ) external pure {
        Owed memory due = Owed(fees, penalty, interest, principal, topUp);
        (Owed memory paid, uint128 rest) = due.run(amount);
        vm.assertEq(_sum(paid) + rest, amount, "in is out");
        vm.assertTrue(
            rest == 0 || _sum(paid) == _sum(due), "nothing is left over before all is paid"
        );
    }

    function testFuzz_OfPayment_AddsUp(uint256 seed, uint128 amount) external view {
        FinancingTerms memory terms = _terms(seed);
        Facility memory f = this.accrue(_drawn(_TOTAL), terms, bound(seed, 1 days, 300 days));
        (Owed memory paid, uint128 rest) = this.owed(f, terms).run(amount);
        Payout[] memory payouts = this.ofPayment(terms, f, paid, rest);
        uint256 sum;
        for (uint256 i = 0; i < payouts.length; ++i) {
            vm.assertTrue(payouts[i].amount != 0, "only what is not zero");
            sum += payouts[i].amount;
        }
        vm.assertEq(sum, amount, "payouts are the payment");
    }

    /// @dev On the same day, in as many parts as the seed makes of it.
    function testFuzz_OfPayment_PartsBringTheSame(uint256 seed) external view {
        FinancingTerms memory terms = _terms(seed);
        Facility memory f = this.accrue(_drawn(_TOTAL), terms, bound(seed, 1 days, 300 days));
        uint256 whole = _sum(this.owed(f, terms));
        uint256[6] memory inOne = _pay(terms, f, whole, 0);
        uint256[6] memory inParts = _pay(terms, f, whole, seed);
        assertEq(keccak256(abi.encode(inParts)), keccak256(abi.encode(inOne)));
    }

    function test_Merge() external pure {
        ParticipantId a = ParticipantId.wrap("a");
        ParticipantId b = ParticipantId.wrap("b");
        Payout[] memory first = new Payout[](3);
        first[0] = Payout(a, PayoutKind.FEES, 1);
        first[1] = Payout(b, PayoutKind.FEES, 2);
        first[2] = Payout(a, PayoutKind.PRINCIPAL, 4);
        Payout[] memory second = new Payout[](1);
        second[0] = Payout(b, PayoutKind.RESERVE_RETURNED, 8);
        Payout[] memory merged = Payouts.merge(first, second);
        assertEq(merged.length, 2);
        assertEq(merged[0].to, a);
        assertEq(merged[0].amount, 5);
        assertEq(merged[1].to, b);
        assertEq(merged[1].amount, 10);
        assertEq(Payouts.merge(new Payout[](0), new Payout[](0)).length, 0);
    }

    // The libraries take terms as calldata: these pass them on.

    function settle(FinancingTerms calldata terms, uint256 time) external {
        _kept.settle(terms, time);
    }

    function accrue(Facility memory f, FinancingTerms calldata terms, uint256 time)
        external
        pure
        returns (Facility memory)
    {
        f.accrue(terms, time);
        return f;
    }

    function owed(Facility memory f, FinancingTerms calldata terms)
        external
        pure
        returns (Owed memory)
    {
        return f.owed(terms);
    }

    function ofPayment(
        FinancingTerms calldata terms,
        Facility memory f,
        Owed memory paid,
        uint128 rest
    ) external pure returns (Payout[] memory) {
        return Payouts.join(
            Payouts.ofPayment(terms, f, paid),
            Payouts.ofRest(f.exporter, rest / 2, f.exporter, rest - rest / 2)
        );
    }

    /// @return received By each of four lenders, the platform and the exporter.
    function _pay(FinancingTerms memory terms, Facility memory given, uint256 left, uint256 seed)
        private
        view
        returns (uint256[6] memory received)
    {
        Facility memory f = abi.decode(abi.encode(given), (Facility));
        while (left > 0) {
            uint256 amount = seed == 0 ? left : bound(seed, 1, left);
            (Owed memory paid, uint128 rest) = this.owed(f, terms).run(uint128(amount));
            Payout[] memory payouts = this.ofPayment(terms, f, paid, rest);
            for (uint256 i = 0; i < payouts.length; ++i) {
                received[_place(terms, payouts[i].to)] += payouts[i].amount;
            }
            f.book(paid);
            left -= amount;
            seed = seed == 0 ? 0 : uint256(keccak256(abi.encode(seed)));
        }
        assertEq(f.outstanding, 0);
    }

    function _place(FinancingTerms memory terms, ParticipantId to) private pure returns (uint256) {
        for (uint256 i = 0; i < terms.lenders.length; ++i) {
            if (terms.lenders[i].lender == to) return i;
        }
        return to == _PLATFORM ? 4 : 5;
    }

    function _assertServed(Owed memory due, uint128 amount, Owed memory served, uint128 rest)
        private
        pure
    {
        (Owed memory paid, uint128 left) = due.run(amount);
        assertEq(keccak256(abi.encode(paid)), keccak256(abi.encode(served)));
        assertEq(left, rest);
    }

    function _sum(Owed memory due) private pure returns (uint256) {
        return uint256(due.fees) + due.penalty + due.interest + due.principal + due.reserveTopUp;
    }

    function _drawn(uint128 amount) private pure returns (Facility memory f) {
        f.exporter = _EXPORTER;
        f.drawn = amount;
        f.outstanding = amount;
        f.reserve = _TOTAL / 20;
    }

    /// @dev One to four lenders with the shares that the seed gives them.
    function _terms(uint256 seed) private pure returns (FinancingTerms memory terms) {
        terms.tranches = new Tranche[](1);
        terms.tranches[0].amount = _TOTAL;
        terms.lenders = new LenderShare[](1 + seed % 4);
        uint256 left = 10_000;
        for (uint256 i = 0; i < terms.lenders.length; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint256 share = i + 1 == terms.lenders.length ? left : bound(seed, 0, left);
            left -= share;
            ParticipantId lender = ParticipantId.wrap(bytes20(uint160(i + 1)));
            terms.lenders[i] = LenderShare(lender, uint16(share), uint16(share));
        }
        (terms.interestBps, terms.penaltyBps, terms.feeBps, terms.reserveBps) = (850, 200, 25, 500);
        (terms.platform, terms.platformShareBps) = (_PLATFORM, uint16(seed % 2001));
        (terms.maturesAt, terms.graceDays, terms.dayCount) = (100 days, 5, DayCount.ACT_360);
    }
}
