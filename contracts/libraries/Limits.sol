// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Band} from "../types/Financings.sol";
import {ParticipantId} from "../types/Ids.sol";

using Limits for LimitBook global;

struct Line {
    uint128 limit;
    uint128 used;
}

struct Sandbox {
    uint128 cap;
    uint128 used;
    uint64 endsAt;
}

struct LimitBook {
    mapping(ParticipantId lender => mapping(bytes3 currency => Band[])) bands;
    mapping(
        ParticipantId lender => mapping(ParticipantId exporter => mapping(bytes3 currency => Line))
    ) lines;
    mapping(bytes4 corridor => mapping(bytes3 currency => Sandbox)) sandboxes;
}

/// @title What lenders and regulators allow, and how much of it is used.
library Limits {
    using SafeCast for uint256;

    uint256 private constant MAX_BANDS = 8;
    uint8 private constant LEAST_APPROVALS = 2;

    function setBands(
        LimitBook storage self,
        ParticipantId lender,
        bytes3 currency,
        Band[] calldata bands
    ) internal {
        delete self.bands[lender][currency];
        for (uint256 i; i < bands.length; ++i) {
            self.bands[lender][currency].push(bands[i]);
        }
    }

    function draw(
        LimitBook storage self,
        ParticipantId lender,
        ParticipantId exporter,
        bytes3 currency,
        uint256 amount
    ) internal {
        self.lines[lender][exporter][currency].used += amount.toUint128();
    }

    function restore(
        LimitBook storage self,
        ParticipantId lender,
        ParticipantId exporter,
        bytes3 currency,
        uint256 amount
    ) internal {
        self.lines[lender][exporter][currency].used -= amount.toUint128();
    }

    /// @return Whether the amount still fits the lender's limit for the exporter.
    function fits(
        LimitBook storage self,
        ParticipantId lender,
        ParticipantId exporter,
        bytes3 currency,
        uint256 amount
    ) internal view returns (bool) {
        Line storage line = self.lines[lender][exporter][currency];
        return line.used + amount <= line.limit;
    }

    /// @return Whether the amount still fits the corridor's cap, and the sandbox has not ended.
    function fits(Sandbox storage sandbox, uint256 amount) internal view returns (bool) {
        return block.timestamp < sandbox.endsAt && sandbox.used + amount <= sandbox.cap;
    }

    /// @return Signatures that a lender needs for an amount; above its last band, that band's.
    function approvalsFor(
        LimitBook storage self,
        ParticipantId lender,
        bytes3 currency,
        uint256 amount
    ) internal view returns (uint8) {
        Band[] storage bands = self.bands[lender][currency];
        if (bands.length == 0) return LEAST_APPROVALS;
        uint256 i;
        while (i + 1 < bands.length && amount > bands[i].upTo) ++i;
        return bands[i].approvals;
    }

    /// @return Whether they ascend, ask for two signatures at least, and never for fewer above.
    function areValid(Band[] calldata bands) internal pure returns (bool) {
        if (bands.length > MAX_BANDS) return false;
        for (uint256 i; i < bands.length; ++i) {
            if (bands[i].approvals < LEAST_APPROVALS) return false;
            if (i == 0) continue;
            if (bands[i].upTo <= bands[i - 1].upTo) return false;
            if (bands[i].approvals < bands[i - 1].approvals) return false;
        }
        return true;
    }
}
