// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Permissioned} from "./base/Permissioned.sol";
import {IEvidence} from "./interfaces/IEvidence.sol";
import {IParticipants} from "./interfaces/IParticipants.sol";
import {ITradeOrders} from "./interfaces/ITradeOrders.sol";
import {ADVERSE_KINDS, EvidenceKind, KindSet} from "./types/EvidenceKinds.sol";
import {
    EvidenceId,
    OrderId,
    ParticipantId,
    VoyageId,
    deriveEvidenceId,
    deriveVoyageId
} from "./types/Ids.sol";
import {Permission, Role} from "./types/Roles.sol";

/// @title The facts and their attesters. The story is told in IEvidence.
contract Evidence is Permissioned, IEvidence {
    /// @dev What one attester says of one subject.
    /// @param kinds Kinds of which at least one fact stands.
    /// @param repeats Standing facts of a kind beyond the first, so that withdrawing one of two
    /// keeps the kind.
    struct Word {
        KindSet kinds;
        mapping(EvidenceKind kind => uint32) repeats;
    }

    uint256 private constant _MAX_VOYAGES = 4;
    uint256 private constant _MAX_FACTS = 100;

    ITradeOrders private immutable _ORDERS;

    mapping(EvidenceId evidenceId => Item) private _items;
    mapping(bytes32 subject => mapping(ParticipantId attester => Word)) private _words;
    mapping(OrderId orderId => VoyageId[]) private _voyages;

    constructor(IParticipants participants, ITradeOrders orders) Permissioned(participants) {
        _ORDERS = orders;
    }

    /// @inheritdoc IEvidence
    function record(OrderId orderId, Fact calldata fact) external returns (EvidenceId) {
        return _recordOnOrder(orderId, _actor(Permission.ATTEST), fact);
    }

    /// @inheritdoc IEvidence
    function recordMany(OrderId[] calldata orderIds, Fact[] calldata facts) external {
        // Check:
        require(
            orderIds.length == facts.length, Evidence_LengthsDiffer(orderIds.length, facts.length)
        );
        require(facts.length <= _MAX_FACTS, Evidence_TooManyFacts(facts.length, _MAX_FACTS));
        ParticipantId attester = _actor(Permission.ATTEST);

        // Effect:
        for (uint256 i = 0; i < facts.length; ++i) {
            _recordOnOrder(orderIds[i], attester, facts[i]);
        }
    }

    /// @inheritdoc IEvidence
    function recordOnVoyage(bytes32 voyageKey, Fact calldata fact)
        external
        returns (EvidenceId evidenceId)
    {
        // Check:
        ParticipantId carrier = _actorAs(Permission.ATTEST, Role.CARRIER);
        VoyageId voyageId = deriveVoyageId(address(this), carrier, voyageKey);

        // Effect:
        evidenceId = _record(VoyageId.unwrap(voyageId), true, carrier, fact);
        emit VoyageFactRecorded(voyageId, evidenceId, carrier, fact);
    }

    /// @inheritdoc IEvidence
    function linkVoyage(OrderId orderId, bytes32 voyageKey) external returns (VoyageId voyageId) {
        // Check:
        ParticipantId carrier = _actorAs(Permission.ATTEST, Role.CARRIER);
        _requireOpen(orderId, EvidenceKind.VESSEL_DEPARTED);
        _requireNamed(orderId, carrier, EvidenceKind.VESSEL_DEPARTED);
        voyageId = deriveVoyageId(address(this), carrier, voyageKey);
        (bool linked,) = _find(orderId, voyageId);
        require(!linked, Evidence_AlreadyLinked(orderId, voyageId));
        require(
            _voyages[orderId].length < _MAX_VOYAGES, Evidence_TooManyVoyages(orderId, _MAX_VOYAGES)
        );

        // Effect:
        _voyages[orderId].push(voyageId);
        emit VoyageLinked(orderId, voyageId, carrier);
    }

    /// @inheritdoc IEvidence
    function unlinkVoyage(OrderId orderId, bytes32 voyageKey) external {
        // Check:
        ParticipantId carrier = _actorAs(Permission.ATTEST, Role.CARRIER);
        _requireContestable(orderId);
        VoyageId voyageId = deriveVoyageId(address(this), carrier, voyageKey);
        (bool linked, uint256 index) = _find(orderId, voyageId);
        require(linked, Evidence_NotLinked(orderId, voyageId));

        // Effect:
        VoyageId[] storage aboard = _voyages[orderId];
        aboard[index] = aboard[aboard.length - 1];
        aboard.pop();
        emit VoyageUnlinked(orderId, voyageId, carrier);
    }

    /// @inheritdoc IEvidence
    function withdraw(EvidenceId evidenceId, bytes32 reason) external {
        // Check:
        ParticipantId actor = _actor(Permission.ATTEST);
        Item memory fact = _items[evidenceId];
        require(fact.attester == actor, Evidence_NotAttester(evidenceId, fact.attester, actor));
        if (!fact.onVoyage) _requireContestable(OrderId.wrap(fact.subject));

        // Effect:
        _withdraw(evidenceId, fact, reason);
    }

    /// @inheritdoc IEvidence
    function kinds(OrderId orderId) external view returns (KindSet once, KindSet twice) {
        ITradeOrders.Attester[] memory named = _ORDERS.attesters(orderId);
        KindSet[] memory said = new KindSet[](named.length);
        for (uint256 i = 0; i < named.length; ++i) {
            said[i] = _saidBy(orderId, named[i].participant).intersect(named[i].kinds);
            for (uint256 j = 0; j < i; ++j) {
                KindSet shared = said[i].intersect(said[j]).missingFrom(twice);
                if (shared.isEmpty()) continue;
                if (PARTICIPANTS.areUnrelated(named[i].participant, named[j].participant)) {
                    twice = twice.union(shared);
                }
            }
            once = once.union(said[i]);
        }
    }

    /// @inheritdoc IEvidence
    function item(EvidenceId evidenceId) external view returns (Item memory) {
        return _items[evidenceId];
    }

    /// @inheritdoc IEvidence
    function voyages(OrderId orderId) external view returns (VoyageId[] memory) {
        return _voyages[orderId];
    }

    /// @inheritdoc IEvidence
    function documentRoot(EvidenceId[] calldata evidenceIds) external view returns (bytes32) {
        EvidenceState[] memory states = new EvidenceState[](evidenceIds.length);
        bytes32[] memory commitments = new bytes32[](evidenceIds.length);
        for (uint256 i = 0; i < evidenceIds.length; ++i) {
            Item storage fact = _items[evidenceIds[i]];
            states[i] = fact.state;
            commitments[i] = fact.commitment;
        }
        return keccak256(abi.encode(evidenceIds, states, commitments));
    }

    function _advance(EvidenceId evidenceId, EvidenceState from, EvidenceState to) private {
        Item storage fact = _items[evidenceId];
        require(fact.state == from, Evidence_WrongState(evidenceId, fact.state, from));
        fact.state = to;
    }

    function _recordOnOrder(OrderId orderId, ParticipantId attester, Fact calldata fact)
        private
        returns (EvidenceId evidenceId)
    {
        // Check:
        _requireOpen(orderId, fact.kind);
        _requireNamed(orderId, attester, fact.kind);

        // Effect:
        evidenceId = _record(OrderId.unwrap(orderId), false, attester, fact);
        emit EvidenceRecorded(orderId, evidenceId, attester, fact);
    }

    /// @dev Keeps a fact whose attester may say it of this subject; the caller emits the event.
    function _record(bytes32 subject, bool onVoyage, ParticipantId attester, Fact calldata fact)
        private
        returns (EvidenceId evidenceId)
    {
        // Check:
        evidenceId =
            deriveEvidenceId(address(this), subject, attester, uint8(fact.kind), fact.sourceKey);
        Item storage self = _items[evidenceId];
        require(self.state == EvidenceState.NONE, Evidence_AlreadyRecorded(evidenceId));
        require(fact.commitment != 0, Evidence_CommitmentMissing(fact.sourceKey));
        require(
            fact.occurredAt <= block.timestamp,
            Evidence_InFuture(fact.occurredAt, uint64(block.timestamp))
        );

        // Effect:
        if (EvidenceId.unwrap(fact.supersedes) != 0) {
            _supersede(evidenceId, subject, attester, fact);
        }
        _advance(evidenceId, EvidenceState.NONE, EvidenceState.RECORDED);
        self.kind = fact.kind;
        self.attester = attester;
        self.onVoyage = onVoyage;
        self.recordedAt = uint64(block.timestamp);
        self.subject = subject;
        self.commitment = fact.commitment;
        Word storage word = _words[subject][attester];
        if (word.kinds.has(fact.kind)) ++word.repeats[fact.kind];
        else word.kinds = word.kinds.with(fact.kind);
    }

    function _supersede(
        EvidenceId evidenceId,
        bytes32 subject,
        ParticipantId attester,
        Fact calldata fact
    ) private {
        // Check:
        Item memory old = _items[fact.supersedes];
        require(
            old.state == EvidenceState.RECORDED && old.subject == subject
                && old.attester == attester && old.kind == fact.kind,
            Evidence_CannotSupersede(evidenceId, fact.supersedes)
        );

        // Effect:
        _withdraw(fact.supersedes, old, EvidenceId.unwrap(evidenceId));
    }

    function _withdraw(EvidenceId evidenceId, Item memory fact, bytes32 reason) private {
        // Effect:
        _advance(evidenceId, EvidenceState.RECORDED, EvidenceState.WITHDRAWN);
        Word storage word = _words[fact.subject][fact.attester];
        if (word.repeats[fact.kind] > 0) --word.repeats[fact.kind];
        else word.kinds = word.kinds.without(fact.kind);
        if (fact.onVoyage) {
            emit VoyageFactWithdrawn(
                VoyageId.wrap(fact.subject), evidenceId, fact.attester, fact.kind, reason
            );
        } else {
            emit EvidenceWithdrawn(
                OrderId.wrap(fact.subject), evidenceId, fact.attester, fact.kind, reason
            );
        }
    }

    /// @dev Facts are recorded while the order is ACCEPTED, adverse ones while DISPUTED too.
    function _requireOpen(OrderId orderId, EvidenceKind kind) private view {
        if (ADVERSE_KINDS.has(kind)) {
            _requireContestable(orderId);
        } else {
            require(
                _ORDERS.order(orderId).state == ITradeOrders.OrderState.ACCEPTED,
                Evidence_OrderClosed(orderId)
            );
        }
    }

    function _requireContestable(OrderId orderId) private view {
        ITradeOrders.OrderState state = _ORDERS.order(orderId).state;
        require(
            state == ITradeOrders.OrderState.ACCEPTED || state == ITradeOrders.OrderState.DISPUTED,
            Evidence_OrderClosed(orderId)
        );
    }

    function _requireNamed(OrderId orderId, ParticipantId attester, EvidenceKind kind)
        private
        view
    {
        require(
            _ORDERS.isNamed(orderId, attester, kind), Evidence_NotNamed(orderId, attester, kind)
        );
    }

    /// @return said What the attester says of the order itself and of the voyages it is aboard.
    function _saidBy(OrderId orderId, ParticipantId attester) private view returns (KindSet said) {
        said = _words[OrderId.unwrap(orderId)][attester].kinds;
        VoyageId[] storage aboard = _voyages[orderId];
        for (uint256 i = 0; i < aboard.length; ++i) {
            said = said.union(_words[VoyageId.unwrap(aboard[i])][attester].kinds);
        }
    }

    function _find(OrderId orderId, VoyageId voyageId)
        private
        view
        returns (bool found, uint256 index)
    {
        VoyageId[] storage aboard = _voyages[orderId];
        for (uint256 i = 0; i < aboard.length; ++i) {
            if (VoyageId.unwrap(aboard[i]) == VoyageId.unwrap(voyageId)) return (true, i);
        }
    }
}
