// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Permissioned} from "./base/Permissioned.sol";
import {IParticipants} from "./interfaces/IParticipants.sol";
import {ITradeOrders} from "./interfaces/ITradeOrders.sol";
import {EvidenceKind, KindSet} from "./types/EvidenceKinds.sol";
import {NO_PARTICIPANT, OrderId, ParticipantId, deriveOrderId} from "./types/Ids.sol";
import {Permission, Role} from "./types/Roles.sol";

/// @title The orders and their named attesters. The story is told in ITradeOrders.
contract TradeOrders is Permissioned, ITradeOrders {
    /// @dev An order as it is kept: `standing` is its first slot.
    /// @param shared Kinds for which more than one attester is named.
    struct Entry {
        OrderState state;
        uint32 version;
        KindSet shared;
        OrderTerms terms;
    }

    /// @dev New terms that one party has put forward and the other has not agreed to yet.
    struct Proposal {
        ParticipantId proposer;
        bytes32 digest;
    }

    uint256 private constant _MAX_ATTESTERS = 16;
    /// @dev Long enough for an expedited arbitration's first award, short enough that a facility
    /// whose tranches run for some months outlives a dispute that nobody pursues.
    uint64 private constant _DISPUTE_TIME = 30 days;

    mapping(OrderId orderId => Entry) private _orders;
    mapping(OrderId orderId => Attester[]) private _attesters;
    mapping(OrderId orderId => Proposal) private _proposals;
    mapping(OrderId orderId => OpenDispute) private _disputes;
    mapping(OrderId orderId => mapping(ParticipantId party => uint32 version)) private _failed;

    constructor(IParticipants participants) Permissioned(participants) {}

    /// @inheritdoc ITradeOrders
    function place(bytes32 naturalKey, OrderTerms calldata terms, Attester[] calldata named)
        external
        returns (OrderId orderId)
    {
        // Check:
        ParticipantId exporter = _actor(Permission.SUBMIT);
        orderId = deriveOrderId(address(this), exporter, naturalKey);
        require(exporter == terms.exporter, TradeOrders_NotParty(orderId, exporter));
        require(_orders[orderId].state == OrderState.NONE, TradeOrders_AlreadyPlaced(orderId));
        _validate(orderId, terms, named);
        _requireValid(terms.shipBy >= terms.acceptBy, orderId, "shipBy");
        PARTICIPANTS.requireRole(exporter, Role.EXPORTER);
        PARTICIPANTS.requireRole(terms.importer, Role.IMPORTER);

        // Effect:
        _advance(orderId, OrderState.NONE, OrderState.PLACED);
        _write(orderId, 1, terms, named);
        emit OrderPlaced(orderId, exporter, terms.importer, terms, named);
    }

    /// @inheritdoc ITradeOrders
    function accept(OrderId orderId, bytes32 seen) external {
        // Check:
        ParticipantId importer = _importer(orderId);
        _requireBefore(orderId, _orders[orderId].terms.acceptBy);
        _requireSame(orderId, digest(orderId), seen);

        // Effect:
        _advance(orderId, OrderState.PLACED, OrderState.ACCEPTED);
        emit OrderAccepted(orderId, importer, _orders[orderId].version);
    }

    /// @inheritdoc ITradeOrders
    function cancel(OrderId orderId) external {
        // Check:
        ParticipantId actor = _party(orderId);

        // Effect:
        _advance(orderId, OrderState.PLACED, OrderState.CANCELLED);
        emit OrderCancelled(orderId, actor);
    }

    /// @inheritdoc ITradeOrders
    function proposeAmendment(OrderId orderId, OrderTerms calldata terms, Attester[] calldata named)
        external
    {
        // Check:
        ParticipantId actor = _party(orderId);
        Entry storage current = _orders[orderId];
        _requireState(orderId, OrderState.ACCEPTED);
        _requireValid(terms.exporter == current.terms.exporter, orderId, "exporter");
        _requireValid(terms.importer == current.terms.importer, orderId, "importer");
        _validate(orderId, terms, named);

        // Effect:
        uint32 version = current.version + 1;
        _proposals[orderId] = Proposal(actor, _digest(orderId, version, terms, named));
        emit AmendmentProposed(orderId, actor, version, terms, named);
    }

    /// @inheritdoc ITradeOrders
    function acceptAmendment(
        OrderId orderId,
        OrderTerms calldata terms,
        Attester[] calldata named,
        bytes32 seen
    ) external {
        // Check:
        ParticipantId actor = _party(orderId);
        _requireState(orderId, OrderState.ACCEPTED);
        Proposal memory proposal = _proposals[orderId];
        require(proposal.proposer != NO_PARTICIPANT, TradeOrders_NoAmendment(orderId));
        require(proposal.proposer != actor, TradeOrders_NotParty(orderId, actor));
        uint32 version = _orders[orderId].version + 1;
        _requireSame(orderId, proposal.digest, seen);
        _requireSame(orderId, proposal.digest, _digest(orderId, version, terms, named));
        _requireBefore(orderId, terms.acceptBy);

        // Effect:
        delete _proposals[orderId];
        _write(orderId, version, terms, named);
        emit OrderAmended(orderId, actor, version, terms, named);
    }

    /// @inheritdoc ITradeOrders
    function dispute(OrderId orderId, bytes32 reason) external {
        // Check:
        ParticipantId actor = _party(orderId);
        uint32 version = _orders[orderId].version;
        require(
            _failed[orderId][actor] != version, TradeOrders_AlreadyDisputed(orderId, actor, version)
        );

        // Effect:
        _advance(orderId, OrderState.ACCEPTED, OrderState.DISPUTED);
        uint64 until = uint64(block.timestamp) + _DISPUTE_TIME;
        _disputes[orderId] = OpenDispute(actor, until);
        emit OrderDisputed(orderId, actor, reason, until);
    }

    /// @inheritdoc ITradeOrders
    function resolve(OrderId orderId, bool upheld) external {
        // Check:
        ParticipantId arbiter = _actorAs(Permission.DECIDE, Role.ARBITER);
        _requireState(orderId, OrderState.DISPUTED);
        OrderTerms storage terms = _orders[orderId].terms;
        require(
            PARTICIPANTS.areUnrelated(arbiter, terms.exporter)
                && PARTICIPANTS.areUnrelated(arbiter, terms.importer),
            TradeOrders_NotNeutral(orderId, arbiter)
        );
        _requireBefore(orderId, _disputes[orderId].until);

        // Effect:
        _end(orderId, upheld);
        emit DisputeResolved(orderId, arbiter, upheld);
    }

    /// @inheritdoc ITradeOrders
    function closeDispute(OrderId orderId) external {
        // Check:
        _requireState(orderId, OrderState.DISPUTED);
        uint64 until = _disputes[orderId].until;
        require(block.timestamp >= until, TradeOrders_DisputeRuns(orderId, until));

        // Effect:
        _end(orderId, false);
        emit DisputeClosed(orderId, PARTICIPANTS.participantOf(msg.sender));
    }

    /// @inheritdoc ITradeOrders
    function fulfil(OrderId orderId) external {
        // Check:
        ParticipantId importer = _importer(orderId);

        // Effect:
        _advance(orderId, OrderState.ACCEPTED, OrderState.FULFILLED);
        emit OrderFulfilled(orderId, importer);
    }

    /// @inheritdoc ITradeOrders
    function order(OrderId orderId) external view returns (Order memory) {
        Entry storage current = _orders[orderId];
        return Order(current.state, current.version, current.terms);
    }

    /// @inheritdoc ITradeOrders
    function disputeOf(OrderId orderId) external view returns (OpenDispute memory) {
        return _disputes[orderId];
    }

    /// @inheritdoc ITradeOrders
    function failedDispute(OrderId orderId, ParticipantId party) external view returns (uint32) {
        return _failed[orderId][party];
    }

    /// @inheritdoc ITradeOrders
    function standing(OrderId orderId)
        external
        view
        returns (OrderState state, uint32 version, KindSet shared)
    {
        Entry storage current = _orders[orderId];
        return (current.state, current.version, current.shared);
    }

    /// @inheritdoc ITradeOrders
    function attesters(OrderId orderId) external view returns (Attester[] memory) {
        return _attesters[orderId];
    }

    /// @inheritdoc ITradeOrders
    function isNamed(OrderId orderId, ParticipantId participant, EvidenceKind kind)
        external
        view
        returns (bool)
    {
        return kindsOf(orderId, participant).has(kind);
    }

    /// @inheritdoc ITradeOrders
    function kindsOf(OrderId orderId, ParticipantId participant)
        public
        view
        returns (KindSet kinds)
    {
        Attester[] storage named = _attesters[orderId];
        for (uint256 i = 0; i < named.length; ++i) {
            Attester memory attester = named[i];
            if (attester.participant == participant) kinds = kinds.union(attester.kinds);
        }
    }

    /// @inheritdoc ITradeOrders
    function digest(OrderId orderId) public view returns (bytes32) {
        Entry memory current = _orders[orderId];
        return _digest(orderId, current.version, current.terms, _attesters[orderId]);
    }

    function _advance(OrderId orderId, OrderState from, OrderState to) private {
        _requireState(orderId, from);
        _orders[orderId].state = to;
    }

    function _write(
        OrderId orderId,
        uint32 version,
        OrderTerms calldata terms,
        Attester[] calldata named
    ) private {
        delete _attesters[orderId];
        KindSet any;
        KindSet shared;
        for (uint256 i = 0; i < named.length; ++i) {
            _attesters[orderId].push(named[i]);
            shared = shared.union(any.intersect(named[i].kinds));
            any = any.union(named[i].kinds);
        }
        Entry storage self = _orders[orderId];
        self.version = version;
        self.shared = shared;
        self.terms = terms;
    }

    /// @dev Ends a dispute; one that is not upheld is its party's last over this version.
    function _end(OrderId orderId, bool upheld) private {
        if (upheld) {
            _advance(orderId, OrderState.DISPUTED, OrderState.CANCELLED);
        } else {
            _advance(orderId, OrderState.DISPUTED, OrderState.ACCEPTED);
            _failed[orderId][_disputes[orderId].by] = _orders[orderId].version;
        }
        delete _disputes[orderId];
    }

    /// @return actor The caller's participant, which is the exporter or the importer.
    function _party(OrderId orderId) private view returns (ParticipantId actor) {
        actor = _actor(Permission.SUBMIT);
        OrderTerms storage terms = _orders[orderId].terms;
        require(
            actor == terms.exporter || actor == terms.importer, TradeOrders_NotParty(orderId, actor)
        );
    }

    /// @return actor The caller's participant, which is the importer.
    function _importer(OrderId orderId) private view returns (ParticipantId actor) {
        actor = _actor(Permission.SUBMIT);
        require(actor == _orders[orderId].terms.importer, TradeOrders_NotParty(orderId, actor));
    }

    /// @dev The rules that hold for a new order and for an amendment alike. Whoever is named is
    /// active now; later the access rule asks again at each of its acts.
    function _validate(OrderId orderId, OrderTerms calldata terms, Attester[] calldata named)
        private
        view
    {
        _requireValid(terms.importer != terms.exporter, orderId, "importer");
        _requireValid(_isLetters(terms.currency, 3), orderId, "currency");
        _requireValid(terms.amount > 0, orderId, "amount");
        _requireValid(_isLetters(terms.origin, 2), orderId, "origin");
        _requireValid(_isLetters(terms.destination, 2), orderId, "destination");
        _requireValid(terms.commitment != 0, orderId, "commitment");
        _requireValid(terms.acceptBy > block.timestamp, orderId, "acceptBy");
        require(
            named.length <= _MAX_ATTESTERS,
            TradeOrders_TooManyAttesters(named.length, _MAX_ATTESTERS)
        );
        for (uint256 i = 0; i < named.length; ++i) {
            // slither-disable-next-line calls-loop
            PARTICIPANTS.requireActive(named[i].participant);
        }
    }

    function _requireState(OrderId orderId, OrderState needed) private view {
        OrderState current = _orders[orderId].state;
        require(current == needed, TradeOrders_WrongState(orderId, current, needed));
    }

    function _requireBefore(OrderId orderId, uint64 deadline) private view {
        require(block.timestamp < deadline, TradeOrders_Expired(orderId, deadline));
    }

    function _requireSame(OrderId orderId, bytes32 current, bytes32 seen) private pure {
        require(current == seen, TradeOrders_TermsDiffer(orderId, current, seen));
    }

    function _requireValid(bool valid, OrderId orderId, bytes32 field) private pure {
        require(valid, TradeOrders_InvalidTerms(orderId, field));
    }

    function _digest(
        OrderId orderId,
        uint32 version,
        OrderTerms memory terms,
        Attester[] memory named
    ) private pure returns (bytes32) {
        return keccak256(abi.encode(orderId, version, terms, named));
    }

    /// @return Whether the first `length` bytes are capital letters, as in an ISO code.
    function _isLetters(bytes32 code, uint256 length) private pure returns (bool) {
        for (uint256 i = 0; i < length; ++i) {
            if (code[i] < "A" || code[i] > "Z") return false;
        }
        return true;
    }
}
