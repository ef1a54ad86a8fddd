// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEvidence} from "contracts/interfaces/IEvidence.sol";
import {IParticipants} from "contracts/interfaces/IParticipants.sol";
import {ITradeOrders} from "contracts/interfaces/ITradeOrders.sol";
import {EvidenceKind, KindSet} from "contracts/types/EvidenceKinds.sol";
import {EvidenceId, NO_PARTICIPANT, OrderId} from "contracts/types/Ids.sol";
import {Permission} from "contracts/types/Roles.sol";
import {World} from "../utils/World.sol";

contract WithdrawTest is World {
    OrderId private _orderId;
    EvidenceId private _invoice;

    function setUp() public override {
        super.setUp();
        _orderId = _placeAccepted();
        _invoice = _record(_orderId, exporter, EvidenceKind.INVOICE);
    }

    function test_RevertWhen_KeyLacksAttest() external {
        vm.prank(exporter.submitter.addr);
        vm.expectRevert(
            abi.encodeWithSelector(
                IParticipants.Participants_PermissionMissing.selector,
                _keyId(exporter.submitter),
                Permission.ATTEST
            )
        );
        evidence.withdraw(_invoice, "reason");
    }

    function test_RevertWhen_WithdrawnAlready() external {
        _withdraw(exporter, _invoice);
        vm.expectRevert(
            abi.encodeWithSelector(
                IEvidence.Evidence_WrongState.selector,
                _invoice,
                IEvidence.EvidenceState.WITHDRAWN,
                IEvidence.EvidenceState.RECORDED
            )
        );
        _withdraw(exporter, _invoice);
    }

    function test_RevertWhen_FactIsUnknown() external {
        EvidenceId unknown = EvidenceId.wrap("unknown");
        vm.expectRevert(
            abi.encodeWithSelector(
                IEvidence.Evidence_NotAttester.selector, unknown, NO_PARTICIPANT, exporter.id
            )
        );
        _withdraw(exporter, unknown);
    }

    function test_RevertWhen_CallerIsNotAttester() external {
        vm.expectRevert(
            abi.encodeWithSelector(
                IEvidence.Evidence_NotAttester.selector, _invoice, exporter.id, importer.id
            )
        );
        _withdraw(importer, _invoice);
    }

    function test_RevertGiven_OrderFulfilled() external {
        vm.prank(importer.submitter.addr);
        orders.fulfil(_orderId);
        vm.expectRevert(abi.encodeWithSelector(IEvidence.Evidence_OrderClosed.selector, _orderId));
        _withdraw(exporter, _invoice);
    }

    function test_GivenAttesterNoLongerNamed() external {
        ITradeOrders.OrderTerms memory terms = _orderTerms();
        ITradeOrders.Attester[] memory nobody = new ITradeOrders.Attester[](0);
        vm.prank(exporter.submitter.addr);
        orders.proposeAmendment(_orderId, terms, nobody);
        vm.prank(importer.submitter.addr);
        orders.acceptAmendment(
            _orderId, terms, nobody, keccak256(abi.encode(_orderId, uint32(2), terms, nobody))
        );
        _withdraw(exporter, _invoice);
        assertTrue(evidence.item(_invoice).state == IEvidence.EvidenceState.WITHDRAWN);
    }

    function test_GivenOrderDisputed() external {
        _dispute(_orderId);
        _withdraw(exporter, _invoice);
        assertTrue(evidence.item(_invoice).state == IEvidence.EvidenceState.WITHDRAWN);
    }

    /// @dev Any number of facts of one kind, some of the same order withdrawn and some not: the
    /// kind stands exactly as long as one of them does.
    function testFuzz_GivenOthersOfTheKind(uint256 seed) external {
        uint256 count = bound(seed, 1, 6);
        EvidenceId[] memory facts = new EvidenceId[](count + 1);
        facts[0] = _invoice;
        for (uint256 i = 1; i <= count; ++i) {
            facts[i] = _record(_orderId, exporter, _fact(EvidenceKind.INVOICE, bytes32(i)));
        }
        for (uint256 left = count + 1; left > 0; --left) {
            assertEq(_kinds(), _only(EvidenceKind.INVOICE));
            seed = uint256(keccak256(abi.encode(seed)));
            uint256 pick = seed % left;
            _withdraw(exporter, facts[pick]);
            facts[pick] = facts[left - 1];
        }
        assertTrue(_kinds().isEmpty());
    }

    function test_GivenOnlyFactOfTheKind() external {
        EvidenceId packingList = _record(_orderId, exporter, EvidenceKind.PACKING_LIST);
        vm.recordLogs();
        vm.expectEmit(address(evidence));
        emit IEvidence.EvidenceWithdrawn(
            _orderId, _invoice, exporter.id, EvidenceKind.INVOICE, "taken back"
        );
        _withdraw(exporter, _invoice);
        _onlyLog();
        assertEq(_kinds(), _only(EvidenceKind.PACKING_LIST));
        assertTrue(evidence.item(packingList).state == IEvidence.EvidenceState.RECORDED);
    }

    function _kinds() private view returns (KindSet once) {
        (once,) = evidence.kinds(_orderId);
    }
}
