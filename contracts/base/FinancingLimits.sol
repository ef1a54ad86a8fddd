// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFinancing} from "../interfaces/IFinancing.sol";
import {Book} from "../libraries/Books.sol";
import {Limits, Line, Sandbox} from "../libraries/Limits.sol";
import {Band, Facility, FinancingState} from "../types/Financings.sol";
import {FinancingId, ParticipantId} from "../types/Ids.sol";
import {Permission, Role} from "../types/Roles.sol";
import {Permissioned} from "./Permissioned.sol";

/// @title The bounds that lenders and regulators set, and the regulator's hold.
abstract contract FinancingLimits is IFinancing, Permissioned {
    Book internal _book;

    /// @inheritdoc IFinancing
    function setLimit(ParticipantId exporter, bytes3 currency, uint128 limit) external {
        // Check:
        ParticipantId lender = _actor(Permission.DECIDE);

        // Effect:
        _book.limits.lines[lender][exporter][currency].limit = limit;
        emit LimitSet(lender, exporter, currency, limit);
    }

    /// @inheritdoc IFinancing
    function setBands(bytes3 currency, Band[] calldata bands) external {
        // Check:
        ParticipantId lender = _actor(Permission.DECIDE);
        require(Limits.areValid(bands), Financing_InvalidBands(lender));

        // Effect:
        _book.limits.setBands(lender, currency, bands);
        emit BandsSet(lender, currency, bands);
    }

    /// @inheritdoc IFinancing
    function setSandboxCap(bytes4 corridor, bytes3 currency, uint128 cap, uint64 endsAt) external {
        // Check:
        ParticipantId regulator = _actorAs(Permission.DECIDE, Role.REGULATOR);

        // Effect:
        Sandbox storage sandbox = _book.limits.sandboxes[corridor][currency];
        sandbox.cap = cap;
        sandbox.endsAt = endsAt;
        emit SandboxCapSet(corridor, currency, regulator, cap, endsAt);
    }

    /// @inheritdoc IFinancing
    function placeHold(FinancingId financingId) external {
        ParticipantId regulator = _setHeld(financingId, true);
        emit HoldPlaced(_book.origins[financingId].orderId, financingId, regulator);
    }

    /// @inheritdoc IFinancing
    function liftHold(FinancingId financingId) external {
        ParticipantId regulator = _setHeld(financingId, false);
        emit HoldLifted(_book.origins[financingId].orderId, financingId, regulator);
    }

    /// @inheritdoc IFinancing
    function limitOf(ParticipantId lender, ParticipantId exporter, bytes3 currency)
        external
        view
        returns (uint128 limit, uint128 used)
    {
        Line storage line = _book.limits.lines[lender][exporter][currency];
        return (line.limit, line.used);
    }

    /// @inheritdoc IFinancing
    function sandboxOf(bytes4 corridor, bytes3 currency)
        external
        view
        returns (uint128 cap, uint128 used, uint64 endsAt)
    {
        Sandbox storage sandbox = _book.limits.sandboxes[corridor][currency];
        return (sandbox.cap, sandbox.used, sandbox.endsAt);
    }

    function _setHeld(FinancingId financingId, bool held)
        private
        returns (ParticipantId regulator)
    {
        // Check:
        regulator = _actorAs(Permission.DECIDE, Role.REGULATOR);
        Facility storage f = _book.facilities[financingId];
        require(
            f.state != FinancingState.NONE,
            Financing_WrongState(financingId, FinancingState.NONE, FinancingState.REQUESTED)
        );
        require(f.held != held, Financing_HoldUnchanged(financingId, held));

        // Effect:
        f.held = held;
    }
}
