// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEvidence} from "contracts/interfaces/IEvidence.sol";
import {IParticipants} from "contracts/interfaces/IParticipants.sol";
import {EvidenceKind, KindSet} from "contracts/types/EvidenceKinds.sol";
import {
    EvidenceId,
    NO_PARTICIPANT,
    OrderId,
    ParticipantId,
    VoyageId
} from "contracts/types/Ids.sol";
import {Permission, Role} from "contracts/types/Roles.sol";
import {Vm} from "../utils/Vm.sol";
import {World} from "../utils/World.sol";

/// @dev Of Evidence, and of the library {Voyages} as it uses it.
contract VoyageTest is World {
    bytes32 private constant _VOYAGE_KEY = keccak256("IMO 9321483, voyage 123W");

    OrderId private _orderId;

    function setUp() public override {
        super.setUp();
        _orderId = _placeAccepted();
    }

    function test_RevertWhen_CallerIsNoCarrier() external {
        bytes memory roleMissing = abi.encodeWithSelector(
            IParticipants.Participants_RoleMissing.selector, exporter.id, Role.CARRIER
        );
        vm.startPrank(exporter.attester.addr);
        vm.expectRevert(roleMissing);
        evidence.recordOnVoyage(_VOYAGE_KEY, _fact(EvidenceKind.VESSEL_DEPARTED));
        vm.expectRevert(roleMissing);
        evidence.linkVoyage(_orderId, _VOYAGE_KEY);
        vm.expectRevert(roleMissing);
        evidence.unlinkVoyage(_orderId, _VOYAGE_KEY);
    }

    function test_RevertWhen_KeyLacksAttest() external {
        bytes memory permissionMissing = abi.encodeWithSelector(
            IParticipants.Participants_PermissionMissing.selector,
            _keyId(carrier.submitter),
            Permission.ATTEST
        );
        vm.startPrank(carrier.submitter.addr);
        vm.expectRevert(permissionMissing);
        evidence.recordOnVoyage(_VOYAGE_KEY, _fact(EvidenceKind.VESSEL_DEPARTED));
        vm.expectRevert(permissionMissing);
        evidence.linkVoyage(_orderId, _VOYAGE_KEY);
        vm.expectRevert(permissionMissing);
        evidence.unlinkVoyage(_orderId, _VOYAGE_KEY);
        vm.expectRevert(permissionMissing);
        evidence.withdrawFromVoyage(_VOYAGE_KEY, EvidenceKind.VESSEL_DEPARTED, "source", "reason");
    }

    function test_RevertWhen_RecordedAlready() external {
        EvidenceId evidenceId = _depart(carrier);
        vm.expectRevert(
            abi.encodeWithSelector(IEvidence.Evidence_AlreadyRecorded.selector, evidenceId)
        );
        _depart(carrier);
    }

    function test_WhenAnotherCarrierUsesTheKey() external {
        Member memory rival =
            _admit("5493000RIVALLINE01", _roles(Role.CARRIER), "KR", NO_PARTICIPANT);
        _link(_orderId, _VOYAGE_KEY);
        _depart(rival);
        assertTrue(_kinds(_orderId).isEmpty());
    }

    function test_WhenSuperseding() external {
        EvidenceId first = _depart(carrier);
        IEvidence.Fact memory corrected = _fact(EvidenceKind.VESSEL_DEPARTED, "corrected");
        corrected.supersedes = _source(EvidenceKind.VESSEL_DEPARTED);
        vm.recordLogs();
        vm.prank(carrier.attester.addr);
        EvidenceId second = evidence.recordOnVoyage(_VOYAGE_KEY, corrected);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 2);
        assertEq(logs[0].topics[0], IEvidence.VoyageFactWithdrawn.selector);
        assertEq(logs[0].topics[2], EvidenceId.unwrap(first));
        vm.assertEq(logs[0].data, abi.encode(EvidenceKind.VESSEL_DEPARTED, second));
        assertEq(logs[1].topics[0], IEvidence.VoyageFactRecorded.selector);
        _link(_orderId, _VOYAGE_KEY);
        assertEq(_kinds(_orderId), _only(EvidenceKind.VESSEL_DEPARTED));
    }

    function testFuzz_WhenRecordedOnVoyage(bytes32 voyageKey, bytes32 sourceKey) external {
        IEvidence.Fact memory fact = _fact(EvidenceKind.VESSEL_DEPARTED, sourceKey);
        VoyageId voyageId = _voyageId(carrier.id, voyageKey);
        EvidenceId evidenceId = EvidenceId.wrap(
            keccak256(
                abi.encode(
                    block.chainid,
                    address(evidence),
                    voyageId,
                    carrier.id,
                    uint8(EvidenceKind.VESSEL_DEPARTED),
                    sourceKey
                )
            )
        );
        vm.recordLogs();
        vm.expectEmit(address(evidence));
        emit IEvidence.VoyageFactRecorded(voyageId, evidenceId, carrier.id, voyageKey, fact);
        vm.prank(carrier.attester.addr);
        assertEq(evidence.recordOnVoyage(voyageKey, fact), evidenceId);
        _onlyLog();
        (IEvidence.EvidenceState state, bytes32 commitment) = evidence.item(evidenceId);
        assertTrue(state == IEvidence.EvidenceState.RECORDED);
        assertEq(commitment, fact.commitment);
    }

    function test_RevertGiven_LinkedOrderNotAccepted() external {
        _dispute(_orderId);
        vm.expectRevert(abi.encodeWithSelector(IEvidence.Evidence_OrderClosed.selector, _orderId));
        _link(_orderId, _VOYAGE_KEY);
    }

    function test_RevertWhen_CarrierIsNotNamed() external {
        Member memory rival =
            _admit("5493000RIVALLINE01", _roles(Role.CARRIER), "KR", NO_PARTICIPANT);
        vm.prank(rival.attester.addr);
        vm.expectRevert(
            abi.encodeWithSelector(
                IEvidence.Evidence_NotNamed.selector,
                _orderId,
                rival.id,
                EvidenceKind.VESSEL_DEPARTED
            )
        );
        evidence.linkVoyage(_orderId, _VOYAGE_KEY);
    }

    function test_RevertWhen_LinkedAlready() external {
        VoyageId voyageId = _link(_orderId, _VOYAGE_KEY);
        vm.expectRevert(
            abi.encodeWithSelector(IEvidence.Evidence_AlreadyLinked.selector, _orderId, voyageId)
        );
        _link(_orderId, _VOYAGE_KEY);
    }

    function test_RevertWhen_FifthVoyage() external {
        for (uint256 i = 0; i < 4; ++i) {
            _link(_orderId, bytes32(i));
        }
        vm.expectRevert(
            abi.encodeWithSelector(IEvidence.Evidence_TooManyVoyages.selector, _orderId, 4)
        );
        _link(_orderId, bytes32(uint256(4)));
    }

    function test_WhenLinked() external {
        _depart(carrier);
        VoyageId voyageId = _voyageId(carrier.id, _VOYAGE_KEY);
        vm.recordLogs();
        vm.expectEmit(address(evidence));
        emit IEvidence.VoyageLinked(_orderId, voyageId, carrier.id);
        assertEq(_link(_orderId, _VOYAGE_KEY), voyageId);
        _onlyLog();
        assertEq(evidence.voyages(_orderId).length, 1);
        assertEq(_kinds(_orderId), _only(EvidenceKind.VESSEL_DEPARTED));

        vm.prank(carrier.attester.addr);
        evidence.recordOnVoyage(_VOYAGE_KEY, _fact(EvidenceKind.VESSEL_ARRIVED));
        assertEq(
            _kinds(_orderId), _range(EvidenceKind.VESSEL_DEPARTED, EvidenceKind.VESSEL_ARRIVED)
        );
    }

    function test_RevertWhen_NotAboard() external {
        _link(_orderId, _VOYAGE_KEY);
        bytes32 otherKey = "another";
        vm.prank(carrier.attester.addr);
        vm.expectRevert(
            abi.encodeWithSelector(
                IEvidence.Evidence_NotLinked.selector, _orderId, _voyageId(carrier.id, otherKey)
            )
        );
        evidence.unlinkVoyage(_orderId, otherKey);
    }

    function test_RevertGiven_UnlinkedOrderClosed() external {
        _link(_orderId, _VOYAGE_KEY);
        vm.prank(importer.submitter.addr);
        orders.fulfil(_orderId);
        vm.prank(carrier.attester.addr);
        vm.expectRevert(abi.encodeWithSelector(IEvidence.Evidence_OrderClosed.selector, _orderId));
        evidence.unlinkVoyage(_orderId, _VOYAGE_KEY);
    }

    /// @dev Whichever of several voyages is left, only its facts stop counting.
    function testFuzz_WhenUnlinked(uint8 count, uint8 left, bool disputed) external {
        count = uint8(bound(count, 1, 4));
        left = uint8(bound(left, 0, count - 1));
        KindSet rest;
        for (uint8 i = 0; i < count; ++i) {
            EvidenceKind kind = EvidenceKind(uint8(EvidenceKind.GATED_IN) + i);
            vm.prank(carrier.attester.addr);
            evidence.recordOnVoyage(bytes32(uint256(i)), _fact(kind));
            _link(_orderId, bytes32(uint256(i)));
            if (i != left) rest = rest.with(kind);
        }
        if (disputed) _dispute(_orderId);
        bytes32 voyageKey = bytes32(uint256(left));
        vm.recordLogs();
        vm.expectEmit(address(evidence));
        emit IEvidence.VoyageUnlinked(_orderId, _voyageId(carrier.id, voyageKey), carrier.id);
        vm.prank(carrier.attester.addr);
        evidence.unlinkVoyage(_orderId, voyageKey);
        _onlyLog();
        assertEq(_kinds(_orderId), rest);
        assertEq(evidence.voyages(_orderId).length, count - 1);
    }

    function test_RevertWhen_VoyageFactIsUnknown() external {
        Member memory rival =
            _admit("5493000RIVALLINE01", _roles(Role.CARRIER), "KR", NO_PARTICIPANT);
        EvidenceId departure = _depart(carrier);
        vm.expectPartialRevert(IEvidence.Evidence_WrongState.selector);
        _withdrawDeparture(rival);
        _withdrawDeparture(carrier);
        vm.expectRevert(
            abi.encodeWithSelector(
                IEvidence.Evidence_WrongState.selector,
                departure,
                IEvidence.EvidenceState.WITHDRAWN,
                IEvidence.EvidenceState.RECORDED
            )
        );
        _withdrawDeparture(carrier);
    }

    function test_WhenVoyageFactIsWithdrawn() external {
        OrderId otherOrder = _placeAccepted("another");
        EvidenceId departure = _depart(carrier);
        _link(_orderId, _VOYAGE_KEY);
        _link(otherOrder, _VOYAGE_KEY);
        // One closed order aboard does not keep the carrier from correcting the voyage.
        vm.prank(importer.submitter.addr);
        orders.fulfil(_orderId);

        vm.recordLogs();
        vm.expectEmit(address(evidence));
        emit IEvidence.VoyageFactWithdrawn(
            _voyageId(carrier.id, _VOYAGE_KEY),
            departure,
            carrier.id,
            EvidenceKind.VESSEL_DEPARTED,
            "taken back"
        );
        _withdrawDeparture(carrier);
        _onlyLog();
        assertTrue(_kinds(_orderId).isEmpty());
        assertTrue(_kinds(otherOrder).isEmpty());
    }

    function _withdrawDeparture(Member memory line) private {
        EvidenceKind kind = EvidenceKind.VESSEL_DEPARTED;
        vm.prank(line.attester.addr);
        evidence.withdrawFromVoyage(_VOYAGE_KEY, kind, _source(kind), "taken back");
    }

    function _depart(Member memory line) private returns (EvidenceId) {
        vm.prank(line.attester.addr);
        return evidence.recordOnVoyage(_VOYAGE_KEY, _fact(EvidenceKind.VESSEL_DEPARTED));
    }

    function _link(OrderId orderId, bytes32 voyageKey) private returns (VoyageId) {
        vm.prank(carrier.attester.addr);
        return evidence.linkVoyage(orderId, voyageKey);
    }

    function _kinds(OrderId orderId) private view returns (KindSet once) {
        (once,) = evidence.kinds(orderId);
    }

    function _voyageId(ParticipantId line, bytes32 voyageKey) private view returns (VoyageId) {
        return
            VoyageId.wrap(keccak256(abi.encode(block.chainid, address(evidence), line, voyageKey)));
    }
}
