// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEncumbrances} from "contracts/interfaces/IEncumbrances.sol";
import {IFinancing} from "contracts/interfaces/IFinancing.sol";
import {
    Facility,
    FinancingState,
    FinancingTerms,
    Payout,
    PayoutKind
} from "contracts/types/Financings.sol";
import {NO_ASSET, NO_PARTICIPANT} from "contracts/types/Ids.sol";
import {FinancingWorld} from "../utils/FinancingWorld.sol";

contract LapseTest is FinancingWorld {
    function test_RevertGiven_Over() external {
        FinancingTerms memory terms = _requestReleased();
        _repay(terms, _payoff(terms), "r");
        vm.warp(START + 100 days);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFinancing.Financing_WrongState.selector,
                _financingId(),
                FinancingState.REPAID,
                FinancingState.RELEASED
            )
        );
        financing.lapse(terms, 1);
    }

    function test_RevertGiven_Declined() external {
        FinancingTerms memory terms = _request();
        vm.prank(bankA.decider.addr);
        financing.decline(terms);
        vm.warp(START + 100 days);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFinancing.Financing_WrongState.selector,
                _financingId(),
                FinancingState.DECLINED,
                FinancingState.RELEASED
            )
        );
        financing.lapse(terms, 1);
    }

    function test_RevertGiven_TrancheClosed() external {
        FinancingTerms memory terms = _requestReleased();
        vm.warp(START + 100 days);
        _expectClosed(terms, 0);
        _expectClosed(terms, 3);
        financing.lapse(terms, 1);
        _expectClosed(terms, 1);
    }

    function test_RevertWhen_NotYetExpired() external {
        FinancingTerms memory terms = _requestFunded();
        vm.warp(terms.tranches[1].expiresAt);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFinancing.Financing_NotYetLapsed.selector,
                _financingId(),
                uint8(1),
                terms.tranches[1].expiresAt
            )
        );
        financing.lapse(terms, 1);
    }

    function test_GivenOthersAreLeft() external {
        FinancingTerms memory terms = _requestFunded();
        vm.warp(START + 61 days);
        vm.expectEmit(address(financing));
        emit IFinancing.TrancheLapsed(orderId, _financingId(), NO_PARTICIPANT, 1, SECOND);
        vm.expectEmit(address(encumbrances));
        emit IEncumbrances.EncumbranceFreed(orderId, _financingId(), terms.assetKeys[0], SECOND, 0);
        vm.prank(stranger);
        financing.lapse(terms, 1);

        assertState(FinancingState.FUNDED);
        assertEq(financing.facility(_financingId()).lapsedSet, 2);
        assertEq(encumbrances.holding(_financingId()).reserved, FIRST + THIRD);
        assertEq(financing.facility(_financingId()).escrow, TOTAL + 80_000_00);
        assertBacked();
    }

    function test_GivenNobodyApproved() external {
        FinancingTerms memory terms = _request();
        vm.warp(START + 100 days);
        financing.lapse(terms, 0);
        financing.lapse(terms, 1);
        assertState(FinancingState.REQUESTED);
        Payout[] memory nothing = new Payout[](0);
        vm.expectEmit(address(financing));
        emit IFinancing.FinancingLapsed(orderId, _financingId(), bankA.id, nothing);
        vm.prank(bankA.submitter.addr);
        financing.lapse(terms, 2);
        assertState(FinancingState.LAPSED);
    }

    function test_GivenAllLapse() external {
        uint256 beforeA = _balanceOf(bankA);
        uint256 beforeB = _balanceOf(bankB);
        FinancingTerms memory terms = _requestFunded();
        vm.warp(START + 91 days);
        financing.lapse(terms, 1);
        financing.lapse(terms, 0);
        Payout[] memory returned = new Payout[](4);
        returned[0] = Payout(bankA.id, PayoutKind.ESCROW_RETURNED, 480_000_02);
        returned[1] = Payout(bankA.id, PayoutKind.RESERVE_RETURNED, 20_000_01);
        returned[2] = Payout(bankB.id, PayoutKind.ESCROW_RETURNED, 320_000_01 + 80_000_00);
        returned[3] = Payout(bankB.id, PayoutKind.RESERVE_RETURNED, 20_000_00);
        vm.expectEmit(address(financing));
        emit IFinancing.FinancingLapsed(orderId, _financingId(), NO_PARTICIPANT, returned);
        financing.lapse(terms, 2);

        assertState(FinancingState.LAPSED);
        Facility memory f = financing.facility(_financingId());
        assertEq(f.escrow + f.reserve, 0);
        assertEq(_balanceOf(bankA), beforeA);
        assertEq(_balanceOf(bankB), beforeB);
        assertEq(encumbrances.holding(_financingId()).family, NO_ASSET);
        assertEq(encumbrances.balance(terms.assetKeys[0]).reserved, 0);
    }

    function test_GivenOneFunded() external {
        uint256 before = _balanceOf(bankB);
        FinancingTerms memory terms = _requestApproved();
        _fund(terms, bankB);
        vm.warp(START + 91 days);
        for (uint8 i = 0; i < 3; ++i) {
            financing.lapse(terms, i);
        }
        assertState(FinancingState.LAPSED);
        assertEq(_balanceOf(bankB), before);
        assertEq(dollars.balanceOf(address(financing)), 0);
    }

    function test_GivenSomethingReleased() external {
        uint256 beforeA = _balanceOf(bankA);
        uint256 beforeB = _balanceOf(bankB);
        FinancingTerms memory terms = _requestReleased();
        vm.warp(START + 91 days);
        financing.lapse(terms, 1);
        financing.lapse(terms, 2);
        assertState(FinancingState.RELEASED);
        assertEq(encumbrances.holding(_financingId()).reserved, 0);
        assertEq(encumbrances.holding(_financingId()).committed, FIRST);
        uint128 charges = _payoff(terms) - FIRST;
        _repay(terms, FIRST + charges, "r");
        assertState(FinancingState.REPAID);
        assertEq(_balanceOf(bankA) + _balanceOf(bankB), beforeA + beforeB + charges);
        assertEq(encumbrances.holding(_financingId()).family, NO_ASSET);
    }

    function _expectClosed(FinancingTerms memory terms, uint8 tranche) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IFinancing.Financing_TrancheClosed.selector, _financingId(), tranche
            )
        );
        financing.lapse(terms, tranche);
    }
}
