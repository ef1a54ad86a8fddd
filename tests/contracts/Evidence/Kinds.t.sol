// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEvidence} from "contracts/interfaces/IEvidence.sol";
import {ITradeOrders} from "contracts/interfaces/ITradeOrders.sol";
import {EvidenceKey, EvidenceKind, KindSet} from "contracts/types/EvidenceKinds.sol";
import {EvidenceId, OrderId} from "contracts/types/Ids.sol";
import {Role} from "contracts/types/Roles.sol";
import {World} from "../utils/World.sol";

contract KindsTest is World {
    EvidenceKind private constant _KIND = EvidenceKind.INSPECTION_CERTIFICATE;

    function test_GivenNoFact() external {
        _expectKinds(_placeAccepted(), false, false);
        _expectKinds(OrderId.wrap("nowhere"), false, false);
    }

    function test_GivenOneAttesterTwice() external {
        OrderId orderId = _orderNaming(exporter, importer, bankA);
        _record(orderId, exporter, _fact(_KIND, "first"));
        _record(orderId, exporter, _fact(_KIND, "second"));
        _expectKinds(orderId, true, false);
    }

    function test_GivenTwoOfOneGroup() external {
        Member memory branch = _branchOfBankA();
        OrderId orderId = _orderNaming(bankA, branch, exporter);
        _record(orderId, bankA, _KIND);
        _record(orderId, branch, _KIND);
        _expectKinds(orderId, true, false);
    }

    function test_GivenTwoUnrelated() external {
        OrderId orderId = _orderNaming(exporter, importer, bankA);
        _record(orderId, exporter, _KIND);
        _expectKinds(orderId, true, false);
        _record(orderId, bankA, _KIND);
        _expectKinds(orderId, true, true);
        _withdraw(orderId, bankA, _KIND);
        _expectKinds(orderId, true, false);
    }

    /// @dev bankA and its branch are related, the exporter is not: every subset of the three.
    function testFuzz_GivenThreeOfWhomTwoAreRelated(uint8 subset, uint8 turn) external {
        Member[3] memory members = [bankA, _branchOfBankA(), exporter];
        turn %= 3;
        OrderId orderId =
            _orderNaming(members[turn], members[(turn + 1) % 3], members[(turn + 2) % 3]);
        subset %= 8;
        for (uint256 i = 0; i < 3; ++i) {
            if (subset & (1 << i) != 0) _record(orderId, members[i], _KIND);
        }
        _expectKinds(orderId, subset != 0, subset > 4);
    }

    function test_GivenOrderAndVoyage() external {
        OrderId orderId = _orderNaming(exporter, importer, carrier);
        _record(orderId, exporter, _KIND);
        _sail(orderId, _KIND);
        _expectKinds(orderId, true, true);
    }

    function test_GivenVoyageFactOfForeignKind() external {
        OrderId orderId = _orderNaming(exporter, importer, carrier);
        _sail(orderId, EvidenceKind.INVOICE);
        (KindSet once,) = evidence.kinds(orderId);
        assertTrue(once.isEmpty());
    }

    function test_GivenAttesterNoLongerNamed() external {
        OrderId orderId = _orderNaming(exporter, importer, bankA);
        _record(orderId, bankA, _KIND);
        _amend(orderId, 2, _attesters());
        _expectKinds(orderId, false, false);
        _amend(orderId, 3, _naming(exporter, importer, bankA));
        _expectKinds(orderId, true, false);
    }

    function test_WhenNothingIsAsked() external {
        assertEq(
            evidence.documentRoot(_placeAccepted(), new EvidenceKey[](0)),
            keccak256(abi.encode(new bytes32[](0), new bytes32[](0)))
        );
    }

    function test_WhenItemChanges() external {
        OrderId orderId = _placeAccepted();
        EvidenceKey[] memory basis = _invoiceAndOrder(orderId);
        bytes32 before = evidence.documentRoot(orderId, basis);
        assertEq(before, _root(orderId, basis));

        IEvidence.Fact memory second = _fact(EvidenceKind.INVOICE, "version 2");
        second.supersedes = basis[0].sourceKey;
        _record(orderId, exporter, second);
        bytes32 superseded = evidence.documentRoot(orderId, basis);
        assertEq(superseded, _root(orderId, basis));
        assertFalse(superseded == before);

        _withdraw(orderId, importer, EvidenceKind.PURCHASE_ORDER);
        assertEq(evidence.documentRoot(orderId, basis), _root(orderId, basis));
        assertFalse(evidence.documentRoot(orderId, basis) == superseded);
    }

    function test_WhenOrderOfKeysChanges() external {
        OrderId orderId = _placeAccepted();
        EvidenceKey[] memory basis = _invoiceAndOrder(orderId);
        bytes32 before = evidence.documentRoot(orderId, basis);
        (basis[0], basis[1]) = (basis[1], basis[0]);
        assertFalse(evidence.documentRoot(orderId, basis) == before);
    }

    function test_WhenAskedOfAnotherOrder() external {
        OrderId orderId = _placeAccepted();
        EvidenceKey[] memory basis = _invoiceAndOrder(orderId);
        OrderId other = _placeAccepted("another");
        bytes32 empty = evidence.documentRoot(other, basis);
        assertEq(empty, _root(other, basis));
        assertFalse(_standsOn(other, basis[0]));
        _invoiceAndOrder(other);
        assertFalse(evidence.documentRoot(other, basis) == empty);
        assertFalse(evidence.documentRoot(other, basis) == evidence.documentRoot(orderId, basis));
    }

    function _invoiceAndOrder(OrderId orderId) private returns (EvidenceKey[] memory basis) {
        _record(orderId, exporter, EvidenceKind.INVOICE);
        _record(orderId, importer, EvidenceKind.PURCHASE_ORDER);
        basis = new EvidenceKey[](2);
        basis[0] = _key(exporter, EvidenceKind.INVOICE);
        basis[1] = _key(importer, EvidenceKind.PURCHASE_ORDER);
    }

    function _branchOfBankA() private returns (Member memory) {
        return _admit("5493000BRANCHONE01", _roles(Role.BANK), "SG", bankA.id);
    }

    /// @dev An accepted order on which these three may attest the kind.
    function _orderNaming(Member memory a, Member memory b, Member memory c)
        private
        returns (OrderId orderId)
    {
        orderId = _place(ORDER_KEY, _orderTerms(), _naming(a, b, c));
        _accept(orderId);
    }

    function _naming(Member memory a, Member memory b, Member memory c)
        private
        pure
        returns (ITradeOrders.Attester[] memory named)
    {
        named = new ITradeOrders.Attester[](3);
        KindSet kinds = _only(_KIND).with(EvidenceKind.VESSEL_DEPARTED);
        named[0] = ITradeOrders.Attester(a.id, kinds);
        named[1] = ITradeOrders.Attester(b.id, kinds);
        named[2] = ITradeOrders.Attester(c.id, kinds);
    }

    function _amend(OrderId orderId, uint32 version, ITradeOrders.Attester[] memory named) private {
        ITradeOrders.OrderTerms memory terms = _orderTerms();
        vm.prank(exporter.submitter.addr);
        orders.proposeAmendment(orderId, terms, named);
        vm.prank(importer.submitter.addr);
        orders.acceptAmendment(
            orderId, terms, named, keccak256(abi.encode(orderId, version, terms, named))
        );
    }

    function _sail(OrderId orderId, EvidenceKind kind) private {
        vm.startPrank(carrier.attester.addr);
        evidence.linkVoyage(orderId, "voyage");
        evidence.recordOnVoyage("voyage", _fact(kind));
        vm.stopPrank();
    }

    function _expectKinds(OrderId orderId, bool isOnce, bool isTwice) private view {
        (KindSet once, KindSet twice) = evidence.kinds(orderId);
        assertEq(once.has(_KIND), isOnce);
        assertEq(twice.has(_KIND), isTwice);
    }

    /// @dev The root as a reader of the chain would compute it from the items.
    function _root(OrderId orderId, EvidenceKey[] memory keys) private view returns (bytes32) {
        EvidenceId[] memory ids = new EvidenceId[](keys.length);
        bytes32[] memory marks = new bytes32[](keys.length);
        for (uint256 i = 0; i < keys.length; ++i) {
            ids[i] = evidence.idOf(orderId, keys[i]);
            (IEvidence.EvidenceState state, bytes32 commitment) = evidence.item(ids[i]);
            marks[i] = state == IEvidence.EvidenceState.WITHDRAWN ? bytes32(uint256(1)) : commitment;
        }
        return keccak256(abi.encode(ids, marks));
    }
}
