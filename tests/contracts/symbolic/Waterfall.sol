// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Waterfall} from "contracts/libraries/Waterfall.sol";
import {Owed} from "contracts/types/Financings.sol";
import {Test} from "../utils/Test.sol";

/// @dev Every payment against all claims there can be.
contract WaterfallSymbolic is Test {
    using Waterfall for Owed;

    function check_SumIsExact(Owed memory due, uint128 amount) external pure {
        (Owed memory paid, uint128 rest) = due.run(amount);
        uint256 served =
            uint256(paid.fees) + paid.penalty + paid.interest + paid.principal + paid.reserveTopUp;
        assert(served + rest == amount);
    }

    function check_NoClaimGetsMoreThanItsDue(Owed memory due, uint128 amount) external pure {
        (Owed memory paid,) = due.run(amount);
        assert(paid.fees <= due.fees && paid.penalty <= due.penalty);
        assert(paid.interest <= due.interest && paid.principal <= due.principal);
        assert(paid.reserveTopUp <= due.reserveTopUp);
    }

    /// @dev A claim that gets anything follows only on claims that have got all.
    function check_ClaimsAreServedInOrder(Owed memory due, uint128 amount) external pure {
        (Owed memory paid, uint128 rest) = due.run(amount);
        assert(paid.penalty == 0 || paid.fees == due.fees);
        assert(paid.interest == 0 || paid.penalty == due.penalty);
        assert(paid.principal == 0 || paid.interest == due.interest);
        assert(paid.reserveTopUp == 0 || paid.principal == due.principal);
        assert(rest == 0 || paid.reserveTopUp == due.reserveTopUp);
    }
}
