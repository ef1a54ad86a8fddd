// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ParticipantId} from "contracts/types/Ids.sol";

/// @dev Makes LEIs by writing out the whole number of ISO 7064, at most 40 digits, as one integer:
/// another way than the library under test, which only keeps the remainder.
library Leis {
    /// @param stem The first 18 characters.
    /// @return The LEI with its two check digits.
    function complete(string memory stem) internal pure returns (ParticipantId) {
        bytes memory characters = bytes(stem);
        require(characters.length == 18, "an LEI has 18 characters before its check digits");
        return withCheck(characters, 98 - spell(characters) * 100 % 97);
    }

    function withCheck(bytes memory stem, uint256 check) internal pure returns (ParticipantId) {
        bytes1 tens = bytes1(uint8(48 + check / 10));
        bytes1 ones = bytes1(uint8(48 + check % 10));
        return ParticipantId.wrap(bytes20(abi.encodePacked(stem, tens, ones)));
    }

    /// @return number The number that the characters spell, letters read as 10 to 35.
    function spell(bytes memory characters) internal pure returns (uint256 number) {
        for (uint256 i = 0; i < characters.length; ++i) {
            uint256 code = uint8(characters[i]);
            number = code < 65 ? number * 10 + code - 48 : number * 100 + code - 55;
        }
    }
}
