// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEvidence} from "contracts/interfaces/IEvidence.sol";
import {KindSet} from "contracts/types/EvidenceKinds.sol";
import {OrderId} from "contracts/types/Ids.sol";
import {Test} from "../utils/Test.sol";
import {EvidenceHandler} from "./EvidenceHandler.sol";
import {EvidenceLedger} from "./EvidenceLedger.sol";

/// @dev The invariants of README.md beside this file.
contract EvidenceInvariants is Test {
    EvidenceHandler private _handler;
    EvidenceLedger private _ledger;

    function setUp() external {
        _handler = new EvidenceHandler();
        _handler.setUp();
        _ledger = _handler.ledger();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        bytes4[] memory moves = new bytes4[](9);
        moves[0] = moves[8] = EvidenceHandler.record.selector;
        moves[1] = EvidenceHandler.recordOnVoyage.selector;
        moves[2] = EvidenceHandler.supersede.selector;
        moves[3] = EvidenceHandler.withdraw.selector;
        moves[4] = EvidenceHandler.linkOrUnlink.selector;
        moves[5] = EvidenceHandler.amend.selector;
        moves[6] = EvidenceHandler.dispute.selector;
        moves[7] = EvidenceHandler.endDispute.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), moves);
    }

    /// @dev All in one campaign: each looks at the same course of events.
    function invariant_AllHold() external view {
        _kindsAreThoseOfStandingFacts();
        _contradictionsAreContested();
        _factsGoForward();
        vm.assertFalse(_handler.wentAstray(), "a state that may not follow");
    }

    /// @dev The handler's moves do what they say: each course is played once, in one order.
    function test_WhenHandlerIsDriven() external {
        for (uint256 i = 0; i < 6; ++i) {
            _handler.record(1, 1, 0, i, true);
            _handler.record(1, 3, 0, i, false);
        }
        vm.assertEq(_ledger.conflictsRaised(), 4, "the fifth and sixth are refused");
        vm.assertEq(_handler.done("tooManyConflicts"), 2);
        _contradictionsAreContested();
        _handler.withdraw(0);
        _handler.record(1, 3, 0, 5, false);
        vm.assertEq(_ledger.conflictsRaised(), 5, "one settled, another has its place");
        _handler.linkOrUnlink(0, 0);
        _handler.recordOnVoyage(0, 1, 0);
        _handler.amend(7);
        _handler.dispute(0, true);
        _handler.endDispute(0, 0);
        _handler.dispute(0, true);
        _kindsAreThoseOfStandingFacts();
        _factsGoForward();
    }

    function _kindsAreThoseOfStandingFacts() private view {
        for (uint256 order = 0; order < _handler.ORDERS(); ++order) {
            (KindSet once, KindSet twice) = _handler.kinds(order);
            OrderId orderId = _handler.orderIds(order);
            (KindSet expectedOnce, KindSet expectedTwice) = _ledger.expectedKinds(orderId);
            assertEq(once, expectedOnce);
            assertEq(twice, expectedTwice);
        }
    }

    /// @dev On the order that always names the same: an amendment may name two anew whose words of
    /// old differ (ADR 0028).
    function _contradictionsAreContested() private view {
        OrderId orderId = _handler.orderIds(1);
        assertEq(_ledger.contested(orderId), _ledger.contradicted(orderId));
    }

    function _factsGoForward() private view {
        for (uint256 i = 0; i < _ledger.count(); ++i) {
            EvidenceLedger.Said memory said = _ledger.saidAt(i);
            (IEvidence.EvidenceState state, bytes32 commitment) = _handler.item(said);
            assertTrue(
                state
                    == (said.stands
                            ? IEvidence.EvidenceState.RECORDED
                            : IEvidence.EvidenceState.WITHDRAWN)
            );
            assertEq(commitment, said.stands ? said.commitment : bytes32(0));
        }
    }
}
