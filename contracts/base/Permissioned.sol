// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IParticipants} from "../interfaces/IParticipants.sol";
import {ParticipantId} from "../types/Ids.sol";
import {Permission, Role} from "../types/Roles.sol";

/// @title The one access rule: who is calling, for which participant, asked of Participants.
/// @notice No contract keeps a list of its own; a key revoked there is revoked everywhere, at once.
abstract contract Permissioned {
    IParticipants internal immutable PARTICIPANTS;

    constructor(IParticipants participants) {
        PARTICIPANTS = participants;
    }

    /// @return The active participant for which the calling key may do this; reverts otherwise.
    function _actor(Permission permission) internal view returns (ParticipantId) {
        return PARTICIPANTS.actor(msg.sender, permission);
    }

    /// @return actor As `_actor`, of a participant that has the role besides.
    function _actorAs(Permission permission, Role role)
        internal
        view
        returns (ParticipantId actor)
    {
        actor = _actor(permission);
        PARTICIPANTS.requireRole(actor, role);
    }
}
