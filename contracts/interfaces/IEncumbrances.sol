// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AssetKey, FinancingId, OrderId} from "../types/Ids.sol";

/// @title The register against financing the same goods twice, shared by all lenders.
/// @notice Keys of one consignment (order, invoice, bill of lading, declaration) form a family with
/// one balance. Always: reserved + committed <= capacity. Keys are HMACs over normalised fields.
/// While a family holds anything its keys stay together. Once it holds nothing they come apart if
/// no money ever went out on them: an offer that lapsed must not block the goods. If money did they
/// stay linked for good, also when it was paid back: an order that is financed again while its
/// invoice is financed under another order would be the same goods financed twice, and a
/// commitment is the proof that the keys do stand for the same goods.
interface IEncumbrances {
    enum AssetStatus {
        FREE,
        RESERVED,
        COMMITTED
    }

    /// @param capacity Value of the goods, minor units.
    /// @param financed Whether money has ever gone out on them, so that the keys stay linked.
    /// @param round How often the family's keys have come apart; a link counts in its own round
    /// only.
    struct Balance {
        bytes3 currency;
        uint128 capacity;
        bool financed;
        uint64 round;
        uint128 reserved;
        uint128 committed;
    }

    /// @param family First key of the consignment, zero while nothing is held.
    /// @param lendingContract Who made it, and alone moves it.
    /// @param expiresAt Unix seconds; a reservation cannot be committed after, only freed.
    struct Holding {
        AssetKey family;
        OrderId orderId;
        uint128 reserved;
        uint128 committed;
        address lendingContract;
        uint64 expiresAt;
    }

    /// @dev One per key, and only when the key was in no family.
    event AssetLinked(
        OrderId indexed orderId,
        FinancingId indexed financingId,
        AssetKey indexed family,
        uint64 round,
        AssetKey key
    );
    /// @dev All keys of the family are free again: nothing is held, and nothing was ever committed.
    event AssetsUnlinked(
        OrderId indexed orderId,
        FinancingId indexed financingId,
        AssetKey indexed family,
        uint64 round
    );
    event EncumbranceReserved(
        OrderId indexed orderId,
        FinancingId indexed financingId,
        AssetKey indexed family,
        bytes3 currency,
        uint128 capacity,
        uint128 amount,
        uint64 expiresAt
    );
    event EncumbranceCommitted(
        OrderId indexed orderId,
        FinancingId indexed financingId,
        AssetKey indexed family,
        uint128 amount
    );
    /// @param reserved Part of the holding's reservation that is freed.
    /// @param committed Part of the holding's commitment that is freed.
    event EncumbranceFreed(
        OrderId indexed orderId,
        FinancingId indexed financingId,
        AssetKey indexed family,
        uint128 reserved,
        uint128 committed
    );

    error Encumbrances_NoKeys(FinancingId financingId);
    error Encumbrances_NoAmount(FinancingId financingId);
    error Encumbrances_TooManyKeys(uint256 count, uint256 limit);
    /// @dev Thrown when a key already belongs to another consignment: financed elsewhere.
    error Encumbrances_LinkedElsewhere(AssetKey key, AssetKey family);
    error Encumbrances_CapacityExceeded(AssetKey family, uint128 amount, uint128 free);
    error Encumbrances_CapacityDiffers(AssetKey family, uint128 current, uint128 claimed);
    error Encumbrances_CurrencyDiffers(AssetKey family, bytes3 current, bytes3 claimed);
    error Encumbrances_AlreadyHeld(FinancingId financingId);
    error Encumbrances_NotHeld(FinancingId financingId);
    error Encumbrances_Insufficient(FinancingId financingId, uint128 held, uint128 asked);
    error Encumbrances_Expired(FinancingId financingId, uint64 expiredAt);

    /// @notice Links the keys into one family and reserves an amount of its capacity, or reverts.
    /// Caller: a lending contract that the consortium has admitted.
    function reserve(
        FinancingId financingId,
        OrderId orderId,
        AssetKey[] calldata keys,
        bytes3 currency,
        uint128 capacity,
        uint128 amount,
        uint64 expiresAt
    ) external;

    /// @notice Adds a key that became known later (the bill of lading) to the holding's family;
    /// does nothing when it is there already. Caller: as above.
    function link(FinancingId financingId, AssetKey key) external;

    /// @notice Turns reserved into committed, as money goes out. Caller: as above.
    function commit(FinancingId financingId, uint128 amount) external;

    /// @notice Frees parts of a holding. Caller: as above.
    function free(FinancingId financingId, uint128 reserved, uint128 committed) external;

    /// @notice What a third lender may know, and no more: nothing in it tells who the lender is,
    /// nor how many. A reservation that has expired still counts, for it takes up capacity until it
    /// is
    /// freed, so the status stays RESERVED; who wants the goods lapses the tranche first.
    function statusOf(AssetKey key)
        external
        view
        returns (AssetStatus status, bytes3 currency, uint128 available);

    function balance(AssetKey family) external view returns (Balance memory);

    function holding(FinancingId financingId) external view returns (Holding memory);

    /// @return The first key of the key's consignment, zero when the key is in none.
    function familyOf(AssetKey key) external view returns (AssetKey);
}
