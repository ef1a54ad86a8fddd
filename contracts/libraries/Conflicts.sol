// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEvidence} from "../interfaces/IEvidence.sol";
import {ITradeOrders} from "../interfaces/ITradeOrders.sol";
import {KindSet} from "../types/EvidenceKinds.sol";
import {
    EvidenceId,
    NO_PARTICIPANT,
    OrderId,
    ParticipantId,
    deriveEvidenceId
} from "../types/Ids.sol";
import {Marks} from "./Marks.sol";

/// @title Where named attesters contradict each other. A conflict is kept by its kind and source
/// alone; whether it stands is looked up each time, so that whatever settles it (a withdrawal, a
/// correction, an amendment that names others) need not know of it.
library Conflicts {
    using Marks for bytes32;

    /// @param named Whom the order names now.
    /// @return kinds Of the conflicts that are not settled.
    function contested(
        IEvidence.Conflict[] storage raised,
        mapping(EvidenceId => bytes32) storage marks,
        OrderId orderId,
        ITradeOrders.Attester[] memory named
    ) internal view returns (KindSet kinds) {
        for (uint256 i = 0; i < raised.length; ++i) {
            IEvidence.Conflict memory about = raised[i];
            if (stands(about, marks, orderId, named, NO_PARTICIPANT)) {
                kinds = kinds.with(about.kind);
            }
        }
    }

    /// @return listed Whether the conflict was raised before, settled since or not.
    /// @return place Its own, else that of a settled one, else the next.
    function placeOf(
        IEvidence.Conflict[] storage raised,
        IEvidence.Conflict memory about,
        mapping(EvidenceId => bytes32) storage marks,
        OrderId orderId,
        ITradeOrders.Attester[] memory named
    ) internal view returns (bool listed, uint256 place) {
        uint256 next = raised.length;
        place = next;
        for (uint256 i = 0; i < next; ++i) {
            IEvidence.Conflict memory other = raised[i];
            if (other.kind == about.kind && other.sourceKey == about.sourceKey) return (true, i);
            bool settled = !stands(other, marks, orderId, named, NO_PARTICIPANT);
            if (place == next && settled) place = i;
        }
    }

    /// @param but A participant whose word is left out.
    /// @return Whether two that are named for the kind say different things of the source.
    function stands(
        IEvidence.Conflict memory about,
        mapping(EvidenceId => bytes32) storage marks,
        OrderId orderId,
        ITradeOrders.Attester[] memory named,
        ParticipantId but
    ) internal view returns (bool) {
        bytes32 first;
        for (uint256 i = 0; i < named.length; ++i) {
            ParticipantId attester = named[i].participant;
            if (attester == but || !named[i].kinds.has(about.kind)) continue;
            bytes32 mark = marks[_idOf(orderId, attester, about)];
            if (!mark.stands()) continue;
            if (first != Marks.NOTHING && first != mark) return true;
            first = mark;
        }
        return false;
    }

    function _idOf(OrderId orderId, ParticipantId attester, IEvidence.Conflict memory about)
        private
        view
        returns (EvidenceId)
    {
        return deriveEvidenceId(
            address(this), OrderId.unwrap(orderId), attester, uint8(about.kind), about.sourceKey
        );
    }
}
