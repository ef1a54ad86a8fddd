// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Permissioned} from "./base/Permissioned.sol";
import {IEvidence} from "./interfaces/IEvidence.sol";
import {IParticipants} from "./interfaces/IParticipants.sol";
import {ITradeOrders} from "./interfaces/ITradeOrders.sol";
import {Conflicts} from "./libraries/Conflicts.sol";
import {Marks} from "./libraries/Marks.sol";
import {Voyages} from "./libraries/Voyages.sol";
import {Word} from "./libraries/Words.sol";
import {ADVERSE_KINDS, EvidenceKey, EvidenceKind, KindSet} from "./types/EvidenceKinds.sol";
import {
    EvidenceId,
    NO_PARTICIPANT,
    OrderId,
    ParticipantId,
    VoyageId,
    deriveEvidenceId,
    deriveVoyageId
} from "./types/Ids.sol";
import {Permission, Role} from "./types/Roles.sol";

/// @title The facts and their attesters. The story is told in IEvidence.
/// @notice A fact is one slot: its id says who said what of what, so only the commitment is kept.
contract Evidence is Permissioned, IEvidence {
    using Conflicts for Conflict;
    using Conflicts for Conflict[];
    using Marks for bytes32;
    using Voyages for VoyageId[];

    /// @dev What recording needs of an order, read once for a run of facts about the same one.
    /// @param shared Kinds for which the order names more than one.
    struct Desk {
        OrderId orderId;
        ITradeOrders.OrderState state;
        KindSet shared;
        Word word;
    }

    uint256 private constant _MAX_FACTS = 100;
    /// @dev An order with one conflict pays nothing, so there is no need to tell of many at once.
    uint256 private constant _MAX_CONFLICTS = 4;

    ITradeOrders private immutable _ORDERS;

    /// @dev The commitment of a fact that stands, else one of the other Marks.
    mapping(EvidenceId evidenceId => bytes32 mark) private _marks;
    mapping(bytes32 subject => mapping(ParticipantId attester => Word)) private _words;
    /// @dev Standing facts of a kind beyond the first, so that withdrawing one of two keeps the
    /// kind.
    mapping(
        bytes32 subject => mapping(ParticipantId attester => mapping(EvidenceKind kind => uint256))
    ) private _repeats;
    mapping(OrderId orderId => VoyageId[]) private _voyages;
    mapping(OrderId orderId => Conflict[]) private _conflicts;

    constructor(IParticipants participants, ITradeOrders orders) Permissioned(participants) {
        _ORDERS = orders;
    }

    /// @inheritdoc IEvidence
    function record(OrderId orderId, Fact calldata fact) external returns (EvidenceId) {
        ParticipantId attester = _actor(Permission.ATTEST);
        return _recordOnOrder(_deskOf(orderId, attester), attester, fact);
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
        Desk memory desk;
        for (uint256 i = 0; i < facts.length; ++i) {
            bool same = i > 0 && orderIds[i] == desk.orderId;
            if (!same) desk = _deskOf(orderIds[i], attester);
            _recordOnOrder(desk, attester, facts[i]);
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
        bytes32 subject = VoyageId.unwrap(voyageId);
        evidenceId = _newId(subject, carrier, fact);

        // Effect:
        if (fact.supersedes != 0) {
            EvidenceId old = _supersede(subject, carrier, fact);
            emit VoyageFactWithdrawn(
                voyageId, old, carrier, fact.kind, EvidenceId.unwrap(evidenceId)
            );
        }
        _keep(evidenceId, subject, carrier, fact, _words[subject][carrier]);
        emit VoyageFactRecorded(voyageId, evidenceId, carrier, voyageKey, fact);
    }

    /// @inheritdoc IEvidence
    function linkVoyage(OrderId orderId, bytes32 voyageKey) external returns (VoyageId voyageId) {
        // Check:
        ParticipantId carrier = _actorAs(Permission.ATTEST, Role.CARRIER);
        // slither-disable-next-line unused-return
        (ITradeOrders.OrderState state,,) = _ORDERS.standing(orderId);
        require(state == ITradeOrders.OrderState.ACCEPTED, Evidence_OrderClosed(orderId));
        bool named = _ORDERS.isNamed(orderId, carrier, EvidenceKind.VESSEL_DEPARTED);
        require(named, Evidence_NotNamed(orderId, carrier, EvidenceKind.VESSEL_DEPARTED));
        voyageId = deriveVoyageId(address(this), carrier, voyageKey);

        // Effect:
        _voyages[orderId].link(orderId, voyageId);
        emit VoyageLinked(orderId, voyageId, carrier);
    }

    /// @inheritdoc IEvidence
    function unlinkVoyage(OrderId orderId, bytes32 voyageKey) external {
        // Check:
        ParticipantId carrier = _actorAs(Permission.ATTEST, Role.CARRIER);
        _requireContestable(orderId);
        VoyageId voyageId = deriveVoyageId(address(this), carrier, voyageKey);

        // Effect:
        _voyages[orderId].unlink(orderId, voyageId);
        emit VoyageUnlinked(orderId, voyageId, carrier);
    }

    /// @inheritdoc IEvidence
    function withdraw(OrderId orderId, EvidenceKind kind, bytes32 sourceKey, bytes32 reason)
        external
    {
        // Check:
        ParticipantId attester = _actor(Permission.ATTEST);
        _requireContestable(orderId);

        // Effect:
        EvidenceId evidenceId = _withdraw(OrderId.unwrap(orderId), attester, kind, sourceKey);
        emit EvidenceWithdrawn(orderId, evidenceId, attester, kind, reason);
    }

    /// @inheritdoc IEvidence
    function withdrawFromVoyage(
        bytes32 voyageKey,
        EvidenceKind kind,
        bytes32 sourceKey,
        bytes32 reason
    ) external {
        // Check:
        ParticipantId carrier = _actor(Permission.ATTEST);

        // Effect:
        VoyageId voyageId = deriveVoyageId(address(this), carrier, voyageKey);
        EvidenceId evidenceId = _withdraw(VoyageId.unwrap(voyageId), carrier, kind, sourceKey);
        emit VoyageFactWithdrawn(voyageId, evidenceId, carrier, kind, reason);
    }

    /// @inheritdoc IEvidence
    function kinds(OrderId orderId) external view returns (KindSet once, KindSet twice) {
        ITradeOrders.Attester[] memory named = _ORDERS.attesters(orderId);
        KindSet[] memory said = new KindSet[](named.length);
        for (uint256 i = 0; i < named.length; ++i) {
            said[i] = _saidBy(orderId, named[i].participant).intersect(named[i].kinds);
            for (uint256 j = 0; j < i; ++j) {
                KindSet both = said[i].intersect(said[j]).missingFrom(twice);
                if (both.isEmpty()) continue;
                // The order names a bounded number of attesters.
                // slither-disable-next-line calls-loop
                if (PARTICIPANTS.areUnrelated(named[i].participant, named[j].participant)) {
                    twice = twice.union(both);
                }
            }
            once = once.union(said[i]);
        }
        KindSet contested = _conflicts[orderId].contested(_marks, orderId, named);
        if (contested.isEmpty()) return (once, twice);
        once = once.missingFrom(contested).with(EvidenceKind.EVIDENCE_CONFLICT);
        twice = twice.missingFrom(contested);
    }

    /// @inheritdoc IEvidence
    function idOf(OrderId orderId, EvidenceKey calldata key) external view returns (EvidenceId) {
        return _idOf(OrderId.unwrap(orderId), key.attester, key.kind, key.sourceKey);
    }

    /// @inheritdoc IEvidence
    function item(EvidenceId evidenceId)
        external
        view
        returns (EvidenceState state, bytes32 commitment)
    {
        bytes32 mark = _marks[evidenceId];
        state = mark.state();
        if (mark.stands()) commitment = mark;
    }

    /// @inheritdoc IEvidence
    function voyages(OrderId orderId) external view returns (VoyageId[] memory) {
        return _voyages[orderId];
    }

    /// @inheritdoc IEvidence
    function conflicts(OrderId orderId) external view returns (Conflict[] memory) {
        return _conflicts[orderId];
    }

    /// @inheritdoc IEvidence
    function documentRoot(OrderId orderId, EvidenceKey[] calldata keys)
        external
        view
        returns (bytes32)
    {
        EvidenceId[] memory ids = new EvidenceId[](keys.length);
        bytes32[] memory marks = new bytes32[](keys.length);
        for (uint256 i = 0; i < keys.length; ++i) {
            EvidenceKey calldata key = keys[i];
            ids[i] = _idOf(OrderId.unwrap(orderId), key.attester, key.kind, key.sourceKey);
            marks[i] = _marks[ids[i]];
        }
        return keccak256(abi.encode(ids, marks));
    }

    /// @param mark The commitment when it is recorded, Marks.WITHDRAWN when it is withdrawn.
    function _advance(EvidenceId evidenceId, EvidenceState from, bytes32 mark) private {
        EvidenceState current = _marks[evidenceId].state();
        require(current == from, Evidence_WrongState(evidenceId, current, from));
        _marks[evidenceId] = mark;
    }

    function _recordOnOrder(Desk memory desk, ParticipantId attester, Fact calldata fact)
        private
        returns (EvidenceId evidenceId)
    {
        // Check:
        OrderId orderId = desk.orderId;
        require(_isOpen(desk.state, fact.kind), Evidence_OrderClosed(orderId));
        require(desk.word.named().has(fact.kind), Evidence_NotNamed(orderId, attester, fact.kind));
        bytes32 subject = OrderId.unwrap(orderId);
        evidenceId = _newId(subject, attester, fact);

        // Effect:
        if (fact.supersedes != 0) {
            EvidenceId old = _supersede(subject, attester, fact);
            emit EvidenceWithdrawn(orderId, old, attester, fact.kind, EvidenceId.unwrap(evidenceId));
        }
        desk.word = _keep(evidenceId, subject, attester, fact, desk.word);
        emit EvidenceRecorded(orderId, evidenceId, attester, fact);
        if (desk.shared.has(fact.kind)) _compare(orderId, evidenceId, attester, fact);
    }

    /// @dev Keeps a fact whose attester may say it of this subject; the caller emits the event. One
    /// that supersedes another takes its place in the count.
    /// @param word What the attester says of the subject already.
    /// @return What it says now.
    function _keep(
        EvidenceId evidenceId,
        bytes32 subject,
        ParticipantId attester,
        Fact calldata fact,
        Word word
    ) private returns (Word) {
        EvidenceKind kind = fact.kind;
        _advance(evidenceId, EvidenceState.NONE, fact.commitment);
        if (fact.supersedes == 0 && word.kinds().has(kind)) ++_repeats[subject][attester][kind];
        word = word.with(kind);
        _words[subject][attester] = word;
        return word;
    }

    /// @dev Withdraws the fact that this one replaces; the caller emits the event.
    function _supersede(bytes32 subject, ParticipantId attester, Fact calldata fact)
        private
        returns (EvidenceId old)
    {
        old = _idOf(subject, attester, fact.kind, fact.supersedes);
        _advance(old, EvidenceState.RECORDED, Marks.WITHDRAWN);
    }

    /// @dev Withdraws a fact that nothing replaces; the caller emits the event.
    function _withdraw(
        bytes32 subject,
        ParticipantId attester,
        EvidenceKind kind,
        bytes32 sourceKey
    ) private returns (EvidenceId evidenceId) {
        evidenceId = _idOf(subject, attester, kind, sourceKey);
        _advance(evidenceId, EvidenceState.RECORDED, Marks.WITHDRAWN);
        if (_repeats[subject][attester][kind] > 0) {
            --_repeats[subject][attester][kind];
        } else {
            _words[subject][attester] = _words[subject][attester].without(kind);
        }
    }

    /// @dev Raises a conflict when this fact contradicts what another named attester says of the
    /// same source, and nobody contradicted another before.
    function _compare(
        OrderId orderId,
        EvidenceId evidenceId,
        ParticipantId attester,
        Fact calldata fact
    ) private {
        // Check:
        // Of a bounded number of facts, one after the other; so is what follows here.
        // slither-disable-next-line calls-loop
        ITradeOrders.Attester[] memory named = _ORDERS.attesters(orderId);
        Conflict memory found = Conflict(fact.kind, fact.sourceKey);
        if (!found.stands(_marks, orderId, named, NO_PARTICIPANT)) return;
        Conflict[] storage raised = _conflicts[orderId];
        (bool listed, uint256 place) = raised.placeOf(found, _marks, orderId, named);
        if (listed && found.stands(_marks, orderId, named, attester)) return;
        require(place < _MAX_CONFLICTS, Evidence_TooManyConflicts(orderId, _MAX_CONFLICTS));

        // Effect:
        if (place == raised.length) raised.push(found);
        else raised[place] = found;
        emit ConflictRaised(orderId, evidenceId, attester, found.kind, found.sourceKey, place);
    }

    /// @return The id of a fact that may be recorded.
    function _newId(bytes32 subject, ParticipantId attester, Fact calldata fact)
        private
        view
        returns (EvidenceId)
    {
        EvidenceId evidenceId = _idOf(subject, attester, fact.kind, fact.sourceKey);
        require(fact.kind != EvidenceKind.EVIDENCE_CONFLICT, Evidence_NotAttestable(fact.kind));
        require(
            _marks[evidenceId].state() == EvidenceState.NONE, Evidence_AlreadyRecorded(evidenceId)
        );
        require(
            fact.commitment.stands(), Evidence_CommitmentInvalid(fact.sourceKey, fact.commitment)
        );
        require(
            fact.occurredAt <= block.timestamp,
            Evidence_InFuture(fact.occurredAt, uint64(block.timestamp))
        );
        return evidenceId;
    }

    /// @dev Nobody is named without a new version, so the order is asked for names once for each.
    function _deskOf(OrderId orderId, ParticipantId attester)
        private
        view
        returns (Desk memory desk)
    {
        uint32 version;
        desk.orderId = orderId;
        // slither-disable-next-line calls-loop
        (desk.state, version, desk.shared) = _ORDERS.standing(orderId);
        desk.word = _words[OrderId.unwrap(orderId)][attester];
        if (desk.word.version() == version) return desk;
        // slither-disable-next-line calls-loop
        desk.word = desk.word.under(_ORDERS.kindsOf(orderId, attester), version);
    }

    function _requireContestable(OrderId orderId) private view {
        // slither-disable-next-line unused-return
        (ITradeOrders.OrderState state,,) = _ORDERS.standing(orderId);
        require(_isContestable(state), Evidence_OrderClosed(orderId));
    }

    /// @return said What the attester says of the order itself and of the voyages it is aboard.
    function _saidBy(OrderId orderId, ParticipantId attester) private view returns (KindSet said) {
        said = _words[OrderId.unwrap(orderId)][attester].kinds();
        VoyageId[] storage aboard = _voyages[orderId];
        for (uint256 i = 0; i < aboard.length; ++i) {
            said = said.union(_words[VoyageId.unwrap(aboard[i])][attester].kinds());
        }
    }

    function _idOf(bytes32 subject, ParticipantId attester, EvidenceKind kind, bytes32 sourceKey)
        private
        view
        returns (EvidenceId)
    {
        return deriveEvidenceId(address(this), subject, attester, uint8(kind), sourceKey);
    }

    /// @dev Facts are recorded while the order is ACCEPTED, adverse ones while DISPUTED too.
    function _isOpen(ITradeOrders.OrderState state, EvidenceKind kind) private pure returns (bool) {
        return
            ADVERSE_KINDS.has(kind)
                ? _isContestable(state)
                : state == ITradeOrders.OrderState.ACCEPTED;
    }

    function _isContestable(ITradeOrders.OrderState state) private pure returns (bool) {
        return
            state == ITradeOrders.OrderState.ACCEPTED || state == ITradeOrders.OrderState.DISPUTED;
    }
}
