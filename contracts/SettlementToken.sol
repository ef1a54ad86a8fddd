// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {Permissioned} from "./base/Permissioned.sol";
import {IParticipants} from "./interfaces/IParticipants.sol";
import {ISettlementToken} from "./interfaces/ISettlementToken.sol";
import {ParticipantId} from "./types/Ids.sol";
import {Permission} from "./types/Roles.sol";

/// @title One bank's deposits in one currency. The story is told in ISettlementToken.
contract SettlementToken is
    ERC20Permit,
    Pausable,
    ERC165,
    AccessManaged,
    Permissioned,
    ISettlementToken
{
    /// @dev ISO 4217 knows no more minor units than this.
    uint8 private constant _MAX_DECIMALS = 4;
    bytes4 private constant _ERC7943_FUNGIBLE = ISettlementToken.forcedTransfer.selector
        ^ ISettlementToken.setFrozenTokens.selector ^ ISettlementToken.canSend.selector
        ^ ISettlementToken.canReceive.selector ^ ISettlementToken.getFrozenTokens.selector
        ^ ISettlementToken.canTransfer.selector;

    ParticipantId private immutable _ISSUER;
    bytes3 private immutable _CURRENCY;
    uint8 private immutable _DECIMALS;

    mapping(address vault => bool) private _vaults;
    mapping(address account => uint256) private _frozen;
    mapping(bytes32 railReference => bool) private _minted;
    mapping(ParticipantId from => mapping(bytes32 railReference => bool)) private _redeemed;

    /// @param issuer_ LEI of the bank that owes the deposits.
    /// @param currency_ ISO 4217 code.
    /// @param decimals_ Minor units of the currency, at most four.
    constructor(
        address governance,
        IParticipants participants,
        ParticipantId issuer_,
        bytes3 currency_,
        uint8 decimals_,
        string memory name_,
        string memory symbol_
    )
        ERC20(name_, symbol_)
        ERC20Permit(name_)
        AccessManaged(governance)
        Permissioned(participants)
    {
        require(decimals_ <= _MAX_DECIMALS, SettlementToken_InvalidDecimals(decimals_));
        _ISSUER = issuer_;
        _CURRENCY = currency_;
        _DECIMALS = decimals_;
    }

    /// @inheritdoc ISettlementToken
    function mint(ParticipantId to, uint128 amount, bytes32 railReference) external {
        // Check:
        ParticipantId actor = _actor(Permission.DECIDE);
        require(actor == _ISSUER, SettlementToken_NotIssuer(_ISSUER, actor));
        require(amount > 0, SettlementToken_ZeroAmount());
        require(!_minted[railReference], SettlementToken_ReferenceUsed(railReference));
        PARTICIPANTS.requireActive(to);

        // Effect:
        _minted[railReference] = true;
        _mint(PARTICIPANTS.participant(to).account, amount);
        emit Minted(railReference, to, amount);
    }

    /// @inheritdoc ISettlementToken
    function redeem(uint128 amount, bytes32 railReference) external {
        // Check:
        ParticipantId actor = _actor(Permission.DECIDE);
        require(amount > 0, SettlementToken_ZeroAmount());
        require(!_redeemed[actor][railReference], SettlementToken_ReferenceUsed(railReference));

        // Effect:
        _redeemed[actor][railReference] = true;
        _burn(PARTICIPANTS.participant(actor).account, amount);
        emit Redeemed(railReference, actor, amount);
    }

    /// @inheritdoc ISettlementToken
    function admitVault(address vault) external restricted {
        // Effect:
        _vaults[vault] = true;
        emit VaultAdmitted(vault);
    }

    /// @inheritdoc ISettlementToken
    function dismissVault(address vault) external restricted {
        // Effect:
        _vaults[vault] = false;
        emit VaultDismissed(vault);
    }

    /// @inheritdoc ISettlementToken
    function pause() external restricted {
        // Effect:
        _pause();
    }

    /// @inheritdoc ISettlementToken
    function unpause() external restricted {
        // Effect:
        _unpause();
    }

    /// @inheritdoc ISettlementToken
    function forcedTransfer(address from, address to, uint256 amount)
        external
        restricted
        returns (bool)
    {
        // Check:
        require(amount > 0, SettlementToken_ZeroAmount());
        require(_mayHold(to), ERC7943CannotReceive(to));
        uint256 balance = balanceOf(from);
        require(balance >= amount, ERC20InsufficientBalance(from, balance, amount));

        // Effect:
        if (_frozen[from] > balance - amount) _freeze(from, balance - amount);
        super._update(from, to, amount);
        emit ForcedTransfer(from, to, amount);
        return true;
    }

    /// @inheritdoc ISettlementToken
    function setFrozenTokens(address account, uint256 amount) external restricted returns (bool) {
        // Effect:
        _freeze(account, amount);
        return true;
    }

    /// @inheritdoc ISettlementToken
    function getFrozenTokens(address account) external view returns (uint256) {
        return _frozen[account];
    }

    /// @inheritdoc ISettlementToken
    function canTransfer(address from, address to, uint256 amount) external view returns (bool) {
        return canSend(from) && canReceive(to) && amount <= _unfrozen(from);
    }

    /// @inheritdoc ISettlementToken
    function issuer() external view returns (ParticipantId) {
        return _ISSUER;
    }

    /// @inheritdoc ISettlementToken
    function currency() external view returns (bytes3) {
        return _CURRENCY;
    }

    /// @inheritdoc ISettlementToken
    function canSend(address account) public view returns (bool) {
        return !paused() && _mayHold(account);
    }

    /// @inheritdoc ISettlementToken
    function canReceive(address account) public view returns (bool) {
        return !paused() && _mayHold(account);
    }

    /// @inheritdoc IERC20Metadata
    function decimals() public view override(ERC20, IERC20Metadata) returns (uint8) {
        return _DECIMALS;
    }

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == _ERC7943_FUNGIBLE || super.supportsInterface(interfaceId);
    }

    /// @dev Every movement but a forced one passes here: minting names no sender and redeeming no
    /// receiver.
    function _update(address from, address to, uint256 amount) internal override {
        // Check:
        _requireNotPaused();
        require(to == address(0) || canReceive(to), ERC7943CannotReceive(to));
        if (from != address(0)) {
            require(canSend(from), ERC7943CannotSend(from));
            uint256 unfrozen = _unfrozen(from);
            require(
                amount <= unfrozen || amount > balanceOf(from),
                ERC7943InsufficientUnfrozenBalance(from, amount, unfrozen)
            );
        }

        // Effect:
        super._update(from, to, amount);
    }

    function _freeze(address account, uint256 amount) private {
        _frozen[account] = amount;
        emit Frozen(account, amount);
    }

    function _mayHold(address account) private view returns (bool) {
        return _vaults[account] || PARTICIPANTS.isActive(PARTICIPANTS.holderOf(account));
    }

    /// @return What the account may spend: more may be frozen than it holds.
    function _unfrozen(address account) private view returns (uint256) {
        uint256 balance = balanceOf(account);
        uint256 frozen = _frozen[account];
        return balance > frozen ? balance - frozen : 0;
    }
}
