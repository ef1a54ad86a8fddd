// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEncumbrances} from "contracts/interfaces/IEncumbrances.sol";
import {AssetKey, FinancingId, OrderId} from "contracts/types/Ids.sol";
import {EncumbrancesWorld} from "../Encumbrances/EncumbrancesWorld.sol";

/// @dev Three lending contracts, eight financings and ten keys that overlap as they like: reserved,
/// linked, committed, freed and expired in any order. The ledger beside it lists, for each family,
/// the keys that are in it, and takes them out one by one where the register starts a new round.
contract EncumbrancesHandler is EncumbrancesWorld {
    /// @param keys Bit of each key that it has named while it held.
    struct Held {
        uint256 lender;
        uint256 family;
        uint256 keys;
        uint128 reserved;
        uint128 committed;
        uint64 expiresAt;
    }

    struct Goods {
        bytes3 currency;
        uint128 capacity;
        bool financed;
    }

    uint256 public constant KEYS = 10;
    uint256 public constant FINANCINGS = 8;
    uint256 private constant _LENDERS = 3;

    mapping(bytes32 move => uint256) public done;

    /// @dev Families are numbered by their first key, from 1; 0 is none.
    uint256[KEYS] private _familyOf;
    Goods[KEYS + 1] private _goods;
    Held[FINANCINGS] private _held;

    function setUp() public override {
        super.setUp();
        for (uint256 i = 0; i < _LENDERS; ++i) {
            governance.grantRole(2, _lender(i), 0);
        }
    }

    // Moves

    /// @param keys Two or three of the ten. @param claim Of currency and capacity: usually the
    /// same.
    function reserve(uint256 f, uint256 lender, uint256 keys, uint256 claim, uint128 amount)
        external
    {
        (f, lender) = (f % FINANCINGS, lender % _LENDERS);
        amount = uint128(bound(amount, 0, 700));
        uint256[] memory named = _named(keys);
        Goods memory goods = Goods(claim % 16 == 0 ? bytes3("EUR") : bytes3("USD"), 1000, false);
        if (claim % 16 == 1) goods.capacity = 900;
        uint256 family = _familyFor(named);
        bool allowed = !_isHeld(f) && amount != 0 && family != 0 && _fits(family, goods, amount);
        uint64 expiresAt = uint64(block.timestamp + claim % 20 days);
        bytes memory call = abi.encodeCall(
            IEncumbrances.reserve,
            (
                idOf(f),
                OrderId.wrap(bytes32(f)),
                _keys(named),
                goods.currency,
                goods.capacity,
                amount,
                expiresAt
            )
        );
        if (!_move("reserve", lender, call, allowed)) return;
        goods.financed = _goods[family].financed;
        _goods[family] = goods;
        _held[f] = Held(lender, family, _bits(named), amount, 0, expiresAt);
        for (uint256 i = 0; i < named.length; ++i) {
            _familyOf[named[i]] = family;
        }
    }

    function link(uint256 f, uint256 lender, uint256 key) external {
        f = _find(f);
        (lender, key) = (_by(f, lender), key % KEYS);
        Held storage held = _held[f];
        uint256 family = _familyOf[key];
        bool allowed = _isOwn(f, lender) && (family == 0 || family == held.family);
        bytes memory call = abi.encodeCall(IEncumbrances.link, (idOf(f), keyOf(key)));
        if (!_move("link", lender, call, allowed)) return;
        _familyOf[key] = held.family;
        held.keys |= 1 << key;
    }

    /// @dev Only some financings ever draw, so that there are goods that no money went out on.
    function commit(uint256 f, uint256 lender, uint128 amount) external {
        f = _find(f);
        if (f >= FINANCINGS / 2) return;
        lender = _by(f, lender);
        Held storage held = _held[f];
        amount = uint128(bound(amount, 0, uint256(held.reserved) + 1));
        bool allowed =
            _isOwn(f, lender) && block.timestamp <= held.expiresAt && amount <= held.reserved;
        bytes memory call = abi.encodeCall(IEncumbrances.commit, (idOf(f), amount));
        if (!_move("commit", lender, call, allowed)) return;
        held.reserved -= amount;
        held.committed += amount;
        if (amount != 0) _goods[held.family].financed = true;
    }

    /// @dev Mostly all of it.
    function free(uint256 f, uint256 lender, uint128 reserved, uint128 committed) external {
        f = _find(f);
        lender = _by(f, lender);
        Held storage held = _held[f];
        bool all = reserved % 4 != 0;
        reserved = all ? held.reserved : uint128(bound(reserved, 0, uint256(held.reserved) + 1));
        committed = all ? held.committed : uint128(bound(committed, 0, uint256(held.committed) + 1));
        bool allowed = _isOwn(f, lender) && reserved <= held.reserved && committed <= held.committed;
        bytes memory call = abi.encodeCall(IEncumbrances.free, (idOf(f), reserved, committed));
        if (!_move("free", lender, call, allowed)) return;
        held.reserved -= reserved;
        held.committed -= committed;
        if (held.reserved + held.committed != 0) return;
        uint256 family = held.family;
        delete _held[f];
        (uint128 still, uint128 also) = sums(family);
        if (still + also == 0 && !_goods[family].financed) _takeApart(family);
    }

    /// @dev Reservations expire.
    function passTime(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1 hours, 5 days));
    }

    // Looking

    function register() external view returns (IEncumbrances) {
        return encumbrances;
    }

    function keyOf(uint256 key) public pure returns (AssetKey) {
        return AssetKey.wrap(bytes32(key + 1));
    }

    function idOf(uint256 f) public pure returns (FinancingId) {
        return FinancingId.wrap(bytes32(f + 1));
    }

    /// @return Number of the key's family, which is the number of its first key and one; 0 for
    /// none.
    function familyOf(uint256 key) external view returns (uint256) {
        return _familyOf[key];
    }

    function heldBy(uint256 f) external view returns (Held memory) {
        return _held[f];
    }

    function goodsOf(uint256 family) external view returns (Goods memory) {
        return _goods[family];
    }

    function sums(uint256 family) public view returns (uint128 reserved, uint128 committed) {
        for (uint256 f = 0; f < FINANCINGS; ++f) {
            if (_held[f].family != family) continue;
            reserved += _held[f].reserved;
            committed += _held[f].committed;
        }
    }

    // Keeping the ledger

    /// @dev Calls, and checks that it is refused exactly where the ledger says so.
    function _move(bytes32 name, uint256 lender, bytes memory call, bool allowed)
        private
        returns (bool ok)
    {
        vm.prank(_lender(lender));
        (ok,) = address(encumbrances).call(call);
        vm.assertTrue(ok == allowed, string(abi.encodePacked(name)));
        ++done[ok ? name : bytes32("refused")];
    }

    function _takeApart(uint256 family) private {
        for (uint256 i = 0; i < KEYS; ++i) {
            if (_familyOf[i] == family) _familyOf[i] = 0;
        }
        ++done["taken apart"];
    }

    /// @return family Where the first key is, else a new one of its name; 0 when a key is
    /// elsewhere.
    function _familyFor(uint256[] memory named) private view returns (uint256 family) {
        family = _familyOf[named[0]];
        if (family == 0) family = named[0] + 1;
        for (uint256 i = 0; i < named.length; ++i) {
            uint256 current = _familyOf[named[i]];
            if (current != 0 && current != family) return 0;
        }
    }

    function _fits(uint256 family, Goods memory claim, uint128 amount) private view returns (bool) {
        (uint128 reserved, uint128 committed) = sums(family);
        Goods memory current = _goods[family];
        bool same = current.currency == claim.currency && current.capacity == claim.capacity;
        if (reserved + committed != 0 && !same) return false;
        return reserved + committed + amount <= claim.capacity;
    }

    function _isHeld(uint256 f) private view returns (bool) {
        return _held[f].reserved + _held[f].committed != 0;
    }

    function _isOwn(uint256 f, uint256 lender) private view returns (bool) {
        return _isHeld(f) && _held[f].lender == lender;
    }

    /// @return i From a random financing on, the first that holds something.
    function _find(uint256 seed) private view returns (uint256 i) {
        for (uint256 k = 0; k < FINANCINGS; ++k) {
            i = (seed % FINANCINGS + k) % FINANCINGS;
            if (_isHeld(i)) return i;
        }
    }

    /// @dev Mostly its own lender.
    function _by(uint256 f, uint256 lender) private view returns (uint256) {
        return lender % 8 == 0 ? lender / 8 % _LENDERS : _held[f].lender;
    }

    function _named(uint256 seed) private pure returns (uint256[] memory named) {
        named = new uint256[](2 + seed % 2);
        for (uint256 i = 0; i < named.length; ++i) {
            named[i] = (seed >> (8 * (i + 1))) % KEYS;
        }
    }

    function _bits(uint256[] memory named) private pure returns (uint256 bits) {
        for (uint256 i = 0; i < named.length; ++i) {
            bits |= 1 << named[i];
        }
    }

    function _keys(uint256[] memory named) private pure returns (AssetKey[] memory keys) {
        keys = new AssetKey[](named.length);
        for (uint256 i = 0; i < named.length; ++i) {
            keys[i] = keyOf(named[i]);
        }
    }

    function _lender(uint256 i) private pure returns (address) {
        return address(uint160(0xA0 + i));
    }
}
