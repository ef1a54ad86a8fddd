// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEvidence} from "contracts/interfaces/IEvidence.sol";
import {IParticipants} from "contracts/interfaces/IParticipants.sol";
import {ITradeOrders} from "contracts/interfaces/ITradeOrders.sol";
import {EvidenceKind, KindSet} from "contracts/types/EvidenceKinds.sol";
import {EvidenceId, OrderId} from "contracts/types/Ids.sol";
import {Permission} from "contracts/types/Roles.sol";
import {World} from "../utils/World.sol";

contract WithdrawTest is World {
    OrderId private _orderId;

    function setUp() public override {
        super.setUp();
        _orderId = _placeAccepted();
        _record(_orderId, exporter, EvidenceKind.INVOICE);
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
        evidence.withdraw(_orderId, EvidenceKind.INVOICE, _source(EvidenceKind.INVOICE), "reason");
    }

    function test_RevertWhen_WithdrawnAlready() external {
        _withdraw(_orderId, exporter, EvidenceKind.INVOICE);
        vm.expectRevert(_wrongState(exporter, IEvidence.EvidenceState.WITHDRAWN));
        _withdraw(_orderId, exporter, EvidenceKind.INVOICE);
    }

    /// @dev The caller names only facts of its own: another's is one that there is not.
    function test_RevertWhen_FactIsUnknown() external {
        vm.expectRevert(_wrongState(importer, IEvidence.EvidenceState.NONE));
        _withdraw(_orderId, importer, EvidenceKind.INVOICE);
        assertTrue(_standsOn(_orderId, _key(exporter, EvidenceKind.INVOICE)));
    }

    function test_RevertGiven_OrderFulfilled() external {
        vm.prank(importer.submitter.addr);
        orders.fulfil(_orderId);
        vm.expectRevert(abi.encodeWithSelector(IEvidence.Evidence_OrderClosed.selector, _orderId));
        _withdraw(_orderId, exporter, EvidenceKind.INVOICE);
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
        _withdraw(_orderId, exporter, EvidenceKind.INVOICE);
        assertFalse(_standsOn(_orderId, _key(exporter, EvidenceKind.INVOICE)));
    }

    function test_GivenOrderDisputed() external {
        _dispute(_orderId);
        _withdraw(_orderId, exporter, EvidenceKind.INVOICE);
        assertFalse(_standsOn(_orderId, _key(exporter, EvidenceKind.INVOICE)));
    }

    /// @dev Any number of facts of one kind, some of the same order withdrawn and some not: the
    /// kind stands exactly as long as one of them does.
    function testFuzz_GivenOthersOfTheKind(uint256 seed) external {
        uint256 count = bound(seed, 1, 6);
        bytes32[] memory facts = new bytes32[](count + 1);
        facts[0] = _source(EvidenceKind.INVOICE);
        for (uint256 i = 1; i <= count; ++i) {
            facts[i] = bytes32(i);
            _record(_orderId, exporter, _fact(EvidenceKind.INVOICE, facts[i]));
        }
        for (uint256 left = count + 1; left > 0; --left) {
            assertEq(_kinds(), _only(EvidenceKind.INVOICE));
            seed = uint256(keccak256(abi.encode(seed)));
            uint256 pick = seed % left;
            _withdraw(_orderId, exporter, EvidenceKind.INVOICE, facts[pick]);
            facts[pick] = facts[left - 1];
        }
        assertTrue(_kinds().isEmpty());
    }

    function test_GivenOnlyFactOfTheKind() external {
        _record(_orderId, exporter, EvidenceKind.PACKING_LIST);
        EvidenceId invoice = evidence.idOf(_orderId, _key(exporter, EvidenceKind.INVOICE));
        vm.recordLogs();
        vm.expectEmit(address(evidence));
        emit IEvidence.EvidenceWithdrawn(
            _orderId, invoice, exporter.id, EvidenceKind.INVOICE, "taken back"
        );
        _withdraw(_orderId, exporter, EvidenceKind.INVOICE);
        _onlyLog();
        assertEq(_kinds(), _only(EvidenceKind.PACKING_LIST));
        assertTrue(_standsOn(_orderId, _key(exporter, EvidenceKind.PACKING_LIST)));
    }

    function _wrongState(Member memory attester, IEvidence.EvidenceState current)
        private
        view
        returns (bytes memory)
    {
        return abi.encodeWithSelector(
            IEvidence.Evidence_WrongState.selector,
            evidence.idOf(_orderId, _key(attester, EvidenceKind.INVOICE)),
            current,
            IEvidence.EvidenceState.RECORDED
        );
    }

    function _kinds() private view returns (KindSet once) {
        (once,) = evidence.kinds(_orderId);
    }
}
