// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEvidence} from "contracts/interfaces/IEvidence.sol";
import {IParticipants} from "contracts/interfaces/IParticipants.sol";
import {ITradeOrders} from "contracts/interfaces/ITradeOrders.sol";
import {EvidenceKind, KindSet} from "contracts/types/EvidenceKinds.sol";
import {EvidenceId, OrderId, ParticipantId} from "contracts/types/Ids.sol";
import {Vm} from "../utils/Vm.sol";

/// @dev What a reader of the events knows of facts, voyages, names and conflicts: a fold in plain
/// lists, and from it what `Evidence.kinds` should say.
contract EvidenceLedger {
    struct Said {
        EvidenceId id;
        bytes32 subject;
        bool onVoyage;
        ParticipantId attester;
        EvidenceKind kind;
        bytes32 sourceKey;
        bytes32 commitment;
        bool stands;
    }

    IParticipants private immutable _PARTICIPANTS;

    Said[] private _said;
    mapping(EvidenceId => uint256 indexPlusOne) private _at;
    mapping(OrderId => mapping(bytes32 voyage => bool)) private _aboard;
    mapping(OrderId => ITradeOrders.Attester[]) private _named;
    mapping(OrderId => IEvidence.Conflict[]) private _raised;
    uint256 public conflictsRaised;

    constructor(IParticipants participants) {
        _PARTICIPANTS = participants;
    }

    function fold(Vm.Log[] memory logs) external {
        for (uint256 i = 0; i < logs.length; ++i) {
            _fold(logs[i]);
        }
    }

    function count() external view returns (uint256) {
        return _said.length;
    }

    function saidAt(uint256 index) external view returns (Said memory) {
        return _said[index];
    }

    /// @return any Whether a fact stands.
    /// @return found One of those that do.
    function standing(uint256 pick) external view returns (bool any, Said memory found) {
        for (uint256 i = 0; i < _said.length; ++i) {
            found = _said[(pick % _said.length + i) % _said.length];
            if (found.stands) return (true, found);
        }
    }

    function isKnown(bytes32 subject, ParticipantId attester, EvidenceKind kind, bytes32 sourceKey)
        external
        view
        returns (bool)
    {
        for (uint256 i = 0; i < _said.length; ++i) {
            Said storage s = _said[i];
            bool same = s.subject == subject && s.attester == attester && s.kind == kind;
            if (same && s.sourceKey == sourceKey) return true;
        }
        return false;
    }

    function isAboard(OrderId orderId, bytes32 voyage) external view returns (bool) {
        return _aboard[orderId][voyage];
    }

    function standingConflicts(OrderId orderId) external view returns (uint256 sum) {
        for (uint256 i = 0; i < _raised[orderId].length; ++i) {
            IEvidence.Conflict memory c = _raised[orderId][i];
            if (_isContested(orderId, c.kind, c.sourceKey)) ++sum;
        }
    }

    /// @return once What `Evidence.kinds` should say, from the events alone.
    function expectedKinds(OrderId orderId) external view returns (KindSet once, KindSet twice) {
        KindSet barred = _contested(orderId);
        for (uint256 i = 0; i < _said.length; ++i) {
            EvidenceKind kind = _said[i].kind;
            if (!_counts(_said[i], orderId) || barred.has(kind)) continue;
            once = once.with(kind);
            for (uint256 j = 0; j < i; ++j) {
                if (!_counts(_said[j], orderId) || _said[j].kind != kind) continue;
                if (_PARTICIPANTS.areUnrelated(_said[i].attester, _said[j].attester)) {
                    twice = twice.with(kind);
                }
            }
        }
        if (!barred.isEmpty()) once = once.with(EvidenceKind.EVIDENCE_CONFLICT);
    }

    /// @return The kinds of all sources of which two named attesters say different things, whether
    /// a conflict was raised or not.
    function contradicted(OrderId orderId) external view returns (KindSet) {
        KindSet found;
        for (uint256 i = 0; i < _said.length; ++i) {
            bool isHere = _said[i].subject == OrderId.unwrap(orderId);
            if (isHere && _isContested(orderId, _said[i].kind, _said[i].sourceKey)) {
                found = found.with(_said[i].kind);
            }
        }
        return found;
    }

    function contested(OrderId orderId) external view returns (KindSet) {
        return _contested(orderId);
    }

    function _contested(OrderId orderId) private view returns (KindSet found) {
        for (uint256 i = 0; i < _raised[orderId].length; ++i) {
            IEvidence.Conflict memory c = _raised[orderId][i];
            if (_isContested(orderId, c.kind, c.sourceKey)) found = found.with(c.kind);
        }
    }

    function _isContested(OrderId orderId, EvidenceKind kind, bytes32 sourceKey)
        private
        view
        returns (bool)
    {
        for (uint256 i = 0; i < _said.length; ++i) {
            if (!_speaksOf(_said[i], orderId, kind, sourceKey)) continue;
            for (uint256 j = 0; j < i; ++j) {
                bool both = _speaksOf(_said[j], orderId, kind, sourceKey);
                if (both && _said[i].commitment != _said[j].commitment) return true;
            }
        }
        return false;
    }

    function _speaksOf(Said storage s, OrderId orderId, EvidenceKind kind, bytes32 sourceKey)
        private
        view
        returns (bool)
    {
        bool same = s.kind == kind && s.sourceKey == sourceKey;
        return same && !s.onVoyage && _counts(s, orderId);
    }

    function _counts(Said storage s, OrderId orderId) private view returns (bool) {
        bool here = s.onVoyage ? _aboard[orderId][s.subject] : s.subject == OrderId.unwrap(orderId);
        return s.stands && here && _isNamed(orderId, s.attester, s.kind);
    }

    function _isNamed(OrderId orderId, ParticipantId attester, EvidenceKind kind)
        private
        view
        returns (bool)
    {
        ITradeOrders.Attester[] storage named = _named[orderId];
        for (uint256 i = 0; i < named.length; ++i) {
            if (named[i].participant == attester && named[i].kinds.has(kind)) return true;
        }
        return false;
    }

    function _fold(Vm.Log memory log) private {
        bytes32 name = log.topics[0];
        if (name == IEvidence.EvidenceRecorded.selector) _record(log, false);
        if (name == IEvidence.VoyageFactRecorded.selector) _record(log, true);
        if (name == IEvidence.EvidenceWithdrawn.selector) _withdraw(log);
        if (name == IEvidence.VoyageFactWithdrawn.selector) _withdraw(log);
        OrderId orderId = OrderId.wrap(log.topics.length > 1 ? log.topics[1] : bytes32(0));
        if (name == IEvidence.VoyageLinked.selector) _aboard[orderId][log.topics[2]] = true;
        if (name == IEvidence.VoyageUnlinked.selector) _aboard[orderId][log.topics[2]] = false;
        if (name == IEvidence.ConflictRaised.selector) _raise(orderId, log.data);
        if (name == ITradeOrders.OrderPlaced.selector) {
            (, ITradeOrders.Attester[] memory named) =
                abi.decode(log.data, (ITradeOrders.OrderTerms, ITradeOrders.Attester[]));
            _name(orderId, named);
        }
        if (name == ITradeOrders.OrderAmended.selector) {
            (,, ITradeOrders.Attester[] memory named) =
                abi.decode(log.data, (uint32, ITradeOrders.OrderTerms, ITradeOrders.Attester[]));
            _name(orderId, named);
        }
    }

    function _record(Vm.Log memory log, bool onVoyage) private {
        IEvidence.Fact memory fact;
        if (onVoyage) (, fact) = abi.decode(log.data, (bytes32, IEvidence.Fact));
        else fact = abi.decode(log.data, (IEvidence.Fact));
        EvidenceId id = EvidenceId.wrap(log.topics[2]);
        ParticipantId attester = ParticipantId.wrap(bytes20(log.topics[3]));
        require(_at[id] == 0, "recorded twice");
        _said.push(
            Said(
                id,
                log.topics[1],
                onVoyage,
                attester,
                fact.kind,
                fact.sourceKey,
                fact.commitment,
                true
            )
        );
        _at[id] = _said.length;
    }

    function _withdraw(Vm.Log memory log) private {
        Said storage s = _said[_at[EvidenceId.wrap(log.topics[2])] - 1];
        require(s.stands, "withdrawn twice");
        s.stands = false;
    }

    function _raise(OrderId orderId, bytes memory data) private {
        (EvidenceKind kind, bytes32 sourceKey, uint256 place) =
            abi.decode(data, (EvidenceKind, bytes32, uint256));
        IEvidence.Conflict[] storage raised = _raised[orderId];
        if (place == raised.length) raised.push();
        raised[place] = IEvidence.Conflict(kind, sourceKey);
        ++conflictsRaised;
    }

    function _name(OrderId orderId, ITradeOrders.Attester[] memory named) private {
        delete _named[orderId];
        for (uint256 i = 0; i < named.length; ++i) {
            _named[orderId].push(named[i]);
        }
    }
}
