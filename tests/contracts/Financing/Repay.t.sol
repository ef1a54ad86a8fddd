// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IFinancing} from "contracts/interfaces/IFinancing.sol";
import {ISettlementToken} from "contracts/interfaces/ISettlementToken.sol";
import {IParticipants} from "contracts/interfaces/IParticipants.sol";
import {ITitles} from "contracts/interfaces/ITitles.sol";
import {
    DayCount,
    Facility,
    FinancingState,
    FinancingTerms,
    Owed,
    Payout,
    PayoutKind
} from "contracts/types/Financings.sol";
import {NO_ASSET, TitleId} from "contracts/types/Ids.sol";
import {Permission} from "contracts/types/Roles.sol";
import {Vm} from "../utils/Vm.sol";
import {FinancingWorld} from "../utils/FinancingWorld.sol";

/// @dev Of the library {Repayments}, and of {Cash} going out.
contract RepayTest is FinancingWorld {
    /// @dev 0.25 % of 300,000.01, and 8.5 % ACT/360 on it for thirty days, both rounded up.
    uint128 private constant _FEE = 750_01;
    uint128 private constant _INTEREST = 2_125_01;

    function test_RevertWhen_TermsDiffer() external {
        FinancingTerms memory terms = _requestReleased();
        bytes32 hash = keccak256(abi.encode(terms));
        terms.interestBps = 0;
        vm.expectRevert(
            abi.encodeWithSelector(
                IFinancing.Financing_TermsDiffer.selector,
                _financingId(),
                hash,
                keccak256(abi.encode(terms))
            )
        );
        _repay(terms, 1, "r");
    }

    function test_RevertGiven_NotReleased() external {
        FinancingTerms memory terms = _requestFunded();
        vm.expectRevert(_wrongState(FinancingState.FUNDED, FinancingState.RELEASED));
        _repay(terms, 1, "r");
    }

    function test_RevertWhen_KeyLacksDecide() external {
        FinancingTerms memory terms = _requestReleased();
        vm.prank(importer.submitter.addr);
        vm.expectRevert(
            abi.encodeWithSelector(
                IParticipants.Participants_PermissionMissing.selector,
                _keyId(importer.submitter),
                Permission.DECIDE
            )
        );
        financing.repay(terms, 1, "r");
    }

    function test_RevertWhen_ZeroOrRepeated() external {
        FinancingTerms memory terms = _requestReleased();
        vm.expectRevert(
            abi.encodeWithSelector(IFinancing.Financing_ZeroPayment.selector, _financingId())
        );
        _repay(terms, 0, "r");
        _repay(terms, 1, "r");
        vm.expectRevert(
            abi.encodeWithSelector(
                IFinancing.Financing_PaymentRepeated.selector, _financingId(), bytes32("r")
            )
        );
        _repay(terms, 1, "r");
    }

    function test_Owed() external {
        FinancingTerms memory terms = _requestFunded();
        vm.warp(START + 10 days);
        assertEq(_payoff(terms), 0);
        _release(terms, 0);
        vm.warp(START + 40 days);
        Owed memory due = financing.owed(terms);
        assertEq(due.fees, _FEE);
        assertEq(due.penalty, 0);
        assertEq(due.interest, _INTEREST);
        assertEq(due.principal, FIRST);
        assertEq(due.reserveTopUp, 0);
        _repay(terms, _payoff(terms), "r");
        vm.warp(START + 400 days);
        assertEq(_payoff(terms), 0);
    }

    function test_WhenPart() external {
        FinancingTerms memory terms = _requestReleased();
        vm.warp(START + 30 days);
        Payout[] memory payouts = new Payout[](7);
        payouts[0] = Payout(bankA.id, PayoutKind.FEES, 450_01);
        payouts[1] = Payout(bankB.id, PayoutKind.FEES, 300_00);
        // a fifth of the interest to the platform, rounded down; 1,700.01 to the lenders
        payouts[2] = Payout(bankA.id, PayoutKind.INTEREST, 1_020_01);
        payouts[3] = Payout(bankB.id, PayoutKind.INTEREST, 680_00);
        payouts[4] = Payout(bankB.id, PayoutKind.PLATFORM_SHARE, 425_00);
        payouts[5] = Payout(bankA.id, PayoutKind.PRINCIPAL, 60_000_00);
        payouts[6] = Payout(bankB.id, PayoutKind.PRINCIPAL, 40_000_00);
        uint128 amount = _FEE + _INTEREST + 100_000_00;
        vm.expectEmit(address(financing));
        emit IFinancing.Repaid(
            orderId, _financingId(), importer.id, "r", amount, FIRST - 100_000_00, payouts
        );
        _repay(terms, amount, "r");

        Facility memory f = financing.facility(_financingId());
        assertState(FinancingState.RELEASED);
        assertEq(f.outstanding, 200_000_01);
        assertEq(f.feesPaid, _FEE);
        assertEq(f.interestPaid, _INTEREST);
        assertEq(f.principalDays, uint256(FIRST) * 30);
        (, uint128 used) = financing.limitOf(bankA.id, exporter.id, "USD");
        assertEq(used, 120_000_01);
        (, used) = financing.limitOf(bankB.id, exporter.id, "USD");
        assertEq(used, 80_000_00);
        (, used,) = financing.sandboxOf(CORRIDOR, "USD");
        assertEq(used, 200_000_01);
        assertBacked();
        assertEq(financing.owed(terms).interest, 0);
    }

    /// @dev Five days of grace after maturity, then 2 % on top.
    function test_WhenLate() external {
        FinancingTerms memory terms = _requestReleased();
        vm.warp(MATURES_AT + 5 days);
        assertEq(financing.owed(terms).penalty, 0);
        vm.warp(MATURES_AT + 15 days);
        uint128 penalty = financing.owed(terms).penalty;
        assertEq(penalty, 166_67);
        assertEq(financing.owed(terms).interest, 13_812_51);
        _repay(terms, _FEE + penalty - 1, "r");
        assertEq(financing.owed(terms).penalty, 1);
        assertEq(financing.owed(terms).interest, 13_812_51);
        assertEq(financing.facility(_financingId()).penaltyPaid, penalty - 1);
    }

    function test_GivenYearOf365() external {
        FinancingTerms memory terms = _terms();
        terms.dayCount = DayCount.ACT_365F;
        _request(terms);
        _approveBoth(terms, bankA);
        _approveBoth(terms, bankB);
        _fund(terms, bankA);
        _fund(terms, bankB);
        _release(terms, 0);
        vm.warp(START + 365 days);
        assertEq(financing.owed(terms).interest, 25_500_01);
    }

    function test_WhenMoreThanOwed() external {
        FinancingTerms memory terms = _requestReleased();
        uint256 before = _balanceOf(exporter);
        _repay(terms, _payoff(terms) + 123, "r");
        assertState(FinancingState.REPAID);
        assertEq(_balanceOf(exporter) - before, 123);
        assertEq(dollars.balanceOf(address(financing)), 0);
    }

    function test_GivenReferenceOfAnotherPayer() external {
        FinancingTerms memory terms = _requestReleased();
        _repayBy(terms, bankA, 1, "r");
        _repay(terms, 1, "r");
        assertEq(financing.facility(_financingId()).feesPaid, 2);
    }

    function test_WhenAnotherPaysTooMuch() external {
        FinancingTerms memory terms = _requestReleased();
        uint256 exporterBefore = _balanceOf(exporter);
        _mint(carrier, TOTAL);
        vm.prank(carrier.account.addr);
        dollars.approve(address(financing), type(uint256).max);
        uint128 payoff = _payoff(terms);
        _repayBy(terms, carrier, payoff + 5_00, "r");
        vm.assertEq(_balanceOf(carrier), TOTAL - payoff, "its own money comes back");
        assertEq(_balanceOf(exporter), exporterBefore);
        assertEq(dollars.balanceOf(address(financing)), 0);
    }

    /// @dev The importer owes the order's 1,000,000.00; what it pays beyond is not the exporter's.
    function test_WhenImporterPaysMoreThanTheOrder() external {
        FinancingTerms memory terms = _requestReleased();
        uint256 exporterBefore = _balanceOf(exporter);
        _repay(terms, 100_000_00, "a part");
        uint128 payoff = _payoff(terms);
        uint256 before = _balanceOf(importer);
        _repay(terms, ORDER_AMOUNT - 100_000_00 + 7_00, "too much");
        vm.assertEq(before - _balanceOf(importer), ORDER_AMOUNT - 100_000_00, "7.00 come back");
        vm.assertEq(
            _balanceOf(exporter) - exporterBefore, ORDER_AMOUNT - 100_000_00 - payoff, "the rest"
        );
        assertEq(dollars.balanceOf(address(financing)), 0);
    }

    /// @dev Nobody's standing keeps the others from their money.
    function test_GivenRecipientCannotBePaid() external {
        FinancingTerms memory terms = _requestReleased();
        uint128 payoff = _payoff(terms);
        (uint128 principal, uint128 trueUp, uint128 reserve) =
            financing.contribution(terms, bankB.id);
        // of 750.01 in fees and 300,000.01 it is due 300.00 and 120,000.00, and what it had posted
        uint128 due = 300_00 + principal + trueUp + reserve;
        _suspend(bankB);
        uint256 before = _balanceOf(bankB);
        vm.expectEmit(address(financing));
        emit IFinancing.CreditBooked(orderId, _financingId(), bankB.id, due);
        _repay(terms, payoff, "r");
        assertState(FinancingState.REPAID);
        assertEq(_balanceOf(bankB), before);
        assertEq(financing.creditOf(_financingId(), bankB.id), due);
        assertEq(dollars.balanceOf(address(financing)), due);

        vm.expectPartialRevert(ISettlementToken.ERC7943CannotReceive.selector);
        financing.claimCredit(terms, bankB.id);
        vm.prank(governor);
        participants.reinstate(bankB.id);
        vm.expectEmit(address(financing));
        emit IFinancing.CreditClaimed(orderId, _financingId(), bankB.id, due);
        vm.prank(stranger);
        financing.claimCredit(terms, bankB.id);
        assertEq(_balanceOf(bankB) - before, due);
        assertEq(financing.creditOf(_financingId(), bankB.id), 0);
        assertEq(dollars.balanceOf(address(financing)), 0);
    }

    function test_ClaimCredit_RevertGiven_None() external {
        FinancingTerms memory terms = _requestReleased();
        vm.expectRevert(
            abi.encodeWithSelector(IFinancing.Financing_NoCredit.selector, _financingId(), bankA.id)
        );
        financing.claimCredit(terms, bankA.id);
    }

    function test_WhenNothingIsLeft() external {
        FinancingTerms memory terms = _requestReleased();
        vm.warp(START + 30 days);
        uint128 payoff = _payoff(terms);
        _repay(terms, payoff - 1, "all but one");
        assertState(FinancingState.RELEASED);

        Payout[] memory returned = new Payout[](4);
        // 480,000.02 less 180,000.01 drawn; 320,000.01 less 120,000.00, and the true-up
        returned[0] = Payout(bankA.id, PayoutKind.ESCROW_RETURNED, 300_000_01);
        returned[1] = Payout(bankA.id, PayoutKind.RESERVE_RETURNED, 20_000_01);
        returned[2] = Payout(bankB.id, PayoutKind.ESCROW_RETURNED, 200_000_01 + 80_000_00);
        returned[3] = Payout(bankB.id, PayoutKind.RESERVE_RETURNED, 20_000_00);
        vm.expectEmit(address(financing));
        emit IFinancing.TrancheLapsed(orderId, _financingId(), importer.id, 1, SECOND);
        vm.expectEmit(address(financing));
        emit IFinancing.TrancheLapsed(orderId, _financingId(), importer.id, 2, THIRD);
        vm.expectEmit(address(financing));
        emit IFinancing.FinancingRepaid(orderId, _financingId(), importer.id, returned);
        _repay(terms, 1, "the last one");

        assertState(FinancingState.REPAID);
        Facility memory f = financing.facility(_financingId());
        assertEq(f.lapsedSet, 6);
        assertEq(f.escrow + f.reserve + f.outstanding, 0);
        assertEq(dollars.balanceOf(address(financing)), 0);
        assertEq(encumbrances.holding(_financingId()).family, NO_ASSET);
        assertEq(encumbrances.balance(terms.assetKeys[0]).committed, 0);
        assertEq(encumbrances.balance(terms.assetKeys[0]).reserved, 0);
        vm.expectRevert(_wrongState(FinancingState.REPAID, FinancingState.RELEASED));
        _repay(terms, 1, "one more");
    }

    /// @dev In: one. Out: bankA and bankB, which is a lender twice over and the platform.
    function test_OneTransferForEachRecipient() external {
        FinancingTerms memory terms = _requestReleased();
        vm.warp(START + 30 days);
        uint128 amount = _payoff(terms) + 1;
        vm.recordLogs();
        _repay(terms, amount, "r");
        Vm.Log[] memory logs = vm.getRecordedLogs();
        uint256 transfers;
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].topics[0] == IERC20.Transfer.selector) ++transfers;
        }
        assertEq(transfers, 4);
    }

    function test_GivenTitlePledged() external {
        FinancingTerms memory terms = _requestReleased();
        TitleId titleId = _ship();
        _release(terms, 1);
        vm.expectEmit(address(titles));
        emit ITitles.TitleDelivered(orderId, titleId, importer.id, _financingId());
        _repay(terms, _payoff(terms), "r");
        assertEq(titles.title(titleId).possessor, importer.id);
        vm.expectRevert(
            abi.encodeWithSelector(IFinancing.Financing_TitleNotPledged.selector, _financingId())
        );
        financing.handOverTitle(terms);
    }

    function test_GivenTitleCannotMove() external {
        FinancingTerms memory terms = _requestReleased();
        TitleId titleId = _ship();
        _release(terms, 1);
        uint128 payoff = _payoff(terms);
        _suspend(importer);
        // somebody else pays
        _mint(bankA, payoff);
        vm.expectEmit(address(financing));
        emit IFinancing.TitleHandOverPostponed(orderId, _financingId(), bankA.id);
        vm.prank(bankA.decider.addr);
        financing.repay(terms, payoff, "r");
        assertState(FinancingState.REPAID);
        assertTrue(titles.title(titleId).state == ITitles.TitleState.PLEDGED);
        assertEq(encumbrances.holding(_financingId()).family, NO_ASSET);

        vm.expectRevert(
            abi.encodeWithSelector(
                IParticipants.Participants_NotActive.selector,
                importer.id,
                IParticipants.ParticipantState.SUSPENDED
            )
        );
        financing.handOverTitle(terms);
        vm.prank(governor);
        participants.reinstate(importer.id);
        vm.prank(stranger);
        financing.handOverTitle(terms);
        assertEq(titles.title(titleId).possessor, importer.id);
    }

    function test_HandOver_RevertGiven_NotRepaid() external {
        FinancingTerms memory terms = _requestReleased();
        vm.expectRevert(_wrongState(FinancingState.RELEASED, FinancingState.REPAID));
        financing.handOverTitle(terms);
    }

    function test_HandOver_RevertGiven_NoTitle() external {
        FinancingTerms memory terms = _requestReleased();
        _repay(terms, _payoff(terms), "r");
        vm.expectRevert(
            abi.encodeWithSelector(IFinancing.Financing_TitleNotPledged.selector, _financingId())
        );
        financing.handOverTitle(terms);
    }

    /// @dev On one day, a debt paid in up to twenty parts and the same debt paid at once.
    function testFuzz_PartsMakeNoDifference(uint256 seed, uint256 late) external {
        FinancingTerms memory terms = _requestReleased();
        vm.warp(START + bound(late, 0, 300) * 1 days);
        uint128 left = _payoff(terms);
        uint256 start = vm.snapshotState();
        _repay(terms, left, "at once");
        bytes32 atOnce = _fingerprint();
        vm.revertToState(start);
        for (uint256 i = 0; left > 0; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint128 part = i == 20 ? left : uint128(bound(seed, 1, seed % 2 == 0 ? left : 10));
            if (part > left) part = left;
            _repay(terms, part, bytes32(i));
            assertBacked();
            left -= part;
        }
        assertState(FinancingState.REPAID);
        assertEq(_fingerprint(), atOnce);
    }

    function _repayBy(
        FinancingTerms memory terms,
        Member memory payer,
        uint128 amount,
        bytes32 paymentReference
    ) private {
        vm.prank(payer.decider.addr);
        financing.repay(terms, amount, paymentReference);
    }

    /// @dev All purses, and what the facility says of itself.
    function _fingerprint() private view returns (bytes32) {
        return keccak256(
            abi.encode(
                _balanceOf(exporter),
                _balanceOf(importer),
                _balanceOf(bankA),
                _balanceOf(bankB),
                financing.facility(_financingId())
            )
        );
    }

    function _wrongState(FinancingState current, FinancingState needed)
        private
        view
        returns (bytes memory)
    {
        return abi.encodeWithSelector(
            IFinancing.Financing_WrongState.selector, _financingId(), current, needed
        );
    }
}
