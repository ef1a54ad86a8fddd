// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFinancing} from "../interfaces/IFinancing.sol";
import {Book} from "../libraries/Books.sol";
import {Limits, Line, Sandbox} from "../libraries/Limits.sol";
import {Band, Facility, FinancingTerms} from "../types/Financings.sol";
import {FinancingId, ParticipantId} from "../types/Ids.sol";
import {Permission, Role} from "../types/Roles.sol";
import {Terms} from "../libraries/Terms.sol";
import {Permissioned} from "./Permissioned.sol";

/// @title The bounds that lenders and regulators set, and the regulator's hold.
abstract contract FinancingLimits is IFinancing, Permissioned {
    using Terms for FinancingTerms;

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
    function placeHold(FinancingTerms calldata terms) external {
        (FinancingId financingId, ParticipantId regulator) = _setHeld(terms, true);
        emit HoldPlaced(terms.orderId, financingId, regulator);
    }

    /// @inheritdoc IFinancing
    function liftHold(FinancingTerms calldata terms) external {
        (FinancingId financingId, ParticipantId regulator) = _setHeld(terms, false);
        emit HoldLifted(terms.orderId, financingId, regulator);
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

    function _setHeld(FinancingTerms calldata terms, bool held)
        private
        returns (FinancingId financingId, ParticipantId regulator)
    {
        // Check:
        regulator = _actorAs(Permission.DECIDE, Role.REGULATOR);
        // slither-disable-next-line unused-return
        (financingId,) = _book.known(terms.raw());
        Facility storage f = _book.facilities[financingId];
        require(f.held != held, Financing_HoldUnchanged(financingId, held));

        // Effect:
        f.held = held;
    }
}
