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
    /// @dev Counts while the family is still in the round: so all links of a family end at once,
    /// without a list to walk through.
    struct Link {
        AssetKey family;
        uint64 round;
    }

    uint256 private constant KEY_LIMIT = 16;

    mapping(AssetKey key => Link) private _links;
    mapping(AssetKey family => Balance) private _balances;
    mapping(FinancingId financingId => Holding) private _holdings;

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
        require(amount != 0, Encumbrances_NoAmount(financingId));
        require(keys.length != 0, Encumbrances_NoKeys(financingId));
        require(keys.length <= KEY_LIMIT, Encumbrances_TooManyKeys(keys.length, KEY_LIMIT));
        require(block.timestamp <= expiresAt, Encumbrances_Expired(financingId, expiresAt));
        AssetKey family = _familyFor(financingId, keys);
        _checkCapacity(family, currency, capacity, amount);

        // Effect:
        for (uint256 i; i < keys.length; ++i) {
            _link(orderId, financingId, family, keys[i]);
        }
        Balance storage held = _balances[family];
        held.currency = currency;
        held.capacity = capacity;
        held.reserved += amount;
        _holdings[financingId] = Holding(family, orderId, amount, 0, msg.sender, expiresAt);
        emit EncumbranceReserved(
            orderId, financingId, family, currency, capacity, amount, expiresAt
        );
    }

    /// @inheritdoc IEncumbrances
    function link(FinancingId financingId, AssetKey key) external restricted {
        // Check:
        Holding storage held = _held(financingId);
        require(!(key == NO_ASSET), Encumbrances_NoKeys(financingId));
        AssetKey family = held.family;
        _checkLinkable(key, family);

        // Effect:
        _link(held.orderId, financingId, family, key);
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
        if (amount != 0) goods.financed = true;
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
        (OrderId orderId, AssetKey family) = (held.orderId, held.family);
        if (held.reserved == 0 && held.committed == 0) delete _holdings[financingId];
        emit EncumbranceFreed(orderId, financingId, family, reserved, committed);
        if (goods.reserved == 0 && !goods.financed) {
            uint64 round = goods.round;
            goods.round = round + 1;
            emit AssetsUnlinked(orderId, financingId, family, round);
        }
    }

    /// @inheritdoc IEncumbrances
    function statusOf(AssetKey key)
        external
        view
        returns (AssetStatus status, bytes3 currency, uint128 available)
    {
        AssetKey family = familyOf(key);
        if (family == NO_ASSET) return (status, currency, available);
        Balance storage goods = _balances[family];
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
    function familyOf(AssetKey key) public view returns (AssetKey) {
        Link memory last = _links[key];
        return _balances[last.family].round == last.round ? last.family : NO_ASSET;
    }

    /// @dev Does nothing when the key is in the family already.
    function _link(OrderId orderId, FinancingId financingId, AssetKey family, AssetKey key)
        private
    {
        if (familyOf(key) == family) return;
        uint64 round = _balances[family].round;
        _links[key] = Link(family, round);
        emit AssetLinked(orderId, financingId, family, round, key);
    }

    /// @dev The first key, the order's, decides the family; a key of another consignment refuses.
    function _familyFor(FinancingId financingId, AssetKey[] calldata keys)
        private
        view
        returns (AssetKey family)
    {
        family = familyOf(keys[0]);
        if (family == NO_ASSET) family = keys[0];
        for (uint256 i; i < keys.length; ++i) {
            require(!(keys[i] == NO_ASSET), Encumbrances_NoKeys(financingId));
            _checkLinkable(keys[i], family);
        }
    }

    /// @dev Two families that both stand are never merged: each has goods of its own.
    function _checkLinkable(AssetKey key, AssetKey family) private view {
        AssetKey current = familyOf(key);
        require(
            current == NO_ASSET || current == family, Encumbrances_LinkedElsewhere(key, current)
        );
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
        held = _holdings[financingId];
        require(held.lendingContract == msg.sender, Encumbrances_NotHeld(financingId));
    }
}
