// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IEncumbrances} from "./interfaces/IEncumbrances.sol";
import {AssetKey, FinancingId, NO_ASSET, OrderId} from "./types/Ids.sol";

/// @notice An expired reservation can no longer be committed but counts until it is freed. Dropping
/// it silently would need a list of holdings in every family, which somebody could fill; instead
/// the lending contract lets anybody lapse an expired tranche, so that whoever wants the capacity
/// frees it himself. Only the contract that made a holding moves it.
contract Encumbrances is IEncumbrances, AccessManaged {
    uint256 private constant KEY_LIMIT = 16;

    mapping(AssetKey key => AssetKey family) private _families;
    mapping(AssetKey family => Balance) private _balances;
    mapping(FinancingId financingId => Holding) private _holdings;
    mapping(FinancingId financingId => address) private _lendingContracts;

    constructor(address authority) AccessManaged(authority) {}

    /// @inheritdoc IEncumbrances
    function reserve(
        FinancingId financingId,
        OrderId orderId,
        AssetKey[] calldata keys,
        bytes3 currency,
        uint128 capacity,
        uint128 amount,
        uint64 expiresAt
    ) external restricted {
        // Check:
        require(!_isHeld(financingId), Encumbrances_AlreadyHeld(financingId));
        require(keys.length != 0, Encumbrances_NoKeys(financingId));
        require(keys.length <= KEY_LIMIT, Encumbrances_TooManyKeys(keys.length, KEY_LIMIT));
        require(block.timestamp <= expiresAt, Encumbrances_Expired(financingId, expiresAt));
        AssetKey family = _familyFor(financingId, keys);
        _checkCapacity(family, currency, capacity, amount);

        // Effect:
        for (uint256 i; i < keys.length; ++i) {
            _families[keys[i]] = family;
        }
        Balance storage held = _balances[family];
        held.currency = currency;
        held.capacity = capacity;
        held.reserved += amount;
        _holdings[financingId] = Holding(family, orderId, amount, 0, expiresAt);
        _lendingContracts[financingId] = msg.sender;
        emit AssetsLinked(orderId, financingId, family, keys);
        emit EncumbranceReserved(
            orderId, financingId, family, currency, capacity, amount, expiresAt
        );
    }

    /// @inheritdoc IEncumbrances
    function link(FinancingId financingId, AssetKey key) external restricted {
        // Check:
        Holding storage held = _held(financingId);
        AssetKey family = held.family;
        AssetKey current = _families[key];
        if (current == family) return;
        require(current == NO_ASSET, Encumbrances_LinkedElsewhere(key, current));

        // Effect:
        _families[key] = family;
        AssetKey[] memory keys = new AssetKey[](1);
        keys[0] = key;
        emit AssetsLinked(held.orderId, financingId, family, keys);
    }

    /// @inheritdoc IEncumbrances
    function commit(FinancingId financingId, uint128 amount) external restricted {
        // Check:
        Holding storage held = _held(financingId);
        require(
            block.timestamp <= held.expiresAt, Encumbrances_Expired(financingId, held.expiresAt)
        );
        require(
            amount <= held.reserved, Encumbrances_Insufficient(financingId, held.reserved, amount)
        );

        // Effect:
        held.reserved -= amount;
        held.committed += amount;
        Balance storage goods = _balances[held.family];
        goods.reserved -= amount;
        goods.committed += amount;
        emit EncumbranceCommitted(held.orderId, financingId, held.family, amount);
    }

    /// @inheritdoc IEncumbrances
    function free(FinancingId financingId, uint128 reserved, uint128 committed)
        external
        restricted
    {
        // Check:
        Holding storage held = _held(financingId);
        require(
            reserved <= held.reserved,
            Encumbrances_Insufficient(financingId, held.reserved, reserved)
        );
        require(
            committed <= held.committed,
            Encumbrances_Insufficient(financingId, held.committed, committed)
        );

        // Effect:
        held.reserved -= reserved;
        held.committed -= committed;
        Balance storage goods = _balances[held.family];
        goods.reserved -= reserved;
        goods.committed -= committed;
        emit EncumbranceFreed(held.orderId, financingId, held.family, reserved, committed);
        if (held.reserved == 0 && held.committed == 0) delete _holdings[financingId];
    }

    /// @inheritdoc IEncumbrances
    function statusOf(AssetKey key)
        external
        view
        returns (AssetStatus status, bytes3 currency, uint128 available)
    {
        Balance storage goods = _balances[_families[key]];
        if (goods.committed != 0) status = AssetStatus.COMMITTED;
        else if (goods.reserved != 0) status = AssetStatus.RESERVED;
        return (status, goods.currency, goods.capacity - goods.reserved - goods.committed);
    }

    /// @inheritdoc IEncumbrances
    function balance(AssetKey family) external view returns (Balance memory) {
        return _balances[family];
    }

    /// @inheritdoc IEncumbrances
    function holding(FinancingId financingId) external view returns (Holding memory) {
        return _holdings[financingId];
    }

    /// @inheritdoc IEncumbrances
    function familyOf(AssetKey key) external view returns (AssetKey) {
        return _families[key];
    }

    /// @dev The first key, the order's, decides the family; a key of another consignment refuses.
    function _familyFor(FinancingId financingId, AssetKey[] calldata keys)
        private
        view
        returns (AssetKey family)
    {
        family = _families[keys[0]];
        if (family == NO_ASSET) family = keys[0];
        for (uint256 i; i < keys.length; ++i) {
            require(!(keys[i] == NO_ASSET), Encumbrances_NoKeys(financingId));
            AssetKey current = _families[keys[i]];
            require(
                current == NO_ASSET || current == family,
                Encumbrances_LinkedElsewhere(keys[i], current)
            );
        }
    }

    /// @dev While anything is held, currency and capacity stand as they were first stated.
    function _checkCapacity(AssetKey family, bytes3 currency, uint128 capacity, uint128 amount)
        private
        view
    {
        Balance storage goods = _balances[family];
        uint128 held = goods.reserved + goods.committed;
        if (held != 0) {
            require(
                goods.currency == currency,
                Encumbrances_CurrencyDiffers(family, goods.currency, currency)
            );
            require(
                goods.capacity == capacity,
                Encumbrances_CapacityDiffers(family, goods.capacity, capacity)
            );
        }
        uint128 left = capacity - held;
        require(amount <= left, Encumbrances_CapacityExceeded(family, amount, left));
    }

    function _isHeld(FinancingId financingId) private view returns (bool) {
        return !(_holdings[financingId].family == NO_ASSET);
    }

    function _held(FinancingId financingId) private view returns (Holding storage held) {
        require(
            _isHeld(financingId) && _lendingContracts[financingId] == msg.sender,
            Encumbrances_NotHeld(financingId)
        );
        held = _holdings[financingId];
    }
}
