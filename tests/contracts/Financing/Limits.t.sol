// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFinancing} from "contracts/interfaces/IFinancing.sol";
import {IParticipants} from "contracts/interfaces/IParticipants.sol";
import {Band, FinancingState, FinancingTerms} from "contracts/types/Financings.sol";
import {FinancingId} from "contracts/types/Ids.sol";
import {Permission, Role} from "contracts/types/Roles.sol";
import {FinancingWorld} from "../utils/FinancingWorld.sol";

/// @dev Of {FinancingLimits} and the library {Limits}; what they bound is in Conditions.t.sol, and
/// what bands ask for in Approve.t.sol.
contract LimitsTest is FinancingWorld {
    function test_RevertWhen_KeyLacksDecide() external {
        bytes[5] memory verbs = [
            abi.encodeCall(IFinancing.setLimit, (exporter.id, "USD", 1)),
            abi.encodeCall(IFinancing.setBands, ("USD", new Band[](0))),
            abi.encodeCall(IFinancing.setSandboxCap, (CORRIDOR, "USD", 1, 1)),
            abi.encodeCall(IFinancing.placeHold, (_terms())),
            abi.encodeCall(IFinancing.liftHold, (_terms()))
        ];
        for (uint256 i = 0; i < verbs.length; ++i) {
            vm.prank(regulator.submitter.addr);
            vm.expectRevert(
                abi.encodeWithSelector(
                    IParticipants.Participants_PermissionMissing.selector,
                    _keyId(regulator.submitter),
                    Permission.DECIDE
                )
            );
            (bool done,) = address(financing).call(verbs[i]);
            assertTrue(done);
        }
    }

    function test_RevertWhen_CallerIsNotRegulator() external {
        bytes[3] memory verbs = [
            abi.encodeCall(IFinancing.setSandboxCap, (CORRIDOR, "USD", 1, 1)),
            abi.encodeCall(IFinancing.placeHold, (_terms())),
            abi.encodeCall(IFinancing.liftHold, (_terms()))
        ];
        for (uint256 i = 0; i < verbs.length; ++i) {
            vm.prank(bankA.decider.addr);
            vm.expectRevert(
                abi.encodeWithSelector(
                    IParticipants.Participants_RoleMissing.selector, bankA.id, Role.REGULATOR
                )
            );
            (bool done,) = address(financing).call(verbs[i]);
            assertTrue(done);
        }
    }

    function test_SetsLimit() external {
        vm.recordLogs();
        vm.expectEmit(address(financing));
        emit IFinancing.LimitSet(bankA.id, importer.id, "EUR", 77);
        vm.prank(bankA.decider.addr);
        financing.setLimit(importer.id, "EUR", 77);
        _onlyLog();
        (uint128 limit, uint128 used) = financing.limitOf(bankA.id, importer.id, "EUR");
        assertEq(limit, 77);
        assertEq(used, 0);
        (limit,) = financing.limitOf(bankB.id, importer.id, "EUR");
        assertEq(limit, 0);
    }

    function test_RevertWhen_BandsAreWrong() external {
        Band[] memory bands = new Band[](9);
        for (uint256 i = 0; i < 9; ++i) {
            bands[i] = Band(uint128(i), 2);
        }
        _expectInvalid(bands);
        bands = new Band[](1);
        bands[0] = Band(100, 1);
        _expectInvalid(bands);
        bands = new Band[](2);
        (bands[0], bands[1]) = (Band(100, 2), Band(100, 3));
        _expectInvalid(bands);
        (bands[0], bands[1]) = (Band(100, 3), Band(101, 2));
        _expectInvalid(bands);
    }

    function test_SetsBands() external {
        Band[] memory bands = new Band[](2);
        (bands[0], bands[1]) = (Band(1, 3), Band(2, 5));
        _setBands(bands);
        FinancingTerms memory terms = _request();
        (, uint8 needed) = financing.approvals(terms, bankA.id);
        assertEq(needed, 5);

        bands = new Band[](1);
        bands[0] = Band(1, 2);
        vm.recordLogs();
        vm.expectEmit(address(financing));
        emit IFinancing.BandsSet(bankA.id, "USD", bands);
        _setBands(bands);
        _onlyLog();
        (, needed) = financing.approvals(terms, bankA.id);
        assertEq(needed, 2);
    }

    function test_SetsSandboxCap() external {
        _requestReleased();
        vm.recordLogs();
        vm.expectEmit(address(financing));
        emit IFinancing.SandboxCapSet(CORRIDOR, "USD", regulator.id, 5, START + 9);
        vm.prank(regulator.decider.addr);
        financing.setSandboxCap(CORRIDOR, "USD", 5, START + 9);
        _onlyLog();
        (uint128 cap, uint128 used, uint64 endsAt) = financing.sandboxOf(CORRIDOR, "USD");
        assertEq(cap, 5);
        assertEq(used, FIRST);
        assertEq(endsAt, START + 9);
    }

    function test_RevertGiven_NothingToHold() external {
        FinancingTerms memory terms = _terms();
        vm.prank(regulator.decider.addr);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFinancing.Financing_TermsDiffer.selector,
                _financingId(),
                bytes32(0),
                keccak256(abi.encode(terms))
            )
        );
        financing.placeHold(terms);
        _request();
        vm.startPrank(regulator.decider.addr);
        vm.expectRevert(_unchanged(false));
        financing.liftHold(terms);
        financing.placeHold(terms);
        vm.expectRevert(_unchanged(true));
        financing.placeHold(terms);
    }

    function test_RevertWhen_LaidOutOtherwise() external {
        FinancingTerms memory terms = _request();
        bytes memory data = _laidOutOtherwise(IFinancing.placeHold.selector, terms);
        vm.prank(regulator.decider.addr);
        (bool success, bytes memory answer) = address(financing).call(data);
        assertFalse(success);
        assertEq(bytes4(answer), IFinancing.Financing_TermsDiffer.selector);
        vm.prank(regulator.decider.addr);
        financing.placeHold(terms);
    }

    function test_HoldsAndLifts() external {
        FinancingTerms memory terms = _request();
        vm.startPrank(regulator.decider.addr);
        vm.recordLogs();
        vm.expectEmit(address(financing));
        emit IFinancing.HoldPlaced(orderId, _financingId(), regulator.id);
        financing.placeHold(terms);
        _onlyLog();
        assertTrue(financing.facility(_financingId()).held);
        vm.recordLogs();
        vm.expectEmit(address(financing));
        emit IFinancing.HoldLifted(orderId, _financingId(), regulator.id);
        financing.liftHold(terms);
        _onlyLog();
        assertFalse(financing.facility(_financingId()).held);
    }

    /// @dev A hold stops releases and nothing else: money that is owed can be paid.
    function test_GivenHeld_RepaymentGoesOn() external {
        FinancingTerms memory terms = _requestReleased();
        vm.prank(regulator.decider.addr);
        financing.placeHold(terms);
        _repay(terms, _payoff(terms), "r");
        assertState(FinancingState.REPAID);
    }

    function _setBands(Band[] memory bands) private {
        vm.prank(bankA.decider.addr);
        financing.setBands("USD", bands);
    }

    function _expectInvalid(Band[] memory bands) private {
        vm.expectRevert(
            abi.encodeWithSelector(IFinancing.Financing_InvalidBands.selector, bankA.id)
        );
        _setBands(bands);
    }

    function _unchanged(bool held) private view returns (bytes memory) {
        return
            abi.encodeWithSelector(
                IFinancing.Financing_HoldUnchanged.selector, _financingId(), held
            );
    }
}
