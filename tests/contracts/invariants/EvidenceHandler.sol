// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEvidence} from "contracts/interfaces/IEvidence.sol";
import {ITradeOrders} from "contracts/interfaces/ITradeOrders.sol";
import {ADVERSE_KINDS, EvidenceKind, KindSet, NO_KINDS} from "contracts/types/EvidenceKinds.sol";
import {OrderId} from "contracts/types/Ids.sol";
import {Role} from "contracts/types/Roles.sol";
import {World} from "../utils/World.sol";
import {EvidenceLedger} from "./EvidenceLedger.sol";

/// @dev Five attesters of three families speak about two orders and two voyages, of three kinds and
/// few sources, so that they often contradict each other. The first order is amended now and then,
/// both are disputed. What happened goes into a ledger that knows the events alone.
contract EvidenceHandler is World {
    uint256 public constant ORDERS = 2;
    uint256 private constant _SPEAKERS = 5;
    uint256 private constant _SOURCES = 6;

    EvidenceLedger public ledger;
    OrderId[ORDERS] public orderIds;
    /// @dev Whether an order's state has changed as ITradeOrders does not draw it.
    bool public wentAstray;
    mapping(bytes32 move => uint256) public done;

    EvidenceKind[3] private _kinds = [
        EvidenceKind.INSPECTION_CERTIFICATE, EvidenceKind.VESSEL_DEPARTED, EvidenceKind.FRAUD_ALERT
    ];
    Member[] private _speakers;
    ITradeOrders.OrderState[ORDERS] private _states;

    /// @dev Tells the ledger what the move has said, and looks at how the orders' states changed.
    modifier move(bytes32 name) {
        vm.recordLogs();
        _;
        ledger.fold(vm.getRecordedLogs());
        ++done[name];
        _note();
    }

    function setUp() public override {
        super.setUp();
        _speakers.push(carrier);
        _speakers.push(bankA);
        _speakers.push(_admit("5493000BRANCHONE01", _roles(Role.BANK), "SG", bankA.id));
        _speakers.push(exporter);
        _speakers.push(_admit("5493000SISTERCO001", _roles(Role.INSURER), "VN", exporter.id));
        ledger = new EvidenceLedger(participants);
        vm.recordLogs();
        for (uint256 i = 0; i < ORDERS; ++i) {
            orderIds[i] = _place(bytes32(i), _orderTerms(), _naming(type(uint256).max));
            _accept(orderIds[i]);
            _states[i] = ITradeOrders.OrderState.ACCEPTED;
        }
        ledger.fold(vm.getRecordedLogs());
    }

    // Moves

    /// @param content What the attester says of the source: two who say the same agree.
    function record(uint256 order, uint256 speaker, uint256 kind, uint256 source, bool content)
        external
        move("record")
    {
        order %= ORDERS;
        Member memory attester = _speakers[speaker % _SPEAKERS];
        IEvidence.Fact memory fact = _said(kind, source, content);
        if (!_isFresh(orderIds[order], attester, fact)) return;
        _tryRecord(orderIds[order], attester, fact);
    }

    function recordOnVoyage(uint256 voyage, uint256 kind, uint256 source)
        external
        move("recordOnVoyage")
    {
        IEvidence.Fact memory fact = _said(kind, source, true);
        if (ledger.isKnown(_voyage(voyage), carrier.id, fact.kind, fact.sourceKey)) return;
        vm.prank(carrier.attester.addr);
        evidence.recordOnVoyage(bytes32(voyage % 2), fact);
    }

    function supersede(uint256 pick, uint256 source, bool content) external move("supersede") {
        (bool any, EvidenceLedger.Said memory old) = ledger.standing(pick);
        if (!any) return;
        Member memory attester = _memberOf(old);
        IEvidence.Fact memory fact = _said(0, source, content);
        fact.kind = old.kind;
        fact.supersedes = old.sourceKey;
        if (ledger.isKnown(old.subject, attester.id, fact.kind, fact.sourceKey)) return;
        if (!old.onVoyage) {
            if (!_isFresh(OrderId.wrap(old.subject), attester, fact)) return;
            _tryRecord(OrderId.wrap(old.subject), attester, fact);
        } else {
            vm.prank(attester.attester.addr);
            evidence.recordOnVoyage(_voyageKey(old.subject), fact);
        }
    }

    function withdraw(uint256 pick) external move("withdraw") {
        (bool any, EvidenceLedger.Said memory taken) = ledger.standing(pick);
        if (!any) return;
        Member memory attester = _memberOf(taken);
        if (!taken.onVoyage) {
            if (_isEnded(OrderId.wrap(taken.subject))) return;
            _withdraw(OrderId.wrap(taken.subject), attester, taken.kind, taken.sourceKey);
        } else {
            bytes32 voyageKey = _voyageKey(taken.subject);
            vm.prank(attester.attester.addr);
            evidence.withdrawFromVoyage(voyageKey, taken.kind, taken.sourceKey, "taken back");
        }
    }

    function linkOrUnlink(uint256 order, uint256 voyage) external move("linkOrUnlink") {
        OrderId orderId = orderIds[order % ORDERS];
        bool aboard = ledger.isAboard(orderId, _voyage(voyage));
        bool named = orders.isNamed(orderId, carrier.id, EvidenceKind.VESSEL_DEPARTED);
        bool accepted = orders.order(orderId).state == ITradeOrders.OrderState.ACCEPTED;
        if (_isEnded(orderId) || !aboard && (!named || !accepted)) return;
        vm.prank(carrier.attester.addr);
        if (aboard) evidence.unlinkVoyage(orderId, bytes32(voyage % 2));
        else evidence.linkVoyage(orderId, bytes32(voyage % 2));
    }

    /// @dev The first order names others: a bit of the seed for each speaker and kind.
    function amend(uint256 seed) external move("amend") {
        OrderId orderId = orderIds[0];
        ITradeOrders.Order memory current = orders.order(orderId);
        if (current.state != ITradeOrders.OrderState.ACCEPTED) return;
        ITradeOrders.OrderTerms memory terms = _orderTerms();
        ITradeOrders.Attester[] memory named = _naming(seed | seed >> 100);
        vm.prank(exporter.submitter.addr);
        orders.proposeAmendment(orderId, terms, named);
        bytes32 digest = keccak256(abi.encode(orderId, current.version + 1, terms, named));
        vm.prank(importer.submitter.addr);
        orders.acceptAmendment(orderId, terms, named, digest);
    }

    /// @dev A party whose dispute over this version has failed must be refused.
    function dispute(uint256 order, bool byExporter) external move("dispute") {
        OrderId orderId = orderIds[order % ORDERS];
        ITradeOrders.Order memory current = orders.order(orderId);
        if (current.state != ITradeOrders.OrderState.ACCEPTED) return;
        Member memory party = byExporter ? exporter : importer;
        bool failed = orders.failedDispute(orderId, party.id) == current.version;
        vm.prank(party.submitter.addr);
        if (failed) vm.expectPartialRevert(ITradeOrders.TradeOrders_AlreadyDisputed.selector);
        orders.dispute(orderId, "reason");
    }

    /// @dev Resolves in time, seldom for the party that disputed, or closes what nobody resolved.
    function endDispute(uint256 order, uint256 seed) external move("endDispute") {
        OrderId orderId = orderIds[order % ORDERS];
        if (orders.order(orderId).state != ITradeOrders.OrderState.DISPUTED) return;
        uint64 until = orders.disputeOf(orderId).until;
        if (seed % 2 == 0 && until < KYC_EXPIRES_AT) vm.warp(until);
        if (block.timestamp >= until) {
            orders.closeDispute(orderId);
        } else {
            vm.prank(arbiter.decider.addr);
            orders.resolve(orderId, seed % 31 == 1);
        }
    }

    // Looking

    function kinds(uint256 order) external view returns (KindSet once, KindSet twice) {
        return evidence.kinds(orderIds[order]);
    }

    function item(EvidenceLedger.Said memory said)
        external
        view
        returns (IEvidence.EvidenceState, bytes32)
    {
        return evidence.item(said.id);
    }

    /// @dev One conflict too many is refused, and only then.
    function _tryRecord(OrderId orderId, Member memory attester, IEvidence.Fact memory fact)
        private
    {
        vm.prank(attester.attester.addr);
        try evidence.record(orderId, fact) {}
        catch (bytes memory reason) {
            vm.assertEq(
                reason,
                abi.encodeWithSelector(IEvidence.Evidence_TooManyConflicts.selector, orderId, 4)
            );
            vm.assertEq(ledger.standingConflicts(orderId), 4, "there were four already");
            // forge has recorded the logs of the refused call as well
            vm.getRecordedLogs();
            ++done["tooManyConflicts"];
        }
    }

    function _isFresh(OrderId orderId, Member memory attester, IEvidence.Fact memory fact)
        private
        view
        returns (bool)
    {
        bool open = ADVERSE_KINDS.has(fact.kind)
            ? !_isEnded(orderId)
            : orders.order(orderId).state == ITradeOrders.OrderState.ACCEPTED;
        return open && orders.isNamed(orderId, attester.id, fact.kind)
            && !ledger.isKnown(OrderId.unwrap(orderId), attester.id, fact.kind, fact.sourceKey);
    }

    function _isEnded(OrderId orderId) private view returns (bool) {
        ITradeOrders.OrderState state = orders.order(orderId).state;
        return
            state != ITradeOrders.OrderState.ACCEPTED && state != ITradeOrders.OrderState.DISPUTED;
    }

    function _note() private {
        for (uint256 i = 0; i < ORDERS; ++i) {
            ITradeOrders.OrderState state = orders.order(orderIds[i]).state;
            if (state != _states[i] && !_mayFollow(_states[i], state)) wentAstray = true;
            _states[i] = state;
        }
    }

    function _mayFollow(ITradeOrders.OrderState from, ITradeOrders.OrderState to)
        private
        pure
        returns (bool)
    {
        if (from == ITradeOrders.OrderState.ACCEPTED) {
            return to == ITradeOrders.OrderState.DISPUTED;
        }
        bool ended = to == ITradeOrders.OrderState.CANCELLED;
        return from == ITradeOrders.OrderState.DISPUTED
            && (ended || to == ITradeOrders.OrderState.ACCEPTED);
    }

    function _said(uint256 kind, uint256 source, bool content)
        private
        view
        returns (IEvidence.Fact memory fact)
    {
        fact = _fact(_kinds[kind % 3], bytes32(source % _SOURCES));
        // zero would supersede nothing
        fact.sourceKey = bytes32(uint256(fact.sourceKey) + 1);
        fact.commitment = content ? bytes32("so") : bytes32("otherwise");
    }

    function _naming(uint256 bits) private view returns (ITradeOrders.Attester[] memory named) {
        named = new ITradeOrders.Attester[](_SPEAKERS);
        for (uint256 i = 0; i < _SPEAKERS; ++i) {
            KindSet said = NO_KINDS;
            for (uint256 k = 0; k < 3; ++k) {
                if (bits & (1 << (i * 3 + k)) != 0) said = said.with(_kinds[k]);
            }
            named[i] = ITradeOrders.Attester(_speakers[i].id, said);
        }
    }

    function _memberOf(EvidenceLedger.Said memory said) private view returns (Member memory) {
        for (uint256 i = 0; i < _SPEAKERS; ++i) {
            if (_speakers[i].id == said.attester) return _speakers[i];
        }
        revert("nobody");
    }

    function _voyage(uint256 voyage) private view returns (bytes32) {
        return
            keccak256(abi.encode(block.chainid, address(evidence), carrier.id, bytes32(voyage % 2)));
    }

    function _voyageKey(bytes32 subject) private view returns (bytes32) {
        return subject == _voyage(0) ? bytes32(0) : bytes32(uint256(1));
    }
}
