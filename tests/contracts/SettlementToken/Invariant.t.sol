// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISettlementToken} from "contracts/interfaces/ISettlementToken.sol";
import {Test} from "../utils/Test.sol";
import {World} from "../utils/World.sol";

/// @dev Three members and a vault move one bank's dollars; what is refused is simply refused.
contract TokenHandler is World {
    address private constant _VAULT = address(0xCAFE);

    uint256 public minted;
    uint256 public redeemed;
    uint256 public done;
    uint256 private _references;
    Member[] private _holders;

    constructor() {
        setUp();
        _holders.push(exporter);
        _holders.push(importer);
        _holders.push(bankA);
        vm.prank(governor);
        dollars.admitVault(_VAULT);
    }

    function mint(uint256 to, uint128 amount) external {
        amount = uint128(bound(amount, 0, 1e12));
        if (_try(
                bankA.decider.addr,
                abi.encodeCall(
                    ISettlementToken.mint, (_holders[to % 3].id, amount, bytes32(++_references))
                )
            )) minted += amount;
    }

    function redeem(uint256 from, uint128 amount) external {
        amount = uint128(bound(amount, 0, 1e12));
        if (_try(
                _holders[from % 3].decider.addr,
                abi.encodeCall(ISettlementToken.redeem, (amount, bytes32(++_references)))
            )) redeemed += amount;
    }

    function transfer(uint256 from, uint256 to, uint256 amount) external {
        amount = bound(amount, 0, 1e12);
        _try(_account(from), abi.encodeCall(dollars.transfer, (_account(to), amount)));
    }

    function forcedTransfer(uint256 from, uint256 to, uint256 amount) external {
        amount = bound(amount, 0, 1e12);
        _try(
            governor, abi.encodeCall(dollars.forcedTransfer, (_account(from), _account(to), amount))
        );
    }

    function freeze(uint256 account, uint256 amount) external {
        amount = bound(amount, 0, 1e12);
        _try(governor, abi.encodeCall(dollars.setFrozenTokens, (_account(account), amount)));
    }

    function suspendOrReinstate(uint256 holder) external {
        Member memory member = _holders[holder % 2];
        vm.startPrank(governor);
        if (participants.isActive(member.id)) participants.suspend(member.id);
        else participants.reinstate(member.id);
        vm.stopPrank();
    }

    /// @dev Rarely, and never for long: three moves of four must find it open.
    function pauseOrUnpause(uint256 dice) external {
        vm.startPrank(governor);
        if (dollars.paused()) dollars.unpause();
        else if (dice % 4 == 0) dollars.pause();
        vm.stopPrank();
    }

    function supply() external view returns (uint256) {
        return dollars.totalSupply();
    }

    function sum() external view returns (uint256 total) {
        for (uint256 i = 0; i < 4; ++i) {
            total += dollars.balanceOf(_account(i));
        }
    }

    function _account(uint256 index) private view returns (address) {
        return index % 4 == 3 ? _VAULT : _holders[index % 4].account.addr;
    }

    function _try(address caller, bytes memory data) private returns (bool accepted) {
        vm.prank(caller);
        (accepted,) = address(dollars).call(data);
        if (accepted) ++done;
    }
}

contract SettlementTokenInvariantTest is Test {
    TokenHandler private _handler;

    function setUp() external {
        _handler = new TokenHandler();
    }

    /// @dev forge sends its random calls to the handler alone.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @dev The world is built once.
    function excludeSelectors() external view returns (FuzzSelector[] memory excluded) {
        excluded = new FuzzSelector[](1);
        excluded[0] = FuzzSelector(address(_handler), new bytes4[](1));
        excluded[0].selectors[0] = World.setUp.selector;
    }

    function invariant_SupplyIsWhatTheBankOwes() external view {
        assertEq(_handler.supply(), _handler.minted() - _handler.redeemed());
        assertEq(_handler.supply(), _handler.sum());
    }

    /// @dev A run in which everything was refused would prove nothing.
    function afterInvariant() external view {
        assertTrue(_handler.done() > 0);
    }
}
