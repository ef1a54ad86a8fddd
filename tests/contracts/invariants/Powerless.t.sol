// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEvidence} from "contracts/interfaces/IEvidence.sol";
import {IFinancing} from "contracts/interfaces/IFinancing.sol";
import {IParticipants} from "contracts/interfaces/IParticipants.sol";
import {ISettlementToken} from "contracts/interfaces/ISettlementToken.sol";
import {ITitles} from "contracts/interfaces/ITitles.sol";
import {ITradeOrders} from "contracts/interfaces/ITradeOrders.sol";
import {EvidenceKind} from "contracts/types/EvidenceKinds.sol";
import {Band, FinancingTerms, Tranche} from "contracts/types/Financings.sol";
import {
    AssetKey,
    FinancingId,
    NO_PARTICIPANT,
    OrderId,
    ParticipantId,
    TitleId
} from "contracts/types/Ids.sol";
import {Permission} from "contracts/types/Roles.sol";
import {FinancingWorld} from "../utils/FinancingWorld.sol";

/// @dev One table of all verbs, each in a state in which it goes through, and each then tried by a
/// key that must not be able to do anything any more. tests/house looks that no verb is missing.
contract PowerlessTest is FinancingWorld {
    /// @param key Who does it, as the sender or by its signature in the data.
    struct Verb {
        address target;
        bytes data;
        ParticipantId participant;
        Signer key;
    }

    /// @dev When a facility of seconds is in default.
    uint40 private constant _NOW = START + 3;
    bytes32 private constant _SAILED = "voyage 1";
    bytes32 private constant _TO_SAIL = "voyage 2";

    Verb[] private _verbs;
    Member[] private _members;

    function setUp() public override {
        super.setUp();
        _members.push(exporter);
        _members.push(importer);
        _members.push(bankA);
        _members.push(bankB);
        _members.push(carrier);
        _members.push(regulator);
        _members.push(arbiter);
        _tableKeysAndMoney();
        _tableOrders();
        _tableEvidence();
        _tableTitles();
        _tableDefaults();
        _tableFinancing();
        _tableLimits();
    }

    function test_GivenValidKey() external {
        for (uint256 i = 0; i < _verbs.length; ++i) {
            uint256 before = vm.snapshotState();
            (bool sent, bytes memory answer) = _send(_verbs[i]);
            vm.assertTrue(sent, string(abi.encodePacked("sent, verb ", _two(i))));
            vm.revertToState(before);
            (bool signed, bytes memory same) = _sign(_verbs[i]);
            vm.assertTrue(signed, string(abi.encodePacked("signed, verb ", _two(i))));
            vm.assertEq(abi.decode(same, (bytes)), answer);
            vm.revertToState(before);
        }
    }

    function test_GivenSuspendedParticipant() external {
        for (uint256 i = 0; i < _members.length; ++i) {
            _suspend(_members[i]);
        }
        for (uint256 i = 0; i < _verbs.length; ++i) {
            _expectRefused(
                i,
                abi.encodeWithSelector(
                    IParticipants.Participants_NotActive.selector,
                    _verbs[i].participant,
                    IParticipants.ParticipantState.SUSPENDED
                )
            );
        }
    }

    /// @dev The clock of the trade stands: only the KYC of all has been cut short.
    function test_GivenExpiredKyc() external {
        for (uint256 i = 0; i < _members.length; ++i) {
            vm.prank(governor);
            participants.renewKyc(_members[i].id, _NOW + 1);
        }
        vm.warp(_NOW + 1);
        for (uint256 i = 0; i < _verbs.length; ++i) {
            _expectRefused(
                i,
                abi.encodeWithSelector(
                    IParticipants.Participants_KycExpired.selector, _verbs[i].participant, _NOW + 1
                )
            );
        }
    }

    function test_GivenRevokedKey() external {
        for (uint256 i = 0; i < _members.length; ++i) {
            _revokeAll(_members[i]);
        }
        for (uint256 i = 0; i < _verbs.length; ++i) {
            _expectRefused(
                i,
                abi.encodeWithSelector(
                    IParticipants.Participants_KeyIsRevoked.selector, _keyId(_verbs[i].key), _NOW
                )
            );
        }
    }

    function _tableKeysAndMoney() private {
        _add(
            address(participants),
            abi.encodeCall(
                IParticipants.addKey, (abi.encodePacked(stranger), _permissions(Permission.SUBMIT))
            ),
            bankA,
            bankA.admin
        );
        bytes32 officer = _keyId(bankA.secondDecider);
        _add(
            address(participants),
            abi.encodeCall(IParticipants.revokeKey, (officer)),
            bankA,
            bankA.admin
        );
        _add(
            address(participants),
            abi.encodeCall(IParticipants.rotateKey, (officer, abi.encodePacked(stranger))),
            bankA,
            bankA.admin
        );
        _add(
            address(dollars),
            abi.encodeCall(ISettlementToken.mint, (importer.id, 5, "pacs.008 1")),
            bankA,
            bankA.decider
        );
        _add(
            address(dollars),
            abi.encodeCall(ISettlementToken.redeem, (5, "pacs.008 2")),
            importer,
            importer.decider
        );
    }

    function _tableOrders() private {
        address target = address(orders);
        OrderId placed = _place("placed");
        OrderId accepted = _placeAccepted("accepted");
        OrderId disputed = _placeAccepted("disputed");
        _dispute(disputed);
        ITradeOrders.OrderTerms memory terms = _orderTerms();
        ITradeOrders.Attester[] memory named = _attesters();
        _add(
            target,
            abi.encodeCall(ITradeOrders.place, ("new", terms, named)),
            exporter,
            exporter.submitter
        );
        _add(
            target,
            abi.encodeCall(ITradeOrders.accept, (placed, orders.digest(placed))),
            importer,
            importer.submitter
        );
        _add(target, abi.encodeCall(ITradeOrders.cancel, (placed)), exporter, exporter.submitter);
        _add(
            target,
            abi.encodeCall(ITradeOrders.proposeAmendment, (accepted, terms, named)),
            importer,
            importer.submitter
        );
        _add(
            target,
            abi.encodeCall(ITradeOrders.dispute, (accepted, "x")),
            importer,
            importer.submitter
        );
        _add(target, abi.encodeCall(ITradeOrders.fulfil, (accepted)), importer, importer.submitter);
        _add(
            target, abi.encodeCall(ITradeOrders.resolve, (disputed, true)), arbiter, arbiter.decider
        );
        vm.prank(exporter.submitter.addr);
        orders.proposeAmendment(accepted, terms, named);
        bytes32 seen = keccak256(abi.encode(accepted, uint32(2), terms, named));
        _add(
            target,
            abi.encodeCall(ITradeOrders.acceptAmendment, (accepted, terms, named, seen)),
            importer,
            importer.submitter
        );
    }

    function _tableEvidence() private {
        address target = address(evidence);
        Signer memory key = carrier.attester;
        _record(orderId, carrier, EvidenceKind.GATED_IN);
        bytes32 gatedIn = _fact(EvidenceKind.GATED_IN).sourceKey;
        IEvidence.Fact memory arrived = _fact(EvidenceKind.VESSEL_ARRIVED);
        IEvidence.Fact memory fact = _fact(EvidenceKind.LOADED);
        IEvidence.Fact[] memory facts = new IEvidence.Fact[](1);
        facts[0] = fact;
        OrderId[] memory orderIds = new OrderId[](1);
        orderIds[0] = orderId;
        vm.prank(key.addr);
        evidence.linkVoyage(orderId, _SAILED);
        vm.prank(key.addr);
        evidence.recordOnVoyage(_SAILED, arrived);
        _add(target, abi.encodeCall(IEvidence.record, (orderId, fact)), carrier, key);
        _add(target, abi.encodeCall(IEvidence.recordMany, (orderIds, facts)), carrier, key);
        _add(target, abi.encodeCall(IEvidence.recordOnVoyage, (_SAILED, fact)), carrier, key);
        _add(target, abi.encodeCall(IEvidence.linkVoyage, (orderId, _TO_SAIL)), carrier, key);
        _add(target, abi.encodeCall(IEvidence.unlinkVoyage, (orderId, _SAILED)), carrier, key);
        _add(
            target,
            abi.encodeCall(IEvidence.withdraw, (orderId, EvidenceKind.GATED_IN, gatedIn, "x")),
            carrier,
            key
        );
        _add(
            target,
            abi.encodeCall(
                IEvidence.withdrawFromVoyage, (_SAILED, arrived.kind, arrived.sourceKey, "x")
            ),
            carrier,
            key
        );
    }

    function _tableTitles() private {
        address target = address(titles);
        TitleId bill = _issueToOrder("bill");
        TitleId surrendered = _issueToOrder("surrendered");
        TitleId offered = _issueToOrder("offered");
        vm.startPrank(exporter.submitter.addr);
        titles.surrender(surrendered, ITitles.SurrenderReason.DELIVERY);
        titles.offerPledge(offered, address(financing), FinancingId.wrap("x"), importer.id);
        vm.stopPrank();
        Signer memory key = exporter.submitter;
        _add(
            target,
            abi.encodeCall(
                ITitles.issue, (orderId, "new", _bill(ITitles.TitleForm.TO_ORDER, exporter.id))
            ),
            carrier,
            carrier.attester
        );
        _add(target, abi.encodeCall(ITitles.transfer, (bill, importer.id)), exporter, key);
        _add(target, abi.encodeCall(ITitles.endorse, (bill, importer.id, true)), exporter, key);
        _add(target, abi.encodeCall(ITitles.blankEndorse, (bill)), exporter, key);
        _add(target, abi.encodeCall(ITitles.sign, (bill)), exporter, key);
        _add(
            target,
            abi.encodeCall(ITitles.surrender, (bill, ITitles.SurrenderReason.DELIVERY)),
            exporter,
            key
        );
        _add(
            target,
            abi.encodeCall(
                ITitles.offerPledge, (bill, address(financing), _financingId(), importer.id)
            ),
            exporter,
            key
        );
        _add(target, abi.encodeCall(ITitles.withdrawPledgeOffer, (offered)), exporter, key);
        _add(
            target,
            abi.encodeCall(ITitles.acceptSurrender, (surrendered)),
            carrier,
            carrier.attester
        );
        _add(
            target,
            abi.encodeCall(ITitles.rejectSurrender, (surrendered)),
            carrier,
            carrier.attester
        );
        TitleId voided = _issueToOrder("voided");
        vm.prank(key.addr);
        titles.surrender(voided, ITitles.SurrenderReason.AMENDMENT);
        vm.prank(carrier.attester.addr);
        titles.acceptSurrender(voided);
        ITitles.Bill memory amended = _bill(ITitles.TitleForm.TO_ORDER, exporter.id);
        _add(target, abi.encodeCall(ITitles.reissue, (voided, amended)), carrier, carrier.attester);
    }

    /// @dev One facility that is overdue and one in default with its bill pledged: both were for
    /// seconds.
    function _tableDefaults() private {
        address target = address(financing);
        FinancingTerms memory late = _releaseLate("late");
        FinancingTerms memory failed = _releaseLate("failed");
        vm.warp(_NOW);
        financing.markOverdue(late);
        financing.markOverdue(failed);
        Signer memory key = bankA.decider;
        vm.prank(key.addr);
        financing.declareDefault(failed);
        _add(target, abi.encodeCall(IFinancing.declareDefault, (late)), bankA, key);
        _add(target, abi.encodeCall(IFinancing.claimRecourse, (failed)), bankA, key);
        _add(target, abi.encodeCall(IFinancing.enforceTitle, (failed)), bankA, key);
        _add(target, abi.encodeCall(IFinancing.writeOff, (failed)), bankA, key);
    }

    function _releaseLate(bytes32 naturalKey) private returns (FinancingTerms memory terms) {
        terms = _otherTerms(naturalKey);
        terms.assetKeys[1] = AssetKey.wrap(keccak256(abi.encode(naturalKey)));
        Tranche memory only = terms.tranches[0];
        (only.amount, only.titlePledged, only.expiresAt) = (1_000_00, true, START + 1);
        terms.tranches = new Tranche[](1);
        terms.tranches[0] = only;
        (terms.maturesAt, terms.graceDays, terms.defaultDays) = (START + 2, 0, 0);
        FinancingId financingId = _request(terms);
        _approveBoth(terms, bankA);
        _approveBoth(terms, bankB);
        _fund(terms, bankA);
        _fund(terms, bankB);
        vm.prank(carrier.attester.addr);
        ITitles.Bill memory blank = _bill(ITitles.TitleForm.BLANK, NO_PARTICIPANT);
        TitleId bill = titles.issue(orderId, naturalKey, blank);
        vm.prank(exporter.submitter.addr);
        titles.offerPledge(bill, address(financing), financingId, importer.id);
        _release(terms, 0);
    }

    function _tableFinancing() private {
        address target = address(financing);
        FinancingTerms memory released = _requestReleased();
        FinancingTerms memory asked = _otherTerms("asked");
        _request(asked);
        bytes memory approval = abi.encodeCall(
            IFinancing.approve,
            (
                asked,
                _signOff(
                    abi.encodePacked(bankA.decider.addr),
                    DEADLINE,
                    _signature(asked, bankA.id, bankA.decider, DEADLINE)
                )
            )
        );
        _add(
            target,
            abi.encodeCall(IFinancing.request, (_otherTerms("new"))),
            exporter,
            exporter.submitter
        );
        _add(target, approval, bankA, bankA.decider);
        _add(target, abi.encodeCall(IFinancing.decline, (asked)), bankB, bankB.decider);
        _add(
            target,
            abi.encodeCall(IFinancing.repay, (released, 5, "pacs.008 3")),
            importer,
            importer.decider
        );
    }

    function _tableLimits() private {
        address target = address(financing);
        FinancingTerms memory held = _otherTerms("asked");
        Signer memory key = regulator.decider;
        vm.prank(key.addr);
        financing.placeHold(held);
        Band[] memory bands = new Band[](1);
        bands[0] = Band(type(uint128).max, 3);
        _add(target, abi.encodeCall(IFinancing.placeHold, (_terms())), regulator, key);
        _add(target, abi.encodeCall(IFinancing.liftHold, (held)), regulator, key);
        _add(
            target,
            abi.encodeCall(IFinancing.setSandboxCap, (CORRIDOR, "USD", 1, START + 9 days)),
            regulator,
            key
        );
        _add(
            target,
            abi.encodeCall(IFinancing.setLimit, (exporter.id, "USD", 1)),
            bankA,
            bankA.decider
        );
        _add(target, abi.encodeCall(IFinancing.setBands, ("USD", bands)), bankA, bankA.decider);
    }

    function _add(address target, bytes memory data, Member memory member, Signer memory key)
        private
    {
        _verbs.push(Verb(target, data, member.id, key));
    }

    function _issueToOrder(bytes32 referenceKey) private returns (TitleId) {
        vm.prank(carrier.attester.addr);
        return titles.issue(orderId, referenceKey, _bill(ITitles.TitleForm.TO_ORDER, exporter.id));
    }

    function _bill(ITitles.TitleForm form, ParticipantId endorsee)
        private
        view
        returns (ITitles.Bill memory)
    {
        return ITitles.Bill(form, exporter.id, endorsee, "bill");
    }

    function _otherTerms(bytes32 naturalKey) private view returns (FinancingTerms memory terms) {
        terms = _terms();
        terms.naturalKey = naturalKey;
        terms.assetKeys[0] = AssetKey.wrap(naturalKey);
    }

    /// @dev An administrator goes last, after adding one that nobody here uses.
    function _revokeAll(Member memory member) private {
        _addKey(member, _signer(string.concat("successor", _name(member.id))), Permission.ADMIN);
        vm.startPrank(member.admin.addr);
        participants.revokeKey(_keyId(member.submitter));
        participants.revokeKey(_keyId(member.attester));
        participants.revokeKey(_keyId(member.decider));
        participants.revokeKey(_keyId(member.secondDecider));
        participants.revokeKey(_keyId(member.admin));
        vm.stopPrank();
    }

    function _expectRefused(uint256 index, bytes memory reason) private {
        Verb memory verb = _verbs[index];
        (bool sent, bytes memory answer) = _send(verb);
        assertFalse(sent);
        vm.assertEq(answer, reason);
        bool signed;
        (signed, answer) = _sign(verb);
        assertFalse(signed);
        vm.assertEq(answer, reason);
    }

    function _send(Verb memory verb) private returns (bool, bytes memory) {
        vm.prank(verb.key.addr);
        return verb.target.call(verb.data);
    }

    function _sign(Verb memory verb) private returns (bool, bytes memory) {
        bytes memory signature = _signCall(verb.key, verb.target, verb.data);
        bytes memory signer = abi.encodePacked(verb.key.addr);
        vm.prank(stranger);
        return address(participants)
            .call(
                abi.encodeCall(
                    IParticipants.callSigned,
                    (signer, verb.target, verb.data, CALL_DEADLINE, signature)
                )
            );
    }

    function _two(uint256 number) private pure returns (bytes2) {
        return bytes2(abi.encodePacked(uint8(48 + number / 10), uint8(48 + number % 10)));
    }

    function _name(ParticipantId id) private pure returns (string memory) {
        return string(abi.encodePacked(id));
    }
}
