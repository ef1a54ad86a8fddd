// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {Evidence} from "contracts/Evidence.sol";
import {Participants} from "contracts/Participants.sol";
import {SettlementToken} from "contracts/SettlementToken.sol";
import {TradeOrders} from "contracts/TradeOrders.sol";
import {IEvidence} from "contracts/interfaces/IEvidence.sol";
import {IParticipants} from "contracts/interfaces/IParticipants.sol";
import {ISettlementToken} from "contracts/interfaces/ISettlementToken.sol";
import {ITradeOrders} from "contracts/interfaces/ITradeOrders.sol";
import {EvidenceKey, EvidenceKind, KindSet, NO_KINDS} from "contracts/types/EvidenceKinds.sol";
import {EvidenceId, NO_PARTICIPANT, OrderId, ParticipantId} from "contracts/types/Ids.sol";
import {Permission, PermissionSet, Role, RoleSet} from "contracts/types/Roles.sol";
import {Leis} from "./Leis.sol";
import {Test} from "./Test.sol";

/// @dev A small trade in which every contract is real: nine members with their keys, a bank's USD,
/// and the walk up to an accepted order. Tests inherit it and begin where they need to.
abstract contract World is Test {
    /// @dev One person or machine that holds a key: its address, and what signs for it.
    struct Signer {
        address addr;
        uint256 key;
    }

    /// @param decider First of two officers; one signature alone is never enough for money.
    struct Member {
        ParticipantId id;
        Signer admin;
        Signer submitter;
        Signer attester;
        Signer decider;
        Signer secondDecider;
        Signer account;
    }

    uint64 internal constant GOVERNOR_ROLE = 1;
    uint64 internal constant LENDING_CONTRACT_ROLE = 2;
    /// @dev 2027-01-15T08:00:00Z, where every test begins.
    uint40 internal constant START = 1_800_000_000;
    uint40 internal constant KYC_EXPIRES_AT = START + 730 days;
    uint40 internal constant CALL_DEADLINE = KYC_EXPIRES_AT + 1 days;
    uint128 internal constant ORDER_AMOUNT = 1_000_000_00;
    bytes32 internal constant ORDER_KEY = keccak256("order 1");

    AccessManager internal governance;
    Participants internal participants;
    TradeOrders internal orders;
    Evidence internal evidence;
    /// @dev USD deposits at bankA and at bankB.
    SettlementToken internal dollars;
    SettlementToken internal otherDollars;

    address internal governor;
    address internal stranger;

    Member internal exporter;
    Member internal importer;
    Member internal bankA;
    Member internal bankB;
    Member internal carrier;
    Member internal customsExport;
    Member internal customsImport;
    Member internal regulator;
    Member internal arbiter;

    function setUp() public virtual {
        vm.warp(START);
        governor = _signer("governor").addr;
        stranger = _signer("stranger").addr;
        governance = new AccessManager(address(this));
        governance.grantRole(GOVERNOR_ROLE, governor, 0);
        participants = new Participants(address(governance));
        _governParticipants();
        _admitMembers();
        orders = new TradeOrders(participants);
        evidence = new Evidence(participants, orders);
        dollars = _deploySettlementToken(bankA.id, "USD");
        otherDollars = _deploySettlementToken(bankB.id, "USD");
    }

    // Members

    function _admitMembers() private {
        exporter = _admit("5493000EXPORTER001", _roles(Role.EXPORTER), "VN", NO_PARTICIPANT);
        importer = _admit("5493000IMPORTER001", _roles(Role.IMPORTER), "DE", NO_PARTICIPANT);
        bankA = _admit("5493000BANKALPHA01", _roles(Role.BANK), "SG", NO_PARTICIPANT);
        bankB = _admit("5493000FINTECHBV01", _roles(Role.FINTECH), "SG", NO_PARTICIPANT);
        carrier = _admit("5493000CARRIERAS01", _roles(Role.CARRIER), "DK", NO_PARTICIPANT);
        customsExport = _admit("5493000CUSTOMSVN01", _roles(Role.CUSTOMS), "VN", NO_PARTICIPANT);
        customsImport = _admit("5493000CUSTOMSDE01", _roles(Role.CUSTOMS), "DE", NO_PARTICIPANT);
        regulator = _admit("5493000REGULATOR01", _roles(Role.REGULATOR), "SG", NO_PARTICIPANT);
        arbiter = _admit("5493000ARBITERCH01", _roles(Role.ARBITER), "CH", NO_PARTICIPANT);
    }

    /// @dev Registers a member under a made-up LEI and gives it a key for each permission.
    function _admit(string memory stem, RoleSet roles, bytes2 jurisdiction, ParticipantId group)
        internal
        returns (Member memory member)
    {
        member = _member(stem);
        vm.prank(governor);
        participants.register(
            member.id,
            roles,
            jurisdiction,
            KYC_EXPIRES_AT,
            group,
            member.account.addr,
            abi.encodePacked(member.admin.addr)
        );
        _addKey(member, member.submitter, Permission.SUBMIT);
        _addKey(member, member.attester, Permission.ATTEST);
        _addKey(member, member.decider, Permission.DECIDE);
        _addKey(member, member.secondDecider, Permission.DECIDE);
    }

    /// @dev A member that nobody has registered yet.
    function _member(string memory stem) internal pure returns (Member memory member) {
        member.id = Leis.complete(stem);
        member.admin = _signer(string.concat(stem, " admin"));
        member.submitter = _signer(string.concat(stem, " submitter"));
        member.attester = _signer(string.concat(stem, " attester"));
        member.decider = _signer(string.concat(stem, " decider"));
        member.secondDecider = _signer(string.concat(stem, " second decider"));
        member.account = _signer(string.concat(stem, " account"));
    }

    function _addKey(Member memory member, Signer memory signer, Permission permission) internal {
        vm.prank(member.admin.addr);
        participants.addKey(abi.encodePacked(signer.addr), _permissions(permission));
    }

    function _signer(string memory name) internal pure returns (Signer memory) {
        uint256 key = uint256(keccak256(bytes(name))) >> 1;
        return Signer(vm.addr(key), key);
    }

    function _keyId(Signer memory signer) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(signer.addr));
    }

    function _roles(Role role) internal pure returns (RoleSet) {
        return RoleSet.wrap(uint16(1) << uint8(role));
    }

    function _permissions(Permission permission) internal pure returns (PermissionSet) {
        return PermissionSet.wrap(uint8(1) << uint8(permission));
    }

    // Governance

    function _governParticipants() private {
        bytes4[] memory verbs = new bytes4[](8);
        verbs[0] = IParticipants.register.selector;
        verbs[1] = IParticipants.renewKyc.selector;
        verbs[2] = IParticipants.changeRoles.selector;
        verbs[3] = IParticipants.changeAccount.selector;
        verbs[4] = IParticipants.suspend.selector;
        verbs[5] = IParticipants.reinstate.selector;
        verbs[6] = IParticipants.remove.selector;
        verbs[7] = IParticipants.recoverAdmin.selector;
        governance.setTargetFunctionRole(address(participants), verbs, GOVERNOR_ROLE);
    }

    function _deploySettlementToken(ParticipantId issuer, bytes3 currency)
        internal
        returns (SettlementToken token)
    {
        token = _deploySettlementToken(issuer, currency, 2);
    }

    function _deploySettlementToken(ParticipantId issuer, bytes3 currency, uint8 decimals)
        internal
        returns (SettlementToken token)
    {
        token = new SettlementToken(
            address(governance), participants, issuer, currency, decimals, "Deposit", "DEP"
        );
        bytes4[] memory verbs = new bytes4[](6);
        verbs[0] = ISettlementToken.admitVault.selector;
        verbs[1] = ISettlementToken.dismissVault.selector;
        verbs[2] = ISettlementToken.forcedTransfer.selector;
        verbs[3] = ISettlementToken.setFrozenTokens.selector;
        verbs[4] = ISettlementToken.pause.selector;
        verbs[5] = ISettlementToken.unpause.selector;
        governance.setTargetFunctionRole(address(token), verbs, GOVERNOR_ROLE);
    }

    function _suspend(Member memory member) internal {
        vm.prank(governor);
        participants.suspend(member.id);
    }

    // Signed calls

    /// @dev The call as the key itself would make it, sent by somebody else.
    function _callSigned(Signer memory signer, address target, bytes memory data)
        internal
        returns (bytes memory)
    {
        bytes memory signature = _signCall(signer, target, data);
        return participants.callSigned(
            abi.encodePacked(signer.addr), target, data, CALL_DEADLINE, signature
        );
    }

    function _signCall(Signer memory signer, address target, bytes memory data)
        internal
        view
        returns (bytes memory)
    {
        bytes memory signerBytes = abi.encodePacked(signer.addr);
        return _sign(signer, participants.callDigest(signerBytes, target, data, CALL_DEADLINE));
    }

    function _sign(Signer memory signer, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(signer.key, digest);
        return abi.encodePacked(r, s, v);
    }

    // Money

    /// @dev Credits a member's account with bankA's dollars.
    function _mint(Member memory to, uint128 amount) internal {
        _mint(dollars, bankA, to, amount);
    }

    function _mint(SettlementToken token, Member memory issuer, Member memory to, uint128 amount)
        internal
    {
        bytes32 railReference = keccak256(abi.encode(to.id, amount, token.totalSupply()));
        vm.prank(issuer.decider.addr);
        token.mint(to.id, amount, railReference);
    }

    // Orders

    function _orderTerms() internal view returns (ITradeOrders.OrderTerms memory) {
        return ITradeOrders.OrderTerms({
            exporter: exporter.id,
            importer: importer.id,
            currency: "USD",
            amount: ORDER_AMOUNT,
            origin: "VN",
            destination: "DE",
            commitment: keccak256("the commercial terms"),
            acceptBy: uint64(block.timestamp) + 7 days,
            shipBy: uint64(block.timestamp) + 60 days
        });
    }

    /// @dev Who may attest what, as a usual order names them.
    function _attesters() internal view returns (ITradeOrders.Attester[] memory named) {
        named = new ITradeOrders.Attester[](7);
        named[0] = ITradeOrders.Attester(
            exporter.id, _range(EvidenceKind.PURCHASE_ORDER, EvidenceKind.INSURANCE_CERTIFICATE)
        );
        named[1] = ITradeOrders.Attester(
            importer.id,
            NO_KINDS.with(EvidenceKind.PURCHASE_ORDER).with(EvidenceKind.BUYER_ACKNOWLEDGEMENT)
                .with(EvidenceKind.DISPUTED)
        );
        named[2] = ITradeOrders.Attester(
            carrier.id,
            _range(EvidenceKind.GATED_IN, EvidenceKind.GATED_OUT)
                .with(EvidenceKind.TRANSPORT_DOCUMENT).with(EvidenceKind.CARRIER_HOLD)
        );
        named[3] = ITradeOrders.Attester(
            customsExport.id,
            _range(EvidenceKind.EXPORT_ACCEPTED, EvidenceKind.EXPORT_EXITED)
                .with(EvidenceKind.EXAMINATION_PASSED).with(EvidenceKind.CUSTOMS_HOLD)
        );
        named[4] = ITradeOrders.Attester(
            customsImport.id,
            _range(EvidenceKind.IMPORT_ACCEPTED, EvidenceKind.IMPORT_RELEASED)
                .with(EvidenceKind.EXAMINATION_PASSED).with(EvidenceKind.CUSTOMS_HOLD)
        );
        KindSet alarms = NO_KINDS.with(EvidenceKind.SANCTIONS_HOLD).with(EvidenceKind.FRAUD_ALERT);
        named[5] = ITradeOrders.Attester(bankA.id, alarms);
        named[6] = ITradeOrders.Attester(bankB.id, alarms);
    }

    function _place() internal returns (OrderId) {
        return _place(ORDER_KEY);
    }

    function _place(bytes32 naturalKey) internal returns (OrderId) {
        return _place(naturalKey, _orderTerms(), _attesters());
    }

    function _place(
        bytes32 naturalKey,
        ITradeOrders.OrderTerms memory terms,
        ITradeOrders.Attester[] memory named
    ) internal returns (OrderId) {
        vm.prank(exporter.submitter.addr);
        return orders.place(naturalKey, terms, named);
    }

    function _accept(OrderId orderId) internal {
        bytes32 digest = orders.digest(orderId);
        vm.prank(importer.submitter.addr);
        orders.accept(orderId, digest);
    }

    /// @dev Places an order and accepts it.
    function _placeAccepted() internal returns (OrderId) {
        return _placeAccepted(ORDER_KEY);
    }

    function _placeAccepted(bytes32 naturalKey) internal returns (OrderId orderId) {
        orderId = _place(naturalKey);
        _accept(orderId);
    }

    function _dispute(OrderId orderId) internal {
        vm.prank(importer.submitter.addr);
        orders.dispute(orderId, "quality");
    }

    // Evidence

    /// @dev A fact of this kind that happened just now, first of its kind.
    function _fact(EvidenceKind kind) internal view returns (IEvidence.Fact memory) {
        return _fact(kind, _source(kind));
    }

    function _source(EvidenceKind kind) internal pure returns (bytes32) {
        return keccak256(abi.encode("source", kind));
    }

    function _fact(EvidenceKind kind, bytes32 sourceKey)
        internal
        view
        returns (IEvidence.Fact memory)
    {
        return IEvidence.Fact({
            kind: kind,
            sourceKey: sourceKey,
            commitment: keccak256(abi.encode("document", sourceKey)),
            occurredAt: uint64(block.timestamp),
            supersedes: 0
        });
    }

    function _record(OrderId orderId, Member memory attester, EvidenceKind kind)
        internal
        returns (EvidenceId)
    {
        return _record(orderId, attester, _fact(kind));
    }

    function _record(OrderId orderId, Member memory attester, IEvidence.Fact memory fact)
        internal
        returns (EvidenceId)
    {
        vm.prank(attester.attester.addr);
        return evidence.record(orderId, fact);
    }

    function _withdraw(OrderId orderId, Member memory attester, EvidenceKind kind) internal {
        _withdraw(orderId, attester, kind, _source(kind));
    }

    function _withdraw(
        OrderId orderId,
        Member memory attester,
        EvidenceKind kind,
        bytes32 sourceKey
    ) internal {
        vm.prank(attester.attester.addr);
        evidence.withdraw(orderId, kind, sourceKey, "taken back");
    }

    /// @dev The fact of this kind that `_record` records.
    function _key(Member memory attester, EvidenceKind kind)
        internal
        pure
        returns (EvidenceKey memory)
    {
        return EvidenceKey(attester.id, kind, _source(kind));
    }

    function _standsOn(OrderId orderId, EvidenceKey memory key) internal view returns (bool) {
        (IEvidence.EvidenceState state,) = evidence.item(evidence.idOf(orderId, key));
        return state == IEvidence.EvidenceState.RECORDED;
    }

    /// @dev All kinds from the first to the last, both included.
    function _range(EvidenceKind first, EvidenceKind last) internal pure returns (KindSet set) {
        for (uint8 kind = uint8(first); kind <= uint8(last); ++kind) {
            set = set.with(EvidenceKind(kind));
        }
    }

    function _only(EvidenceKind kind) internal pure returns (KindSet) {
        return NO_KINDS.with(kind);
    }
}
