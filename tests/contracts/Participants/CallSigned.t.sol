// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Participants} from "contracts/Participants.sol";
import {IEvidence} from "contracts/interfaces/IEvidence.sol";
import {IParticipants} from "contracts/interfaces/IParticipants.sol";
import {ISettlementToken} from "contracts/interfaces/ISettlementToken.sol";
import {ITradeOrders} from "contracts/interfaces/ITradeOrders.sol";
import {EvidenceKind} from "contracts/types/EvidenceKinds.sol";
import {EvidenceId, NO_PARTICIPANT, OrderId, ParticipantId} from "contracts/types/Ids.sol";
import {Permission} from "contracts/types/Roles.sol";
import {Vm} from "../utils/Vm.sol";
import {World} from "../utils/World.sol";

/// @dev A target that does what it is told while somebody's key acts through it.
contract Hostile {
    bytes32 public actingBefore;
    bytes32 public actingAfter;
    bool public done;
    bytes public answer;

    /// @dev One call of its own, to whom and with what it likes; a failure is swallowed.
    function run(Participants participants, address target, bytes calldata data) external {
        actingBefore = participants.keyIdOf(address(participants));
        (done, answer) = target.call(data);
        actingAfter = participants.keyIdOf(address(participants));
    }
}

/// @dev Of the base contract {SignedCalls}.
contract CallSignedTest is World {
    bytes32 private constant _CALL =
        keccak256("Call(bytes signer,address target,bytes data,uint256 nonce,uint64 deadline)");

    Hostile private _hostile;

    function setUp() public override {
        super.setUp();
        _hostile = new Hostile();
    }

    function test_RevertWhen_DeadlinePassed() external {
        bytes memory data = _newKey("late");
        bytes memory signature = _signCall(bankA.admin, address(participants), data);
        vm.prank(governor);
        participants.renewKyc(bankA.id, CALL_DEADLINE + 2);
        vm.warp(CALL_DEADLINE + 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IParticipants.Participants_SignatureExpired.selector,
                _keyId(bankA.admin),
                CALL_DEADLINE
            )
        );
        _send(bankA.admin, address(participants), data, signature);
        vm.warp(CALL_DEADLINE);
        _send(bankA.admin, address(participants), data, signature);
    }

    function test_RevertWhen_KeyIsUnknown() external {
        Signer memory nobody = _signer("stranger");
        bytes memory data = _newKey("x");
        _expectRefused(
            nobody,
            address(participants),
            data,
            abi.encodeWithSelector(IParticipants.Participants_KeyUnknown.selector, _keyId(nobody))
        );
    }

    function test_RevertGiven_KeyRevoked() external {
        vm.prank(bankA.admin.addr);
        participants.revokeKey(_keyId(bankA.decider));
        _expectRefused(
            bankA.decider,
            address(dollars),
            _mintTo(exporter.id),
            abi.encodeWithSelector(
                IParticipants.Participants_KeyIsRevoked.selector, _keyId(bankA.decider), START
            )
        );
    }

    function test_RevertGiven_ParticipantNotActive() external {
        bytes memory data = _mintTo(exporter.id);
        _suspend(bankA);
        _expectRefused(
            bankA.decider,
            address(dollars),
            data,
            abi.encodeWithSelector(
                IParticipants.Participants_NotActive.selector,
                bankA.id,
                IParticipants.ParticipantState.SUSPENDED
            )
        );
        vm.prank(governor);
        participants.reinstate(bankA.id);
        vm.warp(KYC_EXPIRES_AT);
        _expectRefused(
            bankA.decider,
            address(dollars),
            data,
            abi.encodeWithSelector(
                IParticipants.Participants_KycExpired.selector, bankA.id, KYC_EXPIRES_AT
            )
        );
    }

    function test_RevertWhen_SignatureIsOverAnythingElse() external {
        bytes memory data = _mintTo(exporter.id);
        bytes memory signer = _bytes(bankA.decider);
        bytes32 digest = participants.callDigest(signer, address(dollars), data, CALL_DEADLINE);
        bytes[8] memory others;
        others[0] = _signCall(bankA.decider, address(otherDollars), data);
        others[1] = _signCall(bankA.decider, address(dollars), _mintTo(importer.id));
        others[2] = _sign(bankA.decider, _digest(bankA.decider, data, 0, CALL_DEADLINE - 1));
        others[3] = _sign(bankA.decider, _digest(bankA.decider, data, 1, CALL_DEADLINE));
        others[4] = _sign(bankA.decider, _digest(bankA.secondDecider, data, 0, CALL_DEADLINE));
        others[5] = _sign(bankA.secondDecider, digest);
        Participants elsewhere = new Participants(address(governance));
        others[6] = _sign(
            bankA.decider, elsewhere.callDigest(signer, address(dollars), data, CALL_DEADLINE)
        );
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(_invalid(bankA.decider, 0));
            _send(bankA.decider, address(dollars), data, others[i]);
        }
        bytes memory right = _sign(bankA.decider, digest);
        vm.chainId(block.chainid + 1);
        vm.expectRevert(_invalid(bankA.decider, 0));
        _send(bankA.decider, address(dollars), data, right);
        vm.chainId(block.chainid - 1);
        _send(bankA.decider, address(dollars), data, right);
    }

    function test_P6_RevertWhen_MadeTwice() external {
        bytes memory data = abi.encodeCall(ITradeOrders.dispute, (_placeAccepted(), "quality"));
        bytes memory signature = _signCall(importer.submitter, address(orders), data);
        _send(importer.submitter, address(orders), data, signature);
        vm.expectRevert(_invalid(importer.submitter, 1));
        _send(importer.submitter, address(orders), data, signature);
    }

    function test_RevertWhen_TargetHasNoCode() external {
        bytes memory signature = _signCall(bankA.decider, stranger, "");
        vm.expectRevert(abi.encodeWithSelector(Address.AddressEmptyCode.selector, stranger));
        _send(bankA.decider, stranger, "", signature);
    }

    function test_RevertWhen_TargetReverts() external {
        _expectRefused(
            bankB.decider,
            address(dollars),
            _mintTo(exporter.id),
            abi.encodeWithSelector(
                ISettlementToken.SettlementToken_NotIssuer.selector, bankA.id, bankB.id
            )
        );
        assertEq(participants.nonceOf(_keyId(bankB.decider)), 0);
    }

    function test_RevertWhen_PermissionIsMissing() external {
        _expectRefused(
            bankA.submitter,
            address(dollars),
            _mintTo(exporter.id),
            abi.encodeWithSelector(
                IParticipants.Participants_PermissionMissing.selector,
                _keyId(bankA.submitter),
                Permission.DECIDE
            )
        );
    }

    /// @dev Not even by the key of the governor itself, were it a member's too.
    function test_RevertWhen_FunctionIsRestricted() external {
        Signer memory governorKey = _signer("governor");
        _addKey(bankA, governorKey, Permission.DECIDE);
        bytes memory suspension = abi.encodeCall(IParticipants.suspend, (bankB.id));
        bytes memory unauthorized = abi.encodeWithSelector(
            IAccessManaged.AccessManagedUnauthorized.selector, address(participants)
        );
        _expectRefused(governorKey, address(participants), suspension, unauthorized);
        _expectRefused(
            governorKey, address(dollars), abi.encodeCall(ISettlementToken.pause, ()), unauthorized
        );
        bytes[3] memory ways = [
            abi.encodeCall(IAccessManager.execute, (address(participants), suspension)),
            abi.encodeCall(IAccessManager.schedule, (address(participants), suspension, 0)),
            abi.encodeCall(IAccessManager.grantRole, (GOVERNOR_ROLE, stranger, 0))
        ];
        bytes memory refusal = abi.encodeWithSelector(
            IAccessManager.AccessManagerUnauthorizedCall.selector,
            address(participants),
            address(participants),
            IParticipants.suspend.selector
        );
        _expectRefused(governorKey, address(governance), ways[0], refusal);
        _expectRefused(governorKey, address(governance), ways[1], refusal);
        _expectRefused(
            governorKey,
            address(governance),
            ways[2],
            abi.encodeWithSelector(
                IAccessManager.AccessManagerUnauthorizedAccount.selector, address(participants), 0
            )
        );
    }

    /// @dev What governance has scheduled cannot be used up by Participants being called.
    function test_RevertWhen_ScheduledOperationIsToBeConsumed() external {
        governance.grantRole(GOVERNOR_ROLE, governor, 1 days);
        bytes memory suspension = abi.encodeCall(IParticipants.suspend, (bankB.id));
        vm.prank(governor);
        governance.schedule(address(participants), suspension, 0);
        vm.warp(START + 1 days);
        _expectRefused(
            bankA.decider,
            address(governance),
            abi.encodeCall(IAccessManager.consumeScheduledOp, (governor, suspension)),
            abi.encodeWithSelector(
                IAccessManager.AccessManagerUnauthorizedConsume.selector, address(participants)
            )
        );
    }

    function test_WhenAnybodySendsIt() external {
        bytes memory data =
            abi.encodeCall(ITradeOrders.place, (ORDER_KEY, _orderTerms(), _attesters()));
        bytes memory signature = _signCall(exporter.submitter, address(orders), data);
        bytes32 keyId = _keyId(exporter.submitter);
        vm.recordLogs();
        vm.prank(stranger);
        bytes memory answer = participants.callSigned(
            _bytes(exporter.submitter), address(orders), data, CALL_DEADLINE, signature
        );
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 2);
        assertEq(logs[0].topics[0], IParticipants.SignedCallMade.selector);
        assertEq(logs[0].topics[1], bytes32(ParticipantId.unwrap(exporter.id)));
        assertEq(logs[0].topics[2], keyId);
        assertEq(logs[0].topics[3], bytes32(uint256(uint160(address(orders)))));
        vm.assertEq(logs[0].data, abi.encode(0));
        assertEq(logs[1].topics[0], ITradeOrders.OrderPlaced.selector);
        OrderId orderId = abi.decode(answer, (OrderId));
        assertEq(orders.order(orderId).terms.exporter, exporter.id);
        assertEq(participants.nonceOf(keyId), 1);
        _assertNobodyActs();
    }

    function test_WhenSentToEachContract() external {
        OrderId orderId = _placeAccepted();
        bytes memory answer = _callSigned(
            carrier.attester,
            address(evidence),
            abi.encodeCall(IEvidence.record, (orderId, _fact(EvidenceKind.GATED_IN)))
        );
        EvidenceId evidenceId = abi.decode(answer, (EvidenceId));
        assertEq(evidence.item(evidenceId).attester, carrier.id);
        _callSigned(bankA.decider, address(dollars), _mintTo(exporter.id));
        assertEq(dollars.balanceOf(exporter.account.addr), 5);
        _callSigned(
            exporter.decider,
            address(dollars),
            abi.encodeCall(ISettlementToken.redeem, (2, "pacs.008 2"))
        );
        assertEq(dollars.balanceOf(exporter.account.addr), 3);
    }

    function test_WhenTargetIsItself() external {
        Signer memory added = _signer("added");
        _callSigned(bankA.admin, address(participants), _newKey("added"));
        assertEq(participants.actor(added.addr, Permission.DECIDE), bankA.id);
        _callSigned(
            bankA.admin,
            address(participants),
            abi.encodeCall(IParticipants.revokeKey, (_keyId(added)))
        );
        assertEq(participants.key(_keyId(added)).revokedAt, START);
        assertEq(participants.nonceOf(_keyId(bankA.admin)), 2);
    }

    function test_WhenItCarriesAnothersCall() external {
        bytes memory inner = _newKey("of bankB");
        bytes memory carried = abi.encodeCall(
            IParticipants.callSigned,
            (
                _bytes(bankB.admin),
                address(participants),
                inner,
                CALL_DEADLINE,
                _signCall(bankB.admin, address(participants), inner)
            )
        );
        _callSigned(bankA.admin, address(participants), carried);
        assertEq(participants.actor(_signer("of bankB").addr, Permission.DECIDE), bankB.id);
        _assertNobodyActs();
    }

    function test_P4_WhenHostileTargetActsAlone() external {
        bytes[2] memory data = [_newKey("stolen"), _mintTo(exporter.id)];
        address[2] memory targets = [address(participants), address(dollars)];
        Signer[2] memory victims = [bankA.admin, bankA.decider];
        bytes32 own = keccak256(abi.encodePacked(address(_hostile)));
        for (uint256 i = 0; i < 2; ++i) {
            _runHostile(victims[i], targets[i], data[i]);
            assertFalse(_hostile.done());
            vm.assertEq(
                _hostile.answer(),
                abi.encodeWithSelector(IParticipants.Participants_KeyUnknown.selector, own)
            );
            assertEq(_hostile.actingBefore(), _keyId(victims[i]));
        }
        assertEq(dollars.totalSupply(), 0);
        _assertNobodyActs();
    }

    function test_P4_WhenHostileTargetSendsTheSignatureAgain() external {
        bytes memory data = _mintTo(exporter.id);
        bytes memory before = abi.encodeCall(
            IParticipants.callSigned,
            (
                _bytes(bankA.decider),
                address(dollars),
                data,
                CALL_DEADLINE,
                _signCall(bankA.decider, address(dollars), data)
            )
        );
        _runHostile(bankA.decider, address(participants), before);
        assertFalse(_hostile.done());
        vm.assertEq(_hostile.answer(), _invalid(bankA.decider, 1));
        assertEq(_hostile.actingAfter(), _keyId(bankA.decider));
        assertEq(dollars.totalSupply(), 0);
    }

    /// @dev The thief is a member too and signs a call of its own, to run while bankA's key acts.
    function test_P4_WhenHostileTargetActsForAnother() external {
        bytes memory data = _newKey("of the thief");
        bytes memory own = abi.encodeCall(
            IParticipants.callSigned,
            (
                _bytes(bankB.admin),
                address(participants),
                data,
                CALL_DEADLINE,
                _signCall(bankB.admin, address(participants), data)
            )
        );
        _runHostile(bankA.admin, address(participants), own);
        assertTrue(_hostile.done());
        assertEq(participants.actor(_signer("of the thief").addr, Permission.DECIDE), bankB.id);
        assertEq(_hostile.actingBefore(), _keyId(bankA.admin));
        assertEq(_hostile.actingAfter(), _keyId(bankA.admin));
        _assertNobodyActs();
    }

    function test_WhenInnerCallFails() external {
        bytes memory data = _mintTo(exporter.id);
        bytes memory refused = abi.encodeCall(
            IParticipants.callSigned,
            (
                _bytes(bankB.decider),
                address(dollars),
                data,
                CALL_DEADLINE,
                _signCall(bankB.decider, address(dollars), data)
            )
        );
        _runHostile(bankA.decider, address(participants), refused);
        assertFalse(_hostile.done());
        assertEq(_hostile.actingAfter(), _keyId(bankA.decider));
        assertEq(participants.nonceOf(_keyId(bankB.decider)), 0);
        assertEq(participants.nonceOf(_keyId(bankA.decider)), 1);
    }

    function testFuzz_WhenAskedForTheDigest(bytes calldata data, uint64 deadline, uint8 made)
        external
    {
        made = uint8(bound(made, 0, 3));
        for (uint256 i = 0; i < made; ++i) {
            bytes memory adding = _newKey(string.concat("k", _digit(i)));
            _callSigned(bankA.admin, address(participants), adding);
        }
        assertEq(
            participants.callDigest(_bytes(bankA.admin), address(dollars), data, deadline),
            _digest(bankA.admin, data, made, deadline)
        );
    }

    function _digit(uint256 digit) private pure returns (string memory) {
        return string(abi.encodePacked(bytes1(uint8(48 + digit))));
    }

    /// @dev Makes `signer` call the hostile contract, which makes that call of its own.
    function _runHostile(Signer memory signer, address target, bytes memory data) private {
        _callSigned(
            signer, address(_hostile), abi.encodeCall(Hostile.run, (participants, target, data))
        );
    }

    function _expectRefused(
        Signer memory signer,
        address target,
        bytes memory data,
        bytes memory reason
    ) private {
        bytes memory signature = _signCall(signer, target, data);
        vm.expectRevert(reason);
        _send(signer, target, data, signature);
    }

    function _send(Signer memory signer, address target, bytes memory data, bytes memory signature)
        private
    {
        participants.callSigned(_bytes(signer), target, data, CALL_DEADLINE, signature);
    }

    function _assertNobodyActs() private {
        assertEq(participants.keyIdOf(address(participants)), bytes32(0));
        assertEq(participants.participantOf(address(participants)), NO_PARTICIPANT);
        vm.expectRevert(
            abi.encodeWithSelector(IParticipants.Participants_KeyUnknown.selector, bytes32(0))
        );
        participants.actor(address(participants), Permission.SUBMIT);
    }

    function _digest(Signer memory signer, bytes memory data, uint256 nonce, uint64 deadline)
        private
        view
        returns (bytes32)
    {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256("Entrepot Participants"),
                keccak256("1"),
                block.chainid,
                address(participants)
            )
        );
        bytes32 content = keccak256(
            abi.encode(
                _CALL, keccak256(_bytes(signer)), address(dollars), keccak256(data), nonce, deadline
            )
        );
        return MessageHashUtils.toTypedDataHash(domain, content);
    }

    function _newKey(string memory name) private pure returns (bytes memory) {
        return abi.encodeCall(
            IParticipants.addKey, (_bytes(_signer(name)), _permissions(Permission.DECIDE))
        );
    }

    function _mintTo(ParticipantId to) private pure returns (bytes memory) {
        return abi.encodeCall(ISettlementToken.mint, (to, 5, "pacs.008 1"));
    }

    function _invalid(Signer memory signer, uint256 nonce) private pure returns (bytes memory) {
        return abi.encodeWithSelector(
            IParticipants.Participants_SignatureInvalid.selector, _keyId(signer), nonce
        );
    }

    function _bytes(Signer memory signer) private pure returns (bytes memory) {
        return abi.encodePacked(signer.addr);
    }
}
