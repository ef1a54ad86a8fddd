// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Lei} from "contracts/libraries/Lei.sol";
import {NO_PARTICIPANT, ParticipantId} from "contracts/types/Ids.sol";
import {Leis} from "../utils/Leis.sol";
import {Test} from "../utils/Test.sol";

contract LeiTest is Test {
    bytes private constant _ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    function test_WhenCharacterIsForeign() external pure {
        assertFalse(Lei.isValid(NO_PARTICIPANT));
        assertFalse(_isValid("7ltwfzyicnsx8d621k86"));
        assertFalse(_isValid("7LTWFZYICNSX8D621K8/"));
        assertFalse(_isValid("7LTWFZYICNSX8D621K8:"));
        assertFalse(_isValid("7LTWFZYICN-X8D621K86"));
        assertFalse(_isValid("7LTWFZYICN@X8D621K86"));
        assertFalse(_isValid("7LTWFZYICN[X8D621K86"));
    }

    /// @dev Some of these spell a number that leaves 1, and yet no LEI ends so.
    function testFuzz_WhenCheckDigitIsLetter(uint256 seed) external pure {
        bytes memory stem = _stem(seed);
        bytes1 digit = _ALPHABET[seed % 10];
        for (uint256 i = 10; i < 36; ++i) {
            assertFalse(_isValid(abi.encodePacked(stem, _ALPHABET[i], digit)));
            assertFalse(_isValid(abi.encodePacked(stem, digit, _ALPHABET[i])));
        }
    }

    function testFuzz_WhenOneCharacterDiffers(uint256 seed, uint256 index, uint256 by)
        external
        pure
    {
        bytes memory lei = _lei(seed);
        index = bound(index, 0, 17);
        bytes1 right = lei[index];
        lei[index] = _ALPHABET[by % 36];
        // A digit and a letter differ in length, and only a change within one of the two kinds is
        // certain to be seen by MOD 97-10.
        vm.assume(lei[index] != right && (lei[index] < "A") == (right < "A"));
        assertFalse(_isValid(lei));
    }

    function testFuzz_WhenNeighboursAreSwapped(uint256 seed, uint256 index) external pure {
        bytes memory lei = _lei(seed);
        index = bound(index, 0, 16);
        vm.assume(lei[index] != lei[index + 1] && (lei[index] < "A") == (lei[index + 1] < "A"));
        (lei[index], lei[index + 1]) = (lei[index + 1], lei[index]);
        assertFalse(_isValid(lei));
    }

    function test_WhenInUse() external pure {
        assertTrue(_isValid("7LTWFZYICNSX8D621K86"));
        assertTrue(_isValid("HWUPKR0MPOU8FGXBT394"));
        assertTrue(_isValid("INR2EJN1ERAN0W5ZP974"));
        assertTrue(_isValid("5493001KJTIIGC8Y1R12"));
        assertTrue(_isValid("529900T8BM49AURSDO55"));
        assertTrue(_isValid("213800WAVVOPS85N2205"));
    }

    /// @dev Every pair of check digits, against the number written out in full.
    function testFuzz_WhenComputedOverWholeNumber(uint256 seed) external pure {
        bytes memory stem = _stem(seed);
        uint256 number = Leis.spell(stem) * 100;
        for (uint256 check = 0; check < 100; ++check) {
            assertEq(Lei.isValid(Leis.withCheck(stem, check)), (number + check) % 97 == 1);
        }
    }

    function _isValid(bytes memory lei) private pure returns (bool) {
        return Lei.isValid(ParticipantId.wrap(bytes20(lei)));
    }

    function _lei(uint256 seed) private pure returns (bytes memory) {
        return abi.encodePacked(ParticipantId.unwrap(Leis.complete(string(_stem(seed)))));
    }

    function _stem(uint256 seed) private pure returns (bytes memory stem) {
        stem = new bytes(18);
        for (uint256 i = 0; i < 18; ++i) {
            stem[i] = _ALPHABET[seed % 36];
            seed /= 36;
        }
    }
}
