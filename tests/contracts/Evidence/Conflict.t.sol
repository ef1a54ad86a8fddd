// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEvidence} from "contracts/interfaces/IEvidence.sol";
import {IFinancing} from "contracts/interfaces/IFinancing.sol";
import {ITradeOrders} from "contracts/interfaces/ITradeOrders.sol";
import {EvidenceKey, EvidenceKind, KindSet} from "contracts/types/EvidenceKinds.sol";
import {Condition, Conditions, FinancingTerms} from "contracts/types/Financings.sol";
import {EvidenceId, OrderId} from "contracts/types/Ids.sol";
import {FinancingWorld} from "../utils/FinancingWorld.sol";
import {Vm} from "../utils/Vm.sol";

/// @dev Of the library {Conflicts}, as Evidence uses it.
contract ConflictTest is FinancingWorld {
    EvidenceKind private constant _KIND = EvidenceKind.INSPECTION_CERTIFICATE;
    bytes32 private constant _SOURCE = "certificate 1";

    OrderId private _order;

    function setUp() public override {
        super.setUp();
        _order = _place("contested", _orderTerms(), _naming(exporter, carrier, bankA));
        _accept(_order);
    }

    function test_GivenOneNamed() external {
        OrderId other = _placeAccepted("one for each");
        _say(other, exporter, EvidenceKind.INVOICE, "a");
        assertEq(_once(other), _only(EvidenceKind.INVOICE));
    }

    function test_WhenTwoAgree() external {
        _say(exporter, "a");
        vm.recordLogs();
        _say(carrier, "a");
        _onlyLog();
        _expectCounts(true, true);
        assertEq(evidence.conflicts(_order).length, 0);
    }

    function test_WhenSourcesDiffer() external {
        _say(exporter, "a");
        _record(_order, carrier, _fact(_KIND, "certificate 2"));
        _expectCounts(true, true);
    }

    function test_WhenTwoContradict() external {
        _say(exporter, "a");
        _record(_order, exporter, EvidenceKind.VESSEL_DEPARTED);
        _record(_order, bankA, EvidenceKind.VESSEL_DEPARTED);
        vm.recordLogs();
        EvidenceId second = _say(carrier, "b");
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 2);
        assertEq(logs[0].topics[0], IEvidence.EvidenceRecorded.selector);
        assertEq(logs[1].topics[0], IEvidence.ConflictRaised.selector);
        assertEq(logs[1].topics[1], OrderId.unwrap(_order));
        assertEq(logs[1].topics[2], EvidenceId.unwrap(second));
        vm.assertEq(logs[1].data, abi.encode(_KIND, _SOURCE, uint256(0)));

        _expectContested();
        (KindSet once, KindSet twice) = evidence.kinds(_order);
        assertEq(once, _only(EvidenceKind.VESSEL_DEPARTED).with(EvidenceKind.EVIDENCE_CONFLICT));
        assertEq(twice, _only(EvidenceKind.VESSEL_DEPARTED));
        IEvidence.Conflict[] memory raised = evidence.conflicts(_order);
        assertEq(raised.length, 1);
        assertTrue(raised[0].kind == _KIND);
        assertEq(raised[0].sourceKey, _SOURCE);
    }

    /// @dev The first tranche asks for the purchase order and blocks nothing by name.
    function test_P3_WhenTwoContradict_NothingIsReleased() external {
        FinancingTerms memory terms = _requestFunded();
        IEvidence.Fact memory other = _fact(EvidenceKind.PURCHASE_ORDER);
        other.commitment = "another purchase order";
        _record(orderId, exporter, other);
        Conditions memory c = financing.conditions(terms, 0);
        vm.assertEq(c.unmet, _bit(Condition.EVIDENCE) | _bit(Condition.BLOCKED), "unmet");
        assertEq(c.missing, _only(EvidenceKind.PURCHASE_ORDER));
        assertEq(c.blocking, _only(EvidenceKind.EVIDENCE_CONFLICT));
        vm.expectPartialRevert(IFinancing.Financing_ConditionsNotMet.selector);
        _release(terms, 0);
        _withdraw(orderId, exporter, EvidenceKind.PURCHASE_ORDER);
        _release(terms, 0);
    }

    function test_WhenThirdJoins() external {
        _say(exporter, "a");
        _say(carrier, "b");
        vm.recordLogs();
        _say(bankA, "a");
        _onlyLog();
        _expectContested();
        _withdraw(_order, exporter, _KIND, _SOURCE);
        _expectContested();
        _withdraw(_order, bankA, _KIND, _SOURCE);
        _expectCounts(true, false);
    }

    function test_GivenKindIsAdverse() external {
        _say(orderId, bankA, EvidenceKind.FRAUD_ALERT, "a");
        _say(orderId, bankB, EvidenceKind.FRAUD_ALERT, "b");
        KindSet once = _once(orderId);
        assertFalse(once.has(EvidenceKind.FRAUD_ALERT));
        assertTrue(once.has(EvidenceKind.EVIDENCE_CONFLICT));
    }

    function test_WhenOneGivesWay() external {
        _say(exporter, "a");
        _say(carrier, "b");
        _withdraw(_order, exporter, _KIND, _SOURCE);
        _expectCounts(true, false);

        IEvidence.Fact memory fact = _fact(_KIND, "certificate 2");
        _record(_order, exporter, fact);
        fact.commitment = "b";
        _record(_order, bankA, fact);
        _expectContested();
        fact = _fact(_KIND, "certificate 2, corrected");
        fact.supersedes = "certificate 2";
        _record(_order, bankA, fact);
        _expectCounts(true, true);
    }

    function test_WhenNoLongerNamed() external {
        _say(exporter, "a");
        _say(carrier, "b");
        _amend(2, _naming(exporter, importer, bankA));
        _expectCounts(true, false);
        _amend(3, _naming(exporter, carrier, bankA));
        _expectContested();
    }

    function test_WhenSettledBeginsAnew() external {
        _say(exporter, "a");
        _say(carrier, "b");
        _withdraw(_order, carrier, _KIND, _SOURCE);
        EvidenceId third = evidence.idOf(_order, EvidenceKey(bankA.id, _KIND, _SOURCE));
        vm.expectEmit(address(evidence));
        emit IEvidence.ConflictRaised(_order, third, bankA.id, _KIND, _SOURCE, 0);
        _say(bankA, "c");
        _expectContested();
        assertEq(evidence.conflicts(_order).length, 1);
    }

    function test_GivenFourStand() external {
        for (uint256 i = 0; i < 4; ++i) {
            _contradict(bytes32(i));
        }
        IEvidence.Fact memory fact = _fact(_KIND, "fifth");
        _record(_order, exporter, fact);
        fact.commitment = "b";
        vm.expectRevert(
            abi.encodeWithSelector(IEvidence.Evidence_TooManyConflicts.selector, _order, 4)
        );
        _record(_order, carrier, fact);
        assertFalse(_standsOn(_order, EvidenceKey(carrier.id, _KIND, "fifth")));
        // One that stands already may be joined.
        IEvidence.Fact memory third = _fact(_KIND, bytes32(uint256(2)));
        third.commitment = "c";
        _record(_order, bankA, third);

        _withdraw(_order, carrier, _KIND, bytes32(uint256(1)));
        EvidenceId fifth = evidence.idOf(_order, EvidenceKey(carrier.id, _KIND, "fifth"));
        vm.expectEmit(address(evidence));
        emit IEvidence.ConflictRaised(_order, fifth, carrier.id, _KIND, "fifth", 1);
        _record(_order, carrier, fact);
        assertEq(evidence.conflicts(_order)[1].sourceKey, "fifth");
        assertEq(evidence.conflicts(_order).length, 4);
    }

    function test_GivenVoyageSaysOtherwise() external {
        IEvidence.Fact memory fact = _fact(EvidenceKind.VESSEL_DEPARTED, _SOURCE);
        vm.startPrank(carrier.attester.addr);
        evidence.linkVoyage(_order, "voyage");
        evidence.recordOnVoyage("voyage", fact);
        vm.stopPrank();
        fact.commitment = "b";
        _record(_order, exporter, fact);
        (KindSet once, KindSet twice) = evidence.kinds(_order);
        assertEq(once, _only(EvidenceKind.VESSEL_DEPARTED));
        assertEq(twice, _only(EvidenceKind.VESSEL_DEPARTED));
    }

    function test_GivenNamedTwice() external {
        ITradeOrders.Attester[] memory named = _naming(exporter, exporter, exporter);
        OrderId other = _place("named twice", _orderTerms(), named);
        _accept(other);
        _say(other, exporter, _KIND, "a");
        (KindSet once, KindSet twice) = evidence.kinds(other);
        assertEq(once, _only(_KIND));
        assertTrue(twice.isEmpty());
    }

    function _contradict(bytes32 sourceKey) private {
        IEvidence.Fact memory fact = _fact(_KIND, sourceKey);
        _record(_order, exporter, fact);
        fact.commitment = "b";
        _record(_order, carrier, fact);
    }

    function _say(Member memory attester, bytes32 content) private returns (EvidenceId) {
        return _say(_order, attester, _KIND, content);
    }

    function _say(OrderId about, Member memory attester, EvidenceKind kind, bytes32 content)
        private
        returns (EvidenceId)
    {
        IEvidence.Fact memory fact = _fact(kind, _SOURCE);
        fact.commitment = content;
        return _record(about, attester, fact);
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

    function _amend(uint32 version, ITradeOrders.Attester[] memory named) private {
        ITradeOrders.OrderTerms memory terms = _orderTerms();
        vm.prank(exporter.submitter.addr);
        orders.proposeAmendment(_order, terms, named);
        vm.prank(importer.submitter.addr);
        orders.acceptAmendment(
            _order, terms, named, keccak256(abi.encode(_order, version, terms, named))
        );
    }

    function _once(OrderId about) private view returns (KindSet once) {
        (once,) = evidence.kinds(about);
    }

    function _expectContested() private view {
        (KindSet once, KindSet twice) = evidence.kinds(_order);
        assertFalse(once.has(_KIND));
        assertFalse(twice.has(_KIND));
        assertTrue(once.has(EvidenceKind.EVIDENCE_CONFLICT));
        assertFalse(twice.has(EvidenceKind.EVIDENCE_CONFLICT));
    }

    function _expectCounts(bool isOnce, bool isTwice) private view {
        (KindSet once, KindSet twice) = evidence.kinds(_order);
        assertEq(once.has(_KIND), isOnce);
        assertEq(twice.has(_KIND), isTwice);
        assertFalse(once.has(EvidenceKind.EVIDENCE_CONFLICT));
    }
}
