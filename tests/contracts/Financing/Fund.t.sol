// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IFinancing} from "contracts/interfaces/IFinancing.sol";
import {EvidenceKind} from "contracts/types/EvidenceKinds.sol";
import {Facility, FinancingState, FinancingTerms} from "contracts/types/Financings.sol";
import {FinancingWorld} from "../utils/FinancingWorld.sol";
import {HostileToken} from "./HostileToken.sol";

/// @dev Of the library {Escrows}, and of {Cash} coming in.
contract FundTest is FinancingWorld {
    function test_RevertGiven_NotApproved() external {
        FinancingTerms memory terms = _request();
        vm.expectRevert(_wrongState(FinancingState.REQUESTED));
        financing.fund(terms, bankA.id);
    }

    function test_RevertWhen_NotLender() external {
        FinancingTerms memory terms = _requestApproved();
        vm.expectRevert(
            abi.encodeWithSelector(
                IFinancing.Financing_NotLender.selector, _financingId(), importer.id
            )
        );
        financing.fund(terms, importer.id);
    }

    function test_RevertGiven_FundedAlready() external {
        FinancingTerms memory terms = _requestApproved();
        _fund(terms, bankA);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFinancing.Financing_AlreadyFunded.selector, _financingId(), bankA.id
            )
        );
        financing.fund(terms, bankA.id);
    }

    function test_RevertGiven_OrderDisputed() external {
        FinancingTerms memory terms = _requestApproved();
        _dispute(orderId);
        vm.expectRevert(
            abi.encodeWithSelector(IFinancing.Financing_OrderNotAccepted.selector, orderId)
        );
        financing.fund(terms, bankA.id);
    }

    function test_RevertGiven_BasisWithdrawn() external {
        FinancingTerms memory terms = _requestApproved();
        bytes32 requested = evidence.documentRoot(terms.orderId, terms.basis);
        _withdraw(orderId, importer, EvidenceKind.PURCHASE_ORDER);
        bytes32 current = evidence.documentRoot(terms.orderId, terms.basis);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFinancing.Financing_BasisChanged.selector, _financingId(), requested, current
            )
        );
        financing.fund(terms, bankA.id);
    }

    function test_RevertGiven_NoAllowance() external {
        FinancingTerms memory terms = _requestApproved();
        vm.prank(bankA.account.addr);
        dollars.approve(address(financing), 500_000_02);
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector,
                address(financing),
                500_000_02,
                500_000_03
            )
        );
        financing.fund(terms, bankA.id);
    }

    function test_RevertWhen_TokenKeepsCut() external {
        HostileToken token = new HostileToken();
        FinancingTerms memory terms = _terms();
        terms.token = address(token);
        _request(terms);
        _approveBoth(terms, bankA);
        _approveBoth(terms, bankB);
        token.mint(bankA.account.addr, ORDER_AMOUNT);
        token.keep(1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFinancing.Financing_ReceivedDiffers.selector,
                _financingId(),
                500_000_03,
                500_000_02
            )
        );
        financing.fund(terms, bankA.id);
    }

    function test_GivenFirstLender() external {
        FinancingTerms memory terms = _requestApproved();
        uint256 before = _balanceOf(bankB);
        vm.expectEmit(address(financing));
        emit IFinancing.LenderFunded(
            orderId, _financingId(), bankB.id, 320_000_01, 80_000_00, 20_000_00
        );
        _fund(terms, bankB);
        assertState(FinancingState.APPROVED);
        assertEq(before - _balanceOf(bankB), 420_000_01);
        Facility memory f = financing.facility(_financingId());
        assertEq(f.escrow, 400_000_01);
        assertEq(f.reserve, 20_000_00);
        assertBacked();
    }

    function test_GivenLastLender() external {
        FinancingTerms memory terms = _requestApproved();
        _fund(terms, bankB);
        vm.expectEmit(address(financing));
        emit IFinancing.LenderFunded(orderId, _financingId(), bankA.id, 480_000_02, 0, 20_000_01);
        vm.expectEmit(address(financing));
        emit IFinancing.FinancingFunded(orderId, _financingId(), bankA.id);
        _fund(terms, bankA);
        assertState(FinancingState.FUNDED);
        assertEq(financing.facility(_financingId()).escrow, TOTAL + 80_000_00);
        assertEq(financing.facility(_financingId()).reserve, RESERVE);
        assertBacked();
    }

    function testFuzz_Contribution(uint16 fundingBps, uint16 lossBps, uint128 amount) external {
        FinancingTerms memory terms = _terms();
        terms.lenders =
            _lenders(uint16(bound(fundingBps, 0, 10_000)), uint16(bound(lossBps, 0, 10_000)));
        terms.tranches[0].amount = uint128(bound(amount, 1, ORDER_AMOUNT - SECOND - THIRD));
        _request(terms);
        (uint256 principalA, uint256 trueUpA, uint256 reserveA) =
            financing.contribution(terms, bankA.id);
        (uint256 principalB, uint256 trueUpB, uint256 reserveB) =
            financing.contribution(terms, bankB.id);
        uint256 total = uint256(terms.tranches[0].amount) + SECOND + THIRD;
        vm.assertEq(principalA + principalB, total, "principal");
        vm.assertEq(reserveA + reserveB, (total * 500 + 9999) / 10_000, "reserve, rounded up");
        vm.assertTrue(trueUpA == 0 || trueUpB == 0, "one of them bears more than it lends");
        uint256 lossA = (total * terms.lenders[0].lossBps + 5000) / 10_000;
        uint256 excess = lossA > principalA ? lossA - principalA : principalA - lossA;
        vm.assertEq(trueUpA + trueUpB, excess, "what it bears more");
    }

    function _wrongState(FinancingState current) private view returns (bytes memory) {
        return abi.encodeWithSelector(
            IFinancing.Financing_WrongState.selector,
            _financingId(),
            current,
            FinancingState.APPROVED
        );
    }
}
