// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IFinancing} from "../interfaces/IFinancing.sol";
import {IParticipants} from "../interfaces/IParticipants.sol";
import {FinancingTerms, Payout} from "../types/Financings.sol";
import {FinancingId, ParticipantId} from "../types/Ids.sol";
import {Book} from "./Books.sol";
import {Payouts} from "./Payouts.sol";

/// @title Money in and out, always between Financing and participants' registered accounts.
library Cash {
    using SafeERC20 for IERC20;

    /// @notice Draws on the participant's allowance. A token that keeps a cut on the way would
    /// leave somebody's money short, so what arrives is counted.
    function pull(
        IParticipants participants,
        FinancingId financingId,
        address token,
        ParticipantId from,
        uint256 amount
    ) internal {
        uint256 before = IERC20(token).balanceOf(address(this));
        address account = participants.participant(from).account;
        // It is the participant's own account, whose allowance says what may be drawn.
        // slither-disable-next-line arbitrary-send-erc20
        IERC20(token).safeTransferFrom(account, address(this), amount);
        uint256 received = IERC20(token).balanceOf(address(this)) - before;
        // A gift in the same transaction would only refuse it.
        // slither-disable-next-line incorrect-equality
        require(
            received == amount, IFinancing.Financing_ReceivedDiffers(financingId, amount, received)
        );
    }

    /// @notice Pays, or reverts.
    function pay(IParticipants participants, address token, ParticipantId to, uint256 amount)
        internal
    {
        IERC20(token).safeTransfer(participants.participant(to).account, amount);
    }

    /// @notice Pays two lists together, in one transfer to each recipient. Whoever cannot be paid
    /// now (suspended, KYC expired) has the money booked as a credit instead: nobody's standing
    /// keeps the others from their money, or a debtor from paying.
    function distribute(
        Book storage book,
        IParticipants participants,
        FinancingId financingId,
        FinancingTerms calldata terms,
        Payout[] memory first,
        Payout[] memory second
    ) internal {
        Payout[] memory transfers = Payouts.merge(first, second);
        for (uint256 i; i < transfers.length; ++i) {
            ParticipantId to = transfers[i].to;
            uint128 amount = transfers[i].amount;
            address account = participants.participant(to).account;
            if (IERC20(terms.token).trySafeTransfer(account, amount)) continue;
            book.credits[financingId][to] += amount;
            emit IFinancing.CreditBooked(terms.orderId, financingId, to, amount);
        }
    }
}
