// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ParticipantId} from "../types/Ids.sol";

/// @title Check digits of the Legal Entity Identifier (ISO 17442, by ISO/IEC 7064 MOD 97-10).
library Lei {
    /// @dev The last two of the twenty characters are the check digits, always numeric.
    uint256 private constant _CHECK_DIGITS_AT = 18;

    /// @return Whether these are 18 characters of [0-9A-Z] and two digits that make the number
    /// they spell, letters read as 10 to 35, leave 1 when divided by 97.
    function isValid(ParticipantId id) internal pure returns (bool) {
        bytes20 lei = ParticipantId.unwrap(id);
        uint256 remainder;
        for (uint256 i = 0; i < 20; ++i) {
            bytes1 character = lei[i];
            uint256 code = uint8(character);
            if (character >= "0" && character <= "9") {
                remainder = (remainder * 10 + code - 48) % 97;
            } else if (character >= "A" && character <= "Z" && i < _CHECK_DIGITS_AT) {
                remainder = (remainder * 100 + code - 55) % 97;
            } else {
                return false;
            }
        }
        return remainder == 1;
    }
}
