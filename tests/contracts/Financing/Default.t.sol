// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFinancing} from "contracts/interfaces/IFinancing.sol";
import {IParticipants} from "contracts/interfaces/IParticipants.sol";
import {ITitles} from "contracts/interfaces/ITitles.sol";
import {EvidenceKind} from "contracts/types/EvidenceKinds.sol";
import {
    Condition,
    Facility,
    FinancingState,
    FinancingTerms,
    Payout,
    PayoutKind
} from "contracts/types/Financings.sol";
import {NO_ASSET, TitleId} from "contracts/types/Ids.sol";
import {Permission} from "contracts/types/Roles.sol";
import {FinancingWorld} from "../utils/FinancingWorld.sol";

/// @dev Of the library {Defaults}. 300,000.01 are out: 180,000.01 of bankA, 120,000.00 of bankB,
/// which bear losses half and half; the reserve holds 40,000.01.
contract DefaultTest is FinancingWorld {
    uint64 private constant _OVERDUE_AFTER = MATURES_AT + 5 days;
    uint64 private constant _DEFAULT_AFTER = _OVERDUE_AFTER + 30 days;
    uint128 private constant _LOSS = FIRST - RESERVE;

    // markOverdue

    function test_MarkOverdue_RevertWhen_InGrace() external {
        FinancingTerms memory terms = _requestReleased();
        vm.warp(_OVERDUE_AFTER);
        vm.expectRevert(_notYetDue(_OVERDUE_AFTER));
        financing.markOverdue(terms);
    }

    function test_MarkOverdue_RevertGiven_NotReleased() external {
        FinancingTerms memory terms = _requestFunded();
        vm.warp(_OVERDUE_AFTER + 1);
        vm.expectRevert(_wrongState(FinancingState.FUNDED, FinancingState.RELEASED));
        financing.markOverdue(terms);
    }

    function test_MarkOverdue() external {
        FinancingTerms memory terms = _requestReleased();
        vm.warp(_OVERDUE_AFTER + 1);
        vm.recordLogs();
        vm.expectEmit(address(financing));
        emit IFinancing.FinancingOverdue(orderId, _financingId(), importer.id, FIRST);
        vm.prank(importer.submitter.addr);
        financing.markOverdue(terms);
        _onlyLog();
        assertState(FinancingState.OVERDUE);
        vm.assertEq(financing.conditions(terms, 1).unmet & _bit(Condition.STATE), 1, "no release");
        financing.lapse(terms, 1);
        assertEq(encumbrances.holding(_financingId()).reserved, THIRD);
    }

    function test_MarkOverdue_GivenPaidAfterwards() external {
        FinancingTerms memory terms = _overdue();
        _repay(terms, 1, "a part");
        assertState(FinancingState.OVERDUE);
        _repay(terms, _payoff(terms), "the rest");
        assertState(FinancingState.REPAID);
        assertEq(dollars.balanceOf(address(financing)), 0);
        assertEq(encumbrances.holding(_financingId()).family, NO_ASSET);
    }

    // declareDefault

    function test_Declare_RevertWhen_TooEarly() external {
        FinancingTerms memory terms = _overdue();
        vm.warp(_DEFAULT_AFTER);
        vm.prank(bankA.decider.addr);
        vm.expectRevert(_notYetDue(_DEFAULT_AFTER));
        financing.declareDefault(terms);
    }

    function test_Declare_RevertGiven_NotOverdue() external {
        FinancingTerms memory terms = _requestReleased();
        vm.warp(_DEFAULT_AFTER + 1);
        vm.prank(bankA.decider.addr);
        vm.expectRevert(_wrongState(FinancingState.RELEASED, FinancingState.OVERDUE));
        financing.declareDefault(terms);
    }

    function test_Declare_RevertWhen_CallerIsNoLender() external {
        FinancingTerms memory terms = _overdue();
        vm.warp(_DEFAULT_AFTER + 1);
        vm.prank(importer.decider.addr);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFinancing.Financing_NotLender.selector, _financingId(), importer.id
            )
        );
        financing.declareDefault(terms);
        vm.prank(bankA.submitter.addr);
        vm.expectRevert(
            abi.encodeWithSelector(
                IParticipants.Participants_PermissionMissing.selector,
                _keyId(bankA.submitter),
                Permission.DECIDE
            )
        );
        financing.declareDefault(terms);
    }

    function test_Declare() external {
        FinancingTerms memory terms = _overdue();
        vm.warp(_DEFAULT_AFTER + 1);
        uint128 owed = _payoff(terms);
        (uint256 beforeA, uint256 beforeB) = (_balanceOf(bankA), _balanceOf(bankB));
        Payout[] memory payouts = new Payout[](5);
        // the reserve, to each by what is outstanding with it
        payouts[0] = Payout(bankA.id, PayoutKind.RESERVE_COVER, 24_000_01);
        payouts[1] = Payout(bankB.id, PayoutKind.RESERVE_COVER, 16_000_00);
        // of the 260,000.00 left bankA has 156,000.00 outstanding and bears half
        payouts[2] = Payout(bankA.id, PayoutKind.LOSS_SHARE, 26_000_00);
        // 500,000.02 that were not drawn, and bankB's true-up of 80,000.00 less that
        payouts[3] = Payout(bankA.id, PayoutKind.ESCROW_RETURNED, 300_000_01);
        payouts[4] = Payout(bankB.id, PayoutKind.ESCROW_RETURNED, 200_000_01 + 54_000_00);
        vm.expectEmit(address(financing));
        emit IFinancing.TrancheLapsed(orderId, _financingId(), bankA.id, 1, SECOND);
        vm.expectEmit(address(financing));
        emit IFinancing.TrancheLapsed(orderId, _financingId(), bankA.id, 2, THIRD);
        vm.expectEmit(address(financing));
        emit IFinancing.FinancingDefaulted(
            orderId, _financingId(), bankA.id, RESERVE, _LOSS, payouts
        );
        vm.prank(bankA.decider.addr);
        financing.declareDefault(terms);

        assertState(FinancingState.DEFAULTED);
        Facility memory f = financing.facility(_financingId());
        assertEq(f.outstanding, _LOSS);
        assertEq(f.covered, RESERVE);
        assertEq(f.loss, _LOSS);
        assertEq(f.escrow + f.reserve, 0);
        vm.assertEq(_payoff(terms) + financing.owed(terms).reserveTopUp, owed, "owed as before");
        assertEq(dollars.balanceOf(address(financing)), 0);
        // both have half of the loss left to bear, of which the reserve was half each as well
        vm.assertEq(_balanceOf(bankA) - beforeA, 350_000_02, "bankA");
        vm.assertEq(_balanceOf(bankB) - beforeB, 270_000_01, "bankB");
        assertEq(encumbrances.holding(_financingId()).reserved, 0);
        assertEq(encumbrances.holding(_financingId()).committed, FIRST);
        (, uint128 used,) = financing.sandboxOf(CORRIDOR, "USD");
        assertEq(used, _LOSS);
    }

    function test_Declare_GivenReserveCoversAll() external {
        FinancingTerms memory terms = _overdue();
        vm.warp(_DEFAULT_AFTER + 1);
        _repay(terms, _payoff(terms) - 10_000_00, "nearly all");
        vm.prank(bankB.decider.addr);
        financing.declareDefault(terms);
        Facility memory f = financing.facility(_financingId());
        assertEq(f.loss, 0);
        assertEq(f.covered, 10_000_00);
        assertEq(f.outstanding, 0);
        assertEq(dollars.balanceOf(address(financing)), 0);
        assertState(FinancingState.DEFAULTED);
        _repay(terms, 10_000_00, "to the reserve");
        assertState(FinancingState.RECOVERED);
    }

    /// @dev The lenders' shares in funding and loss, what is paid before and what after, at random:
    /// every unit is somebody's, and each bears its share of the loss to a few units.
    function testFuzz_Declare(uint16 funding, uint16 loss, uint256 paid, uint256 recovered)
        external
    {
        (funding, loss) = (uint16(bound(funding, 0, 10_000)), uint16(bound(loss, 0, 10_000)));
        FinancingTerms memory terms = _terms();
        terms.lenders = _lenders(funding, loss);
        _runToRelease(terms);
        uint256 undrawnA = _postedBy(terms, bankA) - _usedOf(bankA);
        vm.warp(_DEFAULT_AFTER + 1);
        financing.markOverdue(terms);
        paid = bound(paid, 0, _payoff(terms) - 1);
        if (paid != 0) _repay(terms, uint128(paid), "before");
        uint256 outstandingA = _usedOf(bankA);
        uint256 outstanding = financing.facility(_financingId()).outstanding;
        (uint256 beforeA, uint256 beforeB) = (_balanceOf(bankA), _balanceOf(bankB));
        uint256 held = dollars.balanceOf(address(financing));

        vm.prank(bankB.decider.addr);
        financing.declareDefault(terms);
        uint256 gainA = _balanceOf(bankA) - beforeA;
        vm.assertEq(gainA + _balanceOf(bankB) - beforeB, held, "all that was held is paid out");
        assertEq(dollars.balanceOf(address(financing)), 0);
        _assertNear(outstandingA + undrawnA - gainA, outstanding * loss / 10_000);

        uint256 due = uint256(_payoff(terms)) + financing.owed(terms).reserveTopUp;
        recovered = bound(recovered, 1, due);
        _repay(terms, uint128(recovered), "after");
        uint256 gained = _balanceOf(bankA) + _balanceOf(bankB) - beforeA - beforeB;
        vm.assertEq(gained, held + recovered, "what is recovered is the lenders'");
        assertState(recovered < due ? FinancingState.DEFAULTED : FinancingState.RECOVERED);
    }

    // Recovery

    function test_Recover_WhenPart() external {
        FinancingTerms memory terms = _defaulted();
        (uint128 fees, uint128 penalty, uint128 interest,) = _owed(terms);
        (uint256 beforeA, uint256 beforeB) = (_balanceOf(bankA), _balanceOf(bankB));
        _repay(terms, fees + penalty + interest, "charges");
        uint256 chargesA = _balanceOf(bankA) - beforeA;
        uint256 chargesB = _balanceOf(bankB) - beforeB;
        _repay(terms, 100_000_00, "a part");
        vm.assertEq(_balanceOf(bankA) - beforeA - chargesA, 50_000_00, "half of it, not 60 %");
        vm.assertEq(_balanceOf(bankB) - beforeB - chargesB, 50_000_00, "half of it");
        assertEq(financing.facility(_financingId()).outstanding, _LOSS - 100_000_00);
        (, uint128 used) = financing.limitOf(bankA.id, exporter.id, "USD");
        vm.assertEq(used, 96_000_00, "limits are used by funding share");
    }

    function test_Recover_WhenAll() external {
        FinancingTerms memory terms = _requestReleased();
        TitleId titleId = _ship();
        _release(terms, 1);
        _default(terms);
        _repay(terms, _payoff(terms), "principal");
        assertState(FinancingState.DEFAULTED);
        assertTrue(titles.title(titleId).state == ITitles.TitleState.PLEDGED);
        (uint256 beforeA, uint256 beforeB) = (_balanceOf(bankA), _balanceOf(bankB));
        vm.expectEmit(address(financing));
        emit IFinancing.FinancingRecovered(orderId, _financingId(), importer.id);
        _repay(terms, RESERVE, "reserve");
        vm.assertEq(_balanceOf(bankA) - beforeA, 20_000_01, "as bankA had posted it");
        vm.assertEq(_balanceOf(bankB) - beforeB, 20_000_00, "as bankB had posted it");
        assertState(FinancingState.RECOVERED);
        assertEq(titles.title(titleId).possessor, importer.id);
        assertEq(encumbrances.holding(_financingId()).family, NO_ASSET);
        vm.expectRevert(_wrongState(FinancingState.RECOVERED, FinancingState.RELEASED));
        _repay(terms, 1, "more");
    }

    // claimRecourse

    function test_Claim_RevertGiven_NotDefaulted() external {
        FinancingTerms memory terms = _overdue();
        vm.prank(bankA.decider.addr);
        vm.expectRevert(_wrongState(FinancingState.OVERDUE, FinancingState.DEFAULTED));
        financing.claimRecourse(terms);
    }

    function test_Claim_RevertGiven_NoRecourse() external {
        FinancingTerms memory terms = _terms();
        terms.recourse = false;
        _runToRelease(terms);
        _default(terms);
        vm.prank(bankA.decider.addr);
        vm.expectRevert(
            abi.encodeWithSelector(IFinancing.Financing_NoRecourse.selector, _financingId())
        );
        financing.claimRecourse(terms);
    }

    function test_Claim() external {
        FinancingTerms memory other = _fundOther();
        FinancingTerms memory terms = _defaulted();
        uint128 owed = _payoff(terms) + financing.owed(terms).reserveTopUp;
        vm.assertEq(financing.conditions(other, 0).unmet, 0, "the other facility may pay out");
        vm.expectEmit(address(financing));
        emit IFinancing.RecourseClaimed(orderId, _financingId(), bankB.id, exporter.id, owed);
        vm.prank(bankB.decider.addr);
        financing.claimRecourse(terms);
        assertTrue(financing.isUnderRecourse(exporter.id));
        vm.assertEq(financing.conditions(other, 0).unmet, _bit(Condition.RECOURSE), "stopped");
        vm.prank(bankA.decider.addr);
        vm.expectRevert(
            abi.encodeWithSelector(IFinancing.Financing_RecourseClaimed.selector, _financingId())
        );
        financing.claimRecourse(terms);

        _repay(terms, owed, "recovered");
        assertFalse(financing.isUnderRecourse(exporter.id));
        assertEq(financing.conditions(other, 0).unmet, 0);
    }

    // enforceTitle

    function test_Enforce_RevertGiven_NotDefaulted() external {
        FinancingTerms memory terms = _requestReleased();
        _ship();
        _release(terms, 1);
        vm.prank(bankA.decider.addr);
        vm.expectRevert(_wrongState(FinancingState.RELEASED, FinancingState.DEFAULTED));
        financing.enforceTitle(terms);
    }

    function test_Enforce_RevertGiven_NoTitle() external {
        FinancingTerms memory terms = _defaulted();
        vm.prank(bankA.decider.addr);
        vm.expectRevert(
            abi.encodeWithSelector(IFinancing.Financing_TitleNotPledged.selector, _financingId())
        );
        financing.enforceTitle(terms);
    }

    function test_Enforce_RevertWhen_NotLead() external {
        FinancingTerms memory terms = _defaulted();
        vm.prank(bankB.decider.addr);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFinancing.Financing_NotLead.selector, _financingId(), bankA.id, bankB.id
            )
        );
        financing.enforceTitle(terms);
    }

    function test_Enforce() external {
        FinancingTerms memory terms = _terms();
        terms.lenders = _lenders(6000, 4999);
        _runToRelease(terms);
        TitleId titleId = _ship();
        _release(terms, 1);
        _default(terms);
        vm.expectEmit(address(financing));
        emit IFinancing.CollateralEnforced(orderId, _financingId(), bankB.id, titleId);
        vm.expectEmit(address(titles));
        emit ITitles.TitleEnforced(orderId, titleId, bankB.id, _financingId());
        vm.prank(bankB.decider.addr);
        financing.enforceTitle(terms);
        assertEq(titles.title(titleId).possessor, bankB.id);
        assertTrue(titles.title(titleId).state == ITitles.TitleState.ISSUED);
        // what is recovered afterwards finds no title to deliver
        _repay(terms, _payoff(terms) + financing.owed(terms).reserveTopUp, "recovered");
        assertState(FinancingState.RECOVERED);
        assertEq(titles.title(titleId).possessor, bankB.id);
    }

    // writeOff

    function test_WriteOff_RevertGiven_NotDefaulted() external {
        FinancingTerms memory terms = _overdue();
        vm.prank(bankA.decider.addr);
        vm.expectRevert(_wrongState(FinancingState.OVERDUE, FinancingState.DEFAULTED));
        financing.writeOff(terms);
    }

    function test_WriteOff_RevertGiven_AgreedAlready() external {
        FinancingTerms memory terms = _defaulted();
        vm.prank(bankA.decider.addr);
        financing.writeOff(terms);
        assertState(FinancingState.DEFAULTED);
        vm.prank(bankA.secondDecider.addr);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFinancing.Financing_WriteOffAgreed.selector, _financingId(), bankA.id
            )
        );
        financing.writeOff(terms);
    }

    function test_WriteOff() external {
        FinancingTerms memory terms = _defaulted();
        vm.prank(bankA.decider.addr);
        financing.claimRecourse(terms);
        vm.expectEmit(address(financing));
        emit IFinancing.WriteOffAgreed(orderId, _financingId(), bankA.id);
        vm.prank(bankA.decider.addr);
        financing.writeOff(terms);
        vm.expectEmit(address(financing));
        emit IFinancing.FinancingWrittenOff(orderId, _financingId(), bankB.id, _LOSS);
        vm.prank(bankB.decider.addr);
        financing.writeOff(terms);
        assertState(FinancingState.WRITTEN_OFF);
        assertEq(financing.facility(_financingId()).outstanding, 0);
        assertFalse(financing.isUnderRecourse(exporter.id));
        assertEq(encumbrances.holding(_financingId()).family, NO_ASSET);
        (, uint128 used,) = financing.sandboxOf(CORRIDOR, "USD");
        assertEq(used, 0);
        vm.expectRevert(_wrongState(FinancingState.WRITTEN_OFF, FinancingState.RELEASED));
        _repay(terms, 1, "too late");
    }

    // Ways

    function _overdue() private returns (FinancingTerms memory terms) {
        terms = _requestReleased();
        vm.warp(_OVERDUE_AFTER + 1);
        financing.markOverdue(terms);
    }

    function _default(FinancingTerms memory terms) private {
        vm.warp(_DEFAULT_AFTER + 1);
        financing.markOverdue(terms);
        vm.prank(bankA.decider.addr);
        financing.declareDefault(terms);
    }

    function _defaulted() private returns (FinancingTerms memory terms) {
        terms = _requestReleased();
        _default(terms);
    }

    function _runToRelease(FinancingTerms memory terms) private {
        _request(terms);
        _approveBoth(terms, bankA);
        _approveBoth(terms, bankB);
        _fund(terms, bankA);
        _fund(terms, bankB);
        _release(terms, 0);
    }

    /// @dev Another facility of the same exporter, on another order, that could pay out all the
    /// time.
    function _fundOther() private returns (FinancingTerms memory other) {
        vm.prank(regulator.decider.addr);
        financing.setSandboxCap(CORRIDOR, "USD", TOTAL * 2, START + 365 days);
        vm.prank(bankA.decider.addr);
        financing.setLimit(exporter.id, "USD", TOTAL * 2);
        vm.prank(bankB.decider.addr);
        financing.setLimit(exporter.id, "USD", TOTAL * 2);
        other = _terms();
        other.orderId = _placeAccepted("order 2");
        other.basis[0] = _record(other.orderId, importer, EvidenceKind.PURCHASE_ORDER);
        other.basis[1] = _record(other.orderId, exporter, EvidenceKind.INVOICE);
        other.assetKeys = _assetKeys("order 2", "invoice 2");
        other.tranches[0].expiresAt = START + 300 days;
        other.maturesAt = START + 400 days;
        _request(other);
        _approveBoth(other, bankA);
        _approveBoth(other, bankB);
        _fund(other, bankA);
        _fund(other, bankB);
    }

    // Looking

    function _postedBy(FinancingTerms memory terms, Member memory lender)
        private
        view
        returns (uint256)
    {
        (uint128 principal, uint128 trueUp, uint128 reserve) =
            financing.contribution(terms, lender.id);
        return uint256(principal) + trueUp + reserve;
    }

    function _usedOf(Member memory lender) private view returns (uint256 used) {
        (, used) = financing.limitOf(lender.id, exporter.id, "USD");
    }

    /// @dev Three splits are rounded on the way.
    function _assertNear(uint256 actual, uint256 expected) private pure {
        vm.assertLe(actual, expected + 3, "bears no more than its share");
        vm.assertGe(actual + 3, expected, "bears no less than its share");
    }

    function _notYetDue(uint64 deadline) private view returns (bytes memory) {
        return
            abi.encodeWithSelector(
                IFinancing.Financing_NotYetDue.selector, _financingId(), deadline
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
