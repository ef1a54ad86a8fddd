// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEvidence} from "contracts/interfaces/IEvidence.sol";
import {IParticipants} from "contracts/interfaces/IParticipants.sol";
import {ITradeOrders} from "contracts/interfaces/ITradeOrders.sol";
import {ADVERSE_KINDS, EvidenceKey, EvidenceKind, KindSet} from "contracts/types/EvidenceKinds.sol";
import {EvidenceId, OrderId, ParticipantId} from "contracts/types/Ids.sol";
import {Permission} from "contracts/types/Roles.sol";
import {Vm} from "../utils/Vm.sol";
import {World} from "../utils/World.sol";

contract RecordTest is World {
    OrderId private _orderId;

    function setUp() public override {
        super.setUp();
        _orderId = _placeAccepted();
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
        evidence.record(_orderId, _fact(EvidenceKind.INVOICE));
    }

    /// @dev Every member with every kind: whoever is not named is refused, whoever is, is heard.
    function testFuzz_RevertWhen_NotNamed(uint8 who, uint8 what) external {
        Member[5] memory members = [exporter, importer, carrier, customsExport, arbiter];
        Member memory member = members[who % 5];
        EvidenceKind kind = EvidenceKind(bound(what, 0, uint256(type(EvidenceKind).max)));
        if (!orders.isNamed(_orderId, member.id, kind)) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    IEvidence.Evidence_NotNamed.selector, _orderId, member.id, kind
                )
            );
        }
        _record(_orderId, member, kind);
    }

    function test_RevertGiven_OrderUnknownOrPlaced() external {
        OrderId placed = _place("another");
        OrderId[2] memory closed = [OrderId.wrap("nowhere"), placed];
        for (uint256 i = 0; i < closed.length; ++i) {
            vm.expectRevert(_orderClosed(closed[i]));
            _record(closed[i], exporter, EvidenceKind.INVOICE);
            vm.expectRevert(_orderClosed(closed[i]));
            _record(closed[i], bankA, EvidenceKind.FRAUD_ALERT);
        }
    }

    function test_RevertGiven_OrderFulfilled() external {
        vm.prank(importer.submitter.addr);
        orders.fulfil(_orderId);
        vm.expectRevert(_orderClosed(_orderId));
        _record(_orderId, exporter, EvidenceKind.INVOICE);
        vm.expectRevert(_orderClosed(_orderId));
        _record(_orderId, bankA, EvidenceKind.FRAUD_ALERT);
    }

    function test_RevertWhen_KindIsReckoned() external {
        ITradeOrders.Attester[] memory named = new ITradeOrders.Attester[](2);
        KindSet conflict = _only(EvidenceKind.EVIDENCE_CONFLICT);
        named[0] = ITradeOrders.Attester(exporter.id, conflict);
        named[1] = ITradeOrders.Attester(carrier.id, conflict);
        OrderId orderId = _place("another", _orderTerms(), named);
        _accept(orderId);
        IEvidence.Fact memory fact = _fact(EvidenceKind.EVIDENCE_CONFLICT);
        bytes memory notAttestable =
            abi.encodeWithSelector(IEvidence.Evidence_NotAttestable.selector, fact.kind);
        vm.expectRevert(notAttestable);
        _record(orderId, exporter, fact);
        vm.prank(carrier.attester.addr);
        vm.expectRevert(notAttestable);
        evidence.recordOnVoyage("voyage", fact);
    }

    /// @dev Each kind that somebody is named for; the adverse ones pass.
    function test_GivenOrderDisputed() external {
        _dispute(_orderId);
        Member[5] memory members = [exporter, importer, carrier, customsExport, bankA];
        for (uint256 i = 0; i < members.length; ++i) {
            for (uint8 k = 0; k <= uint8(type(EvidenceKind).max); ++k) {
                EvidenceKind kind = EvidenceKind(k);
                if (!orders.isNamed(_orderId, members[i].id, kind)) continue;
                if (!ADVERSE_KINDS.has(kind)) vm.expectRevert(_orderClosed(_orderId));
                _record(_orderId, members[i], kind);
            }
        }
        (KindSet once,) = evidence.kinds(_orderId);
        assertEq(once, _range(EvidenceKind.CUSTOMS_HOLD, EvidenceKind.FRAUD_ALERT));
    }

    function test_RevertWhen_RecordedAlready() external {
        EvidenceId evidenceId = _record(_orderId, exporter, EvidenceKind.INVOICE);
        bytes memory alreadyRecorded =
            abi.encodeWithSelector(IEvidence.Evidence_AlreadyRecorded.selector, evidenceId);
        vm.expectRevert(alreadyRecorded);
        _record(_orderId, exporter, EvidenceKind.INVOICE);
        _withdraw(_orderId, exporter, EvidenceKind.INVOICE);
        vm.expectRevert(alreadyRecorded);
        _record(_orderId, exporter, EvidenceKind.INVOICE);
    }

    /// @dev Zero would be no fact, and one is the mark of a withdrawn fact.
    function test_RevertWhen_CommitmentIsInvalid() external {
        IEvidence.Fact memory fact = _fact(EvidenceKind.INVOICE);
        for (uint256 mark = 0; mark < 2; ++mark) {
            fact.commitment = bytes32(mark);
            vm.expectRevert(
                abi.encodeWithSelector(
                    IEvidence.Evidence_CommitmentInvalid.selector, fact.sourceKey, fact.commitment
                )
            );
            _record(_orderId, exporter, fact);
        }
    }

    function testFuzz_RevertWhen_InFuture(uint64 occurredAt) external {
        IEvidence.Fact memory fact = _fact(EvidenceKind.INVOICE);
        fact.occurredAt = uint64(bound(occurredAt, START + 1, type(uint64).max));
        vm.expectRevert(
            abi.encodeWithSelector(IEvidence.Evidence_InFuture.selector, fact.occurredAt, START)
        );
        _record(_orderId, exporter, fact);
    }

    /// @dev Recorded on another order, by another attester or of another kind it is not this one's
    /// to supersede, for its key then names a fact that there is not.
    function test_RevertWhen_SupersededIsForeign() external {
        IEvidence.Fact memory fact = _fact(EvidenceKind.PURCHASE_ORDER, "second");
        _record(_orderId, exporter, _fact(EvidenceKind.PURCHASE_ORDER, "withdrawn"));
        _withdraw(_orderId, exporter, EvidenceKind.PURCHASE_ORDER, "withdrawn");
        _record(_placeAccepted("another"), exporter, _fact(fact.kind, "elsewhere"));
        _record(_orderId, importer, _fact(fact.kind, "by another"));
        _record(_orderId, exporter, _fact(EvidenceKind.INVOICE, "invoice"));
        bytes32[6] memory foreign =
            [bytes32("unknown"), "withdrawn", fact.sourceKey, "elsewhere", "by another", "invoice"];
        for (uint256 i = 0; i < foreign.length; ++i) {
            fact.supersedes = foreign[i];
            vm.expectRevert(
                abi.encodeWithSelector(
                    IEvidence.Evidence_WrongState.selector,
                    _evidenceId(_orderId, exporter.id, fact.kind, foreign[i]),
                    i == 1 ? IEvidence.EvidenceState.WITHDRAWN : IEvidence.EvidenceState.NONE,
                    IEvidence.EvidenceState.RECORDED
                )
            );
            _record(_orderId, exporter, fact);
        }
    }

    function test_WhenSuperseding() external {
        EvidenceId first = _record(_orderId, exporter, EvidenceKind.INVOICE);
        IEvidence.Fact memory fact = _fact(EvidenceKind.INVOICE, "version 2");
        fact.supersedes = _source(EvidenceKind.INVOICE);
        EvidenceId second = _evidenceId(_orderId, exporter.id, EvidenceKind.INVOICE, fact.sourceKey);

        vm.recordLogs();
        _record(_orderId, exporter, fact);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 2);
        assertEq(logs[0].topics[0], IEvidence.EvidenceWithdrawn.selector);
        assertEq(logs[0].topics[2], EvidenceId.unwrap(first));
        vm.assertEq(logs[0].data, abi.encode(EvidenceKind.INVOICE, second));
        assertEq(logs[1].topics[0], IEvidence.EvidenceRecorded.selector);
        assertEq(logs[1].topics[2], EvidenceId.unwrap(second));

        _expectItem(first, IEvidence.EvidenceState.WITHDRAWN, 0);
        _expectItem(second, IEvidence.EvidenceState.RECORDED, fact.commitment);
        (KindSet once,) = evidence.kinds(_orderId);
        assertEq(once, _only(EvidenceKind.INVOICE));
    }

    /// @dev Superseding takes the place of a fact and adds none: when the second one goes, the kind
    /// goes, unless there was another besides.
    function test_WhenSuperseding_CountsOnce() external {
        _record(_orderId, exporter, _fact(EvidenceKind.INVOICE, "version 1"));
        IEvidence.Fact memory fact = _fact(EvidenceKind.INVOICE, "version 2");
        fact.supersedes = "version 1";
        _record(_orderId, exporter, fact);
        _record(_orderId, exporter, _fact(EvidenceKind.INVOICE, "another"));
        _withdraw(_orderId, exporter, EvidenceKind.INVOICE, "version 2");
        (KindSet once,) = evidence.kinds(_orderId);
        assertEq(once, _only(EvidenceKind.INVOICE));
        _withdraw(_orderId, exporter, EvidenceKind.INVOICE, "another");
        (once,) = evidence.kinds(_orderId);
        assertTrue(once.isEmpty());
    }

    function testFuzz_WhenAllIsInOrder(bytes32 sourceKey, bytes32 commitment, uint64 occurredAt)
        external
    {
        IEvidence.Fact memory fact = _fact(EvidenceKind.LOADED, sourceKey);
        fact.commitment = uint256(commitment) < 2 ? bytes32("c") : commitment;
        fact.occurredAt = uint64(bound(occurredAt, 0, START));
        EvidenceId evidenceId = _evidenceId(_orderId, carrier.id, EvidenceKind.LOADED, sourceKey);

        vm.recordLogs();
        vm.expectEmit(address(evidence));
        emit IEvidence.EvidenceRecorded(_orderId, evidenceId, carrier.id, fact);
        assertEq(_record(_orderId, carrier, fact), evidenceId);
        _onlyLog();

        _expectItem(evidenceId, IEvidence.EvidenceState.RECORDED, fact.commitment);
        assertEq(
            evidence.idOf(_orderId, EvidenceKey(carrier.id, EvidenceKind.LOADED, sourceKey)),
            evidenceId
        );
    }

    function test_RevertWhen_LengthsDiffer() external {
        vm.prank(exporter.attester.addr);
        vm.expectRevert(abi.encodeWithSelector(IEvidence.Evidence_LengthsDiffer.selector, 2, 1));
        evidence.recordMany(new OrderId[](2), new IEvidence.Fact[](1));
    }

    function test_RevertWhen_TooManyFacts() external {
        vm.prank(exporter.attester.addr);
        vm.expectRevert(abi.encodeWithSelector(IEvidence.Evidence_TooManyFacts.selector, 101, 100));
        evidence.recordMany(new OrderId[](101), new IEvidence.Fact[](101));
    }

    function test_RevertWhen_OneOfManyIsRefused() external {
        (OrderId[] memory orderIds, IEvidence.Fact[] memory facts) = _many(3);
        facts[2].kind = EvidenceKind.LOADED;
        vm.prank(exporter.attester.addr);
        vm.expectRevert(
            abi.encodeWithSelector(
                IEvidence.Evidence_NotNamed.selector, orderIds[2], exporter.id, EvidenceKind.LOADED
            )
        );
        evidence.recordMany(orderIds, facts);
        (KindSet once,) = evidence.kinds(orderIds[0]);
        assertTrue(once.isEmpty());
    }

    function test_WhenManyAreInOrder() external {
        (OrderId[] memory orderIds, IEvidence.Fact[] memory facts) = _many(100);
        vm.prank(exporter.attester.addr);
        evidence.recordMany(orderIds, facts);
        for (uint256 i = 0; i < orderIds.length; ++i) {
            EvidenceId evidenceId =
                _evidenceId(orderIds[i], exporter.id, EvidenceKind.INVOICE, facts[i].sourceKey);
            _expectItem(evidenceId, IEvidence.EvidenceState.RECORDED, facts[i].commitment);
        }
    }

    /// @dev An invoice for each of two orders in turn.
    function _many(uint256 count)
        private
        returns (OrderId[] memory orderIds, IEvidence.Fact[] memory facts)
    {
        OrderId other = _placeAccepted("another");
        orderIds = new OrderId[](count);
        facts = new IEvidence.Fact[](count);
        for (uint256 i = 0; i < count; ++i) {
            orderIds[i] = i % 2 == 0 ? _orderId : other;
            facts[i] = _fact(EvidenceKind.INVOICE, bytes32(i));
        }
    }

    function _expectItem(
        EvidenceId evidenceId,
        IEvidence.EvidenceState expected,
        bytes32 commitment
    ) private view {
        (IEvidence.EvidenceState state, bytes32 kept) = evidence.item(evidenceId);
        assertTrue(state == expected);
        assertEq(kept, commitment);
    }

    function _evidenceId(
        OrderId orderId,
        ParticipantId attester,
        EvidenceKind kind,
        bytes32 sourceKey
    ) private view returns (EvidenceId) {
        return EvidenceId.wrap(
            keccak256(
                abi.encode(
                    block.chainid, address(evidence), orderId, attester, uint8(kind), sourceKey
                )
            )
        );
    }

    function _orderClosed(OrderId orderId) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IEvidence.Evidence_OrderClosed.selector, orderId);
    }
}
