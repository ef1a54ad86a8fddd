// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {ParticipantId} from "../types/Ids.sol";

/// @title One bank's tokenised deposit in one currency (ERC-20, ERC-2612, ERC-7943).
/// @notice Balances are the bank's ledger in minor units. Tokens move only between accounts of
/// ACTIVE participants and admitted vaults, and while it is paused not at all; every mint and
/// redemption names its payment-rail reference, once. Deposits of two banks or in two currencies
/// are two tokens, and nothing turns one into the other.
interface ISettlementToken is IERC20Metadata {
    event Minted(bytes32 indexed railReference, ParticipantId indexed to, uint128 amount);
    event Redeemed(bytes32 indexed railReference, ParticipantId indexed from, uint128 amount);
    event VaultAdmitted(address indexed vault);
    event VaultDismissed(address indexed vault);
    /// @dev ERC-7943.
    event ForcedTransfer(address indexed from, address indexed to, uint256 amount);
    /// @dev ERC-7943.
    event Frozen(address indexed account, uint256 amount);

    error SettlementToken_NotIssuer(ParticipantId issuer, ParticipantId actor);
    error SettlementToken_ReferenceUsed(bytes32 railReference);
    error SettlementToken_ZeroAmount();
    error SettlementToken_InvalidDecimals(uint8 decimals);
    /// @dev ERC-7943.
    error ERC7943CannotSend(address account);
    /// @dev ERC-7943.
    error ERC7943CannotReceive(address account);
    /// @dev ERC-7943.
    error ERC7943InsufficientUnfrozenBalance(address account, uint256 amount, uint256 unfrozen);

    /// @notice Credits a participant's account for money received over a payment rail. Caller: the
    /// issuing bank, DECIDE.
    function mint(ParticipantId to, uint128 amount, bytes32 railReference) external;

    /// @notice Debits the caller's participant for money that the issuer, and no other bank, is to
    /// pay out over a rail. Caller: DECIDE of whoever holds the deposits, for a bank's key alone
    /// must not
    /// cancel what it owes. A reference is used once per holder: nobody can use up another's.
    function redeem(uint128 amount, bytes32 railReference) external;

    /// @notice Lets a contract hold tokens in escrow. Governance only.
    function admitVault(address vault) external;

    /// @notice Governance only.
    function dismissVault(address vault) external;

    /// @notice Stops minting, redeeming and every transfer, also by allowance. Governance only.
    function pause() external;

    /// @notice Governance only.
    function unpause() external;

    /// @notice Executes a court order (ERC-7943), also out of an account that may not send, and
    /// also while paused: a pause is for finding out what went wrong, and this for putting it
    /// right.
    /// Governance only.
    function forcedTransfer(address from, address to, uint256 amount) external returns (bool);

    /// @notice Freezes part of an account (ERC-7943). Governance only.
    function setFrozenTokens(address account, uint256 amount) external returns (bool);

    /// @return Whether the account may send anything now: never while paused.
    function canSend(address account) external view returns (bool);

    /// @return Whether the account may receive anything now: never while paused.
    function canReceive(address account) external view returns (bool);

    function getFrozenTokens(address account) external view returns (uint256);

    /// @return Whether this transfer would go through now, save for an allowance.
    function canTransfer(address from, address to, uint256 amount) external view returns (bool);

    /// @return LEI of the bank whose deposits these are.
    function issuer() external view returns (ParticipantId);

    /// @return ISO 4217 code.
    function currency() external view returns (bytes3);
}
