// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEvidence} from "../interfaces/IEvidence.sol";
import {OrderId, VoyageId} from "../types/Ids.sol";

/// @title The voyages that the goods of one order are on: few, and none twice.
library Voyages {
    uint256 private constant _MAX_VOYAGES = 4;

    function link(VoyageId[] storage aboard, OrderId orderId, VoyageId voyageId) internal {
        (bool linked,) = find(aboard, voyageId);
        require(!linked, IEvidence.Evidence_AlreadyLinked(orderId, voyageId));
        require(
            aboard.length < _MAX_VOYAGES, IEvidence.Evidence_TooManyVoyages(orderId, _MAX_VOYAGES)
        );
        aboard.push(voyageId);
    }

    function unlink(VoyageId[] storage aboard, OrderId orderId, VoyageId voyageId) internal {
        (bool linked, uint256 index) = find(aboard, voyageId);
        require(linked, IEvidence.Evidence_NotLinked(orderId, voyageId));
        aboard[index] = aboard[aboard.length - 1];
        aboard.pop();
    }

    function find(VoyageId[] storage aboard, VoyageId voyageId)
        internal
        view
        returns (bool found, uint256 index)
    {
        for (uint256 i = 0; i < aboard.length; ++i) {
            if (VoyageId.unwrap(aboard[i]) == VoyageId.unwrap(voyageId)) return (true, i);
        }
    }
}
