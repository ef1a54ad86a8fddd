// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Terms} from "contracts/libraries/Terms.sol";
import {EvidenceKey, EvidenceKind, KindSet} from "contracts/types/EvidenceKinds.sol";
import {
    DayCount,
    FinancingTerms,
    LenderShare,
    Product,
    Tranche
} from "contracts/types/Financings.sol";
import {AssetKey, OrderId, ParticipantId} from "contracts/types/Ids.sol";
import {Test} from "../utils/Test.sol";

/// @dev Lays calldata out by hand, as only an attacker would. What Financing answers to such terms
/// is in Financing/Approve.t.sol.
contract TermsTest is Test {
    uint256 private constant _WORD = 32;
    /// @dev Number of the word, counted from the first field of the terms.
    uint256 private constant _ASSET_KEYS = 5;
    uint256 private constant _TRANCHES = 8;

    function testFuzz_WhenCanonical(uint256 seed, uint8[4] calldata lengths) external view {
        FinancingTerms memory terms = _random(seed, lengths);
        assertEq(this.hash(terms), keccak256(abi.encode(terms)));
    }

    function testFuzz_WhenArrayElsewhere(uint256 seed, uint8[4] calldata lengths) external view {
        FinancingTerms memory terms = _random(seed, lengths);
        bytes memory encoded = abi.encode(terms);
        uint256 end = encoded.length - _WORD;
        bytes memory moved =
            bytes.concat(encoded, abi.encode(terms.assetKeys.length, terms.assetKeys));
        _set(moved, _ASSET_KEYS, bytes32(end));
        vm.assertNotEq(_hash(moved), keccak256(encoded));
        bytes memory apart =
            bytes.concat(encoded, bytes32(terms.tranches.length), new bytes(9 * 7 * _WORD));
        _set(apart, _TRANCHES, bytes32(end));
        vm.assertNotEq(_hash(apart), keccak256(encoded));
    }

    function testFuzz_WhenAnyBitDiffers(uint256 seed, uint8[4] calldata lengths) external view {
        FinancingTerms memory terms = _random(seed, lengths);
        bytes memory encoded = abi.encode(terms);
        bytes32 clean = keccak256(encoded);
        uint256 size = encoded.length / _WORD - 1;
        for (uint256 word = 0; word < size; ++word) {
            bool offset = word >= _ASSET_KEYS && word <= _TRANCHES;
            if (offset) continue;
            bytes32 flipped = bytes32(1 << (seed % 256));
            _set(encoded, word, flipped ^ _get(encoded, word));
            (bool success, bytes memory answer) = _call(encoded);
            if (success) vm.assertNotEq(abi.decode(answer, (bytes32)), clean);
            _set(encoded, word, flipped ^ _get(encoded, word));
        }
        assertEq(_hash(encoded), clean);
    }

    function test_WhenLastArrayLiesBefore() external view {
        FinancingTerms memory terms = _random(1, [1, 1, 1, 0]);
        bytes memory encoded = abi.encode(terms);
        // the terms begin one word later, and their number of tranches lies in the word skipped
        bytes memory shifted = bytes.concat(abi.encode(2 * _WORD, 0), new bytes(encoded.length));
        for (uint256 i = _WORD; i < encoded.length; ++i) {
            shifted[i + _WORD] = encoded[i];
        }
        _set(shifted, _TRANCHES + 1, bytes32(type(uint256).max - _WORD + 1));
        assertEq(_hash(shifted), keccak256(abi.encode(0x20)));
    }

    function hash(FinancingTerms calldata terms) external pure returns (bytes32) {
        return Terms.hash(terms);
    }

    function _hash(bytes memory encoded) private view returns (bytes32) {
        (bool success, bytes memory answer) = _call(encoded);
        assertTrue(success);
        return abi.decode(answer, (bytes32));
    }

    function _call(bytes memory encoded) private view returns (bool, bytes memory) {
        return address(this).staticcall(bytes.concat(this.hash.selector, encoded));
    }

    /// @dev The first word of `encoded` is the tuple's offset.
    function _set(bytes memory encoded, uint256 word, bytes32 value) private pure {
        assembly ("memory-safe") {
            mstore(add(encoded, mul(0x20, add(word, 2))), value)
        }
    }

    function _get(bytes memory encoded, uint256 word) private pure returns (bytes32 value) {
        assembly ("memory-safe") {
            value := mload(add(encoded, mul(0x20, add(word, 2))))
        }
    }

    function _random(uint256 seed, uint8[4] memory lengths)
        private
        pure
        returns (FinancingTerms memory terms)
    {
        terms.orderId = OrderId.wrap(_draw(seed, 0));
        terms.orderVersion = uint32(uint256(_draw(seed, 1)));
        terms.naturalKey = _draw(seed, 2);
        terms.product = Product(uint256(_draw(seed, 3)) % 3);
        terms.token = address(uint160(uint256(_draw(seed, 4))));
        terms.assetKeys = new AssetKey[](lengths[0] % 9);
        for (uint256 i = 0; i < terms.assetKeys.length; ++i) {
            terms.assetKeys[i] = AssetKey.wrap(_draw(seed, 100 + i));
        }
        terms.basis = new EvidenceKey[](lengths[1] % 17);
        for (uint256 i = 0; i < terms.basis.length; ++i) {
            ParticipantId attester = ParticipantId.wrap(bytes20(_draw(seed, 200 + i)));
            EvidenceKind kind = EvidenceKind(uint256(_draw(seed, 300 + i)) % 20);
            terms.basis[i] = EvidenceKey(attester, kind, _draw(seed, 400 + i));
        }
        terms.lenders = new LenderShare[](lengths[2] % 5);
        for (uint256 i = 0; i < terms.lenders.length; ++i) {
            bytes32 drawn = _draw(seed, 500 + i);
            ParticipantId lender = ParticipantId.wrap(bytes20(drawn));
            terms.lenders[i] =
                LenderShare(lender, uint16(uint256(drawn)), uint16(uint256(drawn) >> 16));
        }
        terms.tranches = new Tranche[](lengths[3] % 9);
        for (uint256 i = 0; i < terms.tranches.length; ++i) {
            terms.tranches[i] = _randomTranche(uint256(_draw(seed, 600 + i)));
        }
        _drawRates(terms, uint256(_draw(seed, 5)));
    }

    function _randomTranche(uint256 seed) private pure returns (Tranche memory) {
        return Tranche({
            amount: uint128(seed),
            required: KindSet.wrap(uint64(uint256(_draw(seed, 0)))),
            requiredTwice: KindSet.wrap(uint64(uint256(_draw(seed, 1)))),
            blocking: KindSet.wrap(uint64(uint256(_draw(seed, 2)))),
            titlePledged: seed % 2 == 0,
            notBefore: uint64(seed >> 128),
            expiresAt: uint64(seed >> 192)
        });
    }

    function _drawRates(FinancingTerms memory terms, uint256 seed) private pure {
        terms.interestBps = uint16(seed);
        terms.penaltyBps = uint16(seed >> 16);
        terms.feeBps = uint16(seed >> 32);
        terms.reserveBps = uint16(seed >> 48);
        terms.platformShareBps = uint16(seed >> 64);
        terms.graceDays = uint16(seed >> 80);
        terms.defaultDays = uint16(seed >> 96);
        terms.maturesAt = uint64(seed >> 112);
        terms.dayCount = DayCount(seed >> 176 & 1);
        terms.recourse = seed >> 177 & 1 == 1;
        terms.platform = ParticipantId.wrap(bytes20(_draw(seed, 0)));
    }

    function _draw(uint256 seed, uint256 number) private pure returns (bytes32) {
        return keccak256(abi.encode(seed, number));
    }
}
