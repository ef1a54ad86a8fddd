// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEncumbrances} from "contracts/interfaces/IEncumbrances.sol";
import {AssetKey, NO_ASSET} from "contracts/types/Ids.sol";
import {Test} from "../utils/Test.sol";
import {EncumbrancesHandler} from "./EncumbrancesHandler.sol";

/// @dev The invariants of README.md beside this file.
contract EncumbrancesInvariants is Test {
    EncumbrancesHandler private _handler;
    IEncumbrances private _register;

    function setUp() external {
        _handler = new EncumbrancesHandler();
        _handler.setUp();
        _register = _handler.register();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @dev Reserving twice, so that the goods are rarely without a claim on them.
    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        bytes4[] memory moves = new bytes4[](6);
        moves[0] = EncumbrancesHandler.reserve.selector;
        moves[1] = EncumbrancesHandler.reserve.selector;
        moves[2] = EncumbrancesHandler.link.selector;
        moves[3] = EncumbrancesHandler.commit.selector;
        moves[4] = EncumbrancesHandler.free.selector;
        moves[5] = EncumbrancesHandler.passTime.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), moves);
    }

    /// @dev All in one campaign: each looks at the same course of events.
    function invariant_AllHold() external view {
        for (uint256 family = 1; family <= _handler.KEYS(); ++family) {
            _neverBeyondCapacity(family);
            _balancesAreSums(family);
        }
        for (uint256 f = 0; f < _handler.FINANCINGS(); ++f) {
            _holdingIsTheLedgers(f);
        }
        _oneFamilyForOneKey();
        for (uint256 key = 0; key < _handler.KEYS(); ++key) {
            _keyIsWhereTheLedgerHasIt(key);
            _statusIsTheBalance(key);
        }
    }

    /// @dev Else the invariants would hold of a handler that does nothing.
    function test_EveryMoveHappens() external {
        vm.pauseGasMetering();
        bytes4[] memory moves = this.targetSelectors()[0].selectors;
        for (uint256 i = 0; i < 400; ++i) {
            bytes4 move = moves[_r(i, 5) % moves.length];
            uint256 amount = _r(i, 4) >> 128;
            (bool ok,) = address(_handler)
                .call(
                    move == EncumbrancesHandler.reserve.selector
                        ? abi.encodePacked(move, _r(i, 0), _r(i, 1), _r(i, 2), _r(i, 3), amount)
                        : abi.encodePacked(move, _r(i, 0), _r(i, 1), amount, _r(i, 3) >> 128)
                );
            assertTrue(ok);
        }
        bytes32[6] memory names =
            [bytes32("reserve"), "link", "commit", "free", "refused", "taken apart"];
        for (uint256 i = 0; i < names.length; ++i) {
            vm.assertGe(_handler.done(names[i]), 3, string(abi.encodePacked(names[i])));
        }
    }

    function _r(uint256 i, uint256 j) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(i, j)));
    }

    function _neverBeyondCapacity(uint256 family) private view {
        IEncumbrances.Balance memory goods = _balance(family);
        vm.assertLe(uint256(goods.reserved) + goods.committed, goods.capacity, "capacity");
    }

    function _balancesAreSums(uint256 family) private view {
        IEncumbrances.Balance memory goods = _balance(family);
        EncumbrancesHandler.Goods memory known = _handler.goodsOf(family);
        (uint128 reserved, uint128 committed) = _handler.sums(family);
        assertEq(goods.reserved, reserved);
        assertEq(goods.committed, committed);
        assertEq(goods.capacity, known.capacity);
        assertEq(goods.financed, known.financed);
        assertEq(bytes32(goods.currency), bytes32(known.currency));
        if (reserved + committed != 0 || goods.financed) {
            assertEq(_register.familyOf(_key(family)), _key(family));
        }
    }

    function _holdingIsTheLedgers(uint256 f) private view {
        IEncumbrances.Holding memory holding = _register.holding(_handler.idOf(f));
        EncumbrancesHandler.Held memory known = _handler.heldBy(f);
        assertEq(holding.family, known.family == 0 ? NO_ASSET : _key(known.family));
        assertEq(holding.reserved, known.reserved);
        assertEq(holding.committed, known.committed);
        assertEq(holding.expiresAt, known.expiresAt);
    }

    /// @dev P2: whoever names the same key draws on the same balance.
    function _oneFamilyForOneKey() private view {
        uint256 count = _handler.FINANCINGS();
        AssetKey[] memory families = new AssetKey[](count);
        uint256[] memory keys = new uint256[](count);
        for (uint256 f = 0; f < count; ++f) {
            families[f] = _register.holding(_handler.idOf(f)).family;
            keys[f] = _handler.heldBy(f).keys;
            for (uint256 g = 0; g < f; ++g) {
                if (keys[f] & keys[g] != 0) assertEq(families[f], families[g]);
            }
        }
    }

    function _keyIsWhereTheLedgerHasIt(uint256 key) private view {
        uint256 family = _handler.familyOf(key);
        assertEq(_register.familyOf(_handler.keyOf(key)), family == 0 ? NO_ASSET : _key(family));
    }

    function _statusIsTheBalance(uint256 key) private view {
        uint256 family = _handler.familyOf(key);
        (IEncumbrances.AssetStatus status, bytes3 currency, uint128 available) =
            _register.statusOf(_handler.keyOf(key));
        EncumbrancesHandler.Goods memory known = _handler.goodsOf(family);
        (uint128 reserved, uint128 committed) =
            family == 0 ? (uint128(0), uint128(0)) : _handler.sums(family);
        assertEq(bytes32(currency), bytes32(known.currency));
        assertEq(available, known.capacity - reserved - committed);
        assertEq(status == IEncumbrances.AssetStatus.COMMITTED, committed != 0);
        assertEq(status == IEncumbrances.AssetStatus.FREE, reserved + committed == 0);
    }

    function _balance(uint256 family) private view returns (IEncumbrances.Balance memory) {
        return _register.balance(_key(family));
    }

    function _key(uint256 family) private view returns (AssetKey) {
        return _handler.keyOf(family - 1);
    }
}
